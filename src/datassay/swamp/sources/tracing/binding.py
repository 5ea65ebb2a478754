"""Give values to names, attributes and columns."""

from __future__ import annotations

import ast
from dataclasses import replace

from datassay.swamp.sources.tracing.calls import Calls
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Instance,
    Map,
    Seq,
    Text,
    Value,
    exact_names,
    frames_in,
    written_names,
)


class Binding(Calls):
    """Evaluation of assignments."""

    def bind(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.env[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.items if isinstance(value, Seq) and len(value.items) == len(target.elts) else None
            if parts is None and isinstance(value, Seq | Frame):
                common = self.item_of(value) if isinstance(value, Seq) else value
                parts = tuple(common for _ in target.elts)
            for i, element in enumerate(target.elts):
                self.bind(element, parts[i] if parts is not None else None)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value)
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(target, value)
        elif isinstance(target, ast.Subscript):
            self._bind_item(target, value)

    def _bind_attribute(self, target: ast.Attribute, value: Value) -> None:
        dotted = dotted_name(target)
        holder = dotted_name(target.value)
        frame = self.env.get(holder) if holder is not None else self.eval(target.value)
        if isinstance(frame, Frame):
            names = written_names(value)
            if target.attr == "columns" and names is not None and len(names) == len(frame.columns):
                self.change(frame, frame.rename(dict(zip(frame.columns, names, strict=True))))
            elif target.attr == "columns":
                self.change(frame, replace(frame.loosely(), is_renamed=True))
        elif dotted is not None:
            self.env[dotted] = value
            if holder != "self" and not isinstance(frame, Instance):
                self.hand_on(frames_in(value), target, f"the table is kept in {dotted}")

    def _bind_item(self, target: ast.Subscript, value: Value) -> None:
        """Follow `df["x"] = ...`: a write, unless it picks its rows by a column."""
        place = target.value
        held = self.env.get(dotted_name(place) or "")
        if isinstance(held, Map | Seq):
            self._put(dotted_name(place) or "", held, self.eval(target.slice), value)
            return
        if not isinstance(held, Frame) and isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
            is_table = isinstance(self.eval(place), Frame | Accessor)
            frames = [] if is_table else list(frames_in(value))
            self.hand_on(frames, target, "the table is put into something")
        if isinstance(place, ast.Attribute) and place.attr in {"loc", "iloc", "at", "iat"}:
            if isinstance(target.slice, ast.Tuple) and len(target.slice.elts) == 2:
                self.eval(target.slice.elts[0], "filtered")
                self._write(place.value, target.slice.elts[1])
            return
        self._write(place, target.slice)

    def _put(self, name: str, held: Map | Seq, key: Value, value: Value) -> None:
        """Follow `tables["train"] = df`."""
        if isinstance(held, Map) and isinstance(key, Text) and key.is_exact:
            self.env[name] = Map({**held.items, key.text: value})
        elif any(True for _ in frames_in(value)) or any(True for _ in frames_in(held)):
            items = held.items.values() if isinstance(held, Map) else held.items
            self.env[name] = Seq((*items, value), is_exact=False)
        else:
            self.env[name] = None

    def _write(self, place: ast.expr, key: ast.expr) -> None:
        frame = self._table_at(place)
        names = written_names(self.eval(key))
        if isinstance(frame, Frame) and names is not None:
            self.change(frame, frame.add(names))

    def _table_at(self, place: ast.expr) -> Value:
        holder = dotted_name(place)
        if holder is not None:
            return self.env.get(holder)
        # tables["train"]["x"] = 1
        return self.eval(place) if isinstance(place, ast.Subscript) else None

    def delete(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.env.pop(target.id, None)
        if not isinstance(target, ast.Subscript):
            return
        frame = self._table_at(target.value)
        names = exact_names(self.eval(target.slice))
        if isinstance(frame, Frame) and names is not None:
            self.sweep(frame, names, target, "dropped")
            self.change(frame, frame.drop(names))
