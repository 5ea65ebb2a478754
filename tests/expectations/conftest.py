"""Run expectations on a small table as an audit does: through a snapshot and a suite file."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from engines_support import VARIABLE, run_postgres

from datassay.datasets.snapshot import snapshot_frame
from datassay.expectations.suite import run_suite
from datassay.results import Expectations

Run = Callable[..., Expectations]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Evaluate `items` (type and kwargs, or whole mappings) on a frame."""

    def run(frame: pl.DataFrame, *items: Any, show: tuple[str, ...] = (), **suite: Any) -> Expectations:
        listed = [{"type": item[0], "kwargs": item[1]} if isinstance(item, tuple) else item for item in items]
        path = tmp_path / "suite.json"
        path.write_text(json.dumps({"name": "suite", "expectations": listed, **suite}), encoding="utf-8")
        snapshot = snapshot_frame(frame, name="table", cache_dir=tmp_path)
        return run_suite(snapshot, path, show_values=list(show))

    return run


@pytest.fixture(scope="session")
def table() -> pl.DataFrame:
    """Four rows of every type that a suite meets, with a null in most columns."""
    days = [dt.date(2020, 1, 1), None, dt.date(2021, 1, 1), dt.date(2022, 1, 1)]
    times = pl.Series(days).cast(pl.Datetime)
    return pl.DataFrame(
        {
            "row": [1, 2, 3, 4],
            "whole": [1, 2, None, 2],
            "huge": [2**60, 2**60 + 1, None, 2**60 + 2],
            "small": pl.Series([1, 2, None, 2], dtype=pl.UInt8),
            "real": pl.Series([1.0, float("nan"), None, 2.0]),
            "full": [1.0, 2.0, 3.0, 4.0],
            "exact": pl.Series(["0.10", "0.20", None, "0.20"]).str.to_decimal(scale=2),
            "text": ["a", "b", None, "a"],
            "kind": pl.Series(["a", "b", None, "a"], dtype=pl.Categorical),
            "flag": [True, None, False, True],
            "sure": [True, False, True, True],
            "day": days,
            "time": times,
            "zoned": times.dt.replace_time_zone("UTC"),
            "empty": pl.Series([None] * 4, dtype=pl.Float64),
            "list": [[1, 2], [3], None, []],
        },
        strict=False,
    )


@pytest.fixture(scope="module")
def postgres():
    """A server of its own, in a short path because a socket's name is limited."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        with run_postgres(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def database(request, tmp_path, monkeypatch) -> str:
    """The address of a database, in the variable that the definition names."""
    if request.param == "duckdb" and importlib.util.find_spec("duckdb_sqlalchemy") is None:
        pytest.skip("DuckDB's dialect is not installed (pip install duckdb-sqlalchemy)")
    address = (
        request.getfixturevalue("postgres")
        if request.param == "postgresql"
        else f"{request.param}:///{tmp_path / 'data.db'}"
    )
    monkeypatch.setenv(VARIABLE, address)
    return request.param


@pytest.fixture(scope="module")
def spark():
    """A small local session for all tests of this module, as a running one is used."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("Spark is not installed (pip install 'datassay[spark]')")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed")
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "1g",
        "spark.sql.timestampType": "TIMESTAMP_NTZ", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1", "spark.log.level": "OFF", "spark.sql.adaptive.enabled": "false",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[1]").appName("datassay-tests")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
