"""Which rows are predicted together: stratified, grouped or time-ordered folds that no near duplicate straddles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import DataError

N_FOLDS = 5


@dataclass(frozen=True)
class Folds:
    """A fold for every row."""

    #: (n,) ints from 0 to n_folds - 1.
    fold: NDArray[np.int64]
    n_folds: int


def check_classes(y: NDArray[Any], classes: list[str], n_folds: int = N_FOLDS) -> None:
    """Raise DataError, naming the smallest class, where a class has fewer rows than folds."""
    counts = np.bincount(y, minlength=len(classes))
    few = np.flatnonzero(counts < n_folds)
    if len(few):
        worst = few[np.argmin(counts[few])]
        others = f" ({len(few) - 1} more {'has' if len(few) == 2 else 'have'} too few)" if len(few) > 1 else ""
        rows = "1 row" if counts[worst] == 1 else f"{counts[worst]} rows"
        raise DataError(
            f"The class {classes[worst]!r} has {rows}, fewer than the {n_folds} folds{others}.",
            hint="Merge or drop the class, or collect more of it.",
        )


def check_seen(fold: NDArray[np.int64], y: NDArray[Any], classes: list[str], cut_by: str) -> None:
    """Raise DataError, naming it, where all rows of a class lie in one fold: no model would know it before it is asked.

    `fold` and the codes `y` are (n,); `cut_by` names the column that binds rows together.
    """
    first, last = np.full(len(classes), fold.max()), np.zeros(len(classes), dtype=np.int64)
    np.minimum.at(first, y, fold)
    np.maximum.at(last, y, fold)
    alone = np.flatnonzero(first >= last)
    if len(alone):
        others = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
        raise DataError(
            f"All rows of the class {classes[alone[0]]!r}{others} fall into one part of the table as {cut_by} cuts it, "
            "so that no model of the other parts knows it.",
            hint=f"Leave {cut_by} out, merge or drop the class, or collect it elsewhere too.",
        )


def make_folds(strata: NDArray[np.int64], clusters: NDArray[np.int64], *, seed: int, n_folds: int = N_FOLDS) -> Folds:
    """Deal rows to folds so that every stratum is spread evenly and no cluster is cut.

    `strata` (n,) are class codes, or zeros for plain random folds; `clusters` (n,) are codes, rows with the same code
    stay together. With fewer clusters than folds there are as many folds as clusters. Large clusters are dealt first,
    each to the fold that lacks most of its classes; single rows then fill the gaps.
    Raises DataError where everything is one cluster.
    """
    _, clusters, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        raise DataError("All rows belong to one group, so no part can be predicted from another.")
    n_folds = min(n_folds, len(sizes))
    rng = np.random.default_rng(seed)
    n_strata = int(strata.max()) + 1
    target = np.bincount(strata, minlength=n_strata) / n_folds
    filled = np.zeros((n_folds, n_strata))
    fold = np.full(len(strata), -1, dtype=np.int64)
    # A random order among clusters of one size: a stable sort keeps it.
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    by_cluster, ends = np.argsort(clusters, kind="stable"), np.cumsum(sizes)
    for cluster in order[sizes[order] > 1]:
        rows = by_cluster[ends[cluster] - sizes[cluster] : ends[cluster]]
        wanted = np.bincount(strata[rows], minlength=n_strata)
        # Room left for its classes, in shares of a fold, so that rare classes weigh as much as common ones.
        room = ((target - filled) / np.maximum(target, 1e-9)) @ wanted
        # The largest clusters open a fold each, so that none stays empty; ties go to the emptiest.
        filled_rows = filled.sum(axis=1)
        best = int(np.lexsort((filled_rows, -room, filled_rows > 0))[0])
        fold[rows] = best
        filled[best] += wanted
    _deal_singles(fold, strata, filled, rng)
    return Folds(fold, n_folds)


def make_time_folds(time: NDArray[np.int64], clusters: NDArray[np.int64], n_folds: int = N_FOLDS) -> Folds:
    """Cut rows into contiguous blocks of time.

    Each block is predicted by a model of the other blocks, earlier and later, so that every row has a prediction.
    `time` (n,) are ranks, equal where the times are; equal times share a block. Clusters of near duplicates stay
    together, in the block of their earliest row. Raises DataError where there are fewer than two times.
    """
    n = len(time)
    n_folds = min(n_folds, len(np.unique(time)))
    if n_folds < 2:
        raise DataError("The column of features.time has the same value in all rows, so it gives no order.")
    # Rows before this one in time, ties counted once.
    starts = np.searchsorted(np.sort(time), time, side="left")
    fold = np.minimum(starts * n_folds // n, n_folds - 1)
    _, fold = np.unique(fold, return_inverse=True)
    _, codes = np.unique(clusters, return_inverse=True)
    first = np.full(codes.max() + 1, fold.max(), dtype=np.int64)
    np.minimum.at(first, codes, fold)
    _, fold = np.unique(first[codes], return_inverse=True)
    if fold.max() < 1:
        raise DataError("The times of the rows leave one block only.", hint="Leave features.time out.")
    return Folds(fold.astype(np.int64), int(fold.max()) + 1)


def _deal_singles(
    fold: NDArray[np.int64], strata: NDArray[np.int64], filled: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Deal the rows without a fold, stratum by stratum, each time to the emptiest fold; changes `fold` and `filled`."""
    n_folds = len(filled)
    for stratum in range(filled.shape[1]):
        rows = rng.permutation(np.flatnonzero((fold < 0) & (strata == stratum)))
        if not len(rows):
            continue
        level = _fill_levels(filled[:, stratum], len(rows))
        # Folds that get one row more: those with the fewest of this stratum, then those with the fewest rows.
        spare = len(rows) - level.sum()
        level[np.lexsort((filled.sum(axis=1), filled[:, stratum] + level))[:spare]] += 1
        fold[rows] = np.repeat(np.arange(n_folds), level)
        filled[:, stratum] += level


def _fill_levels(heights: NDArray[np.float64], amount: int) -> NDArray[np.int64]:
    """Return how much each fold gets when `amount` is poured over `heights` like water, rounded down."""
    order = np.sort(heights)
    for used in range(len(order), 0, -1):
        level = (amount + order[:used].sum()) / used
        if level >= order[used - 1]:
            break
    poured: NDArray[np.int64] = np.maximum(np.floor(level - heights), 0).astype(np.int64)
    return poured
