"""Rules of thumb that every table shows: what one would do without datassay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.verdict.cases import REVIEWER_ACCURACY, Case
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import N_FOLDS, predict
from benchmarks.verdict.power import fit_power
from benchmarks.verdict.tasks import Task
from numpy.typing import NDArray

from datassay.labels.confident import find_class_noise
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.value.collecting import fit_log_slope

FRACTIONS = (0.35, 0.5, 0.7, 0.85, 1.0)
#: Doses of noise for the straight line, in multiples of today's rate, which counts as this much at least.
DOSES, LEAST_RATE = (0.5, 1.0), 0.02


@dataclass(frozen=True)
class Measured:
    """What cross-validation on labels as given and a detector's flags say, of classes or of numbers."""

    n: int
    #: Share of the rows that the detector flags, and of the hour's rows.
    rate: float
    precision: float
    #: (S,) scores by `FRACTIONS` of the rows; without the flagged rows; with `DOSES` of more noise.
    curve: NDArray[np.float64]
    dropped: float
    noisy: list[float]
    #: K / (K - 1), 1 for numbers.
    c: float


def judge_simply(task: Task, today: NDArray, given: NDArray, case: Case) -> dict[str, Any]:
    """Return what `tell_simply` does, for classes: flags are cleanlab's, noise is uniform."""
    n, K = len(today), task.n_classes
    X, seed = task.X[today], [7, *case.setting.key]
    learner, features = Learner("classification", K, estimator=PATHS[case.setting.learner]), Features(matrix=X)
    rng = np.random.default_rng(seed)
    fold = rng.permutation(n) % N_FOLDS

    def validate(labels: NDArray, kept: NDArray) -> float:
        pred = np.zeros((n, K))
        for i in range(N_FOLDS):
            test = np.flatnonzero(fold == i)
            pred[test] = learner.fit_predict(features, labels, np.flatnonzero((fold != i) & kept), test)
        return score(case.metric, given, pred)

    everything, rank = np.ones(n, dtype=bool), rng.random(n)
    with fitting():
        found = find_class_noise(given, predict(learner, X, given, seed))
        curve = np.array([validate(given, rank <= np.quantile(rank, part)) for part in FRACTIONS])
        dropped = validate(given, ~found.is_issue)
        rate = float(found.is_issue.mean())
        noisy = []
        for dose in DOSES:
            labels = given.copy()
            rows = rng.choice(n, round(dose * max(rate, LEAST_RATE) * n), replace=False)
            labels[rows] = (given[rows] + rng.integers(1, K, len(rows))) % K
            noisy.append(validate(labels, everything))
    worst = np.argsort(found.quality, kind="stable")[: round(case.hour * n)]
    precision = float(found.is_issue[worst].mean())
    measured = Measured(n, rate, precision, curve, dropped, noisy, K / (K - 1))
    return tell_simply(measured, case.hour, case.growth)


def tell_simply(measured: Measured, hour: float, growth: float) -> dict[str, float]:
    """Return gains in points of an hour and a day by today's practice, and by a line and a logarithm; and a rate.

    `practice`: drop what the detector flags and compare cross-validation; power law on the curve. `line`: straight line
    through the scores with more and more noise, read where the hour's net repairs lead; logarithm on the curve. All on
    labels as given. `rows_per_label` is the closed-form exchange rate times the hour's net repairs, in rows.
    """
    n, c, rate, curve = measured.n, measured.c, measured.rate, measured.curve
    net = hour * (measured.precision + REVIEWER_ACCURACY - 1)
    sizes = np.array(FRACTIONS) * n * (N_FOLDS - 1) / N_FOLDS
    doses = np.concatenate([[0.0], np.array(DOSES) * max(rate, LEAST_RATE)])
    slope = -np.polyfit(doses, [curve[-1], *measured.noisy], 1)[0]
    power = fit_power(sizes, curve[None], n_now=n, ceiling=1.0).gain(np.array([growth]))[0, 0]
    logarithm = fit_log_slope(sizes, curve[None])[0] * np.log1p(growth)
    return {
        "practice_hour": 100 * (measured.dropped - curve[-1]),
        "practice_day": 100 * power,
        "line_hour": 100 * slope * net,
        "line_day": 100 * logarithm,
        "rows_per_label": 2 * c / (1 - min(c * rate, 0.9)) * net * n,
        "rows_per_day": growth * n,
    }
