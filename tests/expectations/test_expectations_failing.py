"""Rows that fail: found by Polars by their positions, and only where the audit has counted as many."""

from __future__ import annotations

import json

import polars as pl
import pytest

from datassay.datasets.snapshot import snapshot_frame
from datassay.expectations.failing import find_failing_rows
from datassay.expectations.suite import run_suite

FRAME = pl.DataFrame(
    {
        "age": [30.0, None, -5.0, 200.0, 41.0, float("nan")],
        "city": ["Rome", "Oslo", "Rme", None, "Oslo", "??"],
        "day": ["2024-01-01", "2024-02-30x", "2024-03-01", "x", "2024-05-05", "2024-06-01"],
        "twin": [1, 1, 2, 3, 4, 5],
    }
)


def find(folder, *items, parameters=None):
    """Return the failing rows of all checks, and the results."""
    suite = folder / "suite.json"
    listed = [{"type": f"expect_column_{name}", "kwargs": kwargs} for name, kwargs in items]
    suite.write_text(json.dumps({"name": "x", "expectations": listed, "suite_parameters": parameters or {}}))
    snapshot = snapshot_frame(FRAME, name="x", cache_dir=folder)
    results = run_suite(snapshot, suite, show_values=[]).results
    found = find_failing_rows(snapshot, suite, results, range(len(results)))
    return {place: rows.tolist() for place, rows in found.items()}, (snapshot, suite, results)


@pytest.mark.parametrize(
    ("name", "kwargs", "rows"),
    [
        ("values_to_be_between", {"column": "age", "min_value": 0, "max_value": 120}, [2, 3]),
        ("values_to_be_in_set", {"column": "city", "value_set": ["Rome", "Oslo"]}, [2, 5]),
        ("values_to_match_regex", {"column": "day", "regex": r"^\d{4}-\d\d-\d\d$"}, [1, 3]),
        ("value_lengths_to_equal", {"column": "city", "value": 4}, [2, 5]),
        ("values_to_be_unique", {"column": "twin"}, [0, 1]),
        ("values_to_be_between", {"column": "age", "min_value": 0, "row_condition": "twin > 1",
                                  "condition_parser": "pandas"}, [2]),
    ],
)  # fmt: skip
def test_rows_of_a_column_map_check_are_found(tmp_path, name, kwargs, rows):
    """The positions are those in the table, also under a condition; missing values are not among them."""
    found, _ = find(tmp_path, (name, kwargs))

    assert found == {0: rows}


def test_rows_are_found_with_the_suites_parameters(tmp_path):
    """A bound that is a parameter of the suite is that of the check."""
    bound = {"$PARAMETER": "least"}
    found, _ = find(
        tmp_path, ("values_to_be_between", {"column": "age", "min_value": bound}), parameters={"least": 100}
    )

    assert found == {0: [0, 2, 4]}


def test_checks_without_rows_are_left_out(tmp_path):
    """An aggregate, a pair of columns and a passed type have no failing cells of one column."""
    found, _ = find(
        tmp_path,
        ("mean_to_be_between", {"column": "age", "min_value": 10_000}),
        ("pair_values_to_be_equal", {"column_A": "age", "column_B": "twin"}),
        ("values_to_be_of_type", {"column": "twin", "type_": "str"}),
    )

    assert found == {}


def test_another_count_than_the_audits_is_another_table(tmp_path):
    """Where the audit has counted other failures, in a database say, the rows are not taken for theirs."""
    _, (snapshot, suite, results) = find(tmp_path, ("values_to_be_between", {"column": "age", "min_value": 0}))
    counted = [results[0].model_copy(update={"n_unexpected": 2})]

    assert find_failing_rows(snapshot, suite, results, [0])[0].tolist() == [2]
    assert find_failing_rows(snapshot, suite, counted, [0]) == {}
