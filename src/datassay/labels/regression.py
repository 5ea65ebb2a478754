"""Wrong numbers: residuals that the bulk of the residuals does not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Z_80, Floats, rescale
from datassay.labels.scales import LEAST_BULK, Scale, list_scales, spread
from datassay.labels.worklist import Judged
from datassay.results import Interval

#: Shape of honest residuals: Student's t with 5 degrees of freedom, heavier-tailed than a normal as real tables' are.
BULK_DF = 5.0
#: Wrong labels: Cauchy, this many times wider than the bulk.
WRONG_SCALE = 5.0
#: The share of honest residuals beyond which the tail is counted, and that of wrong labels which show there, of those
#: that show at all.
TAIL, REACHED = 0.02, 0.8
#: Ends of the rate's interval as shares of what is seen, and shares of labels that are wrong by no more than an honest
#: residual, usually and at most: those cannot be seen at all (docs/methods.md). Where honest residuals are next to
#: nothing, so are these.
RATE_LOW, RATE_HIGH, UNSEEN, MOST_UNSEEN = 0.4, 2.5, 0.02, 0.05
#: Beyond this rate the bulk would be no bulk.
MOST_RATE = 0.45
#: A local scale is the median over about a twentieth of the rows, at least so many.
WINDOW_FRACTION, WINDOW_ROWS = 20, 50
#: The local scale is at least this share of the overall one: a stretch of exact labels would make any residual huge.
LEAST_SCALE = 0.1
#: A residual this many bulk spreads away says no more against a scale than any larger one.
FARTHEST = 4.0


@dataclass(frozen=True)
class Residuals:
    """Residuals (n,) on the scale on which they are most alike."""

    scale: Scale
    #: (n,) predictions on the scale, and what the given numbers differ from them there.
    center: Floats
    signed: Floats
    #: (n,) spread of honest residuals, and sizes of the residuals in it.
    unit: Floats
    z: Floats
    #: How wide the bulk is, of the least width that is believed; at most 1.
    width: float


def judge_numbers(given: NDArray[np.float64], pred: Floats) -> Judged:
    """Judge given numbers (n,) by out-of-sample predictions (n,).

    Residuals are measured by `measure_residuals`. The bulk is Student's t with 5 degrees of freedom and their median;
    the rate is the share beyond its outer 2 % that it does not explain, for more are wrong than lie there, and what
    cannot be seen. P(wrong) weighs the bulk's density against a Cauchy five times as wide and is shifted to
    that rate. Label quality is the share of honest residuals that are larger still; the suggestion is the prediction.
    """
    from scipy.stats import t

    n = len(given)
    residuals = measure_residuals(given, pred)
    quality = 2 * t.sf(residuals.z, BULK_DF)
    beyond = float((quality < TAIL).mean())
    rate = _rate(beyond, n, residuals.width)
    # As many issues as the tail holds too many, the worst of it.
    n_issues = round(max(0.0, (beyond - TAIL) / (1 - TAIL)) * n)
    is_issue = np.zeros(n, dtype=bool)
    is_issue[np.lexsort((np.arange(n), quality))[:n_issues]] = True
    return Judged(doubt(residuals.z, rate.estimate), np.clip(quality, 0.0, 1.0), pred, is_issue, rate)


def doubt(z: Floats, rate: float) -> Floats:
    """Return P(wrong) (n,) of residuals by their size in spreads of the bulk, with this mean."""
    from scipy.stats import cauchy, t

    log_odds = cauchy.logpdf(z, scale=WRONG_SCALE) - t.logpdf(z, BULK_DF)
    return rescale(log_odds, max(rate, 0.5 / len(z)))


def measure_residuals(given: NDArray[np.float64], pred: Floats) -> Residuals:
    """Return residuals on the scale that makes them most alike.

    Errors of prices, durations and counts grow with what is predicted and reach far up; on their logarithms or roots
    they need not, and what is left over stands out. Scales are compared by the likelihood of the given numbers, each
    residual Student's t with the spread of its like; far ones count as if they were less far, for they may be wrong.
    What an almost perfect model is off by has no scale of its own, so that numbers stay as given.
    """
    from scipy.stats import t

    def rate(residuals: Residuals) -> float:
        fit = t.logpdf(np.minimum(residuals.z, FARTHEST), BULK_DF) - np.log(residuals.unit)
        return float((fit + residuals.scale.log_slope(given)).mean())

    as_given = _measure(given, pred, Scale())
    if np.median(as_given.unit) <= LEAST_BULK * spread(given):
        return as_given
    others = (_measure(given, pred, scale) for scale in list_scales(given) if scale.kind != "given")
    return max((as_given, *others), key=rate)


def _measure(given: NDArray[np.float64], pred: Floats, scale: Scale) -> Residuals:
    from scipy.stats import t

    # What is foretold outside the range of all numbers cannot always be written on another scale.
    inside = pred if scale.kind == "given" else np.clip(pred, given.min(), given.max())
    label, center = scale.write(given), scale.write(inside)
    sizes, like = scale_residuals(label, center)
    bulk = max(float(np.median(sizes)) / float(t.ppf(0.75, BULK_DF)), 1e-12)
    least = max(LEAST_BULK * spread(label), 1e-300)
    unit = np.maximum(like * bulk, least)
    width = min(float(np.median(like * bulk)) / least, 1.0)
    return Residuals(scale, center, label - center, unit, sizes * like / unit, width)


def scale_residuals(given: NDArray[np.float64], pred: Floats) -> tuple[Floats, Floats]:
    """Return residual sizes (n,) in units that are the same all over the range of predictions, and these units (n,).

    The unit is the geometric mean of their overall and their local median size (local: among rows with like
    predictions).
    """
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
    units: Floats = np.sqrt(local * overall)
    scaled: Floats = sizes / units
    return scaled, units


def _rate(beyond: float, n: int, width: float) -> Interval:
    seen = max(0.0, (beyond - TAIL) / (REACHED - TAIL))
    noise = Z_80 * np.sqrt(max(beyond * (1 - beyond), TAIL * (1 - TAIL)) / n) / (REACHED - TAIL)
    # Where residuals are next to nothing, no wrong label hides among them.
    estimate = min(seen + width * UNSEEN, MOST_RATE)
    return Interval(
        estimate=estimate,
        low=float(min(max(0.0, RATE_LOW * (seen - noise)), estimate)),
        high=float(min(1.0, RATE_HIGH * (seen + noise) + width * MOST_UNSEEN)),
    )
