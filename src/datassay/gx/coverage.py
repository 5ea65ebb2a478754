"""What the engine covers, expectation by expectation: `python -m datassay.gx.coverage` prints the table of the docs."""

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
    "texts without values": "They have no mean or quantile, so the expectation fails; pandas raises.",
    "nulls as unexpected values": "They are None and counted together; pandas has NaN, NaT and None.",
    "case of names": "Of two columns whose names differ in case only, the one that is meant is taken, not the first.",
    "LIKE patterns": "Great Expectations has them for SQL only; here they run as regular expressions.",
    "SQL": "Great Expectations runs queries on SQL and Spark only; here they run in Polars' SQLContext.",
    "word boundaries": "At combining marks, which belong to a word for Polars' engine and end it for Python's.",
    "the last bits": "Sums, means and deviations of floats agree to about 1e-12: the order of the terms differs.",
}

#: Which differences concern which expectations, by a part of their name.
_CONCERNS = {
    "of_type": ("integers with nulls", "booleans with nulls"),
    "in_type_list": ("integers with nulls", "booleans with nulls"),
    "type_to_be": ("integers with nulls", "booleans with nulls"),
    "column_values_to_be_between": ("large integers", "dates as bounds", "decimals in a set"),
    "column_min": ("dates as bounds", "large integers"),
    "column_max": ("dates as bounds", "large integers"),
    "distinct_values": ("dates in a set of times",),
    "creasing": ("unsigned integers",),
    "column_mean": ("texts without values", "decimals with nulls", "32-bit floats", "the last bits"),
    "sum_to_be_between": ("decimals with nulls", "32-bit floats", "the last bits"),
    "stdev": ("texts without values", "decimals with nulls", "32-bit floats", "the last bits"),
    "column_median": ("texts without values", "decimals with nulls", "32-bit floats"),
    "quantile": ("texts without values", "infinities"),
    "column_values_to_be_in_set": ("texts in a set of times", "dates in a set of times", "decimals in a set"),
    "not_be_in_set": ("dates in a set of times", "decimals in a set"),
    "most_common": ("times as most common value",),
    "not_be_null": ("nulls as unexpected values",),
    "pair_values": ("nulls as unexpected values",),
    "match_regex": ("word boundaries",),
    "like_pattern": ("LIKE patterns",),
    "unexpected_rows": ("SQL",),
    "query_results": ("SQL",),
}
_NAMES_ONLY = ("table_column", "column_to_exist", "type_to_be", "of_type", "in_type_list")


def list_coverage() -> list[tuple[str, str, str]]:
    """Return, for each core expectation: its name, what evaluates it, and the known differences."""
    from great_expectations.expectations import core
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    from datassay.gx.planner import MAPS
    from datassay.gx.records import RECORDS
    from datassay.gx.register import register_metrics

    register_metrics()
    rows = []
    for name in sorted(list_registered_expectation_implementations()):
        if get_expectation_impl(name).__module__.startswith(core.__name__):
            kind = get_expectation_impl(name)
            base = getattr(kind, "map_metric", None)
            native = base is None or base in MAPS or base in RECORDS
            rows.append((name, _describe(name, native=native), _differences(name)))
    return rows


def _describe(name: str, *, native: bool) -> str:
    if any(part in name for part in _NAMES_ONLY):
        return "from the schema"
    if name in WITHOUT_PANDAS:
        return "Polars (pandas raises)"
    return "Polars" if native else "pandas, on a conversion of the column"


def _differences(name: str) -> str:
    return "; ".join(dict.fromkeys(key for part, keys in _CONCERNS.items() if part in name for key in keys)) or "none"


def main() -> None:
    """Print the tables of docs/gx-polars.md."""
    print("| expectation | evaluated by | differs from pandas in |\n|---|---|---|")  # noqa: T201
    for row in list_coverage():
        print(f"| `{row[0]}` | {row[1]} | {row[2]} |")  # noqa: T201
    print("\n| difference | what and why |\n|---|---|")  # noqa: T201
    for key, reason in DEVIATIONS.items():
        print(f"| {key} | {reason} |")  # noqa: T201


if __name__ == "__main__":
    main()
