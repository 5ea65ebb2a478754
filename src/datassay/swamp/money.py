"""What columns cost: bytes of all revs times price and copies, and reading them to check them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BYTES_PER_GB = 1e9
#: Arguments of expectations that name columns.
_NAMING = ("column", "column_A", "column_B", "column_list", "column_set")


@dataclass(frozen=True)
class Prices:
    """What bytes cost, and what reads them to check them."""

    #: Of one GB for a month, in all copies.
    per_gb_month: float = 0.0
    #: Of one GB that is read.
    per_gb_read: float = 0.0
    checks_per_month: float = 0.0
    #: Expectations by column: each run reads a column once, however many it has.
    n_checks: Mapping[str, int] = field(default_factory=dict)

    def keep(self, n_bytes: int) -> float:
        """Return what keeping so many bytes costs per month."""
        return n_bytes / _BYTES_PER_GB * self.per_gb_month

    def check(self, column: str, n_bytes: int) -> float:
        """Return what checking a column of so many bytes costs per month."""
        if not self.n_checks.get(column):
            return 0.0
        return n_bytes / _BYTES_PER_GB * self.per_gb_read * self.checks_per_month


def count_checks(suite: Path | None) -> dict[str, int]:
    """Return how many expectations of the suite in a file read each column; none where it is no suite."""
    try:
        held = json.loads(suite.read_text(encoding="utf-8")) if suite is not None else {}
    except (OSError, ValueError):
        return {}
    counts: Counter[str] = Counter()
    for each in held.get("expectations", []) if isinstance(held, dict) else []:
        # The names of a table's columns are checked without reading one.
        if not isinstance(each, dict) or str(each.get("type", "")).startswith("expect_table_"):
            continue
        arguments = each.get("kwargs")
        named = [arguments.get(key) for key in _NAMING] if isinstance(arguments, dict) else []
        names = (name for one in named for name in (one if isinstance(one, list) else [one]))
        counts.update({name for name in names if isinstance(name, str)})
    return dict(counts)
