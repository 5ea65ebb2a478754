"""What each column looks like, in numbers that give no cell value away."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.tables import name_type
from datassay.errors import InconclusiveError
from datassay.quality import missing
from datassay.quality.duplicates import count_duplicate_rows
from datassay.quality.kinds import batches, is_number, kind_of, present
from datassay.results import ColumnProfile, Profile, Snapshot, TopValue

#: What another engine may measure.
_MEASURED = ("nulls", "distinct", "minimum", "maximum", "mean", "quantiles")
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
_TOP = 5
_DIGITS = 3
_LONGEST_VALUE = 120


#: Measures columns on another engine: a table, which of its columns hold numbers, quantiles and the number of rows
#: give facts by column.
Measure = Callable[[pl.LazyFrame, Mapping[str, bool], list[float], int], dict[str, dict[str, Any]]]


def profile_columns(
    snapshot: Snapshot,
    *,
    show_values: list[str],
    label: str | None,
    id_column: str | None,
    engine: str = "polars",
    measure: Measure | None = None,
) -> Profile:
    """Return a profile of each column, and the number of rows equal to an earlier one in all columns but the id.

    Fractions are of all rows and in [0, 1]; NaN counts as null. Minimum, maximum, mean and quantiles are those of
    the finite numbers, rounded to three significant digits; dates and the id have none. Frequent values are shown
    for the columns `show_values` only; of others only their fractions. With `measure`, missing and distinct values,
    extremes, means and quantiles are what `engine` says, where it says anything. Raises InconclusiveError for a table
    without rows and DataError where the content cannot be read.
    """
    if snapshot.n_rows == 0:
        raise InconclusiveError(f"{snapshot.name}: the table has no rows, so there is nothing to profile.")
    table = scan(snapshot)
    schema = table.collect_schema()
    numeric = {name: is_number(kind_of(dtype)) and name != id_column for name, dtype in schema.items()}
    measured = measure(table, numeric, QUANTILES, snapshot.n_rows) if measure else {}
    columns, by_polars = [], []
    for batch in batches(schema.names(), snapshot.n_rows):
        plans = {name: _aggregates(name, schema[name], is_id=name == id_column) for name in batch}
        for name, plan in plans.items():
            known = measured.get(name, {})
            if measure and any(fact in plan and fact not in known for fact in _MEASURED):
                by_polars.append(name)
            plans[name] = {fact: expr for fact, expr in plan.items() if fact not in known}
        # Aliases are positions: names of columns may be anything.
        aggregates = [expr for plan in plans.values() for expr in plan.values()]
        query = table.select(expr.alias(f"{i}") for i, expr in enumerate(aggregates))
        values = iter(collect(query, snapshot.name, engine="in-memory").row(0))
        for name, plan in plans.items():
            found = measured.get(name, {}) | {what: next(values) for what in plan}
            counts = [(None, n) for n in sorted(found.get("top", []), reverse=True)]
            shown = _count_values(table, name, snapshot.name) if name in show_values else counts
            top = [TopValue(value=text, fraction=n / snapshot.n_rows) for text, n in shown if n > 1]
            columns.append(_column(name, schema[name], found, snapshot.n_rows, top, is_label=name == label))
    names = [name for name in schema.names() if name != id_column]
    n_duplicates = count_duplicate_rows(table, names, snapshot.n_rows, snapshot.name)
    return Profile(columns=columns, n_duplicate_rows=n_duplicates, engine=engine, not_by_engine=by_polars)


def _aggregates(name: str, dtype: pl.DataType, *, is_id: bool) -> dict[str, pl.Expr]:
    value = present(name, dtype)
    kind = kind_of(dtype)
    # Not the length of the counts below: streaming Polars 2.1 fails on that for a column with nulls ("zip node").
    found = {"nulls": value.null_count(), "distinct": value.drop_nulls().n_unique()}
    if is_id:
        return found
    found["top"] = value.drop_nulls().unique_counts().top_k(_TOP).implode()
    if is_number(kind):
        number = value.cast(pl.Float64)
        finite = number.filter(number.is_finite())
        found |= {
            "minimum": finite.min(),
            "maximum": finite.max(),
            "mean": finite.mean(),
            "quantiles": finite.quantile(QUANTILES, interpolation="linear"),
        }
    return found | missing.aggregates(value, kind)


def _column(
    name: str, dtype: pl.DataType, found: dict[str, Any], n_rows: int, top: list[TopValue], *, is_label: bool
) -> ColumnProfile:
    suspects = missing.find_suspects(found, n_rows, is_label=is_label)
    return ColumnProfile(
        name=name,
        dtype=name_type(dtype),
        null_fraction=found["nulls"] / n_rows,
        n_distinct=found["distinct"],
        minimum=_rounded(found.get("minimum")),
        maximum=_rounded(found.get("maximum")),
        mean=_rounded(found.get("mean")),
        quantiles=[value for q in found.get("quantiles", []) if (value := _rounded(q)) is not None],
        top_values=top,
        disguised_missing_fraction=suspects.n_values / n_rows,
        disguised_missing_kinds=suspects.kinds,
        # One value and nulls is no constant: that it is missing says something.
        is_constant=found["distinct"] == 0 or (found["distinct"] == 1 and found["nulls"] == 0),
    )


def _count_values(table: pl.LazyFrame, name: str, what: str) -> list[tuple[str | None, int]]:
    """Return the most frequent values of a column that may be shown; of equally frequent ones the first in order."""
    dtype = table.collect_schema()[name]
    if kind_of(dtype) == "other":
        return []
    values = table.select(present(name, dtype).alias("value")).drop_nulls()
    counts = values.group_by("value").len().sort("len", "value", descending=[True, False]).head(_TOP)
    text = pl.col("value").cast(pl.String).str.slice(0, _LONGEST_VALUE)
    return collect(counts.select(text, "len"), what).rows()


def _rounded(value: float | None) -> float | None:
    """Return a number with three significant digits, too few to tell a person by."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")
