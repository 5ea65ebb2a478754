"""Cleaning rehearsed: listed labels changed into what they are believed to be, the model trained before and after.

For numbers, where nothing is believed of single labels, some are spoiled on purpose, the detector lists rows again, and
what it lists is repaired (docs/methods.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.confident import rank_rows
from datassay.value.beliefs import Knowledge, draw_labels, firm_up
from datassay.value.grid import Floats, Ints, Rehearsal, Replay
from datassay.value.jobs import Job, Runner
from datassay.value.noise import add_number_noise, choose_dose

NUMBER_KINDS = ("numbers", "numbers")


@dataclass(frozen=True)
class Worklist:
    """The rows to review, and what is known of their labels."""

    #: (m,) positions among the rows of the fits, in the order of review.
    rows: Ints
    #: Share of the rows that one rehearsal lists.
    depth: float
    noise_rate: float
    #: Probability that a reviewer's answer is the truth.
    reviewer_accuracy: float
    #: None for numbers.
    known: Knowledge | None = None


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
    that neither the folds nor the fits that all gains are told against weigh more than they must.
    """
    belief, known, y = runner.judge.belief, worklist.known, runner.judge.given
    if belief is None or known is None:
        raise ValueError("numbers have no classes to believe in")
    seed = runner.learner.seed
    worlds = [draw_labels(belief, np.random.default_rng([seed, 6, i])) for i in range(n_worlds)]
    if worlds:
        parts = [preds for _, preds in validate(runner, worlds, sets)]
        runner.judge = replace(runner.judge, belief=firm_up(y, worlds, parts, known, seed))
    lists = [change_list(runner, worklist, np.random.default_rng([seed, 5, i])) for i in range(n_lists)]
    gains: list[list[Floats]] = [[] for _ in sets]
    for i, (scores, _) in enumerate(validate(runner, lists, sets)):
        gains[i % len(sets)].append(scores - sets[i % len(sets)].score(runner))
    return Rehearsal(np.concatenate([np.mean(each, axis=0) for each in gains if each], axis=1))


def validate(runner: Runner, worlds: Sequence[NDArray[Any]], sets: Sequence[Folds]) -> list[tuple[Floats, Floats]]:
    """Return scores (2, F) and out-of-sample predictions (n, k) by models of each world's labels, on folds in turn."""
    cut = [sets[i % len(sets)] for i in range(len(worlds))]
    scores, preds = runner.run([job for labels, folds in zip(worlds, cut, strict=True) for job in folds.jobs(labels)])
    ends = np.cumsum([0, *(folds.n for folds in cut)])
    return [
        (scores[start:end].T, folds.assemble(preds[start:end]))
        for folds, start, end in zip(cut, ends[:-1], ends[1:], strict=True)
    ]


def replay_numbers(runner: Runner, worklist: Worklist, folds: Folds, kinds: Sequence[str]) -> tuple[Replay, ...]:
    """Return one replay per kind: targets spoiled on purpose, listed by the detector, repaired where it listed them.

    Ten fits each with five folds: with the spoiled targets, whose predictions rank the rows again, and with the listed
    ones repaired.
    """
    y, n, base = runner.judge.given, folds.n, folds.score(runner)
    dose = choose_dose(worklist.noise_rate, 1.0)
    spoiled = [add_number_noise(y, dose, np.random.default_rng([runner.learner.seed, 2, i])) for i in range(len(kinds))]
    scores, preds = runner.run([job for labels in spoiled for job in folds.jobs(labels)])
    repaired, found = [], []
    size = max(1, round(worklist.depth * len(y)))
    for i, labels in enumerate(spoiled):
        rows = rank_rows(labels, folds.assemble(preds[i * n : (i + 1) * n]), runner.judge.metric)[:size]
        mended = labels.copy()
        mended[rows] = y[rows]
        repaired.append(mended)
        found.append(float((labels[rows] != y[rows]).mean() * size / len(y)))
    again, _ = runner.run([job for labels in repaired for job in folds.jobs(labels)])
    parts = [slice(i * n, (i + 1) * n) for i in range(len(kinds))]
    return tuple(
        Replay(
            kind=kind,
            dose=float((labels != y).mean()),
            found=share,
            loss=base - scores[part].T,
            gain=again[part].T - scores[part].T,
        )
        for kind, labels, share, part in zip(kinds, spoiled, found, parts, strict=True)
    )


def change_list(runner: Runner, worklist: Worklist, rng: np.random.Generator) -> NDArray[Any]:
    """Return labels (n,) in which the first listed rows have become what they are believed to be, or a slip.

    Beliefs are those of the runner's judge; raises ValueError where it has none.
    """
    belief, labels = runner.judge.belief, runner.judge.given.copy()
    if belief is None:
        raise ValueError("numbers have no classes to believe in")
    rows = worklist.rows[: max(1, round(worklist.depth * len(labels)))]
    said = draw_labels(belief[rows], rng)
    slips = np.flatnonzero(rng.random(len(rows)) > worklist.reviewer_accuracy)
    k = belief.shape[1]
    said[slips] = (said[slips] + rng.integers(1, k, len(slips))) % k
    labels[rows] = said
    return labels
