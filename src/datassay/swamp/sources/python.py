"""Usage source: Python scripts, followed without being run."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import Any

import polars as pl

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.tracing.flow import trace
from datassay.swamp.sources.tracing.state import Notes
from datassay.swamp.sources.tracing.values import Frame, merge_frames

_MOST_REASONS = 20
#: A script that imports none of these and never names the dataset has no table at hand.
_TABLE_LIBRARIES = frozenset(
    {"pandas", "polars", "pyspark", "dask", "duckdb", "modin", "cudf", "vaex", "pyarrow", "numpy", "sqlalchemy", "ibis"}
)


def read_python(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the scripts of the glob `value` read, one table after the other.

    Reads of the dataset are followed through assignments, the script's own functions and the usual methods of pandas,
    Polars and Spark; whatever is left of a table that a model is given is `modelled`, and a column that is dropped is
    not used. Where a table goes out of sight, the columns that it still has are in doubt. Names in comments and
    docstrings say nothing. Raises SpecError for a bad glob.
    """
    results = [_read_one(root, value, table) for table in tables]
    first = results[0].coverage
    reasons = list(dict.fromkeys(reason for result in results for reason in result.coverage.reasons))
    coverage = first.model_copy(
        update={
            "n_parsed": min(result.coverage.n_parsed for result in results),
            "n_unresolved": max(result.coverage.n_unresolved for result in results),
            "reasons": reasons[:_MOST_REASONS],
        }
    )
    return SourceResult(
        pl.concat([result.evidence for result in results]),
        coverage,
        {key: why for result in results for key, why in result.doubts.items()},
        sum(result.n_reads for result in results),
    )


def _read_one(root: Path, value: Any, table: TableSchema) -> SourceResult:
    found = files.find_files(root, value, "python")
    reasons: list[str] = [] if found else ["no file matches"]
    trees: dict[Path, ast.Module] = {}
    for path in found:
        tree = _parse(path)
        if isinstance(tree, ast.Module):
            trees[path] = tree
        else:
            reasons.append(f"{files.show_path(path, root)}: {tree}")
    imported = {name for tree in trees.values() for name in _imports(tree)}
    notes, failed = _trace_all(trees, table, imported)
    reasons += [f"{files.show_path(path, root)}: could not be followed ({why})" for path, why in failed.items()]
    is_handed_on = any(each.is_handed_on for each in notes.values())
    dates = files.date_files(root, notes)
    rows: list[Use] = []
    doubts: dict[tuple[str, str], str] = {}
    for path, each in notes.items():
        name, day = files.show_path(path, root), dates[path]
        loose = each.loose if _has_tables(trees[path]) else set()
        uses = set(each.uses)
        if is_handed_on:
            # The dataset is at large among these scripts, so a column named on a table without origin is its own.
            uses |= loose | {(column, "projected", line) for column, line in each.attributes}
        else:
            for column, _, line in sorted(loose):
                doubts.setdefault((table.name, column), f"{name}:{line}")
        rows += [Use(table.name, column, kind, f"{name}:{line}", day) for column, kind, line in uses]
        rows += [
            Use(table.name, column, "dropped" if how == "dropped" else "starred", f"{name}:{line} ({how})", day)
            for column, line, how in each.swept
        ]
        for column, line in each.doubts.items():
            doubts.setdefault((table.name, column), f"{name}:{line}")
        reasons += [f"{name}:{line}: {why}" for line, why in sorted(each.unresolved.items())]
    coverage = SourceCoverage(
        source=f"python: {value}",
        n_files=len(found),
        n_parsed=len(notes),
        n_unresolved=sum(len(each.unresolved) for each in notes.values()),
        reasons=reasons[:_MOST_REASONS],
    )
    return SourceResult(make_evidence(rows), coverage, doubts, sum(each.n_reads for each in notes.values()))


def _trace_all(
    trees: dict[Path, ast.Module], table: TableSchema, imported: set[str]
) -> tuple[dict[Path, Notes], dict[Path, str]]:
    """Follow all scripts, again where one reads what another has copied."""
    copies: dict[str, Frame] = {}
    while True:
        notes: dict[Path, Notes] = {}
        failed: dict[Path, str] = {}
        for path, tree in trees.items():
            try:
                notes[path] = trace(tree, table, is_imported=path.stem in imported, copies=copies)
            except Exception as exc:  # noqa: BLE001 - a script that cannot be followed hides its reads, and only those
                failed[path] = type(exc).__name__
        found = {name for each in notes.values() for name in each.copies}
        if found <= set(copies):
            return notes, failed
        for each in notes.values():
            for name, frame in each.copies.items():
                copies[name] = merge_frames([frame, *([copies[name]] if name in copies else [])]) or frame


def _parse(path: Path) -> ast.Module | str:
    """Return the file's tree, or why there is none."""
    text = files.read_text(path)
    if text is None:
        return "not UTF-8 text"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are their author's business
            return ast.parse(text)
    except SyntaxError as exc:
        return f"line {exc.lineno}: not Python {_version()}"
    except (ValueError, RecursionError, MemoryError):
        return "not Python"


def _version() -> str:
    import sys

    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _imports(tree: ast.Module) -> set[str]:
    """Return the last parts of all module names that a script imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            names |= set((node.module or "").split(".")) | {alias.name for alias in node.names}
    return names


def _has_tables(tree: ast.Module) -> bool:
    return not _TABLE_LIBRARIES.isdisjoint(_imports(tree))
