"""Queries built from their use of columns: found exactly, and as a second, independent method finds it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from query_generator import Case, cases

from datassay.swamp.evidence import NOT_PROOF, TableSchema
from datassay.swamp.sources.query_reads import SqlText, read_texts

#: DuckDB's steps that take columns away: the last two let it see through EXISTS and WITH.
NEEDED = ("unused_columns", "deliminator", "cte_inlining", "materialized_cte")


def find_used(case: Case) -> tuple[set[tuple[str, str]], dict[tuple[str, str], str]]:
    tables = tuple(TableSchema((name,), "", tuple(columns)) for name, columns in case.tables.items())
    reads = read_texts([SqlText(case.sql, "q.sql")], tables, "duckdb")
    assert (reads.n_parsed, reads.n_resolved, reads.reasons) == (1, 1, [])
    return {(use.table, use.column) for use in reads.uses if use.kind not in NOT_PROOF}, reads.doubts


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_generated_queries_are_resolved_exactly(case: Case) -> None:
    """Whatever a query is nested in, exactly the columns that it was built to use are used."""
    used, doubts = find_used(case)

    assert used == case.used
    assert doubts == {}


def read_plan(connection: Any, sql: str) -> set[tuple[str, str]]:
    """Return the columns that DuckDB's scans still read after it has pushed the projections down."""
    plan = json.loads(connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[0][1])
    found: set[tuple[str, str]] = set()
    stack = list(plan)
    while stack:
        node = stack.pop()
        stack += node["children"]
        if node["name"].strip() == "SEQ_SCAN":
            info = node["extra_info"]
            listed = info.get("Projections", [])
            listed = [listed] if isinstance(listed, str) else listed
            found |= {(info["Table"].rpartition(".")[2], name) for name in listed if name}
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_duckdb_reads_the_same_columns(case: Case) -> None:
    """DuckDB's own plan, over empty tables, reads exactly the columns that we call used."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    for name, columns in case.tables.items():
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'{column} INT' for column in columns)})")
    # Only the removal of unused columns may run, and what it needs: the others would see that the tables are empty.
    names = [row[0] for row in connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
    connection.execute(f"SET disabled_optimizers = '{','.join(name for name in names if name not in NEEDED)}'")

    # DuckDB reads whole rows for EXISTS (SELECT *), although nothing of them is used.
    case.sql = case.sql.replace("EXISTS (SELECT *", "EXISTS (SELECT 1")
    used, _ = find_used(case)

    assert read_plan(connection, case.sql) == used
