"""Follow plots: the columns that are named on them are shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import Chart, Const, Names, OneOf, Pattern, Seq, Series, Value, written_names
from datassay.swamp.sources.tracing.verbs import CAPTIONS, DIMENSIONS

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

_TYPED = re.compile(r":[A-Z]$")
_CALL = re.compile(r"^\w+\((.*)\)$")
_WORD = re.compile(r"[^\W\d]\w*")


def draw(state: State, frame: Frame, node: ast.Call, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Note what a plot of `frame` shows: the columns that it names, and where it names none, maybe all."""
    named = _show(state, frame, node, args, kwargs)
    values = [*args, *(value for key, value in kwargs.items() if key in DIMENSIONS)]
    is_open = any(_is_open(value) for key, value in kwargs.items() if key in DIMENSIONS and key != "color")
    # A name that is no column of the dataset is one that the script made.
    is_said = any(isinstance(value, Series) or written_names(value) for value in values)
    if is_open or not (named or is_said or _is_begun(node)):
        state.doubt_table(frame, node, "columns are shown that are not named here")
    return Chart(frame)


def draw_more(state: State, chart: Chart, node: ast.expr, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Note what is added to a plot: encode(x="age"), map(plt.hist, "age"), + geom_point(aes("age"))."""
    named = _show(state, chart.frame, node, args, kwargs)
    is_open = any(_is_open(value) for key, value in kwargs.items() if key in DIMENSIONS and key != "color")
    names_any = any(key in {"x", "y", "by", "column"} for key in kwargs)
    if is_open or (isinstance(node, ast.Call) and _is_plain(node) and not named and not names_any):
        state.doubt_table(chart.frame, node, "columns are shown that are not named here")
    return chart


def _is_plain(node: ast.Call) -> bool:
    """Say whether a call is df.plot.hist() or the like, which shows every column if it names none."""
    return (
        isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Attribute)
        and (node.func.value.attr in {"plot", "hvplot"})
    )


def _is_begun(node: ast.Call) -> bool:
    """Say whether a call only begins a plot, whose columns are named later: alt.Chart(df), sns.FacetGrid(df)."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"Chart", "ggplot", "FacetGrid", "PairGrid", "JointGrid"}


def _show(state: State, frame: Frame, node: ast.expr, args: list[Value], kwargs: dict[str, Value]) -> set[str]:
    given = given_names([*args, *(value for key, value in kwargs.items() if key not in CAPTIONS)])
    words = [word for text in [*given, *_texts(node)] for word in _candidates(text)]
    named = {name for name in words if frame.find(name) is not None}
    state.use(frame, sorted(named), "shown", node)
    return named


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the strings in the arguments of a call, also of calls inside it, but for captions."""
    if isinstance(node, ast.Call):
        for arg in node.args:
            yield from _texts(arg)
        for keyword in node.keywords:
            if keyword.arg not in CAPTIONS:
                yield from _texts(keyword.value)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.BinOp | ast.Starred):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _texts(child)


def _candidates(text: str) -> Iterator[str]:
    """Yield the names that a string on a plot may mean: age, -age, age:Q, mean(age):Q, factor(age), ~ sex + age."""
    yield text
    bare = _TYPED.sub("", text.strip())
    yield bare
    yield bare.removeprefix("-")
    call = _CALL.match(bare)
    if call is not None:
        yield call[1]
    if "~" in text or "datum." in text:
        yield from _WORD.findall(text)


def _is_open(value: Value) -> bool:
    """Say whether the column that is shown is not known before run time."""
    items = value.items if isinstance(value, Seq) else (value,)
    return any(
        item is None or isinstance(item, Pattern | Names) or (isinstance(item, OneOf) and not item.is_written)
        for item in items
        if not isinstance(item, Const | Series)
    )
