"""Cell values stay in the engine, and the engine leaves no traces."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import polars as pl
import pytest

CANARY = "CANARY-7f3a"


@pytest.fixture
def secrets() -> pl.DataFrame:
    """A table that is full of one secret."""
    return pl.DataFrame({"name": [f"{CANARY}-{i % 3}" for i in range(6)] + ["x"], "row": range(7)})


ITEMS = [
    ("expect_column_values_to_be_in_set", {"column": "name", "value_set": [f"{CANARY}-set"]}),
    ("expect_column_values_to_match_regex", {"column": "name", "regex": "^z"}),
    ("expect_column_values_to_be_unique", {"column": "name"}),
    ("expect_column_values_to_be_null", {"column": "name"}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "name", "value_set": ["z"]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "name", "value_set": ["z"]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "name", "value_set": ["z"]}),
    ("expect_column_values_to_be_dateutil_parseable", {"column": "name"}),
    ("expect_column_values_to_match_strftime_format", {"column": "name", "strftime_format": "%Y"}),
    ("expect_column_values_to_be_json_parseable", {"column": "name"}),
    ("expect_column_values_to_match_json_schema", {"column": "name", "json_schema": {"type": "string"}}),
    ("expect_column_values_to_be_between", {"column": "name", "min_value": 1}),
    ("expect_column_mean_to_be_between", {"column": "name", "min_value": 1}),
    ("expect_column_max_to_be_between", {"column": "name", "min_value": 1}),
    ("expect_column_values_to_be_increasing", {"column": "name"}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "name", "column_B": "row"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["name", "name"]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["name", "row"], "sum_total": 1}),
    (
        "expect_column_values_to_not_be_null",
        {"column": "row", "row_condition": f"name == '{CANARY}-0' and 1/0", "condition_parser": "pandas"},
    ),
]


def test_no_cell_leaves(run, secrets, capfd, caplog) -> None:
    """No value appears in a result, an error, a log or on a stream unless its column is allowed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = run(secrets, *ITEMS)

    assert CANARY not in answers.model_dump_json()
    assert CANARY not in caplog.text
    assert capfd.readouterr() == ("", "")
    assert caught == []
    assert {"failed", "unknown"} <= {result.outcome for result in answers.results}


def test_allowed_column(run, secrets) -> None:
    """An allowed column shows a few different unexpected values, and no other column does."""
    answers = run(secrets, ITEMS[0], ITEMS[2], ITEMS[15], show=("name",))

    assert answers.results[0].samples == [f"{CANARY}-{i}" for i in range(3)]
    assert len(answers.results[1].samples) == 3
    assert answers.results[0].detail == f"one of {CANARY}-set"
    assert answers.results[2].samples == []


def test_values_as_readers_know_them(run, table) -> None:
    """Integers with nulls, dates and nulls are shown as they stand in the table."""
    answers = run(
        table,
        ("expect_column_values_to_be_in_set", {"column": "whole", "value_set": [7]}),
        ("expect_column_values_to_be_in_set", {"column": "day", "value_set": ["1999-01-01"]}),
        ("expect_column_values_to_not_be_null", {"column": "text"}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "row", "column_B": "text"}),
        show=("whole", "day", "text", "row"),
    )

    assert answers.results[0].samples == ["1", "2"]
    assert answers.results[1].samples == ["2020-01-01", "2021-01-01", "2022-01-01"]
    assert answers.results[2].samples == ["null"]
    assert answers.results[3].samples == ["(1, a)", "(2, b)", "(3, null)", "(4, a)"]


def test_process_is_as_before(run, table) -> None:
    """The run leaves no current context, no log level, no warning hook and no filter behind."""
    import great_expectations as gx
    from great_expectations.data_context.data_context.context_factory import project_manager

    mine = gx.get_context(mode="ephemeral")
    logger = logging.getLogger("great_expectations")
    before = (logger.propagate, logger.handlers[:], warnings.showwarning, list(warnings.filters))

    run(table, ("expect_column_values_to_not_be_null", {"column": "row"}))

    assert project_manager.get_current_project() is mine
    assert (logger.propagate, logger.handlers[:], warnings.showwarning, list(warnings.filters)) == before


SCRIPT = """
import logging, os, sys, warnings
import datassay.expectations.suite, datassay.expectations.suggest
heavy = {"great_expectations", "pandas"} & set(sys.modules)
assert not heavy, heavy
import polars as pl
from datassay.expectations.suggest import draft_suite
draft_suite(pl.LazyFrame({"a": [1, 2, 3, 4]}), name="t", label=None, id_column=None)
assert "great_expectations" in sys.modules
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
assert warnings.showwarning.__module__ == "warnings", warnings.showwarning
"""


def test_first_import_is_quiet(tmp_path: Path) -> None:
    """The engine is loaded on first use only, and then writes no file and no line."""
    home = tmp_path / "home"
    work = tmp_path / "work"
    temp = tmp_path / "temp"
    for folder in (home, work, temp):
        folder.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GX_", "XDG_", "PYTEST"))} | {
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=work, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [*home.rglob("*"), *work.rglob("*"), *temp.rglob("*")] == []
