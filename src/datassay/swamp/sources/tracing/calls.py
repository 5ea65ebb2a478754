"""Follow the calls of a script: readers, methods of tables, models, and functions of its own."""

from __future__ import annotations

import ast
from abc import abstractmethod

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.columnar import Columnar
from datassay.swamp.sources.tracing.expressions import dotted_name, is_column_function
from datassay.swamp.sources.tracing.methods import call_method
from datassay.swamp.sources.tracing.queries import read_query
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import (
    Accessor,
    Foreign,
    Frame,
    Function,
    Map,
    Names,
    Rows,
    Seq,
    Series,
    Text,
    Value,
    frames_in,
    merge_frames,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import (
    COLLECTS,
    ENCODES,
    HARMLESS,
    JOINS,
    KINDS,
    MATRICES,
    MODELS,
    NAMING,
    PASSES,
    PATHS,
    READERS,
    REGISTERS,
    RELISTS,
    SPLITS,
    TABLES,
)

#: Deepest chain of a script's own functions that is followed.
_DEEPEST = 6


class Calls(Columnar):
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
        receiver = self.eval(node.func.value, kind) if isinstance(node.func, ast.Attribute) else None
        if isinstance(receiver, Accessor | Rows):
            receiver = receiver.frame
        if isinstance(receiver, Frame) and name not in MODELS:
            return self._method(receiver, name, node)
        chosen = self.choose_columns(node, receiver, name)
        if chosen is not None:
            return chosen
        own = self._own_function(node, receiver)
        if own is not None:
            args, kwargs = self.arguments(node, kind)
            is_method = (dotted_name(node.func) or "").startswith("self.")
            return self.inline(own, [None, *args] if is_method else args, kwargs, node)
        if isinstance(receiver, Series):
            return self.call_series(receiver, name, node, kind)
        return self._call_with(receiver, name, node, kind)

    def _call_with(self, receiver: Value, name: str, node: ast.Call, kind: UsageKind) -> Value:
        """Follow a call by what it is given."""
        args, kwargs = self.arguments(node, KINDS.get(name, kind))
        for value in [*args, *kwargs.values()]:
            answer = read_query(self, value, node)
            if answer is not None:
                return answer
        is_reader = name.startswith(("read_", "scan_")) or name in READERS or name in TABLES
        is_path = name in PATHS or (dotted_name(node.func) or "").endswith("path.join")
        if (is_reader and receiver is None) or is_path:
            return self.read_table(name, args, kwargs, node, receiver=receiver)
        if isinstance(receiver, Foreign):
            return self._foreign_method(name, args, kwargs, node)
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
        is_inplace = any(
            keyword.arg == "inplace" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            for keyword in node.keywords
        )
        target = dotted_name(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if target is not None and isinstance(result, Frame) and (is_inplace or name in {"pop", "drop_in_place"}):
            self.env[target] = result
        return Series() if name == "pop" else result

    def _own_function(self, node: ast.Call, receiver: Value) -> Function | None:
        if isinstance(receiver, Frame | Series | Foreign):
            return None
        dotted = dotted_name(node.func)
        value = self.env.get(dotted) if dotted is not None else None
        return value if isinstance(value, Function) else None

    def _foreign_method(self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
        frame = merge_frames(part for value in [*args, *kwargs.values()] for part in frames_in(value))
        if frame is None:
            return Foreign()
        if name in JOINS:
            for key, value in [*kwargs.items(), *((str(i), value) for i, value in enumerate(args))]:
                if key != "left_on":
                    self.use(frame, written_names(value) or [], "joined", node)
        return frame

    def use_arguments(self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
        """Follow a call of something that is not followed itself, by its name and what it is given."""
        values = [*args, *kwargs.values()]
        frames = [frame for value in values for frame in frames_in(value)]
        if name == "enumerate" and args:
            return Seq((Seq((None, self.item_of(args[0]))),))
        if name == "zip":
            return Seq((Seq(tuple(self.item_of(value) for value in args)),))
        if name in RELISTS and args and isinstance(args[0], Names | Seq | Text):
            return Seq(tuple(Text(letter) for letter in args[0].text)) if isinstance(args[0], Text) else args[0]
        if not frames:
            # A call on a table of unknown origin: df.groupby("sex").
            if isinstance(node.func, ast.Attribute) and name in NAMING:
                self.mention(given_names(values), KINDS.get(name, "projected"), node)
            return None
        if name in HARMLESS:
            return None
        whole = merge_frames(frames)
        if name in SPLITS:
            return Seq(tuple(value for value in args for _ in range(2)))
        if name in MODELS:
            for frame in frames:
                self.use_all(frame, "modelled", node)
            if whole is None or name not in ENCODES:
                return None if name in {"fit", "partial_fit", "train"} else Series()
            return whole.as_matrix()
        if name in KINDS and whole is not None:
            for value in values:
                self.use(whole, written_names(value) or [], KINDS[name], node)
            return whole
        if name == "getattr" and whole is not None and len(args) > 1:
            return self.pick_value(whole, args[1], node, "projected")
        if name in PASSES and whole is not None:
            written = [each for value in kwargs.values() for each in written_names(value) or []]
            self.use(whole, written, "projected", node)
            return whole.as_matrix() if name in MATRICES else whole
        if name in REGISTERS:
            self.env.update({value.text: whole for value in args if isinstance(value, Text)})
            self.env.update({key: value for key, value in kwargs.items() if isinstance(value, Frame)})
            return None
        if whole is not None:
            # px.scatter(df, x="age"): what is named is used, whatever else may be.
            self.use(whole, given_names(values), "projected", node)
        self.hand_on(frames, node, f"the table is handed to {name}()")
        return None if whole is None else whole.loosely()

    def inline(self, function: Function, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """Follow a call of a function of this file with what it is given; too deep a chain hands its tables on."""
        if self.depth >= _DEEPEST or self.is_tired:
            self.hand_on(
                (frame for value in [*args, *kwargs.values()] for frame in frames_in(value)), node, "deep calls"
            )
            return None
        self.called.add(function.node)
        outer, context = self.env, self.context
        self.env = {**outer, **_bind_parameters(function.node.args, args, kwargs)}
        self.context = []
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.eval(function.node.body)
            return self.run_body(function.node)
        finally:
            self.depth -= 1
            self.env, self.context = outer, context

    @abstractmethod
    def run_body(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        """Follow a function's body and return what it returns."""


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _bind_parameters(arguments: ast.arguments, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    bound: dict[str, Value] = dict.fromkeys([*names, *(each.arg for each in arguments.kwonlyargs)])
    bound |= dict(zip(names, args, strict=False))
    bound |= {key: value for key, value in kwargs.items() if key in bound}
    if arguments.vararg is not None:
        bound[arguments.vararg.arg] = Seq(tuple(args[len(names) :]))
    if arguments.kwarg is not None:
        bound[arguments.kwarg.arg] = Map({key: value for key, value in kwargs.items() if key not in bound})
    return bound
