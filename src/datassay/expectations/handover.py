"""What any engine but Polars and pandas needs done to a table before it takes it over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import collect
from datassay.expectations.backends import Request
from datassay.expectations.engine import RawResult

if TYPE_CHECKING:
    import polars as pl

_WHAT = "The checked table"
_MOST_BIGINT = 2**63 - 1
_TYPE_KEYS = ("type_", "type_list")
#: Type names of pandas; others are the engine's own.
_PANDAS_NAMES = re.compile(
    r"(u?int|float)(8|16|32|64)|bool|str|string|object|category|datetime64(\[.*\])?|timedelta64(\[.*\])?|U?Int(8|16|32|64)"
)


@dataclass(frozen=True)
class Handover:
    """A table whose columns an engine with the types of SQL can hold."""

    #: Names as in the dataset; NaN is null, categories are texts, times are in microseconds.
    table: pl.LazyFrame
    schema: pl.Schema
    n_missing: dict[str, int]
    #: Columns that cannot be handed over, with their type.
    refused: dict[str, str]


def prepare(table: pl.LazyFrame, columns: list[str], why_not: Callable[[str], str | None]) -> Handover:
    """Cast `columns` to types that SQL has; `why_not` names what an engine has against a column's name.

    NaN is missing, as in pandas. Names that differ in case only are one name to most engines. Raises DataError or
    MeasureError where the table cannot be read.
    """
    import polars as pl

    schema = table.collect_schema()
    folded = Counter(name.casefold() for name in schema)
    exprs: dict[str, pl.Expr] = {}
    refused: dict[str, str] = {}
    for name in columns:
        expr = _cast(schema[name], pl.col(name))
        problem = why_not(name) or (
            "a name that differs from another in case only" if folded[name.casefold()] > 1 else ""
        )
        if expr is None or problem:
            refused[name] = f"{schema[name]}{f', under {problem}' if problem else ''}"
        else:
            exprs[name] = expr
    facts = collect(table.select([_count_missing(schema[name], name) for name in exprs]), _WHAT)
    n_missing = dict(zip(exprs, facts.row(0), strict=True)) if exprs else {}
    for name in [name for name in exprs if schema[name] == pl.UInt64]:
        if (collect(table.select(pl.col(name).max()), _WHAT).item() or 0) > _MOST_BIGINT:
            refused[name] = f"{schema[name]}, above the largest whole number of 64 bits"
            del exprs[name]
    ready = table.select(list(exprs.values()))
    return Handover(ready, ready.collect_schema(), {n: int(n_missing[n]) for n in exprs}, refused)


def _cast(dtype: pl.DataType, column: pl.Expr) -> pl.Expr | None:
    import polars as pl

    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null):
        return column.cast(pl.String)
    if isinstance(dtype, pl.Datetime):
        return column.dt.cast_time_unit("us")
    if dtype.is_float():
        return column.fill_nan(None)
    if dtype.is_integer():
        return None if dtype in {pl.Int128, pl.UInt128} else column.cast(pl.Int64, strict=False)
    return column if isinstance(dtype, pl.String | pl.Boolean | pl.Date | pl.Decimal) else None


def _count_missing(dtype: pl.DataType, name: str) -> pl.Expr:
    import polars as pl

    column = pl.col(name)
    return column.fill_nan(None).null_count() if dtype.is_float() else column.null_count()


def asks_for_stored_type(request: Request) -> bool:
    """Tell whether an expectation asks for a type by pandas' names, which speak of the table as it is stored."""
    given = [getattr(request.expectation, key, None) for key in _TYPE_KEYS]
    names = [name for value in given if value for name in ([value] if isinstance(value, str) else value)]
    return bool(names) and all(isinstance(name, str) and _PANDAS_NAMES.fullmatch(name) for name in names)


def answer_stored_types(table: pl.LazyFrame, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
    """Answer what asks for stored types from a few values of each column, by Great Expectations' pandas engine."""
    import polars as pl

    from datassay.expectations.engine import open_context
    from datassay.expectations.frames import to_pandas
    from datassay.expectations.pandas_backend import PandasBackend

    schema = table.collect_schema()
    columns = [name for name in schema if any(name == request.expectation.column for request in requests)]
    values: dict[str, pl.Series] = {}
    for name in columns:
        column = pl.col(name)
        shown = [column.drop_nulls().first()]
        if schema[name].is_integer():
            # pandas holds whole numbers with nulls as floats, unless they are too large for that.
            shown += [column.min(), column.max()]
        parts = [table.select(expr.alias(name)) for expr in shown]
        gap = table.select(name).filter(column.is_null()).head(1)
        values[name] = collect(pl.concat([*parts, gap]), _WHAT)[name]
    height = max((len(series) for series in values.values()), default=0)
    # A column without a gap must get none.
    whole = [series.extend_constant(series.first(), height - len(series)) for series in values.values()]
    with open_context() as context:
        frame, refused = to_pandas(pl.DataFrame(whole))
        backend = PandasBackend(context, refused)
        backend.load("data", frame)
        return backend.validate([Request(r.expectation, "data", r.n_samples) for r in requests], parameters)


def answer_all(
    requests: list[Request],
    parameters: dict[str, Any],
    table: pl.LazyFrame,
    ask: Callable[[Request], RawResult],
) -> list[RawResult]:
    """Answer requests in their order: about stored types from the table, all others by `ask`, the engine."""
    stored = [request for request in requests if asks_for_stored_type(request)]
    facts = iter(answer_stored_types(table, stored, parameters) if stored else [])
    return [next(facts) if asks_for_stored_type(request) else ask(request) for request in requests]
