"""Metrics of a whole column: extremes, moments, quantiles, distinct values, counts by value, histograms."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datassay.gx.days import Day
from datassay.gx.kinds import NUMERIC, NotNative, find_kind
from datassay.gx.plans import Plan, Query, Scalars, Scope
from datassay.gx.rows import Column

if TYPE_CHECKING:
    import pandas as pd

BuildAggregate = Callable[[Scope, Column, dict[str, Any]], Plan]

#: Which of the sorted values stands for a quantile, as numpy says.
_POSITIONS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "nearest": lambda x: x.round(mode="half_to_even"),
    "lower": lambda x: x.floor(),
    "higher": lambda x: x.ceil(),
}


def _extreme(name: str) -> BuildAggregate:
    def build(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
        if column.kind not in {*NUMERIC, "text", "bool", "date", "datetime", "decimal"}:
            raise NotNative
        expr = getattr(column.expr, name)()
        if column.kind == "date":
            return Scalars(scope, [expr], _to_day)
        if column.kind == "datetime":
            return Scalars(
                scope, [expr.cast(pl.Datetime("ns", getattr(column.dtype, "time_zone", None)))], _to_timestamp
            )
        return Scalars(scope, [expr], _or_nan if column.kind in {*NUMERIC, "decimal"} else _same)

    return build


def _to_timestamp(value: Any) -> Any:
    import pandas as pd

    return pd.NaT if value is None else pd.Timestamp(value)


def _to_day(value: Any) -> Any:
    import pandas as pd

    return pd.NaT if value is None else Day(value.year, value.month, value.day)


def _same(value: Any) -> Any:
    return value


def _or_nan(value: Any) -> Any:
    return math.nan if value is None else value


def mean(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the mean; NaN of nothing."""
    if column.kind == "text":
        return _refuse_texts(scope, column, "mean", math.nan)
    return Scalars(scope, [_number(column).mean()], _or_nan)


def total(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the sum; 0 of nothing."""
    if column.kind not in {*NUMERIC, "bool", "decimal"}:
        raise NotNative
    wide = (
        pl.Float64
        if column.kind in {"float", "decimal"}
        else pl.UInt64
        if column.dtype.is_unsigned_integer()
        else pl.Int64
    )
    return Scalars(scope, [column.expr.cast(wide).sum()], _same)


def deviation(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the sample standard deviation; NaN of fewer than two values."""
    if column.kind == "bool":
        raise NotNative
    if column.kind == "text":
        return _refuse_texts(scope, column, "std", math.nan)
    return Scalars(scope, [_number(column).std()], _or_nan)


def median(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the median; NaN of nothing."""
    if column.kind == "text":
        return _refuse_texts(scope, column, "median", math.nan)
    return Scalars(scope, [_number(column).median()], _or_nan)


def _refuse_texts(scope: Scope, column: Column, what: str, empty: Any) -> Plan:
    # A csv column without a value is text, for want of anything to tell its type by.
    def finish(present: int) -> Any:
        if present:
            raise TypeError(f"Cannot perform reduction '{what}' with string dtype")  # as pandas says it
        return empty

    return Scalars(scope, [column.present.sum()], finish)


def quantiles(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return quantiles as numpy computes them."""
    how: Any = kwargs.get("allow_relative_error") or "nearest"
    wanted = kwargs["quantiles"]
    if column.kind == "text":
        return _refuse_texts(scope, column, "quantile", [math.nan] * len(wanted))
    if column.kind not in NUMERIC or not all(0 <= share <= 1 for share in wanted):
        raise NotNative
    if how in _POSITIONS:
        return _pick(scope, column, wanted, _POSITIONS[how])
    if how not in {"linear", "midpoint"}:
        raise NotNative
    exprs = [_number(column).quantile(share, interpolation=how) for share in wanted]
    return Scalars(scope, exprs, lambda *values: [_or_nan(value) for value in values])


def _pick(scope: Scope, column: Column, wanted: list[float], position: Callable[[pl.Expr], pl.Expr]) -> Plan:
    # Polars' own quantile answers in floats, which are not exact for large integers, and rounds half up.
    present = column.expr.drop_nulls().sort()
    last = (present.len().cast(pl.Int64) - 1).cast(pl.Float64)
    exprs = [present.get(position(last * share).cast(pl.Int64), null_on_oob=True) for share in wanted]
    return Scalars(scope, exprs, lambda *values: [_or_nan(value) for value in values])


def n_present(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return how many rows hold a value."""
    # By a count of numpy's, Great Expectations divides nothing by nothing without an error.
    return Scalars(scope, [column.present.sum()], np.int64)


def n_distinct(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return how many different values there are."""
    if column.kind == "other":
        raise NotNative
    return Scalars(scope, [column.expr.drop_nulls().n_unique()], _same)


def distinct_share(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the share of different values among all values; 0 of nothing."""
    if column.kind == "other":
        raise NotNative
    exprs = [column.expr.drop_nulls().n_unique(), column.present.sum()]
    return Scalars(scope, exprs, lambda found, present: found / present if present else 0)


def present_share(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the share of rows that hold a value; 0 of nothing."""
    return Scalars(scope, [column.present.sum(), pl.len()], lambda present, rows: present / rows if rows else 0)


def mode(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the most frequent values, sorted."""
    if column.kind in {"other", "decimal", "category", "duration"}:
        raise NotNative
    counted = _count_values(scope, column)
    return Query(
        counted.filter(pl.col("count") == pl.col("count").max()).sort("value"),
        lambda frame: list(_to_index(frame["value"])),
    )


def value_counts(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return a pandas Series of counts by value, sorted by value."""
    if column.kind not in {"int", "float", "text", "bool"} or kwargs.get("collate") is not None:
        raise NotNative
    if (kwargs.get("sort") or "value") != "value":
        raise NotNative
    return Query(_count_values(scope, column).sort("value"), _to_series)


def _to_series(frame: pl.DataFrame) -> pd.Series:
    import pandas as pd

    return pd.Series(frame["count"].to_numpy(), index=_to_index(frame["value"]), name="count")


def _count_values(scope: Scope, column: Column) -> pl.LazyFrame:
    values = scope.rows.select(column.expr.alias("value")).drop_nulls()
    return values.group_by("value").agg(pl.len().cast(pl.Int64).alias("count"))


def _to_index(values: pl.Series) -> pd.Index:
    import pandas as pd

    return pd.Index(values.to_pandas(), name="value")


def distinct(scope: Scope, column: Column, _: dict[str, Any]) -> Plan:
    """Return the set of values; a missing one is a member."""
    if column.kind not in {"int", "float", "text", "bool"}:
        raise NotNative
    return Query(scope.rows.select(pl.col(column.name).unique()), lambda frame: set(frame.to_series().to_list()))


def histogram(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return the counts within bin edges, as numpy does: the last bin holds its upper edge."""
    bins = kwargs["bins"]
    if column.kind not in NUMERIC or isinstance(bins, int | str) or len(bins) < 2:
        raise NotNative
    edges = [float(edge) for edge in bins]
    if any(b < a for a, b in pairwise(edges)):
        raise NotNative
    x = _number(column)
    counts = [((x >= a) & (x < b)).sum() for a, b in pairwise(edges[:-1])]
    counts.append(((x >= edges[-2]) & (x <= edges[-1])).sum())
    return Scalars(scope, counts, lambda *values: list(values))


def n_between(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return how many values lie on one side of a bound."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    # With two bounds, pandas raises on the truth of a series.
    if column.kind not in NUMERIC or (low is None) == (high is None):
        raise NotNative
    x = column.expr
    if low is None:
        found = x < high if kwargs.get("strict_max") else x <= high
    else:
        found = x > low if kwargs.get("strict_min") else x >= low
    return Scalars(scope, [found.sum()], _same)


def _number(column: Column) -> pl.Expr:
    if find_kind(column.dtype) not in {*NUMERIC, "bool", "decimal"}:
        raise NotNative
    return column.expr.cast(pl.Float64)


AGGREGATES: dict[str, BuildAggregate] = {
    "column.min": _extreme("min"),
    "column.max": _extreme("max"),
    "column.mean": mean,
    "column.sum": total,
    "column.standard_deviation": deviation,
    "column.median": median,
    "column.quantile_values": quantiles,
    "column.non_null_count": n_present,
    "column_values.nonnull.count": n_present,
    "column.distinct_values.count": n_distinct,
    "column.distinct_values": distinct,
    "column.unique_proportion": distinct_share,
    "column.non_null_proportion": present_share,
    "column.most_common_value": mode,
    "column.value_counts": value_counts,
    "column.histogram": histogram,
    "column_values.between.count": n_between,
}
