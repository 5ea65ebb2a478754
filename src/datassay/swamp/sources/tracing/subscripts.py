"""Follow `table[key]`, whatever the key: a name, names, rows, places, or something known at run time only."""

from __future__ import annotations

import ast
import re

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.state import State
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Const,
    Foreign,
    Frame,
    Map,
    Names,
    OneOf,
    Pattern,
    Seq,
    Series,
    Text,
    Value,
    written_names,
)


class Subscripts(State):
    """Evaluation of subscripts."""

    def item_of(self, items: Value) -> Value:
        """Return what one element of `items` stands for."""
        raise NotImplementedError

    def subscript(self, node: ast.Subscript, kind: UsageKind) -> Value:
        """Follow one subscript."""
        base = self.eval(node.value, kind)
        if isinstance(base, Frame):
            return self.pick(base, node.slice, node, kind)
        if isinstance(base, Accessor):
            return self._locate(base, node, kind)
        if isinstance(base, Map):
            key = self.eval(node.slice)
            return base.items.get(key.text) if isinstance(key, Text) else None
        if isinstance(base, Seq):
            key = self.eval(node.slice)
            if (
                isinstance(key, Const)
                and isinstance(key.value, int)
                and -len(base.items) <= key.value < len(base.items)
            ):
                return base.items[key.value]
            return base if isinstance(node.slice, ast.Slice) else self.item_of(base)
        if isinstance(base, Names):
            return self._pick_name(base, node.slice)
        if isinstance(base, Series | Foreign | Text):
            self.eval(node.slice, kind)
            return base if not isinstance(base, Text) else None
        key = self.eval(node.slice, kind)
        self.mention(written_names(key) or [], kind, node)
        return None

    def _pick_name(self, base: Names, key: ast.expr) -> Value:
        """Follow `df.columns[key]`: a number picks one column as plainly as its name would."""
        value = self.eval(key)
        if isinstance(value, Const) and isinstance(value.value, int):
            return OneOf(base.names[value.value :][:1], is_written=True)
        return base if isinstance(key, ast.Slice) or isinstance(value, Series) else OneOf(base.names, is_written=False)

    def _locate(self, accessor: Accessor, node: ast.Subscript, kind: UsageKind) -> Value:
        frame = accessor.frame
        if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            self.eval(node.slice.elts[0], "filtered")
            if accessor.kind in {"iloc", "iat"}:
                return self._by_position(frame, node.slice.elts[1], node, kind)
            return self.pick(frame, node.slice.elts[1], node, kind)
        self.eval(node.slice, "filtered")
        return frame

    def pick(self, frame: Frame, key: ast.expr, node: ast.AST, kind: UsageKind) -> Value:
        """Follow `frame[key]`."""
        if isinstance(key, ast.Slice):
            self.eval(key.lower), self.eval(key.upper)
            return frame
        if isinstance(key, ast.Tuple) and len(key.elts) == 2 and not _is_text(key.elts[0]):
            self.eval(key.elts[0], "filtered")
            return self._by_position(frame, key.elts[1], node, kind)
        value = self.eval(key, "filtered" if not isinstance(key, ast.Constant | ast.List | ast.Name) else kind)
        return self.pick_value(frame, value, node, kind)

    def pick_value(self, frame: Frame, value: Value, node: ast.AST, kind: UsageKind) -> Value:
        """Follow `frame[value]`."""
        names = written_names(value)
        if isinstance(value, Text | OneOf) and names is not None:
            self.use(frame, names, kind, node)
            return Series(names[0] if len(names) == 1 else None)
        if names is not None and isinstance(value, Seq | Map):
            self.use(frame, names, kind, node)
            return frame.keep(names)
        if isinstance(value, Names):
            return frame.keep(name for name in value.names if name in frame.columns)
        if isinstance(value, Pattern):
            pattern = re.compile("".join(".*" if piece is None else re.escape(piece) for piece in value.pieces))
            matches = [base for name, base in frame.columns.items() if base and pattern.fullmatch(name)]
            self.doubt(matches, node, "a column name is put together at run time")
            return Series()
        if isinstance(value, OneOf):
            self.doubt(
                [base for name in value.names if (base := frame.columns.get(name))], node, "goes through columns"
            )
            return Series()
        if isinstance(value, Series | Const | Frame) or frame.is_matrix:
            return frame
        self.doubt(frame.live, node, "a column name is not known before run time")
        return frame

    def _by_position(self, frame: Frame, key: ast.expr, node: ast.AST, kind: UsageKind) -> Value:
        names = list(frame.columns)
        if isinstance(key, ast.Slice):
            bounds = [self.eval(part) for part in (key.lower, key.upper, key.step)]
            if any(
                part is not None and not isinstance(bound, Const | Text)
                for part, bound in zip((key.lower, key.upper, key.step), bounds, strict=True)
            ) or any(isinstance(bound, Text) for bound in bounds):
                return frame
            start, stop, step = (bound.value if isinstance(bound, Const) else None for bound in bounds)
            return frame.keep(names[slice(*(int(x) if x is not None else None for x in (start, stop, step)))])
        value = self.eval(key, kind)
        positions = value.items if isinstance(value, Seq) else (value,)
        if all(isinstance(item, Const) and isinstance(item.value, int) for item in positions):
            picked = [int(item.value or 0) for item in positions if isinstance(item, Const)]
            chosen = [names[place] for place in picked if -len(names) <= place < len(names)]
            if not frame.is_matrix:
                self.use(frame, chosen, kind, node)
                return frame.keep(chosen)
            return frame  # an array may have been put together in another order
        return self.pick_value(frame, value, node, kind)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
