"""Rules of other tools as expectations: what is carried over, and that nothing is dropped in silence."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from datassay.errors import UsageError
from datassay.expectations.checks import parse_suite
from datassay.expectations.importers import Imported, import_rules
from datassay.expectations.suite import evaluate

RULES = Path(__file__).parent / "rules"


def read(name: str, tmp_path: Path, **options: Any) -> Imported:
    """Import a file of this folder; Python lies there as text, so that nothing takes it for a module."""
    path = RULES / name
    if name.endswith(".py.txt"):
        path = tmp_path / name.removesuffix(".txt")
        path.write_text((RULES / name).read_text(encoding="utf-8"), encoding="utf-8")
    return import_rules(path, **{"dataset": "orders", "columns": ["id"], **options})


def write(tmp_path: Path, content: Any, name: str = "rules.yml", **options: Any) -> Imported:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return import_rules(path, **{"dataset": "orders", **options})


def short(found: Imported) -> set[str]:
    """Return the expectations as text, with what tells them apart."""
    lines = set()
    for item in found.items:
        kwargs = {k: v for k, v in item["kwargs"].items() if k != "type_list"}
        lines.add(f"{item['type'].removeprefix('expect_')} {json.dumps(kwargs, sort_keys=True)} {item['severity']}")
    return lines


def lost(found: Imported) -> set[tuple[str, str]]:
    return {(part.where, part.rule) for part in found.left_out}


def test_dbt(tmp_path) -> None:
    """Generic, dbt_utils and dbt_expectations tests are carried over; SQL, other tables and filters are listed."""
    found = read("dbt_schema.yml", tmp_path)

    assert short(found) == {
        'compound_columns_to_be_unique {"column_list": ["id", "day"]} critical',
        'column_values_to_be_unique {"column": "id"} critical',
        'column_values_to_not_be_null {"column": "id"} critical',
        'column_values_to_be_in_set {"column": "status", "value_set": ["placed", "shipped"]} warning',
        'column_values_to_be_between {"column": "status", "max_value": 3, "min_value": 0, "strict_max": true, "strict_min": true} critical',  # noqa: E501
        'column_values_to_be_in_type_list {"column": "status"} critical',
        'column_values_to_be_between {"column": "weird \\"col\\"", "min_value": 0, "strict_min": true} critical',
    }
    assert lost(found) == {
        ("model orders", "dbt_utils.expression_is_true"),
        ("model orders, column status", "relationships"),
        ("model orders, column status", "not_null"),
    }


def test_soda(tmp_path) -> None:
    """Counts, shares, aggregates, alerts and the schema are carried over; freshness and unknown formats are listed."""
    found = read("soda_checks.yml", tmp_path)

    assert {
        'table_row_count_to_be_between {"max_value": 1000, "min_value": 10} critical',
        'table_row_count_to_be_between {"min_value": 1} critical',
        'table_row_count_to_be_between {"min_value": 5} warning',
        'column_values_to_not_be_null {"column": "x", "mostly": 0.95} critical',
        'column_values_to_be_between {"column": "cars", "max_value": 6, "min_value": 1} critical',
        'column_mean_to_be_between {"column": "x", "max_value": 2, "min_value": 1} critical',
        'column_to_exist {"column": "a"} critical',
    } <= short(found)
    assert lost(found) == {
        ("checks for orders", "invalid_percent(phone) < 1 %, valid format"),
        ("checks for orders", "freshness(start_date) < 3d"),
        ("checks for orders", "schema, when forbidden column present"),
    }


def test_odcs(tmp_path) -> None:
    """Types, keys, options, library metrics and expectations are carried over; text, SQL and arrays are listed."""
    found = read("contract.odcs.yaml", tmp_path)

    assert {
        'column_values_to_be_unique {"column": "id"} warning',
        'column_value_lengths_to_be_between {"column": "email", "min_value": 3} critical',
        'column_values_to_be_in_set {"column": "email", "mostly": 0.99, "value_set": ["a", "b"]} critical',
        'table_row_count_to_be_between {"min_value": 1} critical',
        'table_column_count_to_equal {"value": 3} critical',
    } <= short(found)
    assert lost(found) == {
        ("column email", "quality text"),
        ("column tags", "logicalType array"),
        ("table orders", "quality sql"),
    }


def test_pandera_source_is_not_run(tmp_path) -> None:
    """Classes are read with what they inherit and with named constants, and no line of them runs."""
    os.environ.pop("DATASSAY_RULES_RAN", None)
    found = read("pandera_models.py.txt", tmp_path, table="Orders")

    assert "DATASSAY_RULES_RAN" not in os.environ
    assert {
        'column_values_to_be_between {"column": "id", "min_value": 0} critical',
        'column_values_to_be_in_set {"column": "the kind", "value_set": ["a", "b"]} critical',
        'column_values_to_be_between {"column": "share", "min_value": -1, "strict_min": true} critical',
        'column_values_to_match_regex {"column": "code", "regex": "^(?:a|b)"} warning',
        'table_columns_to_match_set {"column_set": ["id", "the kind", "share", "code"], "exact_match": true} critical',
    } <= short(found)
    assert lost(found) == {
        ("column maybe", "required: false"),
        ("column maybe", "lt=limit()"),
        ("class Orders", "positive()"),
    }


def test_pandera_schema_object(tmp_path) -> None:
    """A schema object is read too; own functions and what changes the data are listed."""
    found = read("pandera_models.py.txt", tmp_path, table="plain")

    assert 'compound_columns_to_be_unique {"column_list": ["id", "kind"]} critical' in short(found)
    assert lost(found) == {
        ("column id", "pa.Check(lambda values: values > 1)"),
        ("schema plain", "coerce True"),
    }


def test_dataframely_source_is_not_run(tmp_path) -> None:
    """Keys, bounds of dates, categories and lengths are carried over; rules in Python and nested types are listed."""
    os.environ.pop("DATASSAY_RULES_RAN", None)
    found = read("dataframely_schema.py.txt", tmp_path)

    assert "DATASSAY_RULES_RAN" not in os.environ
    assert {
        'column_values_to_be_unique {"column": "id"} critical',
        'column_values_to_be_between {"column": "day", "max_value": "2030-01-01", "min_value": "2020-01-01", "strict_max": true} critical',  # noqa: E501
        'column_values_to_be_in_set {"column": "the kind", "value_set": ["a", "b"]} critical',
        'column_value_lengths_to_be_between {"column": "code", "max_value": 4} critical',
    } <= short(found)
    assert lost(found) == {
        ("class Orders", "rule good()"),
        ("column code", "check=lambda column: column != 'x'"),
        ("column tags", "type List"),
    }


CLEAN = pl.DataFrame({"id": [1, 2, 3], "kind": ["a", "b", "a"], "share": [0.0, 0.5, 1.0]})
SPOILT = {
    "id": pl.DataFrame({"id": [1, 1, -2], "kind": ["a", "b", "a"], "share": [0.0, 0.5, 1.0]}),
    "kind": pl.DataFrame({"id": [1, 2, 3], "kind": ["a", "q", None], "share": [0.0, 0.5, 1.0]}),
    "share": pl.DataFrame({"id": [1, 2, 3], "kind": ["a", "b", "a"], "share": [0.0, 0.5, 1.5]}),
}


def failed_columns(found: Imported, frame: pl.DataFrame) -> set[str | None]:
    content = json.loads(json.dumps({"name": "x", "expectations": found.items}))
    results = evaluate(parse_suite(content, "x"), frame.lazy(), show_values=[], engine="pandas")
    assert not [result for result in results if result.outcome == "unknown"]
    return {result.column for result in results if result.outcome == "failed"}


def test_same_verdicts_as_pandera(tmp_path) -> None:
    """What pandera itself writes as YAML and JSON finds the columns that pandera finds, and no others."""
    if importlib.util.find_spec("pandera") is None:
        pytest.skip("pandera is not installed")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandera.polars as pa

        schema = pa.DataFrameSchema(
            {
                "id": pa.Column(pl.Int64, pa.Check.ge(0), unique=True),
                "kind": pa.Column(pl.String, pa.Check.isin(["a", "b"])),
                "share": pa.Column(pl.Float64, pa.Check.in_range(0, 1)),
            },
            strict=True,
        )
        for name, text in (("x.yaml", schema.to_yaml()), ("x.json", schema.to_json())):
            found = write(tmp_path, text, name)
            assert found.kind == "pandera"
            assert not found.left_out
            assert failed_columns(found, CLEAN) == set()
            for column, frame in SPOILT.items():
                with pytest.raises(pa.errors.SchemaErrors):
                    schema.validate(frame, lazy=True)
                assert failed_columns(found, frame) == {column}


def test_same_verdicts_as_dataframely(tmp_path) -> None:
    """A dataframely class finds the columns that dataframely finds, and no others."""
    if importlib.util.find_spec("dataframely") is None:
        pytest.skip("dataframely is not installed")
    import dataframely as dy

    class Orders(dy.Schema):
        id = dy.Int64(primary_key=True, min=0)
        kind = dy.String(regex="^[ab]$")
        share = dy.Float64(min=0, max=1)

    text = (
        "import dataframely as dy\nclass Orders(dy.Schema):\n    id = dy.Int64(primary_key=True, min=0)\n"
        "    kind = dy.String(regex='^[ab]$')\n    share = dy.Float64(min=0, max=1)\n"
    )
    found = write(tmp_path, text, "x.py")
    assert failed_columns(found, CLEAN) == set()
    for column, frame in SPOILT.items():
        assert not Orders.is_valid(frame)
        assert failed_columns(found, frame) == {column}


@pytest.mark.parametrize(
    ("content", "name", "options", "what"),
    [
        ("{", "x.json", {}, "neither valid YAML nor JSON"),
        ("a: [", "x.yml", {}, "x.yml line 1: neither valid YAML"),
        ("- a", "x.yml", {}, "a mapping is expected"),
        ("a: 1", "x.yml", {}, "not a file of rules of a known kind. Say which: --as dbt"),
        ("models: []", "x.yml", {}, "no table with rules of dbt"),
        ("models: [{name: a}, {name: b}]", "x.yml", {}, "2 tables, and none is named 'orders'. Say --table: 'a', 'b'"),
        ("models: [{name: a}]", "x.yml", {"table": "aa"}, "no table 'aa'. Did you mean 'a'"),
        ("x = (", "x.py", {}, "x.py line 1: not Python that can be read"),
        ("x = 1", "x.py", {}, "imports neither pandera nor dataframely"),
        ("a: 1", "x.yml", {"kind": "dataframely"}, "a dataframely schema is Python source"),
        ("!!python/object/apply:os.system ['true']", "x.yml", {}, "neither valid YAML"),
        ("x" * 5_000_001, "x.yml", {}, "which is no file of rules"),
        ("(" * 5000, "x.py", {}, "not Python that can be read"),
    ],
)
def test_files_that_hold_no_rules(tmp_path, content: str, name: str, options, what: str) -> None:
    """A file that cannot be read as rules is refused in one line that names it and says what to do."""
    with pytest.raises(UsageError) as caught:
        write(tmp_path, content, name, **options)

    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_great_expectations_refuses_is_listed(tmp_path) -> None:
    """A wrong argument, an unknown expectation and an old one do not reach the suite."""
    tests = [
        {"dbt_expectations.expect_column_values_to_be_between": {"minimum": 3}},
        {"dbt_expectations.expect_column_sparkles": {}},
        {"dbt_expectations.expect_column_values_to_be_between": {"min_value": 3}},
    ]
    found = write(tmp_path, {"models": [{"name": "orders", "columns": [{"name": "a", "tests": tests}]}]})

    assert [item["type"] for item in found.items] == ["expect_column_values_to_be_between"]
    assert {("column a", "expect_column_values_to_be_between"), ("column a", "expect_column_sparkles")} == lost(found)


def test_older_suite_is_rewritten(tmp_path) -> None:
    """A suite of 0.18 becomes one of 1.x; what 1.0 took away is listed."""
    old = {
        "expectation_suite_name": "x",
        "expectations": [
            {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "meta": {}},
            {"expectation_type": "expect_file_to_exist", "kwargs": {}, "meta": {}},
        ],
    }
    found = write(tmp_path, json.dumps(old), "old.json")

    assert [item["type"] for item in found.items] == ["expect_column_values_to_not_be_null"]
    assert {("suite orders", "expect_file_to_exist")} == lost(found)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
HEADS = st.sampled_from(
    ["not_null", "unique", "accepted_values", "dbt_utils.accepted_range", "dbt_expectations.expect_x", "row_count > 0",
     "missing_count(a) = 0", "invalid_percent(a) < 1", "schema", "nullValues", "library", "greater_than", "isin"]
)  # fmt: skip


# No shrinking: each try reads four files, and a failing one is small anyway.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(head=HEADS, tree=TREES, column=st.text(min_size=1, max_size=6), other=TREES)
def test_no_content_breaks_an_importer(tmp_path_factory, head: str, tree, column: str, other) -> None:
    """Whatever stands where rules are expected is carried over, listed or refused; the suite is always JSON."""
    contents = {
        "dbt": {
            "models": [{"name": "t", "columns": [{"name": column, "tests": [{head: tree}, other]}], "tests": tree}]
        },
        "soda": {"checks for t": [{head: tree}, other]},
        "odcs": {
            "schema": [
                {"name": "t", "quality": other, "properties": [{"name": column, "logicalType": head, "quality": [tree],
                 "logicalTypeOptions": {"minimum": tree}}]}
            ]
        },
        "pandera": {"columns": {column: {"dtype": tree, head: other, "checks": tree}}, "unique": other},
    }  # fmt: skip
    path = tmp_path_factory.mktemp("rules") / "x.yml"
    for kind, content in contents.items():
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        try:
            found = import_rules(path, kind=kind, dataset="t", columns=[column])
        except UsageError:
            continue
        assert json.loads(json.dumps(found.items, allow_nan=False)) == found.items


@settings(max_examples=20, deadline=None)
@given(
    column=st.text(min_size=1, max_size=10).filter(lambda t: t.encode("utf-8", "ignore").decode() == t),
    values=st.lists(st.one_of(st.text(max_size=5), st.integers(), st.booleans()), min_size=1, max_size=4),
)
def test_hostile_names_survive(tmp_path_factory, column: str, values: list) -> None:
    """A column's name and values come out of an importer as they went in."""
    tests = [{"accepted_values": {"values": values}}, "not_null"]
    content = {"models": [{"name": "orders", "columns": [{"name": column, "data_tests": tests}]}]}
    path = tmp_path_factory.mktemp("rules") / "schema.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")

    found = import_rules(path, dataset="orders")
    kwargs = [item["kwargs"] for item in json.loads(json.dumps(found.items))]

    assert kwargs == [{"column": column, "value_set": values}, {"column": column}]
