"""What an engine says of each column in numbers: Great Expectations' metrics, for the audit's profile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datassay.expectations.backends import EngineName, open_backend

if TYPE_CHECKING:
    import polars as pl

    from datassay.spec import SqlSpec

#: By the profile's name of a fact: the metric. Of numbers all, of other columns the first two.
_METRICS = {
    "nulls": "column_values.nonnull.unexpected_count",
    "distinct": "column.distinct_values.count",
    "minimum": "column.min",
    "maximum": "column.max",
    "mean": "column.mean",
    "quantiles": "column.quantile_values",
}
_OF_ALL = ("nulls", "distinct")


def measure_columns(
    table: pl.LazyFrame,
    numeric: Mapping[str, bool],
    quantiles: list[float],
    n_rows: int,
    *,
    engine: EngineName,
    sql: SqlSpec | None = None,
) -> dict[str, dict[str, Any]]:
    """Return, by column, the facts that the engine could measure; `numeric` tells of each column if it holds numbers.

    Quantiles are values of the column, as engines take them, not means of two neighbours. A column that the engine
    cannot hold, a fact that it failed on, and all numbers of a column with infinities are left out. Raises
    what `open_backend` raises.
    """
    with open_backend(engine, table, list(numeric), n_rows, sql=sql) as backend:
        wanted = {
            (name, fact): (_METRICS[fact], name, {"quantiles": quantiles} if fact == "quantiles" else {})
            for name, is_number in numeric.items()
            if name not in backend.refused
            for fact in (_METRICS if is_number else _OF_ALL)
        }
        values = dict(zip(wanted, backend.measure(list(wanted.values())), strict=True))
    found: dict[str, dict[str, Any]] = {}
    for (name, fact), value in values.items():
        found.setdefault(name, {})[fact] = value
    return {name: _plain(facts, n_rows) for name, facts in found.items()}


def _plain(facts: dict[str, Any], n_rows: int) -> dict[str, Any]:
    """Return facts of one column as Python's numbers, without those that are unknown."""
    plain: dict[str, Any] = {fact: int(facts[fact]) for fact in _OF_ALL if facts[fact] is not None}
    numbers = {fact: value for fact, value in facts.items() if fact not in _OF_ALL}
    if plain.get("nulls") == n_rows:
        return plain | {fact: [] if fact == "quantiles" else None for fact in numbers}
    # Next to an infinity the other numbers are not those of the finite values.
    if all(_is_finite(value) for value in numbers.values()):
        for fact, value in numbers.items():
            plain[fact] = [float(part) for part in value] if fact == "quantiles" else float(value)
    return plain


def _is_finite(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return bool(parts) and all(part is not None and math.isfinite(part) for part in parts)
