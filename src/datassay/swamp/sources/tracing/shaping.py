"""Methods that give a table other columns: drop, rename, select."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.values import (
    Const,
    Function,
    Map,
    Names,
    OneOf,
    Seq,
    Series,
    Text,
    Value,
    exact_names,
    written_names,
)

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State


def drop_columns(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
    """Follow drop, and pop, which also reads."""
    axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
    is_rows = axis == Const(0) or (isinstance(axis, Text) and axis.text in {"index", "rows"})
    if is_rows or (not args and set(kwargs) <= {"index", "inplace", "errors"}):
        return frame
    listed = [*args, *(kwargs[key] for key in ("columns", "labels") if key in kwargs)]
    is_pop = isinstance(node.func, ast.Attribute) and node.func.attr == "pop"
    result = frame
    for value in listed:
        if is_pop:
            state.use(frame, written_names(value) or [], "projected", node)
        # Only what is certainly gone is gone: a column too many in the rest is no harm, one too few is.
        names = exact_names(value)
        if names is None:
            result = result.loosely() if not isinstance(value, Const) else result
            continue
        if not is_pop:
            state.sweep(frame, names, node, "dropped")
        result = result.drop(names)
    return result


def rename_columns(frame: Frame, args: list[Value], kwargs: dict[str, Value]) -> Frame:
    """Follow rename; a mapping that is not written down leaves both names possible."""
    mapping = kwargs.get("columns", kwargs.get("mapping", args[0] if args else None))
    if not isinstance(mapping, Map):
        return replace(frame.loosely(), is_renamed=True)
    texts = {old: new.text for old, new in mapping.items.items() if isinstance(new, Text) and new.is_exact}
    renamed = frame.rename(texts)
    return renamed if len(texts) == len(mapping.items) else renamed.loosely()


def select_columns(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
    """Follow select and its kin: names that are written are used, names of the table itself only kept."""
    outputs: list[str] = [name for name in kwargs if name not in {"items", "like", "regex", "axis", "columns", "**"}]
    is_exact = frame.is_exact
    values = [*args, *kwargs.values()]
    for value in _flatten(values):
        names = written_names(value)
        if isinstance(value, Names):
            outputs += value.names
            is_exact = is_exact and value.is_exact
        elif names == ["*"]:
            outputs += frame.columns
        elif names is not None:
            state.use(frame, names, "projected", node)
            outputs += names
            is_exact = is_exact and not isinstance(value, OneOf)
        elif isinstance(value, Series):
            outputs += [value.name] if value.name is not None else []
        elif isinstance(value, Frame):
            outputs += value.columns
        elif not isinstance(value, Const):
            why = "columns are chosen by a function" if isinstance(value, Function) else "are not known before run time"
            state.doubt_table(frame, node, f"the selected columns {why}")
            outputs += frame.columns
            is_exact = False
    if {"like", "regex"} & set(kwargs):
        state.doubt_table(frame, node, "columns are selected by a pattern")
        return frame.loosely()
    kept = frame.keep(outputs)
    return kept if is_exact else kept.loosely()


def given_names(values: list[Value]) -> list[str]:
    """Return all names that are written in the arguments, also in lists, dicts and inside dicts."""
    given: list[str] = []
    for value in values:
        if isinstance(value, Text | OneOf):
            given += written_names(value) or []
        elif isinstance(value, Seq):
            given += given_names(list(value.items))
        elif isinstance(value, Map):
            given += [*value.items, *given_names(list(value.items.values()))]
    return given


def output_names(values: list[Value]) -> list[str]:
    """Return the names of expressions such as pl.col("a").alias("b")."""
    return [item.name for item in _flatten(values) if isinstance(item, Series) and item.name is not None]


def _flatten(values: list[Value]) -> list[Value]:
    return [item for value in values for item in (_flatten(list(value.items)) if isinstance(value, Seq) else [value])]
