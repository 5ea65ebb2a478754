"""What a method of a table does with its columns."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.queries import read_query
from datassay.swamp.sources.tracing.shaping import (
    drop_columns,
    given_names,
    output_names,
    rename_columns,
    select_columns,
)
from datassay.swamp.sources.tracing.values import (
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
    pending_in,
)
from datassay.swamp.sources.tracing.verbs import (
    AGGREGATES,
    APPLIES,
    COPIES,
    GROUPS,
    JOINS,
    KINDS,
    MATRICES,
    NAMING,
    PIECES,
    ROW_ITERATORS,
    SAME,
    THROUGH,
    VIEWS,
)

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BACKTICKED = re.compile(r"`([^`]*)`")
_WORD = re.compile(r"[^\W\d]\w*")
_ADDS = frozenset({"with_columns", "assign", "with_column", "withColumn", "withColumns", "with_columns_seq", "eval"})
_SELECTS = frozenset({"select", "select_seq", "get", "get_column", "to_series", "reindex"})
_TEXTS = frozenset({"query", "where", "filter", "eval", "selectExpr", "agg"})
#: Arguments that hold names of columns.
_NAMED = frozenset({"by", "on", "left_on", "right_on", "subset", "columns", "values", "index", "keys", "exprs", "**"})


def call_method(state: State, frame: Frame, name: str, node: ast.Call) -> Value:
    """Follow `frame.name(...)` and return what it yields; what is unknown yields the same columns or fewer."""
    kind: UsageKind = KINDS.get(name, "projected")
    state.context.append(frame)
    args = [state.eval(arg, kind) for arg in node.args]
    kwargs = {keyword.arg or "**": state.eval(keyword.value, kind) for keyword in node.keywords}
    state.context.pop()
    values = [*args, *kwargs.values()]
    state.use(frame, pending_in(values), kind, node)
    if name in {"drop", "drop_columns", "pop"}:
        return drop_columns(state, frame, args, kwargs, node)
    if name == "rename":
        return rename_columns(frame, args, kwargs)
    if name in {"names", "keys"} and not args:
        return Names(tuple(frame.columns), frame.is_exact)
    if name in ROW_ITERATORS:
        return Rows(frame.as_matrix(is_matrix=False), is_paired=ROW_ITERATORS[name])
    if name in PIECES:
        return Seq((frame,))
    if name.startswith(COPIES):
        _copy(state, frame, args, kwargs, node)
        return None
    if name in VIEWS:
        state.env.update({value.text: frame for value in args if isinstance(value, Text)})
        return None
    if name == "sql":
        return _query(state, frame, args, node)
    if name in _SELECTS or (name == "filter" and {"items", "like", "regex"} & set(kwargs)):
        return select_columns(state, frame, args, kwargs, node)
    if name in _TEXTS:
        _read_text(state, frame, args, node, kind)
    if name in THROUGH or (name in {"melt", "unpivot", "stack"} and not {"value_vars", "on"} & set(kwargs)):
        state.doubt(frame.live, node, "goes through columns")
    given = given_names(values)
    state.use(frame, given, kind, node)
    if frame.is_grouped and name in AGGREGATES and not kwargs and not any(_is_about_columns(a, frame) for a in args):
        state.doubt(frame.live, node, "all columns are aggregated")
    _find_gaps(state, frame, name, node, {**{str(i): value for i, value in enumerate(args)}, **kwargs})
    result = _follow_functions(state, frame, name, values, node)
    if name in _ADDS:
        return result.add([*kwargs, *output_names(values), *(given[:1] if name.startswith("withColumn") else [])])
    if name in MATRICES:
        return result.as_matrix()
    if name in GROUPS:
        return replace(result, is_grouped=True)
    return result if name in SAME and "axis" not in kwargs else result.loosely()


def _is_about_columns(value: Value, frame: Frame) -> bool:
    """Say whether an argument of an aggregation names columns; "mean" and functions are about all of them."""
    items = value.items if isinstance(value, Seq) else (value,)
    return any(isinstance(item, Series | Map) or bool(set(given_names([item])) & set(frame.columns)) for item in items)


def _follow_functions(state: State, frame: Frame, name: str, values: list[Value], node: ast.Call) -> Frame:
    """Follow functions that are handed to a method, and return the columns of all tables that meet in it."""
    result = merge_frames([frame, *(part for value in values for part in frames_in(value))]) or frame
    for value in values:
        if isinstance(value, Function):
            returned = state.inline(value, [replace(frame, is_grouped=False)], {}, node)
            result = returned if isinstance(returned, Frame) and name in {"pipe", "map_batches"} else result
    return result


def _find_gaps(state: State, frame: Frame, name: str, node: ast.Call, given: dict[str, Value]) -> None:
    """Doubt what is left of the table where an argument that may name columns is not known."""
    if name in NAMING:
        for value in given.values():
            if isinstance(value, Pattern):
                state.doubt(frame.live, node, "a column name is put together at run time")
            elif isinstance(value, OneOf) and not value.is_written:
                bases = [base for each in value.names if (base := frame.columns.get(each)) is not None]
                state.doubt(bases, node, "goes through columns")
    # The other table of a join is not known either, and names nothing.
    checked = [key for key in given if (name not in JOINS and (key.isdigit() or name in NAMING)) or key in _NAMED]
    if all(given[key] is not None for key in checked):
        return
    if name in APPLIES:
        state.hand_on([frame], node, f"the table is handed on by {name}()")
    elif name in NAMING:
        state.doubt(frame.live, node, "a column name is not known before run time")


def _copy(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> None:
    """Follow a copy into a file: no use, but other scripts may read the file."""
    state.sweep(frame, frame.columns, node, "copied")
    paths = [value for value in [*args[:1], *kwargs.values()] if isinstance(value, Text)]
    for value in paths:
        last = re.split(r"[\\/]", value.text)[-1].casefold()
        if last and frame.is_certain:
            known = state.notes.copies.get(last)
            state.notes.copies[last] = frame if known is None else merge_frames([known, frame]) or frame


def _query(state: State, frame: Frame, args: list[Value], node: ast.Call) -> Value:
    """Follow df.sql("select age from self")."""
    outer = dict(state.env)
    state.env["self"] = frame
    answers = [read_query(state, value, node) for value in args]
    state.env = outer
    if not any(isinstance(answer, Frame) for answer in answers):
        state.doubt(frame.live, node, "a query is not known before run time")
    return next((answer for answer in answers if answer is not None), frame.loosely())


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
