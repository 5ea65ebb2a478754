"""What a method of a table does with its columns."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.frames import Frame, merge_frames
from datassay.swamp.sources.tracing.joins import join_table
from datassay.swamp.sources.tracing.plots import draw
from datassay.swamp.sources.tracing.queries import read_query
from datassay.swamp.sources.tracing.shaping import (
    drop_columns,
    given_names,
    output_names,
    rename_columns,
    select_columns,
)
from datassay.swamp.sources.tracing.values import (
    Const,
    Foreign,
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
    pending_in,
)
from datassay.swamp.sources.tracing.verbs import (
    AGGREGATES,
    APPLIES,
    COPIES,
    FILLS,
    GROUPERS,
    JOINS,
    KINDS,
    MATRICES,
    NAMING,
    OVERVIEWS,
    PIECES,
    PLOT_METHODS,
    ROW_ITERATORS,
    SAME,
    THROUGH,
    VIEWS,
)

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_VARIABLE = re.compile(r"@\w+")
_BACKTICKED = re.compile(r"`([^`]*)`")
_WORD = re.compile(r"[^\W\d]\w*")
_TOTALS = frozenset({"mean", "sum", "median", "min", "max", "std", "var", "prod", "quantile", "skew", "mode"})
_ADDS = frozenset({"with_columns", "assign", "with_column", "withColumn", "withColumns", "with_columns_seq", "eval"})
_SELECTS = frozenset({"select", "select_seq", "get", "get_column", "to_series", "reindex"})
_TEXTS = frozenset({"query", "where", "filter", "eval", "selectExpr", "agg"})
#: Arguments that hold names of columns.
_NAMED = frozenset({"by", "on", "left_on", "right_on", "subset", "columns", "values", "index", "keys", "exprs", "**"})


def call_method(state: State, frame: Frame, name: str, node: ast.Call) -> Value:
    """Follow `frame.name(...)` and return what it yields; what is unknown yields the same columns or fewer."""
    kind: UsageKind = KINDS.get(name, "projected")
    if name in FILLS:
        # The mean that fills a gap tells nobody anything.
        state.picked.update(each for arg in (*node.args, *node.keywords) for each in ast.walk(arg))
    state.context.append(frame)
    args = [state.eval(arg, kind) for arg in node.args]
    kwargs = {keyword.arg or "**": state.eval(keyword.value, kind) for keyword in node.keywords}
    state.context.pop()
    values = [*args, *kwargs.values()]
    state.use(frame, pending_in(values), kind, node)
    if name in {"drop", "drop_columns", "pop", "drop_in_place"}:
        return drop_columns(state, frame, args, kwargs, node)
    if name == "rename":
        return rename_columns(frame, args, kwargs)
    if name in {"add_prefix", "add_suffix"} and args and isinstance(args[0], Text):
        text = args[0].text
        return frame.rename({old: text + old if name == "add_prefix" else old + text for old in frame.columns})
    if name in {"withColumnRenamed", "withColumnsRenamed"}:
        old = [value.text for value in args if isinstance(value, Text)]
        return rename_columns(frame, [Map({old[0]: Text(old[1])})] if len(old) == 2 else args, kwargs)
    if name in {"names", "keys"} and not args:
        return Names(tuple(frame.columns), frame.is_exact)
    if name in ROW_ITERATORS:
        return Rows(frame.as_matrix(is_matrix=False), is_paired=ROW_ITERATORS[name])
    if name in PIECES:
        state.use(frame, given_names(values), "grouped", node)
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
    if name == "transpose":
        return replace(frame.loosely(), is_nested=True)
    if name == "select_dtypes":
        return frame.loosely()
    if name in PLOT_METHODS:
        return draw(state, frame, node, args, kwargs)
    if name in {"filter", "remove"}:
        state.use(frame, kwargs, "filtered", node)  # Polars: filter(sex="f")
    if name in OVERVIEWS and not given_names(values) and not frame.is_grouped:
        return replace(frame.loosely(), is_overview=True)
    if name in _TEXTS:
        _read_text(state, frame, args, node, kind)
    return _call_other(state, frame, name, node, kind=kind, args=args, kwargs=kwargs)


def _call_other(
    state: State,
    frame: Frame,
    name: str,
    node: ast.Call,
    *,
    kind: UsageKind,
    args: list[Value],
    kwargs: dict[str, Value],
) -> Value:
    values = [*args, *kwargs.values()]
    is_whole = name in {"melt", "unpivot", "stack", "pivot_table", "pivot"}
    if name in THROUGH or (is_whole and not {"value_vars", "on", "values"} & set(kwargs) and not frame.is_grouped):
        state.doubt_table(frame, node, "goes through columns")
    if name in JOINS:
        frame = join_table(state, frame, args, kwargs, node)
        values = [value for value in values if not isinstance(value, Frame | Foreign)]
    given = given_names(values)
    state.use(frame, given, kind, node)
    if name in KINDS:
        state.use_names(frame, values, kind, node)
    axis = kwargs.get("axis", args[0] if args else None)
    if name in AGGREGATES and name != "apply" and axis in (Const(1), Text("columns")):
        state.doubt_table(frame, node, "all columns are put together")
    is_open = frame.is_narrowed and not (frame.is_exact and not frame.is_listed) and not frame.is_grouped
    if name in _TOTALS and is_open and node not in state.picked:
        state.doubt_table(frame, node, "columns that are not named are aggregated")
    if frame.is_grouped and name in AGGREGATES and not kwargs and not any(_is_about_columns(a, frame) for a in args):
        if node not in state.picked:
            rest = frame.drop(frame.keys)
            state.doubt_table(rest, node, "all columns are aggregated")
        return replace(frame.loosely(), is_grouped=False)
    _find_gaps(state, frame, name, node, {**{str(i): value for i, value in enumerate(args)}, **kwargs})
    # The other table of a join brings its columns, too: it may be another part of the same dataset.
    result = _follow_functions(state, frame, name, [*args, *kwargs.values()], node)
    if frame.is_grouped and name in {"agg", "aggregate", "size", "len", "count", "applyInPandas"} and result is frame:
        made = [*kwargs, *output_names(values), *(given if not kwargs else [])] if name.startswith("agg") else []
        return frame.keep([*frame.keys, *made, *_whole_names(values)]).loosely()
    if name in _ADDS:
        return result.add([*kwargs, *output_names(values), *(given[:1] if name.startswith("withColumn") else [])])
    if name in MATRICES:
        return result.as_matrix()
    if name in GROUPERS:
        return replace(
            result, is_grouped=True, keys=tuple(dict.fromkeys([*given, *output_names(values), *_whole_names(values)]))
        )
    if name == "set_index":
        return result.drop(given) if given else result.loosely()
    if name in {"get_dummies", "to_dummies"}:
        return replace(result.loosely(), is_dummied=True)
    return result if name in SAME and "axis" not in kwargs else result.loosely()


def _whole_names(values: list[Value]) -> list[str]:
    return [name for value in values if isinstance(value, Names) for name in value.names]


def _is_about_columns(value: Value, frame: Frame) -> bool:
    """Say whether an argument of an aggregation names columns; "mean" and functions are about all of them."""
    items = value.items if isinstance(value, Seq) else (value,)
    return any(isinstance(item, Series | Map) or bool(set(given_names([item])) & set(frame.columns)) for item in items)


def _follow_functions(state: State, frame: Frame, name: str, values: list[Value], node: ast.Call) -> Frame:
    """Follow functions that are handed to a method, and return the columns of all tables that meet in it."""
    others = [part for value in values for part in frames_in(value)]
    if others and name in JOINS:
        others = [replace(part, suffixes=tuple(dict.fromkeys([*part.suffixes, "_y", "_right"]))) for part in others]
    result = merge_frames([frame, *others]) or frame
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
                state.doubt_table(frame, node, "a column name is put together at run time")
            elif isinstance(value, OneOf) and not value.is_written:
                bases = [base for each in value.names if (base := frame.base(each)) is not None]
                state.doubt(bases, node, "goes through columns")
    # The other table of a join is not known either, and names nothing.
    checked = [key for key in given if (name not in JOINS and (key.isdigit() or name in NAMING)) or key in _NAMED]
    if all(given[key] is not None for key in checked):
        return
    if name in APPLIES:
        state.hand_on([frame], node, f"the table is handed on by {name}()")
    elif name in NAMING:
        state.doubt_table(frame, node, "a column name is not known before run time")


def _copy(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> None:
    """Follow a copy into a file: no use of a table as it is, and other scripts may read the file."""
    named = [kwargs[key] for key in ("partition_by", "partitionBy") if key in kwargs]
    state.use(frame, given_names(named), "grouped", node)
    chosen = [value for key in ("columns", "include_header_names") if (value := kwargs.get(key)) is not None]
    for value in chosen:
        picked = state.pick_value(frame, value, node, "exported")
        frame = picked if isinstance(picked, Frame) else frame
    paths = [
        value for value in [*args[:1], *(v for k, v in kwargs.items() if k != "columns")] if isinstance(value, Text)
    ]
    lasts = [last for value in paths if (last := re.split(r"[\\/]", value.text)[-1].casefold())]
    if paths or args or kwargs:
        state.export(frame, lasts[0] if lasts else "", node)
    for last in lasts:
        if frame.is_certain:
            known = state.notes.copies.get(last)
            state.notes.copies[last] = frame if known is None else merge_frames([known, frame]) or frame


def _query(state: State, frame: Frame, args: list[Value], node: ast.Call) -> Value:
    """Follow df.sql("select age from self")."""
    outer = dict(state.env)
    state.env["self"] = frame
    answers = [read_query(state, value, node) for value in args]
    state.env = outer
    if not any(isinstance(answer, Frame) for answer in answers):
        state.doubt_table(frame, node, "a query is not known before run time")
    return next((answer for answer in answers if answer is not None), frame.loosely())


def _read_text(state: State, frame: Frame, args: list[Value], node: ast.Call, kind: UsageKind) -> None:
    """Read a condition in text: df.query("age > 3"), spark_df.where("sex = 'F'")."""
    for value in args:
        if isinstance(value, Pattern):
            text = " ".join(piece or "" for piece in value.pieces)
        elif isinstance(value, Text) and frame.find(value.text) is None:
            text = value.text
        else:
            continue
        bare = _VARIABLE.sub(" ", _QUOTED.sub(" ", text))
        state.use(frame, [*_BACKTICKED.findall(bare), *_WORD.findall(bare)], kind, node)
