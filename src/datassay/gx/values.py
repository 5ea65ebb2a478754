"""Conditions on the values of one column: nullity, ranges, sets, order, uniqueness, z-scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl

from datassay.gx.kinds import NUMERIC, TEMPORAL, NotNative, as_time, fit_time, is_number
from datassay.gx.rows import Column, Rows

Build = Callable[[Column, dict[str, Any]], Rows]


def null(column: Column, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where they hold a value."""
    return Rows((column,), None, column.expr, lambda x: x.is_null())


def nonnull(column: Column, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where they hold none."""
    return Rows((column,), None, column.expr, lambda x: x.is_not_null())


def between(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected outside of a range."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be None")
    if low is not None and high is not None and low > high:
        raise ValueError("min_value cannot be greater than max_value")
    base, bounds = _fit_bounds(column, low, high)
    return Rows((column,), column.present, base, within(bounds, kwargs))


def within(bounds: list[pl.Expr | None], kwargs: dict[str, Any]) -> Callable[[pl.Expr], pl.Expr]:
    """Return a condition: inside of the low and the high bound, of which either may be missing."""
    low, high = bounds
    strict_low, strict_high = kwargs.get("strict_min"), kwargs.get("strict_max")

    def meets(x: pl.Expr) -> pl.Expr:
        above = None if low is None else (x > low if strict_low else x >= low)
        below = None if high is None else (x < high if strict_high else x <= high)
        if above is None or below is None:
            return above if below is None else below  # type: ignore[return-value]
        return above & below

    return meets


def _fit_bounds(column: Column, low: Any, high: Any) -> tuple[pl.Expr, list[pl.Expr | None]]:
    given = [low, high]
    if column.kind in {*NUMERIC, "bool"}:
        if not all(bound is None or is_number(bound) for bound in given):
            raise NotNative
        base = pl.col(column.name)
        # Against a float, Polars compares an integer as a float; a whole bound keeps 64-bit integers exact.
        fitted = [int(b) if column.kind == "int" and type(b) is float and b.is_integer() else b for b in given]
        if column.kind == "bool":
            base = base.cast(pl.Int8)
        return base, [None if bound is None else pl.lit(bound) for bound in fitted]
    if column.kind == "text" and all(bound is None or isinstance(bound, str) for bound in given):
        return pl.col(column.name), [None if bound is None else pl.lit(bound) for bound in given]
    if column.kind in TEMPORAL:
        bounds = [None if bound is None else fit_time(bound, column.dtype) for bound in given]
        return as_time(pl.col(column.name), column.dtype), bounds
    if column.kind == "decimal" and all(bound is None or is_number(bound) for bound in given):
        # The bound 0.15 is meant as 0.15, and not as the nearest binary fraction.
        return pl.col(column.name).cast(pl.Float64), [None if bound is None else pl.lit(bound) for bound in given]
    raise NotNative


def in_set(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their value is not in the set."""
    values = kwargs.get("value_set")
    if values is None:
        return Rows((column,), column.present, pl.col(column.name), lambda _: pl.lit(value=True))
    base, members = _fit_set(column, list(values))
    return Rows((column,), column.present, base, lambda x: x.is_in(members))


def not_in_set(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their value is in the set."""
    values = kwargs.get("value_set")
    if values is None:
        return Rows((column,), column.present, pl.col(column.name), lambda _: pl.lit(value=True))
    base, members = _fit_set(column, list(values))
    return Rows((column,), column.present, base, lambda x: ~x.is_in(members))


def _fit_set(column: Column, values: list[Any]) -> tuple[pl.Expr, pl.Series]:
    """Return the column and the members of a set at one type; what can never be a value is left out."""
    base = pl.col(column.name)
    values = [value for value in values if value is not None]
    if column.kind in {"text", "category"}:
        return base.cast(pl.String), pl.Series([v for v in values if isinstance(v, str)], dtype=pl.String)
    if column.kind == "int" and all(is_number(value) for value in values):
        whole = [int(v) for v in values if float(v).is_integer() and -(2**63) <= v < 2**64]
        wide = pl.Int128 if any(v >= 2**63 for v in whole) or column.dtype == pl.UInt64 else pl.Int64
        return base.cast(wide), pl.Series(whole, dtype=wide)
    if column.kind in {"float", "decimal"} and all(is_number(value) for value in values):
        # A decimal is a member as JSON's 0.1 is: as a float.
        return base.cast(pl.Float64), pl.Series([float(v) for v in values], dtype=pl.Float64)
    if column.kind == "bool" and all(isinstance(value, bool) for value in values):
        return base, pl.Series(values, dtype=pl.Boolean)
    if column.kind in TEMPORAL and all(isinstance(value, str | dt.date) for value in values):
        zone = getattr(column.dtype, "time_zone", None)
        times = [time for time in (_fit_member(value, column) for value in values) if time is not None]
        members = pl.select(pl.concat(times)).to_series() if times else pl.Series([], dtype=pl.Datetime("ns", zone))
        return base.cast(pl.Datetime("ns", zone)), members
    raise NotNative


def _fit_member(value: Any, column: Column) -> pl.Expr | None:
    try:
        return fit_time(value, column.dtype)
    except TypeError:
        return None  # a time with a zone is never one without
    except ValueError as exc:
        raise NotNative from exc  # a text that is no time: pandas decides what that means


def unique(column: Column, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where their value occurs more than once."""
    if column.kind in {"other", "decimal"}:
        raise NotNative
    return Rows((column,), column.present, column.expr, lambda x: x.is_unique(), is_window=True)


def increasing(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their value is below the value before."""
    return _order(column, strictly=bool(kwargs.get("strictly")), sign=1)


def decreasing(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their value is above the value before."""
    return _order(column, strictly=bool(kwargs.get("strictly")), sign=-1)


def _order(column: Column, *, strictly: bool, sign: int) -> Rows:
    if column.kind not in {"int", "float", "date", "datetime", "duration"}:
        raise NotNative

    def meets(x: pl.Expr) -> pl.Expr:
        before = x.shift(1)
        later, earlier = (x, before) if sign == 1 else (before, x)
        ordered = later > earlier if strictly else later >= earlier
        if column.kind == "float":
            # The difference of two equal infinities is no number, and pandas lets that pass.
            ordered |= x.is_infinite() & (x == before)
        return ordered.fill_null(value=True)

    return Rows((column,), column.present, column.expr, meets, is_window=True)


def z_score(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected at or above a threshold of standard deviations from the mean."""
    threshold: Any = kwargs.get("threshold")
    both = kwargs.get("double_sided", True)
    if column.kind not in NUMERIC or not is_number(threshold):
        raise NotNative
    limit = abs(threshold) if both else threshold

    def meets(x: pl.Expr) -> pl.Expr:
        x = x.cast(pl.Float64)
        score = (x - x.mean()) / x.std()
        # Of a constant column, or of one value, the score is no number: that is not unexpected.
        fine = (score.abs() if both else score) < limit
        return fine | score.is_nan().fill_null(value=True) | score.is_null()

    return Rows((column,), column.present, column.expr, meets, is_window=True)


VALUES: dict[str, Build] = {
    "column_values.null": null,
    "column_values.nonnull": nonnull,
    "column_values.between": between,
    "column_values.in_set": in_set,
    "column_values.not_in_set": not_in_set,
    "column_values.unique": unique,
    "column_values.increasing": increasing,
    "column_values.decreasing": decreasing,
    "column_values.z_score.under_threshold": z_score,
}
