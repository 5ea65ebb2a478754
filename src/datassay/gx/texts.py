"""Conditions on the texts of one column: patterns, lengths, dates, JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import polars as pl

from datassay.gx.kinds import NotNative
from datassay.gx.patterns import match, translate_like
from datassay.gx.rows import Column, Rows, Trap, map_distinct
from datassay.gx.values import Build, within

Condition = Callable[[pl.Expr], pl.Expr]


def regex(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the pattern does not occur."""
    return _match(column, [kwargs["regex"]], wanted=True)


def not_regex(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the pattern occurs."""
    return _match(column, [kwargs["regex"]], wanted=False)


def regex_list(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where none (or, with match_on "all", not every one) of the patterns occurs."""
    how = kwargs.get("match_on") or "any"
    if how not in {"any", "all"}:
        raise ValueError("match_on must be either 'any' or 'all'")
    return _match(column, kwargs["regex_list"], wanted=True, how=how)


def not_regex_list(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where one of the patterns occurs."""
    return _match(column, kwargs["regex_list"], wanted=False)


def like(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the LIKE pattern does not cover the text."""
    return _like(column, [kwargs["like_pattern"]], kwargs, wanted=True)


def not_like(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the LIKE pattern covers the text."""
    return _like(column, [kwargs["like_pattern"]], kwargs, wanted=False)


def like_list(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where none (or, with match_on "all", not every one) of the LIKE patterns covers the text."""
    return _like(column, kwargs["like_pattern_list"], kwargs, wanted=True, how=kwargs.get("match_on") or "any")


def not_like_list(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where one of the LIKE patterns covers the text."""
    return _like(column, kwargs["like_pattern_list"], kwargs, wanted=False)


def _like(column: Column, patterns: list[str], kwargs: dict[str, Any], *, wanted: bool, how: str = "any") -> Rows:
    if column.kind not in {"text", "category"}:
        raise TypeError(f"A LIKE pattern needs a column of text; {column.name!r} is {column.dtype}.")
    if not patterns:
        raise ValueError("At least one LIKE pattern must be provided.")
    conditions = [_contains(translate_like(pattern, kwargs.get("escape"))) for pattern in patterns]
    return _combine(column, conditions, wanted=wanted, how=how)


def _contains(pattern: str) -> Condition:
    return lambda x: x.str.contains(pattern, literal=False, strict=True)


def _match(column: Column, patterns: list[str], *, wanted: bool, how: str = "any") -> Rows:
    _need_text(column, "text", "category")
    if not patterns:
        raise NotNative
    trap = Trap()
    found = [match(pattern, trap) for pattern in patterns]
    notes = "; ".join(note for _, note in found if note)
    rows = _combine(column, [condition for condition, _ in found], wanted=wanted, how=how)
    return replace(rows, note=notes or None, trap=trap)


def _combine(column: Column, conditions: list[Condition], *, wanted: bool, how: str) -> Rows:
    def meets(x: pl.Expr) -> pl.Expr:
        together = reduce(lambda a, b: a & b if how == "all" else a | b, [condition(x) for condition in conditions])
        return together if wanted else ~together

    return Rows((column,), column.present, pl.col(column.name).cast(pl.String), meets)


def length_between(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the number of characters is outside of a range."""
    _need_text(column)
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is None and high is None:
        raise ValueError("Invalid configuration")
    if not all(bound is None or type(bound) in {int, float} for bound in (low, high)):
        raise NotNative
    bounds = [None if bound is None else pl.lit(bound) for bound in (low, high)]
    return Rows((column,), column.present, _length(column), within(bounds, kwargs))


def length_equals(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where the number of characters is another."""
    _need_text(column)
    if type(kwargs.get("value")) not in {int, float}:
        raise NotNative
    return Rows((column,), column.present, _length(column), lambda x: x == kwargs["value"])


def _length(column: Column) -> pl.Expr:
    return pl.col(column.name).str.len_chars().cast(pl.Int64)


def strftime(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where Python's strptime cannot read them."""
    shape = kwargs["strftime_format"]

    def is_date(value: str) -> bool:
        try:
            dt.datetime.strptime(value, shape)  # noqa: DTZ007 - only whether it can be read
        except ValueError:
            return False
        return True

    return _ask(column, is_date)


def dateutil(column: Column, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where dateutil cannot read them."""
    from dateutil.parser import parse

    def is_date(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, OverflowError):
            return False
        return True

    return _ask(column, is_date)


def is_json(column: Column, _: dict[str, Any]) -> Rows:
    """Rows are unexpected where they are no JSON."""

    def parses(value: str) -> bool:
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return False
        return True

    return _ask(column, parses)


def json_schema(column: Column, kwargs: dict[str, Any]) -> Rows:
    """Rows are unexpected where their JSON does not fit a JSON Schema; a text that is no JSON is an error."""
    import jsonschema

    schema = kwargs["json_schema"]

    def fits(value: str) -> bool:
        try:
            jsonschema.validate(json.loads(value), schema)
        except jsonschema.ValidationError:
            return False
        return True

    return _ask(column, fits)


def _ask(column: Column, function: Any) -> Rows:
    _need_text(column)
    trap = Trap()
    return Rows((column,), column.present, pl.col(column.name), map_distinct(function, trap), trap=trap)


def _need_text(column: Column, *kinds: str) -> None:
    if column.kind not in (kinds or ("text",)):
        raise NotNative


TEXTS: dict[str, Build] = {
    "column_values.match_regex": regex,
    "column_values.not_match_regex": not_regex,
    "column_values.match_regex_list": regex_list,
    "column_values.not_match_regex_list": not_regex_list,
    "column_values.match_like_pattern": like,
    "column_values.not_match_like_pattern": not_like,
    "column_values.match_like_pattern_list": like_list,
    "column_values.not_match_like_pattern_list": not_like_list,
    "column_values.value_length.between": length_between,
    "column_values.value_length.equals": length_equals,
    "column_values.match_strftime_format": strftime,
    "column_values.dateutil_parseable": dateutil,
    "column_values.json_parseable": is_json,
    "column_values.match_json_schema": json_schema,
}
