"""Pandera's schemas: what `to_yaml` and `to_json` write, and what `pandera_source` reads from Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from datassay.expectations.importers.kinds import add_type
from datassay.expectations.importers.records import Imported, text_of
from datassay.results import Severity

_ALIASES = {
    "eq": "equal_to", "ne": "not_equal_to", "gt": "greater_than", "ge": "greater_than_or_equal_to", "lt": "less_than",
    "le": "less_than_or_equal_to", "between": "in_range",
}  # fmt: skip
#: Keys of a column that are no checks.
_COLUMN_KEYS = {
    "dtype", "nullable", "checks", "unique", "coerce", "required", "regex", "title", "description", "metadata", "name",
    "report_duplicates", "drop_invalid_rows",
}  # fmt: skip
_SHOWN_ONLY = {"error", "name", "n_failure_cases", "title", "description", "check_name", "ignore_na", "raise_warning"}
_FRAME_KEYS = {
    "schema_type", "api", "version", "columns", "name", "title", "description", "metadata", "report_duplicates",
    "unique_column_names", "add_missing_columns", "drop_invalid_rows",
}  # fmt: skip
_BOUND = {
    "greater_than": ("min_value", "strict_min"),
    "greater_than_or_equal_to": ("min_value", None),
    "less_than": ("max_value", "strict_max"),
    "less_than_or_equal_to": ("max_value", None),
}


def import_pandera(name: str, content: dict[str, Any], known: list[str] | None) -> Imported:
    """Turn a serialised schema into expectations.

    `known` are the table's columns: they tell which optional columns are there, and which names a pattern means.
    """
    found = Imported("pandera", name)
    where = f"schema {name}"
    required: list[str] = []
    present: list[str] = []
    columns = content.get("columns")
    for pattern, column in (columns if isinstance(columns, dict) else {}).items():
        if not isinstance(column, dict):
            found.leave(where, f"column {text_of(pattern)}", "its type alone, in a form that is not known here")
            continue
        for each in _resolve(found, str(pattern), column, known):
            _add_column(found, each, column)
            present.append(each)
            if column.get("required") is not False:
                required.append(each)
    _add_frame(found, content, required, present)
    return found


def _resolve(found: Imported, name: str, column: dict[str, Any], known: list[str] | None) -> list[str]:
    where = f"column {name}"
    if column.get("regex") is True:
        if known is None:
            found.leave(where, "regex: true", "a pattern of names needs a table")
            return []
        try:
            matching = [each for each in known if re.match(name, each)]
        except re.error:
            found.leave(where, "regex: true", "no valid pattern")
            return []
        if not matching:
            found.leave(where, "regex: true", "no column of the table has such a name")
        return matching
    if column.get("required") is False and (known is None or name not in known):
        found.leave(where, "required: false", "an optional column that the table has not: its rules would be unknown")
        return []
    return [name]


def _add_column(found: Imported, name: str, column: dict[str, Any]) -> None:
    where = f"column {name}"
    if column.get("dtype") is not None:
        add_type(found, name, column["dtype"], where)
    if column.get("nullable") is not True:
        found.add("expect_column_values_to_not_be_null", where, "nullable: false", column=name)
    if column.get("unique") is True:
        found.add("expect_column_values_to_be_unique", where, "unique", column=name)
    for key in ("coerce", "drop_invalid_rows"):
        if column.get(key) is True:
            found.leave(where, key, "it changes the data; an expectation only looks")
    checks = column.get("checks")
    given: list[tuple[str, Any]] = [(str(key), value) for key, value in column.items() if key not in _COLUMN_KEYS]
    if isinstance(checks, dict):
        given += [(str(key), value) for key, value in checks.items()]
    for entry in checks if isinstance(checks, list) else []:
        options = entry.get("options") if isinstance(entry, dict) else None
        if not isinstance(options, dict) or "check_name" not in options:
            found.leave(where, f"check {text_of(entry)}", "a function of its own")
            continue
        rest = {key: value for key, value in entry.items() if key != "options"}
        options = {key: value for key, value in options.items() if key != "check_name"}
        given.append((str(entry["options"]["check_name"]), {**rest, "options": options}))
    for check, value in given:
        _add_check(found, name, _ALIASES.get(check, check), value, where)


def _add_check(found: Imported, column: str, check: str, value: Any, where: str) -> None:
    value, options = _split(value)
    rule = f"{check} {text_of(value)}"
    changing = next((key for key in options if key not in _SHOWN_ONLY and options[key]), None)
    if changing is not None or options.get("ignore_na") is False:
        found.leave(where, rule, f"its option '{changing or 'ignore_na'}' has no equal")
        return
    severity: Severity = "warning" if options.get("raise_warning") is True else "critical"
    expectation = _read_check(check, value)
    if expectation is None:
        found.leave(where, rule, "a check with no equal in Great Expectations")
        return
    type_, kwargs = expectation
    found.add(type_, where, rule, severity=severity, column=column, **kwargs)


def _split(value: Any) -> tuple[Any, dict[str, Any]]:
    """Part a check's own arguments from its options, which may stand beside them or in a mapping of their own."""
    if not isinstance(value, dict):
        return value, {}
    options = value.get("options")
    known = _SHOWN_ONLY | {"groupby", "groups"}
    beside = {key: each for key, each in value.items() if key in known}
    rest = {key: each for key, each in value.items() if key not in known and key != "options"}
    only = next(iter(rest)) if len(rest) == 1 else None
    simple = {"value", "allowed_values", "forbidden_values", "pattern", "string", "values"}
    # One argument alone is written without its name, or with it.
    if only in simple or only in {"min_value", "max_value"}:
        return (rest[only] if only in simple else rest), {**beside, **(options if isinstance(options, dict) else {})}
    return rest, {**beside, **(options if isinstance(options, dict) else {})}


def _read_check(check: str, value: Any) -> tuple[str, dict[str, Any]] | None:
    if check in _BOUND:
        key, strict = _BOUND[check]
        bound = value.get(key) if isinstance(value, dict) else value
        kwargs = {key: bound} | ({strict: True} if strict else {})
        return None if bound is None else ("expect_column_values_to_be_between", kwargs)
    if check == "in_range":
        return _read_range(value)
    listed = value if isinstance(value, list) else None
    if check == "equal_to" and not isinstance(value, dict | list):
        return "expect_column_values_to_be_in_set", {"value_set": [value]}
    if check == "not_equal_to" and not isinstance(value, dict | list):
        return "expect_column_values_to_not_be_in_set", {"value_set": [value]}
    if check == "isin" and listed is not None:
        return "expect_column_values_to_be_in_set", {"value_set": listed}
    if check == "notin" and listed is not None:
        return "expect_column_values_to_not_be_in_set", {"value_set": listed}
    if check == "unique_values_eq" and listed is not None:
        return "expect_column_distinct_values_to_equal_set", {"value_set": listed}
    if check == "str_length":
        return _read_length(value)
    if isinstance(value, str) and check in _PATTERNS:
        return "expect_column_values_to_match_regex", {"regex": _PATTERNS[check](value)}
    return None


#: pandera matches at the start of the text, Great Expectations anywhere in it.
_PATTERNS: dict[str, Callable[[str], str]] = {
    "str_matches": lambda text: text if text.startswith("^") and "|" not in text else f"^(?:{text})",
    "str_contains": lambda text: text,
    "str_startswith": lambda text: f"^{re.escape(text)}",
    "str_endswith": lambda text: f"{re.escape(text)}$",
}


def _read_range(value: Any) -> tuple[str, dict[str, Any]] | None:
    keys = ("min_value", "max_value", "include_min", "include_max")
    given = dict(zip(keys, value, strict=False)) if isinstance(value, list) else value
    if not isinstance(given, dict) or not {"min_value", "max_value"} <= set(given):
        return None
    strict = {f"strict_{end}": True for end in ("min", "max") if given.get(f"include_{end}", True) is False}
    return "expect_column_values_to_be_between", {key: given[key] for key in keys[:2]} | strict


def _read_length(value: Any) -> tuple[str, dict[str, Any]] | None:
    keys = ("min_value", "max_value")
    given = dict(zip(keys, value, strict=False)) if isinstance(value, list) else value
    if isinstance(given, dict) and given.get("exact_value") is not None:
        given = given["exact_value"]
    if isinstance(given, int):
        return "expect_column_value_lengths_to_equal", {"value": given}
    if not isinstance(given, dict) or all(given.get(key) is None for key in keys):
        return None
    return "expect_column_value_lengths_to_be_between", {key: given.get(key) for key in keys}


def _add_frame(found: Imported, content: dict[str, Any], required: list[str], present: list[str]) -> None:
    where = f"schema {found.table}"
    strict, is_ordered = content.get("strict"), content.get("ordered") is True
    if strict is True and present:
        if is_ordered:
            found.add("expect_table_columns_to_match_ordered_list", where, "strict, ordered", column_list=present)
        else:
            rule = "expect_table_columns_to_match_set"
            found.add(rule, where, "strict", column_set=present, exact_match=True)
    else:
        for name in required:
            found.add("expect_column_to_exist", f"column {name}", "required", column=name)
        if is_ordered:
            found.leave(where, "ordered", "an order of columns among others has no equal")
    unique = content.get("unique")
    groups: list[Any] = [unique] if isinstance(unique, str) or _is_flat(unique) else list(unique or ())
    for group in groups:
        listed: list[Any] = [group] if isinstance(group, str) else list(group)
        if len(listed) == 1:
            found.add("expect_column_values_to_be_unique", where, "unique", column=listed[0])
        else:
            found.add("expect_compound_columns_to_be_unique", where, "unique", column_list=listed)
    for key, value in content.items():
        if key in _FRAME_KEYS | {"strict", "ordered", "unique"} or value in (None, False, [], {}):
            continue
        reasons = {"coerce": "it changes the data; an expectation only looks", "index": "a Parquet table has no index"}
        found.leave(where, f"{key} {text_of(value)}", reasons.get(key, "a rule on whole frames with no equal"))


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value) and bool(value)
