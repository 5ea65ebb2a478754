"""Joins with another table: by which columns, and what names they leave."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import Foreign, Seq, Text, Value

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

#: Arguments that say what a merge joins by.
_KEYS = frozenset({"on", "left_on", "right_on", "left_index", "right_index", "by", "left_by", "right_by", "**"})


def join_table(state: State, frame: Frame, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Frame:
    """Follow a join with another table, whose names may push ours aside: status_x, status_right."""
    other = next((value for value in [*args, *kwargs.values()] if isinstance(value, Frame | Foreign)), None)
    own = [key for key in ("on", "left_on", "by", "by_left") if key in kwargs]
    positional: list[Value] = [value for value in args if not isinstance(value, Frame | Foreign)]
    for value in [*positional, *(kwargs[key] for key in own)]:
        state.use(frame, given_names([value]), "joined", node)
    for key in ("on", "right_on", "by", "by_right"):
        if key in kwargs and isinstance(other, Frame):
            state.use(other, given_names([kwargs[key]]), "joined", node)
    if isinstance(other, Frame) and positional:
        state.use(other, given_names(positional), "joined", node)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "merge" and len(positional) < 2:
        join_common(state, frame, other, kwargs, node)
    return replace(frame, suffixes=tuple(dict.fromkeys([*frame.suffixes, *given_suffixes(kwargs, 0)])), is_exact=False)


def join_common(state: State, frame: Frame, other: Value, kwargs: Mapping[str, Value], node: ast.Call) -> None:
    """Follow pandas' merge without keys: it joins by all names that both tables have."""
    if _KEYS & set(kwargs) or kwargs.get("how") == Text("cross"):
        return
    columns = other.columns if isinstance(other, Frame | Foreign) else ()
    if columns:
        state.use(frame, [name for name in frame.columns if name in columns], "joined", node)
    else:
        state.doubt_table(frame, node, "tables are merged by whatever names they share")


def given_suffixes(kwargs: dict[str, Value], side: int) -> list[str]:
    """Return the endings that a join may give to the names of its left (0) or right (1) table."""
    listed = kwargs.get("suffixes")
    if isinstance(listed, Seq) and len(listed.items) == 2:
        text = listed.items[side]
        return [text.text] if isinstance(text, Text) and text.text else []
    single = kwargs.get("suffix", kwargs.get("rsuffix" if side else "lsuffix"))
    if isinstance(single, Text):
        return [single.text] if single.text and (side or "lsuffix" in kwargs) else []
    return ["_y", "_right"] if side else ["_x"]
