"""dbt's data tests (`schema.yml`): not_null, unique, accepted_values, relationships, dbt_utils, dbt_expectations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datassay.expectations.importers.kinds import add_type, kind_of
from datassay.expectations.importers.records import Imported, Rule, text_of
from datassay.results import Severity

_TABLES = ("models", "seeds", "snapshots")
#: Keys of a test that steer its run and change nothing about what it says.
_STEERING = {"name", "description", "tags", "store_failures", "enabled", "config", "meta", "limit", "alias", "severity"}
#: Arguments of a test that change what it says and that no expectation has.
_CHANGING = ("where", "error_if", "warn_if", "fail_calc", "group_by_columns")
#: dbt_expectations are Great Expectations' own under SQL; these arguments are spelled otherwise there.
_RENAMED_ARGUMENTS = {"column_type": "type_", "column_type_list": "type_list"}
_SQL_ARGUMENTS = ("row_condition", "flags", "is_raw", "group_by")
_REASONS = {
    "relationships": "it is about a second table",
    "expression_is_true": "an expression in SQL",
    "equal_rowcount": "it is about a second table",
    "equality": "it is about a second table",
}
_UNIQUE_COLUMNS = "unique_combination_of_columns"


def list_tables(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every model, seed, snapshot and source table of a properties file with its name."""
    for key in _TABLES:
        yield from _named(content.get(key))
    for _, source in _named(content.get("sources")):
        yield from _named(source.get("tables"))


def import_dbt(name: str, table: dict[str, Any]) -> Imported:
    """Turn the tests of one model, seed, snapshot or source table into expectations."""
    found = Imported("dbt", name)
    for test in _tests(table):
        _add(found, test, None, f"model {name}")
    contract = table.get("config", {}).get("contract") if isinstance(table.get("config"), dict) else None
    is_contract = isinstance(contract, dict) and contract.get("enforced") is True
    for column, properties in _named(table.get("columns")):
        where = f"model {name}, column {column}"
        if is_contract and properties.get("data_type"):
            add_type(found, column, properties["data_type"], where)
        for test in [*_tests(properties), *_constraints(found, properties, where)]:
            _add(found, test, column, where)
    for constraint in table.get("constraints") or []:
        found.leave(f"model {name}", f"constraint {text_of(constraint)}", "constraints of a model are the database's")
    return found


def _named(items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            yield item["name"], item


def _tests(properties: dict[str, Any]) -> list[Any]:
    # dbt 1.8 renamed tests to data_tests and still reads both.
    lists = [properties.get(key) for key in ("tests", "data_tests")]
    return [test for tests in lists if isinstance(tests, list) for test in tests]


def _constraints(found: Imported, properties: dict[str, Any], where: str) -> list[Any]:
    tests: list[Any] = []
    for constraint in properties.get("constraints") or []:
        kind = constraint.get("type") if isinstance(constraint, dict) else constraint
        if kind in {"not_null", "unique"}:
            tests.append(kind)
        elif kind == "primary_key":
            tests += ["not_null", "unique"]
        else:
            found.leave(where, f"constraint {text_of(kind)}", "a constraint that only the database can keep")
    return tests


def _add(found: Imported, test: Any, column: str | None, where: str) -> None:
    name, arguments = _read(test)
    if name is None:
        found.leave(where, text_of(test), "not a test's name with its arguments")
        return
    config = arguments.get("config")
    settings = {**arguments, **(config if isinstance(config, dict) else {})}
    if settings.get("enabled") is False:
        found.leave(where, name, "it is switched off (enabled: false)")
        return
    changing = next((key for key in _CHANGING if settings.get(key)), None)
    if changing is not None:
        found.leave(where, name, f"'{changing}: {text_of(settings[changing])}' changes what it says")
        return
    severity: Severity = "warning" if str(settings.get("severity", "")).lower() == "warn" else "critical"
    given = {key: value for key, value in arguments.items() if key not in _STEERING}
    rule = Rule(found, where, name, severity)
    package, _, bare = name.rpartition(".")
    column = given.pop("column_name", column)
    if package == "dbt_expectations":
        _add_expectation(rule, bare, given, column)
    elif package not in {"", "dbt", "dbt_utils"}:
        rule.leave("a test of a package that is not known here")
    elif not (_add_column_test(rule, bare, given, column) if column else _add_table_test(rule, bare, given)):
        reason = _REASONS.get(bare, "a test with no equal in Great Expectations")
        rule.leave(reason)


def _read(test: Any) -> tuple[str | None, dict[str, Any]]:
    if isinstance(test, str):
        return test, {}
    if not isinstance(test, dict):
        return None, {}
    if "test_name" in test:
        return str(test["test_name"]), {key: value for key, value in test.items() if key != "test_name"}
    if not test:
        return None, {}
    name, arguments = next(iter(test.items()))
    given = dict(arguments) if isinstance(arguments, dict) else {}
    # Since dbt 1.10 a test's own arguments may stand in a mapping of their own.
    inner = given.pop("arguments", None)
    return str(name), {**given, **(inner if isinstance(inner, dict) else {})}


def _add_table_test(rule: Rule, name: str, given: dict[str, Any]) -> bool:
    columns = given.get("combination_of_columns")
    if name != _UNIQUE_COLUMNS or not isinstance(columns, list):
        return False
    rule.add("expect_compound_columns_to_be_unique", column_list=columns)
    return True


def _add_column_test(rule: Rule, name: str, given: dict[str, Any], column: str) -> bool:
    values = given.get("values")
    if name == "not_null":
        rule.add("expect_column_values_to_not_be_null", column=column)
    elif name == "unique":
        rule.add("expect_column_values_to_be_unique", column=column)
    elif name == "accepted_values" and isinstance(values, list):
        # dbt compares quoted text unless it is told not to; numbers in YAML stay numbers here.
        rule.add("expect_column_values_to_be_in_set", column=column, value_set=values)
    elif name == "not_accepted_values" and isinstance(values, list):
        rule.add("expect_column_values_to_not_be_in_set", column=column, value_set=values)
    elif name == "accepted_range":
        bounds = {key: given[key] for key in ("min_value", "max_value") if given.get(key) is not None}
        if not bounds or any(isinstance(bound, str) for bound in bounds.values()):
            return False  # no bound at all, or an expression in SQL
        if given.get("inclusive", True) is not True:
            bounds |= {f"strict_{key[:3]}": True for key in bounds}
        rule.add("expect_column_values_to_be_between", column=column, **bounds)
    elif name == "not_empty_string":
        rule.add("expect_column_value_lengths_to_be_between", column=column, min_value=1)
    elif name == "not_null_proportion":
        bounds = {"min_value": given.get("at_least"), "max_value": given.get("at_most")}
        rule.add("expect_column_proportion_of_non_null_values_to_be_between", column=column, **bounds)
    else:
        return False
    return True


def _add_expectation(rule: Rule, name: str, given: dict[str, Any], column: str | None) -> None:
    kwargs = {_RENAMED_ARGUMENTS.get(key, key): value for key, value in given.items()}
    lost = next((key for key in _SQL_ARGUMENTS if kwargs.pop(key, None)), None)
    if lost is not None:
        rule.leave(f"its argument '{lost}' has no equal")
        return
    kwargs.pop("quote_values", None)
    if name in {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"}:
        names = kwargs.get("type_list") or [kwargs.get("type_")]
        if column and len({kind_of(each) for each in names}) == 1:
            add_type(rule.found, column, names[0], rule.where)
        else:
            rule.leave("types of the warehouse that have no one kind in common")
        return
    if kwargs.pop("strictly", False):
        # One word for both ends there.
        kwargs |= {f"strict_{key[:3]}": True for key in ("min_value", "max_value") if key in kwargs}
    if column is not None:
        kwargs.setdefault("column", column)
    rule.add(name, **kwargs)
