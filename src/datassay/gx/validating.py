"""One call: data and a suite give Great Expectations' own result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from great_expectations import __version__
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.core.result_format import ResultFormat
from great_expectations.validator.validator import calc_validation_statistics

from datassay.gx.driver import validate_configurations
from datassay.gx.engine import PolarsExecutionEngine

_BATCH = "polars"


def validate(
    data: pl.DataFrame | pl.LazyFrame | str | Path,
    suite: ExpectationSuite | Iterable[Any] | Mapping[str, Any] | str | Path,
    result_format: str | Mapping[str, Any] = "BASIC",
    *,
    expectation_parameters: Mapping[str, Any] | None = None,
    catch_exceptions: bool = True,
) -> ExpectationSuiteValidationResult:
    """Evaluate a suite, or a list of expectations, on a frame or on the parquet or csv file at a path.

    A suite may also be its JSON, as a mapping or as the path of a file.

    Results come in the order of the suite. An expectation that raises is a failure with its `exception_info`, unless
    `catch_exceptions` is False; a result that was not found by Polars alone says so under `meta["datassay.gx"]`.
    Raises ValueError where a path is neither parquet nor csv.
    """
    engine = PolarsExecutionEngine()
    engine.load_batch_data(_BATCH, scan(data) if isinstance(data, str | Path) else data)
    shape = result_format.value if isinstance(result_format, ResultFormat) else result_format
    runtime = {"result_format": shape if isinstance(shape, str) else dict(shape), "catch_exceptions": catch_exceptions}
    suite = _open_suite(suite)
    configurations = _list_configurations(suite)
    for configuration in configurations:
        configuration.process_suite_parameters(suite_parameters=dict(expectation_parameters or {}))
    results = validate_configurations(engine, configurations, runtime, batch_id=_BATCH)
    statistics = calc_validation_statistics(results)
    return ExpectationSuiteValidationResult(
        results=results,
        success=statistics.success,
        suite_name=suite.name if isinstance(suite, ExpectationSuite) else "expectations",
        statistics={
            "evaluated_expectations": statistics.evaluated_expectations,
            "successful_expectations": statistics.successful_expectations,
            "unsuccessful_expectations": statistics.unsuccessful_expectations,
            "success_percent": statistics.success_percent,
        },
        meta={"great_expectations_version": __version__, "active_batch_definition": {"execution_engine": "polars"}},
        batch_id=_BATCH,
    )


def _open_suite(
    suite: ExpectationSuite | Iterable[Any] | Mapping[str, Any] | str | Path,
) -> ExpectationSuite | Iterable[Any]:
    if isinstance(suite, str | Path):
        suite = json.loads(Path(suite).read_text(encoding="utf-8"))
    return ExpectationSuite(**suite) if isinstance(suite, Mapping) else suite


def _list_configurations(suite: ExpectationSuite | Iterable[Any]) -> list[Any]:
    if isinstance(suite, ExpectationSuite):
        return list(suite.expectation_configurations)
    return [expectation.configuration for expectation in suite]


def scan(path: str | Path) -> pl.LazyFrame:
    """Open a parquet file, a folder of them, or a csv file, lazily.

    Raises ValueError where the path is neither.
    """
    path = Path(path)
    if path.is_dir():
        return pl.scan_parquet(path / "**/*.parquet")
    if path.suffix in {".parquet", ".parq", ".pqt"}:
        return pl.scan_parquet(path)
    if path.suffix in {".csv", ".tsv"}:
        return pl.scan_csv(path, separator="\t" if path.suffix == ".tsv" else ",", try_parse_dates=True)
    raise ValueError(f"{path}: neither parquet nor csv. Pass a Polars frame.")
