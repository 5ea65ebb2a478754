"""The noise rate with an honest interval: from the model alone, or from labels that people have verified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.labels.posterior import Z_80, Floats, expit, logit
from datassay.results import Interval

#: Noise rates of tables as people have them: what is believed where the model cannot tell, and how far they spread.
USUAL, SPREAD = 0.09, 0.08
#: Labels that people use are hardly ever wrong more often: what the surest predictions contradict beyond is no noise.
MOST = 0.4
#: How far a count of issues is off even where the model knows everything else.
LEAST_DOUBT = 0.01
#: What is usual is at most this share of the disagreement: a model that foresees nearly all labels leaves no room.
ROOM = 0.5
#: Half an 80 % interval in log-odds, below and above, where nothing of the count is believed and where all of it is
#: (`python -m benchmarks.verdict --learn` tells how often intervals hold on the choosing half).
WIDE, NARROW = (1.2, 1.15), (0.6, 0.6)
#: The same for what signs say, of rates up to LOW and from HIGH on, and how far signs move the log-odds at most: labels
#: that follow a rule of their own leave no signs.
LOW, HIGH = 0.1, 0.2
WIDE_SIGNS, NARROW_SIGNS = (1.1, 0.8), (0.65, 0.5)
MOST_MOVED = 0.7
#: What log-odds of each sign add to those of the rate, and their constant: least squares on 1,200 tables with planted
#: noise (`python -m benchmarks.verdict --signs`).
COUNTED, CONTRADICTED, SUREST_TENTH = 0.59, 0.23, 0.49
AT_TENTH, AT_QUARTER, DISAGREEMENT = -0.23, -0.17, -0.32
CONSTANT = -0.18
#: Share of labels that contradict agreeing neighbours where nobody has looked: the median of those tables.
USUALLY_CONTRADICTED = 0.058
#: Log-odds of signs are held within those of this share.
LEAST_SIGN = 1e-3
#: The model's word counts for at most so many reviewed rows, however narrow its interval.
MOST_PRIOR_ROWS = 10.0
#: With less of a wrong row than that among them, all of the prior would lie at no error at all, and what reviewers call
#: wrong would be their own mistakes, however much of it there is: so the model may be blind, at last as likely as not,
#: and of what it does not see a tenth is usual.
FEW_WRONG_ROWS, BLIND, UNSEEN_ROWS = 0.5, 0.5, (1.0, 9.0)
#: How much narrower an interval becomes, in log-odds, where two judgements are put together.
NARROWER = 0.7
#: Beliefs further from a sample than this many of its standard errors are contradicted by it, and lose weight.
CONTRADICTED_BEYOND = 2.0


@dataclass(frozen=True)
class Signs:
    """What tells noise from a model's own doubt: shares in [0, 1]."""

    #: Mean doubt (1 - probability of the likeliest class) of the surest tenth of the rows.
    surest_tenth: float
    #: Doubt below which the surest tenth, and the surest quarter, of the rows stays.
    at_tenth: float
    at_quarter: float
    #: Share of labels that contradict neighbours who nearly all agree; a usual share where nobody has looked.
    contradicted: float


def from_signs(counted: Interval, signs: Signs, *, disagreement: float) -> Interval:
    """Return the rate that goes with `counted` (see `from_model`) and further signs.

    Log-odds are added up as a regression on tables with known noise weighs them: what a model doubts where it is surest
    is noise, what it doubts elsewhere is its own. No rate exceeds the disagreement, or what was counted.
    """
    weights = (COUNTED, CONTRADICTED, SUREST_TENTH, AT_TENTH, AT_QUARTER, DISAGREEMENT)
    shares = (
        counted.estimate,
        signs.contradicted,
        signs.surest_tenth,
        signs.at_tenth,
        signs.at_quarter,
        disagreement,
    )
    if not 0 < counted.estimate < 1:
        return counted
    before = float(logit(counted.estimate, LEAST_SIGN))
    after = CONSTANT + float(np.dot(weights, logit(np.array(shares), LEAST_SIGN)))
    estimate = _expit(before + float(np.clip(after - before, -MOST_MOVED, MOST_MOVED)))
    estimate = min(estimate, max(disagreement, counted.estimate))
    share = float(np.clip((estimate - LOW) / (HIGH - LOW), 0.0, 1.0))
    down, up = (wide + share * (narrow - wide) for wide, narrow in zip(WIDE_SIGNS, NARROW_SIGNS, strict=True))
    log_odds = float(logit(estimate, LEAST_SIGN))
    # The interval holds what either allows: where nothing was counted for sure, there may be nothing.
    return Interval(
        estimate=estimate,
        low=min(_expit(log_odds - down), counted.low, estimate),
        high=max(_expit(log_odds + up), counted.high, estimate),
    )


def _expit(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def from_model(n_found: int, n: int, *, anchor_rate: float, disagreement: float) -> Interval:
    """Return the rate of `n` rows in which a detector counts `n_found` issues.

    A model that foresees labels poorly contradicts many that are right, and counts them. How much of its disagreement
    with the labels is its own doubt shows where it is surest: `disagreement` is the share of all labels that it
    contradicts, `anchor_rate` the share among its surest predictions. The larger the difference, the less of the count
    is believed, and the more of what is usual (a mean weighted by precision); likewise where the surest predictions of
    a poor model of many classes are contradicted more often than labels are wrong. No rate exceeds the disagreement.
    A model that foresees every label, errors and all, tells nothing: up to what is usual, any may be wrong.
    """
    if disagreement == 0:
        return Interval(estimate=0.0, low=0.0, high=USUAL)
    # The nearer to that, the less a count says against it.
    blind = USUAL * max(0.0, 1 - disagreement / LEAST_DOUBT)
    share = n_found / n
    doubt = LEAST_DOUBT + max(disagreement - anchor_rate, 0.0) + max(anchor_rate - MOST, 0.0)
    trust = SPREAD**2 / (SPREAD**2 + doubt**2)
    usual = min(USUAL, ROOM * disagreement)
    estimate = min(trust * share + (1 - trust) * usual, max(disagreement, share))
    low, high = jeffreys(n_found, n)
    if not 0 < estimate < 1:
        return Interval(estimate=estimate, low=min(low, estimate), high=max(high, estimate, blind))
    down, up = (wide + trust * (narrow - wide) for wide, narrow in zip(WIDE, NARROW, strict=True))
    odds = estimate / (1 - estimate)
    ends = [float(odds * np.exp(by) / (1 + odds * np.exp(by))) for by in (-down, up)]
    # Where nothing was found, or the surest predictions are never contradicted, there may be nothing.
    lower = ends[0] if n_found and anchor_rate > 0 else 0.0
    return Interval(estimate=estimate, low=lower, high=max(ends[1], trust * high, blind))


def combine(sampled: Interval, believed: float, weight: float, *, narrowed: float = 1.0) -> Interval:
    """Return the rate between that of a random sample and the mean of what is believed of all labels.

    A sample knows nothing of the rows that it missed; beliefs heard all reviews, of the worklist too, but where hardly
    any label is wrong they can only err upwards. `weight` in [0, 0.5] is that of the beliefs, at one half of which the
    interval is as narrow as it gets; it falls with the square of the distance where the sample contradicts them, as it
    does the belief of a model that foresees every label. `narrowed` in [0, 1] is how much of that narrowing the sample
    supports.
    """
    if not 0 < sampled.estimate < 1:
        return sampled
    weight *= min(1.0, (CONTRADICTED_BEYOND / max(_distance(sampled, believed), 1e-12)) ** 2)
    estimate = sampled.estimate + weight * (believed - sampled.estimate)
    if not 0 < estimate < 1:
        return sampled
    narrower = 1 - 2 * weight * (1 - NARROWER) * narrowed

    def move(end: float) -> float:
        # Ends that are certain stay where they are.
        log_odds = logit(np.array([estimate, end, sampled.estimate]))
        moved = float(expit(log_odds[:1] + narrower * (log_odds[1] - log_odds[2]))[0])
        return moved if 0 < end < 1 else end

    return Interval(estimate=estimate, low=min(move(sampled.low), estimate), high=max(move(sampled.high), estimate))


def lean(rate: Interval, believed: float, weight: float) -> Interval:
    """Return the rate moved towards the mean of what is believed of all labels, by `weight` of the log-odds between.

    For reviews none of which is of a random row: what they say of their own rows holds for the others only in part.
    Ends move along, and those that are certain stay.
    """
    if not 0 < rate.estimate < 1:
        return rate
    middle, belief = logit(np.array([rate.estimate, believed]), LEAST_SIGN)
    by = weight * (belief - middle)
    low, estimate, high = (
        float(expit(logit(end) + by)) if 0 < end < 1 else end for end in (rate.low, rate.estimate, rate.high)
    )
    return Interval(estimate=estimate, low=min(low, estimate), high=max(high, estimate))


def _distance(sampled: Interval, believed: float) -> float:
    """Return how many of the sample's standard errors, in log-odds, lie between its estimate and what is believed."""
    end = sampled.low if believed < sampled.estimate else sampled.high
    middle, end_odds, belief = logit(np.array([sampled.estimate, end, believed]), LEAST_SIGN)
    return float(abs(belief - middle) / max(abs(end_odds - middle) / Z_80, 1e-12))


def prior_rows(model: Interval) -> tuple[float, float]:
    """Return as how many wrong and how many right rows the model's rate counts: at most 10 together."""
    mean = float(np.clip(model.estimate, 0.002, 0.998))
    spread = max((model.high - model.low) / (2 * Z_80), 1e-3)
    weight = float(np.clip(mean * (1 - mean) / spread**2 - 1, 1.0, MOST_PRIOR_ROWS))
    return mean * weight, (1 - mean) * weight


def weigh_shares(model: Interval, edges: Floats) -> Floats:
    """Return how likely it is by the model's rate that the share of wrong labels lies between two edges, (n - 1,).

    `edges` (n,) ascend from 0 to 1. A model that counts hardly any error puts nearly all weight next to zero, which no
    density at single points would show.
    """
    from scipy.stats import beta

    a, b = prior_rows(model)
    blind = BLIND * max(0.0, 1 - a / FEW_WRONG_ROWS)
    weights: Floats = np.diff((1 - blind) * beta.cdf(edges, a, b) + blind * beta.cdf(edges, *UNSEEN_ROWS))
    return weights


def jeffreys(n_found: int, n: int) -> tuple[float, float]:
    """Return the 80 % Jeffreys interval of a share."""
    from scipy.stats import beta

    low, high = beta.ppf([0.1, 0.9], n_found + 0.5, n - n_found + 0.5)
    return (float(low) if n_found else 0.0), (float(high) if n_found < n else 1.0)
