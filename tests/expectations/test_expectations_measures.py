"""The audit's profile is measured by the engine that evaluates the suite, and is what Polars would say."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from engines_support import PLACE

from datassay.datasets.snapshot import snapshot_frame
from datassay.errors import SpecError
from datassay.expectations.measures import measure_columns
from datassay.quality.profile import profile_columns
from datassay.results import Profile
from datassay.spec import SqlSpec

#: An odd number of rows without ties, so that no quantile lies between two values.
N = 201
TABLE = pl.DataFrame(
    {
        "id": range(N),
        "whole": [i - 100 for i in range(N)],
        "real": [i / 8 for i in range(N)],
        "holes": [float("nan") if i % 3 == 0 else float(i % 5) for i in range(N)],
        "exact": pl.Series([f"{i}.25" for i in range(N)]).str.to_decimal(scale=2),
        "text": [None if i < 7 else ["é", "", "b%_c", "日本"][i % 4] for i in range(N)],
        "flag": [i % 2 == 0 for i in range(N)],
        "day": [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(N)],
        "endless": [float("inf") if i == 0 else float(i) for i in range(N)],
        "list": [[i] for i in range(N)],
    }
)


def take(tmp_path: Path, engine: str, sql: SqlSpec | None = None) -> Profile:
    snapshot = snapshot_frame(TABLE, name="table", cache_dir=tmp_path)
    options: dict[str, Any] = {"show_values": [], "label": None, "id_column": "id"}
    if engine == "polars":
        return profile_columns(snapshot, **options)
    measure = partial(measure_columns, engine=engine, sql=sql)
    return profile_columns(snapshot, engine=engine, measure=measure, **options)


def assert_same(tmp_path: Path, measured: Profile) -> None:
    """All facts are those of Polars; what the engine could not measure is named."""
    by_polars = take(tmp_path, "polars")
    ties = {"holes"}  # quantiles between the values of a column with many ties are told without interpolation
    for ours, theirs in zip(by_polars.columns, measured.columns, strict=True):
        hidden = {"quantiles"} if ours.name in ties else set()
        assert theirs.model_dump(exclude=hidden) == ours.model_dump(exclude=hidden), ours.name
    assert measured.n_duplicate_rows == by_polars.n_duplicate_rows
    assert set(measured.not_by_engine) == {"endless", "list"}


def test_profile_in_a_database(database: str, tmp_path: Path) -> None:
    """SQLite, DuckDB and PostgreSQL measure missing and distinct values, extremes, means and quantiles."""
    measured = take(tmp_path, "sql", PLACE)

    assert measured.engine == "sql"
    assert_same(tmp_path, measured)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a JVM on a busy machine
@pytest.mark.usefixtures("spark")
def test_profile_on_spark(tmp_path: Path) -> None:
    """Spark measures missing and distinct values, extremes, means and quantiles."""
    measured = take(tmp_path, "spark")

    assert measured.engine == "spark"
    assert_same(tmp_path, measured)


def test_an_audit_has_the_same_checks_and_profile_by_every_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One word of the definition changes what evaluates the suite and measures the profile, and no result."""
    import datassay

    monkeypatch.setenv(str(PLACE.connection), f"sqlite:///{tmp_path / 'data.db'}")
    suite = tmp_path / "suite.json"
    checks = [
        ("expect_column_values_to_not_be_null", {"column": "text"}),
        ("expect_column_values_to_be_between", {"column": "whole", "min_value": -100, "max_value": 90}),
        ("expect_column_values_to_be_in_set", {"column": "text", "value_set": ["é", "b%_c"], "mostly": 0.9}),
        ("expect_column_mean_to_be_between", {"column": "real", "min_value": 12, "max_value": 13}),
        ("expect_table_row_count_to_equal", {"value": N}),
    ]
    items = [{"type": kind, "kwargs": kwargs} for kind, kwargs in checks]
    suite.write_text(json.dumps({"name": "s", "expectations": items}), encoding="utf-8")

    reports = {}
    for engine in ("polars", "pandas", "sql"):
        more = {"sql": PLACE.model_dump()} if engine == "sql" else {}
        made = datassay.audit(TABLE.drop("list"), id="id", task="none", suite=str(suite), engine=engine, **more)
        reports[engine] = made.report

    found = {
        engine: [(r.type, r.column, r.outcome, r.n_evaluated, r.n_unexpected) for r in report.expectations.results]
        for engine, report in reports.items()
    }
    assert found["polars"] == found["pandas"] == found["sql"]
    assert [result[2] for result in found["polars"]] == ["failed", "failed", "failed", "passed", "passed"]
    assert {engine: report.profile.engine for engine, report in reports.items()} == {
        "polars": "polars", "pandas": "polars", "sql": "sql",
    }  # fmt: skip
    assert reports["sql"].profile.not_by_engine == ["endless"]


def test_profile_of_a_database_that_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that cannot be used fails the profile; it is not measured by another one in its place."""
    monkeypatch.delenv(str(PLACE.connection), raising=False)

    with pytest.raises(SpecError, match="is not set"):
        take(tmp_path, "sql", PLACE)
