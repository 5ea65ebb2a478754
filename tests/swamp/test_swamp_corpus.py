"""An own corpus of queries in five dialects with the truth by hand, statement by statement and all together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from datassay.swamp.evidence import NOT_PROOF, Tables
from datassay.swamp.sources.query_reads import SqlText, read_texts
from datassay.swamp.sources.schema import read_schema

FOLDER = Path(__file__).parent / "corpus"
DIALECTS = ("bigquery", "duckdb", "postgres", "snowflake", "tsql")


class Item(NamedTuple):
    dialect: str
    sql: str
    used: frozenset[str]
    starred: frozenset[str]


def read_corpus() -> list[Item]:
    items = []
    for dialect in DIALECTS:
        for block in re.split(r"(?m)^(?=-- uses:)", (FOLDER / f"{dialect}.sql").read_text(encoding="utf-8")):
            head = re.match(r"-- uses:(.*)\n(?:-- starred:(.*)\n)?", block)
            if head is not None:
                starred = frozenset((head[2] or "").split())
                items.append(Item(dialect, block[head.end() :].strip(), frozenset(head[1].split()), starred))
    return items


CORPUS = read_corpus()


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tuple(read_schema((FOLDER / "schema.sql").read_text(encoding="utf-8"), "schema.sql").tables)


def test_corpus_is_large_enough(tables: Tables) -> None:
    """At least sixty statements on ten tables in five dialects."""
    assert len(CORPUS) >= 60
    assert len(tables) == 10


@pytest.mark.parametrize("item", CORPUS, ids=[f"{item.dialect}-{item.sql[:40]}" for item in CORPUS])
def test_statement(item: Item, tables: Tables) -> None:
    """Exactly the columns of the truth are used or starred, whether the dialect is told or not."""
    for dialect in (item.dialect, None):
        reads = read_texts([SqlText(item.sql, "q.sql")], tables, dialect)
        used = {f"{use.table}.{use.column}" for use in reads.uses if use.kind not in NOT_PROOF}
        starred = {f"{use.table}.{use.column}" for use in reads.uses if use.kind == "starred"} - used

        assert used == item.used
        assert starred == item.starred
        assert (reads.doubts, reads.reasons, reads.n_unresolved) == ({}, [], 0)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_together(dialect: str, tables: Tables) -> None:
    """All statements of a dialect that define nothing use what each of them uses."""
    items = [item for item in CORPUS if item.dialect == dialect and not re.search(r"(?i)create|into|merge", item.sql)]
    reads = read_texts([SqlText(item.sql, f"{i}.sql") for i, item in enumerate(items)], tables, dialect)

    used = {f"{use.table}.{use.column}" for use in reads.uses if use.kind not in NOT_PROOF}

    assert used == set().union(*(item.used for item in items))
    assert reads.n_statements == reads.n_parsed == reads.n_resolved
