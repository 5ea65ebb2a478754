"""What the engine covers, expectation by expectation."""

from __future__ import annotations

#: Expectations that Great Expectations' pandas engine cannot evaluate at all.
WITHOUT_PANDAS = (
    "expect_column_values_to_match_like_pattern",
    "expect_column_values_to_match_like_pattern_list",
    "expect_column_values_to_not_match_like_pattern",
    "expect_column_values_to_not_match_like_pattern_list",
    "unexpected_rows_expectation",
    "expect_query_results_to_match_comparison",
)
#: Expectations that Great Expectations names and evaluates on no engine: there is no metric behind them.
WITHOUT_METRIC = (
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than",
    "expect_column_chisquare_test_p_value_to_be_greater_than",
    "expect_column_pair_cramers_phi_value_to_be_less_than",
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
    "expect_multicolumn_values_to_be_unique",
)
#: Where the engine answers otherwise than Great Expectations on pandas, and why.
DEVIATIONS = {
    "integers with nulls": "pandas turns them into float64; Polars has nulls in integers, so the type is int64.",
    "booleans with nulls": "pandas turns them into objects; here the type stays bool.",
    "large integers": "Against a float bound pandas merges neighbours above 2**53; Polars is exact.",
    "unsigned integers": "pandas wraps the difference of unsigned integers around zero, so that falling values rise.",
    "32-bit floats": "Sums, means and deviations of Float32 are computed in 64 bits here.",
    "infinities": "pandas interpolates a quantile next to an infinity to NaN, Polars to the infinity.",
    "texts in a set of times": "They are parsed, as Great Expectations itself does for sets that must not occur.",
    "dates in a set of times": "A date is its midnight; for pandas it equals no time.",
    "dates as bounds": "A date is its midnight; pandas refuses to compare it with a time.",
    "times as most common value": "They keep their zone, and equal the times of a set; pandas hands out numpy's.",
    "decimals with nulls": "pandas raises on the first null; here they are left out.",
    "decimals in a set": "They compare with floats as floats, so that 0.1 is 0.1; as a bound too.",
    "nulls as unexpected values": "They are None and counted together; pandas has NaN, NaT and None.",
    "case of names": "Of two columns whose names differ in case only, the one that is meant is taken, not the first.",
    "LIKE patterns": "Great Expectations has them for SQL only; here they run as regular expressions.",
    "SQL": "Great Expectations runs queries on SQL and Spark only; here they run in Polars' SQLContext.",
    "word boundaries": "At combining marks, which belong to a word for Polars' engine and end it for Python's.",
    "the last bits": "Sums, means and deviations of floats agree to about 1e-12: the order of the terms differs.",
}
