"""Pandera's schemas in Python source, as the mapping that `to_yaml` would write; no code runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from datassay.expectations.importers.python_source import (
    Call,
    NotWrittenOutError,
    Source,
    assignments,
    call_of,
    functions,
    path_of,
    source_of,
)

_BASES = {"DataFrameModel", "SchemaModel"}
_SCHEMAS = {"DataFrameSchema"}
_WRAPPERS = {"Series", "Optional", "Annotated", "Column"}
_CHECKS = {"check", "dataframe_check", "parser", "dataframe_parser"}
#: Arguments of Check that stand beside the check's own.
_OPTIONS = {"ignore_na", "raise_warning", "error", "name", "title", "description", "n_failure_cases", "groupby"}
#: Names of the arguments of checks that take more than one.
_POSITIONS = {
    "in_range": ("min_value", "max_value", "include_min", "include_max"),
    "between": ("min_value", "max_value", "include_min", "include_max"),
    "str_length": ("min_value", "max_value", "exact_value"),
}
_OWN_CODE = "a function of its own"
_FIELD_KEYS = {"nullable", "unique", "coerce", "regex", "required"}
_SILENT = {"alias", "title", "description", "metadata", "default", "check_name", "n_failure_cases", "dtype_kwargs"}

#: Where something stands, and the list of what only running the code would tell: where, rule, reason.
Place = tuple[str, list[tuple[str, str, str]]]
#: A schema as a mapping, and what of it only running the code would tell.
Found = tuple[dict[str, Any], list[tuple[str, str, str]]]


def list_schemas(source: Source) -> Iterator[tuple[str, Found]]:
    """Yield every model class and every schema object of the file's top level by name."""
    for name in source.classes:
        if source.descends(name, _BASES):
            yield name, _read_class(source, name)
    for name, node in source.values.items():
        call = call_of(node)
        if call is not None and call.name in _SCHEMAS:
            yield name, _read_schema(source, call)


def _read_class(source: Source, name: str) -> Found:
    columns: dict[str, Any] = {}
    frame: dict[str, Any] = {}
    lost: list[tuple[str, str, str]] = []
    for node in source.lineage(name):
        for field, annotation, value in assignments(node):
            if field.startswith("_") or annotation is None:
                continue
            column, alias = _read_field(source, field, annotation, value, lost)
            columns[alias] = column
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and inner.name == "Config":
                for key, _, value in assignments(inner):
                    _set(source, frame, key, value, (f"class {name}, Config", lost))
        for function, decorators in functions(node):
            if _CHECKS & set(decorators):
                lost.append((f"class {name}", f"{function}()", _OWN_CODE))
    frame.pop("name", None)
    return {"columns": columns, **frame}, lost


def _read_field(
    source: Source, field: str, annotation: ast.expr, value: ast.expr | None, lost: list[tuple[str, str, str]]
) -> tuple[dict[str, Any], str]:
    column: dict[str, Any] = {}
    type_, is_optional = _read_annotation(annotation)
    if is_optional:
        column["required"] = False
    call, alias, where = call_of(value), field, f"column {field}"
    if call is not None and call.name == "Field":
        given = call.kwargs.get("alias")
        if given is not None:
            try:
                alias = str(source.value(given))
            except NotWrittenOutError:
                lost.append((where, f"alias={source_of(given)}", "a name that is not written out"))
        where = f"column {alias}"
        for key, node in call.kwargs.items():
            if key in _FIELD_KEYS:
                _set(source, column, key, node, (where, lost))
            elif key not in _SILENT | {"ignore_na", "raise_warning"}:
                _set(source, column, key, node, (where, lost))
                options = {name: each for name, each in call.kwargs.items() if name in {"ignore_na", "raise_warning"}}
                if options and key in column:
                    _wrap(source, column, key, options)
    elif value is not None:
        lost.append((where, source_of(value), "a value that is not written out"))
    if type_ is not None:
        column["dtype"] = type_
    return column, alias


def _wrap(source: Source, column: dict[str, Any], key: str, options: dict[str, ast.expr]) -> None:
    settings = {name: source.value(node) for name, node in options.items()}
    value = column[key]
    column[key] = {**(value if isinstance(value, dict) else {"value": value}), "options": settings}


def _read_annotation(node: ast.expr) -> tuple[str | None, bool]:
    """Return the type's name, and whether the column may be missing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _read_annotation(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return node.value, False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _read_annotation(node.left)[0], True
    if isinstance(node, ast.Subscript):
        outer = path_of(node.value).rpartition(".")[2]
        if outer in _WRAPPERS:
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            type_, is_optional = _read_annotation(inner)
            return type_, is_optional or outer == "Optional"
        return outer.lower(), False
    name = path_of(node).rpartition(".")[2]
    return (None if name in {"Any", "Object"} else name or source_of(node)), False


def _read_schema(source: Source, call: Call) -> Found:
    columns: dict[str, Any] = {}
    frame: dict[str, Any] = {}
    lost: list[tuple[str, str, str]] = []
    given = call.args[0] if call.args else call.kwargs.get("columns")
    if isinstance(given, ast.Name):
        given = source.values.get(given.id)
    if isinstance(given, ast.Dict):
        for key, node in zip(given.keys, given.values, strict=True):
            try:
                name = str(source.value(key)) if key is not None else None
            except NotWrittenOutError:
                name = None
            column = call_of(node)
            if name is None or column is None:
                lost.append(("schema", source_of(node), "a column that is not written out"))
            else:
                columns[name] = _read_column(source, name, column, lost)
    elif given is not None:
        lost.append(("schema", source_of(given), "columns that are not written out"))
    for word, argument in call.kwargs.items():
        if word == "checks":
            lost.append(("schema", f"checks={source_of(argument)}", "a rule on whole frames with no equal"))
        elif word != "columns":
            _set(source, frame, word, argument, ("schema", lost))
    return {"columns": columns, **frame}, lost


def _read_column(source: Source, name: str, call: Call, lost: list[tuple[str, str, str]]) -> dict[str, Any]:
    where = f"column {name}"
    named = dict(zip(("dtype", "checks"), call.args, strict=False)) | call.kwargs
    column: dict[str, Any] = {}
    if "dtype" in named:
        column["dtype"] = _read_annotation(named["dtype"])[0]
    checks = named.get("checks")
    entries = checks.elts if isinstance(checks, ast.List | ast.Tuple) else [checks] if checks is not None else []
    for node in entries:
        entry = _read_check(source, node)
        if entry is None:
            lost.append((where, source_of(node), _OWN_CODE))
        else:
            column.setdefault("checks", []).append(entry)
    for key in _FIELD_KEYS & set(named):
        _set(source, column, key, named[key], (where, lost))
    return column


def _read_check(source: Source, node: ast.expr) -> dict[str, Any] | None:
    call = call_of(node)
    if call is None or ".Check." not in f".{call.path}":
        return None
    options = {key: value for key, value in call.kwargs.items() if key in _OPTIONS}
    own = {key: value for key, value in call.kwargs.items() if key not in _OPTIONS}
    try:
        args = [source.value(arg) for arg in call.args]
        given = {key: source.value(value) for key, value in own.items()}
        settings = {key: source.value(value) for key, value in options.items()}
    except NotWrittenOutError:
        return None
    names = _POSITIONS.get(call.name, ())
    rest = dict(zip(names, args, strict=False)) if names else {"value": args[0]} if args else {}
    return {**rest, **given, "options": {**settings, "check_name": call.name}}


def _set(source: Source, into: dict[str, Any], key: str, node: ast.expr | None, place: Place) -> None:
    where, lost = place
    try:
        into[key] = source.value(node)
    except NotWrittenOutError:
        lost.append((where, f"{key}={source_of(node) if node else ''}", "a value that is not written out"))
