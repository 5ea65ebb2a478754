"""What a usage source is: a callable that looks somewhere and returns dated, sourced evidence per column.

A third party adds one by an entry point of the group `datassay.usage_sources`: its name is the key in the definition's
`usage.sources`, its object a `UsageSource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, get_args

import polars as pl

from datassay.errors import EngineError, SpecError, suggest
from datassay.results import SourceCoverage, UsageKind

GROUP = "datassay.usage_sources"
#: One row per piece of evidence: table (`TableSchema.name`), column, kind of use, UTC date of the last use known, place
#: ("queries/age.sql:3"), how many queries did so, and who.
EVIDENCE = pl.Schema(
    [
        ("table", pl.String),
        ("column", pl.String),
        ("kind", pl.String),
        ("last_used_at", pl.Date),
        ("source", pl.String),
        ("n_queries", pl.Int64),
        ("users", pl.List(pl.String)),
    ]
)
#: Kinds that may hide a use: a column that shows nothing else is unknown.
WEAK = ("starred", "bound", "mentioned")
#: Kinds that are no use at all: thrown away, only written, only tested, only handed to what nothing reads.
NO_USE = ("dropped", "written", "tested", "derived")
#: Kinds that prove nothing.
NOT_PROOF = (*WEAK, *NO_USE)
#: Key in a definition -> where its source lives.
_BUILT_IN = {
    "sql": "sql:read_sql",
    "query_log": "query_log:read_query_log",
    "python": "python:read_python",
    "notebook": "python:read_notebooks",
    "code": "mentions:read_code",
    "dbt": "dbt.source:read_dbt",
    "model": "models.source:read_models",
    "feast": "boards.feast:read_feast",
    "lookml": "boards.lookml:read_lookml",
    "tableau": "boards.tableau:read_tableau",
    "declared": "declared:read_declared",
}


@dataclass(frozen=True)
class TableSchema:
    """A table as a source may meet it."""

    #: Names under which queries read it, the first is its own; "schema.table" is also met as "table". Compared without
    #: case.
    names: tuple[str, ...]
    #: Its path in the repository, if it is a file; files are recognized by its last part. "" where there is none.
    path: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that evidence bears."""
        return self.names[0]


#: All tables that are looked for.
Tables: TypeAlias = tuple[TableSchema, ...]


class Use(NamedTuple):
    """One row of an evidence table."""

    table: str
    column: str
    kind: UsageKind
    source: str
    last_used_at: date | None = None
    n_queries: int = 1
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceResult:
    """What one source found."""

    #: One row per piece of evidence, with the columns of `EVIDENCE`.
    evidence: pl.DataFrame
    coverage: SourceCoverage
    #: (table, column) that may be read although no evidence says so -> why, with the place: they are no candidates.
    doubts: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Statements or calls that read one of the tables; where it is 0 everywhere, the sources look at something else.
    n_reads: int = 0
    #: False for a source that vouches for columns but has not looked at what else is read.
    is_search: bool = True
    #: Why this source's silence says nothing of any column, if so: a log that was cut off, too much unread.
    blind: str | None = None
    #: Whether anything in it could be read; None where its coverage tells.
    is_read: bool | None = None


#: (project root, the definition's value under the source's key, the tables) -> what was found. Raises SpecError for a
#: value that it cannot use; what it cannot read is counted in the coverage.
UsageSource: TypeAlias = Callable[[Path, Any, Tables], SourceResult]


def make_evidence(uses: Iterable[Use]) -> pl.DataFrame:
    """Return an evidence table, sorted and without repeats."""
    rows = sorted(set(uses), key=lambda use: (*use[:4], str(use.last_used_at), use.n_queries, use.users))
    table = pl.DataFrame(
        [(*use[:3], use.last_used_at, use.source, use.n_queries, list(use.users)) for use in rows],
        schema=EVIDENCE,
        orient="row",
    )
    return table.sort(["table", "column", "kind", "last_used_at", "source"], nulls_last=True, maintain_order=True)


def load_sources() -> dict[str, UsageSource]:
    """Return all sources by key: the built-in ones and those of installed packages.

    Raises EngineError where two have the same key, because neither may replace the other, or where one cannot be
    imported.
    """
    built_in: dict[str, UsageSource] = {}
    for key, home in _BUILT_IN.items():
        module, _, name = home.partition(":")
        built_in[key] = getattr(import_module(f"datassay.swamp.sources.{module}"), name)
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


def run_source(sources: dict[str, UsageSource], key: str, root: Path, value: Any, tables: Tables) -> SourceResult:
    """Ask the source `key` and check what it returns.

    Raises SpecError for an unknown key and EngineError for a source that fails or returns no evidence table.
    """
    if key not in sources:
        raise SpecError(f"Unknown usage source {key!r}.", hint=suggest(key, list(sources)))
    result = sources[key](root, value, tables)
    if not isinstance(result, SourceResult):
        raise EngineError(f"Usage source {key!r} returned {type(result).__name__} instead of a SourceResult.")
    if result.evidence.schema != EVIDENCE:
        raise EngineError(f"Usage source {key!r} returned no evidence table ({', '.join(EVIDENCE)}).")
    unknown_kinds = set(result.evidence["kind"]) - set(get_args(UsageKind))
    if unknown_kinds:
        raise EngineError(f"Usage source {key!r} returned unknown kinds of use: {', '.join(sorted(unknown_kinds))}.")
    return result
