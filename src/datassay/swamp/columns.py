"""The finding: which columns are stored and paid for, and what reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from datassay.datasets.kept import Kept, measure_kept
from datassay.errors import SpecError, suggest
from datassay.results import ColumnStatus, Interval, Snapshot, StoredColumn, Swamp, SwampColumn
from datassay.spec import UsageSpec
from datassay.swamp.evidence import TableSchema, UsageSource, load_sources, run_source
from datassay.swamp.facts import Facts, measure_facts
from datassay.swamp.judging import Finding, Judge, tell_unsearched
from datassay.swamp.money import Prices

#: Most pieces of evidence kept of one column, newest first.
_MOST_EVIDENCE = 20


@dataclass(frozen=True)
class Subject:
    """One table that is looked at, with its data where there is any."""

    schema: TableSchema
    snapshot: Snapshot | None = None
    protected: frozenset[str] = frozenset()
    #: What else is known of columns: "primary key".
    notes: tuple[tuple[str, str], ...] = ()
    #: Column in whose order values may have gone stale.
    time: str | None = None
    #: (name in the snapshot, name in the schema) of columns that a file leaves without a name.
    unnamed: tuple[tuple[str, str], ...] = ()
    #: What DVC keeps of it at other revs.
    kept: Kept | None = None

    def stored_name(self, name: str) -> str:
        """Return what the snapshot calls a column of the schema."""
        return next((stored for stored, shown in self.unnamed if shown == name), name)


def find_swamp(
    snapshot: Snapshot,
    usage: UsageSpec,
    *,
    root: Path | None,
    protected: list[str],
    prices: Prices,
    currency: str,
    importances: Mapping[str, Interval] | None = None,
    now: datetime | None = None,
    sources: dict[str, UsageSource] | None = None,
    time: str | None = None,
) -> Swamp:
    """Return every column of one dataset with its status, evidence and money, by money and then by name.

    A column is `used` where a source proves it inside the window or it is `protected`; `unused` where every source was
    read to the end, at least one of them reads the dataset, and none proves or may hide a use; else `unknown`. What its
    values say of it (constant, a copy, personal data) is beside the status and no proof.
    Its cost per month is that of its bytes at this rev and at those that DVC keeps in the repository at `root`, and of
    checking it, at `prices`. `importances` are scores lost by scrambling it. `now` (default: the present) ends the
    window; without a window no date matters. `sources` replaces the installed usage sources.
    Raises SpecError for a protected or declared name that is no column, EngineError for a source that fails, and
    DataError where the table cannot be read.
    """
    names = [column.name for column in snapshot.columns]
    for name in usage.protected:
        if name not in names:
            raise SpecError(f"usage.protected: column {name!r} is not in the table.", hint=suggest(name, names))
    schema = TableSchema(names=_table_names(snapshot, usage), path=snapshot.path, columns=tuple(names))
    kept = measure_kept(snapshot, root)
    subject = Subject(schema, snapshot, frozenset([*protected, *usage.protected]), time=time, kept=kept)
    return find_columns(
        [subject],
        [source.model_dump(exclude_none=True) for source in usage.sources],
        root=(root or Path.cwd()).resolve(),
        window=usage.window,
        max_unread=usage.max_unread,
        prices=prices,
        currency=currency,
        importances=importances,
        now=now,
        known=sources,
    )


def find_columns(
    subjects: Sequence[Subject],
    sources: Sequence[dict[str, Any]],
    *,
    root: Path,
    window: str | None = None,
    max_unread: float = 0.2,
    prices: Prices | None = None,
    currency: str = "EUR",
    importances: Mapping[str, Interval] | None = None,
    now: datetime | None = None,
    known: dict[str, UsageSource] | None = None,
) -> Swamp:
    """Return every column of all tables; as `find_swamp` for one dataset."""
    tables = tuple(subject.schema for subject in subjects)
    known = load_sources() if known is None else known
    results = [run_source(known, key, root, value, tables) for source in sources for key, value in source.items()]
    judge = Judge(results, tables, window=window, now=now or datetime.now(UTC), max_unread=max_unread)
    columns: list[SwampColumn] = []
    for subject in subjects:
        findings = {name: judge.judge(subject.schema.name, name) for name in subject.schema.columns}
        idle = [subject.stored_name(name) for name, found in findings.items() if found.status != "used"]
        facts = measure_facts(subject.snapshot, idle, time=subject.time) if subject.snapshot else {}
        stored = {column.name: column for column in subject.snapshot.columns} if subject.snapshot else {}
        columns += [
            _describe(
                subject,
                name,
                found,
                facts=facts.get(subject.stored_name(name), Facts()),
                stored=stored.get(subject.stored_name(name)),
                prices=prices or Prices(),
                importance=(importances or {}).get(name),
            )
            for name, found in findings.items()
        ]
    columns.sort(key=lambda column: (-column.cost_per_month, -column.stored_bytes, column.table, column.name))
    unused = [column for column in columns if column.status == "unused"]
    return Swamp(
        window=window,
        columns=columns,
        coverage=[result.coverage for result in results],
        n_used=_count(columns, "used"),
        n_unused=len(unused),
        n_unknown=_count(columns, "unknown"),
        unused_bytes=sum(column.stored_bytes for column in unused),
        unused_cost_per_month=sum(column.cost_per_month for column in unused),
        currency=currency,
        unused_history_bytes=sum(column.history_bytes for column in unused),
        history=next((subject.kept.record for subject in subjects if subject.kept), None),
        unsearched=tell_unsearched(results),
    )


def _table_names(snapshot: Snapshot, usage: UsageSpec) -> tuple[str, ...]:
    if usage.table is not None:
        return (usage.table.rpartition(".")[2],)
    # A query may say the dataset's name or the file's.
    return tuple(dict.fromkeys((snapshot.name, PurePosixPath(snapshot.path).stem)))


def _count(columns: Iterable[SwampColumn], status: ColumnStatus) -> int:
    return sum(column.status == status for column in columns)


def _describe(
    subject: Subject,
    name: str,
    found: Finding,
    *,
    facts: Facts,
    stored: StoredColumn | None,
    prices: Prices,
    importance: Interval | None,
) -> SwampColumn:
    status, reason, advice = found.status, found.reason, found.advice
    is_protected = name in subject.protected
    if is_protected and status != "used":
        status, reason, advice = "used", "protected by the definition", "keep"
    reasons = [note for column, note in subject.notes if column == name]
    if reasons and advice == "drop":
        advice = "ask"  # a key of the schema is never proposed for removal
    if status != "used":
        reasons += facts.reasons
    if status == "unused" and facts.null_fraction == 1:
        reason += "; every value is null"
    elif status == "unused" and facts.is_constant:
        reason += "; every value is the same"
    if status != "used" and importance is not None and importance.low <= 0:
        reasons.append("no predictive value for the label")
    stored_bytes = stored.stored_bytes if stored else 0
    history_bytes = subject.kept.by_column.get(subject.stored_name(name), 0) if subject.kept else 0
    check_cost = prices.check(name, stored_bytes)
    return SwampColumn(
        name=name,
        status=status,
        reason=reason,
        evidence=found.evidence[:_MOST_EVIDENCE],
        stored_bytes=stored_bytes,
        history_bytes=history_bytes,
        cost_per_month=prices.keep(stored_bytes + history_bytes) + check_cost,
        n_checks=prices.n_checks.get(name, 0),
        check_cost_per_month=check_cost,
        null_fraction=facts.null_fraction,
        importance=importance.estimate if importance else None,
        is_protected=is_protected,
        table=subject.schema.name,
        kinds=found.kinds,
        reasons=reasons,
        last_used_at=found.last_used_at,
        n_queries=found.n_queries,
        n_users=found.n_users,
        advice=advice,
        is_bytes_estimated=bool(stored and stored.is_bytes_estimated),
    )
