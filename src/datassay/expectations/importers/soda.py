"""Soda's checks (SodaCL): missing, duplicate and invalid values, row counts, aggregates, schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from datassay.expectations.importers.kinds import add_type
from datassay.expectations.importers.records import Imported, Rule, text_of
from datassay.results import Severity

_HEAD = re.compile(r"checks for\s+(?P<table>.+?)\s*$")
_CHECK = re.compile(
    r"(?P<metric>[a-z_]+)\s*(?:\((?P<argument>.*?)\))?\s*(?:(?P<sign>=|!=|<=|>=|<|>)\s*(?P<limit>-?[0-9.]+)\s*%?"
    r"|(?P<is_not>not\s+)?between\s+(?P<low>-?[0-9.]+)\s*%?\s+and\s+(?P<high>-?[0-9.]+)\s*%?)$"
)
_AGGREGATES = {
    "avg": "expect_column_mean_to_be_between",
    "min": "expect_column_min_to_be_between",
    "max": "expect_column_max_to_be_between",
    "sum": "expect_column_sum_to_be_between",
    "stddev": "expect_column_stdev_to_be_between",
}
#: Formats of Soda by name, as patterns; its own are longer, and differ by warehouse.
_FORMATS = {
    "email": r"^[^@ ]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "integer": r"^[+-]?[0-9]+$",
    "positive integer": r"^\+?[0-9]+$",
    "decimal": r"^[+-]?[0-9]+([.,][0-9]+)?$",
    "date iso 8601": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ip address": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$",
    "percentage": r"^[+-]?[0-9]+([.,][0-9]+)? ?%$",
}
_STEERING = {"name", "identity", "owner", "attributes", "samples limit", "samples columns", "title", "warn", "fail"}


def list_tables(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every table that the file has checks for, with those checks."""
    for key, checks in content.items():
        match = _HEAD.match(str(key))
        if match is not None:
            yield match["table"], checks


def import_soda(name: str, checks: Any) -> Imported:
    """Turn the checks for one table into expectations."""
    found = Imported("Soda", name)
    where = f"checks for {name}"
    for check in checks if isinstance(checks, list) else []:
        if isinstance(check, str):
            _add(found, check, {}, where)
        elif isinstance(check, dict) and check:
            head, settings = next(iter(check.items()))
            if head == "schema":
                _add_schema(found, settings, where)
            else:
                _add(found, str(head), settings if isinstance(settings, dict) else {}, where)
        else:
            found.leave(where, text_of(check), "not a check")
    if not isinstance(checks, list):
        found.leave(where, text_of(checks), "a list of checks is expected")
    return found


def _add(found: Imported, head: str, settings: dict[str, Any], where: str) -> None:
    text = " ".join(head.split())
    lost = [key for key in ("filter", "missing values", "missing regex", "missing format") if key in settings]
    if lost:
        found.leave(where, text, f"'{lost[0]}' changes which rows or values count")
        return
    severity: Severity = "critical"
    if "warn" in settings or "fail" in settings:
        threshold = settings.get("fail", settings.get("warn"))
        severity = "critical" if "fail" in settings else "warning"
        met = re.fullmatch(r"when\s+(.+)", str(threshold))
        negated = _negate(met[1]) if met else None
        if negated is None:
            found.leave(where, text, f"its threshold '{text_of(threshold)}' has no equal")
            return
        if "fail" in settings and "warn" in settings:
            found.leave(where, f"{text}, warn", "one expectation has one threshold; the one that fails was taken")
        text = f"{text} {negated}"
    rule = Rule(found, where, text, severity)
    match = _CHECK.fullmatch(text)
    bounds = _read_bounds(match) if match is not None else None
    if match is None:
        rule.leave("a check with no equal in Great Expectations")
    elif bounds is None:
        rule.leave("'!=' and 'not between' have no equal")
    else:
        columns = [part.strip().strip('"') for part in (match["argument"] or "").split(",") if part.strip()]
        if not _add_metric(rule, match["metric"], columns, bounds, settings):
            rule.leave("a check, or a threshold of one, with no equal in Great Expectations")


def _add_metric(rule: Rule, metric: str, columns: list[str], bounds: dict[str, Any], settings: dict[str, Any]) -> bool:
    if metric == "row_count" and not columns:
        whole = _whole(bounds)
        if whole is None:
            return False
        rule.add("expect_table_row_count_to_be_between", **whole)
        return True
    if not columns:
        return False
    mostly = _mostly(metric, bounds)
    if metric in _AGGREGATES and len(columns) == 1:
        rule.add(_AGGREGATES[metric], column=columns[0], **bounds)
    elif mostly is None:
        return False
    elif metric in {"missing_count", "missing_percent"}:
        rule.add("expect_column_values_to_not_be_null", column=columns[0], mostly=_less_than_one(mostly))
    elif metric in {"duplicate_count", "duplicate_percent"} and mostly == 1:
        if len(columns) > 1:
            rule.add("expect_compound_columns_to_be_unique", column_list=columns)
        else:
            rule.add("expect_column_values_to_be_unique", column=columns[0])
    elif metric in {"invalid_count", "invalid_percent"}:
        _add_validity(rule, {"column": columns[0], "mostly": _less_than_one(mostly)}, settings)
    else:
        return False
    return True


def _add_validity(rule: Rule, shared: dict[str, Any], settings: dict[str, Any]) -> None:
    rules = {key: value for key, value in settings.items() if key not in _STEERING}
    if not rules:
        rule.leave("it does not say what is valid")
    for kind, words in (
        ("expect_column_values_to_be_between", ("valid min", "valid max")),
        ("expect_column_value_lengths_to_be_between", ("valid min length", "valid max length")),
    ):
        low, high = (rules.pop(word, None) for word in words)
        if low is not None or high is not None:
            rule.add(kind, **shared, min_value=low, max_value=high)
    for key, value in rules.items():
        part = rule.part(key)
        if key == "valid values" and isinstance(value, list):
            part.add("expect_column_values_to_be_in_set", **shared, value_set=value)
        elif key == "invalid values" and isinstance(value, list):
            part.add("expect_column_values_to_not_be_in_set", **shared, value_set=value)
        elif key == "valid regex":
            part.add("expect_column_values_to_match_regex", **shared, regex=str(value))
        elif key == "invalid regex":
            part.add("expect_column_values_to_not_match_regex", **shared, regex=str(value))
        elif key == "valid length":
            part.add("expect_column_value_lengths_to_equal", **shared, value=value)
        elif key == "valid format" and str(value).strip().lower() in _FORMATS:
            pattern = _FORMATS[str(value).strip().lower()]
            part.add(
                "expect_column_values_to_match_regex", note="a shorter pattern than Soda's", **shared, regex=pattern
            )
        else:
            part.leave("a kind of validity with no equal")


def _add_schema(found: Imported, settings: Any, where: str) -> None:
    for level, rules in settings.items() if isinstance(settings, dict) else []:
        severity: Severity = "warning" if level == "warn" else "critical"
        if level not in {"warn", "fail"} or not isinstance(rules, dict):
            if level not in _STEERING:
                found.leave(where, f"schema, {level}", "not a list of what must hold")
            continue
        for rule, value in rules.items():
            told = f"schema, {rule}"
            if rule == "when required column missing" and isinstance(value, list):
                for column in value:
                    found.add("expect_column_to_exist", where, told, severity=severity, column=str(column))
            elif rule == "when wrong column type" and isinstance(value, dict):
                for column, type_ in value.items():
                    add_type(found, str(column), type_, where)
            else:
                found.leave(where, told, "a rule on columns with no equal")


def _read_bounds(match: re.Match[str]) -> dict[str, Any] | None:
    if match["low"] is not None:
        if match["is_not"]:
            return None
        return {"min_value": _number(match["low"]), "max_value": _number(match["high"])}
    limit, sign = _number(match["limit"]), match["sign"]
    if sign == "=":
        return {"min_value": limit, "max_value": limit}
    if sign in {">", ">="}:
        return {"min_value": limit} | ({"strict_min": True} if sign == ">" else {})
    if sign in {"<", "<="}:
        return {"max_value": limit} | ({"strict_max": True} if sign == "<" else {})
    return None


def _negate(condition: str) -> str | None:
    """Return what holds when an alert's condition does not."""
    opposite = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
    match = re.fullmatch(r"(=|!=|<=|>=|<|>)\s*(-?[0-9.]+\s*%?)", condition.strip())
    if match is not None:
        return f"{opposite[match[1]]} {match[2]}"
    between = re.fullmatch(r"(not\s+)between\s+(.+)", condition.strip())
    return f"between {between[2]}" if between else None


def _mostly(metric: str, bounds: dict[str, Any]) -> float | None:
    """Return the share that must be right: 1 for none wrong, less for a percentage; None for a count above 0."""
    high: float | None = bounds.get("max_value")
    if high is None or (bounds.get("min_value") or 0) > 0:
        return None
    if metric.endswith("_percent"):
        return round(1 - min(high, 100) / 100, 12)
    return 1.0 if high == 0 or (high == 1 and bounds.get("strict_max")) else None


def _less_than_one(mostly: float) -> float | None:
    return None if mostly >= 1 else mostly


def _whole(bounds: dict[str, Any]) -> dict[str, Any] | None:
    """Turn strict bounds of a count into plain ones, which is all that a row count has."""
    low, high = bounds.get("min_value"), bounds.get("max_value")
    if any(bound is not None and bound != int(bound) for bound in (low, high)):
        return None
    found: dict[str, Any] = {}
    if low is not None:
        found["min_value"] = int(low) + bool(bounds.get("strict_min"))
    if high is not None:
        found["max_value"] = int(high) - bool(bounds.get("strict_max"))
    return found


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number == int(number) else number
