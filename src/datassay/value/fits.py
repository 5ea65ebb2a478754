"""Every model fit of the value stage: learning curves on nested subsets, and rehearsals of cleaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import InconclusiveError
from datassay.labels.duplicates import keep_together
from datassay.labels.estimator import Features, Learner
from datassay.labels.spreading import spread
from datassay.value.grid import Floats, Grid, Ints
from datassay.value.jobs import Job, Judge, Runner
from datassay.value.rehearsals import Folds, Worklist, rehearse_list
from datassay.value.steering import N_DRAWN, N_POINTS, Mixture, draw_subset
from datassay.value.subsets import FEWEST_GROUPS, Order, count_groups, order_rows

N_JOBS = 2

#: Up to so many rows, folds are drawn three times, and else twice.
THREE_REPEATS = 20_000

#: Shares of a fold's training part. Its ends tell the slope: what lies between them costs fits and told days no better.
FRACTIONS = (0.35, 1.0)

#: Sets of true labels that are drawn to firm up the belief, and rehearsals on the list, whose mean is taken: which
#: labels are wrong is drawn anew each time, on other folds.
N_WORLDS, N_LISTS = 3, 3

#: Rows times features from which the grid is thinned: such fits take many seconds each.
LARGE = 10_000_000


@dataclass(frozen=True)
class Plan:
    """Which cells the grid has."""

    #: Shares of a fold's training part, ascending; the last is all of it.
    fractions: tuple[float, ...]
    repeats: int
    #: Sets of true labels that are drawn, and how often the listed labels are changed.
    n_worlds: int
    n_lists: int


@dataclass(frozen=True)
class _Replicate:
    """One repeat of one fold."""

    test: Ints
    train: Order


def choose_plan(n_rows: int, n_features: int) -> Plan:
    """Return the grid for a table of this size; it depends on nothing that is timed, so it is always the same."""
    is_large, is_huge = n_rows > THREE_REPEATS, n_rows * n_features > LARGE
    n_worlds, n_lists = (1, 1) if is_large or is_huge else (N_WORLDS, N_LISTS)
    return Plan(FRACTIONS, 1 if is_huge else 2 if is_large else 3, n_worlds, n_lists)


def fit_grid(
    learner: Learner,
    features: Features,
    y: NDArray[Any],
    *,
    pred: Floats,
    fold: Ints,
    metric: str,
    belief: Floats,
    worklist: Worklist,
    plan: Plan,
    reshuffle: bool,
    cluster: Ints | None = None,
    mixture: Mixture | None = None,
    groups: Ints | None = None,
    n_jobs: int = N_JOBS,
) -> Grid:
    """Fit and score the grid.

    `y` (n,), `pred` (n, k) or (n,) and `fold` (n,) are the out-of-sample predictions, whose own cells (all rows, labels
    as given, first repeat) are scored and not fitted again. `belief` is what is believed of the true labels of held-out
    rows: P(true class) (n, k), or likely values (n, v) where they are numbers. `reshuffle` draws new folds for the
    second repeat; where groups, time or near duplicates bind rows together it must be False, and only the subsets are
    drawn anew. Rows of one `cluster` (n,) are copies and come into a subset together; of `groups` (n,), which folds do
    not cut, subsets take whole ones, unless these are too few or too few of a class. A `mixture` of new rows takes four
    more fits per fold. Raises InconclusiveError where fewer than two folds can be scored, and EngineError where the
    estimator fails.
    """
    cluster = np.arange(len(y)) if cluster is None else cluster
    groups = None if groups is None or count_groups(groups) < FEWEST_GROUPS else groups

    def cut(groups: Ints | None) -> list[_Replicate]:
        bound = cluster if groups is None else groups
        by_groups = groups is not None
        return list(_replicates(y, fold, plan.repeats, learner, reshuffle=reshuffle, bound=bound, by_groups=by_groups))

    replicates = cut(groups)
    if groups is not None and not all(one.train.is_near(plan.fractions[0]) for one in replicates):
        groups, replicates = None, cut(None)
    last, n_folds = len(plan.fractions) - 1, int(fold.max()) + 1
    # Without new folds the full cell of every repeat is the same fit.
    first = n_folds if reshuffle else len(replicates)
    cells = [
        *((j, i) for j in range(len(replicates)) for i in range(last)),
        *((j, last) for j in range(first, len(replicates))),
    ]
    folds = Folds(fold, pred)
    # The deep list is one more.
    n_rehearsed = n_folds * (plan.n_worlds + plan.n_lists + 1)
    judge = Judge(metric, y, belief)
    n_mixed = 0 if mixture is None else N_POINTS * N_DRAWN * n_folds
    runner = Runner(learner, features, judge, n_jobs, len(cells) + n_rehearsed + n_mixed)
    jobs = [Job(replicates[j].train.take(plan.fractions[i]), replicates[j].test, y) for j, i in cells]
    # Against what is believed, and against labels as given.
    both = np.full((len(replicates), last + 1, 2), np.nan)
    for j in range(first):
        both[j, last] = judge.score(replicates[j].test, pred[replicates[j].test])
    found, preds = runner.run(jobs)
    for cell, score in zip(cells, found, strict=True):
        both[cell] = score
    scores = both[:, :, 0]
    base = folds.score(runner)
    # The full cells of the other repeats are the predictions of other folds.
    again = [(replicates[j].test, part) for (j, i), part in zip(cells, preds, strict=True) if i == last]
    sets = [folds, *_regroup(again, folds)]
    rehearsal = rehearse_list(runner, worklist, sets, n_worlds=plan.n_worlds, n_lists=plan.n_lists)
    mixed = None if mixture is None else _mix(runner, fold, base[1], mixture, cluster=cluster, groups=groups)
    kept = np.flatnonzero(np.isfinite(scores).all(axis=1))
    is_scored = np.isfinite(base).all(axis=0)
    rehearsal = rehearsal.of_scored()
    # A ranking metric is not defined in a fold that holds one class only: such a fold says nothing.
    n_scored = min(len(kept), int(is_scored.sum()), rehearsal.gain.shape[1], rehearsal.deeper.shape[1])
    if n_scored < 2:
        raise InconclusiveError(
            f"{metric} could be computed in {n_scored} fold(s); two are needed to see how much it varies.",
            hint="Use another metric, or a table with more rows of every class in every group.",
        )
    counts = np.array([[len(part.train.take(f)) for f in plan.fractions] for part in replicates])
    return Grid(
        sizes=counts.mean(axis=0),
        size_scores=scores[kept],
        rehearsal=rehearsal,
        depth=worklist.depth,
        deep=worklist.deep,
        test_fraction=1 / (n_folds - 1),
        n_fits=runner.n_total,
        mixed=None if mixed is None else mixed[:, is_scored],
        given_scores=both[kept, :, 1],
        is_by_groups=groups is not None,
    )


def _regroup(again: Sequence[tuple[Ints, Floats]], folds: Folds) -> list[Folds]:
    """Return the other folds of which every part was predicted, from test rows and predictions of each."""
    sets = []
    for start in range(0, len(again), folds.n):
        fold, pred = np.empty_like(folds.fold), np.empty_like(folds.pred)
        for i, (test, part) in enumerate(again[start : start + folds.n]):
            fold[test], pred[test] = i, part
        sets.append(Folds(fold, pred))
    return sets


def _mix(runner: Runner, fold: Ints, base: Floats, mixture: Mixture, *, cluster: Ints, groups: Ints | None) -> Floats:
    """Return the change of the score, (2, F), on subsets of the folds' training parts with the mixture's classes.

    It is that on the labels as given: what is believed of them comes from models of today's classes, and would hold
    every other decision for a mistake.
    """
    n_folds, y, jobs = len(base), runner.judge.given, []
    for point, rows in enumerate(mixture.choose_rows()):
        for i in range(n_folds):
            for repeat in range(N_DRAWN):
                rng = np.random.default_rng([runner.learner.seed, 7, point, i, repeat])
                order = rng.permutation(np.flatnonzero(fold != i))
                if groups is None:
                    order = keep_together(order, cluster)
                else:
                    # In a turn that knows nothing of their sizes.
                    turn = rng.permutation(int(groups.max()) + 1)
                    order = order[np.argsort(turn[groups[order]], kind="stable")]
                subset = draw_subset(order, y, mixture, rows=rows)
                jobs.append(Job(subset, np.flatnonzero(fold == i), y))
    scores, _ = runner.run(jobs)
    change: Floats = scores[:, 1].reshape(N_POINTS, n_folds, N_DRAWN).mean(axis=2) - base
    return change


def _replicates(
    y: NDArray[Any], fold: Ints, repeats: int, learner: Learner, *, reshuffle: bool, bound: Ints, by_groups: bool
) -> Iterator[_Replicate]:
    n_folds = int(fold.max()) + 1
    strata = y if learner.n_classes else np.zeros(len(y), dtype=np.int64)
    for repeat in range(repeats):
        if repeat and reshuffle:
            # Dealt like cards along the shuffled classes, so that every fold gets its share of every class.
            order = spread(strata, np.random.default_rng([learner.seed, 0, repeat]))
            ordered = order[np.argsort(strata[order], kind="stable")]
            fold = np.empty(len(y), dtype=np.int64)
            fold[ordered] = np.arange(len(y)) % n_folds
        for i in range(n_folds):
            train = np.flatnonzero(fold != i)
            rng = np.random.default_rng([learner.seed, 1, repeat, i])
            taken = order_rows(train, strata, bound if by_groups else None, rng)
            if not by_groups:
                taken = Order(keep_together(taken.rows, bound))
            yield _Replicate(np.flatnonzero(fold == i), taken)
