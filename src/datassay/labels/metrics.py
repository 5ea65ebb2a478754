"""The metrics of an audit: one call for all of them, higher is always better."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.spec import CLASSIFICATION_METRICS

#: Metrics that only look at the most probable class.
_OF_CLASSES = ("accuracy", "balanced_accuracy", "f1_macro")
#: Probabilities below this count as this, as in scikit-learn's log loss for float32.
_SMALLEST_PROBABILITY = 1e-7
#: Classes that no row has, or that are believed of less than half a row, are left out of class means.
HALF_A_ROW = 0.5
#: Numbers that differ by less than this share of the largest are one and the same.
SAME = 1e-12
#: What a perfect model may be short of the best score, as a share of its lead over the prior: rounding, and for numbers
#: errors of a hundredth of what guessing the mean is off by (squared, for R2).
SHORT = {
    "r2": 1e-4,
    "neg_mean_absolute_error": 0.01,
    "neg_root_mean_squared_error": 0.01,
    "neg_log_loss": 0.01,
}
ROUNDING = 1e-9
#: Metrics that are negated errors reach 0 at best, all others 1.
ERROR_PREFIX = "neg_"


def default_metric(task: str) -> str:
    """Return the metric of a definition that names none: balanced_accuracy, or r2 for regression."""
    return "r2" if task == "regression" else "balanced_accuracy"


def score(metric: str, y: NDArray[Any], pred: NDArray[Any]) -> float:
    """Score predictions against given labels; higher is better.

    `metric` is one of `spec.Metric`; `y` holds int codes (n,) or floats (n,); `pred` probabilities (n, k) in code
    order, or floats (n,). Classes that no row of `y` has are left out of class means (a fold may lack one).
    NaN where the metric is not defined: no rows, a ranking metric where all rows have one class, or R2 of one value.
    """
    if len(y) == 0:
        return float("nan")
    if metric not in CLASSIFICATION_METRICS:
        return _score_numbers(metric, y, pred)
    if metric in _OF_CLASSES:
        return _score_classes(metric, y, pred.argmax(axis=1), pred.shape[1])
    if metric == "neg_log_loss":
        clipped = np.clip(pred, _SMALLEST_PROBABILITY, 1.0)
        own = clipped[np.arange(len(y)), y] / clipped.sum(axis=1)
        return float(np.log(own).mean())
    return _score_ranking(metric, y, pred)


def expected_score(metric: str, belief: NDArray[np.float64], pred: NDArray[np.float64]) -> float:
    """Score predictions against labels that are only believed; higher is better.

    `metric` is one of classification; `belief` (n, k) holds the probability of every class being the true one, `pred`
    (n, k) the predicted probabilities. Counts of right answers become expected counts; a ranking metric counts each row
    as both, weighted. With certain beliefs it equals `score`. NaN where the metric is not defined.
    """
    if len(belief) == 0:
        return float("nan")
    if metric in _OF_CLASSES:
        guess = pred.argmax(axis=1)
        own = belief[np.arange(len(guess)), guess]
        if metric == "accuracy":
            return float(own.mean())
        right = np.bincount(guess, weights=own, minlength=pred.shape[1])
        return _mean_classes(metric, right, belief.sum(axis=0), np.bincount(guess, minlength=pred.shape[1]))
    if metric == "neg_log_loss":
        clipped = np.clip(pred, _SMALLEST_PROBABILITY, 1.0)
        return float((belief * np.log(clipped / clipped.sum(axis=1, keepdims=True))).sum(axis=1).mean())
    return _score_believed_ranking(metric, belief, pred)


def prior_score(metric: str, y: NDArray[Any], n_classes: int) -> float:
    """Score a model that knows only the labels' distribution.

    It answers every row with the class shares, or with the mean for regression (`n_classes` 0).
    """
    if n_classes == 0:
        return score(metric, y, np.full(len(y), np.mean(y)))
    shares = np.bincount(y, minlength=n_classes) / len(y)
    return score(metric, y, np.tile(shares, (len(y), 1)))


def best_score(metric: str) -> float:
    """Return the best score that there is: 0 for negated errors, else 1."""
    return 0.0 if metric.startswith(ERROR_PREFIX) else 1.0


def foresees_all(metric: str, reached: float, prior: float) -> bool:
    """Return whether a score is as good as perfect, so that no label looks wrong to the model that reached it."""
    best = best_score(metric)
    return best - reached <= SHORT.get(metric, ROUNDING) * (best - prior)


def _score_classes(metric: str, y: NDArray[Any], guess: NDArray[Any], k: int) -> float:
    # Written out with counts: scikit-learn's versions take milliseconds, warn about classes that a fold lacks,
    # and are called for hundreds of small fits. The tests hold them against scikit-learn's.
    if metric == "accuracy":
        return float((guess == y).mean())
    right, given = np.bincount(y[guess == y], minlength=k), np.bincount(y, minlength=k)
    return _mean_classes(metric, right, given, np.bincount(guess, minlength=k))


def _mean_classes(metric: str, right: NDArray[Any], given: NDArray[Any], answered: NDArray[Any]) -> float:
    """Return the mean over classes of recall or F1, from (expected) counts by class."""
    if metric == "balanced_accuracy":
        present = given > HALF_A_ROW
        return float((right[present] / given[present]).mean())
    seen = (given + answered) > HALF_A_ROW
    return float((2 * right[seen] / (given + answered)[seen]).mean())


def _score_ranking(metric: str, y: NDArray[Any], pred: NDArray[Any]) -> float:
    from sklearn.metrics import average_precision_score, roc_auc_score

    measure = roc_auc_score if metric == "roc_auc" else average_precision_score
    columns = [1] if pred.shape[1] == 2 else range(pred.shape[1])
    parts = []
    for column in columns:
        is_class = y == column
        # One against the rest is not defined for a class that every row has, or none.
        if 0 < is_class.sum() < len(y):
            parts.append(measure(is_class, pred[:, column]))
    return float(np.mean(parts)) if parts else float("nan")


def _score_believed_ranking(metric: str, belief: NDArray[np.float64], pred: NDArray[np.float64]) -> float:
    from sklearn.metrics import average_precision_score, roc_auc_score

    measure = roc_auc_score if metric == "roc_auc" else average_precision_score
    is_class = np.repeat([True, False], len(pred))
    parts = []
    for column in [1] if pred.shape[1] == 2 else range(pred.shape[1]):
        weight = np.concatenate([belief[:, column], 1 - belief[:, column]])
        if 0 < belief[:, column].sum() < len(belief):
            parts.append(measure(is_class, np.tile(pred[:, column], 2), sample_weight=weight))
    return float(np.mean(parts)) if parts else float("nan")


def _score_numbers(metric: str, y: NDArray[Any], pred: NDArray[Any]) -> float:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    if metric == "r2":
        # R2 of one value is not defined: scikit-learn says 0 or 1 there, whatever the model is worth.
        return float("nan") if np.ptp(y) <= SAME * np.abs(y).max() else float(r2_score(y, pred))
    if metric == "neg_mean_absolute_error":
        return -float(mean_absolute_error(y, pred))
    if metric == "neg_root_mean_squared_error":
        return -float(root_mean_squared_error(y, pred))
    raise ValueError(f"unknown metric {metric!r}")
