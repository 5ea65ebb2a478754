"""Follow the expressions of a script: names, lists, subscripts, attributes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import ClassVar

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.subscripts import Subscripts
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Const,
    Foreign,
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
    join,
    merge_frames,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import PLAIN_ACCESSORS, SCALARS

_MATRIX_ATTRIBUTES = ("values", "array", "to_numpy")
#: Lists longer than this are not gone through one by one.
_MOST_ITEMS = 50


class Expressions(Subscripts):
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
            is_text = isinstance(value, Text) and value.is_exact
            pieces.append(value.text if is_text and isinstance(value, Text) else None)
        if None in pieces:
            return Pattern(tuple(pieces))
        return Text("".join(piece for piece in pieces if piece is not None))

    def _binary(self, node: ast.BinOp, kind: UsageKind) -> Value:
        left, right = self.eval(node.left, kind), self.eval(node.right, kind)
        if isinstance(node.op, ast.Div) and isinstance(right, Text):
            # A path: what stands before the last part does not matter.
            return Text(f"{left.text}/{right.text}", left.is_exact) if isinstance(left, Text) else right
        if isinstance(node.op, ast.Add):
            if isinstance(left, Seq) and isinstance(right, Seq):
                return Seq(left.items + right.items)
            if isinstance(left, Text) and isinstance(right, Text):
                return Text(left.text + right.text, left.is_exact and right.is_exact)
            if isinstance(right, Text):
                return Text(right.text, is_exact=False)
        if isinstance(node.op, ast.Sub) and isinstance(left, Names):
            names = written_names(right)
            if names is not None:
                return Names(tuple(name for name in left.names if name not in names))
        whole = merge_frames([*frames_in(left), *frames_in(right)])
        return whole if whole is not None else Series()

    def _condition(self, node: ast.Compare | ast.BoolOp | ast.UnaryOp, kind: UsageKind) -> Value:
        parts = [self.eval(child, kind) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.UnaryOp) and isinstance(parts[0], Const) and isinstance(node.op, ast.USub):
            value = parts[0].value
            return Const(-value) if isinstance(value, int | float) else None
        if isinstance(node, ast.BoolOp):
            return merge_frames(frame for part in parts for frame in frames_in(part)) or Series()
        return Series()

    def _either(self, node: ast.IfExp, kind: UsageKind) -> Value:
        self.eval(node.test, kind)
        return join(self.eval(node.body, kind), self.eval(node.orelse, kind))

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

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, kind: UsageKind
    ) -> Value:
        outer = dict(self.env)
        is_plain = False
        narrowed: Value = None
        for loop in node.generators:
            items = self.eval(loop.iter, kind)
            narrowed = self._narrow(items, loop)
            is_plain = (
                len(node.generators) == 1
                and isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp)
                and isinstance(loop.target, ast.Name)
                and isinstance(node.elt, ast.Name)
                and node.elt.id == loop.target.id
            )
            self.bind(loop.target, self.item_of(narrowed))
            for test in loop.ifs:
                self.eval(test, "filtered")
        if isinstance(node, ast.DictComp):
            values = [self.eval(node.key, kind), self.eval(node.value, kind)]
        else:
            values = [self.eval(node.elt, kind)]
        self.env = outer
        return narrowed if is_plain else Seq(tuple(values))

    def _narrow(self, items: Value, loop: ast.comprehension) -> Value:
        """Apply `if c not in [...]` and its kin to a list of names."""
        if isinstance(items, Frame):
            items = Names(tuple(items.columns))  # going through a frame yields its names
        if not isinstance(loop.target, ast.Name):
            return items
        for test in loop.ifs:
            if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name)):
                continue
            names = written_names(self.eval(test.comparators[0]))
            if test.left.id != loop.target.id or names is None:
                continue
            is_kept: Callable[[str], bool] = names.__contains__
            if isinstance(test.ops[0], ast.NotIn | ast.NotEq):
                items = _select(items, lambda name, known=names: name not in known)  # type: ignore[misc]
            elif isinstance(test.ops[0], ast.In | ast.Eq):
                items = _select(items, is_kept)
        return items

    def item_of(self, items: Value) -> Value:
        """Return what one element of `items` stands for."""
        if isinstance(items, Rows):
            row = items.frame.as_matrix(is_matrix=False)
            return Seq((None, row)) if items.is_paired else row
        if isinstance(items, Names):
            return OneOf(items.names, is_written=False)
        names = written_names(items)
        if names is not None:
            return OneOf(tuple(names), is_written=True)
        if isinstance(items, Frame):
            return OneOf(tuple(items.columns), is_written=False) if not items.is_matrix else items
        if isinstance(items, Seq) and items.items:
            value = items.items[0]
            for other in items.items[1:]:
                value = join(value, other)
            return value
        return None

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give a value to the target of an assignment or a loop."""
        raise NotImplementedError

    def _attribute(self, node: ast.Attribute, kind: UsageKind) -> Value:
        dotted = dotted_name(node)
        if dotted is not None and dotted in self.env:
            return self.env[dotted]
        if is_column_function(node.value):
            self.name_columns([node.attr], kind, node)  # pl.col.age
            return Series(node.attr)
        base = self.eval(node.value, kind)
        if isinstance(base, Frame):
            return self._frame_attribute(base, node, kind)
        if isinstance(base, Series | Foreign):
            return base
        if isinstance(base, Map):
            return base.items.get(node.attr)
        if base is None and node.attr in self.known:
            self.notes.attributes.add((node.attr, node.lineno))
        return None

    def _frame_attribute(self, frame: Frame, node: ast.Attribute, kind: UsageKind) -> Value:
        if node.attr in {"columns", "schema"}:
            return Names(tuple(frame.columns))
        if node.attr in PLAIN_ACCESSORS:
            return Accessor(frame, node.attr)
        if node.attr in _MATRIX_ATTRIBUTES:
            return frame.as_matrix()
        if node.attr in frame.columns:
            self.use(frame, [node.attr], kind, node)
            return Series(node.attr)
        # Whatever else comes of a table, such as T or write, comes of all of it.
        return Series() if node.attr in SCALARS else frame

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
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
        ast.Attribute: _attribute,
        ast.Subscript: Subscripts.subscript,
    }


def dotted_name(node: ast.expr) -> str | None:
    """Return "self.rows" of such an attribute; None of anything but plain names with dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value)
        return None if base is None else f"{base}.{node.attr}"
    return None


def is_column_function(node: ast.expr) -> bool:
    """Say whether an expression is pl.col, F.col or the like."""
    return (dotted_name(node) or "").rpartition(".")[2] in {"col", "column"}


def _select(items: Value, is_kept: Callable[[str], bool]) -> Value:
    if isinstance(items, Names):
        return Names(tuple(name for name in items.names if is_kept(name)))
    names = written_names(items)
    return items if names is None else Seq(tuple(Text(name) for name in names if is_kept(name)))
