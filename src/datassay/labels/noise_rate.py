"""The noise rate with an honest interval: from the model alone, or from labels that people have verified."""

from __future__ import annotations

import numpy as np

from datassay.labels.posterior import Z_80
from datassay.results import Interval

#: Noise rates of tables as people have them: what is believed where the model cannot tell, and how far they spread.
USUAL, SPREAD = 0.09, 0.08
#: How far a count of issues is off even where the model knows everything else.
LEAST_DOUBT = 0.01
#: What is usual is at most this share of the disagreement: a model that foresees nearly all labels leaves no room.
ROOM = 0.5
#: Half an 80 % interval in log-odds, below and above, where nothing of the count is believed and where all of it is
#: (`python -m benchmarks.verdict --learn` tells how often intervals hold on the choosing half).
WIDE, NARROW = (1.2, 1.15), (0.6, 0.6)
#: The model's word counts for at most so many reviewed rows, however narrow its interval.
MOST_PRIOR_ROWS = 10.0


def from_model(n_found: int, n: int, *, anchor_rate: float, disagreement: float) -> Interval:
    """Return the rate of `n` rows in which a detector counts `n_found` issues.

    A model that foresees labels poorly contradicts many that are right, and counts them. How much of its disagreement
    with the labels is its own doubt shows where it is surest: `disagreement` is the share of all labels that it
    contradicts, `anchor_rate` the share among its surest predictions. The larger the difference, the less of the count
    is believed, and the more of what is usual (a mean weighted by precision). No rate exceeds the disagreement.
    """
    share = n_found / n
    doubt = LEAST_DOUBT + max(disagreement - anchor_rate, 0.0)
    trust = SPREAD**2 / (SPREAD**2 + doubt**2)
    usual = min(USUAL, ROOM * disagreement)
    estimate = min(trust * share + (1 - trust) * usual, max(disagreement, share))
    low, high = jeffreys(n_found, n)
    if not 0 < estimate < 1:
        return Interval(estimate=estimate, low=min(low, estimate), high=max(high, estimate))
    down, up = (wide + trust * (narrow - wide) for wide, narrow in zip(WIDE, NARROW, strict=True))
    odds = estimate / (1 - estimate)
    ends = [odds * np.exp(by) / (1 + odds * np.exp(by)) for by in (-down, up)]
    # Where nothing was found, or the surest predictions are never contradicted, there may be nothing.
    lower = float(ends[0]) if n_found and anchor_rate > 0 else 0.0
    return Interval(estimate=estimate, low=lower, high=max(float(ends[1]), trust * high))


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
