"""Wrong numbers: residuals that the bulk of the residuals does not explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Z_80, Floats, rescale
from datassay.labels.worklist import Judged
from datassay.results import Interval

#: Shape of honest residuals: Student's t with 5 degrees of freedom, heavier-tailed than a normal as real tables' are.
BULK_DF = 5.0
#: Wrong labels: Cauchy, this many times wider than the bulk.
WRONG_SCALE = 5.0
#: The share of honest residuals beyond which the tail is counted.
TAIL = 0.02
#: Ends of the rate's interval as shares of the estimate (docs/methods.md). Errors that are no larger
#: than an honest residual cannot be seen at all, hence the constant.
RATE_LOW, RATE_HIGH, UNSEEN = 0.4, 2.5, 0.05
#: A local scale is the median over about a twentieth of the rows, at least so many.
WINDOW_FRACTION, WINDOW_ROWS = 20, 50
#: The local scale is at least this share of the overall one: a stretch of exact labels would make any residual huge.
LEAST_SCALE = 0.1


def judge_numbers(given: NDArray[np.float64], pred: Floats) -> Judged:
    """Judge given numbers (n,) by out-of-sample predictions (n,).

    Residuals are divided by the geometric mean of their overall and their local median size (local: among rows with
    like predictions). The bulk is Student's t with 5 degrees of freedom and the median of the scaled residuals; the
    rate is the share beyond its outer 2 % that it does not explain. P(wrong) weighs the bulk's density against a
    Cauchy five times as wide and is shifted to that rate. Label quality is the share of honest residuals that are
    larger still; the suggestion is the prediction.
    """
    from scipy.stats import cauchy, t

    n = len(given)
    sizes = scale_residuals(given, pred)
    scale = max(float(np.median(sizes)) / float(t.ppf(0.75, BULK_DF)), 1e-12)
    z = sizes / scale
    quality = 2 * t.sf(z, BULK_DF)
    is_beyond = quality < TAIL
    rate = _rate(float(is_beyond.mean()), n)
    log_odds = cauchy.logpdf(z, scale=WRONG_SCALE) - t.logpdf(z, BULK_DF)
    p_wrong = rescale(log_odds, max(rate.estimate, 0.5 / n))
    # As many issues as the tail holds too many, the worst of it.
    n_issues = round(rate.estimate * n)
    is_issue = np.zeros(n, dtype=bool)
    is_issue[np.lexsort((np.arange(n), quality))[:n_issues]] = True
    return Judged(p_wrong, np.clip(quality, 0.0, 1.0), pred, is_issue, rate)


def scale_residuals(given: NDArray[np.float64], pred: Floats) -> Floats:
    """Return residual sizes (n,) in units that are the same all over the range of predictions."""
    residual = given - pred
    sizes = np.abs(residual - np.median(residual))
    n = len(sizes)
    overall = float(np.median(sizes))
    if overall == 0:
        # Most labels are predicted exactly: any other unit would be made up.
        overall = float(sizes.mean()) or 1.0
    order = np.argsort(pred, kind="stable")
    n_windows = max(1, n // max(WINDOW_ROWS, n // WINDOW_FRACTION))
    windows = np.array_split(np.arange(n), n_windows)
    medians = np.array([np.median(sizes[order[window]]) for window in windows])
    local = np.empty(n)
    centers = np.array([window.mean() for window in windows])
    local[order] = np.interp(np.arange(n), centers, np.maximum(medians, LEAST_SCALE * overall))
    scaled: Floats = sizes / np.sqrt(local * overall)
    return scaled


def _rate(beyond: float, n: int) -> Interval:
    estimate = max(0.0, (beyond - TAIL) / (1 - TAIL))
    noise = Z_80 * np.sqrt(max(beyond * (1 - beyond), TAIL * (1 - TAIL)) / n)
    return Interval(
        estimate=estimate,
        low=float(max(0.0, RATE_LOW * (estimate - noise))),
        high=float(min(1.0, RATE_HIGH * (estimate + noise) + UNSEEN)),
    )
