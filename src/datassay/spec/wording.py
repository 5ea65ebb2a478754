"""What is wrong with a definition, in words of its own: no pydantic, no class names, no patterns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from datassay.errors import SpecError, suggest

#: What a mapping may look like, by key without places in lists.
EXAMPLES = {
    "dataset": "{path: data/x.parquet}",
    "features": "{exclude: [a, b]}",
    "sql": "{connection: DATABASE_URL}",
    "trusted": "{column: verified}",
    "annotators": "{columns: [ann, bob]}",
    "cleaning": "{labels_per_hour: 60, cost_per_hour: 40}",
    "collecting": "{rows_per_day: 500, cost_per_day: 600}",
    "collecting.class_share": "{rare: 0.5}",
    "actions": "{hours_per_repair: 0.25}",
    "usage": '{sources: [{sql: "queries/*.sql"}]}',
    "usage.sources": '{sql: "queries/*.sql"}',
    "storage": "{cost_per_gb_month: 0.023}",
    "gate": "{expectations: {critical: 0}}",
    "gate.expectations": "{critical: 0}",
    "gate.label_error_rate": "{max: 0.05}",
    "gate.verdict": "{block: [not_applicable]}",
    "gate.drift": "{max_columns: 0}",
    "gate.swamp": "{max_columns: 0}",
}
#: What is needed where a pattern says it, or several types are allowed.
_NEEDED = {
    "usage.window": "a number of days is needed, such as 90d",
    "sql.connection": "the name of the environment variable that holds the address is needed, such as DATABASE_URL",
}
#: What is needed by the beginning of pydantic's type of error.
_TYPES = {
    "string": "text is needed",
    "int": "a whole number is needed",
    "float": "a number is needed",
    "finite": "a finite number is needed",
    "bool": "true or false is needed",
    "list": "a list is needed",
}
_BOUNDS = {
    "greater_than": "more than {gt:g} is needed",
    "greater_than_equal": "at least {ge:g} is needed",
    "less_than": "less than {lt:g} is needed",
    "less_than_equal": "at most {le:g} is needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "string_too_short": "text is needed",
}


def explain(exc: ValidationError, where: str, model: type[BaseModel]) -> SpecError:
    """Return the first problem of a definition in one line: `where`, the key, what is needed, and what was given."""
    # A key that is not known explains why another is missing.
    problem = min(exc.errors(), key=lambda error: error["type"] not in {"extra_forbidden", "invalid_key"})
    loc = [str(part) for part in problem["loc"]]
    if problem["type"] in {"extra_forbidden", "invalid_key"}:
        return SpecError(f"{where}: unknown key {'.'.join(loc)!r}.", hint=suggest(loc[-1], _keys_at(model, loc[:-1])))
    if problem["type"] == "missing":
        return SpecError(f"{where}: key {'.'.join(loc)!r} is missing.")
    key, told, hint = tell(problem)
    return SpecError(f"{where}:{f' {key!r}:' if key else ''} {told}", hint=hint)


def tell(problem: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return for one of pydantic's errors the key, a sentence with what is needed and what was given, and a hint."""
    loc, kind, given = [str(part) for part in problem["loc"]], str(problem["type"]), problem["input"]
    if loc[:2] == ["usage", "sources"] and len(loc) > 4:
        # pydantic names the type that it tried last.
        return ".".join(loc[:4]), _got("a glob, a list of them or a mapping is needed", given), None
    is_key = loc[-1:] == ["[key]"]
    key = ".".join(loc[:-2] if is_key else loc)
    generic = ".".join(part for part in loc if not part.isdigit())
    if kind == "value_error":
        message = problem["msg"].removeprefix("Value error, ")
        return key, message if message.endswith("?") else f"{message}.", None
    if generic in _NEEDED:
        # An address holds a password, and an error ends up in logs.
        return key, f"{_NEEDED[generic]}." if generic == "sql.connection" else _got(_NEEDED[generic], given), None
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        example = EXAMPLES.get(generic)
        return key, _got(f"a mapping is needed{f', such as {example}' if example else ''}", given), None
    if kind == "literal_error":
        allowed = str(problem["ctx"]["expected"])
        known = [part.strip("'") for part in allowed.replace(" or ", ", ").split(", ")]
        near = suggest(given, known) if isinstance(given, str) else ""
        one_of = "one of " if len(known) > 2 else ""
        return key, _got(f"{one_of}{allowed} is needed", given), near if near.startswith("Did") else None
    if kind in _BOUNDS:
        return key, _got(_BOUNDS[kind].format(**problem["ctx"]), given), None
    needed = _TYPES.get(kind.partition("_")[0])
    if needed is None:
        return key, _got(f"{problem['msg'][0].lower()}{problem['msg'][1:]}", given), None
    hint = _quote(given) if kind == "string_type" else _list(given) if kind == "list_type" else None
    return key, _got(f"{needed} for each key" if is_key else needed, given), hint


def _got(needed: str, given: Any) -> str:
    shown = given.isoformat() if isinstance(given, date) else repr(given)
    return f"{needed} (got {shown:.60})."


def _quote(given: Any) -> str | None:
    """Return what to do about a value that YAML does not read as text."""
    if isinstance(given, bool):
        return "YAML reads yes, no, on and off as True or False: put it in quotes."
    if isinstance(given, date):
        return f'Put it in quotes: "{given.isoformat()}".'
    return f'Put it in quotes: "{given}".' if isinstance(given, int | float) else None


def _list(given: Any) -> str | None:
    """Return how one value becomes a list, where YAML reads it as it stands."""
    if given is None:
        return "Write [] for an empty one."
    return f"Write [{given}]." if str(given).isidentifier() else None


def _keys_at(model: Any, loc: list[str]) -> list[str]:
    """Return the keys that a definition knows below `loc`."""
    for part in loc:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        options = [annotation, *get_args(annotation)]
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
        if model is None:
            return []
    return list(model.model_fields)
