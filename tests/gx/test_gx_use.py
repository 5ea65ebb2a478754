"""The engine as users meet it: one call, a data source in a Checkpoint, other people's expectations, bad input."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from gx_support import build, run_pandas, run_polars, simplify

from datassay.gx import validate

TABLE = pl.DataFrame(
    {
        "a": [1, 2, None, 4, 9],
        "group": ["x", "y", "x", "y", "z"],
        "day": [dt.date(2020, 1, 1), dt.date(2020, 1, 2), dt.date(2020, 2, 1), *[dt.date(2021, 1, 1)] * 2],
    }
)
BETWEEN = ("ColumnValuesToBeBetween", {"column": "a", "min_value": 0, "max_value": 5})


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        # Great Expectations' own deprecations are not what is tested.
        warnings.simplefilter("ignore")
        yield


def test_a_suite_may_be_its_json(tmp_path: Path) -> None:
    """A suite as a mapping and as the path of a file are evaluated like the suite itself."""
    content = {
        "name": "own",
        "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}],
    }
    path = tmp_path / "own.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    told = [validate(TABLE, suite) for suite in (content, path, str(path))]

    assert [each.suite_name for each in told] == ["own"] * 3
    assert [each.results[0].result["unexpected_count"] for each in told] == [1] * 3


@pytest.mark.parametrize("kind", ["frame", "lazy", "parquet", "csv", "folder"])
def test_one_call_takes_every_form_of_data(kind: str, tmp_path: Path) -> None:
    """A frame, a lazy frame and the path of a file give the same result."""
    TABLE.write_parquet(tmp_path / "t.parquet")
    TABLE.write_csv(tmp_path / "t.csv")
    data = {
        "frame": TABLE, "lazy": TABLE.lazy(), "parquet": tmp_path / "t.parquet", "csv": str(tmp_path / "t.csv"),
        "folder": tmp_path,
    }[kind]  # fmt: skip

    result = validate(data, [build(*BETWEEN)])

    assert (result.success, result.results[0].result["partial_unexpected_list"]) == (False, [9])
    assert result.to_json_dict()["statistics"]["unsuccessful_expectations"] == 1


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A path that is neither parquet nor csv is an error with a way out."""
    with pytest.raises(ValueError, match="neither parquet nor csv"):
        validate(tmp_path / "t.xlsx", [])


def test_suite_parameters_are_filled_in() -> None:
    """A suite's parameters come from the call."""
    expectation = gxe.ExpectTableRowCountToEqual(value={"$PARAMETER": "rows"})

    assert validate(TABLE, [expectation], expectation_parameters={"rows": 5}).success


def test_bad_input_stays_with_its_expectation() -> None:
    """A missing column, a bad pattern, a wrong type and a bad query raise alone; exceptions can be let through."""
    bad = [
        build("ColumnMeanToBeBetween", {"column": "nope", "min_value": 0}),
        build("ColumnValuesToMatchRegex", {"column": "group", "regex": "("}),
        build("ColumnValuesToBeBetween", {"column": "group", "min_value": 0}),
        build("UnexpectedRowsExpectation", {"unexpected_rows_query": "SELECT nope FROM {batch}"}),
        build("ColumnValueZScoresToBeLessThan", {"column": "group", "threshold": 1, "double_sided": True}),
    ]

    results = validate(TABLE, [bad[0], build(*BETWEEN), *bad[1:]]).results

    assert [simplify(result) == "raised" for result in results] == [True, False, True, True, True, True]
    assert results[1].result["unexpected_count"] == 1
    with pytest.raises(gx.exceptions.MetricResolutionError, match="nope"):
        validate(TABLE, [bad[0]], catch_exceptions=False)


def test_unreadable_column_fails_alone(tmp_path: Path) -> None:
    """A parquet file with a broken page: only expectations on that column raise."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": list(range(50_000)), "b": list(range(50_000))}).write_parquet(path, compression="uncompressed")
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half + 2_000 : half + 150_000] = b"\xff" * 148_000
    path.write_bytes(content)
    checks = [build("ColumnMaxToBeBetween", {"column": name, "max_value": 50_000}) for name in "ab"]

    first, second = validate(path, checks).results

    assert first.success
    assert simplify(second) == "raised" or not second.success


def test_a_csv_whose_type_changes_far_down_fails_there_alone(tmp_path: Path) -> None:
    """A text far below the rows that types are told from: that column's expectations raise, the others do not."""
    path = tmp_path / "t.csv"
    rows = [f"{i},{'x' if i == 59_000 else i}" for i in range(60_000)]
    path.write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    checks = [build("ColumnMaxToBeBetween", {"column": name, "max_value": 59_999}) for name in "ab"]

    first, second = validate(path, checks).results

    assert first.success
    assert simplify(second) == "raised"


def test_a_column_of_one_value_has_no_z_scores() -> None:
    """Where the deviation is zero, z-scores are a division by zero: the answer is pandas', and no crash."""
    frame = pl.DataFrame({"same": [5, 5, 5], "other": [1, 2, 3]})
    scores = build("ColumnValueZScoresToBeLessThan", {"column": "same", "threshold": 3, "double_sided": True})
    fine = build("ColumnMaxToBeBetween", {"column": "other", "max_value": 3})

    found = validate(frame, [scores, fine]).results

    assert simplify(found[0]) == simplify(run_pandas(frame, [scores], "BASIC")[0])
    assert found[1].success


def test_checkpoint_runs_on_a_polars_source(tmp_path: Path) -> None:
    """Assets, batches by value and by date, a Checkpoint with Data Docs, and a second context that reads them."""
    TABLE.write_parquet(tmp_path / "t.parquet")
    context = gx.get_context(mode="file", project_root_dir=str(tmp_path))
    source = context.data_sources.add_polars("polars")
    by_group = source.add_dataframe_asset("frame").add_batch_definition_by_value("group", "group")
    monthly = source.add_parquet_asset("file", str(tmp_path / "t.parquet")).add_batch_definition_monthly("m", "day")
    rows = gxe.ExpectTableRowCountToEqual(value=2)

    assert by_group.get_batch({"dataframe": TABLE.lazy(), "group": "y"}).validate(rows).success
    assert monthly.get_batch().validate(rows).success
    last = monthly.get_batch({"year": 2021, "month": 1}).validate(build(*BETWEEN), result_format="COMPLETE")
    assert last.result["unexpected_index_list"] == [4]

    suite = context.suites.add(gx.ExpectationSuite("s", expectations=[rows]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=monthly, suite=suite))
    action = gx.checkpoint.UpdateDataDocsAction(name="docs")
    context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=[definition], actions=[action]))
    read_back = gx.get_context(mode="file", project_root_dir=str(tmp_path)).checkpoints.get("c")

    assert read_back.run(batch_parameters={"year": 2020, "month": 1}).success
    assert list(tmp_path.glob("gx/uncommitted/data_docs/**/validations/**/*.html"))


def test_other_peoples_pandas_expectations_run_on_their_columns_and_are_marked() -> None:
    """A custom expectation that knows pandas only is evaluated on a conversion of its column, and says so."""
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import ColumnMapExpectation
    from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

    class ColumnValuesAreEven(ColumnMapMetricProvider):
        condition_metric_name = "column_values.even_for_test"

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805
            return column % 2 == 0

    class ExpectColumnValuesToBeEvenForTest(ColumnMapExpectation):
        map_metric = "column_values.even_for_test"

    expectation = ExpectColumnValuesToBeEvenForTest(column="a")
    shape = {"result_format": "COMPLETE", "unexpected_index_column_names": ["group"]}
    (expected,), (found,) = run_pandas(TABLE, [expectation], shape), run_polars(TABLE, [expectation], shape)

    assert simplify(found) == simplify(expected)
    assert found.result["unexpected_count"] == 2
    assert found.meta["datassay.gx"] == {"engine": "pandas", "converted_columns": ["a", "group"]}


def test_pattern_for_pythons_engine_is_marked() -> None:
    """A pattern that Polars' engine cannot run is run by Python's, and the result says so."""
    result = validate(TABLE, [build("ColumnValuesToMatchRegex", {"column": "group", "regex": "(?=x)x"})]).results[0]

    assert result.result["unexpected_count"] == 3
    assert "Python's re" in result.meta["datassay.gx"]["notes"][0]


def test_metrics_can_be_asked_for_one_by_one() -> None:
    """A validator on the engine answers single metrics through Great Expectations' own graph."""
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_polars("one").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": TABLE})
    validator = context.get_validator(batch=batch, create_expectation_suite_with_name="s")

    assert validator.columns() == ["a", "group", "day"]
    assert validator.head(2)["a"].tolist() == [1, 2]
    assert validator.expect_column_max_to_be_between("a", max_value=9).success


def test_a_batch_computes_metrics_and_names_those_that_cannot_be() -> None:
    """Great Expectations' metrics of a batch: a missing column is its own metric's error, with a traceback."""
    from great_expectations.metrics.column.distinct_values import ColumnDistinctValues
    from great_expectations.metrics.metric_results import MetricErrorResult

    source = gx.get_context(mode="ephemeral").data_sources.add_polars("polars")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole("all")
    batch = definition.get_batch({"dataframe": TABLE})

    found, failed = batch.compute_metrics([ColumnDistinctValues(column="group"), ColumnDistinctValues(column="nope")])

    assert found.value == set(TABLE["group"])
    assert isinstance(failed, MetricErrorResult)
    assert "nope" in failed.value.exception_message
    assert "Traceback" in failed.value.exception_traceback


def test_dates_compare_with_dates_times_and_texts() -> None:
    """Bounds of a date column's extremes and sets of its values may be dates; bounds may be times and texts, too."""
    frame = pl.DataFrame({"day": [dt.date(2024, 11, 19), dt.date(2024, 11, 22), None]})
    first, last = dt.date(2024, 11, 19), dt.date(2024, 11, 22)
    after, at, before = dt.date(2024, 11, 20), dt.datetime(2024, 11, 19), "2024-11-18"  # noqa: DTZ001 - no zone is meant

    def passes(name: str, **kwargs: Any) -> bool:
        return bool(validate(frame, [build(name, {"column": "day", **kwargs})]).success)

    assert [passes("ColumnMinToBeBetween", min_value=low) for low in (after, at, before)] == [False, True, True]
    assert [passes("ColumnMaxToBeBetween", max_value=high) for high in (after, last, before)] == [False, True, False]
    assert passes("ColumnMinToBeBetween", max_value=first)
    assert not passes("ColumnMinToBeBetween", max_value=first, strict_max=True)
    assert not passes("ColumnMaxToBeBetween", min_value=last, strict_min=True)
    assert passes("ColumnDistinctValuesToEqualSet", value_set=[first, last])
    assert not passes("ColumnDistinctValuesToBeInSet", value_set=[first, after])
    assert not passes("ColumnDistinctValuesToContainSet", value_set=[first, after])


def test_a_csv_asset_reads_as_it_is_told_to(tmp_path: Path) -> None:
    """What stands for null, and whether texts that look like dates become dates."""
    path = tmp_path / "t.csv"
    path.write_text("a,day\n1,2024-01-01\nNA,2024-01-02\n", encoding="utf-8")
    source = gx.get_context(mode="ephemeral").data_sources.add_polars("polars")
    plain = source.add_csv_asset("plain", str(path))
    told = source.add_csv_asset("told", str(path), null_values=["NA"], try_parse_dates=False)

    def is_met(asset: Any, expectation: Any) -> bool:
        definition = asset.add_batch_definition_whole(expectation.expectation_type)
        return bool(definition.get_batch().validate(expectation).success)

    numbers = build("ColumnValuesToBeOfType", {"column": "a", "type_": "int64"})
    texts = build("ColumnValuesToMatchStrftimeFormat", {"column": "day", "strftime_format": "%Y-%m-%d"})
    assert [is_met(plain, numbers), is_met(told, numbers)] == [False, True]
    assert [is_met(plain, texts), is_met(told, texts)] == [False, True]


def test_importing_datassay_registers_nothing() -> None:
    """`import datassay` loads no Great Expectations; only datassay.gx does."""
    code = "import sys, datassay; assert 'great_expectations' not in sys.modules and 'datassay.gx' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
