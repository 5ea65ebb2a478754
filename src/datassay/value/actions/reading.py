"""From paired scores by fold to a gain, its interval and a word."""

from __future__ import annotations

import numpy as np

from datassay.errors import InconclusiveError
from datassay.results import ActionOutcome, Interval
from datassay.value.grid import Floats


def read_differences(differences: Floats, n_folds: int) -> tuple[Interval, float]:
    """Return mean and 80 % interval of paired differences by fold, and P(gain > 0).

    Student's t with the variance (1 / J + test / train) s^2 of Nadeau and Bengio (2003), because training parts
    overlap. Folds in which the metric is not defined (NaN) do not count; raises InconclusiveError where fewer than two
    are left.
    """
    from scipy.stats import t

    found = differences[np.isfinite(differences)]
    if len(found) < 2:
        raise InconclusiveError("The metric can be computed in fewer than two folds.")
    mean, spread = float(found.mean()), float(found.std(ddof=1))
    if spread == 0:
        p = 0.5 if mean == 0 else float(mean > 0)
        return Interval(estimate=mean, low=mean, high=mean), p
    error = spread * np.sqrt(1 / len(found) + 1 / (n_folds - 1))
    reach = float(t.ppf(0.9, len(found) - 1) * error)
    p = float(t.cdf(mean / error, len(found) - 1))
    return Interval(estimate=mean, low=mean - reach, high=mean + reach), p


def name_outcome(gain: Interval, smallest: float) -> ActionOutcome:
    """Return what an interval says: nothing where it holds zero, or nothing that is as large as `smallest`."""
    if gain.low <= 0 <= gain.high or max(abs(gain.low), abs(gain.high)) < smallest:
        return "does nothing measurable"
    return "helps" if gain.low > 0 else "harms"
