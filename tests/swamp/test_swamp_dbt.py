"""dbt: from seeds and sources to what is shown, by manifest and by the project's own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from datassay.errors import SpecError
from datassay.swamp.evidence import NO_USE, WEAK, SourceResult, TableSchema
from datassay.swamp.sources.dbt.source import read_dbt

CUSTOMERS = TableSchema(("raw_customers",), "seeds/raw_customers.csv", ("id", "first_name", "last_name", "phone"))
PAYMENTS = TableSchema(("raw_payments",), "seeds/raw_payments.csv", ("id", "customer", "method", "amount", "memo"))
TABLES = (CUSTOMERS, PAYMENTS)
STAGE_C = "with s as (select * from {c}) select id as customer_id, first_name, last_name from s"
STAGE_P = "select id as payment_id, customer as customer_id, method, amount / 100 as amount from {p}"
MART = (
    "with c as (select * from {sc}), p as (select customer_id, sum(amount) as total from {sp} group by customer_id) "
    "select c.customer_id, c.first_name, p.total from c left join p on c.customer_id = p.customer_id"
)
RELATIONS = {"c": '"shop"."main"."raw_customers"', "p": '"shop"."main"."raw_payments"'}
COMPILED = {**RELATIONS, "sc": '"shop"."main"."stg_customers"', "sp": '"shop"."main"."stg_payments"'}
REFS = {
    "c": "{{ ref('raw_customers') }}",
    "p": "{{ source('shop', 'payments') }}",
    "sc": "{{ ref('stg_customers') }}",
    "sp": "{{ ref('stg_payments') }}",
}
TRUTH = {
    "raw_customers.last_name": "unused",
    "raw_customers.phone": "unused",
    "raw_payments.id": "unused",
    "raw_payments.method": "unused",
    "raw_payments.memo": "unused",
}


def status(result: SourceResult, tables: tuple[TableSchema, ...] = TABLES) -> dict[str, str]:
    """Return what is not used, and how it is called."""
    kinds: dict[str, set[str]] = {}
    for table, column, kind in result.evidence.select("table", "column", "kind").rows():
        kinds.setdefault(f"{table}.{column}", set()).add(kind)
    said = {}
    for table in tables:
        for column in table.columns:
            own = kinds.get(f"{table.name}.{column}", set())
            if not own - {*WEAK, *NO_USE}:
                is_open = (table.name, column) in result.doubts or own & set(WEAK)
                said[f"{table.name}.{column}"] = "unknown" if is_open else "unused"
    return said


def node(kind: str, name: str, code: str, depends: list[str], **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind, "name": name, "alias": name, "compiled_code": code, "raw_code": "{{ templates }}",
        "depends_on": {"nodes": depends}, "original_file_path": f"models/{name}.sql", "config": {}, **more,
    }  # fmt: skip


def manifest(**more: Any) -> dict[str, Any]:
    nodes = {
        "seed.shop.raw_customers": node("seed", "raw_customers", "", []),
        "model.shop.stg_customers": node(
            "model", "stg_customers", STAGE_C.format(**COMPILED), ["seed.shop.raw_customers"]
        ),
        "model.shop.stg_payments": node(
            "model", "stg_payments", STAGE_P.format(**COMPILED), ["source.shop.shop.payments"]
        ),
        "model.shop.customers": node(
            "model", "customers", MART.format(**COMPILED), ["model.shop.stg_customers", "model.shop.stg_payments"]
        ),
    }
    source = {"name": "payments", "identifier": "raw_payments", "resource_type": "source"}
    base = {
        "metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "sources": {"source.shop.shop.payments": source},
        "exposures": {}, "metrics": {},
    }  # fmt: skip
    return {**base, **more, "nodes": {**nodes, **more.get("nodes", {})}}


def read(root: Path, value: dict[str, Any], tables: tuple[TableSchema, ...] = TABLES) -> SourceResult:
    (root / "target").mkdir(exist_ok=True)
    (root / "target" / "manifest.json").write_text(json.dumps(value), encoding="utf-8")
    return read_dbt(root, "target/manifest.json", tables)


def test_end_to_end(tmp_path: Path) -> None:
    """A column is used where it reaches a model that nothing else reads; what only staging selects is not."""
    result = read(tmp_path, manifest())

    assert status(result) == TRUTH
    assert (result.n_reads > 0, result.doubts, result.blind) == (True, {}, None)


def test_exposure(tmp_path: Path) -> None:
    """What an exposure shows is used as a whole, also where other models read it."""
    exposure = {"name": "board", "depends_on": {"nodes": ["model.shop.stg_payments"]}}
    result = read(tmp_path, manifest(exposures={"exposure.shop.board": exposure}))

    assert status(result) == {key: TRUTH[key] for key in TRUTH if key not in {"raw_payments.id", "raw_payments.method"}}


def test_tests_are_no_use(tmp_path: Path) -> None:
    """What only a test reads is tested, through the models between, and not used."""
    tests = {
        "test.shop.unique": node(
            "test", "unique_payment_id", 'select payment_id from "shop"."main"."stg_payments"', [],
            original_file_path="models/schema.yml",
        ),
        "test.shop.raw": {
            "resource_type": "test", "name": "not_null_memo", "column_name": "memo", "compiled_code": None,
            "raw_code": "{{ test_not_null(**_dbt_generic_test_kwargs) }}",
            "depends_on": {"nodes": ["source.shop.shop.payments"]}, "original_file_path": "models/schema.yml",
        },
    }  # fmt: skip
    result = read(tmp_path, manifest(nodes=tests))

    assert status(result) == TRUTH
    tested = result.evidence.filter(pl.col("kind") == "tested").select("table", "column").rows()
    assert set(tested) == {("raw_payments", "id"), ("raw_payments", "memo")}


@pytest.mark.parametrize(
    "more",
    [
        {
            "semantic_models": {
                "s": {
                    "name": "pay", "node_relation": {"alias": "stg_payments"},
                    "dimensions": [{"name": "way", "expr": "method"}], "measures": [{"name": "amount", "agg": "sum"}],
                }
            }
        },
        {
            "metrics": {
                "m": {
                    "name": "sums", "expression": "amount", "dimensions": ["method"],
                    "depends_on": {"nodes": ["model.shop.stg_payments"]},
                }
            }
        },
    ],
)  # fmt: skip
def test_metrics(tmp_path: Path, more: dict[str, Any]) -> None:
    """Metrics, in the form of any version of dbt, use the columns that they name."""
    assert status(read(tmp_path, manifest(**more))) == {
        key: TRUTH[key] for key in TRUTH if key != "raw_payments.method"
    }


def test_ephemeral_and_snapshot(tmp_path: Path) -> None:
    """An ephemeral model counts inside its readers only; an analysis is a query."""
    nodes = {
        "model.shop.eph": node(
            "model", "eph", "select memo, phone from x", [], config={"materialized": "ephemeral"}
        ),
        "model.shop.last": node(
            "model", "last", "with __dbt__cte__eph as (select memo, id from raw_payments) "
            "select memo from __dbt__cte__eph",
            ["model.shop.eph"],
        ),
        "analysis.shop.look": node("analysis", "look", 'select phone from "shop"."main"."raw_customers"', []),
    }  # fmt: skip
    result = read(tmp_path, manifest(nodes=nodes))

    assert status(result) == {
        key: TRUTH[key] for key in TRUTH if key not in {"raw_payments.memo", "raw_customers.phone"}
    }


def test_python_model(tmp_path: Path) -> None:
    """A model in Python is not followed: all that it may read is in doubt."""
    code = "def model(dbt, session):\n    return dbt.ref('raw_customers')[['id']]"
    nodes = {"model.shop.py": node("model", "py", code, ["seed.shop.raw_customers"], language="python")}
    result = read(tmp_path, manifest(nodes=nodes))

    assert status(result)["raw_customers.phone"] == "unknown"
    assert status(result)["raw_payments.memo"] == "unused"


def test_catalog_resolves_stars(tmp_path: Path) -> None:
    """A star over a table that only the catalog knows takes none of ours along."""
    (tmp_path / "target").mkdir()
    catalog = {"sources": {"source.shop.crm.notes": {"columns": {"customer_id": {}, "memo": {}}}}}
    (tmp_path / "target" / "catalog.json").write_text(json.dumps(catalog))
    sources = {
        **manifest()["sources"],
        "source.shop.crm.notes": {"name": "notes", "identifier": "crm_notes", "resource_type": "source"},
    }
    sql = "select n.*, p.amount from main.raw_payments p join main.crm_notes n on p.customer = n.customer_id"
    nodes = {"model.shop.x": node("model", "x", sql, ["source.shop.crm.notes"])}
    result = read(tmp_path, manifest(nodes=nodes, sources=sources))

    assert status(result) == TRUTH


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"nodes": 3}', '{"nodes": {"a": 1}, "metadata": 4}'])
def test_bad_manifest(tmp_path: Path, text: str) -> None:
    """A file that is no manifest says nothing, and nothing is called unused because of it."""
    (tmp_path / "manifest.json").write_text(text)

    result = read_dbt(tmp_path, "manifest.json", TABLES)

    assert result.evidence.is_empty()
    assert result.blind is not None or result.n_reads == 0


def test_no_manifest(tmp_path: Path) -> None:
    """A missing manifest is told with what to do; a bad value is refused."""
    result = read_dbt(tmp_path, "target/manifest.json", TABLES)

    assert (result.blind, result.coverage.reasons) == ("no manifest", ["no manifest: run dbt compile"])
    with pytest.raises(SpecError, match="dbt"):
        read_dbt(tmp_path, {"manifst": "x"}, TABLES)


def test_project_that_was_never_compiled(tmp_path: Path) -> None:
    """Without a manifest the project's own files are read: templates, YAML, identifiers of sources."""
    (tmp_path / "dbt_project.yml").write_text("name: shop\nmodel-paths: [transform]\n")
    folder = tmp_path / "transform"
    folder.mkdir()
    for name, sql in {"stg_customers": STAGE_C, "stg_payments": STAGE_P, "customers": MART}.items():
        (folder / f"{name}.sql").write_text(sql.format(**REFS))
    (folder / "schema.yml").write_text(
        "version: 2\nsources: [{name: shop, tables: [{name: payments, identifier: raw_payments}]}]\n"
        "models: [{name: stg_payments, columns: [{name: payment_id, tests: [unique]}]}]\n"
    )

    result = read_dbt(tmp_path, ".", TABLES)

    assert status(result) == TRUTH
    assert ("id", "tested") in result.evidence.select("column", "kind").rows()

    (folder / "board.yml").write_text("exposures: [{name: board, depends_on: [ref('stg_customers')]}]\n")
    assert "raw_customers.last_name" not in status(read_dbt(tmp_path, "dbt_project.yml", TABLES))


def test_shop_of_the_shared_folder(tmp_path: Path) -> None:
    """Models of the shape of a public shop leave only raw_payments.id without a use, end to end."""
    truth = Path(__file__).parents[2].parent / "shared" / "data" / "use_jaffle_shop" / "columns.csv"
    if not truth.is_file():
        pytest.skip("the shared data folder is not here")
    rows = pl.read_csv(truth)
    tables = tuple(
        TableSchema((name,), f"seeds/{name}.csv", tuple(rows.filter(pl.col("table") == name)["column"]))
        for name in ("raw_customers", "raw_orders", "raw_payments")
    )
    models = {
        "stg_customers": "with s as (select * from {{ ref('raw_customers') }}), r as (select id as customer_id, "
        "first_name, last_name from s) select * from r",
        "stg_orders": "with s as (select * from {{ ref('raw_orders') }}), r as (select id as order_id, "
        "user_id as customer_id, order_date, status from s) select * from r",
        "stg_payments": "with s as (select * from {{ ref('raw_payments') }}), r as (select id as payment_id, order_id, "
        "payment_method, amount / 100 as amount from s) select * from r",
        "orders": "{% set ways = ['card', 'coupon'] %} with o as (select * from {{ ref('stg_orders') }}), p as (select "
        "order_id, {% for w in ways %} sum(case when payment_method = '{{ w }}' then amount end) as {{ w }}_amount, "
        "{% endfor %} sum(amount) as total from {{ ref('stg_payments') }} group by order_id) "
        "select o.order_id, o.customer_id, o.order_date, o.status, p.total from o left join p using (order_id)",
        "customers": "with c as (select * from {{ ref('stg_customers') }}), o as (select customer_id, min(order_date) "
        "as first_order, count(order_id) as n from {{ ref('stg_orders') }} group by customer_id), final as (select "
        "c.customer_id, c.first_name, c.last_name, o.first_order, o.n from c left join o on c.customer_id = "
        "o.customer_id) select * from final",
    }
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "models").mkdir()
    for name, sql in models.items():
        (tmp_path / "models" / f"{name}.sql").write_text(sql)

    result = read_dbt(tmp_path, ".", tables)

    needed = rows.filter(~pl.col("needed_by_a_mart"))
    # The ways of payment are read here only inside columns that no mart hands on.
    expected = {f"{table}.{column}" for table, column in needed.select("table", "column").rows()}
    assert set(status(result, tables)) - {"raw_payments.payment_method"} == expected
