"""Known wrong labels for a self-test: which rows get which other row's label, in a copy that nobody keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan, snapshot_frame
from datassay.errors import DataError
from datassay.labels.folds import N_FOLDS
from datassay.labels.target import Target
from datassay.results import Snapshot

Kind = Literal["even", "by-class", "near-boundary"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Rows of each class that keep their label: a class too rare for the folds would stop the audit.
KEPT_ROWS = 2 * N_FOLDS
#: Most of one class that "by-class" may flip: beyond, its name would mean the other class.
MOST_OF_CLASS = 0.3
#: How fast the chance to be flipped falls with the rank of a row's margin: by exp(5) from the first row to the last.
BOUNDARY_FALL = 5.0


@dataclass(frozen=True)
class Planting:
    """What is planted, by place among the labelled rows."""

    #: (m,) places whose label is replaced, ascending, and the places whose label each gets.
    rows: NDArray[np.int64]
    sources: NDArray[np.int64]


def plant(
    kind: Kind, target: Target, rate: float, rng: np.random.Generator, *, pred: NDArray[np.float64] | None = None
) -> Planting:
    """Choose round(rate n) labelled rows and another row's label for each, or as many as the kind allows.

    *even*: any rows, any other class; for numbers, rows swap their values among each other. *by-class*: rows of about
    half of the classes, each of which always becomes the same other class. *near-boundary*: rows that the model of
    `pred` (n, k), out of sample, agrees with but only just, flipped to its second choice. Raises DataError where there
    is nothing to plant: too few rows of every class.
    """
    wanted = max(1, round(rate * len(target.y)))
    if target.task == "regression":
        return _swap(target.y, wanted, rng)
    if kind == "even":
        rows = rng.permutation(_spare(target.y, rng))[:wanted]
        k = len(target.classes)
        planted = (target.y[rows] + rng.integers(1, k, len(rows))) % k
    elif kind == "by-class":
        rows, planted = _by_class(target.y, len(target.classes), wanted, rng)
    else:
        assert pred is not None
        rows, planted = _near_boundary(target.y, pred, wanted, rng)
    if not len(rows):
        raise DataError(
            f"No label can be planted: every class has at most {KEPT_ROWS} rows.", hint="Use a larger table."
        )
    return _find_sources(target.y, rows, planted)


def write_label(snapshot: Snapshot, label: str, target: Target, folder: Path) -> Snapshot:
    """Return a snapshot, in `folder`, of the same table with the class names of `target` as its label column."""
    table = collect(scan(snapshot), snapshot.name)
    names = np.full(table.height, None, dtype=object)
    names[target.rows] = np.array(target.classes, dtype=object)[target.y]
    filled = table.with_columns(pl.Series(label, names.tolist(), dtype=pl.String))
    return snapshot_frame(filled, name=snapshot.name, cache_dir=folder)


def write_planted(snapshot: Snapshot, label: str, target: Target, planting: Planting, folder: Path) -> Snapshot:
    """Return a snapshot, in `folder`, of the same table with the planted labels; the original is only read."""
    table = collect(scan(snapshot), snapshot.name)
    take = np.arange(table.height)
    take[target.rows[planting.rows]] = target.rows[planting.sources]
    planted = table.with_columns(table[label].gather(take).alias(label))
    return snapshot_frame(planted, name=snapshot.name, cache_dir=folder)


def _spare(y: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows that may be flipped: all but a few of each class, drawn at random."""
    parts = [rng.permutation(np.flatnonzero(y == code))[KEPT_ROWS:] for code in np.unique(y)]
    return np.sort(np.concatenate(parts))


def _by_class(
    y: NDArray[Any], k: int, wanted: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = rng.permutation(k)
    partner = np.empty(k, dtype=np.int64)
    partner[order] = np.roll(order, 1)
    spare = _spare(y, rng)
    chosen: list[NDArray[np.int64]] = []
    # Half of the classes, and more of them where these have too few rows.
    for i, code in enumerate(order):
        if i >= (k + 1) // 2 and sum(map(len, chosen)) >= wanted:
            break
        rows = rng.permutation(spare[y[spare] == code])
        chosen.append(rows[: int(MOST_OF_CLASS * (y == code).sum())])
    rows = rng.permutation(np.concatenate(chosen))[:wanted]
    return rows, partner[y[rows]]


def _near_boundary(
    y: NDArray[Any], pred: NDArray[np.float64], wanted: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    others = pred.copy()
    others[np.arange(len(y)), y] = -1.0
    margin = pred[np.arange(len(y)), y] - others.max(axis=1)
    spare = _spare(y, rng)
    # Where the model contradicts a label, it may be wrong already: planting there would put it right.
    agreed = spare[margin[spare] > 0]
    if not len(agreed):
        return agreed, agreed
    rank = np.argsort(np.argsort(margin[agreed], kind="stable"), kind="stable") / len(agreed)
    # Without replacement, in proportion to the weights (Efraimidis and Spirakis 2006).
    keys = np.log(rng.random(len(agreed))) / np.exp(-BOUNDARY_FALL * rank)
    rows = agreed[np.argsort(-keys, kind="stable")[:wanted]]
    return rows, others[rows].argmax(axis=1)


def _find_sources(y: NDArray[Any], rows: NDArray[np.int64], planted: NDArray[np.int64]) -> Planting:
    """Return for each row the place of some row that bears the planted label."""
    order = np.argsort(rows, kind="stable")
    first = {int(code): int(np.flatnonzero(y == code)[0]) for code in np.unique(planted)}
    sources = np.array([first[int(code)] for code in planted[order]], dtype=np.int64)
    return Planting(rows[order], sources)


def _swap(y: NDArray[Any], wanted: int, rng: np.random.Generator) -> Planting:
    rows = rng.permutation(len(y))[: max(wanted, 2)]
    sources = np.roll(rows, 1)
    # A value that comes back as it was is no error.
    differs = ~np.isclose(y[rows], y[sources], rtol=1e-6, atol=1e-9)
    order = np.argsort(rows[differs], kind="stable")
    return Planting(rows[differs][order], sources[differs][order])
