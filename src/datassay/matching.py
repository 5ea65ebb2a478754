"""Which rows of an earlier and a later content of a dataset are the same, and what became of their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import DataError
from datassay.labels.id_types import check_id
from datassay.labels.target import Target, read_target
from datassay.results import Snapshot
from datassay.spec import AuditSpec

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Matched:
    """The labelled rows of the later content, and the labels that some of them had before."""

    matched_by: Literal["id", "content"]
    task: Literal["classification", "regression"]
    #: Class names of both, in code order; empty for regression.
    classes: list[str]
    #: (c,) positions in the later content of the rows that both have, ascending, and their labels before and after.
    common: Ints
    y_before: NDArray[Any]
    y_after: NDArray[Any]
    #: (m,) positions and labels of the rows that only the later content has.
    added: Ints
    y_added: NDArray[Any]
    n_removed: int
    notes: list[str]

    @property
    def is_changed(self) -> NDArray[np.bool_]:
        """Tell which of the common rows have another label now."""
        if self.task == "regression":
            # Numbers pass through files as text: equal up to the last digits is equal.
            return np.asarray(~np.isclose(self.y_before, self.y_after, rtol=1e-6, atol=1e-9), dtype=bool)
        return np.asarray(self.y_before != self.y_after, dtype=bool)


def match_rows(before: Snapshot, after: Snapshot, spec: AuditSpec) -> Matched:
    """Match the labelled rows of two contents by the definition's id, or by all columns but the label.

    Rows that are equal in content are matched in their order. Raises SpecError where a column of the definition is
    missing, DataError where ids repeat, or where nothing matches.
    """
    old, new = read_target(before, spec), read_target(after, spec)
    if old.task != new.task:
        raise DataError(f"The label {spec.label!r} held {_kind(old)} before and holds {_kind(new)} now.")
    keys_old, keys_new, notes = _keys(before, after, spec)
    places = dict(zip(keys_old[old.rows].tolist(), range(len(old.rows)), strict=True))
    at = np.array([places.get(key, -1) for key in keys_new[new.rows].tolist()], dtype=np.int64)
    is_common = at >= 0
    if not is_common.any():
        by = f"ids in the column {spec.id!r}" if spec.id else "equal rows"
        raise DataError(f"The two contents share no {by}, so what became of the labels cannot be told.")
    classes, y_old, y_new = _join_classes(old, new)
    return Matched(
        matched_by="id" if spec.id else "content",
        task=new.task,
        classes=classes,
        common=new.rows[is_common],
        y_before=y_old[at[is_common]],
        y_after=y_new[is_common],
        added=new.rows[~is_common],
        y_added=y_new[~is_common],
        n_removed=len(old.rows) - int(is_common.sum()),
        notes=notes,
    )


def _keys(before: Snapshot, after: Snapshot, spec: AuditSpec) -> tuple[NDArray[Any], NDArray[Any], list[str]]:
    """Return a key for every row of either content, equal where the rows are the same."""
    if spec.id is not None:
        for each in (before, after):
            check_id(each, spec)
        both = [collect(scan(each).select(spec.id), each.name).to_series().cast(pl.String) for each in (before, after)]
        for ids, each in zip(both, (before, after), strict=True):
            if ids.null_count() or ids.n_unique() < len(ids):
                raise DataError(
                    f"The id column {spec.id!r} has nulls or repeats at {each.rev}, so rows cannot be matched.",
                    hint="Name a column that is different in every row.",
                )
        return both[0].to_numpy(), both[1].to_numpy(), []
    names = [[column.name for column in each.columns if column.name != spec.label] for each in (before, after)]
    shared = [name for name in names[1] if name in names[0]]
    if not shared:
        raise DataError("The two contents share no column but the label, and the definition names no id.")
    hashed = [_hash_rows(scan(each).select(shared), each) for each in (before, after)]
    left = sorted({*names[0], *names[1]} - {*shared})
    told = "Rows were matched by their content, for the definition names no id: a row of which more than the label "
    told += "changed counts as removed and added."
    return hashed[0], hashed[1], [told, *([f"Not compared, for only one has them: {', '.join(left)}."] if left else [])]


def _hash_rows(table: pl.LazyFrame, snapshot: Snapshot) -> NDArray[Any]:
    frame = collect(table, snapshot.name)
    # As text, so that a column that was read as int32 once and as int64 later is the same.
    plain = [pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if not dtype.is_nested()]
    hashes = frame.with_columns(plain).hash_rows(seed=0)
    # Equal rows are told apart by their order.
    turn = pl.DataFrame({"hash": hashes}).select(pl.int_range(pl.len()).over("hash")).to_series()
    return pl.DataFrame({"hash": hashes, "turn": turn}).hash_rows(seed=1).to_numpy()


def _join_classes(old: Target, new: Target) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    if new.task == "regression":
        return [], old.y, new.y
    classes = [*new.classes, *(name for name in old.classes if name not in new.classes)]
    codes = {name: code for code, name in enumerate(classes)}
    return classes, np.array([codes[name] for name in old.classes])[old.y], new.y


def _kind(target: Target) -> str:
    return "classes" if target.task == "classification" else "numbers"
