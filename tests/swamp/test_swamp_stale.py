"""Columns that have had no new value for long."""

import datetime as dt

import polars as pl
import pytest

from datassay.datasets.snapshot import snapshot_frame
from datassay.swamp.facts import measure_facts

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(100)]


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (DAYS, ["no new value since 2024-02-19"]),
        ([day.strftime("%d.%m.%Y") for day in DAYS], ["no new value since 2024-02-19"]),
        (pl.Series([str(day) for day in DAYS], dtype=pl.Categorical), ["no new value since 2024-02-19"]),
        # How long ago the first of these was, nobody knows.
        ([f"batch {i}" for i in range(100)], []),
        ([f"{'abc'[i % 3]}{i}" for i in range(100)], []),
    ],
)
def test_time_that_is_text_is_read_or_left_alone(times, told, tmp_path):
    """Dates that are text tell since when a column stands still; other text ends no search."""
    frame = pl.DataFrame({"when": times, "state": [i % 7 if i < 50 else 3 for i in range(100)]})
    facts = measure_facts(snapshot_frame(frame, name="t", cache_dir=tmp_path), ["state"], time="when")

    assert facts["state"].reasons == told
