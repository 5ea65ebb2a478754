"""Every core expectation gives on Polars what it gives on pandas, in every result format."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from great_expectations.expectations import core
from gx_support import FORMATS, build, run_pandas, run_polars, simplify

_DAYS = [dt.date(2020, 1, 1), None, dt.date(2021, 1, 1), dt.date(2022, 1, 1), dt.date(2021, 1, 1), dt.date(2019, 5, 5)]
_TIMES = pl.Series(_DAYS).cast(pl.Datetime)
#: Six rows of every kind of value, with nulls, NaN, empty texts, Unicode, line breaks, ties and infinities.
TABLE = pl.DataFrame(
    {
        "id": ["r0", "r1", "r2", "r3", "r4", "r5"],
        "whole": [1, 2, None, 2, 5, -3],
        "full": [3, 1, 2, 2, 9, 7],
        "real": [1.0, float("nan"), None, 2.0, 2.0, -1.5],
        "text": ["a", "bé", None, "a", "", "12"],
        "words": ["abc", "b c", "日本", "a\nb", "x1", "a\n"],
        "dates": ["2020-01-01", "nope", "2021-02-03", "2021-02-03", "1/2/2020", None],
        "json": ['{"a":1}', '{"a":2}', None, '{"a":"s"}', '{"b":1}', '{"a":3}'],
        "flag": [True, None, False, True, True, False],
        "kind": pl.Series(["a", "b", None, "a", "c", "a"], dtype=pl.Categorical),
        "day": _DAYS,
        "time": _TIMES,
        "zoned": _TIMES.dt.replace_time_zone("UTC"),
        "exact": pl.Series(["0.10", "0.20", "0.20", "1.5", "3", "9.99"]).str.to_decimal(scale=2),
        "nothing": pl.Series([None] * 6, dtype=pl.Float64),
        "list": [[1, 2], [3], None, [], [1, 2], [4]],
        "const": [5, 5, 5, 5, 5, 5],
    },
    strict=False,
)
_AGED = dt.datetime(2020, 6, 1)  # noqa: DTZ001 - a time without a zone is meant
_ZONED = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
_HALF = {"quantiles": [0, 0.1, 0.5, 0.9, 1], "value_ranges": [[None, 2]] * 5}
_BINS = {"bins": [0, 1, 2, 6], "weights": [0.2, 0.5, 0.3]}
_LETTERS = {"values": ["a", "b"], "weights": [0.5, 0.5]}
_PAIR = {"column_A": "whole", "column_B": "full"}
_ROW = {"row_condition": "full > 1", "condition_parser": "pandas"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ColumnValuesToBeNull", {"column": "real"}),
    ("ColumnValuesToBeNull", {"column": "text"}),
    ("ColumnValuesToNotBeNull", {"column": "whole", "mostly": 0.8}),
    ("ColumnValuesToBeUnique", {"column": "text"}),
    ("ColumnValuesToBeUnique", {"column": "kind"}),
    ("ColumnValuesToBeUnique", {"column": "list"}),
    ("ColumnValuesToBeBetween", {"column": "whole", "min_value": 0, "max_value": 2}),
    ("ColumnValuesToBeBetween", {"column": "real", "min_value": 1, "strict_min": True, "mostly": 0.5}),
    ("ColumnValuesToBeBetween", {"column": "text", "min_value": 0}),
    ("ColumnValuesToBeBetween", {"column": "day", "min_value": _AGED}),
    ("ColumnValuesToBeBetween", {"column": "time", "max_value": _AGED}),
    ("ColumnValuesToBeBetween", {"column": "zoned", "max_value": _ZONED}),
    ("ColumnValuesToBeBetween", {"column": "zoned", "max_value": _AGED}),
    ("ColumnValuesToBeBetween", {"column": "exact", "max_value": 1.5}),
    ("ColumnValuesToBeBetween", {"column": "flag", "min_value": 1}),
    ("ColumnValuesToBeInSet", {"column": "whole", "value_set": [1, 2]}),
    ("ColumnValuesToBeInSet", {"column": "text", "value_set": ["a", 1, None]}),
    ("ColumnValuesToNotBeInSet", {"column": "time", "value_set": ["2020-01-01"]}),
    ("ColumnValuesToBeInSet", {"column": "flag", "value_set": [True]}),
    ("ColumnValuesToBeInSet", {"column": "list", "value_set": [1]}),
    ("ColumnValuesToNotBeInSet", {"column": "kind", "value_set": ["a"]}),
    ("ColumnValuesToNotBeInSet", {"column": "real", "value_set": []}),
    ("ColumnValuesToMatchRegex", {"column": "text", "regex": "^[a-z]"}),
    ("ColumnValuesToMatchRegex", {"column": "words", "regex": r"^\w+$"}),
    ("ColumnValuesToMatchRegex", {"column": "words", "regex": r"(?=a)b?"}),
    ("ColumnValuesToMatchRegex", {"column": "text", "regex": "("}),
    ("ColumnValuesToNotMatchRegex", {"column": "words", "regex": r"[\d\s]"}),
    ("ColumnValuesToMatchRegexList", {"column": "text", "regex_list": ["a", "b"], "match_on": "all"}),
    ("ColumnValuesToNotMatchRegexList", {"column": "text", "regex_list": ["a", "1"]}),
    ("ColumnValueLengthsToBeBetween", {"column": "text", "min_value": 1, "max_value": 1}),
    ("ColumnValueLengthsToBeBetween", {"column": "whole", "max_value": 3}),
    ("ColumnValueLengthsToEqual", {"column": "words", "value": 3}),
    ("ColumnValuesToMatchStrftimeFormat", {"column": "dates", "strftime_format": "%Y-%m-%d"}),
    ("ColumnValuesToMatchStrftimeFormat", {"column": "whole", "strftime_format": "%Y"}),
    ("ColumnValuesToBeDateutilParseable", {"column": "dates"}),
    ("ColumnValuesToBeJsonParseable", {"column": "json"}),
    ("ColumnValuesToMatchJsonSchema", {"column": "json", "json_schema": {"properties": {"a": {"type": "integer"}}}}),
    ("ColumnValuesToMatchJsonSchema", {"column": "text", "json_schema": {}}),
    ("ColumnValuesToBeIncreasing", {"column": "full"}),
    ("ColumnValuesToBeIncreasing", {"column": "day", "strictly": True}),
    ("ColumnValuesToBeIncreasing", {"column": "text"}),
    ("ColumnValuesToBeDecreasing", {"column": "real"}),
    ("ColumnValueZScoresToBeLessThan", {"column": "full", "threshold": 1, "double_sided": True}),
    ("ColumnValueZScoresToBeLessThan", {"column": "const", "threshold": 1, "double_sided": False}),
    ("ColumnValuesToNotBeOutliers", {"column": "full", "method": "iqr", "multiplier": 0.5}),
    ("ColumnValuesToNotBeOutliers", {"column": "real", "method": "std", "multiplier": 1}),
    ("ColumnValuesToBeOfType", {"column": "full", "type_": "int64"}),
    ("ColumnValuesToBeOfType", {"column": "text", "type_": "str"}),
    ("ColumnValuesToBeOfType", {"column": "exact", "type_": "Decimal"}),
    ("ColumnValuesToBeInTypeList", {"column": "real", "type_list": ["float64", "int64"]}),
    ("ColumnTypeToBe", {"column": "time", "type_": "datetime64"}),
    ("ColumnTypeToBe", {"column": "text", "type_": "float64"}),
    ("ColumnMinToBeBetween", {"column": "whole", "min_value": 0}),
    ("ColumnMinToBeBetween", {"column": "day", "min_value": _AGED}),
    ("ColumnMaxToBeBetween", {"column": "real", "max_value": 9}),
    ("ColumnMaxToBeBetween", {"column": "kind", "max_value": 9}),
    ("ColumnMeanToBeBetween", {"column": "real", "min_value": 0, "max_value": 5}),
    ("ColumnMeanToBeBetween", {"column": "exact", "min_value": 0, "max_value": 5}),
    ("ColumnMeanToBeBetween", {"column": "text", "min_value": 0}),
    ("ColumnMedianToBeBetween", {"column": "whole", "min_value": 0, "max_value": 5}),
    ("ColumnStdevToBeBetween", {"column": "full", "min_value": 0, "max_value": 5}),
    ("ColumnSumToBeBetween", {"column": "whole", "min_value": 0, "max_value": 5}),
    ("ColumnSumToBeBetween", {"column": "nothing", "min_value": 0, "max_value": 5}),
    ("ColumnQuantileValuesToBeBetween", {"column": "full", "quantile_ranges": _HALF}),
    ("ColumnQuantileValuesToBeBetween", {"column": "real", "quantile_ranges": _HALF, "allow_relative_error": "linear"}),
    ("ColumnMostCommonValueToBeInSet", {"column": "text", "value_set": ["a"]}),
    ("ColumnMostCommonValueToBeInSet", {"column": "full", "value_set": [1]}),
    ("ColumnUniqueValueCountToBeBetween", {"column": "real", "min_value": 1, "max_value": 3}),
    ("ColumnProportionOfUniqueValuesToBeBetween", {"column": "whole", "min_value": 0.5}),
    ("ColumnProportionOfNonNullValuesToBeBetween", {"column": "real", "min_value": 0.9}),
    ("ColumnDistinctValuesToBeInSet", {"column": "whole", "value_set": [1, 2]}),
    ("ColumnDistinctValuesToContainSet", {"column": "text", "value_set": ["a", "z"]}),
    ("ColumnDistinctValuesToEqualSet", {"column": "flag", "value_set": [True, False]}),
    ("ColumnKLDivergenceToBeLessThan", {"column": "full", "partition_object": _BINS, "threshold": 1}),
    ("ColumnKLDivergenceToBeLessThan", {"column": "text", "partition_object": _LETTERS, "threshold": 1}),
    ("ColumnKLDivergenceToBeLessThan", {"column": "real", "partition_object": None, "threshold": None}),
    ("ColumnToExist", {"column": "real", "column_index": 3}),
    ("ColumnToExist", {"column": "nope"}),
    ("ColumnPairValuesToBeEqual", _PAIR),
    ("ColumnPairValuesToBeEqual", {"column_A": "text", "column_B": "json", "ignore_row_if": "either_value_is_missing"}),
    ("ColumnPairValuesToBeEqual", {"column_A": "text", "column_B": "full"}),
    ("ColumnPairValuesAToBeGreaterThanB", {**_PAIR, "or_equal": True, "ignore_row_if": "neither"}),
    ("ColumnPairValuesAToBeGreaterThanB", {"column_A": "text", "column_B": "full"}),
    ("ColumnPairValuesToBeInSet", {**_PAIR, "value_pairs_set": [(1, 3), (None, 2), ("a", 2)]}),
    ("CompoundColumnsToBeUnique", {"column_list": ["whole", "text"]}),
    ("CompoundColumnsToBeUnique", {"column_list": ["real", "flag"], "ignore_row_if": "any_value_is_missing"}),
    ("MulticolumnSumToEqual", {"column_list": ["whole", "full"], "sum_total": 4}),
    ("MulticolumnSumToEqual", {"column_list": ["whole", "text"], "sum_total": 4}),
    ("MulticolumnValuesToBeEqual", {"column_list": ["whole", "full"]}),
    ("SelectColumnValuesToBeUniqueWithinRecord", {"column_list": ["whole", "full", "const"]}),
    ("TableColumnCountToBeBetween", {"min_value": 3}),
    ("TableColumnCountToEqual", {"value": 17}),
    ("TableColumnsToMatchOrderedList", {"column_list": ["whole"]}),
    ("TableColumnsToMatchSet", {"column_set": ["whole", "nope"], "exact_match": False}),
    ("TableRowCountToBeBetween", {"max_value": 5}),
    ("TableRowCountToEqual", {"value": 6}),
    ("TableRowCountToEqualOtherTable", {"other_table_name": "other"}),
    ("ColumnValuesToBeBetween", {"column": "WHOLE", "min_value": 0}),
    ("ColumnValuesToBeBetween", {"column": "whole", "min_value": 0, "max_value": 2, **_ROW}),
    ("ColumnMeanToBeBetween", {"column": "whole", "min_value": 0, "max_value": 2, **_ROW}),
    ("ColumnValuesToBeUnique", {"column": "whole", **_ROW}),
    ("TableRowCountToEqual", {"value": 5, **_ROW}),
    ("CompoundColumnsToBeUnique", {"column_list": ["whole", "const"], **_ROW}),
]  # fmt: skip


EXPECTATIONS = [build(name, kwargs) for name, kwargs in CASES]
_SHAPES: list[Any] = [
    *FORMATS,
    {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["id"],
        "include_unexpected_rows": True,
        "exclude_unexpected_values": False,
    },
]  # fmt: skip


@pytest.mark.parametrize("shape", _SHAPES, ids=str)
def test_every_expectation_is_equal(shape: Any) -> None:
    """Success, counts, percentages, unexpected values and rows, and whether it raises, are those of pandas."""
    expected = [simplify(answer) for answer in run_pandas(TABLE, EXPECTATIONS, shape)]
    found = [simplify(answer) for answer in run_polars(TABLE, EXPECTATIONS, shape)]

    differing = [
        (case, left, right)
        for case, left, right in zip(CASES, expected, found, strict=True)
        if left != right and not _is_known(case, left, right)
    ]
    assert differing == []


_NO_VALUE = {"success": False, "result": {"observed_value": None}}


def _is_known(case: tuple[str, dict[str, Any]], left: Any, right: Any) -> bool:
    # A missing value is None here and NaN there, so it is counted once here.
    if case[0] == "ColumnValuesToNotBeNull" and left != "raised" and right != "raised":
        left["result"].pop("partial_unexpected_counts", None)
        right["result"].pop("partial_unexpected_counts", None)
        return bool(left == right)
    # Texts without any value have no mean; pandas raises, and both fail.
    return case[1].get("column") == "text" and left == "raised" and right == _NO_VALUE


@pytest.mark.parametrize("rows", ["none", "one", "only nulls"])
def test_small_tables_are_equal(rows: str) -> None:
    """No row, one row, and a row of nulls give what they give on pandas."""
    table = {"none": TABLE.head(0), "one": TABLE.head(1), "only nulls": TABLE.slice(2, 1)}[rows]

    expected = [simplify(answer) for answer in run_pandas(table, EXPECTATIONS, "SUMMARY")]
    found = [simplify(answer) for answer in run_polars(table, EXPECTATIONS, "SUMMARY")]

    differing = [
        (case, left, right)
        for case, left, right in zip(CASES, expected, found, strict=True)
        if left != right and not _is_known(case, left, right)
    ]
    assert differing == []


def test_no_core_expectation_is_left_out() -> None:
    """Every expectation of Great Expectations' registry that pandas can evaluate has a case."""
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    from datassay.gx.coverage import WITHOUT_PANDAS

    known = set(list_registered_expectation_implementations())
    core_names = {name for name in known if hasattr(core, _camel(name)) and not name.startswith("expect_query")}
    covered = {expectation.configuration.type for expectation in EXPECTATIONS}

    assert core_names - covered - set(WITHOUT_PANDAS) == set()


def _camel(name: str) -> str:
    words = "".join(word.capitalize() for word in name.split("_"))
    return words.replace("KlDiv", "KLDiv")
