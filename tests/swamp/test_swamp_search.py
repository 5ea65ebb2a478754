"""`find_swamp_columns` and `datassay swamp`: whole schemas, with and without data."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

import datassay as da
from datassay.cli.main import run
from datassay.cli.swamp import command
from datassay.errors import DataError, UsageError

SCHEMA = """
CREATE TABLE shop.people (id INT PRIMARY KEY, "Name" TEXT, age INT, email TEXT);
CREATE TABLE orders (id INT, person_id INT, total INT, note TEXT, PRIMARY KEY (id));
CREATE VIEW adults AS SELECT id, "Name", age FROM shop.people WHERE age > 17;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schema.sql").write_text(SCHEMA, encoding="utf-8")
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "a.sql").write_text('select a."Name" from adults a join orders o on o.person_id = a.id')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_column(found: da.SwampFinding) -> dict[str, str]:
    return {f"{row['table']}.{row['column']}": row["status"] for row in found.columns.iter_rows(named=True)}


def test_schema_without_data(folder: Path) -> None:
    """A schema's tables and views are enough: use is found through a view of the schema itself."""
    found = da.find_swamp_columns("schema.sql", sources=[{"sql": "q/*.sql"}], dialect="postgres")

    assert by_column(found) == {
        "shop.people.id": "used",
        "shop.people.Name": "used",
        "shop.people.age": "used",
        "shop.people.email": "unused",
        "orders.id": "unused",
        "orders.person_id": "used",
        "orders.total": "unused",
        "orders.note": "unused",
    }
    advice = {(row["table"], row["column"]): row["advice"] for row in found.columns.iter_rows(named=True)}
    assert advice["orders", "id"] == "ask"
    assert advice["orders", "note"] == "drop"
    assert found.evidence.height > 0


def test_absolute_globs_and_several_sources(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Globs may lie anywhere, and all SQL is read as one: a view of one folder is read by another."""
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "b.sql").write_text("create view v as select note from orders")
    (folder / "q" / "b.sql").write_text("select note from v")

    found = da.find_swamp_columns("schema.sql", [{"sql": "q/*.sql"}, {"sql": str(other / "*.sql")}])

    assert by_column(found)["orders.note"] == "used"
    assert len(found.swamp.coverage) == 1


def test_tables_in_memory_and_in_files(folder: Path) -> None:
    """Data has bytes, money and reasons beside the status."""
    frame = pl.DataFrame(
        {
            "person_id": range(100),
            "email": [f"a{i}@example.org" for i in range(100)],
            "kind": ["x"] * 100,
            "code": [i % 5 for i in range(100)],
            "code_name": [f"name {i % 5}" for i in range(100)],
            "empty": pl.Series([None] * 100, dtype=pl.Int64),
        }
    )
    frame.write_csv(folder / "visits.csv")
    (folder / "q" / "c.sql").write_text("select code from visits")

    memory = da.find_swamp_columns({"visits": frame}, [{"sql": "q/c.sql"}])
    files = da.find_swamp_columns("*.csv", [{"sql": "q/c.sql"}])

    for found in (memory, files):
        reasons = {row["column"]: row["reasons"] for row in found.columns.iter_rows(named=True)}
        assert by_column(found)["visits.code"] == "used"
        assert "a unique identifier" in reasons["person_id"]
        assert "likely personal data (an e-mail address)" in reasons["email"]
        assert reasons["kind"] == ["every value is the same"]
        assert reasons["empty"] == ["every value is null"]
        assert reasons["code_name"] == ["a function of code"]
        assert found.columns["stored_bytes"].sum() > 0


def test_columns_without_a_name(folder: Path) -> None:
    """A column that a csv file leaves without a name is called as pandas calls it, and has its bytes and reasons."""
    (folder / "t.csv").write_text("a,,b\n1,,2\n3,,4\n")
    (folder / "s.py").write_text('import pandas as pd\ndf = pd.read_csv("t.csv")\nprint(df["a"].sum())\n')

    found = da.find_swamp_columns("t.csv", [{"python": "s.py"}])

    rows = {row["column"]: row for row in found.columns.iter_rows(named=True)}
    assert {name: row["status"] for name, row in rows.items()} == {"a": "used", "Unnamed: 1": "unused", "b": "unused"}
    assert rows["Unnamed: 1"]["reasons"] == ["every value is null"]


def test_plan_is_text(folder: Path) -> None:
    """The plan drops what is to be dropped, names who was consulted, and cannot be broken out of by a name."""
    hostile = 'x"; DROP TABLE y; --\nz'
    found = da.find_swamp_columns({"orders": ["person_id", hostile, "note"]}, [{"sql": "q/*.sql"}])

    sql, polars = found.removal_plan(), found.removal_plan("polars")

    assert 'DROP COLUMN "note"' in sql
    assert 'DROP COLUMN "x""; DROP TABLE y; --\nz"' in sql
    assert "-- consulted: sql: q/*.sql" in sql
    assert polars.splitlines()[-1] == f"orders = orders.drop({sorted(['note', hostile])!r})"
    assert "person_id" not in sql


def test_command_prints_json(folder: Path) -> None:
    """`datassay swamp --schema … --sql … --json` needs no project."""
    done = CliRunner().invoke(
        command,
        ["--schema", "schema.sql", "--sql", "q/*.sql", "--dialect", "postgres", "--json"],
        standalone_mode=False,
    )
    told = json.loads(done.stdout)

    assert set(told) >= {"window", "coverage", "columns"}
    assert told["coverage"]["n_statements"] == told["coverage"]["n_statements_resolved"] == 4
    note = next(each for each in told["columns"] if each["column"] == "note")
    assert (note["table"], note["status"], note["kinds"], note["evidence"], note["stored_bytes"]) == (
        "orders", "unused", [], [], None,
    )  # fmt: skip
    name = next(each for each in told["columns"] if each["column"] == "Name")
    assert (name["status"], name["kinds"]) == ("used", ["projected"])


def test_command_prints_lines(folder: Path) -> None:
    """Without --json the columns are grouped by what to do, and the coverage is told."""
    done = CliRunner().invoke(command, ["--schema", "schema.sql", "--sql", "q/*.sql"], standalone_mode=False)

    assert "drop (3)" in done.stdout
    assert "keep (4)" in done.stdout
    assert "4 statements, 4 parsed, 4 resolved" in done.stdout


BAD = {
    "no such schema": (["--schema", "nope.sql"], "No table at nope.sql"),
    "no schema for a glob": (["--schema", "nope/*.sql"], "No table at nope"),
    "a schema without tables": (["--schema", "empty.sql"], "declares no table"),
    "a schema that is no text": (["--schema", "binary.sql"], "is no text"),
    "no data": (["--tables", "none/*.csv"], "No table at none"),
    "no name for a table": (["--schema", ""], "empty path"),
    "one schema twice": (["--schema", "schema.sql", "--schema", "schema.sql"], "Two tables"),
    "no such queries": (["--schema", "schema.sql", "--sql", "nope.sql"], "There is no 'nope.sql'"),
    "no such log": (["--schema", "schema.sql", "--query-log", "nope.csv"], "There is no 'nope.csv'"),
    "no such list": (["--schema", "schema.sql", "--declared", "nope.yaml"], "nope.yaml cannot be read"),
    "no such column": (["--schema", "schema.sql", "--declared", "orders.totall"], "orders.total"),
    "nothing to protect": (["--schema", "schema.sql", "--protect", "totall"], "Did you mean 'total'"),
    "no such preset": (["--schema", "schema.sql", "--query-log", "q/*.sql", "--preset", "snow"], "Unknown preset"),
    "no such dialect": (["--schema", "schema.sql", "--sql", "q/*.sql", "--dialect", "postgre"], "postgres"),
    "no window": (["--schema", "schema.sql", "--window", "3 weeks"], "'3 weeks' is no window"),
    "an empty window": (["--schema", "schema.sql", "--window", "0d"], "'0d' is no window"),
    "nothing at all": ([], "Name a dataset, or tables"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_one_line(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be used exits with 2, one line on stderr and nothing on stdout."""
    arguments, told = BAD[case]
    (folder / "empty.sql").write_text("select 1")
    (folder / "binary.sql").write_bytes(b"\xff\xfe\x00create")
    monkeypatch.chdir(folder)

    assert run(["swamp", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert told in err


UNSEARCHED = {
    "no source": ([], "no usage sources are named. Name some"),
    "no such files": (["--sql", "none/*.sql"], "sql: none/*.sql: no file matches."),
    "only the schema's own views": (["--schema", "views.sql", "--sql", "none/*.sql"], "no file matches none/*.sql"),
    "no SQL": (["--sql", "bad.sql"], "bad.sql:1: a statement that no known dialect has"),
    "no statement": (["--sql", "empty.sql"], "sql: empty.sql: holds nothing to read"),
    "no manifest": (["--dbt", "manifest.json"], "dbt: manifest.json: not a manifest of dbt"),
    "a manifest without models": (["--dbt", "bare.json"], "dbt: bare.json: holds nothing to read"),
    "no column of queries": (["--query-log", "log.csv"], "log.csv: no column holds queries; name a preset"),
    "no queries": (["--query-log", "bare.csv"], "query_log: bare.csv: holds nothing to read"),
    "no Python": (["--python", "bad.py"], "bad.py: line 1: not Python"),
    "no LookML": (["--lookml", "bad.sql"], "bad.sql: not LookML"),
    "no model": (["--model", "bad.sql"], "bad.sql: no format of models that is known"),
    "two of them": (["--python", "bad.py", "--sql", "none/*.sql"], "no file matches; python: bad.py: bad.py: line 1"),
    "a list beside it": (["--declared", "orders.id", "--sql", "none/*.sql"], "sql: none/*.sql: no file matches"),
}


@pytest.mark.parametrize("shown", [[], ["--json"], ["--plan", "sql"]])
@pytest.mark.parametrize("case", UNSEARCHED)
def test_where_nothing_could_be_searched_the_exit_code_says_so(
    folder: Path, case: str, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is printed and says unknown, one line on stderr says why, and the exit code is 4."""
    sources, told = UNSEARCHED[case]
    (folder / "tables.sql").write_text("create table orders (id int, email text)")
    (folder / "views.sql").write_text("create table v (id int); create view w as select id from orders")
    (folder / "bad.sql").write_text("this is not sql at all (((")
    (folder / "empty.sql").write_text("-- nothing yet\n")
    (folder / "manifest.json").write_text('{"x":')
    (folder / "bare.json").write_text('{"nodes": {}}')
    (folder / "log.csv").write_text("date,foo\n1,2\n")
    (folder / "bare.csv").write_text("query_text,user\n")
    (folder / "bad.py").write_text('import os; orders = df["email"\n')

    assert run(["swamp", "--schema", "tables.sql", *sources, *shown]) == 4
    out, err = capsys.readouterr()
    assert err.startswith("datassay: Nothing was searched for use: ")
    assert told in err
    assert err.count("\n") == 1
    if shown == ["--json"]:
        assert json.loads(out)["coverage"]["unsearched"] in err
    else:
        assert "orders" in out or "No column is to be dropped" in out


@pytest.mark.parametrize(
    "sources",
    [
        ["--sql", "q/*.sql"],
        ["--sql", "q/*.sql", "--python", "bad.py"],
        ["--sql", "part.sql"],
        ["--query-log", "log.csv"],
        ["--declared", "orders.total"],
        ["--code", "bad.py"],
    ],
)
def test_one_source_that_could_be_read_is_a_search(
    folder: Path, sources: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where anything was read the exit code is 0, whatever else could not be."""
    (folder / "bad.py").write_text('orders = df["email"\n')
    (folder / "part.sql").write_text("select id from elsewhere; this is no sql (((")
    (folder / "log.csv").write_text("query_text,user\nselect total from orders,ann\n")

    assert run(["swamp", "--schema", "schema.sql", *sources]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        (None, 'ALTER TABLE "shop"."or`der"\n  DROP COLUMN "a`b",\n  DROP COLUMN "c]""d";'),
        ("mysql", 'ALTER TABLE `shop`.`or``der`\n  DROP COLUMN `a``b`,\n  DROP COLUMN `c]"d`;'),
        ("bigquery", 'ALTER TABLE `shop`.`or\\`der`\n  DROP COLUMN `a\\`b`,\n  DROP COLUMN `c]"d`;'),
        ("TSQL", 'ALTER TABLE [shop].[or`der] DROP COLUMN [a`b];\nALTER TABLE [shop].[or`der] DROP COLUMN [c]]"d];'),
        ("duckdb", 'ALTER TABLE "shop"."or`der" DROP COLUMN "a`b";\nALTER TABLE "shop"."or`der" DROP COLUMN "c]""d";'),
    ],
)
def test_a_plan_speaks_the_dialect(folder: Path, dialect: str | None, told: str) -> None:
    """Names are quoted as the dialect quotes them; where it drops one column at a time, each has a statement."""
    (folder / "q" / "d.sql").write_text("select id from elsewhere.x; select kept from shop.tab")
    tables = {"shop.or`der": ["a`b", 'c]"d'], "shop.tab": ["kept"]}
    found = da.find_swamp_columns(tables, [{"sql": "q/d.sql"}], dialect=dialect)

    assert told in found.removal_plan()


def test_a_plan_in_no_dialect_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dialect that is none is named, also where no SQL was read in it."""
    (folder / "s.py").write_text("import pandas as pd\n")
    arguments = ["swamp", "--schema", "schema.sql", "--python", "s.py", "--plan", "sql", "--dialect", "mysq"]

    assert run(arguments) == 2
    assert "Unknown SQL dialect 'mysq'. Did you mean 'mysql'?" in capsys.readouterr().err


_COLUMNS = {"orders": ("id", "note", "person_id", "total"), "shop.people": ("Name", "age", "email", "id")}
KNOWN = ", ".join(repr(f"{table}.{column}") for table, columns in _COLUMNS.items() for column in columns)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("orders.noet", "Did you mean 'orders.note'?"),
        ("totall", "Did you mean 'total'?"),
        ("zzz", f"Known: {KNOWN}."),
    ],
)
def test_what_cannot_be_protected_is_told_with_its_table(folder: Path, name: str, told: str) -> None:
    """A column that two tables have is listed once for each, with the table."""
    with pytest.raises(UsageError) as caught:
        da.find_swamp_columns("schema.sql", [], protected=[name])

    assert str(caught.value) == f"No column is called {name!r}, so it cannot be protected. {told}"


def test_wrong_arguments(folder: Path) -> None:
    """The function says the same as the command."""
    with pytest.raises(UsageError, match=r"unknown usage source 'sqll'\. Did you mean 'sql'\?$"):
        da.find_swamp_columns("schema.sql", [{"sqll": "q/*.sql"}])
    with pytest.raises(UsageError, match="window"):
        da.find_swamp_columns("schema.sql", [{"sql": "q/*.sql"}], window="3 weeks")
    (folder / "damaged.parquet").write_text("no Parquet")
    with pytest.raises(DataError, match="damaged"):
        da.find_swamp_columns("damaged.parquet", [{"sql": "q/*.sql"}])


def test_a_glob_that_matches_nothing_is_no_silence(folder: Path) -> None:
    """Where no query was found, nothing is known of any column."""
    found = da.find_swamp_columns({"orders": ["id", "total"]}, [{"sql": "none/*.sql"}])

    assert set(by_column(found).values()) == {"unknown"}
    assert "no file matches" in found.swamp.columns[0].reason


def test_written_columns_are_not_used(folder: Path) -> None:
    """A write is no use."""
    (folder / "q" / "w.sql").write_text(
        "update orders set note = 'x' where total > 1; insert into orders (id) values (1)"
    )
    found = da.find_swamp_columns("schema.sql", [{"sql": "q/w.sql"}])
    told = {row["column"]: (row["status"], row["reason"]) for row in found.columns.iter_rows(named=True)}

    assert told["note"] == ("unused", "only written, never read, in q/w.sql:1")
    assert told["total"][0] == "used"


def test_large_and_deep_statements_are_left(folder: Path) -> None:
    """A statement of megabytes, or nested without end, is named and unknown, and takes no time."""
    large = f"select total from orders where id in ({', '.join(str(i) for i in range(120_000))})"
    deep = "select " + "(" * 3_000 + "note" + ")" * 3_000 + " from orders"
    (folder / "q" / "l.sql").write_text(f"{large};\n{deep};\nselect person_id from orders")
    found = da.find_swamp_columns("schema.sql", [{"sql": "q/*.sql"}])

    assert by_column(found)["orders.person_id"] == "used"
    assert by_column(found)["orders.note"] == by_column(found)["orders.total"] == "unknown"
    assert any("characters" in each for each in found.swamp.coverage[0].reasons)
    assert any("nested" in each for each in found.swamp.coverage[0].reasons)
