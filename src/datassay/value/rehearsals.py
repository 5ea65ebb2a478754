"""Cleaning rehearsed: listed labels changed into what they are believed to be, the model trained before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.value.beliefs import Knowledge, firm_up
from datassay.value.cleaning import count_listed
from datassay.value.grid import Floats, Ints, Rehearsal
from datassay.value.jobs import Job, Runner


@dataclass(frozen=True)
class Worklist:
    """The rows to review, and what is known of their labels."""

    #: (m,) positions among the rows of the fits, in the order of review.
    rows: Ints
    #: Shares of the rows that one rehearsal lists, and that a deep one does.
    depth: float
    deep: float
    #: Probability that a reviewer's answer is the truth.
    reviewer_accuracy: float
    known: Knowledge


@dataclass(frozen=True)
class Folds:
    """The folds of the predictions."""

    fold: Ints
    #: (n, k) or (n,) out-of-sample predictions of the given labels.
    pred: Floats

    @property
    def n(self) -> int:
        """The number of folds."""
        return int(self.fold.max()) + 1

    def jobs(self, labels: NDArray[Any]) -> list[Job]:
        """Return the fits that predict every row from these labels of the others."""
        return [Job(np.flatnonzero(self.fold != i), np.flatnonzero(self.fold == i), labels) for i in range(self.n)]

    def assemble(self, preds: list[Floats]) -> Floats:
        """Return predictions of all rows from those of the folds."""
        whole = np.array(self.pred)
        for i, part in enumerate(preds):
            whole[self.fold == i] = part
        return whole

    def score(self, runner: Runner) -> Floats:
        """Return the scores of the predictions themselves, (2, F)."""
        tests = [np.flatnonzero(self.fold == i) for i in range(self.n)]
        return np.array([runner.judge.score(test, self.pred[test]) for test in tests]).T


def rehearse_list(
    runner: Runner, worklist: Worklist, sets: Sequence[Folds], *, n_worlds: int, n_lists: int
) -> Rehearsal:
    """Return what changing the listed labels does to the score, as the mean over `n_lists` draws of what is wrong.

    The belief is firmed up first by `n_worlds` cross-validations on drawn labels, and scores are told against that;
    the runner's judge keeps it. A reviewer's slips are among the changes. Draws take the `sets` of folds in turn, so
    that neither the folds nor the fits that all gains are told against weigh more than they must. One list more is
    changed down to the deep share: what the first rows gain says little of those far down.
    """
    seed, y = runner.learner.seed, runner.judge.given
    worlds = [runner.judge.draw(np.random.default_rng([seed, 6, i])) for i in range(n_worlds)]
    if worlds:
        parts = [preds for _, preds in validate(runner, worlds, sets)]
        runner.judge = replace(runner.judge, belief=firm_up(y, worlds, parts, worklist.known, seed))
    depth = worklist.depth
    lists = [change_list(runner, worklist, depth, np.random.default_rng([seed, 5, i])) for i in range(n_lists)]
    gains: list[list[Floats]] = [[] for _ in sets]
    for i, (scores, _) in enumerate(validate(runner, lists, sets)):
        gains[i % len(sets)].append(scores - sets[i % len(sets)].score(runner))
    deep = change_list(runner, worklist, worklist.deep, np.random.default_rng([seed, 15]))
    (scores, _), *_ = validate(runner, [deep], sets)
    more = scores - sets[0].score(runner) - np.mean(gains[0], axis=0)
    return Rehearsal(np.concatenate([np.mean(each, axis=0) for each in gains if each], axis=1), more)


def validate(runner: Runner, worlds: Sequence[NDArray[Any]], sets: Sequence[Folds]) -> list[tuple[Floats, Floats]]:
    """Return scores (2, F) and out-of-sample predictions (n, k) by models of each world's labels, on folds in turn."""
    cut = [sets[i % len(sets)] for i in range(len(worlds))]
    scores, preds = runner.run([job for labels, folds in zip(worlds, cut, strict=True) for job in folds.jobs(labels)])
    ends = np.cumsum([0, *(folds.n for folds in cut)])
    return [
        (scores[start:end].T, folds.assemble(preds[start:end]))
        for folds, start, end in zip(cut, ends[:-1], ends[1:], strict=True)
    ]


def change_list(runner: Runner, worklist: Worklist, depth: float, rng: np.random.Generator) -> NDArray[Any]:
    """Return labels (n,) in which the first listed rows have become what they are believed to be, or a slip.

    `depth` is the share of all rows that is listed.

    A slip is another class, or another row's number.
    """
    judge, labels = runner.judge, runner.judge.given.copy()
    rows = worklist.rows[: count_listed(depth, len(labels), len(worklist.rows))]
    said = judge.draw(rng, rows)
    slips = np.flatnonzero(rng.random(len(rows)) > worklist.reviewer_accuracy)
    if judge.has_numbers:
        said[slips] = judge.given[rng.integers(len(labels), size=len(slips))]
    else:
        k = judge.belief.shape[1]
        said[slips] = (said[slips] + rng.integers(1, k, len(slips))) % k
    labels[rows] = said
    return labels
