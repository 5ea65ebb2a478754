"""Follow the expressions of a script: names, lists, subscripts, attributes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.comprehensions import Comprehensions
from datassay.swamp.sources.tracing.frames import Frame, merge_frames
from datassay.swamp.sources.tracing.naming import dotted_name, is_column_function
from datassay.swamp.sources.tracing.plots import draw_more
from datassay.swamp.sources.tracing.subscripts import Subscripts
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Chart,
    Const,
    Foreign,
    Function,
    Instance,
    Map,
    Names,
    Pattern,
    Rows,
    Seq,
    Series,
    Text,
    Value,
    collected,
    exact_names,
    frames_in,
    join,
    pending_in,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import OVERVIEWS, PLAIN_ACCESSORS, SCALARS

_MATRIX_ATTRIBUTES = ("values", "array", "to_numpy")


class Expressions(Comprehensions):
    """Evaluation of everything but calls."""

    def eval(self, node: ast.expr | None, kind: UsageKind = "projected") -> Value:
        """Return what an expression stands for, and note what it reads."""
        if node is None:
            return None
        handler = self._handlers.get(type(node))
        if handler is not None:
            return handler(self, node, kind)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.eval(child, kind)
        return None

    def _constant(self, node: ast.Constant, _kind: UsageKind) -> Value:
        if isinstance(node.value, str):
            return Text(node.value)
        if node.value is None or isinstance(node.value, bool | int | float):
            return Const(node.value)
        return None

    def _name(self, node: ast.Name, _kind: UsageKind) -> Value:
        return self.env.get(node.id)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, kind: UsageKind) -> Value:
        items: list[Value] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                value = self.eval(element.value, kind)
                names = written_names(value)
                if isinstance(value, Seq):
                    items += value.items
                elif names is not None:
                    items += [Text(name) for name in names]
                else:
                    items.append(value)
            else:
                items.append(self.eval(element, kind))
        return Seq(tuple(items))

    def _dict(self, node: ast.Dict, kind: UsageKind) -> Value:
        items: dict[str, Value] = {}
        is_known = True
        for key, value in zip(node.keys, node.values, strict=True):
            name, content = self.eval(key, kind), self.eval(value, kind)
            if isinstance(name, Text) and name.is_exact:
                items[name.text] = content
            elif key is None and isinstance(content, Map):
                items |= content.items
            else:
                is_known = False
        return Map(items) if is_known else Seq(tuple(items.values()))

    def _joined(self, node: ast.JoinedStr, kind: UsageKind) -> Value:
        pieces: list[str | None] = []
        for part in node.values:
            value = self.eval(part.value if isinstance(part, ast.FormattedValue) else part, kind)
            if isinstance(value, Const) and isinstance(value.value, int | float):
                value = Text(str(value.value))
            pieces.append(value.text if isinstance(value, Text) and value.is_exact else None)
        if None in pieces:
            return Pattern(tuple(pieces))
        return Text("".join(piece for piece in pieces if piece is not None))

    def _binary(self, node: ast.BinOp, kind: UsageKind) -> Value:
        left, right = self.eval(node.left, kind), self.eval(node.right, kind)
        if isinstance(node.op, ast.Mod) and isinstance(left, Text):
            parts = right.items if isinstance(right, Seq) else (right,)
            return fill_text(re.split(r"%[-+ 0#]*\d*(?:\.\d+)?[sdfrixgeu]", left.text), parts)
        if isinstance(node.op, ast.Div) and isinstance(right, Text):
            # A path: what stands before the last part does not matter.
            return Text(f"{left.text}/{right.text}", left.is_exact) if isinstance(left, Text) else right
        if isinstance(node.op, ast.Add):
            if isinstance(left, Seq | Names) and isinstance(right, Seq | Names):
                left, right = collected(left), collected(right)
                sides = [side.items if isinstance(side, Seq) else (side,) for side in (left, right)]
                is_exact = all(side.is_exact for side in (left, right) if isinstance(side, Seq))
                return Seq((*sides[0], *sides[1]), is_exact)
            if isinstance(left, Seq | Names) or isinstance(right, Seq | Names):
                return None  # a list of names of which one part is not known
            if isinstance(left, Text) and isinstance(right, Text):
                return Text(left.text + right.text, left.is_exact and right.is_exact)
            if isinstance(right, Text):
                return Text(right.text, is_exact=False)
        if isinstance(node.op, ast.Sub) and isinstance(left, Names):
            gone = exact_names(right)
            if gone is None:
                return Names(left.names, is_exact=False)
            return Names(tuple(name for name in left.names if name not in gone), left.is_exact)
        if isinstance(left, Chart):
            return self.draw_layer(left, node)
        whole = merge_frames([*frames_in(left), *frames_in(right)])
        return whole if whole is not None else Series(None, pending_in([left, right]))

    def draw_layer(self, chart: Chart, node: ast.BinOp) -> Value:
        """Follow ggplot(df) + geom_point(aes("age"))."""
        return draw_more(self, chart, node.right, [], {})

    def _condition(self, node: ast.Compare | ast.BoolOp | ast.UnaryOp, kind: UsageKind) -> Value:
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.BoolOp):
            parts = [self.eval(children[0], kind), *(self._eval_maybe(child, kind) for child in children[1:])]
            return merge_frames(frame for part in parts for frame in frames_in(part)) or Series(None, pending_in(parts))
        parts = [self.eval(child, kind) for child in children]
        if isinstance(node, ast.UnaryOp):
            number = parts[0].value if isinstance(parts[0], Const) else None
            if isinstance(node.op, ast.USub) and isinstance(number, int | float):
                return Const(-number)
            if isinstance(parts[0], Names) and isinstance(node.op, ast.Invert):
                names, rest = parts[0].names, parts[0].rest
                return Names(names, is_exact=False) if rest is None else Names(rest, parts[0].is_exact, names)
        if isinstance(node, ast.Compare) and len(parts) == 2 and isinstance(parts[0], Names):
            named = exact_names(parts[1])
            if named is not None and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                return split_names(parts[0], named, is_kept=isinstance(node.ops[0], ast.Eq))
        return Series(None, pending_in(parts))

    def _either(self, node: ast.IfExp, kind: UsageKind) -> Value:
        self.eval(node.test, kind)
        return join(self._eval_maybe(node.body, kind), self._eval_maybe(node.orelse, kind))

    def _eval_maybe(self, node: ast.expr, kind: UsageKind) -> Value:
        """Evaluate what may be skipped: what it changes in place may still be as before."""
        before = self.snapshot()
        value = self.eval(node, kind)
        after = self.snapshot()
        self.restore(
            [
                {name: join(held, old[name]) if name in old else held for name, held in new.items()}
                for old, new in zip(before, after, strict=True)
            ]
        )
        return value

    def _lambda(self, node: ast.Lambda, _kind: UsageKind) -> Value:
        return Function(node)

    def _walrus(self, node: ast.NamedExpr, kind: UsageKind) -> Value:
        value = self.eval(node.value, kind)
        self.env[node.target.id] = value
        return value

    def _yield(self, node: ast.Yield | ast.YieldFrom, kind: UsageKind) -> Value:
        self.hand_on(frames_in(self.eval(node.value, kind)), node, "the table is yielded")
        return None

    def _wrapped(self, node: ast.Await | ast.Starred | ast.FormattedValue, kind: UsageKind) -> Value:
        return self.eval(node.value, kind)

    def _attribute(self, node: ast.Attribute, kind: UsageKind) -> Value:
        if node in self.picked or node.attr in self.known:
            self.picked.add(node.value)
        if node.attr in OVERVIEWS or node.attr in SCALARS:
            self.told.add(node.value)
        dotted = dotted_name(node)
        if dotted is not None and dotted in self.env:
            return self.env[dotted]
        if is_column_function(node.value):
            self.name_columns([node.attr], kind, node)  # pl.col.age
            return Series(node.attr)
        base = self.eval(node.value, kind)
        if isinstance(base, Rows):
            base = base.frame
        if isinstance(base, Frame):
            return self._frame_attribute(base, node, kind)
        if isinstance(base, Instance):
            return self.env.get(f"self.{node.attr}", self.env.get(f"{base.name}.{node.attr}"))
        if isinstance(base, Series) and node.attr in {"index", "columns"}:
            return None  # its labels may be names of columns: corr["income"].nlargest(9).index
        if isinstance(base, Series | Foreign | Names | Chart):
            return base
        if isinstance(base, Map):
            return base.items.get(node.attr)
        if base is None and isinstance(node.value, ast.Name) and node.value.id in self.strangers:
            self.mention([node.attr], kind, node)
        elif base is None and node.attr in self.known:
            self.notes.attributes.add((node.attr, node.lineno))
        return None

    def _frame_attribute(self, frame: Frame, node: ast.Attribute, kind: UsageKind) -> Value:
        if node.attr in {"columns", "schema"}:
            return Names(tuple(frame.columns), frame.is_exact)
        if node.attr in PLAIN_ACCESSORS:
            return Accessor(frame, node.attr)
        if node.attr in _MATRIX_ATTRIBUTES:
            return frame.as_matrix()
        if node.attr == "plot":
            return Chart(frame)
        if frame.find(node.attr) is not None:
            self.use(frame, [node.attr], kind, node)
            return Series(node.attr)
        if node.attr == "index":
            return None
        if node.attr == "T":
            return replace(frame.loosely(), is_nested=True)
        # Whatever else comes of a table, such as T or write, comes of all of it.
        return Series() if node.attr in SCALARS else frame.loosely()

    _handlers: ClassVar[dict[type[ast.AST], Callable[..., Value]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.Set: _sequence,
        ast.Dict: _dict,
        ast.JoinedStr: _joined,
        ast.BinOp: _binary,
        ast.Compare: _condition,
        ast.BoolOp: _condition,
        ast.UnaryOp: _condition,
        ast.IfExp: _either,
        ast.Lambda: _lambda,
        ast.NamedExpr: _walrus,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.Await: _wrapped,
        ast.Starred: _wrapped,
        ast.FormattedValue: _wrapped,
        ast.ListComp: Comprehensions.comprehension,
        ast.SetComp: Comprehensions.comprehension,
        ast.GeneratorExp: Comprehensions.comprehension,
        ast.DictComp: Comprehensions.comprehension,
        ast.Attribute: _attribute,
        ast.Subscript: Subscripts.subscript,
    }


def split_names(names: Names, chosen: Sequence[str], *, is_kept: bool) -> Names:
    """Return those of the names that are chosen, or the others."""
    inside = tuple(name for name in names.names if name in chosen)
    outside = tuple(name for name in names.names if name not in chosen)
    return Names(inside, names.is_exact, outside) if is_kept else Names(outside, names.is_exact, inside)


def fill_text(pieces: list[str], values: Sequence[Value]) -> Value:
    """Return a text with holes that are filled by `values`, as far as they are known."""
    filled: list[str | None] = [pieces[0]]
    for i, piece in enumerate(pieces[1:]):
        value = values[i] if i < len(values) else None
        filled += [value.text if isinstance(value, Text) and value.is_exact else None, piece]
    texts = [piece for piece in filled if piece is not None]
    return Text("".join(texts)) if len(texts) == len(filled) else Pattern(tuple(filled))
