"""What a method of a table does with its columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.values import (
    Const,
    Frame,
    Function,
    Map,
    Names,
    OneOf,
    Pattern,
    Rows,
    Seq,
    Series,
    Text,
    Value,
    frames_in,
    merge_frames,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import APPLIES, COPIES, KINDS, MATRICES, ROW_ITERATORS

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BACKTICKED = re.compile(r"`([^`]*)`")
_WORD = re.compile(r"[^\W\d]\w*")
_ADDS = ("with_columns", "assign", "with_column", "withColumn", "withColumns", "with_columns_seq", "mutate", "eval")
_SELECTS = ("select", "select_seq", "get", "get_column", "get_columns", "to_series", "reindex", "project")


def call_method(state: State, frame: Frame, name: str, node: ast.Call) -> Value:
    """Follow `frame.name(...)` and return what it yields; what is unknown yields the same columns."""
    kind: UsageKind = KINDS.get(name, "projected")
    state.context.append(frame)
    args = [state.eval(arg, kind) for arg in node.args]
    kwargs = {keyword.arg or "**": state.eval(keyword.value, kind) for keyword in node.keywords}
    state.context.pop()
    if name in {"drop", "drop_columns", "pop"}:
        return _drop(state, frame, args, kwargs, node)
    if name == "rename":
        return _rename(frame, args, kwargs)
    if name in {"names", "keys", "to_list", "tolist"} and not args:
        return Names(tuple(frame.columns))
    if name in ROW_ITERATORS:
        return Rows(frame.as_matrix(is_matrix=False), is_paired=ROW_ITERATORS[name])
    if name.startswith(COPIES):
        state.sweep(frame, frame.columns, node, "copied")
        return None
    if name in _SELECTS or (name == "filter" and {"items", "like", "regex"} & set(kwargs)):
        return _select(state, frame, args, kwargs, node)
    if name in {"query", "where", "filter", "eval", "selectExpr", "agg"}:
        _read_text(state, frame, args, node, kind)
    given = _given_names([*args, *kwargs.values()])
    state.use(frame, given, kind, node)
    result = merge_frames([frame, *(part for value in [*args, *kwargs.values()] for part in frames_in(value))]) or frame
    if name in APPLIES and any(value is None and _is_name(arg) for value, arg in zip(args, node.args, strict=False)):
        state.hand_on([frame], node, f"the table is handed on by {name}()")
    for value in [*args, *kwargs.values()]:
        if isinstance(value, Function):
            returned = state.inline(value, [frame], {}, node)
            result = returned if isinstance(returned, Frame) and name in {"pipe", "map_batches"} else result
        elif isinstance(value, Pattern):
            state.doubt(frame.live, node, "a column name is put together at run time")
        elif isinstance(value, OneOf) and not value.is_written and name not in {"astype", "cast", "fillna"}:
            state.doubt(
                [base for each in value.names if (base := frame.columns.get(each))], node, "goes through columns"
            )
    if name in _ADDS:
        return result.add([*kwargs, *_outputs(args), *(given[:1] if name.startswith("withColumn") else [])])
    return result.as_matrix() if name in MATRICES else result


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _drop(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
    axis = kwargs.get("axis")
    if (
        axis == Const(0)
        or (isinstance(axis, Text) and axis.text != "columns")
        or (not args and set(kwargs) == {"index"})
    ):
        return frame  # rows, not columns
    listed = [*args, *(kwargs[key] for key in ("columns", "labels") if key in kwargs)]
    gone: list[str] = []
    for value in listed:
        # df.drop(c) inside a loop over names: after the loop all of them are gone.
        names = value.names if isinstance(value, Names) else written_names(value)
        gone += names or []
    if isinstance(node.func, ast.Attribute) and node.func.attr == "pop":
        state.use(frame, gone, "projected", node)
    else:
        state.sweep(frame, gone, node, "dropped")
    return frame.drop(gone)


def _rename(frame: Frame, args: list[Value], kwargs: dict[str, Value]) -> Frame:
    mapping = kwargs.get("columns", kwargs.get("mapping", args[0] if args else None))
    if not isinstance(mapping, Map):
        return frame
    texts = {old: new.text for old, new in mapping.items.items() if isinstance(new, Text) and new.is_exact}
    return frame.rename(texts)


def _select(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
    outputs: list[str] = [name for name in kwargs if name not in {"items", "like", "regex", "axis", "columns", "**"}]
    is_whole = False
    values = [*args, *(kwargs[key] for key in ("items", "columns") if key in kwargs)]
    flat = [item for value in values for item in (value.items if isinstance(value, Seq) else (value,))]
    for value in flat:
        names = written_names(value)
        if isinstance(value, Names):
            outputs += value.names
        elif isinstance(value, Text | OneOf | Seq | Map) and names is not None:
            if names == ["*"]:
                is_whole = True
            state.use(frame, names, "projected", node)
            outputs += names
        elif isinstance(value, Series) and value.name is not None:
            outputs.append(value.name)
        elif isinstance(value, Frame):
            outputs += list(value.columns)
        elif isinstance(value, Series | Const | Function):
            is_whole = is_whole or isinstance(value, Function)
        else:
            state.doubt(frame.live, node, "the selected columns are not known before run time")
            is_whole = True
    if {"like", "regex"} & set(kwargs):
        state.doubt(frame.live, node, "columns are selected by a pattern")
        is_whole = True
    return frame if is_whole else frame.keep(outputs)


def _given_names(values: Iterable[Value]) -> list[str]:
    """Return all names that are written in the arguments, also in lists, dicts and inside dicts."""
    given: list[str] = []
    for value in values:
        if isinstance(value, Text | OneOf):
            given += written_names(value) or []
        elif isinstance(value, Seq):
            given += _given_names(value.items)
        elif isinstance(value, Map):
            given += [*value.items, *_given_names(value.items.values())]
    return given


def _outputs(values: Iterable[Value]) -> list[str]:
    """Return the names of expressions such as pl.col("a").alias("b")."""
    flat = [item for value in values for item in (value.items if isinstance(value, Seq) else (value,))]
    return [item.name for item in flat if isinstance(item, Series) and item.name is not None]


def _read_text(state: State, frame: Frame, args: list[Value], node: ast.Call, kind: UsageKind) -> None:
    """Read a condition in text: df.query("age > 3"), spark_df.where("sex = 'F'")."""
    for value in args:
        if isinstance(value, Pattern):
            text = " ".join(piece or "" for piece in value.pieces)
        elif isinstance(value, Text) and value.text not in frame.columns:
            text = value.text
        else:
            continue
        bare = _QUOTED.sub(" ", text)
        state.use(frame, [*_BACKTICKED.findall(bare), *_WORD.findall(bare)], kind, node)
