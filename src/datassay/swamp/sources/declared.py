"""Usage source: a list of columns that somebody vouches for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datassay.errors import SpecError, suggest
from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, TableSchema, make_evidence


def read_declared(_root: Path, value: Any, table: TableSchema) -> SourceResult:
    """Return the names in `value` as evidence without a date.

    Raises SpecError for a value that is no list of names, and for a name that is no column.
    """
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SpecError("usage.sources: 'declared' is a list of column names.")
    for name in value:
        if name not in table.columns:
            raise SpecError(
                f"usage.sources: declared column {name!r} is not in the table.",
                hint=suggest(name, list(table.columns)),
            )
    return SourceResult(
        evidence=make_evidence((name, "declared", None, "declared") for name in value),
        coverage=SourceCoverage(source=f"declared: {len(value)} columns", n_files=0, n_parsed=0, n_unresolved=0),
        is_search=False,
    )
