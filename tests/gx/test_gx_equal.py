"""Every core expectation gives on Polars what it gives on pandas, in every result format."""

from __future__ import annotations

from typing import Any

import pytest
from great_expectations.expectations import core
from gx_cases import CASES, TABLE
from gx_support import FORMATS, build, run_pandas, run_polars, simplify

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
