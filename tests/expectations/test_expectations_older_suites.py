"""Suites that people have: of Great Expectations 0.x, and inside a project folder of it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from datassay.api import audit
from datassay.errors import SpecError
from datassay.expectations.checks import parse_suite, read_suite
from datassay.expectations.legacy import is_legacy, modernize
from datassay.expectations.projects import choose_suite, list_suites
from datassay.expectations.suite import evaluate

OLD = {
    "data_asset_type": None,
    "expectation_suite_name": "people.warning",
    "ge_cloud_id": None,
    "evaluation_parameters": {"oldest": 120},
    "expectations": [
        {
            "expectation_type": "expect_column_values_to_be_between",
            "ge_cloud_id": None,
            "kwargs": {
                "column": "age", "min_value": 0, "max_value": {"$PARAMETER": "oldest"}, "auto": True,
                "profiler_config": {"name": "x"},
            },
            "meta": {"notes": {"format": "markdown", "content": "Nobody is older."}, "owner": "me"},
        },
        {
            "expectation_type": "expect_multicolumn_values_to_be_unique",
            "kwargs": {"column_list": ["age", "size"], "ignore_row_if": "never"},
            "meta": {},
        },
        {
            "expectation_type": "expect_column_pair_values_A_to_be_greater_than_B",
            "kwargs": {"column_A": "size", "column_B": "age"},
            "meta": {},
        },
        {
            "expectation_type": "expect_column_values_to_not_be_null",
            "kwargs": {
                "column": "age", "row_condition": 'col("size") > 150',
                "condition_parser": "great_expectations__experimental__",
            },
            "meta": {},
        },
    ],
    "meta": {"great_expectations_version": "0.18.22"},
}  # fmt: skip
PEOPLE = pl.LazyFrame({"age": [31, 70, 7], "size": [180, 170, 120]})


def test_suite_of_018_is_evaluated() -> None:
    """A suite as 0.18 wrote it gives results: keys, renamed types, parameters, conditions and profiler's leftovers."""
    suite = parse_suite(json.loads(json.dumps(OLD)), "old")

    results = evaluate(suite, PEOPLE, show_values=[], engine="pandas")

    assert [result.reason for result in results] == [None] * 4
    assert [result.outcome for result in results] == ["passed"] * 4
    assert suite.name == "people.warning"


def test_notes_move_to_their_key() -> None:
    """Notes that 0.x kept in meta are where 1.x looks for them, and the rest of meta stays."""
    first = modernize(OLD)["expectations"][0]

    assert first["notes"] == "Nobody is older."
    assert first["meta"] == {"owner": "me"}


@pytest.mark.parametrize(
    ("type_", "kwargs", "reason"),
    [
        ("expect_column_chisquare_test_p_value_to_be_greater_than", {"column": "age"}, "kl_divergence"),
        ("expect_column_pair_cramers_phi_value_to_be_less_than", {"column_A": "age"}, "took this expectation away"),
        (
            "expect_column_values_to_be_between",
            {"column": "age", "min_value": "1/2/2020", "parse_strings_as_datetimes": True},
            "has no parse_strings_as_datetimes: store the column as dates",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "age", "min_value": 1, "allow_cross_type_comparisons": True},
            "has no allow_cross_type_comparisons",
        ),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": 1, "tie": 1}, "bad arguments: tie"),
    ],
)
def test_what_10_took_away_is_unknown(type_: str, kwargs, reason: str) -> None:
    """What 1.x cannot evaluate is unknown with the reason, and never passes without its argument."""
    old = {**OLD, "expectations": [{"expectation_type": type_, "kwargs": kwargs}]}

    (result,) = evaluate(parse_suite(old, "old"), PEOPLE, show_values=[], engine="pandas")

    assert result.outcome == "unknown"
    assert reason in (result.reason or "")


def test_suite_of_1x_is_not_touched() -> None:
    """A suite of 1.x is none of 0.x, whatever it holds."""
    new = {"name": "x", "expectations": [{"type": "t", "kwargs": {"auto": True}}]}

    assert not is_legacy(new)
    assert parse_suite(new, "new").checks[0].kwargs == {"auto": True}


@pytest.fixture
def gx(tmp_path: Path) -> Path:
    """A project as Great Expectations 1.x makes it, with two suites."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    for name in ("people", "houses"):
        suite = context.suites.add(gx.ExpectationSuite(name=name))
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column="age"))
    return tmp_path


def test_project_of_great_expectations(gx: Path) -> None:
    """In a real project the suite with the dataset's name is taken, from the project's folder or its gx folder."""
    for folder in (gx, gx / "gx"):
        assert {"people", "houses"} == set(list_suites(folder))
        assert read_suite(choose_suite(folder, "people")).name == "people"

    with pytest.raises(SpecError, match=r"2 suites, and none is named 'peple'.*Did you mean 'people'"):
        choose_suite(gx, "peple")


def test_audit_of_a_project_suite(gx: Path) -> None:
    """An audit takes a project's folder for its suite."""
    PEOPLE.collect().write_parquet(gx / "people.parquet")

    result = audit(gx / "people.parquet", suite=str(gx / "gx"))

    assert result.expectations["outcome"].to_list() == ["passed"]


def test_project_of_0x_with_nested_folders(tmp_path: Path) -> None:
    """0.x made folders of the dots in a suite's name; a lone suite is taken whatever its name."""
    (tmp_path / "great_expectations.yml").write_text(
        "expectations_store_name: s\nstores: {s: {store_backend: {base_directory: rules/}}}\n", encoding="utf-8"
    )
    (tmp_path / "rules" / "people").mkdir(parents=True)
    (tmp_path / "rules" / ".ge_store_backend_id").write_text("x", encoding="utf-8")
    (tmp_path / "rules" / "people" / "warning.json").write_text(json.dumps(OLD), encoding="utf-8")

    assert list(list_suites(tmp_path)) == ["people.warning"]
    assert read_suite(choose_suite(tmp_path, "anything")).name == "people.warning"


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (None, "holds no great_expectations.yml"),
        ("{", "cannot be read as YAML"),
        ("[]", "a mapping is expected"),
        ("expectations_store_name: s\nstores: {s: {store_backend: {class_name: S3}}}", "not kept in a folder"),
        ("stores: {}", "no suite in this Great Expectations project"),
        ("!!python/object/apply:os.system ['true']", "cannot be read as YAML"),
    ],
)
def test_no_project(tmp_path: Path, config: str | None, what: str) -> None:
    """A folder that is no project, or whose suites are elsewhere, is refused in one line that names it."""
    if config is not None:
        (tmp_path / "great_expectations.yml").write_text(config, encoding="utf-8")

    with pytest.raises(SpecError, match=what) as caught:
        choose_suite(tmp_path, "people")

    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
