"""Polars columns as the pandas columns on which Great Expectations is right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

#: Integers up to here are exact as float64.
_EXACT = 2**53
#: Decimals of up to this many digits stay distinct as float64.
_EXACT_DIGITS = 15
_BOUNDS = ("min_value", "max_value")


def to_pandas(table: pl.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table as a pandas frame, and by name the columns that pandas cannot hold, with their type.

    Columns look as `pandas.read_parquet` gives them, because that is what a suite's type names mean: strings are
    Arrow-backed, nulls in numbers are NaN. NaN and null are both missing, as in all of pandas.
    """
    import pandas as pd
    import polars as pl

    ready: dict[str, pd.Series] = {}
    refused: dict[str, str] = {}
    for column in table:
        try:
            ready[column.name] = _to_pandas_column(column)
        except (Exception, pl.exceptions.PanicException):  # noqa: BLE001 - one odd column must not hide the others
            refused[column.name] = str(column.dtype)
    frame = pd.DataFrame(ready, index=pd.RangeIndex(table.height), copy=False)
    return frame, refused


def _to_pandas_column(column: pl.Series) -> pd.Series:
    import polars as pl

    dtype = column.dtype
    # pandas turns integers with nulls into float64, which would merge neighbouring ids above 2**53.
    if dtype.is_integer() and column.null_count() and not _is_exact(column, _EXACT):
        return column.to_pandas(use_pyarrow_extension_array=True)
    if isinstance(dtype, pl.Decimal):
        # Python decimals in an object column break on the first null; floats do not, and equal JSON's 0.1.
        if _is_exact(column, 10 ** (_EXACT_DIGITS - dtype.scale)):
            return column.cast(pl.Float64).to_pandas()
        return column.to_pandas(use_pyarrow_extension_array=True)
    return column.to_pandas()


def _is_exact(column: pl.Series, limit: int) -> bool:
    low: Any = column.min()
    high: Any = column.max()
    return low is None or bool(-limit <= low and high <= limit)


def fit_times(kwargs: dict[str, Any], dtype: pl.DataType) -> dict[str, Any]:
    """Turn the ISO texts of bounds and sets into the times that a column of type `dtype` compares with.

    JSON has no times, and pandas refuses to compare a timestamp with a date, or one with a zone with one without.
    A date is its midnight; where only one side has a zone, the other is taken as UTC.
    """
    import polars as pl

    if not isinstance(dtype, pl.Date | pl.Datetime):
        return kwargs
    zone = getattr(dtype, "time_zone", None)
    fitted = dict(kwargs)
    for key in _BOUNDS:
        if isinstance(fitted.get(key), str):
            fitted[key] = _fit_time(fitted[key], has_zone=zone is not None)
    if isinstance(fitted.get("value_set"), list):
        fitted["value_set"] = [
            _fit_time(value, has_zone=zone is not None) if isinstance(value, str) else value
            for value in fitted["value_set"]
        ]
    return fitted


def _fit_time(text: str, *, has_zone: bool) -> Any:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    if has_zone:
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def format_value(value: Any, dtype: pl.DataType | None) -> str:
    """Write one unexpected value as a reader knows it from the table, at most 80 characters long."""
    import pandas as pd
    import polars as pl

    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        return f"({', '.join(format_value(part, None) for part in value)})"[:80]
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "null"
    if isinstance(dtype, pl.Date) and isinstance(value, date):
        return value.isoformat()[:10]
    if dtype is not None and dtype.is_integer() and isinstance(value, float):
        return str(int(value))
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
