"""Usage source: columns that somebody vouches for, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from datassay.errors import SpecError, suggest
from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, Use, make_evidence
from datassay.swamp.sources import files

_KEYS = ("team", "purpose", "columns", "until")


@dataclass(frozen=True)
class _Entry:
    columns: list[str]
    place: str
    team: str | None = None
    until: date | None = None


def read_declared(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the declared columns as evidence without a date; an entry whose `until` is past is evidence of nothing.

    `value` is a list of names, a list of {team, purpose, columns, until}, or the path of a YAML file that holds one. A
    name is "column", or "table.column" for one table. Raises SpecError for any other value, for a name that is no
    column, and for a file that cannot be read.
    """
    entries, source = _read_entries(root, value)
    known: dict[str, list[tuple[str, str]]] = {}
    for table in tables:
        for column in table.columns:
            known.setdefault(column, []).append((table.name, column))
            known.setdefault(f"{table.name}.{column}", []).append((table.name, column))
    today = datetime.now(UTC).date()
    uses: list[Use] = []
    reasons: list[str] = []
    for entry in entries:
        is_over = entry.until is not None and entry.until < today
        if is_over:
            reasons.append(f"{entry.place}: expired on {entry.until}")
        for name in entry.columns:
            if name not in known and not is_over:
                raise SpecError(
                    f"usage.sources: declared column {name!r} is not in the table.", hint=suggest(name, list(known))
                )
            users = () if entry.team is None else (entry.team,)
            uses += [] if is_over else [Use(*where, "declared", entry.place, users=users) for where in known[name]]
    coverage = SourceCoverage(source=source, n_files=0, n_parsed=0, n_unresolved=0, reasons=reasons)
    return SourceResult(evidence=make_evidence(uses), coverage=coverage, is_search=False)


def _read_entries(root: Path, value: Any) -> tuple[list[_Entry], str]:
    name = "declared"
    if isinstance(value, str | Path):
        name = Path(value).name if isinstance(value, Path) else value
        text = files.read_text(root / value)
        if text is None:
            raise SpecError(f"usage.sources: the declared list {name} cannot be read.")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as exc:
            raise SpecError(f"usage.sources: the declared list {name} is not YAML.") from exc
    if isinstance(value, dict) and set(value) == {"columns"}:
        value = value["columns"]
    if not isinstance(value, list):
        raise SpecError(f"usage.sources: {name!r} is a list of column names, or of {{{', '.join(_KEYS)}}}.")
    plain = [each for each in value if isinstance(each, str)]
    entries = [_Entry(plain, name)] if plain else []
    entries += [_read_entry(each, name) for each in value if not isinstance(each, str)]
    return entries, f"{name}: {sum(len(entry.columns) for entry in entries)} columns"


def _read_entry(value: Any, name: str) -> _Entry:
    if not isinstance(value, dict):
        raise SpecError(f"usage.sources: an entry of {name!r} is a column name, or {{{', '.join(_KEYS)}}}.")
    for key in value:
        if key not in _KEYS:
            raise SpecError(
                f"usage.sources: an entry of {name!r} has no key {key!r}.", hint=suggest(str(key), list(_KEYS))
            )
    columns, until = value.get("columns"), value.get("until")
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise SpecError(f"usage.sources: an entry of {name!r} lacks 'columns', a list of names.")
    if isinstance(until, datetime):
        until = until.date()
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            until = False
    if until is not None and not isinstance(until, date):
        raise SpecError(f"usage.sources: 'until' of an entry of {name!r} is a date such as 2027-01-31.")
    told = [str(value[key]) for key in ("team", "purpose") if value.get(key)]
    place = f"{name} ({', '.join(told)})" if told else name
    return _Entry(columns, place, str(value["team"]) if value.get("team") else None, until)
