"""Follow comprehensions, and what one element of something is."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.conditions import same_name, text_test
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.subscripts import Subscripts
from datassay.swamp.sources.tracing.values import (
    Map,
    Names,
    OneOf,
    Rows,
    Seq,
    Text,
    Value,
    exact_names,
    join_all,
    written_names,
)


class Comprehensions(Subscripts):
    """Evaluation of comprehensions."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value) -> None:
        """Give a value to the target of an assignment or a loop."""

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, kind: UsageKind
    ) -> Value:
        """Follow a comprehension; one that only filters names is still a list of names."""
        targets = {each.id for loop in node.generators for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
        outer = {name: self.env[name] for name in targets if name in self.env}
        value = self._comprehend(node, kind)
        # Names of the comprehension are its own; what it changes in place is not.
        self.env = {**{name: held for name, held in self.env.items() if name not in targets}, **outer}
        return value

    def _comprehend(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, kind: UsageKind) -> Value:
        is_plain = False
        narrowed: Value = None
        for i, loop in enumerate(node.generators):
            items = self.eval(loop.iter, kind)
            narrowed = self._narrow(items, loop)
            rounds = self.rounds(narrowed) if len(node.generators) == 1 and not loop.ifs else None
            if rounds is not None:
                return self._each(node, loop.target, rounds, kind)
            is_plain = (
                i == 0
                and len(node.generators) == 1
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
        if is_plain:
            return narrowed
        # One pattern for many: which of them there are is not known.
        return Seq(tuple(values), is_exact=False)

    def _each(self, node: ast.expr, target: ast.expr, rounds: list[Value], kind: UsageKind) -> Value:
        """Follow a comprehension over things that are written down, one by one."""
        values: list[Value] = []
        items: dict[str, Value] = {}
        for item in rounds:
            self.bind(target, item)
            if isinstance(node, ast.DictComp):
                key, value = self.eval(node.key, kind), self.eval(node.value, kind)
                values.append(value)
                if isinstance(key, Text) and key.is_exact:
                    items[key.text] = value
            elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
                values.append(self.eval(node.elt, kind))
        return Map(items) if isinstance(node, ast.DictComp) and len(items) == len(rounds) else Seq(tuple(values))

    @abstractmethod
    def rounds(self, items: Value) -> list[Value] | None:
        """Return what a loop goes through, one by one, or None where that is not known."""

    def _narrow(self, items: Value, loop: ast.comprehension) -> Value:
        """Apply `if c not in [...]` and its kin to a list of names; after any other test it is some of them."""
        if isinstance(items, Frame) and not items.is_matrix and not items.is_grouped:
            items = Names(tuple(items.columns), items.is_exact)  # going through a frame yields its names
        for test in loop.ifs:
            if isinstance(items, Names) and (fits := text_test(test, loop.target)) is not None:
                # A pattern that the script writes chooses its columns as their names would.
                items = Seq(tuple(Text(name) for name in items.names if fits(name)), items.is_exact)
                continue
            is_plain = isinstance(test, ast.Compare) and len(test.ops) == 1 and same_name(test.left, loop.target)
            known = exact_names(self.eval(test.comparators[0])) if is_plain and isinstance(test, ast.Compare) else None
            operator = test.ops[0] if isinstance(test, ast.Compare) else None
            if known is not None and isinstance(operator, ast.NotIn | ast.NotEq):
                items = _select(items, known, is_kept=False)
            elif known is not None and isinstance(operator, ast.In | ast.Eq):
                items = _select(items, known, is_kept=True)
            elif isinstance(items, Names):
                items = Names(items.names, is_exact=False)
            elif isinstance(items, Seq):
                items = Seq(items.items, is_exact=False)
        return items

    def item_of(self, items: Value) -> Value:
        """Return what one element of `items` stands for."""
        if isinstance(items, Rows):
            return Seq((None, items.frame)) if items.is_paired else items.frame
        if isinstance(items, Names):
            return OneOf(items.names, is_written=False)
        names = written_names(items)
        if names is not None:
            return OneOf(tuple(names), is_written=True)
        if isinstance(items, Frame) and items.is_grouped:
            return Seq((None, replace(items, is_grouped=False)))
        if isinstance(items, Frame):
            return items if items.is_matrix else OneOf(tuple(items.columns), is_written=False)
        return join_all(items.items) if isinstance(items, Seq) else None


def _select(items: Value, known: list[str], *, is_kept: bool) -> Value:
    if isinstance(items, Names):
        return Names(tuple(name for name in items.names if (name in known) is is_kept), items.is_exact)
    names = written_names(items)
    if names is None or not isinstance(items, Seq):
        return items
    return Seq(tuple(Text(name) for name in names if (name in known) is is_kept), items.is_exact)
