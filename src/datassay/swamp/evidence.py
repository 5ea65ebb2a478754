"""What a usage source is: a callable that looks somewhere and returns dated, sourced evidence per column.

A third party adds one by an entry point of the group `datassay.usage_sources`: its name is the key in the definition's
`usage.sources`, its object a `UsageSource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeAlias, get_args

import polars as pl

from datassay.errors import EngineError, SpecError, suggest
from datassay.results import SourceCoverage, UsageKind

GROUP = "datassay.usage_sources"
#: Columns of an evidence table: column, kind of use, UTC date of the last use known, file and line.
EVIDENCE = pl.Schema({"column": pl.String, "kind": pl.String, "last_used_at": pl.Date, "source": pl.String})
#: Kinds that say a column was taken along, not that it was used.
NOT_PROOF = ("swept",)


@dataclass(frozen=True)
class TableSchema:
    """The dataset as a source may meet it."""

    #: Names under which queries read it; compared without case.
    names: tuple[str, ...]
    #: Its path in the repository; files are recognized by its last part.
    path: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class SourceResult:
    """What one source found."""

    #: One row per piece of evidence, with the columns of `EVIDENCE`.
    evidence: pl.DataFrame
    coverage: SourceCoverage
    #: Columns that may be read although no evidence says so, with the place: they are no candidates.
    doubts: dict[str, str] = field(default_factory=dict)
    #: Statements or calls that read the dataset; where it is 0 everywhere, the source looks at something else.
    n_reads: int = 0
    #: False for a source that vouches for columns but has not looked at what else is read.
    is_search: bool = True


#: (project root, the definition's value under the source's key, the dataset) -> what was found. Raises SpecError for a
#: value that it cannot use; what it cannot read is counted in the coverage.
UsageSource: TypeAlias = Callable[[Path, Any, TableSchema], SourceResult]


def make_evidence(rows: Iterable[tuple[str, UsageKind, Any, str]]) -> pl.DataFrame:
    """Return an evidence table of (column, kind, date or None, source), sorted and without repeats."""
    table = pl.DataFrame(list(rows), schema=EVIDENCE, orient="row")
    return table.unique().sort(EVIDENCE.names(), nulls_last=True)


def load_sources() -> dict[str, UsageSource]:
    """Return all sources by key: the built-in ones and those of installed packages.

    Raises EngineError where two have the same key, because neither may replace the other, or where one cannot be
    imported.
    """
    from datassay.swamp.sources.declared import read_declared
    from datassay.swamp.sources.python import read_python
    from datassay.swamp.sources.sql import read_sql

    built_in: dict[str, UsageSource] = {"sql": read_sql, "python": read_python, "declared": read_declared}
    return add_plugins(built_in, entry_points(group=GROUP))


def add_plugins(sources: dict[str, UsageSource], plugins: Iterable[EntryPoint]) -> dict[str, UsageSource]:
    """Return `sources` with those of `plugins`; raises EngineError as `load_sources` does."""
    known = dict(sources)
    for plugin in plugins:
        if plugin.name in known:
            raise EngineError(
                f"Usage source {plugin.name!r} is defined twice, once as {plugin.value!r}.",
                hint="Uninstall one of the packages.",
            )
        try:
            known[plugin.name] = plugin.load()
        except Exception as exc:
            raise EngineError(
                f"Usage source {plugin.name!r} ({plugin.value}) cannot be imported: {type(exc).__name__}."
            ) from exc
    return known


def run_source(sources: dict[str, UsageSource], key: str, root: Path, value: Any, table: TableSchema) -> SourceResult:
    """Ask the source `key` and check what it returns.

    Raises SpecError for an unknown key and EngineError for a source that fails or returns no evidence table.
    """
    if key not in sources:
        raise SpecError(f"Unknown usage source {key!r}.", hint=suggest(key, list(sources)))
    result = sources[key](root, value, table)
    if not isinstance(result, SourceResult):
        raise EngineError(f"Usage source {key!r} returned {type(result).__name__} instead of a SourceResult.")
    if result.evidence.schema != EVIDENCE:
        raise EngineError(f"Usage source {key!r} returned no evidence table (column, kind, last_used_at, source).")
    unknown_kinds = set(result.evidence["kind"]) - set(get_args(UsageKind))
    if unknown_kinds:
        raise EngineError(f"Usage source {key!r} returned unknown kinds of use: {', '.join(sorted(unknown_kinds))}.")
    return result
