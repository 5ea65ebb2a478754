"""Labels that people have verified: read, matched to rows, and checked before anything rests on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.tables import scan_table
from datassay.errors import DataError, SpecError, suggest
from datassay.labels.target import to_classes
from datassay.results import Snapshot
from datassay.spec import AuditSpec

DRAWN = ("random", "worklist")
#: Share of all rows from which a trusted column counts as a census, and no longer as a choice of somebody.
CENSUS = 0.95


@dataclass(frozen=True)
class Reviews:
    """Verified labels of some of the labelled rows."""

    #: (m,) positions among the labelled rows, ascending.
    rows: NDArray[np.int64]
    #: (m,) int codes or floats.
    true: NDArray[Any]
    #: (m,) whether a row was drawn at random, and not because it looked wrong.
    is_random: NDArray[np.bool_]
    notes: list[str] = field(default_factory=list)


def read_ids(snapshot: Snapshot, spec: AuditSpec, rows: NDArray[np.int64]) -> pl.Series:
    """Return the ids of rows (positions in the snapshot): the definition's id column, or the row numbers from 0."""
    if spec.id is None:
        return pl.Series("id", rows, dtype=pl.Int64)
    ids = collect(scan(snapshot).select(spec.id), snapshot.name).to_series().alias("id")
    return ids.gather(rows)


def read_reviews(
    snapshot: Snapshot,
    spec: AuditSpec,
    *,
    root: Path | None,
    rows: NDArray[np.int64],
    classes: list[str],
) -> Reviews | None:
    """Return the verified labels that the definition names, or None where it names none.

    `rows` (n,) are the labelled rows' positions in the snapshot; `classes` is empty for regression. Where a row is in
    both the reviews and the trusted column, the review counts. Reviews of rows that are not among `rows` (no given
    label, or not sampled) are counted in a note. Raises SpecError where a name is wrong, DataError where an id, a label
    or a way of drawing is none.
    """
    found: dict[int, tuple[Any, bool]] = {}
    notes: list[str] = []
    if spec.trusted.column is not None:
        found |= _from_column(snapshot, spec.trusted.column, rows, classes, notes)
    if spec.trusted.reviews is not None:
        path = (root or Path.cwd()) / spec.trusted.reviews
        found |= _from_file(path, snapshot=snapshot, spec=spec, rows=rows, classes=classes, notes=notes)
    if not found:
        return Reviews(np.array([], np.int64), np.array([]), np.array([], bool), notes) if notes else None
    order = sorted(found)
    return Reviews(
        rows=np.array(order, dtype=np.int64),
        true=np.array([found[i][0] for i in order]),
        is_random=np.array([found[i][1] for i in order], dtype=bool),
        notes=notes,
    )


def _from_column(
    snapshot: Snapshot, column: str, rows: NDArray[np.int64], classes: list[str], notes: list[str]
) -> dict[int, tuple[Any, bool]]:
    values = collect(scan(snapshot).select(column), snapshot.name).to_series().gather(rows)
    where = f"trusted.column {column!r}"
    known = values.is_not_null().to_numpy()
    is_census = bool(known.mean() >= CENSUS)
    if known.any() and not is_census:
        notes.append(
            f"{known.sum():,} verified labels of the column {column!r} correct P(wrong); the noise rate stays the "
            "model's, for the column does not say how its rows were drawn."
        )
    positions = np.flatnonzero(known)
    labels = _codes(values.gather(positions), classes, where)
    return {int(i): (label, is_census) for i, label in zip(positions, labels, strict=True)}


def _from_file(
    path: Path,
    *,
    snapshot: Snapshot,
    spec: AuditSpec,
    rows: NDArray[np.int64],
    classes: list[str],
    notes: list[str],
) -> dict[int, tuple[Any, bool]]:
    if not path.exists():
        raise SpecError(f"trusted.reviews: {path} does not exist.", hint="Correct the path, or leave it out.")
    table = collect(scan_table(path), str(path))
    for name in ("id", "true_label", "drawn"):
        if name not in table.columns:
            raise DataError(f"{path}: the column {name!r} is missing.", hint=suggest(name, table.columns))
    # A worklist that is half filled in: rows without an answer are no reviews.
    table = table.filter(pl.col("true_label").is_not_null())
    odd = table.filter(~pl.col("drawn").cast(pl.String).is_in(DRAWN).fill_null(value=False)).height
    if odd:
        raise DataError(f"{path}: {odd} rows say neither 'random' nor 'worklist' in the column 'drawn'.")
    positions = _match(path, table["id"], snapshot, spec, rows)
    labels = _codes(table["true_label"], classes, str(path))
    drawn = (table["drawn"] == "random").to_list()
    found: dict[int, tuple[Any, bool]] = {}
    n_outside = 0
    for position, label, is_random, name in zip(positions, labels, drawn, table["id"].to_list(), strict=True):
        if position < 0:
            n_outside += 1
        elif position in found and found[position][0] != label:
            raise DataError(f"{path}: the id {name!r} has two different true labels.", hint="Keep one of them.")
        else:
            found[position] = (label, is_random or found.get(position, (None, False))[1])
    if n_outside:
        notes.append(f"{n_outside:,} reviews are of rows without a given label, or not in the sample.")
    return found


def _match(path: Path, names: pl.Series, snapshot: Snapshot, spec: AuditSpec, rows: NDArray[np.int64]) -> list[int]:
    """Return each id's position among the labelled rows, -1 for rows of the snapshot that are not among them."""
    ids = read_ids(snapshot, spec, np.arange(snapshot.n_rows, dtype=np.int64)).cast(pl.String)
    if ids.drop_nulls().n_unique() < snapshot.n_rows:
        raise DataError(
            f"The id column {spec.id!r} of {snapshot.name} has nulls or repeats, so reviews cannot be matched to rows.",
            hint="Name a column that is different in every row.",
        )
    place = np.full(snapshot.n_rows, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    lookup = dict(zip(ids.to_list(), place.tolist(), strict=True))
    wanted = names.cast(pl.String).to_list()
    unknown = [name for name in wanted if name not in lookup]
    if unknown:
        others = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise DataError(
            f"{path}: the id {unknown[0]!r}{others} is not in {snapshot.name}.",
            hint="Check that the reviews belong to this dataset and rev.",
        )
    return [lookup[name] for name in wanted]


def _codes(labels: pl.Series, classes: list[str], where: str) -> list[Any]:
    if not classes:
        numbers = labels.cast(pl.Float64, strict=False)
        if numbers.null_count() or not numbers.is_finite().all():
            raise DataError(f"{where}: a verified label is not a finite number.")
        return numbers.to_list()
    names = to_classes(labels).to_list()
    codes = {name: code for code, name in enumerate(classes)}
    # A csv file may have turned "01" or "true" into other types, but never a class into another one.
    strange = sorted({name for name in names if name not in codes})
    if strange:
        others = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise DataError(f"{where}: {strange[0]!r}{others} is no class of the label.", hint=suggest(strange[0], classes))
    return [codes[name] for name in names]
