"""A suite in Great Expectations' own JSON, read without Great Expectations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from datassay.errors import SpecError, suggest
from datassay.expectations.legacy import is_legacy, modernize, modernize_item
from datassay.results import Severity

#: Keys of one expectation, as ExpectationConfiguration.to_json_dict() writes them.
_KEYS = (
    "type", "kwargs", "severity", "meta", "notes", "description", "id", "expectation_context", "rendered_content",
    "success_on_last_run",
)  # fmt: skip
_SEVERITIES: dict[str, Severity] = {name: name for name in get_args(Severity)}
_COLUMN_KEYS = ("column", "column_A", "column_B", "column_list")
#: Set by whoever runs a suite, not by the suite.
_RUN_KEYS = ("result_format", "catch_exceptions", "batch_id")
_NAMES_ONLY = (
    "expect_column_to_exist",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set",
)
_ROWS_ONLY = ("expect_table_row_count_to_be_between", "expect_table_row_count_to_equal")


@dataclass(frozen=True)
class Check:
    """One expectation of a suite, not yet known to Great Expectations."""

    type: str
    kwargs: dict[str, Any]
    severity: Severity = "critical"
    #: Why it cannot even be handed over, in a few words.
    problem: str | None = None

    @property
    def columns(self) -> list[str]:
        """The columns it is about; they must be in the table."""
        if self.type == "expect_column_to_exist":
            return []
        named: list[str] = []
        for key in _COLUMN_KEYS:
            value = self.kwargs.get(key)
            named += [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [name for name in named if isinstance(name, str)]

    @property
    def label(self) -> str | None:
        """The column or columns it is about, as text."""
        return ", ".join(self.columns) or _text_or_none(self.kwargs.get("column"))

    @property
    def frame(self) -> str:
        """What it is evaluated on: all column "names" without rows, all "rows" without columns, or the "data"."""
        if self.type in _ROWS_ONLY:
            return "rows"
        return "names" if self.type in _NAMES_ONLY else "data"

    def reads(self, known: list[str]) -> list[str]:
        """Return the columns of the table that its evaluation needs."""
        if self.frame != "data":
            return []
        if not self.columns:
            return known
        condition = self.kwargs.get("row_condition")
        texts = list(_texts(condition))
        # A condition in text names columns somewhere inside it; one column too many costs memory only.
        return [name for name in known if name in self.columns or any(name in text for text in texts)]


@dataclass(frozen=True)
class Suite:
    """A suite's name, its parameters and its expectations in the order of the file."""

    name: str
    checks: list[Check]
    parameters: dict[str, Any] = field(default_factory=dict)


def read_suite(path: Path) -> Suite:
    """Read a suite file.

    Raises SpecError where the file is no suite; a fault in one expectation is kept as that check's `problem`.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SpecError(
            f"Cannot read the suite {path}: {exc.strerror}.", hint="Set 'suite' in the audit definition."
        ) from exc
    except UnicodeDecodeError as exc:
        raise SpecError(f"{path}: not UTF-8 text.", hint="A suite is a JSON file.") from exc
    except json.JSONDecodeError as exc:
        raise SpecError(f"{path} line {exc.lineno}: not valid JSON: {exc.msg}.") from exc
    except RecursionError as exc:
        raise SpecError(f"{path}: nested too deeply to be a suite.") from exc
    return parse_suite(content, str(path))


def parse_suite(content: Any, where: str) -> Suite:
    """Check a suite's structure; `where` is what an error calls it.

    Suites of 0.x are read too: what 1.x cannot say of them becomes that check's `problem`. Raises SpecError where
    `content` is no suite.
    """
    if not isinstance(content, dict) or not isinstance(content.get("expectations"), list):
        raise SpecError(
            f"{where}: not a Great Expectations suite: a mapping with a list 'expectations' is expected.",
            hint="Write it with ExpectationSuite.to_json_dict().",
        )
    problems: list[str | None] = [None] * len(content["expectations"])
    if is_legacy(content):
        problems = [modernize_item(item)[1] for item in content["expectations"]]
        content = modernize(content)
    name = content.get("name")
    if not isinstance(name, str) or not name:
        raise SpecError(f"{where}: key 'name' is missing.", hint="A suite has a name.")
    parameters = content.get("suite_parameters")
    return Suite(
        name=name,
        checks=[parse_check(item, problem) for item, problem in zip(content["expectations"], problems, strict=True)],
        parameters=parameters if isinstance(parameters, dict) else {},
    )


def parse_check(item: Any, problem: str | None = None) -> Check:
    """Read one expectation; what is wrong with it becomes its `problem`, unless one is known already."""
    if not isinstance(item, dict):
        return Check("?", {}, problem="an expectation is a mapping with 'type' and 'kwargs'")
    type_ = item.get("type")
    kwargs = item.get("kwargs")
    severity = item.get("severity")
    if problem is not None:
        pass
    elif not isinstance(type_, str) or not type_:
        problem = "key 'type' is missing"
    elif not isinstance(kwargs, dict):
        problem = "key 'kwargs' is missing"
    elif severity is not None and severity not in list(_SEVERITIES):
        problem = f"severity {severity!r:.40} is not one of {', '.join(_SEVERITIES)}"
    for key in item:
        if problem is None and key not in _KEYS:
            problem = f"unknown key {key!r:.60}. {suggest(str(key), list(_KEYS))}".rstrip(". ")
    return Check(
        type=type_ if isinstance(type_, str) and type_ else "?",
        kwargs={k: v for k, v in kwargs.items() if k not in _RUN_KEYS} if isinstance(kwargs, dict) else {},
        severity=_SEVERITIES.get(severity, "critical") if isinstance(severity, str) else "critical",
        problem=problem,
    )


def explain_absent(name: str, known: list[str]) -> str:
    """Say that a column is not in the table, and which is nearest."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    if not near:
        # Case is the usual slip, and difflib sees no likeness between "AGE" and "age".
        near = [other for other in known if other.casefold() == name.casefold()]
    return f"no column {name!r}" + (f" (nearest {near[0]!r})" if near else "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None
