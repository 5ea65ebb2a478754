"""Great Expectations counts what a person counts, for every type and with nulls."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.expectations.checks import Suite, parse_check
from datassay.expectations.suite import evaluate

NOT_NULL = "expect_column_values_to_not_be_null"
UNIQUE = "expect_column_values_to_be_unique"
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
NOT_IN_SET = "expect_column_values_to_not_be_in_set"
MEAN = "expect_column_mean_to_be_between"
MAX = "expect_column_max_to_be_between"


@pytest.mark.parametrize(
    ("type_", "kwargs", "n_evaluated", "n_unexpected"),
    [
        (NOT_NULL, {"column": "whole"}, 4, 1),
        (NOT_NULL, {"column": "real"}, 4, 2),  # NaN is missing too
        (NOT_NULL, {"column": "text"}, 4, 1),
        (NOT_NULL, {"column": "flag"}, 4, 1),
        (NOT_NULL, {"column": "day"}, 4, 1),
        (NOT_NULL, {"column": "zoned"}, 4, 1),
        (NOT_NULL, {"column": "list"}, 4, 1),
        (NOT_NULL, {"column": "empty"}, 4, 4),
        (NOT_NULL, {"column": "row"}, 4, 0),
        (UNIQUE, {"column": "row"}, 4, 0),
        (UNIQUE, {"column": "whole"}, 3, 2),
        (UNIQUE, {"column": "huge"}, 3, 0),  # as float64 all three would be equal
        (UNIQUE, {"column": "real"}, 2, 0),
        (UNIQUE, {"column": "text"}, 3, 2),
        (UNIQUE, {"column": "exact"}, 3, 2),
        (BETWEEN, {"column": "whole", "min_value": 2, "max_value": 9}, 3, 1),
        (BETWEEN, {"column": "small", "min_value": 2, "max_value": 9}, 3, 1),
        (BETWEEN, {"column": "real", "max_value": 1}, 2, 1),
        (BETWEEN, {"column": "exact", "max_value": 0.1}, 3, 2),
        (BETWEEN, {"column": "full", "min_value": 1, "strict_min": True}, 4, 1),
        (IN_SET, {"column": "whole", "value_set": [1, 3]}, 3, 2),
        (IN_SET, {"column": "exact", "value_set": [0.1]}, 3, 2),
        (IN_SET, {"column": "text", "value_set": ["a"]}, 3, 1),
        (IN_SET, {"column": "kind", "value_set": ["a"]}, 3, 1),
        (IN_SET, {"column": "flag", "value_set": [True]}, 3, 1),
        (IN_SET, {"column": "sure", "value_set": [True]}, 4, 1),
        (NOT_IN_SET, {"column": "text", "value_set": ["a"]}, 3, 2),
        ("expect_column_values_to_match_regex", {"column": "text", "regex": "^b"}, 3, 2),
        ("expect_column_values_to_match_regex", {"column": "kind", "regex": "^b"}, 3, 2),
        ("expect_column_value_lengths_to_equal", {"column": "text", "value": 1}, 3, 0),
        ("expect_column_values_to_be_increasing", {"column": "row"}, 4, 0),
        (NOT_NULL, {"column": "real", "row_condition": "row > 2", "condition_parser": "pandas"}, 2, 1),
        ("expect_column_pair_values_to_be_equal", {"column_A": "whole", "column_B": "row"}, 4, 2),
        ("expect_column_pair_values_to_be_equal", {"column_A": "text", "column_B": "text"}, 3, 0),
        ("expect_column_pair_values_to_be_equal", {"column_A": "day", "column_B": "time"}, 3, 0),
        ("expect_compound_columns_to_be_unique", {"column_list": ["text", "whole"]}, 3, 0),
        ("expect_multicolumn_sum_to_equal", {"column_list": ["row", "full"], "sum_total": 2}, 4, 3),
    ],
)
def test_counts(run, table, *, type_: str, kwargs: dict[str, Any], n_evaluated: int, n_unexpected: int) -> None:
    """Values looked at and unexpected ones are counted right, whatever the type."""
    (result,) = run(table, (type_, kwargs)).results

    assert (n_evaluated, n_unexpected) == (result.n_evaluated, result.n_unexpected)
    assert ("failed" if n_unexpected else "passed") == result.outcome
    assert n_unexpected / n_evaluated == result.unexpected_fraction


@pytest.mark.parametrize("column", ["day", "time", "zoned"])
@pytest.mark.parametrize("last", ["2021-06-01", "2021-06-01T00:00:00", "2021-06-01T00:00:00+00:00"])
def test_times(run, table, column: str, last: str) -> None:
    """Bounds in any ISO form are compared with dates and with times of any zone."""
    bounds = {"column": column, "min_value": "2020-06-01", "max_value": last}
    first = {"column": column, "value_set": ["2020-01-01"]}
    answers = run(
        table,
        (BETWEEN, bounds),
        (MAX, {"column": column, "max_value": last}),
        (IN_SET, first),
        ("expect_column_distinct_values_to_be_in_set", first),
    )

    assert [result.n_unexpected for result in answers.results] == [2, None, 2, 2]
    assert [result.outcome for result in answers.results] == ["failed"] * 4


def test_time_of_day_is_kept(run) -> None:
    """A bound with a time of day is not cut to its date, and one in another zone is moved to UTC."""
    frame = pl.DataFrame({"at": ["2024-01-01T10:00:00", "2024-01-01T12:00:00"]}).select(pl.col("at").str.to_datetime())
    answers = run(
        frame,
        (BETWEEN, {"column": "at", "min_value": "2024-01-01T11:00:00"}),
        (BETWEEN, {"column": "at", "min_value": "2024-01-01T13:00:00+02:00"}),
    )

    assert [result.n_unexpected for result in answers.results] == [1, 1]


@pytest.mark.parametrize(
    ("type_", "kwargs", "outcome"),
    [
        (MEAN, {"column": "whole", "min_value": 1.6, "max_value": 1.7}, "passed"),
        (MEAN, {"column": "real", "min_value": 1.5, "max_value": 1.5}, "passed"),
        (MEAN, {"column": "exact", "min_value": 0.16, "max_value": 0.17}, "passed"),
        (MEAN, {"column": "full", "max_value": 2}, "failed"),
        (MAX, {"column": "huge", "max_value": 5}, "failed"),
        ("expect_column_sum_to_be_between", {"column": "whole", "min_value": 5, "max_value": 5}, "passed"),
        ("expect_column_median_to_be_between", {"column": "real", "min_value": 1.5, "max_value": 1.5}, "passed"),
        ("expect_column_stdev_to_be_between", {"column": "whole", "max_value": 0.1}, "failed"),
        ("expect_column_unique_value_count_to_be_between", {"column": "huge", "min_value": 3}, "passed"),
        ("expect_column_unique_value_count_to_be_between", {"column": "empty", "min_value": 1}, "failed"),
        ("expect_column_proportion_of_non_null_values_to_be_between", {"column": "real", "max_value": 0.5}, "passed"),
        ("expect_column_distinct_values_to_equal_set", {"column": "real", "value_set": [1, 2]}, "passed"),
        ("expect_column_most_common_value_to_be_in_set", {"column": "text", "value_set": ["a"]}, "passed"),
        (
            "expect_column_quantile_values_to_be_between",
            {"column": "row", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[9, 9]]}},
            "failed",
        ),
        (
            "expect_column_kl_divergence_to_be_less_than",
            {
                "column": "whole",
                "partition_object": {"bins": [0, 1.5, 3], "weights": [0.34, 0.66]},
                "threshold": 0.1,
            },
            "passed",
        ),
        ("expect_column_type_to_be", {"column": "row", "type_": "int64"}, "passed"),
        ("expect_column_type_to_be", {"column": "text", "type_": "str"}, "passed"),
        ("expect_column_type_to_be", {"column": "day", "type_": "datetime64"}, "passed"),
        ("expect_column_type_to_be", {"column": "row", "type_": "float64"}, "failed"),
        ("expect_column_values_to_be_of_type", {"column": "sure", "type_": "bool"}, "passed"),
        ("expect_column_values_to_be_in_type_list", {"column": "full", "type_list": ["float64"]}, "passed"),
    ],
)
def test_aggregates_and_types(run, table, type_: str, kwargs: dict[str, Any], outcome: str) -> None:
    """Aggregates leave missing values out, and type names mean what they mean in pandas."""
    (result,) = run(table, (type_, kwargs)).results

    assert outcome == result.outcome, result.reason


@pytest.mark.parametrize(
    ("type_", "kwargs", "outcome"),
    [
        ("expect_table_row_count_to_equal", {"value": 4}, "passed"),
        ("expect_table_row_count_to_be_between", {"min_value": 5}, "failed"),
        ("expect_table_column_count_to_equal", {"value": 16}, "passed"),
        ("expect_table_columns_to_match_set", {"column_set": ["row", "text"], "exact_match": False}, "passed"),
        ("expect_table_columns_to_match_set", {"column_set": ["row", "nobody"], "exact_match": False}, "failed"),
        ("expect_table_columns_to_match_set", {"column_set": ["row", "text"]}, "failed"),
        ("expect_column_to_exist", {"column": "row"}, "passed"),
        ("expect_column_to_exist", {"column": "row", "column_index": 0}, "passed"),
        ("expect_column_to_exist", {"column": "nobody"}, "failed"),
    ],
)
def test_table_level(run, table, type_: str, kwargs: dict[str, Any], outcome: str) -> None:
    """Expectations on the table see all its columns and rows, though no data is read for them."""
    (result,) = run(table, (type_, kwargs)).results

    assert outcome == result.outcome, result.reason


def test_order_of_columns(run, table) -> None:
    """The ordered list of columns is the table's own."""
    type_ = "expect_table_columns_to_match_ordered_list"
    answers = run(table, (type_, {"column_list": table.columns}), (type_, {"column_list": table.columns[::-1]}))

    assert [result.outcome for result in answers.results] == ["passed", "failed"]


def test_only_needed_columns_are_read() -> None:
    """A column that no expectation needs is never computed."""

    def fail(column: pl.Series) -> pl.Series:
        raise AssertionError(column.name)

    lazy = pl.LazyFrame({"a": [1, 2], "b": [1, 2]}).with_columns(pl.col("b").map_batches(fail, return_dtype=pl.Int64))
    checks = [
        parse_check({"type": NOT_NULL, "kwargs": {"column": "a"}}),
        parse_check({"type": "expect_table_columns_to_match_set", "kwargs": {"column_set": ["a", "b"]}}),
        parse_check({"type": "expect_column_to_exist", "kwargs": {"column": "b"}}),
    ]

    results = evaluate(Suite("s", checks), lazy, show_values=[])

    assert [result.outcome for result in results] == ["passed"] * 3


HOSTILE = [
    '"q"',
    "it's",
    "new\nline",
    "ünï",
    "select",
    "[b]",
    "`t`",
    "a.b",
    "$x",
    "{y}",
    "%s",
    "\\",
    "<b>",
    "Age",
    "age",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(run, name: str) -> None:
    """A column may be called anything and is still the one that is checked."""
    frame = pl.DataFrame({name: [1, 2, None], "other": [1, 2, 3]})
    answers = run(
        frame,
        (NOT_NULL, {"column": name}),
        (MEAN, {"column": name, "min_value": 1.5, "max_value": 1.5}),
        ("expect_column_to_exist", {"column": name}),
        ("expect_column_pair_values_to_be_equal", {"column_A": name, "column_B": "other"}),
    )

    assert [result.n_unexpected for result in answers.results] == [1, None, None, 1]
    assert [result.outcome for result in answers.results] == ["failed", "passed", "passed", "failed"]


values = st.lists(
    st.one_of(st.none(), st.floats(-5, 5), st.just(float("nan")), st.integers(-5, 5).map(float)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=values, low=st.integers(-5, 0), high=st.integers(0, 5))
def test_agrees_with_polars(values: list[float | None], low: int, high: int) -> None:
    """Great Expectations and Polars count the same on any numbers."""
    frame = pl.DataFrame({"x": values}, schema={"x": pl.Float64})
    checks = [
        parse_check({"type": NOT_NULL, "kwargs": {"column": "x"}}),
        parse_check({"type": UNIQUE, "kwargs": {"column": "x"}}),
        parse_check({"type": BETWEEN, "kwargs": {"column": "x", "min_value": low, "max_value": high}}),
    ]
    null, unique, between = evaluate(Suite("s", checks), frame.lazy(), show_values=[])
    present = frame["x"].fill_nan(None).drop_nulls()

    assert frame.height - len(present) == null.n_unexpected
    if present.is_empty():
        assert [unique.outcome, between.outcome] == ["unknown", "unknown"]
    else:
        assert int(present.is_duplicated().sum()) == unique.n_unexpected
        assert int((~present.is_between(low, high)).sum()) == between.n_unexpected
