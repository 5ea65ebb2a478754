"""From a ranking to probabilities: how likely each given label is wrong, before and after reviews."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datassay.results import Interval, PrecisionPoint

Floats = NDArray[np.float64]

#: Log-odds are held within the range of this probability.
EDGE = 1e-6
#: The same for shares that are drawn: they come no nearer to 0 or 1.
NARROW_EDGE = 1e-4
#: A mean probability is held this far from 0 and 1, where no shift of log-odds reaches it.
LEAST_MEAN = 1e-12
#: Where the true precision of a model's worst rows lies, against what the model claims: between this share of
#: the claim and the claim plus this. `python -m benchmarks.label_noise` shows cases (docs/methods.md).
CLAIMED = 0.2, 0.3
#: The same where several annotators have voted on the rows (tests/labels/test_labels_crowd.py has real votes).
VOTED = 0.7, 0.1
#: Spread of the recalibration's shift and slope before any review: a model's claim may be far off, its order less so.
PRIOR_SHIFT_SD, PRIOR_SLOPE_SD = 1.5, 0.5
#: So many reviews are heard in full.
ENOUGH_REVIEWS = 20
N_DRAWS = 400
#: Standard normal quantile at 90 %: an interval of 80 %.
Z_80 = 1.2815515655446004


@dataclass(frozen=True)
class Recalibration:
    """What reviews say of a model's P(wrong): log-odds become `shift + slope * log-odds`."""

    #: (2,) shift and slope at the mode.
    mode: Floats
    #: (d, 2) draws of both.
    draws: Floats
    seed: int
    #: (n,) log-odds that reviews of similar labels add, row by row (`neighbours.hear_neighbours`); None for none.
    nearby: Floats | None = None

    def take(self, rows: NDArray[np.int64]) -> Recalibration:
        """Return the recalibration of these rows only."""
        return self if self.nearby is None else replace(self, nearby=self.nearby[rows])


def rescale(log_odds: Floats, mean: float) -> Floats:
    """Return probabilities (n,) with these log-odds up to a shift, and with this mean.

    A shift of all log-odds keeps the order and corrects the level, as a change of the prior does.
    """
    from scipy.optimize import brentq

    if not len(log_odds):
        return log_odds
    # The shift of the mean itself would do if all rows were the highest, or the lowest.
    mean = float(np.clip(mean, LEAST_MEAN, 1 - LEAST_MEAN))
    middle = float(np.log(mean / (1 - mean)))
    low, high = middle - log_odds.max() - 1e-6, middle - log_odds.min() + 1e-6
    return expit(log_odds + brentq(lambda shift: expit(log_odds + shift).mean() - mean, low, high, xtol=1e-12))


def trust(n_reviews: int) -> float:
    """Return by how much fewer than 20 reviews are heard, from 0 to 1: their share of the variances that 20 have.

    The variances allow for models that are wrong throughout. One answer that surprises would do as proof of that.
    """
    return min(1.0, max(n_reviews, 1) / ENOUGH_REVIEWS)


def recalibrate(
    p_wrong: Floats,
    is_wrong: NDArray[np.bool_],
    seed: int,
    *,
    seen: tuple[Floats | float, Floats | float] = (0.0, 1.0),
) -> Recalibration:
    """Fit P(wrong) of reviewed rows (m,) to what the reviews found (m,).

    Logistic regression on the log-odds (Platt 1999) with normal priors that are centred on "as the model says";
    the posterior is taken as normal around its mode (Laplace). Few reviews change little (`trust`). `seen` are the
    probabilities that a reviewer calls a right and a wrong label wrong (`reviewers.seen_rates`), (m,) or alike for all.
    """
    floor, gain = seen[0], np.maximum(seen[1] - seen[0], 0.0)
    X = np.column_stack([np.ones(len(p_wrong)), logit(p_wrong)])
    center, precision = np.array([0.0, 1.0]), np.diag([PRIOR_SHIFT_SD**-2, PRIOR_SLOPE_SD**-2]) / trust(len(p_wrong))
    theta = center.copy()
    for _ in range(50):
        fitted = expit(X @ theta)
        called = np.clip(floor + gain * fitted, EDGE, 1 - EDGE)
        # How fast what is seen follows the log-odds, and Fisher's information of that.
        slope = gain * fitted * (1 - fitted)
        information = slope / (called * (1 - called))
        gradient = X.T @ ((is_wrong - called) * information) - precision @ (theta - center)
        curvature = (X * (slope * information)[:, None]).T @ X + precision
        step = np.linalg.solve(curvature, gradient)
        # Damped: with separable answers a full Newton step overshoots.
        theta = theta + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    root = np.linalg.cholesky(np.linalg.inv(curvature))
    draws = theta + np.random.default_rng([seed, 11]).standard_normal((N_DRAWS, 2)) @ root.T
    # A slope below zero would turn the ranking over, which no handful of reviews can show.
    draws[:, 1] = np.maximum(draws[:, 1], 0.0)
    theta[1] = max(theta[1], 0.0)
    return Recalibration(theta, draws, seed)


def apply(recalibration: Recalibration, p_wrong: Floats) -> Floats:
    """Return recalibrated probabilities (n,)."""
    return expit(_shift(recalibration, recalibration.mode, logit(p_wrong)))


def _shift(recalibration: Recalibration, theta: Floats, log_odds: Floats) -> Floats:
    shifted: Floats = theta[0] + theta[1] * log_odds
    return shifted if recalibration.nearby is None else shifted + recalibration.nearby


def precision_points(
    p_model: Floats,
    sizes: list[int],
    rate: Interval,
    recalibration: Recalibration | None,
    *,
    is_voted: bool = False,
) -> list[PrecisionPoint]:
    """Return the expected share of wrong labels among the first `k` rows, for each `k` of `sizes`.

    `p_model` (n,) is P(wrong) as the model says, in the worklist's order. Without reviews the claim is kept and its
    interval is as wide as such claims were found to be wrong, wider where the noise rate's own interval reaches
    further down, and with no more wrong rows than that rate allows; claims of votes (`is_voted`) are surer. With
    reviews both come from the recalibration's draws.
    """
    if recalibration is None:
        claims = np.cumsum(p_model)
        surely = VOTED if is_voted else CLAIMED
        return [_claim(k, float(claims[k - 1] / k), len(p_model), rate, surely) for k in sizes]
    # Draw by draw: all draws at once would be a matrix of draws times rows.
    means = np.empty((N_DRAWS, len(sizes)))
    log_odds = logit(p_model)
    at = np.array(sizes, dtype=np.int64) - 1
    for i, theta in enumerate(recalibration.draws):
        means[i] = np.cumsum(expit(_shift(recalibration, theta, log_odds)))[at] / (at + 1)
    mode = np.cumsum(apply(recalibration, p_model))[at] / (at + 1)
    # The share among k rows scatters around its expectation, the more the fewer they are.
    shares = np.random.default_rng([recalibration.seed, 13]).binomial(at + 1, means) / (at + 1)
    low, high = np.quantile(shares, [0.1, 0.9], axis=0)
    return [
        PrecisionPoint(k=k, precision=Interval(estimate=m, low=min(lo, m), high=max(hi, m)))
        for k, m, lo, hi in zip(sizes, mode.tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def logit(p: Floats | float, edge: float = EDGE) -> Floats:
    """Return log-odds, held within those of `edge` and 1 - `edge`."""
    clipped = np.clip(np.asarray(p, dtype=np.float64), edge, 1 - edge)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds


def expit(x: Floats) -> Floats:
    """Return the probability of log-odds."""
    # The sign is taken out first, so that the exponential never overflows.
    small = np.exp(-np.abs(x))
    p: Floats = np.where(x >= 0, 1.0, small) / (1.0 + small)
    return p


def _claim(k: int, claim: float, n: int, rate: Interval, surely: tuple[float, float]) -> PrecisionPoint:
    # If there may be hardly any wrong labels at all, there may be hardly any among the worst.
    lower = min(surely[0], rate.low / rate.estimate) if rate.estimate else 0.0
    upper = min(1.0, claim + surely[1], max(claim, rate.high * n / k))
    return PrecisionPoint(k=k, precision=Interval(estimate=claim, low=lower * claim, high=upper))


def draw_share(share: Interval, z: Floats) -> Floats:
    """Turn standard normal `z` into draws of a share with this median and 80 % interval.

    Logit-normal with its own spread on either side, so that skewed intervals are met at both ends.
    """
    middle, low, high = (logit(x, NARROW_EDGE) for x in (share.estimate, share.low, share.high))
    spread = np.where(z >= 0, high - middle, middle - low) / Z_80
    return expit(middle + np.maximum(spread, 0) * z)
