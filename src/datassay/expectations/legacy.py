"""Suites that Great Expectations 0.x wrote, as 1.x would write them."""

from __future__ import annotations

from typing import Any

#: Types that go by another name since 1.0, and mean the same.
RENAMED = {
    "expect_column_pair_values_A_to_be_greater_than_B": "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_multicolumn_values_to_be_unique": "expect_select_column_values_to_be_unique_within_record",
}
#: Types that 1.0 took away, with what to write instead.
REMOVED = {
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than": "expect_column_quantile_values_to_be_between",
    "expect_column_chisquare_test_p_value_to_be_greater_than": "expect_column_kl_divergence_to_be_less_than",
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than": (
        "expect_column_quantile_values_to_be_between"
    ),
    "expect_column_pair_cramers_phi_value_to_be_less_than": None,
    "expect_file_hash_to_equal": None,
    "expect_file_line_regex_match_count_to_be_between": None,
    "expect_file_line_regex_match_count_to_equal": None,
    "expect_file_size_to_be_between": None,
    "expect_file_to_be_valid_json": None,
    "expect_file_to_exist": None,
}
#: Arguments that never changed an outcome: how bounds were once found, and how they were shown.
_HARMLESS = ("auto", "profiler_config", "output_strftime_format", "include_config")
#: Arguments that changed an outcome where they were set, and that 1.x has not.
_MEANT = {
    "parse_strings_as_datetimes": "store the column as dates, or use expect_column_values_to_match_strftime_format",
    "allow_cross_type_comparisons": "give the column one type",
}
_IDS = ("ge_cloud_id", "id")


def is_legacy(content: dict[str, Any]) -> bool:
    """Tell whether a suite, or any expectation in it, was written by Great Expectations before 1.0."""
    items = content.get("expectations")
    listed = items if isinstance(items, list) else []
    return "expectation_suite_name" in content or any(
        isinstance(item, dict) and "expectation_type" in item for item in listed
    )


def modernize(content: dict[str, Any]) -> dict[str, Any]:
    """Return a suite of 0.x with the keys of 1.x; expectations keep what `modernize_item` cannot carry over."""
    suite = {
        "name": content.get("expectation_suite_name", content.get("name")),
        "expectations": [modernize_item(item)[0] for item in content.get("expectations", [])],
        "meta": content.get("meta") or {},
    }
    parameters = content.get("evaluation_parameters", content.get("suite_parameters"))
    if isinstance(parameters, dict) and parameters:
        suite["suite_parameters"] = parameters
    return suite


def modernize_item(item: Any) -> tuple[Any, str | None]:
    """Return one expectation with the keys of 1.x, and in a few words what of it cannot be carried over, if anything.

    Great Expectations' own names decide: whatever is not known here is left as it is, for the engine to refuse.
    """
    if not isinstance(item, dict):
        return item, None
    item = dict(item)
    if "expectation_type" in item:
        item.setdefault("type", item.pop("expectation_type"))
    type_ = item.get("type")
    if isinstance(type_, str):
        item["type"] = RENAMED.get(type_, type_)
    for key in _IDS:
        if not item.get(key):
            item.pop(key, None)
    if "ge_cloud_id" in item:
        item["id"] = item.pop("ge_cloud_id")
    _lift_notes(item)
    problem = None
    if isinstance(type_, str) and type_ in REMOVED:
        instead = REMOVED[type_]
        problem = "Great Expectations 1.0 took this expectation away" + (f"; use {instead}" if instead else "")
    kwargs = item.get("kwargs")
    if isinstance(kwargs, dict):
        item["kwargs"], lost = _modernize_kwargs(kwargs)
        problem = problem or lost
    return item, problem


def _modernize_kwargs(kwargs: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    problem = None
    kept = {}
    for key, value in kwargs.items():
        if key in _HARMLESS:
            continue
        if key in _MEANT:
            if value:
                problem = f"Great Expectations 1.0 has no {key}: {_MEANT[key]}"
            continue
        kept[key] = value
    return kept, problem


def _lift_notes(item: dict[str, Any]) -> None:
    """0.x kept the notes in `meta`, with the format beside them; 1.x has a key for them."""
    meta = item.get("meta")
    if not isinstance(meta, dict) or "notes" not in meta or "notes" in item:
        return
    notes = meta["notes"]
    content = notes.get("content") if isinstance(notes, dict) else notes
    if isinstance(content, str) or (isinstance(content, list) and all(isinstance(line, str) for line in content)):
        item["notes"] = content
        item["meta"] = {key: value for key, value in meta.items() if key != "notes"}
