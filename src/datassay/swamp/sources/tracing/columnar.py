"""Follow expressions on columns that are not tied to a table yet: pl.col("age"), F.sum("age"), cs.numeric()."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.containers import Containers
from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.subscripts import matching
from datassay.swamp.sources.tracing.values import (
    Const,
    Names,
    OneOf,
    Pattern,
    Series,
    Text,
    Value,
    exact_names,
    frames_in,
    pending_in,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import COLUMN_MODULES, KINDS, NAME_LISTS, VALUE_FUNCTIONS


class Columnar(Containers):
    """Evaluation of expressions on columns."""

    @abstractmethod
    def arguments(self, node: ast.Call, kind: UsageKind) -> tuple[list[Value], dict[str, Value]]:
        """Evaluate the arguments of a call."""

    @abstractmethod
    def use_arguments(self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
        """Follow a call of something that is not followed itself, by its name and what it is given."""

    def name_column(self, node: ast.Call, kind: UsageKind) -> Value:
        """Follow pl.col(...), F.col(...) and the like."""
        args, _ = self.arguments(node, kind)
        frame = self.context[-1] if self.context else None
        known = list(frame.columns) if frame is not None else list(self.table.columns)
        named: list[str] = []
        for value in args:
            names = written_names(value)
            for name in names or []:
                is_regex = name.startswith("^") and name.endswith("$")
                named += _fitting(name, known) if is_regex else [name]
            if names is None and frame is not None:
                if isinstance(value, Pattern):
                    self.doubt(matching(value, frame), node, "a column name is put together at run time")
                elif isinstance(value, OneOf) or (value is None and _is_dynamic(node)):
                    self.doubt_table(frame, node, "a column name is not known before run time")
        if named == ["*"]:
            return Names(tuple(known)) if frame is None else Names(tuple(known), frame.is_exact)
        return self._expression(named, kind, node, name=named[0] if len(named) == 1 else None)

    def call_function(self, node: ast.Call, name: str, kind: UsageKind) -> Value:
        """Follow pl.sum("age"), F.countDistinct("sex"), pl.struct("a", "b"): strings are columns."""
        args, kwargs = self.arguments(node, KINDS.get(name, kind))
        values = [*args, *kwargs.values()]
        named = [] if name in VALUE_FUNCTIONS else given_names(values)
        result = self._expression(named, kind, node, name=named[0] if named else None)
        return Series(result.name, result.pending | pending_in(values))

    def _expression(self, named: list[str], kind: UsageKind, node: ast.Call, *, name: str | None) -> Series:
        self.name_columns(named, kind, node)
        is_tied = bool(self.context) and self.context[-1] is not None
        return Series(name, frozenset() if is_tied else frozenset(named))

    def is_column_function(self, node: ast.Call) -> bool:
        """Say whether a call is of a module whose functions make expressions: pl.sum, F.avg."""
        dotted = dotted_name(node.func) or ""
        root, _, last = dotted.rpartition(".")
        return root in COLUMN_MODULES and root not in self.env and last[:1].islower() and not last.startswith(_MAKERS)

    def call_series(self, series: Series, name: str, node: ast.Call, kind: UsageKind) -> Value:
        """Follow a method of a column or an expression."""
        args, kwargs = self.arguments(node, KINDS.get(name, kind))
        values = [*args, *kwargs.values()]
        if any(True for value in values for _ in frames_in(value)) and name not in KINDS:
            return self.use_arguments(name, args, kwargs, node)
        pending = series.pending | pending_in(values)
        # over("sex") and sort_by("age") name columns; is_in(["a", "b"]) and fill_null("x") name values.
        if name in {"over", "sort_by", "group_by", "partitionBy", "partition_by", "orderBy"}:
            pending |= self._expression(given_names(values), KINDS.get(name, kind), node, name=None).pending
        if name in {"tolist", "to_list", "keys", "unique", "items", "to_dict"}:
            return None  # values that may be names of columns
        if name in {"alias", "rename"} and args and isinstance(args[0], Text):
            return Series(args[0].text, pending)
        return Series(series.name, pending)

    def choose_columns(self, node: ast.Call, receiver: Value, name: str) -> Value:
        """Follow pl.all(), pl.exclude("a"), cs.numeric(), df.columns.difference(...): columns by what they are."""
        frame = self.context[-1] if self.context else None
        root = (dotted_name(node.func) or "").partition(".")[0]
        is_selector = root in {"cs", "selectors"} and root not in self.env
        if isinstance(receiver, Names):
            chosen = receiver
        elif frame is not None and receiver is None and (is_selector or name in {"all", "exclude"}):
            chosen = Names(tuple(frame.columns), frame.is_exact and not is_selector)
        else:
            return None
        args, _ = self.arguments(node, "projected")
        if is_selector and name == "by_name" and frame is not None:
            named = given_names(args)
            self.use(frame, named, "projected", node)
            return Names(tuple(named), all(exact_names(value) is not None for value in args))
        if name in {"exclude", "difference", "drop"}:
            known = [exact_names(value) for value in args]
            gone = [each for names in known for each in names or []]
            if frame is not None:
                self.sweep(frame, gone, node, "dropped")
            rest = tuple(each for each in chosen.names if each not in gone)
            return Names(rest, chosen.is_exact and all(names is not None for names in known))
        if not isinstance(receiver, Names):
            is_whole = is_selector or not [value for value in args if not isinstance(value, Const)]
            return chosen if is_whole else None
        return chosen if name in NAME_LISTS else Names(chosen.names, is_exact=False)


#: Beginnings of functions in those modules that make or read tables.
_MAKERS = (
    "read_",
    "scan_",
    "concat",
    "from_",
    "collect_all",
    "col",
    "DataFrame",
    "LazyFrame",
    "all",
    "exclude",
    "merge",
)


def _fitting(pattern: str, names: list[str]) -> list[str]:
    try:
        return [name for name in names if re.fullmatch(pattern, name)]
    except re.error:
        return []


def _is_dynamic(node: ast.Call) -> bool:
    """Say whether a column function is given a variable and not a type such as pl.Int64."""
    return any(isinstance(arg, ast.Name | ast.JoinedStr | ast.Subscript | ast.Starred | ast.Call) for arg in node.args)
