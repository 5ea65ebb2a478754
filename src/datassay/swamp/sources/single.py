"""What one statement reads of one table; the reader of Python scripts asks it for the queries in their strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.lineage import Reads, resolve
from datassay.swamp.sources.statements import find_queries, is_copy, is_upkeep, list_words, parse_sql
from datassay.swamp.sources.tables import is_dataset_path

if TYPE_CHECKING:
    from sqlglot import exp

_GLOB = re.compile(r"['\"`]([^'\"`\n]*[*?\[][^'\"`\n]*)['\"`]")


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
