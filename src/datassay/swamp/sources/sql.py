"""Usage source: SQL files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.lineage import Reads, resolve
from datassay.swamp.sources.statements import find_queries, is_copy, is_upkeep, list_words, parse_sql
from datassay.swamp.sources.tables import is_dataset_name, is_dataset_path

if TYPE_CHECKING:
    from sqlglot import exp

_MOST_REASONS = 20
_GLOB = re.compile(r"['\"`]([^'\"`\n]*[*?\[][^'\"`\n]*)['\"`]")


@dataclass
class _File:
    """One SQL file, as far as it is about the dataset."""

    path: Path
    text: str
    statements: list[exp.Expression] = field(default_factory=list)
    is_parsed: bool = False


def read_sql(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the queries in the files of the glob `value` read.

    Kinds are projected, filtered, joined and grouped; what only an outermost star takes along is swept. A view, or a
    dbt model, that hands on the whole dataset is read through. Files that name neither the dataset nor such a view
    cannot read it and are not parsed. Raises SpecError for a bad glob.
    """
    results = [_read_one(root, value, table) for table in tables]
    return SourceResult(
        pl.concat([result.evidence for result in results]),
        results[0].coverage,
        {key: why for result in results for key, why in result.doubts.items()},
        sum(result.n_reads for result in results),
    )


def _read_one(root: Path, value: Any, table: TableSchema) -> SourceResult:
    found = files.find_files(root, value, "sql")
    reasons: list[str] = [] if found else ["no file matches"]
    texts: dict[Path, str] = {}
    for path in found:
        text = files.read_text(path)
        if text is None:
            reasons.append(f"{files.show_path(path, root)}: not UTF-8 text")
        else:
            texts[path] = text
    unparsed: dict[Path, str] = {}
    relevant, definitions = _collect(texts, table, unparsed)
    reasons += [f"{files.show_path(path, root)}: {problem}" for path, problem in unparsed.items()]
    dates = files.date_files(root, [each.path for each in relevant])
    rows: list[Use] = []
    doubts: dict[tuple[str, str], str] = {}
    n_reads = n_unresolved = 0
    for each in relevant:
        name, day = files.show_path(each.path, root), dates[each.path]
        for statement in each.statements:
            reads, line = read_statement(statement, table, definitions), first_line(statement)
            n_reads += reads.n_tables > 0
            rows += [Use(table.name, column, kind, f"{name}:{at or line}", day) for column, kind, at in reads.named]
            rows += [Use(table.name, column, "starred", f"{name}:{line}", day) for column in reads.swept]
            if not reads.is_resolved:
                n_unresolved += 1
                reasons.append(f"{name}:{line}: columns could not be resolved")
            for column in table.columns if not reads.is_resolved else reads.doubts:
                doubts.setdefault((table.name, column), f"{name}:{line}")
    coverage = SourceCoverage(
        source=f"sql: {value}",
        n_files=len(found),
        n_parsed=len(texts) - len(unparsed),
        n_unresolved=n_unresolved,
        reasons=reasons[:_MOST_REASONS],
    )
    return SourceResult(make_evidence(rows), coverage, doubts, n_reads)


def _collect(
    texts: dict[Path, str], table: TableSchema, unparsed: dict[Path, str]
) -> tuple[list[_File], dict[str, exp.Expression]]:
    """Parse the files that name the dataset, then those that name a view of it, and so on."""
    definitions: dict[str, exp.Expression] = {}
    done: dict[Path, _File] = {}
    while True:
        fresh = [path for path, text in texts.items() if path not in done and may_read(text, table, definitions)]
        for path in fresh:
            parsed = parse_sql(texts[path])
            done[path] = _File(path, texts[path], parsed.statements)
            if parsed.problem is not None:
                unparsed[path] = parsed.problem
        known = set(definitions)
        for each in done.values():
            for statement in each.statements:
                _define(statement, each, table, definitions)
        if not fresh and known == set(definitions):
            return [done[path] for path in texts if path in done], definitions


def _define(statement: exp.Expression, file: _File, table: TableSchema, definitions: dict[str, exp.Expression]) -> None:
    """Remember what hands on whole rows of the dataset under another name: a view, a copy, a dbt model."""
    from sqlglot import exp

    target = statement.args.get("into") if isinstance(statement, exp.Select) else None
    if isinstance(statement, exp.Create | exp.Insert):
        target = statement
    if target is not None:
        target = target.this.this if isinstance(target.this, exp.Schema) else target.this
        name = target.name if isinstance(target, exp.Table) else ""
    elif isinstance(statement, exp.Query) and len(file.statements) == 1:
        name = file.path.stem
    else:
        return
    if not name or name.casefold() in definitions or is_dataset_name(name, table):
        return
    for query in find_queries(statement):
        if resolve(query, table, definitions).swept:
            definitions[name.casefold()] = query


def read_statement(
    statement: exp.Expression, table: TableSchema, definitions: dict[str, exp.Expression] | None = None
) -> Reads:
    """Return what one statement reads of the dataset."""
    from sqlglot import exp

    total = Reads()
    queries = find_queries(statement)
    body = statement.args.get("expression") if isinstance(statement, exp.Create) else None
    if isinstance(body, exp.Heredoc):
        inner = parse_sql(body.this)
        queries = [query for each in inner.statements for query in find_queries(each)]
        total.is_resolved = inner.problem is None
    for query in queries:
        reads = resolve(query, table, definitions or {})
        total.n_tables += reads.n_tables
        total.named |= reads.named
        total.swept |= reads.swept
        total.doubts |= reads.doubts
        total.is_resolved = total.is_resolved and reads.is_resolved
    if queries or is_upkeep(statement):
        return total
    # What is left has no query that could be followed, and may still read the dataset.
    names = [*table.names, Path(table.path).name, *(definitions or {})]
    if not mentions(list_words(statement), names):
        return total
    total.n_tables = 1
    if is_copy(statement):
        total.swept.update(table.columns)
    else:
        total.is_resolved = False
    return total


def may_read(text: str, table: TableSchema, definitions: Iterable[str] = ()) -> bool:
    """Say whether a text names the dataset, its file, a glob of its file, or something defined by it."""
    if mentions(text, [*table.names, Path(table.path).name, *definitions]):
        return True
    return any(is_dataset_path(glob, table) for glob in _GLOB.findall(text))


def mentions(text: str, names: list[str]) -> bool:
    """Say whether a text holds one of the names as a word, without case."""
    return any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)


def first_line(statement: exp.Expression) -> int:
    """Return the line of a statement's first name; 1 where it has none."""
    return min((node.meta["line"] for node in statement.walk() if "line" in node.meta), default=1)
