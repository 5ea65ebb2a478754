"""Row conditions as Polars expressions: Great Expectations' Condition objects and pandas query strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from datassay.gx.kinds import TEMPORAL, NotNative, as_time, find_kind, fit_time, normalize

_BACKTICKS = re.compile(r"`([^`]+)`")
_COMPARE: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "==": lambda a, b: a == b,
    # In a pandas query a missing value is unequal to everything.
    "!=": lambda a, b: a.ne_missing(b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def read_condition(condition: Any, schema: pl.Schema) -> pl.Expr:
    """Return where a row condition holds.

    Raises NotNative where only pandas can read it, and whatever Great Expectations raises on a malformed one.
    """
    from great_expectations.expectations.row_conditions import PassThroughCondition, deserialize_row_condition

    value = deserialize_row_condition(condition)
    if isinstance(value, PassThroughCondition):
        return _read_query(value.pass_through_filter, schema)
    if isinstance(value, str):
        return _read_query(value, schema)
    return _read_object(value, schema)


def name_columns(condition: Any, known: list[str]) -> list[str]:
    """Return the columns of the table that a row condition may read: one too many costs memory only."""
    texts = [str(text) for text in _texts(condition)]
    return [name for name in known if any(name in text for text in texts)]


def _read_object(value: Any, schema: pl.Schema) -> pl.Expr:
    from great_expectations.expectations.row_conditions import (
        AndCondition,
        ComparisonCondition,
        NullityCondition,
        OrCondition,
    )

    if isinstance(value, AndCondition):
        return pl.all_horizontal([_read_object(part, schema) for part in value.conditions])
    if isinstance(value, OrCondition):
        # A comparison with null is null, and a pandas query takes it for false.
        return pl.any_horizontal([_read_object(part, schema).fill_null(value=False) for part in value.conditions])
    if isinstance(value, NullityCondition):
        missing = normalize(value.column.name, _dtype(value.column.name, schema)).is_null()
        return missing if value.is_null else ~missing
    if isinstance(value, ComparisonCondition):
        return _compare(value.column.name, str(value.operator), value.parameter, schema)
    raise NotNative


def _compare(name: str, operator: str, value: Any, schema: pl.Schema) -> pl.Expr:
    dtype = _dtype(name, schema)
    kind = find_kind(dtype)
    column = normalize(name, dtype)
    if operator in {"IN", "NOT_IN"}:
        fitting = [part for part in value if _fits(part, kind)]
        if kind not in {"int", "float", "text"}:
            raise NotNative
        found = column.is_in(fitting).fill_null(value=False)
        return ~found if operator == "NOT_IN" else found
    if kind in TEMPORAL:
        if not isinstance(value, str):
            raise NotNative
        return _COMPARE[operator](as_time(column, dtype), fit_time(value, dtype))
    if not _fits(value, kind):
        raise NotNative
    return _COMPARE[operator](column, pl.lit(value))


def _fits(value: Any, kind: str) -> bool:
    if kind in {"int", "float"}:
        return type(value) in {int, float}
    return (kind == "text" and isinstance(value, str)) or (kind == "bool" and isinstance(value, bool))


def _dtype(name: str, schema: pl.Schema) -> pl.DataType:
    if name not in schema:
        raise NotNative
    return schema[name]


def _read_query(text: str, schema: pl.Schema) -> pl.Expr:
    """Read the part of pandas' query language that suites use: comparisons, sets, nullity, and/or/not."""
    names: list[str] = []

    def keep(match: re.Match[str]) -> str:
        names.append(match[1])
        return f"__column_{len(names) - 1}__"

    try:
        tree = ast.parse(_BACKTICKS.sub(keep, text.strip()), mode="eval")
    except SyntaxError as exc:
        raise NotNative from exc
    known = {f"__column_{i}__": name for i, name in enumerate(names)}
    return _Query(schema, known).read(tree.body)


class _Query:
    """One pandas query being read."""

    def __init__(self, schema: pl.Schema, names: dict[str, str]) -> None:
        self.schema = schema
        self.names = names

    def read(self, node: ast.expr) -> pl.Expr:
        if isinstance(node, ast.BoolOp):
            parts = [self.read(part).fill_null(value=False) for part in node.values]
            return pl.all_horizontal(parts) if isinstance(node.op, ast.And) else pl.any_horizontal(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            return ~self.read(node.operand).fill_null(value=False)
        if isinstance(node, ast.Call):
            return self._read_call(node)
        # "a > 1 & b < 2" means something else to pandas than to Python.
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._read_compare(node)
        raise NotNative

    def _read_call(self, node: ast.Call) -> pl.Expr:
        if not (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and not node.args):
            raise NotNative
        name = self._name(node.func.value)
        missing = normalize(name, _dtype(name, self.schema)).is_null()
        if node.func.attr in {"isnull", "isna"}:
            return missing
        if node.func.attr in {"notnull", "notna"}:
            return ~missing
        raise NotNative

    def _read_compare(self, node: ast.Compare) -> pl.Expr:
        operator, left, right = node.ops[0], node.left, node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            which = "IN" if isinstance(operator, ast.In) else "NOT_IN"
            return _compare(self._name(left), which, _literal(right), self.schema)
        if type(operator) not in _OPERATORS:
            raise NotNative
        sign = _OPERATORS[type(operator)]
        if isinstance(left, ast.Name):
            return _compare(self._name(left), sign, _literal(right), self.schema)
        return _compare(self._name(right), _FLIPPED[sign], _literal(left), self.schema)

    def _name(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            raise NotNative
        return self.names.get(node.id, node.id)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError as exc:
        raise NotNative from exc


def _texts(value: Any) -> Iterator[Any]:
    if hasattr(value, "dict"):
        value = value.dict()
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield value
