"""One figure: make a table, or validate it by one engine, and print CPU seconds and peak memory as JSON.

GX_LIMIT_MIB limits the process's private memory; 0 is no limit.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.gx.peers import PEERS, bounds

_PART_ROWS = 10_000_000
_CHUNK_ROWS = 1_000_000


def main() -> None:
    what, folder, rows, columns, checks = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:])
    logging.disable(logging.CRITICAL)
    limit = int(os.environ.get("GX_LIMIT_MIB", "0")) * 2**20
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    if what == "make":
        make(folder, rows, columns)
        print(json.dumps({}))
        return
    run = (ENGINES | PEERS)[what](folder, columns, checks)
    start, wall = time.process_time(), time.perf_counter()
    n_unexpected = run()
    spent, passed = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": spent, "wall_s": passed, "peak_mib": peak, "n_unexpected": n_unexpected}))


def make(folder: Path, rows: int, columns: int) -> None:
    """Write a table of whole and normal numbers, in files of at most ten million rows."""
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    for part, first in enumerate(range(0, rows, _PART_ROWS)):
        writer = None
        end = min(rows, first + _PART_ROWS)
        for start in range(first, end, _CHUNK_ROWS):
            size = min(_CHUNK_ROWS, end - start)
            chunk = pl.DataFrame(
                {f"c{i}": rng.normal(size=size) if i % 2 else rng.integers(0, 1000, size=size) for i in range(columns)}
            ).to_arrow()
            writer = writer or pq.ParquetWriter(folder / f"part-{part:03}.parquet", chunk.schema)
            writer.write_table(chunk, row_group_size=250_000)
        writer.close()


def build(columns: int, checks: int) -> list[Any]:
    """Three checks a column, or two: not null, in a range (some values are outside), and the mean."""
    import great_expectations.expectations as gxe

    listed: list[Any] = []
    for i in range(columns):
        low, high = bounds(i)
        listed += [
            gxe.ExpectColumnValuesToNotBeNull(column=f"c{i}"),
            gxe.ExpectColumnValuesToBeBetween(column=f"c{i}", min_value=low, max_value=high, mostly=0.9),
            gxe.ExpectColumnMeanToBeBetween(column=f"c{i}", min_value=-1, max_value=600),
        ][: checks // columns]
    return listed


def _count(results: Any) -> int:
    return sum(result.result.get("unexpected_count", 0) for result in results.results)


def prepare_polars(folder: Path, columns: int, checks: int) -> Callable[[], int]:
    from datassay.gx import validate

    suite = build(columns, checks)
    return lambda: _count(validate(folder, suite))


def prepare_pandas(folder: Path, columns: int, checks: int) -> Callable[[], int]:
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
    definition = asset.add_batch_definition_whole_dataframe("w")
    suite = gx.ExpectationSuite("s", expectations=build(columns, checks))
    return lambda: _count(definition.get_batch({"dataframe": pd.read_parquet(folder)}).validate(suite))


def prepare_floor(folder: Path, columns: int, checks: int) -> Callable[[], int]:
    import polars as pl

    exprs = [pl.len()]
    for i in range(columns):
        column = pl.col(f"c{i}")
        facts = [column.is_null().sum(), (~column.is_between(*bounds(i))).sum(), column.mean()][: checks // columns]
        exprs += [fact.alias(f"{i}_{number}") for number, fact in enumerate(facts)]
    return lambda: pl.scan_parquet(folder).select(exprs).collect(engine="streaming").height


ENGINES = {"pandas": prepare_pandas, "polars": prepare_polars, "floor": prepare_floor}

if __name__ == "__main__":
    main()
