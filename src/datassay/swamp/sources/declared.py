"""Usage source: a list of columns that somebody vouches for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datassay.errors import SpecError, suggest
from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, Use, make_evidence


def read_declared(_root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the names in `value` as evidence without a date; a name is "column", or "table.column" for one table.

    Raises SpecError for a value that is no list of names, and for a name that is no column.
    """
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SpecError("usage.sources: 'declared' is a list of column names.")
    known: dict[str, list[tuple[str, str]]] = {}
    for table in tables:
        for column in table.columns:
            known.setdefault(column, []).append((table.name, column))
            known.setdefault(f"{table.name}.{column}", []).append((table.name, column))
    for name in value:
        if name not in known:
            raise SpecError(
                f"usage.sources: declared column {name!r} is not in the table.", hint=suggest(name, list(known))
            )
    return SourceResult(
        evidence=make_evidence(Use(*where, "declared", "declared") for name in value for where in known[name]),
        coverage=SourceCoverage(source=f"declared: {len(value)} columns", n_files=0, n_parsed=0, n_unresolved=0),
        is_search=False,
    )
