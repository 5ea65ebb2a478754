"""Fits run side by side: planned, counted, scored at once, and the same whatever the order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import expected_score, score
from datassay.progress import advance
from datassay.value.beliefs import draw_labels
from datassay.value.grid import Floats, Ints
from datassay.value.number_beliefs import draw_values


@dataclass(frozen=True)
class Job:
    """One fit: on some rows with these labels of all rows, scored on other rows."""

    train: Ints
    test: Ints
    labels: NDArray[Any]


@dataclass(frozen=True)
class Judge:
    """What held-out predictions are scored against."""

    metric: str
    #: (n,) labels as given.
    given: NDArray[Any]
    #: (n, k) P(true class), or (n, v) equally likely values where labels are numbers.
    belief: Floats

    @property
    def has_numbers(self) -> bool:
        """Whether labels are numbers."""
        return self.given.dtype.kind == "f"

    def score(self, test: Ints, pred: Floats) -> Floats:
        """Return the score against believed and against given labels, (2,); NaN where the latter has none."""
        as_given = score(self.metric, self.given[test], pred)
        if np.isnan(as_given):
            # A fold of one class, or of one number: what is believed besides is too little to score by.
            return np.full(2, np.nan)
        if self.has_numbers:
            believed = float(np.mean([score(self.metric, values, pred) for values in self.belief[test].T]))
        else:
            believed = expected_score(self.metric, self.belief[test], pred)
        return np.array([believed, as_given])

    def draw(self, rng: np.random.Generator, rows: Ints | None = None) -> NDArray[Any]:
        """Draw true labels of these rows (m,) or of all, as they are believed to be."""
        belief = self.belief if rows is None else self.belief[rows]
        return draw_values(belief, rng) if self.has_numbers else draw_labels(belief, rng)


@dataclass
class Runner:
    """Runs jobs and counts them against the total that progress tells."""

    learner: Learner
    features: Features
    judge: Judge
    n_jobs: int
    n_total: int
    n_done: int = field(default=0)

    def run(self, jobs: Sequence[Job]) -> tuple[Floats, list[Floats]]:
        """Return scores (jobs, 2) and predictions of the held-out rows, in the order of the jobs.

        Raises EngineError where the estimator fails.
        """
        from joblib import Parallel, delayed

        if self.n_done == 0:
            advance("value", 0, self.n_total)
        scores, preds = np.empty((len(jobs), 2)), []
        n_jobs = min(self.n_jobs, os.cpu_count() or 1)
        with fitting():
            results = Parallel(n_jobs=n_jobs, backend="threading", return_as="generator")(map(delayed(self._fit), jobs))
            for i, (found, pred) in enumerate(results):
                scores[i] = found
                preds.append(pred)
                self.n_done += 1
                advance("value", self.n_done, self.n_total)
        return scores, preds

    def _fit(self, job: Job) -> tuple[Floats, Floats]:
        pred = self.learner.fit_predict(self.features, job.labels, np.sort(job.train), job.test)
        return self.judge.score(job.test, pred), pred
