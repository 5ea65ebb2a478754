"""Cleaning rehearsed where the outcome is known: spoil labels, let the detector list rows, repair what it lists.

The gain of a label that a review repairs depends on the learner, on the kind of noise and on which labels the detector
finds, so it is measured on labels spoiled on purpose, in doses near today's noise rate (docs/methods.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.confident import rank_rows
from datassay.value.grid import Floats, Ints, Rehearsal, Replay
from datassay.value.jobs import Job, Runner
from datassay.value.noise import add_class_noise, add_number_noise, choose_dose, flip_pattern

CLASS_KINDS = ("even", "pattern")
NUMBER_KINDS = ("numbers", "numbers")
#: Fewer labels than this change a score by less than its noise.
LEAST_CORRECTED = 5


@dataclass(frozen=True)
class Worklist:
    """The rows to review, and what is thought of them."""

    #: (m,) positions among the rows of the fits, in the order of review.
    rows: Ints
    #: (n,) P(wrong) by position.
    p_wrong: Floats
    #: Share of the rows that one rehearsal lists.
    depth: float
    noise_rate: float
    transition: list[list[float]]
    #: (n,) labels with what reviewers said in place of the given ones; None where nobody has reviewed.
    verified: NDArray[Any] | None = None


@dataclass(frozen=True)
class _Folds:
    fold: Ints
    #: (n, k) or (n,) out-of-sample predictions of the given labels.
    pred: Floats
    #: (2, F) their scores.
    base: Floats

    def jobs(self, labels: NDArray[Any]) -> list[Job]:
        n_folds = self.base.shape[1]
        return [Job(np.flatnonzero(self.fold != i), np.flatnonzero(self.fold == i), labels) for i in range(n_folds)]

    def assemble(self, preds: list[Floats]) -> Floats:
        whole = np.array(self.pred)
        for i, part in enumerate(preds):
            whole[self.fold == i] = part
        return whole


def rehearse(
    runner: Runner, worklist: Worklist, kinds: Sequence[str], *, pred: Floats, fold: Ints, n_lists: int
) -> tuple[tuple[Replay, ...], Rehearsal | None, Floats]:
    """Return one replay per kind, the mean of rehearsals on the list itself, and the predictions' scores (2, F).

    Ten fits per replay with five folds: with the spoiled labels, whose predictions rank the rows again, and with the
    listed ones repaired. Labels that reviewers have really corrected are one more replay, of five fits. Folds are those
    of the predictions. `count_rehearsed` tells the fits beforehand.
    """
    y = runner.judge.given
    n_folds = int(fold.max()) + 1
    tests = [np.flatnonzero(fold == i) for i in range(n_folds)]
    folds = _Folds(fold, pred, np.array([runner.judge.score(test, pred[test]) for test in tests]).T)
    seed = runner.learner.seed
    spoiled = [_spoil(y, kind, worklist, pred, np.random.default_rng([seed, 2, i])) for i, kind in enumerate(kinds)]
    first = [job for labels in spoiled for job in folds.jobs(labels)]
    lists = [_change_list(runner, worklist, np.random.default_rng([seed, 5, i])) for i in range(n_lists)]
    verified = worklist.verified if has_corrections(y, worklist) else None
    changed = lists if verified is None else [*lists, verified]
    scores, preds = runner.run(first + [job for labels in changed for job in folds.jobs(labels)])
    repaired, found = [], []
    size = max(1, round(worklist.depth * len(y)))
    for i, labels in enumerate(spoiled):
        again = folds.assemble(preds[i * n_folds : (i + 1) * n_folds])
        rows = rank_rows(labels, again, runner.judge.metric)[:size]
        mended = labels.copy()
        mended[rows] = y[rows]
        repaired.append(mended)
        found.append(float((labels[rows] != y[rows]).mean() * size / len(y)))
    second, _ = runner.run([job for labels in repaired for job in folds.jobs(labels)])
    replays = []
    for i, kind in enumerate(kinds):
        part = slice(i * n_folds, (i + 1) * n_folds)
        replays.append(
            Replay(
                kind=kind,
                dose=float((spoiled[i] != y).mean()),
                found=found[i],
                loss=folds.base - scores[part].T,
                gain=second[part].T - scores[part].T,
            )
        )
    rest = scores[len(first) :].reshape(-1, n_folds, 2).transpose(0, 2, 1) - folds.base
    if verified is not None:
        share = float((verified != y).mean())
        replays.append(Replay("reviewed", 0.0, share, np.zeros_like(folds.base), rest[-1]))
    rehearsal = Rehearsal(rest[:n_lists].mean(axis=0)) if n_lists else None
    return tuple(replays), rehearsal, folds.base


def has_corrections(y: NDArray[Any], worklist: Worklist) -> bool:
    """Tell whether reviewers have corrected enough labels for their effect to be seen."""
    return worklist.verified is not None and int((worklist.verified != y).sum()) >= LEAST_CORRECTED


def count_rehearsed(y: NDArray[Any], worklist: Worklist, kinds: Sequence[str], n_lists: int, n_folds: int) -> int:
    """Return the fits that `rehearse` makes."""
    return n_folds * (2 * len(kinds) + n_lists + int(has_corrections(y, worklist)))


def _spoil(y: NDArray[Any], kind: str, worklist: Worklist, pred: Floats, rng: np.random.Generator) -> NDArray[Any]:
    if kind == "numbers":
        return add_number_noise(y, choose_dose(worklist.noise_rate, 1.0), rng)
    k = pred.shape[1]
    dose = choose_dose(worklist.noise_rate, k / (k - 1))
    return add_class_noise(y, dose, flip_pattern([] if kind == "even" else worklist.transition, k), rng)


def _change_list(runner: Runner, worklist: Worklist, rng: np.random.Generator) -> NDArray[Any]:
    """Return labels in which listed rows have changed class as often as they are believed to be wrong."""
    belief, y = runner.judge.belief, runner.judge.given
    if belief is None:
        raise ValueError("a list of numbers has no classes to change into")
    rows = worklist.rows[: max(1, round(worklist.depth * len(y)))]
    other = belief[rows].copy()
    other[np.arange(len(rows)), y[rows]] = 0.0
    cumulative = np.cumsum(other, axis=1)
    is_wrong = (rng.random(len(rows)) < worklist.p_wrong[rows]) & (cumulative[:, -1] > 0)
    to = (rng.random(len(rows))[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=1)
    labels = y.copy()
    labels[rows[is_wrong]] = np.minimum(to, belief.shape[1] - 1)[is_wrong]
    return labels
