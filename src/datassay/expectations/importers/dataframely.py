"""dataframely's schemas, read from Python source; no code runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from datassay.expectations.importers.kinds import add_type
from datassay.expectations.importers.python_source import (
    Call,
    NotWrittenOutError,
    Source,
    assignments,
    call_of,
    functions,
    source_of,
)
from datassay.expectations.importers.records import Imported, text_of

_BASES = {"Schema"}
_TYPES = {
    "Integer": "integer", "Float": "float", "String": "string", "Bool": "bool", "Boolean": "bool", "Date": "date",
    "Datetime": "datetime", "Enum": "enum", "Categorical": "categorical", "Decimal": "decimal",
}  # fmt: skip
_SILENT = {
    "alias", "nullable", "metadata", "description", "allow_nan", "allow_inf", "time_unit", "time_zone", "categories",
    "sqlalchemy_use_enum", "sqlalchemy_enum_name", "precision", "scale",
}  # fmt: skip
_BOUNDS = {
    "min": ("min_value", None),
    "min_exclusive": ("min_value", "strict_min"),
    "max": ("max_value", None),
    "max_exclusive": ("max_value", "strict_max"),
}


def list_schemas(source: Source) -> Iterator[str]:
    """Yield the names of all schema classes."""
    return (name for name in source.classes if source.descends(name, _BASES))


def import_dataframely(source: Source, name: str) -> Imported:
    """Turn one schema class into expectations: columns that are there, types, nulls, keys, bounds, lengths, sets."""
    found = Imported("dataframely", name)
    keys: list[str] = []
    columns: dict[str, Call] = {}
    for node in source.lineage(name):
        for field, _, value in assignments(node):
            call = call_of(value)
            if call is not None and not field.startswith("_"):
                columns[field] = call
            elif value is not None and not field.startswith("_"):
                found.leave(f"class {name}", f"{field} = {source_of(value)}", "not a column that is written out")
        for function, decorators in functions(node):
            if "rule" in decorators:
                found.leave(f"class {name}", f"rule {function}()", "a function of its own")
    for field, call in columns.items():
        column = _read_name(source, call, field)
        _add_column(found, source, column, call)
        if _get(source, call, "primary_key") is True:
            keys.append(column)
    if len(keys) == 1:
        found.add("expect_column_values_to_be_unique", f"class {name}", "primary key", column=keys[0])
    elif keys:
        found.add("expect_compound_columns_to_be_unique", f"class {name}", "primary key", column_list=keys)
    return found


def _read_name(source: Source, call: Call, field: str) -> str:
    alias = _get(source, call, "alias")
    return alias if isinstance(alias, str) else field


def _add_column(found: Imported, source: Source, column: str, call: Call) -> None:
    where = f"column {column}"
    found.add("expect_column_to_exist", where, "column of the schema", column=column)
    if call.name != "Any":
        add_type(found, column, _TYPES.get(call.name, call.name), where)
    if _get(source, call, "nullable") is not True:
        found.add("expect_column_values_to_not_be_null", where, "nullable=False", column=column)
    if call.name == "Enum":
        _add_categories(found, source, column, call, where)
    bounds: dict[str, Any] = {}
    lengths: dict[str, Any] = {}
    for key, node in call.kwargs.items():
        if key in _SILENT or key == "primary_key":
            continue
        told = f"{key}={source_of(node)}"
        try:
            value = source.value(node)
        except NotWrittenOutError:
            found.leave(where, told, "a function of its own" if key == "check" else "a value that is not written out")
            continue
        if value is None or value is False:
            continue
        if key in _BOUNDS:
            bound, strict = _BOUNDS[key]
            bounds |= {bound: value} | ({strict: True} if strict else {})
        elif key in {"min_length", "max_length"} and call.name == "String":
            lengths[f"{key[:3]}_value"] = value
        elif key == "regex":
            found.add("expect_column_values_to_match_regex", where, told, column=column, regex=value)
        elif key == "is_in":
            found.add("expect_column_values_to_be_in_set", where, told, column=column, value_set=value)
        elif key == "unique":
            found.add("expect_column_values_to_be_unique", where, told, column=column)
        else:
            found.leave(where, told, "a rule with no equal in Great Expectations")
    if bounds:
        found.add("expect_column_values_to_be_between", where, text_of(bounds), column=column, **bounds)
    if lengths:
        rule, note = "expect_column_value_lengths_to_be_between", "dataframely counts bytes, this counts characters"
        found.add(rule, where, text_of(lengths), note=note, column=column, **lengths)


def _add_categories(found: Imported, source: Source, column: str, call: Call, where: str) -> None:
    node: ast.expr | None = call.args[0] if call.args else call.kwargs.get("categories")
    try:
        values = source.value(node)
    except NotWrittenOutError:
        values = None
    if isinstance(values, list):
        found.add("expect_column_values_to_be_in_set", where, "categories", column=column, value_set=values)
    else:
        found.leave(where, f"categories {source_of(node) if node else ''}", "values that are not written out")


def _get(source: Source, call: Call, key: str) -> Any:
    try:
        return source.value(call.kwargs.get(key))
    except NotWrittenOutError:
        return None
