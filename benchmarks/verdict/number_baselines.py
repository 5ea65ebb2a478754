"""The rules of thumb of `baselines.py` for numbers: what one would do without datassay."""

from __future__ import annotations

from importlib import import_module

import numpy as np
from benchmarks.verdict.baselines import DOSES, FRACTIONS, LEAST_RATE, Measured, tell_simply
from benchmarks.verdict.oracle import N_FOLDS
from numpy.typing import NDArray

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score


def judge_numbers_simply(
    X: NDArray[np.float32],
    given: NDArray[np.float64],
    path: str,
    *,
    metric: str,
    hour: float,
    growth: float,
    seed: int,
) -> dict[str, float]:
    """Return what `tell_simply` does, for numbers: `given` (n,) are today's, `path` names the learner.

    Flags are those of cleanlab's `CleanLearning` for regression, with the same learner: the share without which a
    cross-validation has the best R2, by residuals over their uncertainty. Noise for the straight line is added to
    random rows: what one of the flagged rows, drawn at random, is off its prediction by.
    """
    n, rng = len(given), np.random.default_rng([73, seed])
    learner, features = Learner("regression", 0, estimator=path), Features(matrix=X)
    fold = rng.permutation(n) % N_FOLDS

    def validate(labels: NDArray, kept: NDArray) -> float:
        pred = np.zeros(n)
        for i in range(N_FOLDS):
            test = np.flatnonzero(fold == i)
            pred[test] = learner.fit_predict(features, labels, np.flatnonzero((fold != i) & kept), test)
        return score(metric, given, pred)

    everything, rank = np.ones(n, dtype=bool), rng.random(n)
    with fitting():
        is_issue, order, residual = _find_issues(X, given, path, seed)
        rate = float(is_issue.mean())
        n_off = max(round(max(rate, LEAST_RATE) * n), 1)
        curve = np.array([validate(given, rank <= np.quantile(rank, part)) for part in FRACTIONS])
        dropped = validate(given, ~is_issue)
        noisy = []
        for dose in DOSES:
            labels = given.copy()
            rows = rng.choice(n, round(dose * n_off), replace=False)
            labels[rows] += rng.choice(residual[order[:n_off]], len(rows))
            noisy.append(validate(labels, everything))
    precision = float(is_issue[order[: round(hour * n)]].mean())
    return tell_simply(Measured(n, rate, precision, curve, dropped, noisy, 1.0), hour, growth)


def _find_issues(
    X: NDArray[np.float32], given: NDArray[np.float64], path: str, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]:
    """Return cleanlab's flags (n,), rows from the worst to the best (n,), and given less predicted (n,)."""
    from cleanlab.regression.learn import CleanLearning

    module, name = path.split(":")
    # It draws its folds from numpy's global generator, which its seed sets.
    found = CleanLearning(getattr(import_module(module), name)(), seed=seed).find_label_issues(X, given)
    order = np.argsort(found["label_quality"].to_numpy(), kind="stable")
    return found["is_label_issue"].to_numpy(), order, given - found["predicted_label"].to_numpy()
