"""What can be measured on a column, by its data type."""

from __future__ import annotations

from typing import Literal

import polars as pl

Kind = Literal["integer", "float", "boolean", "text", "date", "datetime", "duration", "time", "empty", "other"]

#: Cells that one pass may hold in memory; wide and long tables are looked at in several passes over few columns.
_CELLS_PER_PASS = 20_000_000
#: And columns, so that the plan of one pass stays small.
_COLUMNS_PER_PASS = 100


def kind_of(dtype: pl.DataType) -> Kind:
    """Return the kind of a data type; nested and binary ones are "other"."""
    if dtype.is_integer():
        return "integer"
    if dtype.is_float() or dtype == pl.Decimal:
        return "float"
    if dtype in {pl.String, pl.Categorical, pl.Enum}:
        return "text"
    simple: dict[type[pl.DataType], Kind] = {
        pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "datetime", pl.Duration: "duration",
        pl.Time: "time", pl.Null: "empty",
    }  # fmt: skip
    return next((kind for cls, kind in simple.items() if dtype == cls), "other")


def is_number(kind: Kind) -> bool:
    """Return whether values of this kind can be summed up."""
    return kind in {"integer", "float"}


def is_ordered(kind: Kind) -> bool:
    """Return whether values of this kind lie on a line: numbers, dates, times and durations."""
    return kind not in {"boolean", "text", "empty", "other"}


def present(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column in which NaN, which pandas and csv writers use for missing, is null."""
    return pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name)


def batches(names: list[str], n_rows: int) -> list[list[str]]:
    """Cut names of columns into passes of a bounded number of cells."""
    size = max(1, min(_COLUMNS_PER_PASS, _CELLS_PER_PASS // max(1, n_rows)))
    return [names[start : start + size] for start in range(0, len(names), size)]
