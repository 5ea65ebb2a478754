"""Which rows fail an expectation: its condition is asked again by Polars, whatever engine the audit checks with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datassay.datasets.snapshot import scan
from datassay.expectations.backends import Request
from datassay.expectations.checks import read_suite
from datassay.expectations.engine import build
from datassay.expectations.frames import fit_times
from datassay.expectations.polars_backend import open_polars
from datassay.results import ExpectationResult, Snapshot


def find_failing_rows(
    snapshot: Snapshot, suite_path: Path, results: Sequence[ExpectationResult], wanted: Sequence[int]
) -> dict[int, NDArray[np.int64]]:
    """Return, by place in `results`, the positions in the snapshot of the rows that a check found unexpected.

    `results` are those of the suite, in its order; `wanted` are places in it. One check is asked at a time, each reads
    its own columns, and no value leaves the engine. Left out are checks whose rows Polars cannot tell, and those of
    which it finds another number than the audit has counted: then another table was checked, or by other rules. Raises
    SpecError where the file is no suite, DataError or MeasureError where the table cannot be read, and EngineError
    where Great Expectations cannot start.
    """
    suite = read_suite(suite_path)
    table = scan(snapshot)
    schema = table.collect_schema()
    found: dict[int, NDArray[np.int64]] = {}
    with open_polars(table, [], snapshot.n_rows) as backend:
        for place in wanted:
            check, result = suite.checks[place], results[place]
            if check.columns != [result.column]:
                continue
            kwargs = fit_times(check.kwargs, schema[check.columns[0]])
            rows = backend.list_rows(Request(build(check.type, kwargs), check.frame, 0), suite.parameters)
            if rows is not None and len(rows) == result.n_unexpected:
                found[place] = np.array(rows, dtype=np.int64)
    return found
