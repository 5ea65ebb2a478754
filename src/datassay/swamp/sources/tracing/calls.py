"""Follow the calls of a script: readers, methods of tables, models, and functions of its own."""

from __future__ import annotations

import ast
import re

from datassay.results import UsageKind
from datassay.swamp.sources.tracing.containers import Containers
from datassay.swamp.sources.tracing.expressions import dotted_name, is_column_function
from datassay.swamp.sources.tracing.methods import call_method
from datassay.swamp.sources.tracing.queries import read_query
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
    RELISTS,
    SPLITS,
    TABLES,
)

#: Deepest chain of a script's own functions that is followed.
_DEEPEST = 6


class Calls(Containers):
    """Evaluation of calls."""

    def eval(self, node: ast.expr | None, kind: UsageKind = "projected") -> Value:
        """Return what an expression stands for, and note what it reads."""
        return self.call(node, kind) if isinstance(node, ast.Call) else super().eval(node, kind)

    def call(self, node: ast.Call, kind: UsageKind) -> Value:
        """Follow one call."""
        name = _last_name(node.func)
        if is_column_function(node.func):
            return self._column(node, kind)
        receiver = self.eval(node.func.value, kind) if isinstance(node.func, ast.Attribute) else None
        if isinstance(receiver, Accessor):
            receiver = receiver.frame
        if isinstance(receiver, Frame) and name not in MODELS:
            return self._method(receiver, name, node)
        chosen = self._choose_columns(node, receiver, name)
        if chosen is not None:
            return chosen
        own = self._own_function(node, receiver)
        if own is not None:
            args, kwargs = self._arguments(node, kind)
            is_method = (dotted_name(node.func) or "").startswith("self.")
            return self.inline(own, [None, *args] if is_method else args, kwargs, node)
        if isinstance(receiver, Series):
            return self._series_method(receiver, name, node, kind)
        reader = name.startswith(("read_", "scan_")) or name in READERS or name in TABLES
        with_context = KINDS.get(name, kind)
        args, kwargs = self._arguments(node, with_context)
        for value in [*args, *kwargs.values()]:
            answer = read_query(self, value, node)
            if answer is not None:
                return answer
        is_path = name in PATHS or (dotted_name(node.func) or "").endswith("path.join")
        if (reader and receiver is None) or is_path:
            return self.read_table(name, args, kwargs, node, receiver=receiver)
        if isinstance(receiver, Foreign):
            return self._foreign_method(name, args, kwargs, node)
        if isinstance(receiver, Seq | Map) or name in COLLECTS:
            return self.call_container(receiver, name, args, kwargs, node)
        return self._use_arguments(name, args, kwargs, node)

    def _arguments(self, node: ast.Call, kind: UsageKind) -> tuple[list[Value], dict[str, Value]]:
        args: list[Value] = []
        for arg in node.args:
            value = self.eval(arg, kind)
            if isinstance(arg, ast.Starred) and isinstance(value, Seq):
                args += value.items
            else:
                args.append(value)
        return args, {keyword.arg or "**": self.eval(keyword.value, kind) for keyword in node.keywords}

    def _column(self, node: ast.Call, kind: UsageKind) -> Value:
        """Follow pl.col(...), F.col(...) and the like."""
        args, _ = self._arguments(node, kind)
        frame = self.context[-1] if self.context else None
        known = list(frame.columns) if frame is not None else list(self.table.columns)
        named: list[str] = []
        for value in args:
            names = written_names(value)
            for name in names or []:
                is_regex = name.startswith("^") and name.endswith("$")
                named += [other for other in known if re.fullmatch(name, other)] if is_regex else [name]
            if isinstance(value, Names):
                continue
            if names is None and not isinstance(value, Series | Const) and (value is not None or _is_dynamic(node)):
                live = frame.live if frame is not None else []
                self.doubt(_matching(value, frame, live), node, "a column name is not known before run time")
        if named != ["*"]:
            self.name_columns(named, kind, node)
        return Series(named[0] if len(named) == 1 else None)

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

    def _series_method(self, series: Series, name: str, node: ast.Call, kind: UsageKind) -> Value:
        args, kwargs = self._arguments(node, KINDS.get(name, kind))
        # over("sex") and sort_by("age") name columns; is_in(["a", "b"]) and fill_null("x") name values.
        if name in {"over", "sort_by", "group_by", "partitionBy", "partition_by", "orderBy"}:
            for value in args:
                self.name_columns(written_names(value) or [], KINDS.get(name, kind), node)
        if name in {"alias", "rename"} and args and isinstance(args[0], Text):
            return Series(args[0].text)
        frames = [frame for value in [*args, *kwargs.values()] for frame in frames_in(value)]
        if frames and name in MODELS:
            return self._use_arguments(name, args, kwargs, node)
        if name not in KINDS:
            self.hand_on(frames, node, f"the table is handed to {name}()")
        return series

    def _choose_columns(self, node: ast.Call, receiver: Value, name: str) -> Value:
        """Follow pl.all(), pl.exclude("a"), cs.numeric() - cs.by_name("a"): columns by what they are."""
        frame = self.context[-1] if self.context else None
        root = (dotted_name(node.func) or "").partition(".")[0]
        is_selector = root in {"cs", "selectors"} and name != "by_name"
        if isinstance(receiver, Names):
            chosen = receiver
        elif frame is not None and receiver is None and (name in {"all", "exclude"} or is_selector):
            chosen = Names(tuple(frame.columns))
        else:
            return None
        args, _ = self._arguments(node, "projected")
        if name not in {"exclude", "difference", "drop"}:
            return chosen if isinstance(receiver, Names) or not args or is_selector else None
        gone = [each for value in args for each in written_names(value) or []]
        if frame is not None:
            self.sweep(frame, gone, node, "dropped")
        return Names(tuple(each for each in chosen.names if each not in gone))

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

    def _use_arguments(self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call) -> Value:
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
                for value in values:
                    self.mention(written_names(value) or [], KINDS.get(name, "projected"), node)
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
        self.hand_on(frames, node, f"the table is handed to {name}()")
        return whole

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

    def run_body(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        """Follow a function's body and return what it returns."""
        raise NotImplementedError


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_dynamic(node: ast.Call) -> bool:
    """Say whether a column function is given a variable and not a type such as pl.Int64."""
    return any(isinstance(arg, ast.Name | ast.JoinedStr | ast.Subscript | ast.Starred) for arg in node.args)


def _matching(value: Value, frame: Frame | None, live: list[str]) -> list[str]:
    if frame is None or not isinstance(value, Pattern | OneOf):
        return live
    if isinstance(value, OneOf):
        return [base for name in value.names if (base := frame.columns.get(name))]
    pattern = re.compile("".join(".*" if piece is None else re.escape(piece) for piece in value.pieces))
    return [base for name, base in frame.columns.items() if base and pattern.fullmatch(name)]


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
