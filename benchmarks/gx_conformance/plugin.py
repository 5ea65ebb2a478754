"""A pytest plugin for Great Expectations' own harness: its pandas batches, or the same data by the Polars engine.

Only tests that ask for a pandas data source are kept. `GX_ENGINE` names the engine and `GX_OUTCOMES` the file that
the outcomes are written to.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_OUTCOMES: dict[str, dict[str, str]] = {}
_SOURCES = ("pandas-data-frame", "pandas-filesystem-csv")


def pytest_addoption(parser: Any) -> None:
    """Know the option of the harness that is not in the copied folder."""
    parser.addoption("--gallery-measurement", action="store_true", default=False)


def pytest_configure(config: Any) -> None:  # noqa: ARG001 - pytest's signature
    """Put the Polars engine in the place of pandas."""
    if os.environ["GX_ENGINE"] == "polars":
        _replace_frames()
        _replace_files()


def _replace_frames() -> None:
    import polars as pl
    from tests.integration.test_utils.data_source_config.pandas_data_frame import PandasDataFrameBatchTestSetup

    import datassay.gx  # noqa: F401 - adds the data source

    def make_asset(self: Any) -> Any:
        source = self.context.data_sources.add_polars(self._random_resource_name())
        return source.add_dataframe_asset(self._random_resource_name())

    def make_batch(self: Any) -> Any:
        definition = self.make_asset().add_batch_definition_whole_dataframe(self._random_resource_name())
        # Polars takes a column of objects without any value for text; it has a type for that.
        empty = [name for name in self.data if self.data[name].dtype == object and self.data[name].isna().all()]
        frame = pl.from_pandas(self.data).with_columns(pl.lit(None, dtype=pl.Null).alias(name) for name in empty)
        return definition.get_batch(batch_parameters={"dataframe": frame})

    PandasDataFrameBatchTestSetup.make_asset = make_asset
    PandasDataFrameBatchTestSetup.make_batch = make_batch


def _replace_files() -> None:
    from pandas._libs.parsers import STR_NA_VALUES
    from tests.integration.test_utils.data_source_config.pandas_filesystem_csv import PandasFilesystemCsvBatchTestSetup

    def make_asset(self: Any) -> Any:
        source = self.context.data_sources.add_polars(self._random_resource_name())
        # What pandas' read_csv does unless told otherwise.
        dates = bool(self.config.read_options.get("parse_dates"))
        options = {"null_values": sorted(STR_NA_VALUES), "try_parse_dates": dates}
        return source.add_csv_asset(self._random_resource_name(), str(self._base_dir / self.csv_path), **options)

    def make_batch(self: Any) -> Any:
        return self.make_asset().add_batch_definition_whole(self._random_resource_name()).get_batch()

    PandasFilesystemCsvBatchTestSetup.make_asset = make_asset
    PandasFilesystemCsvBatchTestSetup.make_batch = make_batch


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Keep the tests that ask for a pandas data source."""
    items[:] = [item for item in items if any(source in item.nodeid for source in _SOURCES)]


def pytest_runtest_logreport(report: Any) -> None:
    """Keep how each test ended, and the last line of what it raised."""
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message.strip() if crash else ""
        _OUTCOMES[report.nodeid] = {"outcome": report.outcome, "why": why}


def pytest_sessionfinish() -> None:
    """Write how each test ended."""
    Path(os.environ["GX_OUTCOMES"]).write_text(json.dumps(_OUTCOMES), encoding="utf-8")
