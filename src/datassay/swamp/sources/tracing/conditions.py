"""What a condition says of the name that a loop goes through: `if c not in ("id", "label"):`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.values import OneOf, Value, exact_names

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State


def narrow(state: State, test: ast.expr, *, holds: bool) -> dict[str, Value]:
    """Return what variables that stand for one of several names are left with where `test` holds, or does not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return narrow(state, test.operand, holds=not holds)
    if isinstance(test, ast.BoolOp):
        parts = [narrow(state, part, holds=holds) for part in test.values]
        names = {name for part in parts for name in part}
        if isinstance(test.op, ast.And) is holds:
            # All parts of an "and" that holds hold, and none of an "or" that does not.
            return {name: _combine([part[name] for part in parts if name in part], all) for name in names}
        return {name: _combine([part[name] for part in parts], any) for name in names if all(name in p for p in parts)}
    for node in ast.walk(test):
        if isinstance(node, ast.Name) and isinstance(held := state.env.get(node.id), OneOf):
            fits = _name_test(state, test, node)
            if fits is not None:
                kept = tuple(name for name in held.names if fits(name) is holds)
                return {node.id: OneOf(kept, held.is_written)}
    return {}


def text_test(test: ast.expr, target: ast.expr) -> Callable[[str], bool] | None:
    """Return the test of `c.startswith("x")`, `c.endswith("x")` or `"x" in c`."""
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and len(test.args) == 1:
        text, name = test.args[0], test.func.attr
        if same_name(test.func.value, target) and isinstance(text, ast.Constant) and isinstance(text.value, str):
            part = text.value
            if name == "startswith":
                return lambda column: column.startswith(part)
            if name == "endswith":
                return lambda column: column.endswith(part)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.In):
        left = test.left
        if same_name(test.comparators[0], target) and isinstance(left, ast.Constant) and isinstance(left.value, str):
            inside = left.value
            return lambda column: inside in column
    return None


def same_name(node: ast.expr, target: ast.expr) -> bool:
    """Say whether two expressions are the same variable."""
    return isinstance(node, ast.Name) and isinstance(target, ast.Name) and node.id == target.id


def find_rewrites(loop: ast.For | ast.AsyncFor) -> list[tuple[str, str]]:
    """Return the tables whose columns a loop gives new values one by one: `for c in df.columns: df[c] = f(df[c])`."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(loop):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Name):
                place = target.value
                if isinstance(place, ast.Attribute) and place.attr in {"loc", "iloc"}:
                    place = place.value
                found.append((dotted_name(place) or "", target.slice.id))
    return found


def is_always(test: ast.expr) -> bool:
    """Say whether a condition holds whenever the script itself is run."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _name_test(state: State, test: ast.expr, variable: ast.Name) -> Callable[[str], bool] | None:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and same_name(test.left, variable):
        known = exact_names(state.eval(test.comparators[0]))
        if known is not None and isinstance(test.ops[0], ast.In | ast.Eq):
            return lambda column: column in known
        if known is not None and isinstance(test.ops[0], ast.NotIn | ast.NotEq):
            return lambda column: column not in known
    return text_test(test, variable)


def _combine(left: list[Value], how: Callable[[Iterable[bool]], bool]) -> Value:
    """Return the names that all, or any, of several parts of a condition leave."""
    parts = [each for each in left if isinstance(each, OneOf)]
    names = dict.fromkeys(name for part in parts for name in part.names)
    return OneOf(tuple(name for name in names if how(name in part.names for part in parts)), parts[0].is_written)
