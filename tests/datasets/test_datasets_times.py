"""Text in the order of the times that it stands for."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from datassay.datasets.times import read_times
from datassay.errors import SpecError

DAYS = [dt.datetime(2023, 11, 1, 3, 4, 5, tzinfo=dt.UTC) + dt.timedelta(days=i, hours=i % 20) for i in range(120)]
MONTHS = [(2023 + m // 12, m % 12 + 1) for m in range(5, 24)]


def rank(texts):
    """Rank texts (n,), read in another order than theirs, from 1."""
    turn = np.random.default_rng(0).permutation(len(texts))
    ranks = np.empty(len(texts), dtype=np.int64)
    ranks[turn] = read_times(pl.Series([texts[i] for i in turn]), "here").rank("dense").to_numpy()
    return ranks.tolist()


@pytest.mark.parametrize("form", [
    "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d",
    "%Y/%m/%d", "%Y.%m.%d", "%d%m%Y", "%m%d%Y", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d, %Y", "%d %B %Y, %H:%M", "%Y-%d-%m",
])  # fmt: skip
def test_dates_are_read_however_they_are_written(form):
    """Four months of days, of which only one reading is possible, are in the order of the calendar."""
    assert rank([day.strftime(form) for day in DAYS]) == list(range(1, 121))


@pytest.mark.parametrize(
    "form", ["{0}-{1:02d}", "{0}.{1}", "{0}.{1:02d}", "{1}/{0}", "{0}-W{1}", "KW{1}/{0}", "{0}M{1}"]
)
def test_years_come_before_what_is_in_them(form):
    """Months and weeks of several years, padded or not, follow the year wherever it stands."""
    assert rank([form.format(*month) for month in MONTHS]) == list(range(1, 20))


@pytest.mark.parametrize("texts", [
    [str(i) for i in range(-5, 120)],
    [str(i / 4) for i in range(-8, 90)],
    [f"week {i}" for i in range(1, 30)],
    [f"batch_{i:04}" for i in range(30)],
    [f"{i // 60:02}:{i % 60:02}" for i in range(0, 1400, 7)],
    [str(1_700_000_000_000_000_000 + i) for i in range(9)],
    [f"{day.day}.{day.month}.{day.year}" for day in DAYS],
    [f"{day.year}-{day.month}-{day.day}" for day in DAYS],
    [f"{year}/{year + 1}" for year in range(1990, 2020)],
    [dt.date(*month, 1).strftime("%b %Y") for month in MONTHS],
    ["2024-01-01", "2024-01-01 05:00", "2024-01-01T08:00+02:00", "2024-01-01T07:30:00.5Z", "2024-01-02 +00:00"],
])  # fmt: skip
def test_numbers_count_and_clocks_run(texts):
    """Numbers are compared as numbers, also inside of text, and points of time with their offsets."""
    assert rank(texts) == list(range(1, len(texts) + 1))


def test_two_readings_of_one_order_are_one():
    """Days of one month are in the same order whichever number is the month."""
    assert rank([f"{day:02}/02/2024" for day in range(1, 13)]) == list(range(1, 13))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["01.02.2024", "02.01.2024", "03.03.2024"], "read as day-month-year or as month-day-year"),
        (["05.01.24", "04.02.24", "13.01.24"], "read as day-month-year or as two-digit year-month-day"),
        (["monday", "tuesday"], "cannot be told"),
        (["2024-01-01", "soon"], "cannot be told"),
        (["1.2.3", "1.10.0"], "cannot be told"),
        (["1", "nan"], "cannot be told"),
        (["", "2024-01-01"], "cannot be told"),
    ],
)
def test_what_has_no_one_order_is_refused(texts, told):
    """In one line with the place and what to do, and without a value."""
    with pytest.raises(SpecError, match=rf"^features.time: .*{told}.*Write dates as") as caught:
        read_times(pl.Series(texts), "features.time: the column 't'")

    assert not any(text and text in str(caught.value) for text in texts if len(text) > 3)
