"""A fingerprint of a row without its label, so that a review is never laid on a row that has changed since."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from datassay.datasets.snapshot import read_rows
from datassay.results import Snapshot
from datassay.spec import AuditSpec

#: Integers up to here are the same number as floats.
_EXACT = 2**53


def hash_rows(snapshot: Snapshot, spec: AuditSpec, positions: Sequence[int]) -> list[str]:
    """Return a hash of the content of the rows at `positions` (distinct), all columns but the labels and votes.

    The same values give the same hash in every format, whatever the order of columns, the width of numbers, or
    whether whole numbers are stored as floats.
    """
    hidden = {spec.label, spec.trusted.column, *spec.annotator_columns}
    columns = [column.name for column in snapshot.columns if column.name not in hidden]
    if not columns:
        return [hash_row({})] * len(positions)
    return [hash_row(row) for row in read_rows(snapshot, positions, columns).iter_rows(named=True)]


def hash_row(row: dict[str, Any]) -> str:
    """Return the hash of one row, given as values by column."""
    content = {name: plain(value) for name, value in row.items()}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def plain(value: Any) -> Any:
    """Return a cell as JSON has it, without loss; what JSON has no word for is an object that names its kind."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"float": repr(value)}
        return int(value) if value == int(value) and abs(value) <= _EXACT else value
    if isinstance(value, (dt.date, dt.time)):
        return {"time": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"us": value // dt.timedelta(microseconds=1)}
    if isinstance(value, Decimal):
        return {"decimal": format(value.normalize(), "f")}
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return [plain(part) for part in value]
