"""Which columns SQL reads, through stars, subqueries, views and other people's dialects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.errors import SpecError
from datassay.swamp.evidence import NOT_PROOF, SourceResult, TableSchema
from datassay.swamp.sources.sql import read_sql
from datassay.swamp.sources.templates import fill_templates

Read = Callable[..., SourceResult]
ALL = {"id", "age", "income", "Sex", "score", "select"}


@pytest.fixture
def read(tmp_path: Path, table: TableSchema) -> Read:
    """Return what the SQL source finds in texts; each is a file."""

    def read(*texts: str, table: TableSchema = table, **named: str) -> SourceResult:
        for i, text in enumerate(texts):
            (tmp_path / f"q{i}.sql").write_text(text, encoding="utf-8")
        for name, text in named.items():
            (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
        return read_sql(tmp_path, "*.sql", (table,))

    return read


def proofs(result: SourceResult) -> set[tuple[str, str]]:
    return {(column, kind) for _, column, kind, *_ in result.evidence.rows() if kind not in NOT_PROOF}


def swept(result: SourceResult) -> set[str]:
    return {column for _, column, kind, *_ in result.evidence.rows() if kind == "starred"}


RECURSIVE = """
with recursive r as (select id from people union all select p.id from people p join r on r.id = p.id)
select 1 from r where id > 1
"""
P, F, J, G, R, A, X = "projected", "filtered", "joined", "grouped", "ordered", "aggregated", "exported"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select age from people", {("age", P)}),
        ("SELECT AGE, sex FROM db.main.PEOPLE", {("age", P), ("Sex", P)}),
        ('select "Sex", "select" from people', {("Sex", P), ("select", P)}),
        ("select count(*) from people where age > 3", {("age", F)}),
        ("select count(*) filter (where age > 3) from people", {("age", F)}),
        ("select sex, sum(score) from people group by sex having sum(age) > 1",
         {("Sex", P), ("Sex", G), ("score", A), ("age", F)}),
        ("select sex, count(*) from people group by 1", {("Sex", P), ("Sex", G)}),
        ("select sum(age) over (partition by sex order by id) from people", {("age", A), ("Sex", G), ("id", R)}),
        ("select distinct on (age) id from people", {("age", G), ("id", P)}),
        ("select p.age, o.score from people p join other o on p.id = o.id", {("age", P), ("id", J)}),
        ("select p.age from people p, other o where p.id = o.id", {("age", P), ("id", J)}),
        ("select age from people join other using (id)", {("age", P), ("id", J)}),
        ("select o.* from people p join other o on p.id = o.id", {("id", J)}),
        ("with x as (select * from people) select id from x", {("id", P)}),
        ("with x as (select * from people), y as (select * from x where age > 1) select id from y",
         {("id", P), ("age", F)}),
        ("with x as (select id, age from people) select id from x", {("id", P)}),
        ("with x as (select id, age from people) select * from x", {("id", P), ("age", P)}),
        ("select x.a from (select age a, id b from people) x", {("age", P)}),
        ("select a from (select age a, id b from people union all select u, v from other) x", {("age", P)}),
        ("select income from (select * from people union all select * from other) x", {("income", P)}),
        ("select count(*) from (select * from people) x", set()),
        ("select 1 from (select * from people) x join other o on o.id = x.id", {("id", J)}),
        ("select id from people p where exists (select 1 from other o where o.x < p.age)", {("id", P), ("age", F)}),
        (RECURSIVE, {("id", F), ("id", J)}),
        ("select case when sex = 'x' then score end from people", {("Sex", P), ("score", P)}),
        ("select * from people pivot (sum(score) for sex in ('a', 'b'))", {("score", A), ("Sex", G)}),
        ("select age from read_parquet('data/people.parquet')", {("age", P)}),
        ("select age from read_parquet(['s3://lake/2024/people.parquet'])", {("age", P)}),
        ("select age from read_parquet('data/*.parquet')", {("age", P)}),
        ("select age from 'data/people.parquet'", {("age", P)}),
        ("select age from parquet.`data/people.parquet`", {("age", P)}),
        ("select age from `project.dataset.people`", {("age", P)}),
        ("select [age] from [dbo].[people]", {("age", P)}),
        ("from people select age", {("age", P)}),
        ("create table v as select age from people where id > 1", {("age", X), ("id", F)}),
        ("insert into t (x) select age from people", {("age", X)}),
        ("with x as (select * from people) insert into t select id from x", {("id", X)}),
        ("copy (select age from people) to 'x.csv'", {("age", X)}),
        ("update people set age = score where id = 1", {("score", P), ("id", F)}),
        ("delete from people where age < 0", {("age", F)}),
        ("merge into t using people p on t.id = p.id when matched then update set x = p.age", {("id", J), ("age", X)}),
        ("create function f() returns int as $$ select age from people $$ language sql", {("age", P)}),
        ("select age from {{ ref('people') }}", {("age", P)}),
        ("{{ config(materialized='view') }} select age from {{ source('raw', 'people') }} {# score #}", {("age", P)}),
    ],
)  # fmt: skip
def test_reads(read: Read, query: str, expected: set[tuple[str, str]]) -> None:
    """A statement is resolved to the columns that it needs, with how it uses them."""
    result = read(query)

    assert proofs(result) == expected
    assert result.coverage.n_unresolved == 0
    assert result.doubts == {}
    assert result.n_reads == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select * from people", ALL),
        ("select distinct * from people", ALL),
        ("select p.* from people p join other o on o.id = p.id", ALL),
        ("select * except (age) from people", ALL - {"age"}),
        ("select * from people union select * from other", ALL),
        ("create table t as select * from people where age > 3", ALL),
        ("copy people to 'x.csv'", ALL),
        ("summarize people", ALL),
        ("select hash(*) from people", ALL),
        ("select to_json(p) from people p", ALL),
        ("select columns('a.*') from people", ALL),
    ],
)
def test_star_is_no_proof(read: Read, query: str, expected: set[str]) -> None:
    """What only an outermost star takes along is swept."""
    result = read(query)

    assert swept(result) == expected
    assert proofs(result) <= {("age", "filtered"), ("id", "joined")}


@pytest.mark.parametrize(
    "query",
    [
        "select age from other",
        "select other.age from other join strangers on other.id = strangers.id",
        "with people as (select * from raw) select age from people",
        "select age from read_parquet('data/peoples.parquet')",
        "select age from other -- not people",
        "select 'people' as age from other",
        "insert into people values (1, 2)",
        "insert into people (age) select x from other",
        "drop table people",
        "create index i on people (age)",
        "grant select on people to somebody",
        "truncate table people",
        "vacuum people",
    ],
)
def test_no_read(read: Read, query: str) -> None:
    """Other tables' columns, shadowed names, writes and upkeep are no use."""
    result = read(query)

    assert set(result.evidence["kind"]) <= {"written"}
    assert (result.n_reads, result.coverage.n_unresolved, result.doubts) == (0, 0, {})


@pytest.mark.parametrize(
    "query",
    [
        "pivot people on age using sum(score)",
        "call refresh('people')",
    ],
)
def test_unresolved(read: Read, query: str) -> None:
    """A statement whose columns cannot be told puts every column in doubt."""
    result = read(query)

    assert result.coverage.n_unresolved == 1
    assert {column for _, column in result.doubts} == ALL


def test_doubt_about_one_column(read: Read) -> None:
    """A bare name in a subquery on another table is most likely that table's, and in doubt."""
    result = read("select id from people where id in (select age from other)")

    assert proofs(result) == {("id", "projected"), ("id", "filtered")}
    assert set(result.doubts) == {("people", "age")}


def test_lines(read: Read) -> None:
    """Evidence names file and line."""
    result = read("-- a comment\nselect\n  age,\n  sum(score)\nfrom people\nwhere id > 1;\n\nselect income from people")

    assert set(result.evidence["source"]) == {"q0.sql:3", "q0.sql:4", "q0.sql:6", "q0.sql:8"}


def test_view_is_read_through(read: Read) -> None:
    """A view or model that hands on the whole dataset passes later uses on to it."""
    result = read(
        a="create view v as select * from people",
        b="create table w as select * from v",
        c="select age from w where score > 1",
        stage="with source as (select * from {{ ref('people') }}), named as (select id as pk, * from source) "
        "select * from named",
        mart="select pk, income from {{ ref('stage') }}",
        copied="insert into z select * from people",
        last='select "select" from z',
    )

    assert {column for column, _ in proofs(result)} == {"age", "score", "id", "income", "select"}
    assert "Sex" not in swept(result)


def test_definitions_in_a_circle(read: Read) -> None:
    """Views that define each other do not hang."""
    result = read(
        a="create view v as select * from w union all select * from people", b="create view w as select * from v"
    )

    assert result.coverage.n_parsed == 2


def test_broken_files(read: Read, tmp_path: Path) -> None:
    """What cannot be parsed is counted with its place, and does not hide the statements beside it."""
    (tmp_path / "latin.sql").write_bytes("select 'é'".encode("latin-1"))

    result = read("select age from people;\nselec ( from people;\nselect id from people", "this is ( no people")

    assert proofs(result) == {("age", "projected"), ("id", "projected")}
    assert (result.coverage.n_files, result.coverage.n_parsed) == (3, 0)
    assert result.blind == "1 of 3 files are not UTF-8 text"
    assert "q0.sql:2: a statement that no known dialect has" in result.coverage.reasons
    assert "latin.sql: not UTF-8 text" in result.coverage.reasons


def test_template(read: Read) -> None:
    """Loops, settings and macros of a template are filled in; what a macro is given may be read."""
    result = read(
        "{% set kinds = ['age', 'score'] %}select {% for c in kinds %}sum({{ c }}) as {{ c }},{% endfor %} "
        "{{ cents('income') }} from {{ ref('people') }}"
    )

    assert {column for column, _ in proofs(result)} == {"age", "score", "income"}
    assert result.coverage.reasons == []


def test_template_cannot_leave_its_box() -> None:
    """A template that reaches for the interpreter, or for all of the memory, gets nothing."""
    reached = fill_templates("select {{ ().__class__.__bases__[0].__subclasses__() }}")
    large = fill_templates("select {{ 'a' * 10000000000 }}, {{ 9 ** 9 ** 9 }}")

    assert reached is not None
    assert "<class" not in reached
    assert large == "select 1, 1"


def test_unrelated_broken_file(read: Read) -> None:
    """A file that never names the dataset is counted and named, and cannot read it, whatever is wrong with it."""
    result = read("selec ( from strangers", "select age from people")

    assert (result.coverage.n_files, result.coverage.n_parsed, result.coverage.n_unresolved) == (2, 1, 0)
    assert result.doubts == {}
    assert "names none of the tables" in result.coverage.reasons[0]


def test_no_files_and_bad_globs(tmp_path: Path, table: TableSchema) -> None:
    """A glob without files says so; one that is none is refused."""
    assert read_sql(tmp_path, "none/*.sql", (table,)).coverage.reasons == ["no file matches"]
    for bad in ("/etc/*.sql", "", 3, None):
        with pytest.raises(SpecError, match=r"usage\.sources"):
            read_sql(tmp_path, bad, (table,))


names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x00"), min_size=1, max_size=8)
HOSTILE = (
    'q"q',
    "it's",
    "new\nline",
    "ünï",
    "select",
    "from",
    "a.b",
    "a;drop table x",
    "--",
    "/*",
    "*",
    " ",
    "$1",
    "?",
)


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(read: Read, name: str) -> None:
    """A quoted column may be called anything."""
    table = TableSchema(("people",), "data/people.parquet", (*HOSTILE, "plain"))

    result = read(f"select {quote(name)} from people", table=table)

    assert {column for column, _ in proofs(result)} == {name}
    assert result.coverage.n_unresolved == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns=st.lists(names, min_size=2, max_size=5, unique_by=str.lower))
def test_any_name(read: Read, columns: list[str]) -> None:
    """Whatever the columns are called, the one that is named is used and the others are not."""
    table = TableSchema(("people",), "data/people.parquet", tuple(columns))

    result = read(f"with x as (select * from people) select x.{quote(columns[0])} from x", table=table)

    assert {column for column, _ in proofs(result)} == {columns[0]}


def test_columns_that_differ_by_case(read: Read) -> None:
    """Unquoted SQL cannot tell Age from age, so both are used."""
    table = TableSchema(("people",), "data/people.parquet", ("Age", "age", "id"))

    assert {column for column, _ in proofs(read("select age from people", table=table))} == {"Age", "age"}


POOL = (
    "select age from people",
    "select * from people where score > 1",
    "create view v as select * from people",
    "select income from v",
    "select id from people where id in (select age from other)",
    "select hash(*) from people",
    "selec people (",
    "update people set age = 1 where sex = 'x'",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.sampled_from(range(len(POOL)))), extra=st.sampled_from(range(len(POOL))))
def test_more_queries_never_take_use_away(tmp_path_factory, table, chosen: set[int], extra: int) -> None:
    """Adding a query adds evidence and doubt; it never turns a used column into an unused one."""

    def used(which: set[int]) -> set[str]:
        root = tmp_path_factory.mktemp("queries")
        for i in which:
            (root / f"{i}.sql").write_text(POOL[i], encoding="utf-8")
        return {column for column, _ in proofs(read_sql(root, "*.sql", (table,)))}

    assert used(chosen) <= used({*chosen, extra})


def test_raw_tables_of_a_shop(tmp_path: Path) -> None:
    """Staging models in the usual style use every column of the raw tables that they rename."""
    truth = Path(__file__).parents[2].parent / "shared" / "data" / "use_jaffle_shop" / "columns.csv"
    if not truth.is_file():
        pytest.skip("the shared data folder is not here")
    import polars as pl

    rows = pl.read_csv(truth)
    stage = "with src as (select * from {{ ref('%s') }}), out as (select %s from src) select * from out"
    models = {
        "raw_customers": "id as customer_id, first_name, last_name",
        "raw_orders": "id as order_id, user_id as customer_id, order_date, status",
        "raw_payments": "id as payment_id, order_id, payment_method, amount / 100 as amount",
    }
    for table, columns in models.items():
        (tmp_path / f"stg_{table}.sql").write_text(stage % (table, columns), encoding="utf-8")
    for table in models:
        known = rows.filter((pl.col("table") == table) & pl.col("named_by_a_model"))["column"].to_list()
        result = read_sql(tmp_path, "*.sql", (TableSchema((table,), f"{table}.csv", tuple(known)),))

        assert {column for column, _ in proofs(result)} == set(known)
        assert result.coverage.n_unresolved == 0
