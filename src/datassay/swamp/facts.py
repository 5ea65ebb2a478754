"""What a table's own values say of its columns, beside their use: never proof, always worth knowing."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.times import read_times
from datassay.errors import SpecError
from datassay.results import Snapshot
from datassay.swamp.personal import name_personal, values_personal

#: A column with so many nulls is almost all null.
_ALMOST = 0.99
#: Most pairs of columns whose dependency is tested, and most rows of the first test.
_MOST_PAIRS = 400
_TEST_ROWS = 20_000


@dataclass
class Facts:
    """What is known of one column."""

    null_fraction: float = 0.0
    is_constant: bool = False
    reasons: list[str] = field(default_factory=list)


def measure_facts(snapshot: Snapshot, idle: list[str], *, time: str | None = None) -> dict[str, Facts]:
    """Count nulls and find columns with one value, and look closer at those in `idle`, which nothing is known to use.

    Looked for are: almost all null, a unique identifier, a copy or a function of another column, no change since a time
    of the column `time`, likely personal data. Raises DataError where the table cannot be read.
    """
    table = scan(snapshot)
    schema = table.collect_schema()
    plain = [name for name, dtype in schema.items() if not dtype.is_nested() and dtype != pl.Object]
    wanted = [pl.len().alias("rows")]
    for i, (name, dtype) in enumerate(schema.items()):
        column = pl.col(name)
        wanted.append(column.null_count().alias(f"nulls {i}"))
        if name in plain:
            text = column.cast(pl.String) if isinstance(dtype, pl.Categorical | pl.Enum) else column
            wanted.append((text.min() == text.max()).alias(f"same {i}"))
    what = f"Table {snapshot.name!r}"
    row = collect(table.select(wanted), what).row(0, named=True)
    n_rows = row["rows"]
    facts: dict[str, Facts] = {}
    for i, name in enumerate(schema.names()):
        n_nulls = row[f"nulls {i}"]
        facts[name] = fact = Facts(
            null_fraction=n_nulls / n_rows if n_rows else 0.0,
            is_constant=bool(row.get(f"same {i}")) and not n_nulls,
        )
        if n_rows and n_nulls == n_rows:
            fact.reasons.append("every value is null")
        elif fact.is_constant:
            fact.reasons.append("every value is the same")
        elif n_rows and fact.null_fraction >= _ALMOST:
            fact.reasons.append(f"{fact.null_fraction * 100:.1f} % of the values are null")
    close = [name for name in idle if name in plain and not facts[name].reasons and n_rows > 1]
    _look_closer(table, close, plain, facts, n_rows=n_rows, what=what)
    if time is not None and time in plain:
        _find_stale(table, [name for name in close if name != time], time, facts, what)
    for name in idle:
        told = name_personal(name) or (values_personal(table, name, schema[name], what) if n_rows else None)
        if told is not None:
            facts[name].reasons.append(f"likely personal data ({told})")
    return facts


def _look_closer(
    table: pl.LazyFrame, idle: list[str], plain: list[str], facts: dict[str, Facts], *, n_rows: int, what: str
) -> None:
    if not idle:
        return
    distinct = collect(table.select(pl.col(name).n_unique() for name in plain), what).row(0, named=True)
    head = collect(table.select(plain).head(_TEST_ROWS), what)
    n_pairs = 0
    for name in idle:
        if distinct[name] == n_rows:
            facts[name].reasons.append("a unique identifier")
            continue
        for other in plain:
            # Whatever each value of `other` occurs once with, is a function of it and says nothing.
            if other == name or not distinct[name] <= distinct[other] <= n_rows / 2 or distinct[other] < 2:
                continue
            n_pairs += 1
            if n_pairs > _MOST_PAIRS:
                return
            if not _is_function(head.lazy(), name, other, what) or not _is_function(table, name, other, what):
                continue
            is_copy = distinct[name] == distinct[other] and _is_equal(table, name, other, what)
            facts[name].reasons.append(f"a copy of {other}" if is_copy else f"a function of {other}")
            break


def _is_function(table: pl.LazyFrame, name: str, other: str, what: str) -> bool:
    """Say whether each value of `other` occurs with one value of `name` only."""
    most = table.group_by(other).agg(pl.col(name).n_unique().alias(f"{other} of")).select(pl.col(f"{other} of").max())
    return (collect(most, what).item() or 0) <= 1


def _is_equal(table: pl.LazyFrame, name: str, other: str, what: str) -> bool:
    schema = table.collect_schema()
    if schema[name] != schema[other]:
        return False
    return bool(collect(table.select(pl.col(name).eq_missing(pl.col(other)).all()), what).item())


def _find_stale(table: pl.LazyFrame, names: list[str], time: str, facts: dict[str, Facts], what: str) -> None:
    """Find columns that have had one value, or none, since a time long before the last row."""
    if not names:
        return
    table = table.select(time, *names).drop_nulls(time)
    if table.collect_schema()[time] in {pl.String, pl.Categorical, pl.Enum}:
        text = collect(table.select(pl.col(time).cast(pl.String)), what).to_series()
        try:
            times = read_times(text, time)
        except SpecError:
            return
        if not times.dtype.is_temporal():
            # How long ago something was, only dates tell.
            return
        table = table.with_columns(times.alias(time))
    ordered = table.sort(time)
    moved = [
        pl.col(time).filter(pl.col(name).ne_missing(pl.col(name).last())).max().alias(f"{i}")
        for i, name in enumerate(names)
    ]
    row = collect(ordered.select(pl.col(time).min().alias("first"), pl.col(time).max().alias("last"), *moved), what)
    values = row.row(0, named=True)
    for i, name in enumerate(names):
        changed = values[f"{i}"]
        if changed is None or values["last"] == values["first"]:
            continue
        if (values["last"] - changed) / (values["last"] - values["first"]) > 0.25:
            facts[name].reasons.append(f"no new value since {str(changed)[:10]}")
