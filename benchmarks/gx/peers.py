"""The same checks by other tools: not null, and between two bounds, for every column; each gives counts by check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def bounds(column: int) -> tuple[float, float]:
    """Return the range that a column of the benchmark's table is checked against; some values are outside."""
    return (-9, 990) if column % 2 == 0 else (-9.0, 3.0)


def prepare_pointblank(path: Path, columns: int, _: int) -> Callable[[], int]:
    import pointblank as pb
    import polars as pl

    def run() -> int:
        checks = pb.Validate(pl.scan_parquet(path).collect())
        for i in range(columns):
            low, high = bounds(i)
            checks = checks.col_vals_not_null(f"c{i}").col_vals_between(f"c{i}", low, high)
        done = checks.interrogate(get_first_n=20)
        return sum(int(n) for n in done.n_failed().values())

    return run


def prepare_pandera(path: Path, columns: int, _: int) -> Callable[[], int]:
    import pandera.polars as pa
    import polars as pl

    kinds = (pl.Int64, pl.Float64)
    schema = pa.DataFrameSchema(
        {f"c{i}": pa.Column(kinds[i % 2], pa.Check.in_range(*bounds(i)), nullable=False) for i in range(columns)}
    )

    def run() -> int:
        try:
            schema.validate(pl.read_parquet(path), lazy=True)
        except pa.errors.SchemaErrors as exc:
            return exc.failure_cases.height
        return 0

    return run


def prepare_dataframely(path: Path, columns: int, _: int) -> Callable[[], int]:
    import dataframely as dy
    import polars as pl

    kinds: tuple[Any, ...] = (dy.Int64, dy.Float64)
    fields = {}
    for i in range(columns):
        low, high = bounds(i)
        fields[f"c{i}"] = kinds[i % 2](nullable=False, min=low, max=high)
    schema = type("Table", (dy.Schema,), fields)

    def run() -> int:
        found = schema.filter(pl.scan_parquet(path))
        failures = found.failure if hasattr(found, "failure") else found[1]
        return sum(failures.counts().values())

    return run


PEERS = {"pointblank": prepare_pointblank, "pandera": prepare_pandera, "dataframely": prepare_dataframely}
