"""The noise rate with an honest interval: from the model alone, or from labels that people have verified."""

from __future__ import annotations

import numpy as np

from datassay.labels.posterior import Z_80
from datassay.results import Interval

#: Half an 80 % interval of a detector's rate against the truth: "off by a factor of about two either way": on
#: human label noise it counts about half of the errors, on small tables with little noise up to twice as many
#: (docs/methods.md).
FACTOR = 2.0
#: The model's word counts for at most so many reviewed rows, however narrow its interval.
MOST_PRIOR_ROWS = 10.0


def from_model(n_found: int, n: int, floor: float) -> Interval:
    """Return the rate of `n_found` issues in `n` rows, widened by what such counts were found to be worth.

    `floor` is the share that cannot be laid on a doubtful model (see `confident.anchor_rate`); half of it, or of the
    count if that is less, is the lower end, twice the count the upper one. Counting noise is added to both.
    """
    low, high = jeffreys(n_found, n)
    share = n_found / n
    return Interval(
        estimate=share,
        low=float(max(0.0, min(low, low * floor / share) / FACTOR)) if share else 0.0,
        high=float(min(1.0, high * FACTOR)),
    )


def from_reviews(model: Interval, n_wrong: int, n_reviewed: int, n: int) -> Interval:
    """Return the rate of `n` rows after `n_reviewed` random ones were verified and `n_wrong` of them found wrong.

    A Beta posterior for the other rows; the prior has the model's rate as its mean and counts for at most 10 rows,
    fewer where the model's interval is wide. The reviewed rows are known, so that a census leaves no interval.
    """
    from scipy.stats import beta

    a, b = prior_rows(model)
    a, b = a + n_wrong, b + n_reviewed - n_wrong
    estimate, low, high = ((n_wrong + (n - n_reviewed) * p) / n for p in (a / (a + b), *beta.ppf([0.1, 0.9], a, b)))
    # A skewed posterior may have its mean outside its central 80 %.
    return Interval(estimate=estimate, low=float(min(low, estimate)), high=float(max(high, estimate)))


def prior_rows(model: Interval) -> tuple[float, float]:
    """Return as how many wrong and how many right rows the model's rate counts: at most 10 together."""
    mean = float(np.clip(model.estimate, 0.002, 0.998))
    spread = max((model.high - model.low) / (2 * Z_80), 1e-3)
    weight = float(np.clip(mean * (1 - mean) / spread**2 - 1, 1.0, MOST_PRIOR_ROWS))
    return mean * weight, (1 - mean) * weight


def jeffreys(n_found: int, n: int) -> tuple[float, float]:
    """Return the 80 % Jeffreys interval of a share."""
    from scipy.stats import beta

    low, high = beta.ppf([0.1, 0.9], n_found + 0.5, n - n_found + 0.5)
    return (float(low) if n_found else 0.0), (float(high) if n_found < n else 1.0)
