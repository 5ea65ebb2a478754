"""Text that stands for times, in the order of time: letters order few ways of writing a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import polars as pl

from datassay.errors import SpecError

#: As ISO 8601 writes a date, with or without a time of day and an offset.
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?$"
#: Other ways, by what they take the parts to be. `/` and `.` between numbers count as `-`.
_DATES = {
    "year-month-day": ("%Y-%m-%d",),
    "day-month-year": ("%d-%m-%Y", "%d-%m-%y", "%d%m%Y", "%d-%B-%Y", "%d %B %Y", "%d-%B-%y", "%d %B %y"),
    "month-day-year": ("%m-%d-%Y", "%m-%d-%y", "%m%d%Y", "%B %d, %Y", "%B %d %Y"),
    "year-day-month": ("%Y-%d-%m",),
    "two-digit year-month-day": ("%y-%m-%d",),
}
_TIMES = ("", " %H:%M", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p")
#: Years that are taken for years.
_YEARS = (1900, 2100)
_HINT = "Write dates as 2024-03-31 or make them a column of dates or of numbers that count up."


def read_times(values: pl.Series, where: str) -> pl.Series:
    """Return text (n,) without nulls as values, dates or ranks, that sort as the times do.

    Read are numbers, dates in the usual ways, and text of which only one number changes, or that has its year first
    ("2024-W07") or, of two numbers, last ("Q1 2024"). Raises SpecError, which begins with `where`, for other text and
    where the values could be read in two ways that give different orders.
    """
    text = values.str.strip_chars()
    found = _read_numbers(text)
    if found is None:
        found = _read_iso(text)
    if found is None:
        found = _read_parts(text)
    if found is not None:
        return found
    orders: list[tuple[str, pl.Series]] = []
    for name, read in _read_dates(text):
        rank = read.rank("dense")
        if all((rank != other.rank("dense")).any() for _, other in orders):
            orders.append((name, read))
    if not orders:
        raise SpecError(f"{where} is text whose order in time cannot be told.", hint=_HINT)
    if len(orders) > 1:
        names = " or as ".join(name for name, _ in orders)
        raise SpecError(f"{where} is text that can be read as {names}, in different orders.", hint=_HINT)
    return orders[0][1]


def _read_numbers(text: pl.Series) -> pl.Series | None:
    may_be_dates = text.str.contains(r"^\d{8}$").all() and not _are_years(text.str.head(4))
    if may_be_dates and next(_read_dates(text), None) is not None:
        # 31012024 is a date that no number counts up.
        return None
    for kind in (pl.Int64, pl.Float64):
        numbers = text.cast(kind, strict=False)
        if not numbers.null_count() and numbers.cast(pl.Float64).is_finite().all():
            break
    else:
        return None
    parts = text.str.extract_groups(r"^(\d{4})\.(\d{1,2})$").struct.unnest()
    months = parts["2"].cast(pl.Int64)
    if months.null_count() or not _are_years(parts["1"]) or not months.is_between(1, 12).all():
        return numbers
    # 2024.1 to 2024.12 are months, in which 2024.1 is not 2024.10.
    return parts["1"].cast(pl.Int64) * 100 + months


def _read_iso(text: pl.Series) -> pl.Series | None:
    if not text.str.contains(_ISO).all():
        return None
    whole = text.str.replace(r"^(.{10})[T ](\d)", "${1}T${2}").str.replace(r" ?Z$", "+00:00")
    whole = whole.str.replace(r"^(.{10}) ?([+-]|$)", "${1}T00:00:00${2}")
    whole = whole.str.replace(r"(T\d{2}:\d{2})( ?[+-]|$)", "${1}:00${2}").str.replace(r" ([+-])", "${1}")
    is_bare = ~whole.str.contains(r"T.*[+-]")
    whole = whole.zip_with(~is_bare, whole + "+00:00")
    read = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="ns", time_zone="UTC", strict=False)
    return None if read.null_count() else read


def _read_parts(text: pl.Series) -> pl.Series | None:
    """Read text that is alike but for its numbers, where it is plain which of them comes first."""
    shapes = text.str.replace_all(r"\d+", "0").unique()
    if len(shapes) > 1 or "0" not in shapes[0] or shapes[0] == "0":
        return None
    runs = text.str.extract_all(r"\d+")
    digits = pl.DataFrame({f"{i}": runs.list.get(i) for i in range(len(runs[0]))})
    moving = [name for name in digits.columns if digits[name].n_unique() > 1] or digits.columns[:1]
    numbers = [digits[name].cast(pl.Float64) for name in moving]
    is_clock = shapes[0] in {"0:0", "0:0:0"}
    if len(moving) > 1 and not is_clock and not _are_years(digits[digits.columns[0]]):
        if len(digits.columns) > 2 or not _are_years(digits[digits.columns[1]]):
            return None
        numbers.reverse()
    elif len(moving) > 1 and re.match(r"0[-/. ]0[-/. ]0", shapes[0]):
        # A date, of which the day may come before the month.
        return None
    return pl.select(pl.struct(numbers[i].alias(f"{i}") for i in range(len(numbers))).rank("dense")).to_series()


def _read_dates(text: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """Yield the readings that all values have, those with a day and a month the ISO way round first and alone."""
    plain = text.str.replace(r"^(\d{1,4})[./](\d{1,2}|\p{L}+)[./](\d{1,4})", "${1}-${2}-${3}")
    plain = plain.str.replace(r"(\d),? *T?(\d{1,2}:)", "${1} ${2}").str.replace(r"^(\p{L}+\.?,? \d{4})$", "1 ${1}")
    plain = plain.str.replace_all(r"(\p{L})\.", "${1}")
    for name, dates in _DATES.items():
        for date, time in product(dates, _TIMES):
            # A time of day is asked for, so that dates without one get it.
            whole, form = (plain, date + time) if time else (plain + " 00:00", date + " %H:%M")
            if "%y" in date and not plain.str.contains(r"^\d\d\b" if date.startswith("%y") else r"\D\d\d(\s|$)").all():
                # The parser takes one digit too.
                continue
            read = whole.str.to_datetime(form, time_unit="us", strict=False)
            if not read.null_count() and read.dt.year().is_between(*_YEARS).all():
                yield name, read
                if name == "year-month-day":
                    return


def _are_years(digits: pl.Series) -> bool:
    years = digits.cast(pl.Int64, strict=False)
    is_year = (digits.str.len_chars() == 4) & years.is_between(*_YEARS)
    return bool(is_year.fill_null(value=False).all())
