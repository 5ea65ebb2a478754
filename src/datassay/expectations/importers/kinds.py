"""Kinds of types that other tools name in their own words, as the types that Great Expectations checks."""

from __future__ import annotations

import re
from typing import Any

from datassay.expectations.importers.records import Imported

#: By kind, the type names of pandas, which every engine here understands.
_TYPES: dict[str, list[str]] = {
    # A null makes whole numbers of pandas to floats; whether there may be one is another rule.
    "integer": ["int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "float64"],
    "number": ["float64", "float32", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"],
    "boolean": ["bool"],
}
_WIDTHS = re.compile(r"(u?int|float)(8|16|32|64)")
#: Words of other tools, in lower case and without what stands in brackets.
_WORDS = {
    "integer": (
        "int", "integer", "bigint", "smallint", "tinyint", "long", "short", "int2", "int4", "int8", "int16", "int32",
        "int64", "uint8", "uint16", "uint32", "uint64", "serial", "bigserial", "uint", "hugeint", "byteint",
    ),
    "number": (
        "float", "double", "double precision", "real", "decimal", "numeric", "number", "float16", "float32", "float64",
        "float4", "float8", "money", "dec",
    ),
    "string": (
        "str", "string", "text", "varchar", "char", "character varying", "character", "nvarchar", "bpchar", "nchar",
        "object", "string[python]", "string[pyarrow]", "clob", "utf8", "uuid", "string_",
    ),
    "boolean": ("bool", "boolean", "bool_"),
    "date": ("date",),
    "timestamp": (
        "datetime", "timestamp", "timestamp_ntz", "timestamp_ltz", "timestamp_tz", "timestamptz", "datetime64[ns]",
        "datetime64[us]", "datetime64", "timestamp without time zone", "timestamp with time zone",
    ),
    "category": ("category", "categorical", "enum"),
}  # fmt: skip
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words}


def kind_of(name: Any) -> str | None:
    """Return the kind of type that a tool's word names, or None for a word that is not known here."""
    if not isinstance(name, str):
        return None
    word = name.strip().casefold()
    return _KIND_OF.get(word) or _KIND_OF.get(re.sub(r"[(\[<].*$", "", word).strip())


def add_type(found: Imported, column: str, name: Any, where: str) -> None:
    """Add the rule that `column` has the type that a tool calls `name`, or say that it has no equal.

    Widths are not carried over: a number that is stored in fewer bytes on another engine is the same number.
    """
    rule, kind = f"type {name}", kind_of(name)
    if kind in _TYPES:
        listed = _TYPES[kind]
        match = _WIDTHS.fullmatch(str(name).casefold())
        note = "any width" if match else ""
        found.add("expect_column_values_to_be_in_type_list", where, rule, note=note, column=column, type_list=listed)
    elif kind == "string":
        found.add("expect_column_type_to_be", where, rule, column=column, type_="str")
    elif kind in {"date", "timestamp"}:
        found.add("expect_column_type_to_be", where, rule, column=column, type_="datetime64")
    elif kind == "category":
        found.add("expect_column_type_to_be", where, rule, column=column, type_="category")
    else:
        found.leave(where, rule, "no type of Great Expectations' pandas names it")
