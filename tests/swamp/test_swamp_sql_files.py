"""SQL as files have it: with commands for a client, blocks, procedures, and statements inside statements."""

from __future__ import annotations

import threading
import time

import pytest

from datassay.swamp.evidence import NOT_PROOF, TableSchema
from datassay.swamp.sources import patience
from datassay.swamp.sources.query_reads import QueryReads, SqlText, read_texts

PEOPLE = TableSchema(("people",), "", ("id", "age", "name", "score", "city", "note"))
VISITS = TableSchema(("visits",), "", ("id", "person_id", "day", "cost", "kind"))


def read(sql: str, dialect: str | None = None) -> QueryReads:
    return read_texts([SqlText(sql, "q.sql")], (PEOPLE, VISITS), dialect)


def used(reads: QueryReads) -> set[str]:
    return {use.column for use in reads.uses if use.kind not in NOT_PROOF}


CLIENTS = {
    "psql": ("\\set ON_ERROR_STOP on\n\\echo made\nSELECT age FROM people;\n\\i other.sql\n", {"age"}),
    "psql copies a query": ("\\copy (SELECT age FROM people) TO 'x.csv' CSV HEADER\n", {"age"}),
    "psql runs at a command": ("SELECT age FROM people\n\\gset\nSELECT name FROM people \\g o.txt\n", {"age", "name"}),
    "psql variables": ("SELECT age FROM people WHERE name = :'who' AND city = :'where'", {"age", "name", "city"}),
    "sqlite": (".mode csv\n.output x.csv\nSELECT age FROM people;\n.quit\n", {"age"}),
    "SQL*Plus": ("SET ECHO ON\nSPOOL out.txt\nSELECT age FROM people\n/\nSELECT city FROM people\n/\nEXIT\n",
                 {"age", "city"}),
    "SnowSQL": ("!set variable_substitution=true\nSELECT age FROM people;", {"age"}),
    "mysql delimiters": (
        ("DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  SELECT age FROM people;\n  SELECT name FROM people;\nEND$$\n"
        "DELIMITER ;\nSELECT score FROM people;"),
        {"age", "name", "score"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_commands_for_a_client_are_no_statements(client: str) -> None:
    """They hide nothing of the statements around them, and put nothing in doubt."""
    sql, columns = CLIENTS[client]
    reads = read(sql)

    assert used(reads) == columns
    assert (reads.doubts, reads.reasons) == ({}, [])


@pytest.mark.parametrize("sql", ["SELECT '\n.x\n\\q' AS x, age FROM people;", "SELECT age\n/\n2 FROM people;"])
def test_what_only_looks_like_a_command_is_left(sql: str) -> None:
    """A line inside a string or an expression is part of its statement."""
    reads = read(sql)

    assert used(reads) == {"age"} or set(reads.doubts) >= {("people", "age")}


def test_lines_keep_their_numbers() -> None:
    """The place of a use is that in the file, whatever was left out before it."""
    reads = read("\\echo one\n\\echo two\nSELECT age\nFROM people;\n")

    assert [use.source for use in reads.uses] == ["q.sql:3"]


INSIDE = {
    "hive, one target": ("FROM people INSERT OVERWRITE TABLE t SELECT age", "hive", {"age"}),
    "hive, two targets": (
        ("FROM (SELECT age, name, city FROM people) s INSERT INTO TABLE t SELECT s.age "
        "INSERT INTO TABLE u SELECT s.name WHERE s.age > 1"), "hive", {"age", "name"},
    ),
    "insert all": (
        "INSERT ALL INTO t (a) VALUES (x) INTO u (b) VALUES (y) SELECT age AS x, name AS y FROM people", "oracle",
        {"age", "name"},
    ),
    "a plan": ("EXPLAIN ANALYZE SELECT age FROM people WHERE city = 'x'", "postgres", {"age", "city"}),
    "a procedure": ("CREATE PROCEDURE p AS BEGIN UPDATE people SET age = score; END;", "oracle", {"score"}),
    "a block": ("BEGIN\n UPDATE people SET age = score;\nEND;", "oracle", {"score"}),
    "text that is run": ("EXECUTE IMMEDIATE 'SELECT age FROM people'", "snowflake", {"age"}),
    "text in a variable": ("DECLARE @q nvarchar(99) = N'SELECT age FROM people'; EXEC sp_executesql @q", "tsql",
                           {"age"}),
    "text in brackets": ("EXEC('SELECT age FROM people')", "tsql", {"age"}),
    "a struct of its table's name": (
        "WITH s AS (SELECT struct(age, name) AS s FROM people) SELECT s.age FROM s", "bigquery", {"age", "name"},
    ),
    "a function": ("CREATE FUNCTION f(x int) RETURNS int AS (SELECT max(age) FROM people)", "bigquery", {"age"}),
}  # fmt: skip


@pytest.mark.parametrize("form", INSIDE)
def test_statements_inside_others_are_read(form: str) -> None:
    """Nothing that a statement holds is lost."""
    sql, dialect, columns = INSIDE[form]
    reads = read(sql, dialect)

    assert used(reads) == columns
    assert reads.doubts == {}


DOUBTFUL = {
    "a part that ends nowhere": ("EXECUTE IMMEDIATE 'SELECT age FROM people WHERE (('", "bigquery", {"age"}),
    "a body with a RETURN": (
        "CREATE PROCEDURE p() LANGUAGE SQL AS $$ BEGIN RETURN (SELECT max(age) FROM people); END $$", "snowflake",
        {"age"},
    ),
    "a trigger": ("CREATE TRIGGER t BEFORE UPDATE ON people FOR EACH ROW SET NEW.score = OLD.age", "mysql",
                  {"score", "age"}),
    "a condition": ("IF EXISTS (SELECT 1 FROM people WHERE age > 1) SELECT name FROM people", "tsql", {"age", "name"}),
    "a name that is not there": ("WITH s AS (SELECT age, name FROM people) SELECT s.agee FROM s", None,
                                 {"age", "name"}),
}  # fmt: skip


@pytest.mark.parametrize("form", DOUBTFUL)
def test_what_cannot_be_followed_is_in_doubt(form: str) -> None:
    """Columns that it names are never called unused."""
    sql, dialect, columns = DOUBTFUL[form]
    reads = read(sql, dialect)

    assert {column for _, column in reads.doubts} >= columns
    assert reads.reasons


def test_group_by_means_the_column_where_an_alias_has_its_name() -> None:
    """Most databases take a table's own column first; an alias of no column is what it says."""
    assert used(read("SELECT lower(name) AS city, count(*) FROM people GROUP BY city")) == {"name", "city"}
    assert used(read("SELECT lower(name) AS town, count(*) FROM people GROUP BY town")) == {"name"}


def test_rights_and_upkeep_are_no_use() -> None:
    """A right to select, an index and a check read nothing for anybody."""
    sql = (
        "GRANT SELECT ON people TO bob; CREATE INDEX i ON people (age); VACUUM people; ANALYZE people; "
        "ALTER TABLE people ADD COLUMN z int; SELECT city FROM people"
    )
    reads = read(sql, "postgres")

    assert used(reads) == {"city"}
    assert reads.doubts == {}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_block_that_takes_too_long_is_stopped() -> None:
    """It is stopped in whatever thread it runs, and what follows runs on."""
    ended: list[str] = []

    def work() -> None:
        try:
            with patience.limited(10_000, seconds=0.1):
                while True:
                    time.sleep(0.001)
        except patience.TooSlowError:
            ended.append("stopped")
        with patience.limited(10_000, seconds=30):
            ended.append("went on")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)

    assert ended == ["stopped", "went on"]


def test_a_stop_that_is_swallowed_is_asked_for_again() -> None:
    """A stop that arrives where exceptions are ignored, as in the end of an object, is not the last one."""
    swallowed: list[str] = []

    def work() -> None:
        while True:
            try:
                while True:
                    time.sleep(0.001)
            except patience.TooSlowError:
                swallowed.append("once more")
                if len(swallowed) == 3:
                    raise

    with pytest.raises(patience.TooSlowError), patience.limited(10_000, seconds=0.05):
        work()

    assert len(swallowed) == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_statement_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that a generator wrote, in SQL that no dialect has, is named and in doubt; the others are read."""
    monkeypatch.setattr(patience, "MOST_SECONDS", 0.2)
    long = ", ".join(str(number) for number in range(20_000))
    reads = read(f"SELECT age FROM people WHERE id IN ({long}) frmo x where where; SELECT city FROM people")

    assert used(reads) == {"city"}
    assert {column for _, column in reads.doubts} >= {"age", "id"}
    assert "takes longer than 0.2 s" in reads.reasons[0]
