"""Follow the statements of a script in their order."""

from __future__ import annotations

import ast
import re

from datassay.swamp.evidence import Tables, TableSchema
from datassay.swamp.sources.tables import is_dataset_name, is_dataset_path
from datassay.swamp.sources.tracing.binding import Binding
from datassay.swamp.sources.tracing.conditions import find_rewrites, is_always, narrow
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.state import Env, Notes
from datassay.swamp.sources.tracing.values import (
    Class,
    Function,
    Map,
    Seq,
    Text,
    Value,
    frames_in,
    join_all,
    written_names,
)

_MOST_ROUNDS = 50
_MOST_ITEMS = 12
_LONGEST_PATH = 1000
#: Parameters that are tables, more often than not.
_TABLE_LIKE = re.compile(r"df|data|frame|table|train|test|rows?$|^[xX]")


def trace(
    tree: ast.Module,
    table: TableSchema,
    *,
    is_imported: bool,
    copies: dict[str, Frame] | None = None,
    tables: Tables = (),
) -> Notes:
    """Return what a script says of the dataset; `is_imported` where another script imports this one.

    `copies` are the files that other scripts have copied the dataset to, `tables` the other tables that are known.
    Nothing is run. Raises RecursionError for code that is nested too deeply.
    """
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    names_dataset = any(isinstance(text, str) and _is_path(text, table) for text in constants)
    others = tuple(other for other in tables if other.name != table.name)
    script = _Script(table, copies or {}, names_dataset=names_dataset, others=others)
    script.run(tree.body)
    script.run_rest(tree, is_imported=is_imported)
    if is_imported:
        for name, value in script.env.items():
            script.hand_on(frames_in(value), tree, f"{name} can be imported")
    return script.notes


class _Script(Binding):
    """One script."""

    def __init__(
        self, table: TableSchema, copies: dict[str, Frame], *, names_dataset: bool, others: Tables = ()
    ) -> None:
        super().__init__(table, copies, names_dataset=names_dataset, others=others)
        #: How the statements so far have left their block: "loop" by break or continue, "function", or not at all.
        self.exit: str | None = None
        #: What holds where a loop's body was left early.
        self.early: list[list[Env]] = []
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
            self.strangers = frozenset(each.arg for each in node.args.args if _TABLE_LIKE.search(each.arg))
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
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").startswith("pyspark.ml"):
                self.spark_models |= {alias.asname or alias.name for alias in node.names}
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
            self.early.append(self.snapshot())
            self.exit = "loop"
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.shared |= set(node.names)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self.delete(target)
        elif isinstance(node, ast.If):
            self.eval(node.test)
            if is_always(node.test):
                self.run(node.body)
            else:
                self._run_branches(
                    [node.body, node.orelse], [narrow(self, node.test, holds=holds) for holds in (True, False)]
                )
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._run_loop(node)
        elif isinstance(node, ast.While):
            self.eval(node.test)
            outer, before = self.early, self.snapshot()
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
        own = {f"{holder}.{name}": value for name, value in inner.items() for holder in ("self", node.name)}
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        own |= {f"self.{each.name}": Function(each) for each in methods}
        self.env = {**outer, **own, node.name: Class(node)}

    def _run_branches(self, bodies: list[list[ast.stmt]], given: list[Env] | None = None) -> None:
        """Follow ways of which one is taken, and go on with what holds after any that does not leave the block.

        `given` is what is known on each way from the start.
        """
        before = self.snapshot()
        after: list[list[Env]] = []
        exits: list[str | None] = []
        for way, body in enumerate(bodies):
            self.restore(before)
            self.env.update(given[way] if given else {})
            self.exit = None
            self.run(body)
            exits.append(self.exit)
            if self.exit is None:
                after.append(self.snapshot())
        self.exit = None if after else next((each for each in exits if each == "loop"), "function")
        self.restore(_merge(after) if after else before)

    def _run_loop(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.eval(node.iter)
        self.read_raw([items], node, "read line by line")
        rounds = self.rounds(items)
        outer, self.early = self.early, []
        # A loop over things that are written down: each in turn, so that what it drops is gone.
        is_sure = not isinstance(items, Seq) or (items.is_exact and len(items.items) > 1)
        for item in [self.item_of(items)] if rounds is None else rounds:
            before = None if is_sure and rounds is not None else self.snapshot()
            self.bind(node.target, item)
            rewritten = list(self.rewritten)
            self.rewritten += find_rewrites(node)
            self._run_round(node.body, before)
            self.rewritten = rewritten
        self.early = outer
        self.run(node.orelse)

    def rounds(self, items: Value) -> list[Value] | None:
        """Return what a loop goes through, one by one, or None where that is not known."""
        if self.is_tired or not isinstance(items, Seq | Map):
            return None
        names = written_names(items)
        if names is not None:
            return [Text(name) for name in names] if len(names) <= _MOST_ROUNDS else None
        # A single item may stand for many: what an iterator yields.
        if isinstance(items, Seq) and items.is_exact and 1 < len(items.items) <= _MOST_ITEMS:
            return list(items.items)
        return None

    def _run_round(self, body: list[ast.stmt], before: list[Env] | None) -> None:
        """Follow a loop's body once; `before` is what holds if it is not followed at all."""
        self.early = []
        self.run(body)
        ends = [
            *self.early,
            *([self.snapshot()] if self.exit is None else []),
            *([before] if before is not None else []),
        ]
        if ends:
            self.restore(_merge(ends))
        # A return inside a loop may not be reached in the last round, so what follows is followed.
        self.exit = None


def _merge(snapshots: list[list[Env]]) -> list[Env]:
    """Return what holds after any of several ways, for each level of calls."""
    if len(snapshots) == 1:
        return snapshots[0]
    return [_merge_envs(list(envs)) for envs in zip(*snapshots, strict=True)]


def _merge_envs(envs: list[Env]) -> Env:
    names = dict.fromkeys(name for env in envs for name in env)
    return {name: join_all(env[name] for env in envs if name in env) for name in names}


def _is_path(text: str, table: TableSchema) -> bool:
    """Say whether a string is the dataset's path; a single word such as its name is none."""
    return len(text) < _LONGEST_PATH and ("/" in text or "." in text) and is_dataset_path(text, table)


def _loaded(target: ast.expr) -> ast.expr:
    """Return the target of `x += 1` as an expression that can be read."""
    copied = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(copied, target)
