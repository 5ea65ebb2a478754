"""Generated tables and arguments: what Polars says is what pandas says."""

from __future__ import annotations

from typing import Any

import polars as pl
from gx_support import build, run_pandas, run_polars, simplify
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

_NUMBERS = st.one_of(st.none(), st.integers(-5, 5))
_FLOATS = st.one_of(st.none(), st.floats(-5, 5, width=32), st.just(float("nan")))
_TEXTS = st.one_of(st.none(), st.text("ab1 é\n", max_size=3))
_BOUNDS = st.one_of(st.none(), st.integers(-4, 4))
_PATTERNS = st.sampled_from(["^a", "b$", r"\d", r"\w+\s", "[^a]", "(?i)É", r"^.$", "a|b", r"(a)\1", r"\S", "^$"])


@st.composite
def _tables(draw: Any) -> pl.DataFrame:
    rows = draw(st.integers(1, 6))

    def column(values: Any, dtype: Any) -> pl.Series:
        return pl.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype, strict=False)

    return pl.DataFrame(
        {"n": column(_NUMBERS, pl.Int64), "m": column(st.integers(-5, 5), pl.Int64),
         "f": column(_FLOATS, pl.Float64), "t": column(_TEXTS, pl.String)}
    )  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(
    table=pl.DataFrame(
        {"n": [None, 2], "m": [0, 0], "f": [None, None], "t": [None, None]},
        schema={"n": pl.Int64, "m": pl.Int64, "f": pl.Float64, "t": pl.String},
    ),
    low=None,
    high=None,
    strict=False,
    pattern="^a",
    members=[None, -1, None, -2, 0],
)
@given(table=_tables(), low=_BOUNDS, high=_BOUNDS, strict=st.booleans(), pattern=_PATTERNS, members=st.lists(_NUMBERS))
def test_generated_tables(  # noqa: PLR0917 - hypothesis' arguments
    table: pl.DataFrame,
    low: int | None,
    high: int | None,
    strict: bool,  # noqa: FBT001
    pattern: str,
    members: list[int | None],
) -> None:
    """Counts, values, rows and exceptions agree on tables with nulls, NaN, empty texts and line breaks."""
    bounds = {"min_value": low, "max_value": high, "strict_min": strict}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("ColumnValuesToBeInSet", {"column": "f", "value_set": members}),
        ("ColumnValuesToMatchRegex", {"column": "t", "regex": pattern}),
        ("ColumnValuesToBeIncreasing", {"column": "f", "strictly": strict}),
        ("ColumnValuesToBeUnique", {"column": "t"}),
        ("CompoundColumnsToBeUnique", {"column_list": ["n", "t"]}),
        ("ColumnPairValuesAToBeGreaterThanB", {"column_A": "n", "column_B": "m", "or_equal": strict}),
        ("ColumnMedianToBeBetween", {"column": "n", "min_value": low}),
        ("ColumnMostCommonValueToBeInSet", {"column": "t", "value_set": ["a"]}),
        ("ColumnValuesToBeNull", {"column": "n"}),
        ("ColumnValuesToNotBeNull", {"column": "f", "mostly": 0.5}),
        ("ColumnValuesToNotBeInSet", {"column": "n", "value_set": members}),
        ("ColumnValuesToNotMatchRegex", {"column": "t", "regex": pattern}),
        ("ColumnValueLengthsToEqual", {"column": "t", "value": 2}),
        ("ColumnValueLengthsToBeBetween", {"column": "t", "min_value": 1, "strict_min": strict}),
        ("ColumnValuesToBeDecreasing", {"column": "n", "strictly": strict}),
        ("ColumnPairValuesToBeEqual", {"column_A": "n", "column_B": "m"}),
        ("SelectColumnValuesToBeUniqueWithinRecord", {"column_list": ["n", "m"]}),
        ("MulticolumnSumToEqual", {"column_list": ["n", "m"], "sum_total": 3}),
        ("ColumnUniqueValueCountToBeBetween", {"column": "n", "min_value": 2}),
        ("ColumnProportionOfUniqueValuesToBeBetween", {"column": "t", "max_value": 0.5}),
        ("ColumnDistinctValuesToContainSet", {"column": "n", "value_set": members}),
        ("ColumnDistinctValuesToEqualSet", {"column": "m", "value_set": members}),
        ("TableRowCountToBeBetween", {"min_value": 3}),
        ("TableColumnCountToEqual", {"value": 4}),
    ]
    if low is not None or high is not None:
        cases += [
            (name, {"column": "n", **bounds})
            for name in ("ColumnMinToBeBetween", "ColumnMaxToBeBetween", "ColumnSumToBeBetween")
        ]
        cases.append(("ColumnValuesToBeBetween", {"column": "n", **bounds}))
        cases.append(("ColumnValuesToBeBetween", {"column": "f", **bounds}))
    expectations = [build(*case) for case in cases]

    expected = [_drop_counts(simplify(answer)) for answer in run_pandas(table, expectations, "COMPLETE")]
    found = [_drop_counts(simplify(answer)) for answer in run_polars(table, expectations, "COMPLETE")]

    assert found == expected


def _drop_counts(answer: Any) -> Any:
    # Missing values count together here, and each for itself on pandas.
    if answer != "raised":
        answer["result"].pop("partial_unexpected_counts", None)
        # What is missing of a set, and what is too much, comes in the order of a Python set, which means nothing.
        if "partial_missing_list" in answer["result"]:
            for key in ("partial_missing_list", "partial_unexpected_list"):
                answer["result"][key] = sorted(answer["result"].get(key) or [], key=repr)
    return answer
