"""Data contracts of the Open Data Contract Standard (ODCS), versions 2.2 to 3.1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datassay.expectations.importers.kinds import add_type, kind_of
from datassay.expectations.importers.records import Imported, Rule, text_of
from datassay.results import Severity

_SEVERITIES: dict[str, Severity] = {
    "info": "info", "low": "info", "warning": "warning", "medium": "warning", "error": "critical", "high": "critical",
    "critical": "critical",
}  # fmt: skip
#: Words of older versions for the metrics of 3.1.
_METRICS = {
    "nullCheck": "nullValues", "nullCount": "nullValues", "duplicateCount": "duplicateValues",
    "unique": "duplicateValues", "duplicates": "duplicateValues", "countCheck": "rowCount",
    "rowCountCheck": "rowCount", "validValues": "invalidValues",
}  # fmt: skip
_BOUNDS = {
    "mustBeGreaterThan": ("min_value", True),
    "mustBeGreaterOrEqualTo": ("min_value", False),
    "mustBeGreaterThanOrEqualTo": ("min_value", False),
    "mustBeLessThan": ("max_value", True),
    "mustBeLessOrEqualTo": ("max_value", False),
    "mustBeLessThanOrEqualTo": ("max_value", False),
}
_NUMBERS = {
    "minimum": "min_value",
    "maximum": "max_value",
    "exclusiveMinimum": "min_value",
    "exclusiveMaximum": "max_value",
}
_LENGTHS = {"minLength": "min_value", "maxLength": "max_value"}
_REASONS = {"text": "a sentence for people", "sql": "a query of the warehouse"}
#: Formats of texts by name; those of times and numbers say how wide they are stored.
_FORMATS = {
    "email": r"^[^@ ]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:",
    "ipv4": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$",
}


def list_tables(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table of the contract by its name; `schema` of 3.x or `dataset` of 2.x."""
    for key, names in (("schema", ("name", "physicalName")), ("dataset", ("table", "physicalName"))):
        for item in content.get(key) or [] if isinstance(content.get(key), list) else []:
            name = next((item.get(each) for each in names if item.get(each)), None) if isinstance(item, dict) else None
            if name is not None:
                yield str(name), item


def import_odcs(name: str, table: dict[str, Any], known: list[str] | None) -> Imported:
    """Turn one table of a contract into expectations: columns, types, required, keys, options and quality rules."""
    found = Imported("ODCS", name)
    keys: list[str] = []
    properties = table.get("properties", table.get("columns"))
    for item in properties if isinstance(properties, list) else []:
        if not isinstance(item, dict):
            found.leave(f"table {name}", text_of(item), "not a property")
            continue
        column = _name(item, known)
        if column is None:
            found.leave(f"table {name}", text_of(item), "a property without a name")
            continue
        _add_property(found, column, item)
        if item.get("primaryKey", item.get("isPrimaryKey", item.get("isPrimary"))) is True:
            keys.append(column)
    where = f"table {name}"
    if len(keys) == 1:
        found.add("expect_column_values_to_be_unique", where, "primary key", column=keys[0])
    elif keys:
        found.add("expect_compound_columns_to_be_unique", where, "primary key", column_list=keys)
    for column in keys:
        found.add("expect_column_values_to_not_be_null", f"column {column}", "primary key", column=column)
    for rule in _rules(table):
        _add_quality(found, rule, None, where)
    return found


def _name(item: dict[str, Any], known: list[str] | None) -> str | None:
    # The physical name is the column's; a contract may leave it out, or name a column of another store.
    names = [item.get(key) for key in ("physicalName", "name", "column") if isinstance(item.get(key), str)]
    return next((name for name in names if known and name in known), names[0] if names else None)


def _rules(item: dict[str, Any]) -> list[Any]:
    quality = item.get("quality")
    return quality if isinstance(quality, list) else []


def _add_property(found: Imported, column: str, item: dict[str, Any]) -> None:
    where = f"column {column}"
    found.add("expect_column_to_exist", where, "property of the schema", column=column)
    logical, physical = item.get("logicalType"), item.get("physicalType")
    if logical in {"object", "array"}:
        found.leave(where, f"logicalType {logical}", "nested values have no type in Great Expectations' pandas")
    elif logical is not None and (kind_of(logical) or physical is None):
        add_type(found, column, logical, where)
    elif physical is not None:
        add_type(found, column, physical, where)
    if item.get("required", item.get("isNullable") is False) is True:
        found.add("expect_column_values_to_not_be_null", where, "required", column=column)
    if item.get("unique", item.get("isUnique")) is True:
        found.add("expect_column_values_to_be_unique", where, "unique", column=column)
    options = item.get("logicalTypeOptions")
    if isinstance(options, dict):
        _add_options(found, column, options, where)
    for key in ("properties", "items"):
        if item.get(key):
            found.leave(where, key, "what is inside a nested value cannot be checked")
    for rule in _rules(item):
        _add_quality(found, rule, column, where)


def _add_options(found: Imported, column: str, options: dict[str, Any], where: str) -> None:
    bounds: dict[str, Any] = {}
    lengths: dict[str, Any] = {}
    for key, value in options.items():
        if value is None or key in {"timezone", "defaultTimezone"}:
            continue
        told = f"{key} {text_of(value)}"
        if key in _NUMBERS and not isinstance(value, bool):
            bounds[_NUMBERS[key]] = value
            if key.startswith("exclusive"):
                bounds[f"strict_{key[9:12].lower()}"] = True
        elif key in {"exclusiveMinimum", "exclusiveMaximum"}:
            # A flag beside the bound in 3.0's first drafts.
            bounds |= {f"strict_{key[9:12].lower()}": True} if value else {}
        elif key in _LENGTHS:
            lengths[_LENGTHS[key]] = value
        elif key == "pattern":
            found.add("expect_column_values_to_match_regex", where, told, column=column, regex=value)
        elif key == "format" and value in _FORMATS:
            found.add("expect_column_values_to_match_regex", where, told, column=column, regex=_FORMATS[value])
        else:
            found.leave(where, told, "an option with no equal in Great Expectations")
    if {"min_value", "max_value"} & set(bounds):
        found.add("expect_column_values_to_be_between", where, "minimum, maximum", column=column, **bounds)
    if lengths:
        found.add("expect_column_value_lengths_to_be_between", where, "minLength, maxLength", column=column, **lengths)


def _add_quality(found: Imported, quality: Any, column: str | None, where: str) -> None:
    if not isinstance(quality, dict):
        found.leave(where, text_of(quality), "not a quality rule")
        return
    name = next((quality[key] for key in ("name", "metric", "rule", "type") if quality.get(key)), "without a name")
    severity = _SEVERITIES.get(str(quality.get("severity", "error")).lower(), "critical")
    rule = Rule(found, where, f"quality {text_of(name)}", severity)
    kind = quality.get("type", "library")
    if kind == "custom" and str(quality.get("engine", "")).replace("-", "").lower() == "greatexpectations":
        _add_own(rule, quality.get("implementation"))
    elif kind != "library":
        rule.leave(_REASONS.get(str(kind), f"rules of '{text_of(quality.get('engine') or kind)}'"))
    else:
        arguments = quality.get("arguments")
        given = {**quality, **arguments} if isinstance(arguments, dict) else quality
        bounds = _read_bounds(quality)
        if bounds is None or quality.get("unit") not in {None, "rows", "percent"}:
            rule.leave("its threshold has no equal")
        elif not (_add_metric(rule, bounds, given, column) if column else _add_table_metric(rule, bounds, given)):
            rule.leave("a metric, or a threshold of one, with no equal in Great Expectations")


def _metric(given: dict[str, Any]) -> str:
    name = str(given.get("metric", given.get("rule")))
    return _METRICS.get(name, name)


def _add_table_metric(rule: Rule, bounds: dict[str, Any], given: dict[str, Any]) -> bool:
    metric, listed = _metric(given), given.get("properties")
    if metric == "rowCount" and bounds:
        low, high = bounds.get("min_value"), bounds.get("max_value")
        rule.add(
            "expect_table_row_count_to_be_between",
            min_value=None if low is None else int(low) + bool(bounds.get("strict_min")),
            max_value=None if high is None else int(high) - bool(bounds.get("strict_max")),
        )
    elif metric == "duplicateValues" and _mostly(bounds, is_percent=False) == 1 and isinstance(listed, list) and listed:
        if len(listed) > 1:
            rule.add("expect_compound_columns_to_be_unique", column_list=listed)
        else:
            rule.add("expect_column_values_to_be_unique", column=listed[0])
    else:
        return False
    return True


def _add_metric(rule: Rule, bounds: dict[str, Any], given: dict[str, Any], column: str) -> bool:
    metric, mostly = _metric(given), _mostly(bounds, is_percent=given.get("unit") == "percent")
    if metric == "rowCount":
        return _add_table_metric(rule, bounds, given)
    if mostly is None:
        return False
    shared: dict[str, Any] = {"column": column, "mostly": None if mostly >= 1 else mostly}
    missing, valid, pattern = (given.get(key) for key in ("missingValues", "validValues", "pattern"))
    if metric == "nullValues":
        rule.add("expect_column_values_to_not_be_null", **shared)
    elif metric == "duplicateValues" and mostly == 1:
        rule.add("expect_column_values_to_be_unique", column=column)
    elif metric == "missingValues" and isinstance(missing, list) and missing:
        values = [value for value in missing if value is not None]
        if len(values) < len(missing):
            rule.add("expect_column_values_to_not_be_null", **shared)
        if values:
            rule.add("expect_column_values_to_not_be_in_set", **shared, value_set=values)
    elif metric == "invalidValues" and (isinstance(valid, list) or isinstance(pattern, str)):
        if isinstance(valid, list):
            rule.add("expect_column_values_to_be_in_set", **shared, value_set=valid)
        if isinstance(pattern, str):
            rule.add("expect_column_values_to_match_regex", **shared, regex=pattern)
    else:
        return False
    return True


def _add_own(rule: Rule, implementation: Any) -> None:
    if isinstance(implementation, str):
        import yaml

        try:
            implementation = yaml.safe_load(implementation)
        except yaml.YAMLError:
            implementation = None
    items = implementation if isinstance(implementation, list) else [implementation]
    for item in items:
        type_ = item.get("type", item.get("expectation_type")) if isinstance(item, dict) else None
        kwargs = item.get("kwargs") if isinstance(item, dict) else None
        if isinstance(type_, str) and isinstance(kwargs, dict) and all(isinstance(key, str) for key in kwargs):
            rule.add(type_, **kwargs)
        else:
            rule.leave("not an expectation with 'type' and 'kwargs'")


def _read_bounds(rule: dict[str, Any]) -> dict[str, Any] | None:
    """Return the bounds of a rule's metric, or None for what has no equal."""
    if rule.get("mustNotBe") is not None or rule.get("mustNotBeBetween") is not None:
        return None
    bounds: dict[str, Any] = {}
    if isinstance(rule.get("mustBe"), int | float):
        bounds = {"min_value": rule["mustBe"], "max_value": rule["mustBe"]}
    between = rule.get("mustBeBetween")
    if isinstance(between, list) and len(between) == 2:
        bounds = {"min_value": between[0], "max_value": between[1]}
    for key, (bound, is_strict) in _BOUNDS.items():
        if rule.get(key) is not None:
            bounds[bound] = rule[key]
            if is_strict:
                bounds[f"strict_{bound[:3]}"] = True
    is_numeric = all(isinstance(value, int | float) for value in bounds.values())
    return bounds if is_numeric else None


def _mostly(bounds: dict[str, Any], *, is_percent: bool) -> float | None:
    """Return the share that must be right, or None where the threshold is a count above 0, or says nothing."""
    high: float | None = bounds.get("max_value")
    if not bounds:
        return 1.0  # a rule without a threshold wants none
    if high is None or (bounds.get("min_value") or 0) > 0:
        return None
    if is_percent:
        return round(1 - min(high, 100) / 100, 12)
    return 1.0 if high == 0 or (high == 1 and bounds.get("strict_max")) else None
