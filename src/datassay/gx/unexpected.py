"""The parts of a map metric that Great Expectations asks for: count, values, row numbers, rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl

from datassay.gx.plans import First, Plan, Query, Scalars, Scope
from datassay.gx.rows import Rows
from datassay.gx.tables import MAX_RECORDS

#: The row number within the batch; a user's column would hardly be called this.
_ROW = "__datassay_row__"

BuildPart = Callable[[Scope, Rows, dict[str, Any], str], Plan]


def count(scope: Scope, rows: Rows, _: dict[str, Any], __: str = "") -> Plan:
    """Return how many rows are unexpected."""

    def finish(value: int) -> int:
        if rows.trap is not None:
            rows.trap.check()
        return int(value)

    return Scalars(scope, [rows.count()], finish)


def n_filtered(scope: Scope, rows: Rows, _: dict[str, Any], __: str = "") -> Plan:
    """Return how many rows are left after `ignore_row_if`."""
    return Scalars(scope, [pl.len() if rows.kept is None else rows.kept.sum()], int)


def values(scope: Scope, rows: Rows, kwargs: dict[str, Any], kind: str) -> Plan:
    """Return the unexpected values: of one column, tuples of two, dictionaries of more."""
    shape = kwargs["result_format"]
    complete = shape["result_format"] == "COMPLETE"
    limit = MAX_RECORDS if complete else min(shape["partial_unexpected_count"], MAX_RECORDS)
    names = [column.name for column in rows.columns]

    def build(frame: pl.LazyFrame) -> pl.LazyFrame:
        return rows.select(frame).select(names).head(limit)

    finish: Callable[[pl.DataFrame], Any] = to_records
    if kind == "column":
        finish = _list_first
    elif kind == "column_pair":
        finish = partial(_list_pairs, names)
    # Whether a row is unexpected may follow from rows further down.
    first = None if rows.is_window else First(scope, _find_roots(rows), build, limit)
    return Query(build(scope.rows), finish, first)


def _list_first(answer: pl.DataFrame) -> list[Any]:
    return to_list(answer.to_series())


def _list_pairs(names: list[str], answer: pl.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(*(_to_sortable(answer[name]) for name in names), strict=True))


def _find_roots(rows: Rows) -> tuple[str, ...]:
    exprs = [rows.base] if rows.kept is None else [rows.base, rows.kept]
    named = [column.name for column in rows.columns]
    return tuple(dict.fromkeys([*named, *(name for expr in exprs for name in expr.meta.root_names())]))


def indices(scope: Scope, rows: Rows, kwargs: dict[str, Any], _: str) -> Plan:
    """Return the numbers of the unexpected rows, or their values in `unexpected_index_column_names`."""
    shape = kwargs["result_format"]
    found = find_rows(scope, rows)
    limit = None if shape["result_format"] == "COMPLETE" else shape["partial_unexpected_count"]
    keys = shape.get("unexpected_index_column_names")
    if not keys:
        frame = found.select(_ROW)
        return Query(frame if limit is None else frame.head(limit), lambda answer: answer[_ROW].to_list())
    keys = [_find_key(name, scope) for name in ([keys] if isinstance(keys, str) else keys)]
    if shape.get("exclude_unexpected_values"):
        frame = found.select(keys)
        # The limit is on the list, which holds one dictionary of all keys.
        return Query(frame, lambda answer: [{key: to_list(answer[key]) for key in keys}] if answer.height else [])
    names = [column.name for column in rows.columns]
    frame = found.select(list(dict.fromkeys([*names, *keys])))
    return Query(frame if limit is None else frame.head(limit), to_records)


def _find_key(name: str, scope: Scope) -> str:
    if name not in scope.schema:
        msg = (
            f'Error: The unexpected_index_column "{name}" does not exist in Dataframe. '
            "Please check your configuration and try again."
        )
        from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError

        raise InvalidMetricAccessorDomainKwargsKeyError(msg)
    return name


def index_query(scope: Scope, rows: Rows, kwargs: dict[str, Any], _: str) -> Plan:
    """Return the call that shows the unexpected rows of the pandas frame."""
    if kwargs["result_format"].get("return_unexpected_index_query") is False:
        return Scalars(scope, [pl.lit(0)], lambda _: None)
    frame = find_rows(scope, rows).select(_ROW)
    return Query(frame, lambda answer: f"df.filter(items={answer[_ROW].to_list()}, axis=0)")


def whole_rows(scope: Scope, rows: Rows, kwargs: dict[str, Any], _: str) -> Plan:
    """Return the unexpected rows as a pandas frame whose index is the row number."""
    shape = kwargs["result_format"]
    complete = shape["result_format"] == "COMPLETE"
    limit = MAX_RECORDS if complete else min(shape["partial_unexpected_count"], MAX_RECORDS)

    def finish(answer: pl.DataFrame) -> Any:
        frame = answer.to_pandas().set_index(_ROW)
        frame.index.name = None
        return frame

    return Query(find_rows(scope, rows).head(limit), finish)


def find_rows(scope: Scope, rows: Rows) -> pl.LazyFrame:
    """Return the unexpected rows with their number in the batch."""
    numbered = scope.frame.with_row_index(_ROW)
    return rows.select(numbered if scope.condition is None else numbered.filter(scope.condition))


def to_list(values: pl.Series) -> list[Any]:
    """Return values as pandas gives them: times are Timestamps; but a missing one is None, of whatever type."""
    dtype = values.dtype
    if isinstance(dtype, pl.Date | pl.Datetime | pl.Duration):
        times = values.to_pandas().astype(object)
        return list(times.where(values.is_not_null().to_numpy(), None))
    return (values.fill_nan(None) if dtype.is_float() else values).to_list()


def _to_sortable(values: pl.Series) -> list[Any]:
    """Return values of one of several columns; a missing number is NaN, because the records get sorted."""
    listed = to_list(values)
    return [math.nan if value is None else value for value in listed] if values.dtype.is_numeric() else listed


def to_records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries."""
    columns = {name: _to_sortable(frame[name]) for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


PARTS: Mapping[str, BuildPart] = {
    "unexpected_count": count,
    "filtered_row_count": n_filtered,
    "unexpected_values": values,
    "unexpected_index_list": indices,
    "unexpected_index_query": index_query,
    "unexpected_rows": whole_rows,
}

#: Asked only where the count is not zero.
DETAILS: Mapping[str, Callable[[], Any]] = {
    "unexpected_values": list,
    "unexpected_index_list": list,
}
