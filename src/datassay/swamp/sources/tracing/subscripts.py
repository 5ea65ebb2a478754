"""Follow `table[key]`, whatever the key: a name, names, rows, places, or something known at run time only."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from dataclasses import replace

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.state import State
from datassay.swamp.sources.tracing.values import (
    Accessor,
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
    exact_names,
    written_names,
)


class Subscripts(State):
    """Evaluation of subscripts."""

    @abstractmethod
    def item_of(self, items: Value) -> Value:
        """Return what one element of `items` stands for."""

    def subscript(self, node: ast.Subscript, kind: UsageKind) -> Value:
        """Follow one subscript."""
        if not isinstance(node.slice, ast.Slice | ast.Compare):
            self.picked.add(node.value)
        value = self._subscript(node, kind)
        # What is picked from a table is another table; what is picked from a list is the one that was put in.
        return replace(value) if isinstance(value, Frame) and not self._is_put(node.value) else value

    def _is_put(self, node: ast.expr) -> bool:
        return isinstance(self.env.get(dotted_name(node) or ""), Seq | Map)

    def _subscript(self, node: ast.Subscript, kind: UsageKind) -> Value:
        base = self.eval(node.value, kind)
        if isinstance(base, Rows):
            base = base.frame
        if isinstance(base, Frame):
            return self.pick(base, node.slice, node, kind)
        if isinstance(base, Accessor):
            return self._locate(base, node, kind)
        if isinstance(base, Names):
            return self._pick_name(base, node.slice)
        key = self.eval(node.slice, kind)
        if isinstance(base, Map):
            if isinstance(key, Text) and key.text in base.items:
                return base.items[key.text]
            return self.item_of(Seq(tuple(base.items.values())))
        if isinstance(base, Seq):
            places = range(-len(base.items), len(base.items))
            if isinstance(key, Const) and isinstance(key.value, int) and key.value in places and base.is_exact:
                return base.items[key.value]
            return Seq(base.items, is_exact=False) if isinstance(node.slice, ast.Slice) else self.item_of(base)
        if isinstance(base, Series | Foreign):
            return base
        if base is None:
            self.mention(written_names(key) or [], kind, node)
        return None

    def _pick_name(self, base: Names, key: ast.expr) -> Value:
        """Follow `df.columns[key]`: a number picks one column as plainly as its name would."""
        if isinstance(key, ast.Slice):
            places = self._slice(key)
            return Names(base.names, is_exact=False) if places is None else Names(base.names[places], base.is_exact)
        value = self.eval(key)
        numbers = _numbers(value)
        if numbers is not None and base.is_exact and all(-len(base.names) <= i < len(base.names) for i in numbers):
            picked = tuple(Text(base.names[i]) for i in numbers)
            return Seq(picked) if isinstance(value, Seq) else picked[0]
        is_mask = not isinstance(value, Const)
        return Names(base.names, is_exact=False) if is_mask else OneOf(base.names, is_written=False)

    def _slice(self, key: ast.Slice) -> slice | None:
        """Return a slice of which all bounds are numbers in the script."""
        bounds: list[int | None] = []
        for part in (key.lower, key.upper, key.step):
            value = self.eval(part)
            if part is None:
                bounds.append(None)
            elif isinstance(value, Const) and isinstance(value.value, int):
                bounds.append(value.value)
            else:
                return None
        return slice(*bounds)

    def _locate(self, accessor: Accessor, node: ast.Subscript, kind: UsageKind) -> Value:
        frame = accessor.frame
        if not (isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2):
            self.pick_rows(frame, node.slice)
            return frame
        rows, columns = node.slice.elts
        self.pick_rows(frame, rows)
        if accessor.kind in {"iloc", "iat"}:
            return self._by_position(frame, columns, node, kind)
        if isinstance(columns, ast.Slice):
            # loc[:, "a":"b"] and loc[:, :]
            return frame if columns.lower is None and columns.upper is None else frame.loosely()
        picked = self.pick_value(frame, self.eval(columns, kind), node, kind)
        return picked.loosely() if picked is frame else picked

    def pick(self, frame: Frame, key: ast.expr, node: ast.AST, kind: UsageKind) -> Value:
        """Follow `frame[key]`."""
        if isinstance(key, ast.Slice):
            for bound in (key.lower, key.upper):
                self.eval(bound)
            return frame
        if isinstance(key, ast.Tuple) and len(key.elts) == 2 and not _is_text(key.elts[0]):
            self.eval(key.elts[0], "filtered")
            return self._by_position(frame, key.elts[1], node, kind)
        # Whatever is not a name or a list of names picks rows.
        is_name = isinstance(key, ast.Constant | ast.List | ast.Name | ast.JoinedStr)
        if isinstance(key, ast.Name) and self._only_rewrites(node, key.id):
            return replace(frame.loosely(), is_overview=True)
        return self.pick_value(frame, self.eval(key, kind if is_name else "filtered"), node, kind)

    def _only_rewrites(self, node: ast.AST, variable: str) -> bool:
        """Say whether `df[c]` only gives each column new values, or tells its type or number of nulls."""
        if not isinstance(self.env.get(variable), OneOf) or not isinstance(node, ast.Subscript):
            return False
        return node in self.told or (dotted_name(node.value) or "", variable) in self.rewritten

    def pick_value(self, frame: Frame, value: Value, node: ast.AST, kind: UsageKind) -> Value:
        """Follow `frame[value]`."""
        names = written_names(value)
        if names is not None and isinstance(value, Text | OneOf):
            self.use(frame, names, kind, node)
            # A name that nobody knows may be no column: the split of a dataset, a sheet, a row.
            is_column = not frame.is_nested or all(frame.find(name) is not None for name in names)
            return Series(names[0] if len(names) == 1 else None) if is_column else frame.loosely()
        if names is not None and isinstance(value, Seq | Map):
            self.use(frame, names, kind, node)
            return replace(frame.keep(names), is_exact=not isinstance(value, Seq) or value.is_exact)
        if isinstance(value, Seq) and any(isinstance(item, Names) for item in value.items):
            # Names of the table itself beside some that are written down.
            self.use(frame, [item.text for item in value.items if isinstance(item, Text)], kind, node)
            listed = [name for item in value.items for name in _all_names(item) if frame.find(name) is not None]
            is_exact = exact_names(value) is not None
            return frame.keep(listed) if is_exact else frame.keep(listed).loosely()
        if isinstance(value, Names):
            if frame.is_grouped:
                self.use_names(frame, [value], "aggregated", node)
            chosen = [name for name in value.names if name in frame.columns]
            kept = replace(frame.keep(chosen), is_listed=len(chosen) < len(frame.columns))
            return kept if value.is_exact else kept.loosely()
        if isinstance(value, Pattern):
            self.doubt(matching(value, frame), node, "a column name is put together at run time")
            return Series()
        if isinstance(value, OneOf):
            if not frame.is_overview:
                self.doubt(_bases(frame, value.names), node, "goes through columns")
            return Series()
        if isinstance(value, Function):
            self.inline(value, [frame], {}, node)
            return frame
        if isinstance(value, Series | Const | Frame) or frame.is_matrix:
            self.use(frame, value.pending if isinstance(value, Series) else (), "filtered", node)
            return frame
        self.doubt_table(frame, node, "a column name is not known before run time")
        # Which columns are left nobody knows, so what is done with them is in doubt as well.
        return replace(frame.loosely(), is_certain=False)

    def pick_rows(self, frame: Frame, key: ast.expr) -> Value:
        """Follow what picks rows: a mask, or a function that makes one."""
        value = self.eval(key, "filtered")
        if isinstance(value, Function):
            return self.inline(value, [frame], {}, key)
        if isinstance(value, Series):
            self.use(frame, value.pending, "filtered", key)
        return value

    def _by_position(self, frame: Frame, key: ast.expr, node: ast.AST, kind: UsageKind) -> Value:
        names = list(frame.columns)
        if isinstance(key, ast.Slice):
            places = self._slice(key)
            # A frame that may have lost columns, or an array put together anew, has others at these places.
            if places is None or not frame.is_exact or frame.is_matrix:
                return frame.loosely()
            return frame.keep(names[places])
        value = self.eval(key, kind)
        numbers = _numbers(value)
        if value is None and not frame.is_matrix:
            # A loop over places goes through all of them: what is put together so is still the table.
            self.doubt_table(frame, node, "columns are picked by their place")
            return frame.loosely()
        if numbers is None:
            picked = self.pick_value(frame, value, node, kind)
            return picked.loosely() if picked is frame else picked
        if frame.is_matrix:
            # Which column lies there is told by how the array was put together.
            self.doubt_table(frame, node, "columns of an array are picked by their place")
            return frame.loosely()
        if not frame.is_exact:
            self.doubt_table(frame, node, "columns are picked by their place")
            return frame.loosely()
        chosen = [names[place] for place in numbers if -len(names) <= place < len(names)]
        self.use(frame, chosen, kind, node)
        return frame.keep(chosen)


def matching(value: Pattern, frame: Frame) -> list[str]:
    """Return the dataset's columns in `frame` whose name fits a string with holes."""
    pattern = re.compile("".join(".*" if piece is None else re.escape(piece) for piece in value.pieces), re.DOTALL)
    return [base for name, base in frame.columns.items() if base and pattern.fullmatch(name)]


def _all_names(value: Value) -> list[str]:
    return list(value.names) if isinstance(value, Names) else written_names(value) or []


def _bases(frame: Frame, names: tuple[str, ...]) -> list[str]:
    return [base for name in names if (base := frame.base(name)) is not None]


def _numbers(value: Value) -> list[int] | None:
    """Return the places that a number, or a list of numbers, names."""
    items = value.items if isinstance(value, Seq) else (value,)
    numbers = [item.value for item in items if isinstance(item, Const)]
    whole = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    return whole if items and len(whole) == len(items) else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
