"""Follow the statements of a script in their order."""

from __future__ import annotations

import ast

from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.tables import is_dataset_name, is_dataset_path
from datassay.swamp.sources.tracing.calls import Calls
from datassay.swamp.sources.tracing.expressions import dotted_name
from datassay.swamp.sources.tracing.state import Notes
from datassay.swamp.sources.tracing.values import (
    Frame,
    Function,
    Map,
    Seq,
    Text,
    Value,
    exact_names,
    frames_in,
    join_all,
    written_names,
)

_MOST_ROUNDS = 50
_LONGEST_PATH = 1000


def trace(tree: ast.Module, table: TableSchema, *, is_imported: bool, copies: dict[str, Frame] | None = None) -> Notes:
    """Return what a script says of the dataset; `is_imported` where another script imports this one.

    `copies` are the files that other scripts have copied the dataset to. Nothing is run. Raises RecursionError for code
    that is nested too deeply.
    """
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    names_dataset = any(isinstance(text, str) and _is_path(text, table) for text in constants)
    script = _Script(table, copies or {}, names_dataset=names_dataset)
    script.run(tree.body)
    script.run_rest(tree, is_imported=is_imported)
    if is_imported:
        for name, value in script.env.items():
            script.hand_on(frames_in(value), tree, f"{name} can be imported")
    return script.notes


class _Script(Calls):
    """One script."""

    def __init__(self, table: TableSchema, copies: dict[str, Frame], *, names_dataset: bool) -> None:
        super().__init__(table, copies, names_dataset=names_dataset)
        #: How the statements so far have left their block: "loop" by break or continue, "function", or not at all.
        self.exit: str | None = None
        #: What holds where a loop's body was left early.
        self.early: list[dict[str, Value]] = []
        self.returned: list[Value] = []
        #: Names that a function shares with the code around it.
        self.shared: set[str] = set()
        #: What the last method that was followed keeps on `self`.
        self.fields: dict[str, Value] = {}

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if self.exit is not None:
                return  # nothing after a break or a return is reached this way
            self.run_statement(statement)

    def run_rest(self, tree: ast.Module, *, is_imported: bool) -> None:
        """Follow the functions that the script does not call itself: somebody else may."""
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node in self.called and not is_imported:
                continue
            outer = dict(self.env)
            value = self.inline(Function(node), [], {}, node)
            own = {name: held for name, held in self.env.items() if name.startswith("self.") or name in self.shared}
            # What one method keeps, another may use.
            self.env = {**outer, **own}
            self.hand_on(frames_in(value), node, f"{node.name}() returns the table")

    def run_body(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        outer, self.returned = self.returned, []
        early, self.early, self.exit = self.early, [], None
        kept = self.env
        self.run(function.body)
        value = join_all(self.returned)
        self.returned, self.early, self.exit = outer, early, None
        is_outside = self.shared.__contains__
        self.fields = {
            name: held
            for name, held in self.env.items()
            if is_outside(name) or (name.startswith("self.") and "self" in kept)
        }
        return value

    def inline(self, function: Function, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        self.fields = {}
        value = super().inline(function, args, kwargs, node)
        self.env = {**self.env, **self.fields}
        return value

    def run_statement(self, node: ast.stmt) -> None:
        self.n_steps += 1
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.env[node.name] = Function(node)
            for default in (*node.args.defaults, *node.args.kw_defaults, *node.decorator_list):
                self.eval(default)
        elif isinstance(node, ast.ClassDef):
            self._run_class(node)
        elif isinstance(node, ast.Assign):
            value = self.eval(node.value)
            for target in node.targets:
                self.bind(target, value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.bind(node.target, self.eval(node.value))
        elif isinstance(node, ast.AugAssign):
            combined = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
            self.bind(node.target, self.eval(combined))
        elif isinstance(node, ast.Expr):
            if not isinstance(node.value, ast.Constant):  # a docstring says nothing
                self.eval(node.value)
        elif isinstance(node, ast.Return):
            self.returned.append(self.eval(node.value))
            self.exit = "function"
        elif isinstance(node, ast.Raise):
            self.eval(node.exc)
            self.exit = "function"
        elif isinstance(node, ast.Continue | ast.Break):
            self.early.append(dict(self.env))
            self.exit = "loop"
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.shared |= set(node.names)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._delete(target)
        elif isinstance(node, ast.If):
            self.eval(node.test)
            self._run_branches([node.body, node.orelse])
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._run_loop(node)
        elif isinstance(node, ast.While):
            self.eval(node.test)
            outer, before = self.early, dict(self.env)
            self._run_round(node.body, before)
            self.early = outer
            self.run(node.orelse)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                value = self.eval(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, value)
            self.run(node.body)
        elif isinstance(node, ast.Try | ast.TryStar):
            # The body may have stopped anywhere, so what held before it may hold after it.
            self._run_branches([[*node.body, *node.orelse], *([*handler.body] for handler in node.handlers)])
            self.run(node.finalbody)
        elif isinstance(node, ast.Match):
            self.eval(node.subject)
            self._run_branches([[], *(case.body for case in node.cases)])
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.eval(child)

    def _run_class(self, node: ast.ClassDef) -> None:
        outer = dict(self.env)
        self.run([each for each in node.body if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)])
        inner = {name: value for name, value in self.env.items() if outer.get(name) is not value}
        name = inner.get("__tablename__") or inner.get("db_table")
        if isinstance(name, Text) and is_dataset_name(name.text, self.table):
            self.notes.n_reads += 1
            self.doubt(self.table.columns, node, "a mapped class is not followed")
        # Methods are reached as self.name(); what the class body sets, as self.NAME.
        own = {f"self.{name}": value for name, value in inner.items()}
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        own |= {f"self.{each.name}": Function(each) for each in methods}
        self.env = {**outer, **own}

    def _run_branches(self, bodies: list[list[ast.stmt]]) -> None:
        """Follow ways of which one is taken, and go on with what holds after any that does not leave the block."""
        before = dict(self.env)
        after: list[dict[str, Value]] = []
        exits: list[str | None] = []
        for body in bodies:
            self.env, self.exit = dict(before), None
            self.run(body)
            exits.append(self.exit)
            if self.exit is None:
                after.append(self.env)
        self.exit = None if after else next((each for each in exits if each == "loop"), "function")
        self.env = _merge(after) if after else before

    def _run_loop(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.eval(node.iter)
        names = written_names(items)
        outer, self.early = self.early, []
        if names is not None and len(names) <= _MOST_ROUNDS and isinstance(items, Seq | Map) and not self.is_tired:
            # A loop over names that are written down: each in turn, so that what it drops is gone.
            is_sure = not isinstance(items, Seq) or items.is_exact
            for name in names:
                before = dict(self.env)
                self.bind(node.target, Text(name))
                self._run_round(node.body, None if is_sure else before)
        else:
            before = dict(self.env)
            self.bind(node.target, self.item_of(items))
            self._run_round(node.body, before)
        self.early = outer
        self.run(node.orelse)

    def _run_round(self, body: list[ast.stmt], before: dict[str, Value] | None) -> None:
        """Follow a loop's body once; `before` is what holds if it is not followed at all."""
        self.early = []
        self.run(body)
        ends = [*self.early, *([self.env] if self.exit is None else []), *([before] if before is not None else [])]
        self.env = _merge(ends) if ends else self.env
        # A return inside a loop may not be reached in the last round, so what follows is followed.
        self.exit = None

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
        frame = self.env.get(holder) if holder is not None else None
        if isinstance(frame, Frame) and holder is not None:
            names = written_names(value)
            if target.attr == "columns" and names is not None and len(names) == len(frame.columns):
                self.env[holder] = frame.rename(dict(zip(frame.columns, names, strict=True)))
            elif target.attr == "columns":
                self.doubt(frame.live, target, "columns are renamed at run time")
        elif dotted is not None:
            self.env[dotted] = value
            if holder != "self":
                self.hand_on(frames_in(value), target, f"the table is kept in {dotted}")

    def _bind_item(self, target: ast.Subscript, value: Value) -> None:
        """Follow `df["x"] = ...`: a write, unless it picks its rows by a column."""
        place = target.value
        held = self.env.get(dotted_name(place) or "")
        if not isinstance(held, Frame) and isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
            frames = [] if isinstance(self.eval(place), Frame) else list(frames_in(value))
            self.hand_on(frames, target, "the table is put into something")
        if isinstance(place, ast.Attribute) and place.attr in {"loc", "iloc", "at", "iat"}:
            if isinstance(target.slice, ast.Tuple) and len(target.slice.elts) == 2:
                self.eval(target.slice.elts[0], "filtered")
                self._write(place.value, target.slice.elts[1])
            return
        self._write(place, target.slice)

    def _write(self, place: ast.expr, key: ast.expr) -> None:
        holder = dotted_name(place)
        frame = self.env.get(holder) if holder is not None else None
        names = written_names(self.eval(key))
        if holder is not None and isinstance(frame, Frame) and names is not None:
            self.env[holder] = frame.add(names)

    def _delete(self, target: ast.expr) -> None:
        if not isinstance(target, ast.Subscript):
            return
        holder = dotted_name(target.value)
        frame = self.env.get(holder) if holder is not None else None
        names = exact_names(self.eval(target.slice))
        if holder is not None and isinstance(frame, Frame) and names is not None:
            self.sweep(frame, names, target, "dropped")
            self.env[holder] = frame.drop(names)


def _merge(envs: list[dict[str, Value]]) -> dict[str, Value]:
    names = {name for env in envs for name in env}
    return {name: join_all(env[name] for env in envs if name in env) for name in names}


def _is_path(text: str, table: TableSchema) -> bool:
    """Say whether a string is the dataset's path; a single word such as its name is none."""
    return len(text) < _LONGEST_PATH and ("/" in text or "." in text) and is_dataset_path(text, table)


def _loaded(target: ast.expr) -> ast.expr:
    """Return the target of `x += 1` as an expression that can be read."""
    copied = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(copied, target)
