"""The size of a review that is expected to settle a close call."""

import dataclasses

import numpy as np
import pytest

from datassay.results import Interval
from datassay.spec import CleaningSpec, CollectingSpec
from datassay.value.budget import Prices
from datassay.value.cleaning import Sensitivity
from datassay.value.settling import SIZES, gain_by_repairs, plan_review, trust_reviewers, try_size


class Known:
    """Draws of a noise rate and of a precision that is three times as high, and what a listed label gains."""

    def __init__(self, rate, n_classes=2, *, per_label=0.0):
        self.noise_rate, self.per_label = rate, per_label
        self.c = n_classes / (n_classes - 1)
        self.fixed = self
        self.sensitivity = Sensitivity(*(np.zeros_like(rate),) * 3)
        self.n_now = 2_000

    def wrong(self, labels):
        return np.clip(3 * self.noise_rate, 0, 1)[:, None] * labels[None, :]

    def net(self, labels):
        return self.noise_rate[:, None] * labels[None, :]

    def gain(self, labels, rows):
        return self.per_label * np.ones_like(self.noise_rate)[:, None] * labels[None, :]


@pytest.fixture
def prices():
    cleaning = CleaningSpec(labels_per_hour=50, cost_per_hour=40, reviewer_accuracy=1.0)
    return Prices(cleaning, CollectingSpec(), n_worklist=2_000, n_now=2_000)


@pytest.fixture
def rate():
    return np.random.default_rng(0).uniform(0.0, 0.3, 2_000)


def test_a_call_that_hangs_on_the_noise_is_settled_by_reviews(prices, rate):
    """Where the gain is the noise rate itself, few reviews tell on which side of the other gain it lies."""
    plan = plan_review(Known(rate), prices, rate, np.full_like(rate, 0.15), seed=0)

    assert plan.is_expected
    assert plan.p_settles >= 0.5
    assert plan.n_reviews <= 60
    assert plan.n_random == round(0.6 * plan.n_reviews)
    assert plan.hours == plan.n_reviews / 50
    assert plan.cost == pytest.approx(40 * plan.hours)
    assert 0 < plan.gain <= np.maximum(rate, 0.15).mean() - max(rate.mean(), 0.15)


def test_a_call_that_hangs_on_something_else_is_not(prices, rate):
    """Where gains have nothing to do with the noise no review settles it, and the plan says so."""
    hour = np.random.default_rng(1).normal(0.15, 0.1, len(rate))
    plan = plan_review(Known(rate), prices, hour, np.full_like(rate, 0.15), seed=0)

    assert not plan.is_expected
    assert plan.p_settles < 0.3
    assert plan.most_reviews == SIZES[-1]
    assert plan.gain < 0.02


def test_reviewers_who_guess_settle_nothing(rate, prices):
    """At an accuracy of one half answers are coin tosses."""
    guessing = Prices(CleaningSpec(labels_per_hour=50, reviewer_accuracy=0.5), prices.collecting, 2_000, 2_000)
    plan = plan_review(Known(rate), guessing, rate, np.full_like(rate, 0.15), seed=0)

    assert plan.p_settles < 0.05


def test_reviews_of_the_told_size_settle_as_often_as_told(prices, rate):
    """Reviews really drawn, with gains that follow the noise as the draws say: told and done differ by little."""
    rng = np.random.default_rng(2)
    hour, day = rate + rng.normal(0, 0.03, len(rate)), np.full_like(rate, 0.15)
    plan = plan_review(Known(rate), prices, hour, day, seed=0)
    settled = 0
    for _ in range(400):
        true = rng.uniform(0.0, 0.3)
        n_listed = plan.n_reviews - plan.n_random
        found = rng.binomial(plan.n_random, true), rng.binomial(n_listed, min(3 * true, 1 - 1e-6))
        listed = np.clip(3 * rate, 1e-6, 1 - 1e-6)
        log_weight = found[0] * np.log(rate) + (plan.n_random - found[0]) * np.log1p(-rate)
        log_weight += found[1] * np.log(listed) + (n_listed - found[1]) * np.log1p(-listed)
        weight = np.exp(log_weight - log_weight.max())
        p = float((weight * (hour > day)).sum() / weight.sum())
        settled += p >= 0.75 or p <= 0.25

    assert settled / 400 == pytest.approx(plan.p_settles, abs=0.1)


@pytest.mark.parametrize("n_classes", [2, 6])
def test_simulated_answers_are_those_of_reviewers_who_err(prices, n_classes):
    """A wrong label is called right only by the one slip, of several, that is the given class."""
    rate, told = np.full(2_000, 0.2), []

    class Seen:
        def binomial(self, n, share):
            told.append(share[0])
            return np.round(n * share).astype(int)

    rng, sloppy = np.random.default_rng(4), CleaningSpec(labels_per_hour=50, reviewer_accuracy=0.8)
    sides = Prices(sloppy, prices.collecting, 2_000, 2_000)
    try_size(Known(rate, n_classes), sides, rate, rate, is_better=np.full(2_000, 0.5), size=100, rng=Seen())
    n = 200_000
    for share, found in zip((0.2, 0.6), told, strict=True):
        true = rng.integers(0, n_classes, n)
        given, said = (
            np.where(rng.random(n) < miss, (true + rng.integers(1, n_classes, n)) % n_classes, true)
            for miss in (share, 0.2)
        )
        assert found == pytest.approx((said != given).mean(), abs=0.005)


def test_a_short_worklist_is_reviewed_whole(rate):
    """No more reviews are planned than there are rows."""
    few = Prices(CleaningSpec(), CollectingSpec(), n_worklist=12, n_now=200)

    assert plan_review(Known(rate), few, rate, rate[::-1], seed=0).n_reviews == 12


def test_reviews_are_weighed_against_a_price_that_counts_the_set_up(rate):
    """Rows that cost nothing a day are not had for nothing where collecting has to be set up, nor a price if free."""
    hour, day = rate - 0.16 + np.random.default_rng(3).normal(0, 0.02, len(rate)), 0.16 - rate
    cleaning = CleaningSpec(labels_per_hour=50, cost_per_hour=40, reviewer_accuracy=1.0)

    def plan(**costs):
        prices = Prices(cleaning, CollectingSpec(**costs), n_worklist=2_000, n_now=2_000)
        return plan_review(Known(rate), prices, hour, day, seed=0)

    assert hour.mean() < 0 < day.mean()
    cheap, set_up, free = plan(cost_per_day=1e-6), plan(cost_per_day=0, setup_cost=5000), plan(cost_per_day=0)
    assert 0 < cheap.gain == set_up.gain == free.gain
    assert (cheap.is_worthwhile, set_up.is_worthwhile, free.is_worthwhile) == (False, True, True)
    assert cheap.answers_worth < 0.01
    assert set_up.answers_worth == 5000
    assert free.answers_worth is None
    assert (cheap.repairs_worth, set_up.repairs_worth, free.repairs_worth) == (0, 0, None)


@pytest.mark.parametrize(
    ("cost_per_hour", "repaired", "is_worthwhile"),
    [(40, 0.0, False), (1, 0.0, False), (40, 0.95, True), (0, 0.0, True)],
)
def test_reviews_are_advised_only_where_their_answers_are_worth_the_rest_of_their_cost(
    rate, cost_per_hour, repaired, is_worthwhile
):
    """A fifth of what reviews cost is no bargain, at whatever price, unless repairs make up for the rest."""
    hour, day = rate + 0.3, np.full_like(rate, 0.45)
    cleaning = CleaningSpec(labels_per_hour=50, cost_per_hour=cost_per_hour, reviewer_accuracy=1.0)
    prices = Prices(cleaning, CollectingSpec(cost_per_day=10 * cost_per_hour), n_worklist=2_000, n_now=2_000)
    alone = plan_review(Known(rate), prices, hour, day, seed=0)
    # What the listed labels gain, of which an hour's price is known, makes good that share of the cost of all.
    per_label = repaired * alone.n_reviews / 50 * hour.mean() / (alone.n_reviews - alone.n_random)
    plan = plan_review(Known(rate, per_label=per_label), prices, hour, day, seed=0)

    assert plan.is_worthwhile == is_worthwhile
    if cost_per_hour:
        assert plan.answers_worth == pytest.approx(plan.gain / hour.mean() * cost_per_hour)
        assert 0.02 < plan.answers_worth / plan.cost < 0.3
        assert plan.repairs_worth == pytest.approx(repaired * plan.cost)


def test_random_rows_repair_less_than_listed_ones(make_draws, make_prices):
    """Of the list's labels the first are wrong oftenest; as many as there are repair the same in either way."""
    draws, prices = make_draws(), make_prices()
    listed, random = (gain_by_repairs(draws, prices, n_random=n, n_listed=m) for n, m in ((0, 40), (40, 0)))
    harmful = make_draws(precision=0.05, reviewer=0.8, p_wrong=np.linspace(0.1, 0.0, 1000))

    assert 0 < 2 * random < listed
    assert listed == pytest.approx(draws.gain(np.array([40.0]), np.zeros(1)).mean())
    assert gain_by_repairs(harmful, prices, n_random=60, n_listed=40) == 0


def test_reviewers_are_trusted_as_far_as_repeats_show(make_labels, make_spec):
    """A measured accuracy replaces the definition's."""
    spec = make_spec()
    shown = make_labels(reviewer_accuracy=Interval(estimate=0.8, low=0.7, high=0.9))

    assert trust_reviewers(spec, make_labels()) is spec
    assert trust_reviewers(spec, shown).cleaning.reviewer_accuracy == 0.8


def test_repairs_are_worth_what_the_best_of_the_listed_rows_gain(make_grid, make_draws, make_prices):
    """Where reviews far down the list take gains back, nobody has to apply what was said of those rows."""
    grid = make_grid()
    falling = dataclasses.replace(grid.rehearsal, deeper=np.full_like(grid.rehearsal.deeper, -0.1))
    draws = make_draws(dataclasses.replace(grid, rehearsal=falling), reviewer=1.0)

    few, many = (gain_by_repairs(draws, make_prices(), n_random=0, n_listed=n) for n in (100, 400))

    assert draws.gain(np.array([400.0]), np.zeros(1)).mean() < 0
    assert few == pytest.approx(draws.gain(np.array([100.0]), np.zeros(1)).mean())
    assert many == pytest.approx(few, rel=0.05)


@pytest.mark.parametrize("n_random", [40, 240, 600])
def test_repairs_of_random_rows_are_worth_no_more_than_those_of_as_many_listed_ones(make_draws, make_prices, n_random):
    """What the list's best rows gain, all repaired, is the most; rows that would spoil more cost nothing."""
    draws, harmful = make_draws(), make_draws(reviewer=0.8)
    stops = np.linspace(0, min(n_random + 160, 1000), 401)
    most = draws.gain(stops, np.zeros(401)).mean(axis=0).max()

    assert gain_by_repairs(draws, make_prices(), n_random=n_random, n_listed=160) <= most * 1.001
    few, more = (gain_by_repairs(harmful, make_prices(), n_random=n, n_listed=160) for n in (0, n_random))
    assert more >= few > 0


def test_answers_bring_no_more_than_the_truth_would(rate):
    """They are simulated on a part of the draws, whose mean may lie elsewhere."""
    hour, day = rate + 0.3, np.full_like(rate, float(rate.mean()) + 0.3)
    prices = Prices(CleaningSpec(labels_per_hour=50), CollectingSpec(), n_worklist=2_000, n_now=2_000)
    truth = np.maximum(hour, day).mean() - max(hour.mean(), day.mean())

    for seed in range(5):
        assert plan_review(Known(rate), prices, hour, day, seed=seed).gain <= truth + 1e-12


def test_a_list_shorter_than_an_hour_is_priced_by_what_it_costs(make_draws, make_prices):
    """Ten times as many labels an hour than there are cost a tenth of it, and what they gain no more."""
    draws, prices = make_draws(), make_prices(labels=10_000, rows=1)
    hour, day = (draws.gain(np.array([n]), np.array([m]))[:, 0] for n, m in ((1000.0, 0.0), (0.0, 1.0)))
    plan = plan_review(draws, prices, hour, day, seed=0)

    assert prices.n_worklist == 1000
    assert prices.fill_up(1.0, 1.0)[0] == pytest.approx(10)
    # All of the list costs a tenth of an hour, and a review of it repairs no more than that.
    assert plan.repairs_worth <= prices.cleaning.cost_per_hour / 10 * 1.5
