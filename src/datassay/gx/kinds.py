"""What a Polars column is to Great Expectations' pandas metrics, and which of its rows count as missing."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Literal

import polars as pl

Kind = Literal["int", "float", "bool", "text", "category", "date", "datetime", "duration", "decimal", "other"]

TEMPORAL: tuple[Kind, ...] = ("date", "datetime")
NUMERIC: tuple[Kind, ...] = ("int", "float")
#: Above this, pandas' float64 merges neighbouring integers of a column with nulls, and this engine does not.
EXACT = 2**53


class NotNative(Exception):  # noqa: N818 - a signal between the metrics and the engine, never shown to anyone
    """These arguments on this type are left to Great Expectations' pandas metric, on a conversion of the column."""


def find_kind(dtype: pl.DataType) -> Kind:
    """Return the kind of a column of type `dtype`."""
    if dtype.is_integer():
        return "int"
    if dtype.is_float():
        return "float"
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return "category"
    named: dict[type[pl.DataType], Kind] = {
        pl.Boolean: "bool", pl.String: "text", pl.Date: "date", pl.Duration: "duration",
        pl.Decimal: "decimal",
    }  # fmt: skip
    return named.get(type(dtype), "other")


def is_present(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return where `column` holds a value: null and NaN are both missing, as in pandas."""
    expr = pl.col(column)
    return expr.is_not_null() & expr.is_not_nan() if dtype.is_float() else expr.is_not_null()


def normalize(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return the column with NaN as null."""
    return pl.col(column).fill_nan(None) if dtype.is_float() else pl.col(column)


def is_number(value: Any) -> bool:
    """Tell whether `value` is a plain number that is not NaN."""
    return type(value) in {int, float} and not math.isnan(value)


def is_date(value: Any) -> bool:
    """Tell whether `value` is a date without a time."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def fit_time(value: Any, dtype: pl.DataType) -> pl.Expr:
    """Return `value` as a time that a temporal column compares with: a text is parsed, a date is its midnight.

    Raises TypeError where only one of the two has a time zone, as pandas does, and NotNative for anything but a time.
    """
    if isinstance(value, str):
        from dateutil.parser import parse

        value = parse(value)
    if is_date(value):
        value = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a date has no zone
    if not isinstance(value, dt.datetime):
        raise NotNative
    zone = getattr(dtype, "time_zone", None)
    if (zone is None) != (value.tzinfo is None):
        raise TypeError("Cannot compare times with and without a time zone.")
    # A pandas Timestamp is a datetime with nanoseconds that Polars' literal would drop.
    nanoseconds = getattr(value, "nanosecond", 0)
    plain = dt.datetime.fromisoformat(
        value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()[:26] if value.tzinfo else value.isoformat()[:26]
    )
    literal = pl.lit(plain).cast(pl.Datetime("ns"))
    if zone is not None:
        literal = literal.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return literal + pl.duration(nanoseconds=nanoseconds) if nanoseconds else literal


def as_time(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a temporal column at a resolution that compares with `fit_time`."""
    return expr.cast(pl.Datetime("ns")) if isinstance(dtype, pl.Date) else expr
