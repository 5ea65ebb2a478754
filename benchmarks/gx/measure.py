"""One figure: make a table, or validate it by one engine, and print CPU seconds and peak memory as JSON."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    what, path, rows, columns, checks = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:])
    logging.disable(logging.CRITICAL)
    if what == "make":
        make(path, rows, columns)
        print(json.dumps({"cpu_s": 0.0, "peak_mib": 0.0}))
        return
    run = {"pandas": prepare_pandas, "polars": prepare_polars, "floor": prepare_floor}[what](path, columns, checks)
    start, wall = time.process_time(), time.perf_counter()
    run()
    spent, passed = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": spent, "wall_s": passed, "peak_mib": peak}))


def make(path, rows, columns):
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    writer = None
    for start in range(0, rows, 1_000_000):
        size = min(1_000_000, rows - start)
        part = pl.DataFrame(
            {f"c{i}": rng.normal(size=size) if i % 2 else rng.integers(0, 1000, size=size) for i in range(columns)}
        ).to_arrow()
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part, row_group_size=250_000)
    writer.close()


def build(columns, checks):
    """Three checks a column, or two: not null, in a range (some values are outside), and the mean."""
    import great_expectations.expectations as gxe

    listed = []
    for i in range(columns):
        name, high = f"c{i}", 3 if i % 2 else 990
        listed += [
            gxe.ExpectColumnValuesToNotBeNull(column=name),
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=-9, max_value=high, mostly=0.9),
            gxe.ExpectColumnMeanToBeBetween(column=name, min_value=-1, max_value=600),
        ][: checks // columns]
    return listed


def prepare_polars(path, columns, checks):
    from datassay.gx import validate

    suite = build(columns, checks)
    return lambda: validate(path, suite)


def prepare_pandas(path, columns, checks):
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
    definition = asset.add_batch_definition_whole_dataframe("w")
    suite = gx.ExpectationSuite("s", expectations=build(columns, checks))
    return lambda: definition.get_batch({"dataframe": pd.read_parquet(path)}).validate(suite)


def prepare_floor(path, columns, checks):
    import polars as pl

    exprs = [pl.len()]
    for i in range(columns):
        column, high = pl.col(f"c{i}"), 3 if i % 2 else 990
        facts = [column.is_null().sum(), (~column.is_between(-9, high)).sum(), column.mean()][: checks // columns]
        exprs += [fact.alias(f"{i}_{number}") for number, fact in enumerate(facts)]
    return lambda: pl.scan_parquet(path).select(exprs).collect(engine="streaming")


if __name__ == "__main__":
    main()
