"""Whether ids name rows: told with the audit, before somebody reviews a worklist that leads to no row."""

from __future__ import annotations

import numpy as np

from datassay.labels.review import read_ids
from datassay.results import Snapshot
from datassay.spec import AuditSpec


def explain_ids(snapshot: Snapshot, spec: AuditSpec) -> list[str]:
    """Return a note where the definition's id column has repeats or nulls; nothing where it tells all rows apart."""
    if spec.id is None:
        return []
    ids = read_ids(snapshot, spec, np.arange(snapshot.n_rows, dtype=np.int64))
    n_missing = ids.null_count()
    n_repeats = len(ids) - n_missing - ids.drop_nulls().n_unique()
    counts = [f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in ((n_repeats, "repeat"), (n_missing, "null")) if n]
    if not counts:
        return []
    told = (
        f"The id column {spec.id!r} has {' and '.join(counts)}, so an id of the worklist may mean several rows "
        "or none, and reviews cannot be matched: name a column that is different in every row, or leave id out."
    )
    return [told]
