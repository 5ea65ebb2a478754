"""Conditions on pairs and lists of columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import polars as pl

from datassay.gx.kinds import NUMERIC, NotNative, is_number
from datassay.gx.rows import Column, Rows

BuildRecord = Callable[[tuple[Column, ...], pl.Expr | None, dict[str, Any]], Rows]

_COMPARABLE = ("text", "date", "datetime", "bool", "duration")


def find_kept(columns: tuple[Column, ...], ignore: str | None) -> pl.Expr | None:
    """Return the rows that count under `ignore_row_if`; None is every row.

    Raises ValueError where Great Expectations does not know the word.
    """
    if ignore in {"both_values_are_missing", "all_values_are_missing"}:
        return pl.any_horizontal([column.present for column in columns])
    if ignore in {"either_value_is_missing", "any_value_is_missing"}:
        return pl.all_horizontal([column.present for column in columns])
    if ignore in {"neither", "never"}:
        return None
    raise ValueError(f'Unrecognized value of ignore_row_if ("{ignore}").')


def equal(columns: tuple[Column, ...], kept: pl.Expr | None, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where the two values differ or one is missing."""
    a, b = _fit(columns)
    return Rows(columns, kept, a, lambda x: (x == b).fill_null(value=False))


def greater(columns: tuple[Column, ...], kept: pl.Expr | None, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where A is not above B or one is missing."""
    if columns[0].kind == "bool":
        raise NotNative
    a, b = _fit(columns)
    return Rows(columns, kept, a, lambda x: (x >= b if kwargs.get("or_equal") else x > b).fill_null(value=False))


def _fit(columns: tuple[Column, ...]) -> list[pl.Expr]:
    """Return the columns at types that compare."""
    kinds = {column.kind for column in columns}
    same = len(kinds) == 1 and kinds <= set(_COMPARABLE)
    zones = {getattr(column.dtype, "time_zone", None) for column in columns}
    if not (same and len(zones) == 1) and not kinds <= set(NUMERIC):
        raise NotNative
    return [column.expr for column in columns]


def pair_in_set(columns: tuple[Column, ...], kept: pl.Expr | None, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their two values are no pair of the set; null is a value here."""
    pairs = kwargs.get("value_pairs_set")
    if pairs is None:
        return Rows(columns, kept, pl.lit(value=True), lambda x: x)
    conditions = []
    for left, right in pairs:
        a, b = _is_value(columns[0], left), _is_value(columns[1], right)
        if a is not None and b is not None:
            conditions.append(a & b)
    base = columns[0].expr.is_null() & False if not conditions else reduce(lambda a, b: a | b, conditions)
    return Rows(columns, kept, base, lambda x: x)


def _is_value(column: Column, value: Any) -> pl.Expr | None:
    """Return where the column holds `value`; None where it never can."""
    if value is None:
        return column.expr.is_null()
    if column.kind in {"text", "category"} and isinstance(value, str):
        return column.expr.cast(pl.String).eq_missing(pl.lit(value))
    if column.kind in NUMERIC and is_number(value):
        return column.expr.eq_missing(pl.lit(value))
    if column.kind == "bool" and isinstance(value, bool):
        return column.expr.eq_missing(pl.lit(value))
    if column.kind in {"text", "category", *NUMERIC} and isinstance(value, str | int | float):
        if isinstance(value, bool):
            raise NotNative
        return None
    raise NotNative


def compound_unique(columns: tuple[Column, ...], kept: pl.Expr | None, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where all their values together occur more than once."""
    if any(column.kind in {"other", "decimal"} for column in columns):
        raise NotNative
    base = pl.struct([column.expr for column in columns])
    return Rows(columns, kept, base, lambda x: x.is_unique(), is_window=True)


def sum_equal(columns: tuple[Column, ...], kept: pl.Expr | None, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their sum is another, or a value is missing."""
    total = kwargs.get("sum_total")
    if any(column.kind not in NUMERIC for column in columns) or not is_number(total):
        raise NotNative
    wide = pl.Int64 if all(column.kind == "int" for column in columns) else pl.Float64
    # The order of the terms matters to the last bit of a float; pandas goes from left to right too.
    base = reduce(lambda a, b: a + b, [column.expr.cast(wide) for column in columns])
    return Rows(columns, kept, base, lambda x: (x == total).fill_null(value=False))


def all_equal(columns: tuple[Column, ...], kept: pl.Expr | None, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where not all values are the same; missing ones are equal to each other."""
    exprs = _fit(columns)
    base = pl.all_horizontal([expr.eq_missing(exprs[0]) for expr in exprs[1:]] or [pl.lit(value=True)])
    return Rows(columns, kept, base, lambda x: x)


def unique_within(columns: tuple[Column, ...], kept: pl.Expr | None, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where one of their values occurs twice in the row; missing ones are equal to each other."""
    exprs = _fit(columns)
    if {column.kind for column in columns} <= set(NUMERIC) and len({column.dtype for column in columns}) > 1:
        exprs = [expr.cast(pl.Float64) for expr in exprs]
    differ = [
        exprs[i].ne_missing(exprs[j]) for i in range(len(exprs)) for j in range(i)
    ]  # every pair: a list per row would be built otherwise
    base = pl.all_horizontal(differ or [pl.lit(value=True)])
    return Rows(columns, kept, base, lambda x: x)


RECORDS: dict[str, BuildRecord] = {
    "column_pair_values.equal": equal,
    "column_pair_values.a_greater_than_b": greater,
    "column_pair_values.in_set": pair_in_set,
    "compound_columns.unique": compound_unique,
    "multicolumn_sum.equal": sum_equal,
    "multicolumn_values.equal": all_equal,
    "select_column_values.unique.within_record": unique_within,
}
