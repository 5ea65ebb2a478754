"""Read schemas from Python source without running it: classes, calls, and values that are written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from datassay.errors import UsageError

_TIMES = {"date": date, "datetime": datetime}


class NotWrittenOutError(Exception):
    """A value that only running the code would tell."""


@dataclass(frozen=True)
class Call:
    """A call as it stands in the source: the last part of its name, and its arguments unread."""

    name: str
    args: list[ast.expr]
    kwargs: dict[str, ast.expr]
    #: The dotted name in full, "pa.Check.ge".
    path: str


class Source:
    """A parsed file, with the values that its top level gives to names."""

    def __init__(self, text: str, where: str) -> None:
        """Parse `text`; raises UsageError where it is not Python."""
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
            line = f" line {exc.lineno}" if isinstance(exc, SyntaxError) else ""
            raise UsageError(f"{where}{line}: not Python that can be read ({type(exc).__name__}).") from exc
        self.classes = {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}
        self.values: dict[str, ast.expr] = {}
        for name, value in _assignments(self.tree.body):
            self.values[name] = value

    def imports(self, package: str) -> bool:
        """Tell whether the file imports `package`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import) and any(each.name.split(".")[0] == package for each in node.names):
                return True
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
                return True
        return False

    def lineage(self, name: str, seen: tuple[str, ...] = ()) -> Iterator[ast.ClassDef]:
        """Yield the classes of this file that `name` inherits from, and itself last."""
        node = self.classes[name]
        for base in node.bases:
            parent = path_of(base).rpartition(".")[2]
            if parent in self.classes and parent not in seen and parent != name:
                yield from self.lineage(parent, (*seen, name))
        yield node

    def descends(self, name: str, bases: set[str]) -> bool:
        """Tell whether a class inherits, through classes of this file, from one called so."""
        return any(
            path_of(base).rpartition(".")[2] in bases
            for node in self.lineage(name)
            for base in node.bases
            if path_of(base).rpartition(".")[2] not in self.classes
        )

    def value(self, node: ast.expr | None, depth: int = 0) -> Any:
        """Return a value that is written out, or that a name of the file's top level stands for.

        Raises NotWrittenOutError for everything else.
        """
        if depth > 20:
            raise NotWrittenOutError
        match node:
            case None:
                return None
            case ast.Constant():
                return node.value
            case ast.Name() if node.id in self.values:
                return self.value(self.values[node.id], depth + 1)
            case ast.List() | ast.Tuple() | ast.Set():
                return [self.value(part, depth + 1) for part in node.elts]
            case ast.Dict() if all(key is not None for key in node.keys):
                parts = zip(node.keys, node.values, strict=True)
                return {self._key(key, depth): self.value(value, depth + 1) for key, value in parts}
            case ast.UnaryOp(op=ast.USub()):
                number = self.value(node.operand, depth + 1)
                if isinstance(number, int | float):
                    return -number
        call = call_of(node)
        if call is not None and call.name in _TIMES and not call.kwargs:
            given = [self.value(arg, depth + 1) for arg in call.args]
            try:
                return _TIMES[call.name](*given)
            except (TypeError, ValueError) as exc:
                raise NotWrittenOutError from exc
        if call is not None and call.name in {"list", "set", "tuple", "frozenset"} and len(call.args) == 1:
            return self.value(call.args[0], depth + 1)
        raise NotWrittenOutError

    def _key(self, node: ast.expr | None, depth: int) -> Any:
        key = self.value(node, depth + 1)
        if not isinstance(key, str | int | float | bool):
            raise NotWrittenOutError
        return key


def call_of(node: ast.expr | None) -> Call | None:
    """Return a call's name and arguments, or None where `node` is no call of a name."""
    if not isinstance(node, ast.Call):
        return None
    path = path_of(node.func)
    if not path:
        return None
    kwargs = {each.arg: each.value for each in node.keywords if each.arg is not None}
    return Call(path.rpartition(".")[2], list(node.args), kwargs, path)


def path_of(node: ast.expr | None) -> str:
    """Return a dotted name as text, or "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = path_of(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def source_of(node: ast.AST) -> str:
    """Return the source of a node, for a person to find it."""
    return " ".join(ast.unparse(node).split())[:120]


def _assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def assignments(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Yield the names that a class body gives values or types to: name, annotation, value."""
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            yield part.target.id, part.annotation, part.value
        elif isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            yield part.targets[0].id, None, part.value


def functions(node: ast.ClassDef) -> Iterator[tuple[str, list[str]]]:
    """Yield the decorated functions of a class body with their decorators' names."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.decorator_list:
            paths = [path_of(d.func if isinstance(d, ast.Call) else d) for d in part.decorator_list]
            yield part.name, [path.rpartition(".")[2] for path in paths]
