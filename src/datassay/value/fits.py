"""Every model fit of the size-noise grid: planned, counted, side by side, and the same whatever the order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datassay.errors import InconclusiveError
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.progress import advance
from datassay.value.grid import Floats, Grid, Ints
from datassay.value.noise import MULTIPLES, add_class_noise, add_number_noise, choose_doses, flip_pattern

N_JOBS = 2

#: Up to so many rows, folds are drawn three times, two times, and else once.
THREE_REPEATS, TWO_REPEATS = 5_000, 20_000

#: Rows times features from which the grid is thinned: such fits take many seconds each.
LARGE = 10_000_000


@dataclass(frozen=True)
class Plan:
    """Which cells the grid has."""

    #: Shares of a fold's training part, ascending; the last is all of it.
    fractions: tuple[float, ...]
    #: Doses of added noise, in multiples of today's rate.
    multiples: tuple[float, ...]
    repeats: int
    #: Repeats that have noise cells; they hold the dearest fits.
    noise_repeats: int


@dataclass(frozen=True)
class _Replicate:
    """One repeat of one fold."""

    repeat: int
    fold: int
    test: Ints
    #: Training rows in the order in which nested subsets take them.
    train: Ints


@dataclass(frozen=True)
class _Cell:
    replicate: int
    kind: Literal["size", "noise"]
    #: Which fraction, or which dose.
    index: int


def choose_plan(n_rows: int, n_features: int) -> Plan:
    """Return the grid for a table of this size; it depends on nothing that is timed, so it is always the same."""
    if n_rows * n_features > LARGE:
        return Plan((0.35, 0.65, 1.0), (0.75, 1.5), 1, 1)
    repeats = 3 if n_rows <= THREE_REPEATS else 2 if n_rows <= TWO_REPEATS else 1
    return Plan((0.35, 0.5, 0.7, 0.85, 1.0), MULTIPLES, repeats, min(repeats, 2))


def fit_grid(
    learner: Learner,
    features: Features,
    y: NDArray[Any],
    *,
    pred: Floats,
    fold: Ints,
    metric: str,
    noise_rate: float,
    transition: list[list[float]],
    plan: Plan,
    reshuffle: bool,
    n_jobs: int = N_JOBS,
) -> Grid:
    """Fit and score the grid.

    `y` (n,), `pred` (n, k) or (n,) and `fold` (n,) are the out-of-sample predictions, whose own cells (all rows, no
    added noise, first repeat) are scored and not fitted again. `reshuffle` draws new folds for further repeats; where
    groups, time or near duplicates bind rows together it must be False, and only the subsets are drawn anew. Labels
    of test rows stay as given. Raises InconclusiveError where fewer than two folds can be scored, and EngineError
    where the estimator fails.
    """
    from joblib import Parallel, delayed

    c = learner.n_classes / (learner.n_classes - 1) if learner.n_classes else 1.0
    doses = choose_doses(noise_rate, c, plan.multiples)
    pattern = flip_pattern(transition, learner.n_classes) if learner.n_classes else None
    replicates = list(_replicates(y, fold, plan.repeats, learner, reshuffle=reshuffle))
    last, n_folds = len(plan.fractions) - 1, int(fold.max()) + 1
    noisy = n_folds * plan.noise_repeats
    cells = [
        *(_Cell(j, "size", i) for j in range(len(replicates)) for i in range(last)),
        *(_Cell(j, "size", last) for j in range(n_folds if reshuffle else len(replicates), len(replicates))),
        *(_Cell(j, "noise", i) for j in range(noisy) for i in range(len(doses))),
    ]

    def fit(cell: _Cell) -> float:
        part = replicates[cell.replicate]
        rows, labels = part.train, y
        if cell.kind == "size":
            rows = rows[: _n_rows(plan.fractions[cell.index], len(rows))]
        else:
            labels = y.copy()
            labels[rows] = _add_noise(y[rows], doses, pattern, [learner.seed, 2, part.repeat, part.fold])[cell.index]
        return score(metric, y[part.test], learner.fit_predict(features, labels, np.sort(rows), part.test))

    scores = np.full((len(replicates), last + 1), np.nan)
    noised = np.full((noisy, len(doses)), np.nan)
    # Without new folds the full cell of every repeat is the same fit.
    for j in range(n_folds if reshuffle else len(replicates)):
        scores[j, last] = score(metric, y[replicates[j].test], pred[replicates[j].test])
    advance("value", 0, len(cells))
    with fitting():
        jobs = Parallel(n_jobs=min(n_jobs, os.cpu_count() or 1), backend="threading", return_as="generator")
        for done, (cell, value) in enumerate(zip(cells, jobs(map(delayed(fit), cells)), strict=True), start=1):
            (scores if cell.kind == "size" else noised)[cell.replicate, cell.index] = value
            advance("value", done, len(cells))
    counts = np.array([[_n_rows(f, len(part.train)) for f in plan.fractions] for part in replicates])
    kept, with_noise = _find_measured(scores, noised, metric)
    return Grid(
        sizes=counts.mean(axis=0),
        size_scores=scores[kept],
        doses=doses,
        noisy=np.flatnonzero(np.isin(kept, with_noise)),
        noise_scores=noised[with_noise],
        test_fraction=1 / (n_folds - 1),
        n_fits=len(cells),
    )


def _n_rows(fraction: float, n: int) -> int:
    return n if fraction == 1 else round(fraction * n)


def _add_noise(y: NDArray[Any], doses: Floats, pattern: Floats | None, key: list[int]) -> list[NDArray[Any]]:
    rng = np.random.default_rng(key)
    return add_number_noise(y, doses, rng) if pattern is None else add_class_noise(y, doses, pattern, rng)


def _replicates(
    y: NDArray[Any], fold: Ints, repeats: int, learner: Learner, *, reshuffle: bool
) -> Iterator[_Replicate]:
    n_folds = int(fold.max()) + 1
    strata = y if learner.n_classes else np.zeros(len(y), dtype=np.int64)
    for repeat in range(repeats):
        if repeat and reshuffle:
            # Dealt like cards along the shuffled classes, so that every fold gets its share of every class.
            order = _spread(strata, np.random.default_rng([learner.seed, 0, repeat]))
            ordered = order[np.argsort(strata[order], kind="stable")]
            fold = np.empty(len(y), dtype=np.int64)
            fold[ordered] = np.arange(len(y)) % n_folds
        for i in range(n_folds):
            train = np.flatnonzero(fold != i)
            order = _spread(strata[train], np.random.default_rng([learner.seed, 1, repeat, i]))
            yield _Replicate(repeat, i, np.flatnonzero(fold == i), train[order])


def _spread(strata: NDArray[Any], rng: np.random.Generator) -> Ints:
    """Return a random order in which every beginning holds the strata in their shares, and one of each at once."""
    shuffled = rng.permutation(len(strata))
    by_stratum = shuffled[np.argsort(strata[shuffled], kind="stable")]
    _, starts, counts = np.unique(strata[by_stratum], return_index=True, return_counts=True)
    rank = np.arange(len(strata)) - np.repeat(starts, counts)
    place = (rank + rng.random(len(strata))) / np.repeat(counts, counts)
    place[rank == 0] = 0.0
    return by_stratum[np.argsort(place, kind="stable")]


def _find_measured(scores: Floats, noised: Floats, metric: str) -> tuple[Ints, Ints]:
    """Return the replicates whose sizes could all be scored, and those of them whose noise cells could be too."""
    # A ranking metric is not defined in a fold that holds one class only: such a replicate says nothing.
    kept = np.flatnonzero(np.isfinite(scores).all(axis=1))
    with_noise = np.intersect1d(kept, np.flatnonzero(np.isfinite(noised).all(axis=1)))
    if len(with_noise) < 2:
        raise InconclusiveError(
            f"{metric} could be computed in {len(with_noise)} fold(s); two are needed to see how much it varies.",
            hint="Use another metric, or a table with more rows of every class in every group.",
        )
    return kept, with_noise
