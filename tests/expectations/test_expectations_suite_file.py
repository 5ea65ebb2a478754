"""Suite files: Great Expectations' own JSON, and one clear line for everything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datassay.errors import SpecError
from datassay.expectations.checks import read_suite


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{", "suite.json line 1: not valid JSON"),
        (b"\xff\xfe", "suite.json: not UTF-8 text."),
        (b"[]", "not a Great Expectations suite"),
        (b"{}", "not a Great Expectations suite"),
        (b'{"name": "x", "expectations": {}}', "not a Great Expectations suite"),
        (b'{"expectations": []}', "key 'name' is missing"),
        (b'{"name": "", "expectations": []}', "key 'name' is missing"),
        (b'{"expectation_suite_name": "", "expectations": []}', "key 'name' is missing"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_no_suite(tmp_path: Path, content: bytes, what: str) -> None:
    """A file that is no suite is refused in one line that names it."""
    path = tmp_path / "suite.json"
    path.write_bytes(content)

    with pytest.raises(SpecError, match=r"suite\.json") as caught:
        read_suite(path)

    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [lambda path: path / "none.json", lambda path: path])
def test_unreadable(tmp_path: Path, make) -> None:
    """A suite that cannot be opened says so and what to do."""
    with pytest.raises(SpecError, match=r"Cannot read the suite .* Set 'suite'"):
        read_suite(make(tmp_path))


def test_written_by_great_expectations(run, table, tmp_path: Path) -> None:
    """A suite as Great Expectations writes it is read whole: severity, meta, times and ids."""
    import datetime as dt

    import great_expectations as gx
    import great_expectations.expectations as gxe

    suite = gx.ExpectationSuite(
        name="written",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="row", severity="warning", meta={"owner": "me"}, notes="why"),
            gxe.ExpectColumnValuesToBeBetween(
                column="time",
                min_value=dt.datetime(2020, 6, 1, tzinfo=dt.UTC),
                max_value=dt.datetime(2021, 6, 1, tzinfo=dt.UTC),
            ),
            gxe.ExpectColumnValuesToBeInSet(column="text", value_set=["a"], mostly=0.5, result_format="COMPLETE"),
        ],
    )
    content = suite.to_json_dict()

    answers = run(table, *content["expectations"], meta=content["meta"], id=content["id"], notes=content["notes"])

    assert [result.outcome for result in answers.results] == ["passed", "failed", "passed"]
    assert [result.severity for result in answers.results] == ["warning", "critical", "critical"]
    assert json.loads(json.dumps(content))["expectations"]


@pytest.mark.parametrize(
    ("kwargs", "detail"),
    [
        ({"min_value": 0, "max_value": 120}, "between 0 and 120"),
        ({"min_value": 0.5}, "at least 0.5"),
        ({"max_value": 3, "strict_max": True, "mostly": 0.99}, "below 3, for at least 99 % of values"),
        ({"min_value": 1, "strict_min": True, "max_value": 2}, "above 1 and at most 2"),
    ],
)
def test_bounds_in_words(run, table, kwargs, detail: str) -> None:
    """Bounds are said in words."""
    (result,) = run(table, ("expect_column_values_to_be_between", {"column": "row", **kwargs})).results

    assert detail == result.detail


@pytest.mark.parametrize(
    ("type_", "kwargs", "hidden", "shown"),
    [
        ("in_set", {"value_set": ["a", "b"]}, "one of 2 values", "one of a, b"),
        ("to_not_be_in_set", {"value_set": ["a"]}, "none of 1 value", "none of a"),
        ("in_set", {"value_set": list("abcdefgh")}, "one of 8 values", "one of a, b, c, d, e, f, …"),
        ("match_regex", {"regex": "^a$"}, "pattern ^a$", "pattern ^a$"),
        ("be_of_type", {"type_": "str"}, "type str", "type str"),
        ("x", {"row_condition": "sex == 'F'"}, "on the rows that meet its condition", None),
        ("x", {"column_set": ["a", "b"]}, "columns a, b", "columns a, b"),
        ("x", {"long": "y" * 99}, "long " + "y" * 59 + "…", None),
    ],
)
def test_arguments_in_words(type_: str, kwargs, hidden: str, shown: str | None) -> None:
    """Sets of values are counted, and listed only where the column may be shown."""
    from datassay.expectations.words import describe_arguments

    assert hidden == describe_arguments(type_, {"column": "c", **kwargs}, show_values=False)
    assert (shown or hidden) == describe_arguments(type_, {"column": "c", **kwargs}, show_values=True)
