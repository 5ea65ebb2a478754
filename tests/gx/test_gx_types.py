"""Every expectation of one column on every type of column: on Polars as on pandas, but for known differences."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
from gx_cases import CASES, TABLE
from gx_support import build, run_pandas, run_polars, simplify

from datassay.gx.coverage import DEVIATIONS

_MORE = {
    "big": pl.Series([2**60, 2**60 + 1, -(2**61), 2**53 + 1, 2**53, 7]),
    "all_nan": pl.Series([float("nan")] * 6),
    "blank": pl.Series(["", "", "", "a", "", ""]),
    "span": pl.Series([dt.timedelta(days=i) for i in range(6)]),
    "byte": pl.Series([1, 2, 3, None, 5, 6], dtype=pl.UInt8),
    "single": pl.Series([1.5, None, 2.5, 3.0, 4.0, 5.0], dtype=pl.Float32),
    "record": pl.Series([{"a": i} for i in range(6)]),
}
ALL_TYPES = TABLE.with_columns(**_MORE)
_BOUNDED = ("ColumnValuesToBeBetween", "ColumnMaxToBeBetween", "ColumnMinToBeBetween")
_NULLABLE = {"whole": "integers with nulls", "byte": "integers with nulls", "flag": "booleans with nulls"}
_TYPED = ("ColumnValuesToBeOfType", "ColumnValuesToBeInTypeList", "ColumnTypeToBe")

#: Where pandas says otherwise, and which difference of the documentation that is.
KNOWN = {
    **{("ColumnValuesToNotBeNull", name): "nulls as unexpected values" for name in ("real", "nothing", "all_nan")},
    **{(kind, name): key for kind in _TYPED for name, key in _NULLABLE.items()},
    **{(kind, "day"): "dates as bounds" for kind in _BOUNDED},
    **{(kind, "big"): "large integers" for kind in _BOUNDED if "Min" not in kind},
    **{
        (f"Column{kind}", "day"): "dates in a set of times"
        for kind in ("ValuesToBeInSet", "ValuesToNotBeInSet", "DistinctValuesToBeInSet",
                     "DistinctValuesToContainSet", "DistinctValuesToEqualSet")
    },
    ("ColumnValuesToBeBetween", "exact"): "decimals in a set",
    ("ColumnMeanToBeBetween", "single"): "32-bit floats",
    ("ColumnStdevToBeBetween", "single"): "32-bit floats",
    ("ColumnMostCommonValueToBeInSet", "zoned"): "times as most common value",
}  # fmt: skip


def _list_cases() -> list[tuple[str, dict[str, Any]]]:
    """Each expectation on each column, with bounds and members of sets that are values of the column."""
    first: dict[str, dict[str, Any]] = {}
    for name, kwargs in CASES:
        if "column" in kwargs and "row_condition" not in kwargs:
            first.setdefault(name, kwargs)
    return [(name, _fit(name, kwargs, column)) for name, kwargs in first.items() for column in ALL_TYPES.columns]


def _fit(name: str, kwargs: dict[str, Any], column: str) -> dict[str, Any]:
    fitted = {**kwargs, "column": column}
    series = ALL_TYPES[column]
    values = [] if series.dtype.is_nested() else series.drop_nulls().to_list()
    values = [value for value in values if not (isinstance(value, float) and math.isnan(value))]
    if values and "value_set" in fitted:
        fitted["value_set"] = values[:2]
    if values and name in _BOUNDED:
        ordered = sorted(values)
        fitted |= {"min_value": ordered[0], "max_value": ordered[-2]}
    return fitted


def test_every_expectation_on_every_type_of_column() -> None:
    """Nulls, NaN, blanks, Unicode, big and small numbers, decimals, dates, zones, categories, booleans, lists."""
    cases, expectations = [], []
    for name, kwargs in _list_cases():
        try:
            expectations.append(build(name, kwargs))
        except ValueError:  # no bound or member of this type is allowed, by any engine
            continue
        cases.append((name, kwargs["column"]))

    expected = [simplify(answer) for answer in run_pandas(ALL_TYPES, expectations, "COMPLETE")]
    found = [simplify(answer) for answer in run_polars(ALL_TYPES, expectations, "COMPLETE")]

    differing = {case for case, left, right in zip(cases, expected, found, strict=True) if left != right}
    assert len(cases) > 600
    assert differing == set(KNOWN)
    assert set(KNOWN.values()) <= set(DEVIATIONS)
