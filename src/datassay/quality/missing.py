"""Values that look like a missing value in disguise.

A suspect is always one of the tokens and numbers listed here, so that naming it gives no cell value away.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from datassay.quality.kinds import Kind, is_number, kind_of

BLANK = "blank"
#: In lower case; "none" is missing on purpose, as it is a category of its own in many tables.
TOKENS = (
    "?", "-", "--", ".", "n/a", "na", "#n/a", "nan", "null", "(null)", "<na>", "nil", "unknown", "missing",
    "not available", "undefined", "#null!", "#value!", "#div/0!", "#ref!", "tbd", "xxx",
)  # fmt: skip
#: What Python writes for None, in this case only.
_PYTHON_NONE = "None"
NUMBERS = (-99999.0, -9999.0, -999.0, -200.0, -99.0, -9.0, -1.0, 0.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
DATES = (
    dt.date(1, 1, 1), dt.date(1753, 1, 1), dt.date(1899, 12, 30), dt.date(1900, 1, 1), dt.date(1970, 1, 1),
    dt.date(2999, 12, 31), dt.date(9999, 12, 31),
)  # fmt: skip

#: A sentinel is frequent, and the rest is not just a handful of codes of which it may be one.
_LEAST_FRACTION = 0.005
_LEAST_COUNT = 3
_LEAST_OTHERS = 10
#: Most zeros of a column of which zero is no natural value.
_MOST_ZEROS = 0.5
#: Gap between zero and the rest, as a share of the rest's width, from which on zero is not one of them.
_ZERO_GAP = 0.2
_MANY_ROWS = 50
#: Share of two-letter codes from which on "NA" is Namibia.
_CODES = 0.9


@dataclass(frozen=True)
class Suspects:
    """Suspects of one column: how many values by kind, most frequent first."""

    n_values: int
    kinds: list[str]


def aggregates(value: pl.Expr, kind: Kind) -> dict[str, pl.Expr]:
    """Return aggregates of one column from which `find_suspects` tells its suspects; `value` has no NaN."""
    if kind == "text":
        text = value.cast(pl.String).str.strip_chars()
        lower = text.str.to_lowercase()
        token = (
            pl.when(text == "").then(pl.lit(BLANK))
            .when(text == _PYTHON_NONE).then(pl.lit(_PYTHON_NONE))
            .when(lower.is_in(TOKENS)).then(lower)
        )  # fmt: skip
        return {"tokens": _count(token), "codes": text.str.contains(r"^[A-Z]{2}$").mean()}
    if is_number(kind):
        number = value.cast(pl.Float64)
        others = number.filter(number.is_finite() & ~number.is_in(NUMBERS))
        return {
            "numbers": _count(number.filter(number.is_in(NUMBERS))),
            "others": others.n_unique(),
            "low": others.min(),
            "high": others.max(),
            "bulk": others.quantile([0.01, 0.99]),
        }
    if kind in {"date", "datetime"}:
        day = value.cast(pl.Date)
        return {
            "dates": _count(day.filter(day.is_in(DATES))),
            "others": day.n_unique(),
            "first": day.min(),
            "last": day.max(),
        }
    return {}


def find_suspects(found: dict[str, Any], n_rows: int, *, is_label: bool) -> Suspects:
    """Return the suspects that the values of `aggregates`, and "distinct", show.

    Numbers and dates of a label are its classes and no suspects.
    """
    counts: dict[str, int] = {}
    if "tokens" in found:
        # Where every row has a text of its own, a token that is there once may be one too.
        least = 2 if n_rows >= _MANY_ROWS and found["distinct"] > n_rows / 2 else 1
        counts = {word: n for word, n in _pairs(found["tokens"]) if n >= least}
        if found["codes"] is not None and found["codes"] >= _CODES:
            counts.pop("na", None)
    elif "numbers" in found and not is_label and found["others"] > _LEAST_OTHERS:
        counts = {f"{v:g}": n for v, n in _pairs(found["numbers"]) if _is_sentinel(v, n, n_rows, found)}
    elif "dates" in found and not is_label and found["others"] > _LEAST_OTHERS:
        ends = {found["first"], found["last"]}
        counts = {str(day): n for day, n in _pairs(found["dates"]) if day in ends and _is_frequent(n, n_rows)}
    return Suspects(sum(counts.values()), sorted(counts, key=lambda kind: (-counts[kind], kind)))


def match_suspects(series: pl.Series, kinds: list[str]) -> pl.Series:
    """Return which values (n,) are suspects of these kinds, as `find_suspects` names them; nulls are not."""
    value, kind = pl.lit(series), kind_of(series.dtype)
    if kind == "text":
        text = value.cast(pl.String).str.strip_chars()
        named = text.is_in([_PYTHON_NONE]) if _PYTHON_NONE in kinds else pl.lit(value=False)
        if BLANK in kinds:
            named = named | (text == "")
        found = named | text.str.to_lowercase().is_in([each for each in kinds if each in TOKENS])
    elif is_number(kind):
        found = value.cast(pl.Float64).is_in([number for number in NUMBERS if f"{number:g}" in kinds])
    elif kind in {"date", "datetime"}:
        found = value.cast(pl.Date).is_in([day for day in DATES if str(day) in kinds])
    else:
        found = value.is_null() & False
    return pl.select(found.fill_null(value=False).alias(series.name)).to_series()


def _is_sentinel(value: float, count: int, n_rows: int, found: dict[str, Any]) -> bool:
    """Return whether a number is set apart from the rest of its column."""
    if not _is_frequent(count, n_rows):
        return False
    low, high, (first, last) = found["low"], found["high"], found["bulk"]
    if value == 0:
        return bool(low > 0 and first > _ZERO_GAP * (last - first) and count <= _MOST_ZEROS * n_rows)
    if value < 0:
        # The only negative number of a column, or far below all others.
        return bool(low > 0 or low - value > high - low)
    return bool(value - high > high - low)


def _is_frequent(count: int, n_rows: int) -> bool:
    return count >= max(_LEAST_COUNT, _LEAST_FRACTION * n_rows)


def _count(values: pl.Expr) -> pl.Expr:
    return values.drop_nulls().value_counts().implode()


def _pairs(counts: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    return [(next(iter(pair.values())), pair["count"]) for pair in counts]
