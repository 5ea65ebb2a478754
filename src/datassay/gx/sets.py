"""Distinct values of a column against a given set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from datassay.gx.aggregates import BuildAggregate
from datassay.gx.kinds import NotNative, is_date, is_number
from datassay.gx.plans import Plan, Query, Scope
from datassay.gx.rows import Column

#: As many as Great Expectations lists.
_LIMIT = 20


def n_not_in_set(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return how many distinct values are not in the set."""
    return Query(_outside(scope, column, kwargs).select(pl.len()), lambda frame: int(frame.item()))


def not_in_set(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return distinct values that are not in the set, sorted."""
    frame = _outside(scope, column, kwargs).sort("value").head(kwargs.get("limit") or _LIMIT)
    return Query(frame, lambda frame: frame["value"].to_list())


def n_missing(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return how many members of the set do not occur."""
    wanted = set(kwargs["value_set"] or [])
    return Query(_inside(scope, column, kwargs), lambda frame: len(wanted - set(frame["value"].to_list())))


def missing(scope: Scope, column: Column, kwargs: dict[str, Any]) -> Plan:
    """Return members of the set that do not occur."""
    wanted, limit = set(kwargs["value_set"] or []), kwargs.get("limit") or _LIMIT
    return Query(_inside(scope, column, kwargs), lambda frame: list(wanted - set(frame["value"].to_list()))[:limit])


def _outside(scope: Scope, column: Column, kwargs: dict[str, Any]) -> pl.LazyFrame:
    return _distinct(scope, column).filter(~pl.col("value").is_in(_members(column, kwargs["value_set"] or [])))


def _inside(scope: Scope, column: Column, kwargs: dict[str, Any]) -> pl.LazyFrame:
    return _distinct(scope, column).filter(pl.col("value").is_in(_members(column, kwargs["value_set"] or [])))


def _distinct(scope: Scope, column: Column) -> pl.LazyFrame:
    wide = {"int": pl.Int128, "float": pl.Float64, "bool": pl.Boolean, "text": pl.String, "date": pl.Date}
    if column.kind not in wide:
        raise NotNative
    return scope.rows.select(column.expr.cast(wide[column.kind]).alias("value")).drop_nulls().unique()


def _members(column: Column, values: Sequence[Any]) -> pl.Series:
    values = [value for value in values if value is not None]
    if column.kind == "text":
        return pl.Series([value for value in values if isinstance(value, str)], dtype=pl.String)
    if column.kind == "date":
        if not all(is_date(value) for value in values):
            raise NotNative  # pandas parses texts, and compares times
        return pl.Series(values, dtype=pl.Date)
    if column.kind == "bool":
        if not all(isinstance(value, bool) for value in values):
            raise NotNative
        return pl.Series(values, dtype=pl.Boolean)
    if not all(is_number(value) or isinstance(value, str) for value in values):
        raise NotNative
    numbers = [value for value in values if not isinstance(value, str)]
    if column.kind == "float":
        return pl.Series([float(value) for value in numbers], dtype=pl.Float64)
    return pl.Series([int(value) for value in numbers if float(value).is_integer()], dtype=pl.Int128)


SETS: dict[str, BuildAggregate] = {
    "column.distinct_values.not_in_set.count": n_not_in_set,
    "column.distinct_values.not_in_set": not_in_set,
    "column.distinct_values.missing_from_column.count": n_missing,
    "column.distinct_values.missing_from_column": missing,
}
