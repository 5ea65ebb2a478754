"""How many reviews are expected to settle a close call, and what their answers are worth before the choice.

Answers are simulated from the draws themselves: each draw says how many of the reviewed labels would be found wrong,
and the draws are weighed anew by how well they agree with that (preposterior analysis, Raiffa and Schlaifer 1961).
"""

from __future__ import annotations

import numpy as np

from datassay.labels.reviewers import seen_rates
from datassay.results import SURE, Labels, ReviewPlan
from datassay.spec import AuditSpec
from datassay.value.budget import N_STOPS, Prices, lose, price_gain
from datassay.value.grid import Floats
from datassay.value.uncertainty import Draws

#: Sizes that are tried.
SIZES = (20, 40, 60, 100, 150, 200, 300, 400, 600)
#: Share of a review that is drawn at random; the rest comes from the head of the worklist.
RANDOM_SHARE = 0.6
#: Simulated reviews of each size.
N_SIMULATED = 200
#: "Expected to settle it": more often than not.
EXPECTED = 0.5
#: Reviews that settle the choice more seldom than this are not advised.
HOPELESS = 0.05
#: Nor are those whose answers are worth less than this share of what they cost beyond what they repair. Gains are told
#: roughly, without reviews to within half of themselves or worse: what seems worth half of its cost may be worth it.
CLEARLY_LESS = 0.5
#: Where no size is expected to, the smallest that settles nearly as often as the best of them.
NEARLY = 0.9


def trust_reviewers(spec: AuditSpec, labels: Labels) -> AuditSpec:
    """Return the definition with the reviewer accuracy that repeated reviews showed, where there are any."""
    found = labels.reviewer_accuracy
    if found is None:
        return spec
    # A reviewer who is never right is no rate that a definition may hold.
    cleaning = spec.cleaning.model_copy(update={"reviewer_accuracy": max(found.estimate, 1e-6)})
    return spec.model_copy(update={"cleaning": cleaning})


def plan_review(draws: Draws, prices: Prices, hour: Floats, day: Floats, *, seed: int) -> ReviewPlan | None:
    """Return the smallest review that is expected to settle whether an hour or a day gains more, None without rows.

    `hour` and `day` (D,) are the draws of both gains. Where no size is expected to, the plan says how often the one
    it names does, and `is_expected` is False.
    """
    sizes = [size for size in SIZES if size <= prices.n_worklist] or [prices.n_worklist]
    if sizes[0] < 1:
        return None
    rng = np.random.default_rng([seed, 19])
    is_better = np.where(hour == day, 0.5, hour > day)
    tried = [try_size(draws, prices, hour, day, is_better=is_better, size=size, rng=rng) for size in sizes]
    best = max(chance for chance, _ in tried)
    enough = EXPECTED if best >= EXPECTED else NEARLY * best
    i = next(i for i, (chance, _) in enumerate(tried) if chance >= enough)
    chance, gain = tried[i]
    # Simulated on a part of the draws, answers may seem worth more than the truth.
    gain = min(gain, lose(hour, day, max(hour.mean(), day.mean())))
    n_random = round(RANDOM_SHARE * sizes[i])
    hours = sizes[i] / prices.cleaning.labels_per_hour
    cost = hours * prices.cleaning.cost_per_hour
    repaired = gain_by_repairs(draws, prices, n_random=n_random, n_listed=sizes[i] - n_random)
    whole_hour, whole_day = prices.fill_up(float(hour.mean()), float(day.mean()))
    answers, both = (
        price_gain(each, prices.cleaning, prices.collecting, hour=whole_hour, day=whole_day)
        for each in (gain, gain + repaired)
    )
    repairs = None if answers is None or both is None else max(both - answers, 0.0)
    return ReviewPlan(
        n_reviews=sizes[i],
        n_random=n_random,
        hours=hours,
        cost=cost,
        p_settles=chance,
        is_expected=chance >= EXPECTED,
        gain=gain,
        answers_worth=answers,
        repairs_worth=repairs,
        is_worthwhile=chance >= HOPELESS and is_paid(cost, answers, repairs),
        most_reviews=sizes[-1],
    )


def gain_by_repairs(draws: Draws, prices: Prices, *, n_random: int, n_listed: int) -> float:
    """Return what a review gains by the labels that it repairs, whatever its answers say of the choice; 0 for a loss.

    Rows of the list repair what its first ones do, as far down as that gains most: nobody has to apply what is said of
    the others. Random ones repair as large a share of the whole list; all together no more than as many listed ones.
    """
    most = prices.most_labels

    def reach(n: float) -> float:
        stops = min(n, most) * np.linspace(0, 1, N_STOPS + 1)
        return float(draws.gain(stops, np.zeros(len(stops))).mean(axis=0).max())

    random = draws.sensitivity.gain(draws.fixed.net(np.array([most])) * (n_random / most) / draws.n_now).mean()
    return min(reach(n_listed) + max(float(random), 0.0), reach(n_listed + n_random))


def is_paid(cost: float, answers: float | None, repairs: float | None) -> bool:
    """Return whether the answers are worth what a review costs beyond its repairs, or at least not clearly less.

    None is the worth of what no money buys.
    """
    return answers is None or answers >= CLEARLY_LESS * (cost - (repairs or 0.0))


def try_size(
    draws: Draws,
    prices: Prices,
    hour: Floats,
    day: Floats,
    *,
    is_better: Floats,
    size: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return how often `size` reviews settle the choice, and what they add to the gain of the better choice."""
    n_random = round(RANDOM_SHARE * size)
    depth = np.array([max(prices.labels_per_hour, 1.0)])
    precision = np.clip(draws.fixed.wrong(depth)[:, 0] / depth[0], 0.0, 1.0)
    # Reviewers err: some right labels are called wrong; wrong ones are called right where the slip is the given class.
    right, wrong = seen_rates(np.array(prices.cleaning.reviewer_accuracy), draws.c - 1)
    seen = [np.clip(right + share * (wrong - right), 1e-6, 1 - 1e-6) for share in (draws.noise_rate, precision)]
    n_draws = len(hour)
    truth = np.linspace(0, n_draws - 1, min(N_SIMULATED, n_draws)).astype(np.int64)
    log_weight = np.zeros((len(truth), n_draws))
    for share, n in zip(seen, (n_random, size - n_random), strict=True):
        found = rng.binomial(n, share[truth])
        log_weight += found[:, None] * np.log(share) + (n - found)[:, None] * np.log1p(-share)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    chance = weight @ is_better
    settled = float(((chance >= SURE) | (chance <= 1 - SURE)).mean())
    better = np.maximum(weight @ hour, weight @ day).mean() - max(hour.mean(), day.mean())
    return settled, float(max(better, 0.0))
