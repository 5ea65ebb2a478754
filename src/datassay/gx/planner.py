"""From a metric's name and arguments to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from datassay.gx.aggregates import AGGREGATES
from datassay.gx.kinds import NotNative
from datassay.gx.plans import Plan, Scope
from datassay.gx.records import RECORDS, find_kept
from datassay.gx.rows import Column, Rows
from datassay.gx.sets import SETS
from datassay.gx.tables import TABLES
from datassay.gx.texts import TEXTS
from datassay.gx.unexpected import PARTS
from datassay.gx.values import VALUES

MAPS = {**VALUES, **TEXTS}
COLUMNS = {**AGGREGATES, **SETS}


def list_native() -> list[str]:
    """Return the names of all metrics that have a plan."""
    maps = [f"{name}.{part}" for name in MAPS for part in PARTS if part != "filtered_row_count"]
    records = [f"{name}.{part}" for name in RECORDS for part in PARTS]
    return sorted([*maps, *records, *COLUMNS, *TABLES])


def plan_metric(name: str, scope: Scope, domain: Mapping[str, Any], kwargs: dict[str, Any]) -> tuple[Plan, str | None]:
    """Return the plan of a metric and a note on it, if there is one.

    Raises NotNative where the metric is left to pandas, and whatever Great Expectations raises on bad arguments.
    """
    if name in TABLES:
        if domain.get("table"):
            raise ValueError("PolarsExecutionEngine does not currently support multiple named tables.")
        return TABLES[name](scope, kwargs), None
    if name in COLUMNS:
        return COLUMNS[name](scope, find_column(domain["column"], scope), kwargs), None
    base, _, part = name.rpartition(".")
    if part not in PARTS or (base not in MAPS and base not in RECORDS):
        raise NotNative
    rows, kind = _build_rows(base, scope, domain, kwargs)
    return PARTS[part](scope, rows, kwargs, kind), rows.note


def _build_rows(base: str, scope: Scope, domain: Mapping[str, Any], kwargs: dict[str, Any]) -> tuple[Rows, str]:
    if base in MAPS:
        return MAPS[base](find_column(domain["column"], scope), kwargs), "column"
    is_pair = "column_A" in domain
    names = [domain["column_A"], domain["column_B"]] if is_pair else domain["column_list"]
    columns = tuple(find_column(name, scope) for name in names)
    kept = find_kept(columns, domain["ignore_row_if"]) if domain.get("ignore_row_if") else None
    return RECORDS[base](columns, kept, kwargs), "column_pair" if is_pair else "multicolumn"


def find_column(name: Any, scope: Scope) -> Column:
    """Return the column of the batch; raises Great Expectations' error where there is none."""
    if name not in scope.schema:
        from great_expectations.expectations.metrics.util import get_dbms_compatible_column_names

        # It also finds a name that differs in case only.
        name = str(get_dbms_compatible_column_names(name, list(scope.schema)))
    return Column(name, scope.schema[name])


def is_native_type(dtype: pl.DataType) -> bool:
    """Tell whether columns of this type can be counted without a conversion."""
    return Column("", dtype).kind != "other"
