"""Metrics of the whole table: names, types, rows, SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl

from datassay.gx.plans import Plan, Query, Scalars, Scope

if TYPE_CHECKING:
    import pandas as pd

BuildTable = Callable[[Scope, dict[str, Any]], Plan]

#: As many records as Great Expectations fetches.
MAX_RECORDS = 200


def n_rows(scope: Scope, _: dict[str, Any]) -> Plan:
    """Return the number of rows."""
    return Scalars(scope, [pl.len()], int)


def head(scope: Scope, kwargs: dict[str, Any]) -> Plan:
    """Return the first rows as a pandas frame."""
    rows = scope.rows if kwargs.get("fetch_all") else scope.rows.head(kwargs.get("n_rows", 5))
    return Query(rows, lambda frame: frame.to_pandas())


def query(scope: Scope, kwargs: dict[str, Any], key: str = "query") -> Plan:
    """Return the records of a SQL query on the batch, which is called `{batch}` in it."""
    frame = _ask(scope, kwargs[key])
    return Query(frame if kwargs.get("fetch_all") else frame.head(MAX_RECORDS), lambda answer: answer.to_dicts())


def query_columns(scope: Scope, kwargs: dict[str, Any]) -> Plan:
    """Return the records of a query that names `{col}`, `{column_A}` and `{column_B}`, or `{col_1}` ... ."""
    names = {key: kwargs[key] for key in ("column_A", "column_B") if kwargs.get(key)}
    if kwargs.get("column"):
        names["col"] = kwargs["column"]
    for number, name in enumerate(kwargs.get("columns") or [], start=1):
        names[f"col_{number}"] = name
    return Query(_ask(scope, kwargs["query"], **names).head(MAX_RECORDS), lambda answer: answer.to_dicts())


def n_query_rows(scope: Scope, kwargs: dict[str, Any], key: str = "query") -> Plan:
    """Return how many records a SQL query has."""
    return Query(_ask(scope, kwargs[key]).select(pl.len()), lambda frame: int(frame.item()))


def _ask(scope: Scope, text: str, **names: str) -> pl.LazyFrame:
    with pl.SQLContext(batch=scope.rows) as context:
        return context.execute(text.format(batch="batch", **names), eager=False)


def list_types(scope: Scope) -> list[dict[str, Any]]:
    """Return each column's name and the pandas type that stands for its Polars type."""
    return [{"name": name, "type": find_pandas_type(dtype)} for name, dtype in scope.schema.items()]


def find_pandas_type(dtype: pl.DataType) -> Any:
    """Return the pandas type of a column of this type: an integer stays one where there are nulls."""
    series: pd.Series = pl.Series([], dtype=dtype).to_pandas()
    return series.dtype


TABLES: dict[str, BuildTable] = {
    "table.row_count": n_rows,
    "table.head": head,
    "query.table": query,
    "query.row_count": n_query_rows,
    "query.column": query_columns,
    "query.column_pair": query_columns,
    "query.multiple_columns": query_columns,
    "base_query.table": lambda scope, kwargs: query(scope, kwargs, "base_query"),
    "unexpected_rows_query.table": lambda scope, kwargs: query(scope, kwargs, "unexpected_rows_query"),
    "unexpected_rows_query.row_count": lambda scope, kwargs: n_query_rows(scope, kwargs, "unexpected_rows_query"),
}
