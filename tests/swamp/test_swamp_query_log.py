"""Query logs: forms of common engines, shapes, who and when, and logs that were cut off."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from datassay.errors import SpecError
from datassay.swamp.evidence import SourceResult, TableSchema
from datassay.swamp.sources import query_reads
from datassay.swamp.sources.query_log import read_query_log

TABLES = (
    TableSchema(("people",), "", ("id", "age", "income")),
    TableSchema(("shop.orders",), "", ("id", "person_id", "total")),
)


def read(folder: Path, rows: list[dict[str, Any]], form: str = "csv", **settings: Any) -> SourceResult:
    frame = pl.DataFrame(rows)
    path = folder / f"log.{form}"
    if form == "csv":
        frame.write_csv(path)
    elif form == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_ndjson(path)
    return read_query_log(folder, {"path": path.name, **settings}, TABLES)


def found(result: SourceResult) -> set[tuple[str, str, str]]:
    return set(result.evidence.select("table", "column", "kind").rows())


AGE = {("people", "age", "projected"), ("people", "id", "filtered")}


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize(
    "row",
    [
        {"query": "select age from people where id = 1", "user": "ann", "time": "2026-01-02 03:04:05"},
        {"QUERY_TEXT": "select age from people where id = 1", "USER_NAME": "ann", "START_TIME": "2026-01-02T03:04:05Z",
         "EXECUTION_STATUS": "SUCCESS"},
        {"query": "select age from people where id = 1", "user_email": "ann", "creation_time": "2026-01-02"},
        {"statement_text": "select age from people where id = 1", "executed_by": "ann", "start_time": "2026-01-02",
         "execution_status": "FINISHED"},
        {"querytxt": "select age from people where id = 1", "username": "ann", "starttime": "2026-01-02"},
        {"type": "QueryLog", "timestamp": "2026-01-02", "message": "select age from people where id = 1"},
    ],
)  # fmt: skip
def test_presets(tmp_path: Path, row: dict[str, Any], form: str) -> None:
    """A log's form is told by its columns, in every kind of file."""
    result = read(tmp_path, [row], form)

    assert found(result) == AGE
    assert set(result.evidence["last_used_at"]) == {date(2026, 1, 2)}
    if "type" not in row:
        assert set(result.evidence["users"].explode()) == {"ann"}


def test_counts_of_statistics(tmp_path: Path) -> None:
    """Rows that stand for many queries count as many: pg_stat_statements and MySQL's digests."""
    postgres = read(tmp_path, [{"query": "select age from people where id = $1", "calls": 17, "userid": 3}])
    digest = {"DIGEST_TEXT": "SELECT `age` FROM `people` WHERE `id` = ?", "COUNT_STAR": 5,
              "FIRST_SEEN": "2026-01-01 00:00:00", "LAST_SEEN": "2026-02-01 00:00:00"}  # fmt: skip
    mysql = read(tmp_path, [digest])

    assert found(postgres) == found(mysql) == AGE
    assert set(postgres.evidence["n_queries"]) == {17}
    assert set(postgres.evidence["last_used_at"]) == {None}
    assert set(mysql.evidence["n_queries"]) == {5}
    assert (mysql.coverage.first_at, mysql.coverage.last_at) == ("2026-01-01", "2026-02-01")


def test_access_history(tmp_path: Path) -> None:
    """Snowflake's ACCESS_HISTORY names columns itself; all columns at once may have been a star."""
    some = [{"objectName": "DB.SHOP.ORDERS", "columns": [{"columnName": "TOTAL"}]}]
    every = [{"objectName": "DB.PUBLIC.PEOPLE", "columns": [{"columnName": name} for name in ("ID", "AGE", "INCOME")]}]
    rows = [
        {
            "query_id": "1",
            "query_start_time": "2026-01-02",
            "user_name": "ann",
            "base_objects_accessed": json.dumps(some),
        },
        {
            "query_id": "2",
            "query_start_time": "2026-01-03",
            "user_name": "bob",
            "base_objects_accessed": json.dumps(every),
        },
    ]

    result = read(tmp_path, rows)

    assert ("shop.orders", "total", "projected") in found(result)
    assert {row for row in found(result) if row[0] == "people"} == {
        ("people", name, "starred") for name in ("id", "age", "income")
    }
    assert result.n_reads > 0


def test_equal_shapes_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries that differ in literals, spaces and case are one shape, with the last date and all users."""
    parsed: list[str] = []
    real = query_reads.parse_text
    monkeypatch.setattr(query_reads, "parse_text", lambda text, dialect: (parsed.append(text), real(text, dialect))[1])
    rows = [
        {
            "query": f"select age  from people where id in ({i}, {i + 1}) -- {i}",
            "user": f"u{i % 3}",
            "time": f"2026-01-{i:02}",
        }
        for i in range(1, 29)
    ]
    rows.append({"query": "SELECT AGE FROM people WHERE id IN (5)", "user": "late", "time": "2026-02-01"})

    result = read(tmp_path, rows)

    assert len(parsed) == 1
    age = result.evidence.row(0, named=True)
    assert (age["n_queries"], age["last_used_at"], age["users"]) == (29, date(2026, 2, 1), ["late", "u0", "u1", "u2"])
    assert result.coverage.n_statements == result.coverage.n_statements_resolved == 29


def test_failed_queries_have_read_nothing(tmp_path: Path) -> None:
    """What the engine refused is no use."""
    rows = [
        {
            "query_text": "select age from people",
            "user_name": "a",
            "start_time": "2026-01-01",
            "execution_status": "FAIL",
        },
        {
            "query_text": "select id from people",
            "user_name": "a",
            "start_time": "2026-01-01",
            "execution_status": "SUCCESS",
        },
    ]

    assert found(read(tmp_path, rows)) == {("people", "id", "projected")}


@pytest.mark.parametrize(("n", "is_blind"), [(4_999, False), (5_000, True), (10_000, True)])
def test_log_that_was_cut_off(tmp_path: Path, n: int, *, is_blind: bool) -> None:
    """A log of exactly 5,000 or 10,000 rows says nothing by its silence, unless somebody vouches for it."""
    rows = [{"query": "select age from people", "user": "a", "time": "2026-01-01"}] * n

    assert (read(tmp_path, rows).blind is not None) == is_blind
    assert read(tmp_path, rows, complete=True).blind is None


def test_views_of_other_files(tmp_path: Path) -> None:
    """A log's queries are followed through views and models that SQL files define, whose own queries do not count."""
    (tmp_path / "view.sql").write_text(
        "create view adults as select id, age, income from people; select total from shop.orders"
    )
    (tmp_path / "model.sql").write_text("select person_id, total from shop.orders")

    result = read(
        tmp_path, [{"query": "select age from adults"}, {"query": "select total from model"}], views=["*.sql"]
    )

    used = {row for row in found(result) if row[2] != "derived"}
    assert used == {("people", "age", "projected"), ("shop.orders", "total", "projected")}


def test_broken_rows_and_files(tmp_path: Path) -> None:
    """What cannot be parsed is named by its row and puts what it names in doubt; a broken file blinds the source."""
    result = read(tmp_path, [{"query": "selec ( age from people"}, {"query": "select id from people"}])
    (tmp_path / "bad.parquet").write_bytes(b"no")
    broken = read_query_log(tmp_path, "bad.parquet", TABLES)
    nothing = read(tmp_path, [{"x": "1"}])

    assert ("people", "age") in result.doubts
    assert "log.csv#1" in result.coverage.reasons[0]
    assert (result.coverage.n_statements, result.coverage.n_statements_parsed) == (2, 1)
    assert broken.blind == "bad.parquet could not be read"
    assert nothing.blind == "log.csv has no column of queries"


def test_wrong_settings(tmp_path: Path) -> None:
    """An unknown preset, dialect or key is refused with the nearest one."""
    for settings, told in (
        ({"preset": "snowflak"}, "Did you mean 'snowflake"),
        ({"dialect": "postgre"}, "Did you mean 'postgres'"),
        ({"presett": "x"}, "Did you mean 'preset'"),
    ):
        with pytest.raises(SpecError, match=told):
            read(tmp_path, [{"query": "select 1"}], **settings)
