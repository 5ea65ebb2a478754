"""The finding: which columns are stored and paid for, and what reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath

import polars as pl

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import SpecError, suggest
from datassay.results import ColumnStatus, Evidence, Snapshot, StoredColumn, Swamp, SwampColumn
from datassay.spec import UsageSpec
from datassay.swamp.evidence import (
    EVIDENCE,
    NOT_PROOF,
    SourceResult,
    TableSchema,
    UsageSource,
    load_sources,
    run_source,
)

_BYTES_PER_GB = 1e9
#: Most pieces of evidence kept of one column, newest first.
_MOST_EVIDENCE = 20


def find_swamp_columns(
    snapshot: Snapshot,
    usage: UsageSpec,
    *,
    root: Path | None,
    protected: list[str],
    cost_per_gb_month: float,
    currency: str,
    importances: dict[str, float] | None = None,
    now: datetime | None = None,
    sources: dict[str, UsageSource] | None = None,
) -> Swamp:
    """Return every column with its status, evidence and money, by money and then by name.

    A column is `used` where a source proves it inside the window or it is `protected`; `unused` where every source was
    read to the end, at least one of them reads the dataset, and none proves or may hide a use; else `unknown`. A column
    that is constant or empty has that as a reason; it is no proof. `stored_bytes / 1e9 * cost_per_gb_month` is its cost
    per month. `now` (default: the present) ends the window; without a window no date matters. `sources` replaces the
    installed usage sources.
    Raises SpecError for a protected or declared name that is no column, EngineError for a source that fails, and
    DataError where the table cannot be read.
    """
    names = [column.name for column in snapshot.columns]
    for name in usage.protected:
        if name not in names:
            raise SpecError(f"usage.protected: column {name!r} is not in the table.", hint=suggest(name, names))
    table = TableSchema(names=_table_names(snapshot, usage), path=snapshot.path, columns=tuple(names))
    folder = (root or Path.cwd()).resolve()
    known = load_sources() if sources is None else sources
    results = [
        run_source(known, key, folder, value, (table,))
        for source in usage.sources
        for key, value in source.model_dump(exclude_none=True).items()
    ]
    since = _window_start(usage.window, now or datetime.now(UTC))
    judge = _Judge(results, table, usage.window, since)
    facts = _measure(snapshot)
    columns = [
        _describe(
            column,
            judge,
            facts[column.name],
            is_protected=column.name in {*protected, *usage.protected},
            cost_per_gb_month=cost_per_gb_month,
            importance=(importances or {}).get(column.name),
        )
        for column in snapshot.columns
    ]
    columns.sort(key=lambda column: (-column.cost_per_month, -column.stored_bytes, column.name))
    unused = [column for column in columns if column.status == "unused"]
    return Swamp(
        window=usage.window,
        columns=columns,
        coverage=[result.coverage for result in results],
        n_used=_count(columns, "used"),
        n_unused=len(unused),
        n_unknown=_count(columns, "unknown"),
        unused_bytes=sum(column.stored_bytes for column in unused),
        unused_cost_per_month=sum(column.cost_per_month for column in unused),
        currency=currency,
    )


def _table_names(snapshot: Snapshot, usage: UsageSpec) -> tuple[str, ...]:
    if usage.table is not None:
        return (usage.table.rpartition(".")[2],)
    # A query may say the dataset's name or the file's.
    return tuple(dict.fromkeys((snapshot.name, PurePosixPath(snapshot.path).stem)))


def _window_start(window: str | None, now: datetime) -> date | None:
    return None if window is None else (now.astimezone(UTC) - timedelta(days=int(window[:-1]))).date()


def _count(columns: Iterable[SwampColumn], status: ColumnStatus) -> int:
    return sum(column.status == status for column in columns)


@dataclass(frozen=True)
class _Facts:
    null_fraction: float
    is_constant: bool


def _measure(snapshot: Snapshot) -> dict[str, _Facts]:
    """Count nulls, and find columns with one value, in one lazy pass."""
    table = scan(snapshot)
    schema = table.collect_schema()
    wanted = [pl.len().alias("rows")]
    for i, (name, dtype) in enumerate(schema.items()):
        column = pl.col(name)
        wanted.append(column.null_count().alias(f"nulls {i}"))
        if not dtype.is_nested() and dtype != pl.Object:
            text = column.cast(pl.String) if isinstance(dtype, pl.Categorical | pl.Enum) else column
            wanted.append((text.min() == text.max()).alias(f"same {i}"))
    row = collect(table.select(wanted), f"Table {snapshot.name!r}").row(0, named=True)
    n_rows = row["rows"]
    return {
        name: _Facts(
            null_fraction=row[f"nulls {i}"] / n_rows if n_rows else 0.0,
            is_constant=bool(row.get(f"same {i}")) and not row[f"nulls {i}"],
        )
        for i, name in enumerate(schema.names())
    }


class _Judge:
    """What all sources together say of a column."""

    def __init__(self, results: list[SourceResult], table: TableSchema, window: str | None, since: date | None) -> None:
        self.window = window
        self.since = since
        evidence = pl.concat([pl.DataFrame(schema=EVIDENCE), *(result.evidence for result in results)])
        self.evidence: dict[str, list[Evidence]] = {name: [] for name in table.columns}
        newest_first = evidence.unique().sort(
            ["last_used_at", "column", "kind", "source"], descending=[True, False, False, False], nulls_last=True
        )
        for _, column, kind, day, source, n_queries, users in newest_first.rows():
            if column in self.evidence:
                stamp = None if day is None else day.isoformat()
                self.evidence[column].append(
                    Evidence(kind=kind, source=source, last_used_at=stamp, n_queries=n_queries, users=users)
                )
        self.doubts: dict[str, str] = {}
        for result in results:
            for (_, column), where in result.doubts.items():
                self.doubts.setdefault(column, where)
        self.blind = _find_blindness(results, table)

    def judge(self, name: str) -> tuple[ColumnStatus, str]:
        """Return a column's status and why."""
        proofs = [each for each in self.evidence[name] if each.kind not in NOT_PROOF]
        inside = [each for each in proofs if self._is_inside(each)]
        if inside:
            return "used", _tell(inside)
        undated = [each for each in proofs if each.last_used_at is None]
        if undated:
            return "unknown", f"used in {undated[0].source}, at an unknown time"
        if self.blind is not None:
            return "unknown", self.blind
        if name in self.doubts:
            return "unknown", f"may be read in {self.doubts[name]}"
        if proofs:
            return "unused", f"last seen {proofs[0].last_used_at} in {proofs[0].source}, before the last {self.window}"
        swept = self.evidence[name]
        if swept:
            return "unused", f"only taken along or dropped, in {swept[0].source}"
        return "unused", "nothing names it"

    def _is_inside(self, evidence: Evidence) -> bool:
        if self.since is None or evidence.kind == "declared":
            return True  # who vouches for a column does so now
        return evidence.last_used_at is not None and date.fromisoformat(evidence.last_used_at) >= self.since


def _find_blindness(results: list[SourceResult], table: TableSchema) -> str | None:
    """Say why no column can be called unused, if so: silence is only telling where somebody has listened."""
    if not results:
        return "no usage source named"
    searches = [result for result in results if result.is_search]
    if not searches:
        return "only a list of used columns is named, and nothing was searched"
    for result in searches:
        told = result.coverage
        if told.n_files == 0 and result.n_reads == 0:
            return f"{told.source}: no file matches"
        if told.n_parsed < told.n_files:
            return f"{told.source}: {told.n_files - told.n_parsed} of {told.n_files} files could not be read"
        if result.blind is not None:
            return f"{told.source}: {result.blind}"
        if told.n_unresolved and not result.doubts:
            return f"{told.source}: {told.n_unresolved} statements could not be resolved"
    if not any(result.n_reads for result in searches):
        return f"no source reads a table called {' or '.join(repr(name) for name in table.names)}"
    return None


def _tell(proofs: list[Evidence]) -> str:
    kinds = sorted({each.kind for each in proofs})
    last = next((each for each in proofs if each.last_used_at is not None), proofs[0])
    places = len({each.source for each in proofs})
    return f"{', '.join(kinds)} in {last.source}" + (f" and {places - 1} more" if places > 1 else "")


def _describe(
    column: StoredColumn,
    judge: _Judge,
    facts: _Facts,
    *,
    is_protected: bool,
    cost_per_gb_month: float,
    importance: float | None,
) -> SwampColumn:
    status, reason = judge.judge(column.name)
    if is_protected and status != "used":
        status, reason = "used", "protected by the definition"
    if status == "unused" and facts.null_fraction == 1:
        reason += "; every value is null"
    elif status == "unused" and facts.is_constant:
        reason += "; every value is the same"
    return SwampColumn(
        name=column.name,
        status=status,
        reason=reason,
        evidence=judge.evidence[column.name][:_MOST_EVIDENCE],
        stored_bytes=column.stored_bytes,
        cost_per_month=column.stored_bytes / _BYTES_PER_GB * cost_per_gb_month,
        null_fraction=facts.null_fraction,
        importance=importance,
        is_protected=is_protected,
    )
