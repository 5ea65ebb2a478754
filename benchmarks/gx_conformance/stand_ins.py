"""Stand-ins for the helpers of Great Expectations' tests: a batch of the given frame, on pandas and on Polars.

Copied to a temporary folder by the runner, under the names that the tests import.
"""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

_OUTCOMES: dict[str, str] = {}
_NUMBERS = itertools.count()


def __getattr__(name: str) -> Any:
    """Stand for any kind of data source that the tests name, and for their lists."""
    if not (name.isupper() or name.endswith("Config")):
        raise AttributeError(name)
    if name.isupper():
        return [_Config("PandasDataFrame")] if "SQL" not in name or name.startswith("NON_SQL") else []
    return type(name, (_Config,), {"name": name, "__init__": _take_anything})


def _take_anything(self: Any, *_: Any, **__: Any) -> None:
    """Stand for any constructor."""


class _Config:
    """A kind of data source: only a frame in pandas is of interest."""

    def __init__(self, name: str) -> None:
        self.name = name


def parameterize_batch_for_data_sources(data_source_configs: Any, data: Any, **_: Any) -> Any:
    """Give the test a batch of `data` by each engine, or nothing where it is not for pandas."""
    wanted = any(config.name.startswith("PandasDataFrame") for config in data_source_configs)
    engines = ["pandas", "polars"] if wanted else []
    rows = [pytest.param((engine, data), id=f"on-{engine}") for engine in engines]
    return pytest.mark.parametrize("batch_for_datasource", rows, indirect=True)


@pytest.fixture
def batch_for_datasource(request: pytest.FixtureRequest) -> Any:
    """Return the batch."""
    import great_expectations as gx
    import polars as pl

    import datassay.gx  # noqa: F401 - adds the data source

    engine, data = request.param
    if engine == "polars":
        try:
            data = pl.from_pandas(data)
        except (TypeError, ValueError, pl.exceptions.PolarsError, ImportError) as exc:
            pytest.skip(f"Polars cannot hold the frame: {exc}")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = getattr(context.data_sources, f"add_{engine}")(f"source_{next(_NUMBERS)}")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("all")
    return definition.get_batch({"dataframe": data})


def pytest_runtest_logreport(report: Any) -> None:
    """Keep how each test ended."""
    if report.when == "call" or report.outcome != "passed":
        _OUTCOMES[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    """Write how each test ended."""
    Path(os.environ["GX_OUTCOMES"]).write_text(json.dumps(_OUTCOMES), encoding="utf-8")
