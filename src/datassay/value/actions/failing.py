"""Cells that fail an expectation, among the rows that are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datassay.errors import DatassayError
from datassay.results import Expectations, Snapshot
from datassay.value.actions.bench import Bench, Mask
from datassay.value.grid import Ints

#: Of columns in which more fails nothing is measured, so their rows are not looked for.
MOST_FAILING = 0.5


@dataclass(frozen=True)
class Failing:
    """What is known of the cells of one column that fail its checks."""

    #: Largest share of values that fail one check.
    share: float
    #: (n,) which cells fail one check or more; None where that could not be found.
    cells: Mask | None


def find_failing(
    bench: Bench, snapshot: Snapshot, expectations: Expectations | None, suite: Path | None
) -> dict[str, Failing]:
    """Return by column what fails; nulls are not values, and what no model sees does not count.

    The rows of a check are known where Polars finds as many as the audit has counted.
    """
    failed: dict[str, dict[int, float]] = {}
    for place, result in enumerate(expectations.results if expectations else []):
        share = result.unexpected_fraction
        if result.outcome == "failed" and result.column in bench.own_columns and share and "null" not in result.type:
            failed.setdefault(result.column, {})[place] = share
    shares = {column: max(by_place.values()) for column, by_place in failed.items()}
    wanted = [place for column, found in failed.items() if shares[column] <= MOST_FAILING for place in found]
    rows = _find_rows(snapshot, expectations, suite, wanted)
    return {
        column: Failing(shares[column], _mark(bench, [rows.get(place) for place in by_place]))
        for column, by_place in failed.items()
    }


def _find_rows(
    snapshot: Snapshot, expectations: Expectations | None, suite: Path | None, wanted: list[int]
) -> dict[int, Ints]:
    if suite is None or expectations is None or not wanted:
        return {}
    from datassay.expectations.failing import find_failing_rows

    try:
        return find_failing_rows(snapshot, suite, expectations.results, wanted)
    except DatassayError:
        # The table could be read a moment ago; the actions then say that the cells are not known.
        return {}


def _mark(bench: Bench, rows: list[Ints | None]) -> Mask | None:
    known = [each for each in rows if each is not None]
    return np.isin(bench.row, np.concatenate(known)) if len(known) == len(rows) else None
