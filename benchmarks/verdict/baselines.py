"""Rules of thumb that every table shows: what one would do without datassay."""

from __future__ import annotations

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
#: Doses of uniform noise for the straight line, in multiples of today's rate.
DOSES = (0.5, 1.0)


def judge_simply(task: Task, today: NDArray, given: NDArray, case: Case) -> dict[str, Any]:
    """Return gains in points of an hour and a day by today's practice, and by a line and a logarithm; and a rate.

    `practice`: drop what cleanlab flags and compare cross-validation; power law on the curve. `line`: inject uniform
    noise, straight line through the scores, read where the hour's net repairs lead; logarithm on the curve. All on
    labels as given. `rows_per_label` is the closed-form exchange rate times the hour's net repairs, in rows.
    """
    n, K = len(today), task.n_classes
    c = K / (K - 1)
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
            rows = rng.choice(n, round(dose * max(rate, 0.02) * n), replace=False)
            labels[rows] = (given[rows] + rng.integers(1, K, len(rows))) % K
            noisy.append(validate(labels, everything))
    worst = np.argsort(found.quality, kind="stable")[: round(case.hour * n)]
    precision = float(found.is_issue[worst].mean())
    net = case.hour * (precision + REVIEWER_ACCURACY - 1)
    sizes = np.array(FRACTIONS) * n * (N_FOLDS - 1) / N_FOLDS
    doses = np.concatenate([[0.0], np.array(DOSES) * max(rate, 0.02)])
    slope = -np.polyfit(doses, [curve[-1], *noisy], 1)[0]
    power = fit_power(sizes, curve[None], n_now=n, ceiling=1.0).gain(np.array([case.growth]))[0, 0]
    logarithm = fit_log_slope(sizes, curve[None])[0] * np.log1p(case.growth)
    return {
        "practice_hour": 100 * (dropped - curve[-1]),
        "practice_day": 100 * power,
        "line_hour": 100 * slope * net,
        "line_day": 100 * logarithm,
        "rows_per_label": 2 * c / (1 - min(c * rate, 0.9)) * net * n,
        "rows_per_day": case.growth * n,
    }
