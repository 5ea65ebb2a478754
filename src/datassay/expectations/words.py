"""An expectation's arguments in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

#: Said elsewhere in the result, or of no interest to a reader.
_SILENT = {"column", "column_A", "column_B", "column_list", "condition_parser", "ignore_row_if", "column_index"}
_SPOKEN = {"min_value", "max_value", "strict_min", "strict_max", "mostly"}


def describe_arguments(type_: str, kwargs: dict[str, Any], *, show_values: bool) -> str:
    """Return the arguments of an expectation as a phrase such as "between 0 and 120, for at least 99 % of values".

    A set of values is a list of cells in all but name, so it is counted unless `show_values`.
    """
    parts = [_describe_bounds(kwargs)]
    for key, value in kwargs.items():
        if key in _SILENT or key in _SPOKEN or value is None:
            continue
        words = _FORBIDDEN if key == "value_set" and "_not_" in type_ else _WORDS.get(key, _other(key))
        parts.append(words(value, show_values))
    mostly = kwargs.get("mostly")
    if isinstance(mostly, int | float) and mostly < 1:
        parts.append(f"for at least {100 * mostly:.6g} % of values")
    return ", ".join(part for part in parts if part)


def _describe_bounds(kwargs: dict[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    strict_low, strict_high = kwargs.get("strict_min"), kwargs.get("strict_max")
    if low is not None and high is not None and not (strict_low or strict_high):
        return f"between {_write(low)} and {_write(high)}"
    below = "" if high is None else f"{'below' if strict_high else 'at most'} {_write(high)}"
    above = "" if low is None else f"{'above' if strict_low else 'at least'} {_write(low)}"
    return " and ".join(part for part in (above, below) if part)


def _write(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        text = json.dumps(value, ensure_ascii=False, default=str)
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _count(noun: str, lead: str = "one of ") -> Callable[[Any, bool], str]:
    def describe(values: Any, show: bool) -> str:  # noqa: FBT001 - one signature for all words
        if not isinstance(values, list):
            return f"{lead}{_write(values)}" if show else f"{lead}a given set"
        if show:
            listed = ", ".join(_write(value) for value in values[:6])
            return f"{lead}{listed}{', …' if len(values) > 6 else ''}"
        return f"{lead}{len(values)} {noun}{'' if len(values) == 1 else 's'}"

    return describe


def _plain(lead: str) -> Callable[[Any, bool], str]:
    return lambda value, _show: f"{lead}{_write(value)}"


def _other(key: str) -> Callable[[Any, bool], str]:
    return _plain(f"{key.rstrip('_').replace('_', ' ')} ")


_FORBIDDEN = _count("value", "none of ")
_WORDS: dict[str, Callable[[Any, bool], str]] = {
    "value_set": _count("value"),
    "value_pairs_set": _count("pair"),
    # Names of columns are no cells.
    "column_set": lambda value, _show: _count("column", "columns ")(value, True) if value else "",
    "value": _plain("equal to "),
    "regex": _plain("pattern "),
    "type_": _plain("type "),
    "type_list": lambda value, _show: _count("type", "type ")(value, True),
    "partition_object": lambda _value, _show: "against a given distribution",
    "quantile_ranges": lambda _value, _show: "quantiles in given ranges",
    "json_schema": lambda _value, _show: "against a given JSON Schema",
    # A condition names cells: sex == 'F'.
    "row_condition": lambda _value, _show: "on the rows that meet its condition",
}
