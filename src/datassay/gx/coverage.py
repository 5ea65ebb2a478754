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
