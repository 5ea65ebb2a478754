"""Feature stores, dashboards and declarations: what they bind, what they show, what somebody vouches for."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from datassay.errors import SpecError
from datassay.swamp.evidence import SourceResult, TableSchema
from datassay.swamp.sources.boards.feast import read_feast
from datassay.swamp.sources.boards.lookml import read_lookml
from datassay.swamp.sources.boards.tableau import read_tableau
from datassay.swamp.sources.declared import read_declared

ORDERS = TableSchema(("orders",), "data/orders.parquet", ("id", "customer_id", "status", "amount", "created", "note"))
CUSTOMERS = TableSchema(("customers",), "", ("id", "name", "city", "phone"))
TABLES = (ORDERS, CUSTOMERS)


def kinds(result: SourceResult) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column, kind in result.evidence.select("table", "column", "kind").rows():
        found.setdefault(f"{table}.{column}", set()).add(kind)
    return found


def used(result: SourceResult) -> set[str]:
    return {name for name, own in kinds(result).items() if own - {"bound"}}


FEAST = """
from datetime import timedelta
from feast import Entity, FeatureService, FeatureView, Field, FileSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float32
raise RuntimeError("definitions are never run")

customer = Entity(name="customer", join_keys=["customer_id"])
source = FileSource(path="data/orders.parquet", timestamp_field="created", field_mapping={"amount": "paid"})
view = FeatureView(
    name="order_stats", entities=[customer], ttl=timedelta(days=1), source=source,
    schema=[Field(name="paid", dtype=Float32), Field(name="status", dtype=Float32), Field(name="note", dtype=Float32)],
)

@on_demand_feature_view(sources=[view], schema=[Field(name="big", dtype=Float32)])
def big(inputs):
    return inputs["status"] == "x"
"""


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ('[view[["paid"]]]', {"amount", "customer_id", "created"}),
        ("[view]", {"amount", "status", "note", "customer_id", "created"}),
        ("[big]", {"status", "customer_id", "created"}),
    ],
)
def test_feast(tmp_path: Path, features: str, expected: set[str]) -> None:
    """A service uses the features that it asks for, with keys and times; the other fields of a view are bound."""
    (tmp_path / "views.py").write_text(FEAST)
    (tmp_path / "services.py").write_text(
        f'from feast import FeatureService\nfrom views import *\nFeatureService(name="churn", features={features})'
    )
    result = read_feast(tmp_path, "*.py", TABLES)

    assert used(result) == {f"orders.{column}" for column in expected}
    assert set(kinds(result)) == {f"orders.{name}" for name in ("amount", "status", "note", "customer_id", "created")}
    assert result.n_reads == 1


def test_feast_by_name(tmp_path: Path) -> None:
    """Features that code asks for by name are used; without any service a view only binds."""
    (tmp_path / "views.py").write_text(FEAST)
    bound = read_feast(tmp_path, "*.py", TABLES)
    (tmp_path / "serve.py").write_text('store.get_online_features(features=["order_stats:note"], entity_rows=rows)')
    asked = read_feast(tmp_path, "*.py", TABLES)

    assert used(bound) == set()
    assert used(asked) == {"orders.note", "orders.customer_id", "orders.created"}


LOOKML = {
    "orders.view.lkml": """
view: orders {
  sql_table_name: shop.orders ;;
  dimension: id { primary_key: yes type: number sql: ${TABLE}.id ;; }
  dimension: state { type: string sql: ${TABLE}."status" ;; }
  dimension: note {}
  dimension: customer_id { hidden: yes sql: ${TABLE}.customer_id ;; }
  dimension_group: made { type: time timeframes: [date, week] sql: ${TABLE}.created ;; }
  measure: total { type: sum sql: ${TABLE}.amount ;; }
  measure: paid { type: sum sql: ${total} ;; filters: [state: "paid"] }
}
""",
    "customers.view.lkml": "view: customers { dimension: id {} dimension: name {} dimension: city {} }",
    "shop.model.lkml": """
explore: orders {
  join: customers { sql_on: ${orders.customer_id} = ${customers.id} ;; relationship: many_to_one }
}
""",
    "sales.dashboard.lookml": """
- dashboard: sales
  elements:
  - title: by week
    fields: [orders.made_week, orders.paid]
    filters: {customers.city: Bern}
""",
}


def test_lookml(tmp_path: Path) -> None:
    """Dashboards show and filter, explores join; what is only defined is bound."""
    for name, text in LOOKML.items():
        (tmp_path / name).write_text(text)
    result = read_lookml(tmp_path, ["*.lkml", "*.lookml"], TABLES)

    assert {name: own - {"bound"} for name, own in kinds(result).items()} == {
        "orders.created": {"shown"},
        "orders.amount": {"shown"},
        "orders.status": {"shown"},
        "orders.customer_id": {"joined"},
        "customers.id": {"joined"},
        "customers.city": {"filtered"},
        "customers.name": set(),
        "orders.id": set(),
        "orders.note": set(),
    }
    assert (result.coverage.n_files, result.coverage.n_parsed, result.doubts) == (4, 4, {})


def test_lookml_derived_table(tmp_path: Path) -> None:
    """The SQL of a derived table is read as a query."""
    (tmp_path / "a.view.lkml").write_text(
        "view: a { derived_table: { sql: select note from orders where amount > 1 ;; } }"
    )

    assert used(read_lookml(tmp_path, "*.lkml", TABLES)) == {"orders.note", "orders.amount"}


def test_broken_lookml(tmp_path: Path) -> None:
    """A file that cannot be parsed may read anything."""
    (tmp_path / "a.view.lkml").write_text("view: a {")
    result = read_lookml(tmp_path, "*.lkml", TABLES)

    assert len(result.doubts) == 10
    assert result.coverage.reasons == ["a.view.lkml: not LookML"]


WORKBOOK = """<?xml version='1.0' encoding='utf-8' ?>
<workbook>
  <datasources>
    <datasource name='federated.1' caption='Shop'>
      <connection class='federated'>
        <relation type='join' join='left'>
          <clause type='join'><expression op='='>
            <expression op='[orders].[customer_id]'/><expression op='[customers].[id]'/>
          </expression></clause>
          <relation name='orders' table='[public].[orders]' type='table'/>
          <relation name='customers' table='[public].[customers]' type='table'/>
        </relation>
        <metadata-records>
          <metadata-record class='column'><remote-name>amount</remote-name><local-name>[Amount]</local-name>
            <parent-name>[orders]</parent-name></metadata-record>
          <metadata-record class='column'><remote-name>status</remote-name><local-name>[status]</local-name>
            <parent-name>[orders]</parent-name></metadata-record>
          <metadata-record class='column'><remote-name>note</remote-name><local-name>[note]</local-name>
            <parent-name>[orders]</parent-name></metadata-record>
          <metadata-record class='column'><remote-name>city</remote-name><local-name>[city]</local-name>
            <parent-name>[customers]</parent-name></metadata-record>
        </metadata-records>
      </connection>
      <column name='[Calculation_1]' caption='Net'><calculation class='tableau' formula='[Amount] * 0.9'/></column>
    </datasource>
  </datasources>
  <worksheets>
    <worksheet name='By city'>
      <table><view>
        <datasource-dependencies datasource='federated.1'>
          <column-instance column='[city]' derivation='None' name='[none:city:nk]'/>
          <column-instance column='[Calculation_1]' derivation='Sum' name='[sum:Calculation_1:qk]'/>
        </datasource-dependencies>
        <filter class='categorical' column='[federated.1].[none:status:nk]'/>
      </view><rows>[federated.1].[none:city:nk]</rows><cols>[federated.1].[sum:Calculation_1:qk]</cols></table>
    </worksheet>
  </worksheets>
</workbook>
"""


@pytest.mark.parametrize("is_packed", [False, True])
def test_tableau(tmp_path: Path, *, is_packed: bool) -> None:
    """Worksheets show and filter by columns, through calculated fields; the others of the source are bound."""
    path = tmp_path / ("book.twbx" if is_packed else "book.twb")
    if is_packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("book.twb", WORKBOOK)
    else:
        path.write_text(WORKBOOK)
    result = read_tableau(tmp_path, "*.twb*", TABLES)

    assert {name: own - {"bound"} for name, own in kinds(result).items()} == {
        "orders.amount": {"shown"},
        "orders.status": {"filtered"},
        "orders.note": set(),
        "orders.customer_id": {"joined"},
        "customers.id": {"joined"},
        "customers.city": {"shown"},
    }
    assert "(By city)" in " ".join(result.evidence["source"])


@pytest.mark.parametrize("text", ["", "<a", "<!DOCTYPE x [<!ENTITY a 'b'>]><workbook>&a;</workbook>"])
def test_broken_workbook(tmp_path: Path, text: str) -> None:
    """A workbook that cannot be read, or has entities, may show anything."""
    (tmp_path / "x.twb").write_text(text)
    result = read_tableau(tmp_path, "*.twb", TABLES)

    assert len(result.doubts) == 10
    assert result.coverage.n_parsed == 0


def test_no_files(tmp_path: Path) -> None:
    """A glob without files proves nothing."""
    for source in (read_feast, read_lookml, read_tableau):
        result = source(tmp_path, "none/*", TABLES)
        assert (result.blind, result.coverage.reasons) == ("no file matches", ["no file matches"])


def test_declared(tmp_path: Path) -> None:
    """A declaration has a team, a purpose and an end; after the end it is evidence of nothing."""
    (tmp_path / "kept.yaml").write_text(
        "- {team: finance, purpose: yearly report, columns: [orders.note], until: 2999-01-01}\n"
        "- {team: sales, columns: [city, gone], until: 2020-01-01}\n- {columns: [phone]}\n"
    )
    result = read_declared(tmp_path, "kept.yaml", TABLES)

    assert result.evidence.select("column", "source", "users").rows() == [
        ("phone", "kept.yaml", []),
        ("note", "kept.yaml (finance, yearly report)", ["finance"]),
    ]
    assert result.coverage.reasons == ["kept.yaml (sales): expired on 2020-01-01"]
    assert not result.is_search


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (3, "list of column names"),
        ("none.yaml", "cannot be read"),
        ([{"columns": "note"}], "lacks 'columns'"),
        ([{"column": ["note"]}], "no key 'column'.* Did you mean 'columns'"),
        ([{"columns": ["nota"]}], "'nota' is not in the table.* Did you mean 'note'"),
        ([{"columns": ["note"], "until": "soon"}], "'until'"),
        ([["note"]], "an entry of"),
    ],
)
def test_bad_declarations(tmp_path: Path, value: object, match: str) -> None:
    """A declaration that says something else than it should is refused in a sentence."""
    with pytest.raises(SpecError, match=match):
        read_declared(tmp_path, value, TABLES)
