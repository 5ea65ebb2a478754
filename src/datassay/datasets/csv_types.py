"""The types of a csv file's columns, decided from all of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

#: What programs write for a missing number. In a column of text they stay as they are: NA is also Namibia.
NULL_TOKENS = ("NA", "NaN", "nan", "null", "NULL")

_INTEGER = r"^-?(0|[1-9]\d{0,18})$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_COMMA_NUMBER = r"^[+-]?\d+(,\d+)?$"
# Leading zeros mark an identifier (007, 01234), and integers beyond 2^53 would lose digits as floats.
_IDENTIFIER = r"^[+-]?0\d|^[+-]?\d{16,}$"


@dataclass(frozen=True)
class Kind:
    """One type a column of text may turn out to have."""

    name: str
    #: Whether a value, stripped of spaces, is of this kind; anything where the value is null.
    fits: Callable[[pl.Expr], pl.Expr]
    #: The values as that type.
    cast: Callable[[pl.Expr], pl.Expr]


def _numbers(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda text: text.str.contains(pattern) & ~text.str.contains(_IDENTIFIER)


def _times(name: str, dtype: pl.Date | pl.Datetime, pattern: str, format_: str) -> Kind:
    def parse(text: pl.Expr) -> pl.Expr:
        return text.str.strptime(dtype, format_, strict=False)

    # The pattern comes first: chrono takes "20-1-2" for the year 20.
    return Kind(name, lambda text: text.str.contains(pattern) & parse(text).is_not_null(), parse)


def _comma_cast(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).cast(pl.Float64)


_CLOCK = r"\d{2}:\d{2}:\d{2}(\.\d{1,9})?"
_US = pl.Datetime("us")

#: In order of preference: the first kind that all values of a column fit is its type, else it is text.
KINDS = (
    Kind(
        "integer",
        lambda text: text.str.contains(_INTEGER) & text.cast(pl.Int64, strict=False).is_not_null(),
        lambda text: text.cast(pl.Int64),
    ),
    Kind("number", _numbers(_NUMBER), lambda text: text.cast(pl.Float64)),
    Kind("comma number", _numbers(_COMMA_NUMBER), _comma_cast),
    Kind(
        "boolean",
        lambda text: text.str.to_lowercase().is_in(["true", "false"]),
        lambda text: text.str.to_lowercase() == "true",
    ),
    _times("date", pl.Date(), r"^\d{4}-\d{2}-\d{2}$", "%Y-%m-%d"),
    _times("date /", pl.Date(), r"^\d{4}/\d{2}/\d{2}$", "%Y/%m/%d"),
    _times("date .", pl.Date(), r"^\d{1,2}\.\d{1,2}\.\d{4}$", "%d.%m.%Y"),
    _times("day first", pl.Date(), r"^\d{1,2}/\d{1,2}/\d{4}$", "%d/%m/%Y"),
    _times("month first", pl.Date(), r"^\d{1,2}/\d{1,2}/\d{4}$", "%m/%d/%Y"),
    _times("time", _US, rf"^\d{{4}}-\d{{2}}-\d{{2}} {_CLOCK}$", "%Y-%m-%d %H:%M:%S%.f"),
    _times("time T", _US, rf"^\d{{4}}-\d{{2}}-\d{{2}}T{_CLOCK}$", "%Y-%m-%dT%H:%M:%S%.f"),
    _times("time to the minute", _US, r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$", "%Y-%m-%d %H:%M"),
    _times(
        "time with zone",
        pl.Datetime("us", "UTC"),
        rf"^\d{{4}}-\d{{2}}-\d{{2}}T{_CLOCK}(Z|[+-]\d{{2}}:?\d{{2}})$",
        "%Y-%m-%dT%H:%M:%S%.f%#z",
    ),
)
_BY_NAME = {kind.name: kind for kind in KINDS}


def possible_kinds(sample: pl.DataFrame) -> list[list[str]]:
    """Return the kinds that all values of a sample fit, for each of its columns of text."""
    kinds = [kind.name for kind in KINDS]
    # All columns below each other: 13 checks in all, and not 13 for each of perhaps thousands of columns.
    # They go by their places, for a column may well be called "column" or "text".
    numbered = sample.rename({name: str(at) for at, name in enumerate(sample.columns)})
    long = numbered.unpivot(variable_name="column", value_name="text")
    fits = [check.alias(kind) for check, kind in zip(checks("text", kinds), kinds, strict=False)]
    found = {row["column"]: row for row in long.group_by("column").agg(fits).iter_rows(named=True)}
    return [[kind for kind in kinds if name not in found or found[name][kind]] for name in numbered.columns]


def checks(column: str, kinds: list[str]) -> list[pl.Expr]:
    """Return one Boolean aggregate per kind: whether every value of the text column fits it.

    One more at the end says whether the column holds any value; without one, all kinds fit and none is known.
    """
    text = cleaned(pl.col(column))
    return [*((_BY_NAME[kind].fits(text) | text.is_null()).all() for kind in kinds), text.is_not_null().any()]


def choose_kind(kinds: list[str], *, separator: str) -> str | None:
    """Return the type of a column whose values all fit each of `kinds`; None for text."""
    # 01/02/2024 is two different days; a column in which every date reads both ways is left as text.
    if {"day first", "month first"} <= set(kinds):
        kinds = [kind for kind in kinds if kind not in {"day first", "month first"}]
    if separator == ",":
        # With commas between fields, "1,234" in quotes is one thousand and some.
        kinds = [kind for kind in kinds if kind != "comma number"]
    return kinds[0] if kinds else None


def typed(column: str, kind: str | None) -> pl.Expr:
    """Return the text column as its type, under its own name."""
    if kind is None:
        return pl.col(column).replace("", None)
    return _BY_NAME[kind].cast(cleaned(pl.col(column))).alias(column)


def cleaned(text: pl.Expr) -> pl.Expr:
    """Return text without spaces around it, and null for what programs write for a missing number."""
    stripped = text.str.strip_chars()
    return pl.when(~stripped.is_in(["", *NULL_TOKENS])).then(stripped)
