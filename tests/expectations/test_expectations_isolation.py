"""One bad expectation never hides the others, and nothing checked is never a pass."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from datassay.expectations.checks import Suite, parse_check
from datassay.expectations.suite import evaluate

GOOD = ("expect_column_values_to_not_be_null", {"column": "row"})


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (
            ("expect_column_values_to_be_betwen", {"column": "row"}),
            "unknown expectation type. Did you mean 'expect_column_values_to_be_between'?",
        ),
        (("expect_column_values_to_be_between", {"column": "row", "minimum": 1}), "bad arguments: minimum: extra"),
        (("expect_column_values_to_be_between", {"column": "row"}), "bad arguments: min_value and max_value cannot"),
        (("expect_column_values_to_be_between", {"column": "row", "min_value": "x"}), "bad arguments: min_value: "),
        (("expect_column_values_to_not_be_null", {}), "bad arguments: column: field required"),
        (("expect_column_values_to_not_be_null", {"column": 5}), "bad arguments: column"),
        (("expect_column_values_to_not_be_null", {"column": "rwo"}), "no column 'rwo' (nearest 'row')"),
        (("expect_column_values_to_not_be_null", {"column": "ROW"}), "no column 'ROW' (nearest 'row')"),
        (("expect_column_values_to_not_be_null", {"column": "zzzzz"}), "no column 'zzzzz'"),
        (("expect_column_pair_values_to_be_equal", {"column_A": "row", "column_B": "flg"}), "no column 'flg'"),
        (("expect_compound_columns_to_be_unique", {"column_list": ["row", "txt"]}), "no column 'txt'"),
        (
            ("expect_column_values_to_be_between", {"column": "text", "min_value": 1}),
            "Great Expectations raised TypeError ('text' is String)",
        ),
        (("expect_column_values_to_match_regex", {"column": "text", "regex": "("}), "Great Expectations raised"),
        (
            ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT nope FROM {batch}"}),
            "Great Expectations raised",
        ),
        (("expect_column_values_to_be_between", {"column": "empty", "min_value": 1}), "no values to check"),
        (("expect_column_mean_to_be_between", {"column": "empty", "min_value": 1}), "no values to check"),
        (("expect_column_values_to_be_unique", {"column": "empty"}), "no values to check"),
        (
            ("expect_column_distinct_values_to_be_in_set", {"column": "empty", "value_set": [1]}),
            "no values to check",
        ),
        (
            (
                "expect_column_values_to_not_be_null",
                {"column": "row", "row_condition": "row > 9", "condition_parser": "pandas"},
            ),
            "no values to check",
        ),
        ({"type": "expect_column_to_exist"}, "key 'kwargs' is missing"),
        ({"kwargs": {}}, "key 'type' is missing"),
        ("nonsense", "an expectation is a mapping with 'type' and 'kwargs'"),
        ({"type": GOOD[0], "kwargs": GOOD[1], "severty": "info"}, "unknown key 'severty'. Did you mean 'severity'?"),
        ({"type": GOOD[0], "kwargs": GOOD[1], "severity": "fatal"}, "severity 'fatal' is not one of critical, "),
    ],
)
def test_one_bad_expectation(run, table, item: Any, reason: str) -> None:
    """What cannot be evaluated is unknown with its reason, and its neighbours are evaluated."""
    answers = run(table, GOOD, item, GOOD)

    assert [result.outcome for result in answers.results] == ["passed", "unknown", "passed"]
    assert answers.results[1].reason.startswith(reason)
    assert "\n" not in answers.results[1].reason
    assert (answers.success, answers.n_evaluated, answers.n_failed, answers.n_unknown) == (None, 2, 0, 1)


def test_failure_beats_unknown(run, table) -> None:
    """A suite with a failure has failed, whatever else is unknown."""
    answers = run(
        table, GOOD, ("nonsense", {}), ("expect_column_values_to_be_in_set", {"column": "row", "value_set": [1]})
    )

    assert (answers.success, answers.n_evaluated, answers.n_failed, answers.n_unknown) == (False, 2, 1, 1)


def test_all_passed(run, table) -> None:
    """Success needs every expectation to have passed."""
    answers = run(table, GOOD, GOOD)

    assert (answers.success, answers.n_evaluated, answers.n_failed, answers.n_unknown) == (True, 2, 0, 0)
    assert answers.engine.startswith("great_expectations 1.")


def test_no_rows(run, table) -> None:
    """Of no rows nothing can be said, not even that their columns are there."""
    answers = run(table.clear(), GOOD, ("expect_table_row_count_to_equal", {"value": 0}))

    assert answers.success is None
    assert [result.reason for result in answers.results] == ["0 rows: nothing to check"] * 2


def test_no_expectations(run, table) -> None:
    """An empty suite is no success."""
    answers = run(table)

    assert (answers.success, answers.n_evaluated, answers.results) == (None, 0, [])


def test_column_that_pandas_cannot_hold(monkeypatch) -> None:
    """A column that cannot be converted is the reason of its own expectations only."""
    from datassay.expectations import frames

    convert = frames._to_pandas_column
    monkeypatch.setattr(frames, "_to_pandas_column", lambda column: convert(column) if column.name == "a" else 1 / 0)
    checks = [parse_check({"type": GOOD[0], "kwargs": {"column": name}}) for name in "ab"]

    fine, odd = evaluate(Suite("s", checks), pl.LazyFrame({"a": [1], "b": [1]}), show_values=[], engine="pandas")

    assert (fine.outcome, odd.outcome) == ("passed", "unknown")
    assert odd.reason == "column 'b' of type Int64 cannot be handed to Great Expectations"


def test_wide_types() -> None:
    """Types without a counterpart in pandas are evaluated or unknown, never a crash."""
    import datetime as dt

    frame = pl.DataFrame(
        {
            "int128": pl.Series([1, None], dtype=pl.Int128),
            "binary": [b"a", None],
            "clock": [dt.time(1), None],
            "span": [dt.timedelta(days=1), None],
            "struct": [{"a": 1}, None],
            "array": pl.Series([[1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)),
            "null": pl.Series([None, None], dtype=pl.Null),
            "precise": pl.Series(["12345678901234567.89", None]).str.to_decimal(scale=2),
        }
    )
    checks = [parse_check({"type": GOOD[0], "kwargs": {"column": name}}) for name in frame.columns]

    results = evaluate(Suite("s", checks), frame.lazy(), show_values=[], engine="polars")
    by_pandas = evaluate(Suite("s", checks), frame.lazy(), show_values=[], engine="pandas")

    assert [result.n_unexpected for result in results] == [1, 1, 1, 1, 1, 1, 2, 1]
    assert [result.n_unexpected for result in by_pandas] == [None, 1, 1, 1, 1, 1, 2, 1]
    assert by_pandas[0].reason == "column 'int128' of type Int128 cannot be handed to Great Expectations"


def test_severity_and_counts(run, table) -> None:
    """Severity is the suite's, critical by default as in Great Expectations, and several columns are named together."""
    answers = run(
        table,
        {"type": GOOD[0], "kwargs": GOOD[1], "severity": "info"},
        {"type": GOOD[0], "kwargs": GOOD[1], "severity": None, "meta": {"owner": "x"}, "id": "1", "notes": "n"},
        ("expect_column_pair_values_to_be_equal", {"column_A": "row", "column_B": "full"}),
    )

    assert [result.severity for result in answers.results] == ["info", "critical", "critical"]
    assert [result.column for result in answers.results] == ["row", "row", "row, full"]


def test_suite_parameters(run, table) -> None:
    """A suite's own parameters are filled in."""
    item = ("expect_column_max_to_be_between", {"column": "row", "max_value": {"$PARAMETER": "top"}})

    assert [r.outcome for r in run(table, item, suite_parameters={"top": 4}).results] == ["passed"]
    assert [r.outcome for r in run(table, item, suite_parameters={"top": 3}).results] == ["failed"]
