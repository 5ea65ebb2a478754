"""Follow the calls of a script: readers, methods of tables, models, and functions of its own."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from dataclasses import replace

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.estimators import call_model
from datassay.swamp.sources.tracing.expressions import fill_text
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.handing import Handing
from datassay.swamp.sources.tracing.methods import call_method
from datassay.swamp.sources.tracing.naming import dotted_name, is_column_function
from datassay.swamp.sources.tracing.plots import draw_more
from datassay.swamp.sources.tracing.queries import read_query
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Chart,
    Class,
    Foreign,
    Function,
    Instance,
    Map,
    Model,
    Rows,
    Seq,
    Series,
    Text,
    Value,
    frames_in,
)
from datassay.swamp.sources.tracing.verbs import (
    COLLECTS,
    KINDS,
    MODELS,
    OVERVIEWS,
    PATHS,
    RAW_READS,
    READERS,
    RELAYS,
    TABLES,
)

#: A table without columns of the dataset.
_NOTHING = Frame({})
#: Deepest chain of a script's own functions that is followed.
_DEEPEST_SELF = 2
_DEEPEST = 6


class Calls(Handing):
    """Evaluation of calls."""

    def eval(self, node: ast.expr | None, kind: UsageKind = "projected") -> Value:
        """Return what an expression stands for, and note what it reads."""
        return self.call(node, kind) if isinstance(node, ast.Call) else super().eval(node, kind)

    def call(self, node: ast.Call, kind: UsageKind) -> Value:
        """Follow one call."""
        name = _last_name(node.func)
        if is_column_function(node.func):
            return self.name_column(node, kind)
        if self.is_column_function(node):
            return self.call_function(node, name, kind)
        if node in self.picked and isinstance(node.func, ast.Attribute) and name in RELAYS:
            self.picked.add(node.func.value)
        if isinstance(node.func, ast.Attribute) and name in OVERVIEWS:
            self.told.add(node.func.value)
        receiver = self.eval(node.func.value, kind) if isinstance(node.func, ast.Attribute) else None
        if isinstance(receiver, Accessor | Rows):
            receiver = receiver.frame
        if isinstance(receiver, Frame) and (name not in MODELS or (name == "transform" and not _has_table(node))):
            return self._method(receiver, name, node)
        chosen = self.choose_columns(node, receiver, name)
        if chosen is not None:
            return chosen
        own = self._own_function(node, receiver)
        if own is not None:
            args, kwargs = self.arguments(node, kind)
            is_method = (dotted_name(node.func) or "").startswith("self.") or isinstance(receiver, Instance)
            return self.inline(own, [None, *args] if is_method else args, kwargs, node)
        if isinstance(receiver, Series):
            return self.call_series(receiver, name, node, kind)
        return self._call_with(receiver, name, node, kind)

    def _call_with(self, receiver: Value, name: str, node: ast.Call, kind: UsageKind) -> Value:
        """Follow a call by what it is given."""
        if isinstance(receiver, Foreign):
            self.context.append(_NOTHING)  # what is named on another table is that table's
        args, kwargs = self.arguments(node, KINDS.get(name, kind))
        if isinstance(receiver, Foreign):
            self.context.pop()
        for value in [*args, *kwargs.values()]:
            answer = read_query(self, value, node)
            if answer is not None:
                return answer
        if isinstance(receiver, Text) and name in RAW_READS:
            self.read_raw([receiver], node, "read line by line")
        if isinstance(receiver, Text) and name == "format":
            return fill_text(re.split(r"\{[^{}]*\}", receiver.text), [*args, *kwargs.values()])
        if isinstance(receiver, Chart):
            return draw_more(self, receiver, node, args, kwargs)
        if isinstance(receiver, Model):
            return self._model_method(receiver, name, args, kwargs, node)
        is_reader = name.startswith(("read_", "scan_")) or name in READERS or name in TABLES
        is_path = name in PATHS or (dotted_name(node.func) or "").endswith("path.join")
        if (is_reader and receiver is None) or is_path:
            return self.read_table(name, args, kwargs, node, receiver=receiver)
        if isinstance(receiver, Foreign):
            return self.foreign_method(receiver, name, args, kwargs, node)
        if isinstance(receiver, Seq | Map) or name in COLLECTS:
            return self.call_container(receiver, name, args, kwargs, node)
        return self.use_arguments(name, args, kwargs, node)

    def arguments(self, node: ast.Call, kind: UsageKind) -> tuple[list[Value], dict[str, Value]]:
        """Evaluate the arguments of a call."""
        args: list[Value] = []
        for arg in node.args:
            value = self.eval(arg, kind)
            if isinstance(arg, ast.Starred) and isinstance(value, Seq):
                args += value.items
            else:
                args.append(value)
        return args, {keyword.arg or "**": self.eval(keyword.value, kind) for keyword in node.keywords}

    def _method(self, frame: Frame, name: str, node: ast.Call) -> Value:
        result = call_method(self, frame, name, node)
        is_inplace = name in {"pop", "drop_in_place", "insert"} or any(
            keyword.arg == "inplace" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            for keyword in node.keywords
        )
        if is_inplace and isinstance(result, Frame):
            self.change(frame, result)
            return None if name not in {"pop", "drop_in_place"} else Series()
        # What a method returns is another table than the one that it was called on.
        return replace(result) if isinstance(result, Frame) else result

    def _model_method(
        self, model: Model, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call
    ) -> Value:
        result = call_model(self, model, name, node, args=args, kwargs=kwargs)
        target = dotted_name(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if target is not None and isinstance(result, Model) and result != model:
            self.env[target] = result
        return result

    def _own_function(self, node: ast.Call, receiver: Value) -> Function | None:
        if isinstance(receiver, Instance) and isinstance(node.func, ast.Attribute):
            value = self.env.get(f"self.{node.func.attr}")
            return value if isinstance(value, Function) else None
        if isinstance(receiver, Frame | Series | Foreign):
            return None
        dotted = dotted_name(node.func)
        value = self.env.get(dotted) if dotted is not None else None
        return value if isinstance(value, Function) else None

    def instantiate(self, made: Class, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """Follow the making of an object of a class of this file."""
        first = next(
            (each for each in made.node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None
        )
        if first is not None:
            self.inline(Function(first), [None, *args], kwargs, node)
        else:
            frames = [frame for value in [*args, *kwargs.values()] for frame in frames_in(value)]
            names = [
                each.target.id
                for each in made.node.body
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
            ]
            self.env |= {f"self.{name}": value for name, value in [*zip(names, args, strict=False), *kwargs.items()]}
            if not names:
                self.hand_on(frames, node, f"the table is handed to {made.node.name}()")
        return Instance(made.node.name)

    def inline(self, function: Function, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """Follow a call of a function of this file with what it is given; too deep a chain hands its tables on."""
        if self.depth >= _DEEPEST or self.is_tired:
            self.hand_on(
                (frame for value in [*args, *kwargs.values()] for frame in frames_in(value)), node, "deep calls"
            )
            return None
        self.called.add(function.node)
        if self.active.count(function.node) >= _DEEPEST_SELF:
            return None  # a function that calls itself again reads what it has read
        self.active.append(function.node)
        context, self.context = self.context, []
        bound = self._bind_parameters(function.node.args, args, kwargs)
        self.outers.append(self.env)
        self.env = {**self.env, **bound}
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.eval(function.node.body)
            return self.run_body(function.node)
        finally:
            self.depth -= 1
            self.active.pop()
            self.env, self.context = self.outers.pop(), context

    def _bind_parameters(
        self, arguments: ast.arguments, args: list[Value], kwargs: dict[str, Value]
    ) -> dict[str, Value]:
        positional = [*arguments.posonlyargs, *arguments.args]
        names = [each.arg for each in positional]
        bound: dict[str, Value] = dict.fromkeys([*names, *(each.arg for each in arguments.kwonlyargs)])
        defaults = arguments.defaults
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            bound[name] = self.eval(default)
        for each, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            bound[each.arg] = self.eval(keyword_default)
        bound |= dict(zip(names, args, strict=False))
        bound |= {key: value for key, value in kwargs.items() if key in bound}
        starred = kwargs.get("**")
        if isinstance(starred, Map):
            bound |= {key: held for key, held in starred.items.items() if key in bound}
        if arguments.vararg is not None:
            bound[arguments.vararg.arg] = Seq(tuple(args[len(names) :]))
        if arguments.kwarg is not None:
            bound[arguments.kwarg.arg] = Map({key: value for key, value in kwargs.items() if key not in bound})
        return bound

    @abstractmethod
    def run_body(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        """Follow a function's body and return what it returns."""


def _has_table(node: ast.Call) -> bool:
    """Say whether the first argument may be a table: of encoder.transform(df), and not of df.transform("rank")."""
    return bool(node.args) and not isinstance(node.args[0], ast.Constant | ast.Lambda | ast.Dict | ast.List)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
