"""How fast use is found: `python -m benchmarks.swamp` (from the repository, inside its environment).

Prints a Markdown table: a log of 100,000 queries in 1,000 shapes, 1,000 different statements beside sqlglot's own parse
and qualify, a schema of 10,000 columns, and statements that nobody should wait for.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.swamp.queries import make_queries, make_schema, write_schema

CASES = ("log", "statements", "sqlglot", "wide", "large", "deep")


def write_log(path: Path, n_rows: int, n_shapes: int) -> None:
    """Write a log in which every shape occurs with other literals, users and times."""
    import polars as pl

    rng = random.Random(1)
    shapes = make_queries(n_shapes)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(n_rows):
        shape = shapes[number % n_shapes]
        head, _, limit = shape.rpartition(" LIMIT ")
        rows.append(
            {
                "query": f"{head} LIMIT {int(limit) + rng.randint(0, 9)}",
                "user": f"u{rng.randint(0, 200)}",
                "time": str(first + timedelta(minutes=number)),
            }
        )
    pl.DataFrame(rows).write_csv(path)


def run(case: str, folder: Path, n: int) -> str:
    """Run one case in this process and return what came of it."""
    import datassay
    from datassay.swamp.evidence import TableSchema
    from datassay.swamp.sources.query_reads import SqlText, read_texts

    schema = make_schema()
    tables = tuple(TableSchema((name,), "", tuple(columns)) for name, columns in schema.items())
    if case == "log":
        found = datassay.find_swamp_columns(schema, [{"query_log": str(folder / "log.csv")}], dialect="postgres")
        told = found.to_dict()["coverage"]
        return f"{told['n_statements_resolved']:,} of {told['n_statements']:,} rows resolved, {found.swamp.n_used} used"
    if case == "wide":
        names = [f"a{i}" for i in range(10_000)]
        queries = [
            f"WITH x AS (SELECT * FROM wide) SELECT a{i}, a{i + 1} FROM x WHERE a{i + 2} > 1" for i in range(100)
        ]
        reads = read_texts([SqlText(each, "q") for each in queries], (TableSchema(("wide",), "", tuple(names)),))
        n_columns = len({use.column for use in reads.uses})
        return f"{reads.n_resolved} of {reads.n_statements} statements resolved, {n_columns} columns used"
    if case in {"large", "deep"}:
        values = ", ".join(str(number) for number in range(700_000))
        deep = "SELECT " + "f(" * 2_000 + "sales_m0" + ")" * 2_000 + " FROM sales"
        text = f"SELECT sales_m0 FROM sales WHERE sales_m1 IN ({values})" if case == "large" else deep
        reads = read_texts([SqlText(text, "q"), SqlText("SELECT sales_m2 FROM sales", "r")], tables)
        return f"{reads.n_resolved} of {reads.n_statements} resolved; {reads.reasons[0]}"
    queries = make_queries(n)
    if case == "statements":
        reads = read_texts([SqlText(each, "q") for each in queries], tables, "postgres")
        return f"{reads.n_resolved:,} of {reads.n_statements:,} statements resolved"
    return _run_sqlglot(queries, schema)


def _run_sqlglot(queries: list[str], schema: dict[str, list[str]]) -> str:
    import sqlglot
    from sqlglot.optimizer.qualify import qualify

    typed = {table: dict.fromkeys(names, "INT") for table, names in schema.items()}
    for each in queries:
        qualify(sqlglot.parse_one(each, dialect="postgres"), schema=typed, dialect="postgres")
    return f"{len(queries):,} statements parsed and qualified"


def main() -> None:
    """Run every case in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("-n", type=int, default=1_000, help="number of different statements")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the log")
    given = parser.parse_args()
    if given.case:
        started, cpu = time.perf_counter(), time.process_time()
        told = run(given.case, given.folder, given.n)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{time.perf_counter() - started:.1f} | {time.process_time() - cpu:.1f} | {memory:.0f} | {told}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_log(folder / "log.csv", given.rows, given.n)
        (folder / "schema.sql").write_text(write_schema(make_schema()), encoding="utf-8")
        print("| case | wall s | CPU s | most MB | outcome |\n|---|---|---|---|---|")
        for case in CASES:
            command = [sys.executable, "-m", "benchmarks.swamp", "--case", case, "--folder", name, "-n", str(given.n)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"| {case} | {done.stdout.strip()} |", flush=True)


if __name__ == "__main__":
    main()
