"""What an importer hands back: expectations, and what it could not carry over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from reprlib import repr  # noqa: A004 - bounded, whatever it is given
from typing import Any

from datassay.results import Severity

#: What else an expectation cannot hold: JSON has no times, so they are written as ISO texts.
_SCALARS = (str, bool, int, float)
#: A few lines of YAML can name a list of lists of lists of billions of values.
_DEEPEST = 4


@dataclass(frozen=True)
class LeftOut:
    """A rule, or a part of one, that has no equal in Great Expectations."""

    #: Where it stands, as a reader finds it: "model orders, column id".
    where: str
    rule: str
    reason: str


@dataclass
class Imported:
    """The rules of one file for one table."""

    #: The kind of file they came from.
    kind: str
    #: The table's name in that file.
    table: str
    items: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(
        self, type_: str, where: str, rule: str, /, *, severity: Severity = "critical", note: str = "", **kwargs: Any
    ) -> None:
        """Add one expectation, once; arguments that are None are left out.

        A value that JSON cannot hold sends the rule to `left_out` instead.
        """
        given = {key: value for key, value in kwargs.items() if value is not None}
        try:
            plain = {key: to_plain(value) for key, value in given.items()}
        except ValueError as exc:
            self.leave(where, rule, str(exc))
            return
        reason = f"{self.kind}: {where}: {rule}{f' ({note})' if note else ''}"
        item = {
            "type": type_,
            "kwargs": plain,
            "severity": severity,
            "meta": {"proposed": True, "reason": " ".join(reason.split())[:300]},
        }
        if all((item["type"], item["kwargs"]) != (other["type"], other["kwargs"]) for other in self.items):
            self.items.append(item)

    def leave(self, where: str, rule: str, reason: str) -> None:
        """Note that a rule cannot be carried over, and why."""
        self.left_out.append(LeftOut(where, " ".join(rule.split())[:120], reason))


@dataclass(frozen=True)
class Rule:
    """One rule of a file, which becomes expectations or is left out."""

    found: Imported
    where: str
    text: str
    severity: Severity = "critical"

    def add(self, type_: str, /, *, note: str = "", **kwargs: Any) -> None:
        """Add an expectation for this rule."""
        self.found.add(type_, self.where, self.text, severity=self.severity, note=note, **kwargs)

    def part(self, text: str) -> Rule:
        """Return a part of this rule under a name of its own."""
        return replace(self, text=f"{self.text}, {text}")

    def leave(self, reason: str) -> None:
        """Note that it cannot be carried over, and why."""
        self.found.leave(self.where, self.text, reason)


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON holds it; raises ValueError where it cannot."""
    if depth > _DEEPEST:
        msg = "nested too deeply"
        raise ValueError(msg)
    if isinstance(value, float) and not math.isfinite(value):
        msg = "an infinite bound is none"
        raise ValueError(msg)
    if value is None or isinstance(value, _SCALARS):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_plain(part, depth + 1) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((to_plain(part, depth + 1) for part in value), key=repr)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: to_plain(part, depth + 1) for key, part in value.items()}
    msg = f"a value of type {type(value).__name__} has no place in JSON"
    raise ValueError(msg)


def text_of(value: Any) -> str:
    """Return a value of a file as a short text, for a person to find it there."""
    return " ".join((value if isinstance(value, str) else repr(value)).split())[:80]
