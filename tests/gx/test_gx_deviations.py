"""Where the Polars engine answers otherwise than pandas: each difference is known, documented and on purpose."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from gx_support import build, run_pandas, run_polars, simplify

_TIMES = pl.Series([dt.date(2020, 1, 1), dt.date(2021, 1, 1)]).cast(pl.Datetime)
_NULLS = pl.DataFrame({"a": [1, None]})


def _ask(frame: pl.DataFrame, name: str, kwargs: dict[str, Any]) -> tuple[Any, Any]:
    expectation = build(name, kwargs)
    (by_pandas,), (by_polars,) = run_pandas(frame, [expectation], "BASIC"), run_polars(frame, [expectation], "BASIC")
    return _shorten(simplify(by_pandas)), _shorten(simplify(by_polars))


def _shorten(answer: Any) -> Any:
    if answer == "raised":
        return answer
    result = answer["result"]
    return (answer["success"], result.get("unexpected_count", result.get("observed_value")))


@pytest.mark.parametrize(
    ("key", "frame", "name", "kwargs", "by_pandas", "by_polars"),
    [
        ("integers with nulls", _NULLS, "ColumnValuesToBeOfType", {"column": "a", "type_": "int64"},
         (False, "float64"), (True, "int64")),
        ("booleans with nulls", pl.DataFrame({"a": [True, None]}), "ColumnTypeToBe", {"column": "a", "type_": "bool"},
         (False, "object"), (True, "bool")),
        ("large integers", pl.DataFrame({"a": [2**53 + 1, 2**53]}), "ColumnValuesToBeBetween",
         {"column": "a", "min_value": 2**53, "strict_min": True}, (False, 2), (False, 1)),
        ("unsigned integers", pl.DataFrame({"a": pl.Series([2, 1], dtype=pl.UInt8)}), "ColumnValuesToBeIncreasing",
         {"column": "a", "strictly": True}, (True, 0), (False, 1)),
        ("texts in a set of times", pl.DataFrame({"a": _TIMES}), "ColumnValuesToBeInSet",
         {"column": "a", "value_set": ["2020-01-01"]}, (False, 2), (False, 1)),
        ("dates as bounds", pl.DataFrame({"a": _TIMES}), "ColumnValuesToBeBetween",
         {"column": "a", "min_value": dt.date(2020, 6, 1)}, "raised", (False, 1)),
        ("texts without values", pl.DataFrame({"a": pl.Series([None], dtype=pl.String)}),
         "ColumnMeanToBeBetween", {"column": "a", "min_value": 0}, "raised", (False, None)),
        ("decimals with nulls", pl.DataFrame({"a": ["0.1", None]}).select(pl.col("a").str.to_decimal(scale=1)),
         "ColumnMeanToBeBetween", {"column": "a", "min_value": 0}, "raised", (True, 0.1)),
        ("decimals in a set", pl.DataFrame({"a": ["0.1"]}).select(pl.col("a").str.to_decimal(scale=1)),
         "ColumnValuesToBeInSet", {"column": "a", "value_set": [0.1]}, (False, 1), (True, 0)),
        ("LIKE patterns", pl.DataFrame({"a": ["ab", "b"]}), "ColumnValuesToMatchLikePattern",
         {"column": "a", "like_pattern": "a_"}, "raised", (False, 1)),
        ("SQL", _NULLS, "UnexpectedRowsExpectation", {"unexpected_rows_query": "SELECT * FROM {batch} WHERE a = 1"},
         "raised", (False, 1)),
    ],
)  # fmt: skip
def test_known_difference(  # noqa: PLR0917 - the columns of the table above
    key: str, frame: pl.DataFrame, name: str, kwargs: dict[str, Any], by_pandas: Any, by_polars: Any
) -> None:
    """Both answers are as the documentation says."""
    from datassay.gx.coverage import DEVIATIONS

    assert key in DEVIATIONS
    assert _ask(frame, name, kwargs) == (by_pandas, by_polars)
