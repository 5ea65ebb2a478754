"""How far the columns have moved against an earlier snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import InconclusiveError
from datassay.quality import distances
from datassay.quality.kinds import batches, is_ordered, kind_of, present
from datassay.results import ColumnDrift, Drift, Snapshot

#: Of a column with more categories, the most frequent ones are compared, and all others as one.
_CATEGORIES = 50
#: Share of values that are there once or twice from which on text names rows and does not describe them.
_NEAR_UNIQUE = 0.5
_SIGNIFICANT = 0.05
#: Differences below this come from the order of additions.
_EPSILON = 1e-12

Measure = Literal["ks", "total_variation", "null_fraction"]


@dataclass(frozen=True)
class _Test:
    name: str
    measure: Measure
    effect_size: float
    p_value: float


def compare_snapshots(before: Snapshot, now: Snapshot, *, ignore: list[str], threshold: float = 0.1) -> Drift:
    """Return how far each column has moved from `before` to `now`, largest effect first.

    Numbers and dates are compared by the Kolmogorov-Smirnov distance, categories by total variation, and, where
    nulls come and go, their fraction by its difference; all lie in [0, 1]. A column is drifted where the effect is
    at least `threshold` and p, adjusted for all tests, is below 0.05; one that is added, removed or of another
    type always is. Nested columns, and text that is different in most rows, are compared by nulls alone. Columns
    in `ignore`, such as the id, are left out. Raises InconclusiveError where one snapshot has no rows and
    DataError where its content cannot be read.
    """
    for snapshot in (before, now):
        if snapshot.n_rows == 0:
            raise InconclusiveError(
                f"{snapshot.name} at {snapshot.rev} has no rows, so there is nothing to compare with."
            )
    tables = scan(before), scan(now)
    schemas = tables[0].collect_schema(), tables[1].collect_schema()
    columns, comparable = _compare_schemas(schemas[0], schemas[1], ignore)
    tests: list[_Test] = []
    for batch in batches(comparable, max(before.n_rows, now.n_rows)):
        frames = [
            collect(table.select(present(name, schema[name]) for name in batch), snapshot.name, engine="in-memory")
            for table, schema, snapshot in zip(tables, schemas, (before, now), strict=True)
        ]
        for name in batch:
            tests += _compare_column(name, frames[0][name], frames[1][name])
    for test, p_value in zip(tests, distances.adjust([test.p_value for test in tests]), strict=True):
        is_drifted = test.effect_size >= threshold - _EPSILON and p_value < _SIGNIFICANT
        columns.append(
            ColumnDrift(
                name=test.name,
                measure=test.measure,
                effect_size=test.effect_size,
                p_value=p_value,
                is_drifted=is_drifted,
            )
        )
    return Drift(
        against_rev=before.rev,
        against_md5=before.md5,
        n_rows_before=before.n_rows,
        n_rows_now=now.n_rows,
        n_drifted=len({column.name for column in columns if column.is_drifted}),
        threshold=threshold,
        columns=sorted(columns, key=lambda column: (-column.effect_size, column.name, column.measure)),
    )


def _compare_schemas(before: pl.Schema, now: pl.Schema, ignore: list[str]) -> tuple[list[ColumnDrift], list[str]]:
    """Return the drift of columns that are not in both, and the names of those whose values can be compared."""
    columns, comparable = [], []
    for name in sorted({*before, *now} - {*ignore}):
        measure: Literal["added", "removed", "retyped"] | None = None
        if name not in before:
            measure = "added"
        elif name not in now:
            measure = "removed"
        elif not _is_same_type(before[name], now[name]):
            measure = "retyped"
        if measure is None:
            comparable.append(name)
        else:
            columns.append(ColumnDrift(name=name, measure=measure, effect_size=1.0, p_value=None, is_drifted=True))
    return columns, comparable


def _is_same_type(before: pl.DataType, now: pl.DataType) -> bool:
    """Return whether two types hold the same kind of values; the width of a number does not matter."""
    kinds = kind_of(before), kind_of(now)
    # A column of nulls alone has no type of its own.
    return "empty" in kinds or (kinds[0] == kinds[1] and (kinds[0] != "other" or before == now))


def _compare_column(name: str, before: pl.Series, now: pl.Series) -> list[_Test]:
    tests = []
    nulls = np.array([[before.null_count(), len(before) - before.null_count()],
                      [now.null_count(), len(now) - now.null_count()]])  # fmt: skip
    change = abs(nulls[0, 0] / len(before) - nulls[1, 0] / len(now))
    if nulls[:, 0].any():
        tests.append(_Test(name, "null_fraction", float(change), distances.independence_p(nulls)))
    kind = kind_of(before.dtype)
    before, now = before.drop_nulls(), now.drop_nulls()
    if before.is_empty() or now.is_empty():
        return tests
    if is_ordered(kind):
        first, second = _numbers(before), _numbers(now)
        distance = distances.kolmogorov_smirnov(first, second)
        p_value = distances.kolmogorov_smirnov_p(distance, len(first), len(second))
        tests.append(_Test(name, "ks", distance, p_value))
    elif kind in {"text", "boolean"}:
        counts = _count_categories(before, now)
        if counts is not None:
            distance = distances.total_variation(counts[0], counts[1])
            tests.append(_Test(name, "total_variation", distance, distances.independence_p(counts)))
    return tests


def _numbers(values: pl.Series) -> distances.Floats:
    if kind_of(values.dtype) in {"datetime", "duration"}:
        values = values.dt.cast_time_unit("us")
    if values.dtype.is_temporal():
        values = values.to_physical()
    return values.cast(pl.Float64).to_numpy()


def _count_categories(before: pl.Series, now: pl.Series) -> distances.Counts | None:
    """Return counts (2, k) of the most frequent categories and of all others; None where most values are unique."""
    first, second = (
        values.cast(pl.String).alias("value").value_counts(name=name) for values, name in ((before, "a"), (now, "b"))
    )
    n_distinct = max(len(first) / len(before), len(second) / len(now))
    if n_distinct > _NEAR_UNIQUE and max(len(first), len(second)) > _CATEGORIES:
        return None
    both = first.join(second, on="value", how="full", coalesce=True).fill_null(0)
    both = both.sort(pl.col("a") + pl.col("b"), "value", descending=[True, False])
    counts = both.select(pl.col("a", "b").cast(pl.Int64)).to_numpy().T
    top, rest = counts[:, :_CATEGORIES], counts[:, _CATEGORIES:]
    return np.concatenate([top, rest.sum(axis=1, keepdims=True)], axis=1)
