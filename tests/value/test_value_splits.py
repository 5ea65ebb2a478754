"""What a budget is best spent on, and what is kept of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.value.budget import choose_budgets, compare_per_cost
from datassay.value.splits import _list_choices, list_points, list_steps, split_best
from datassay.value.weights import Error, Weights

COSTS = [
    (40, 600, 0), (0, 600, 0), (40, 0, 0), (0, 0, 0), (0, 0, 500), (900, 10, 0), (40, 600, 5000), (40, 0, 5000),
]  # fmt: skip
WORLDS = ["plain", "peaked", "harmful", "falling", "hopeful", "hopeless"]


def weigh(labels):
    """Return weights with this error of labels."""
    return Weights(listed=1.0, rows_by=1.0, labels=labels, rows=Error(level=0.005, share=0.2))


@pytest.fixture
def make_world(make_draws):
    """Return a builder of draws in which one or the other side gains, peaks early, or harms."""

    def make(name):
        if name == "harmful":
            return make_draws(precision=0.05, reviewer=0.8, p_wrong=np.linspace(0.1, 0.0, 1000), n_draws=300)
        draws = make_draws(n_draws=300)
        if name in {"peaked", "falling"}:
            # Doubt grows with depth and is wider below, so that on average hours are at their best early.
            draws = replace(draws, weights=weigh(Error(level=0.005, share=0.3, below=2.0)))
        if name == "falling":
            return replace(draws, power=replace(draws.power, b=-draws.power.b, may_fall=True))
        if name == "hopeful":
            # Doubt that is wider above makes the mean rise where reviews no longer repair anything.
            return replace(draws, weights=weigh(Error(level=0.02, share=0.3, above=2.0)))
        return replace(draws, room=0.0) if name == "hopeless" else draws

    return make


def list_curves(draws, prices):
    """Return labels, rows, and costs of the points at which curves are told, and where reviewing adds no errors."""
    labels = list_steps(prices.labels_per_hour, prices.most_labels)
    labels = labels[labels <= draws.fixed.deepest()]
    rows = list_steps(prices.rows_per_day, prices.most_rows)
    at = np.append(labels, np.zeros_like(rows)), np.append(np.zeros_like(labels), rows)
    return *at, prices.cost_of(*at)


@pytest.mark.parametrize("world", WORLDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    costs=st.sampled_from(COSTS),
    paces=st.tuples(st.sampled_from([20, 150, 970, 5000]), st.sampled_from([0.5, 100, 2900, 9000])),
    budgets=st.lists(st.floats(0, 50_000), min_size=1, max_size=4).map(sorted),
)
def test_more_money_never_gains_less_and_no_curve_gains_more(make_world, make_prices, world, **drawn):
    """A larger budget gains at least as much as a smaller one, and as each point of the curves that it affords."""
    costs, (labels, rows), budgets = drawn["costs"], drawn["paces"], drawn["budgets"]
    draws, prices = make_world(world), make_prices(*costs, labels=labels, rows=rows)
    splits = split_best(draws, prices, budgets)
    told = np.array([split.gain.estimate for split in splits])
    at_labels, at_rows, costs_there = list_curves(draws, prices)
    gains = draws.gain(at_labels, at_rows).mean(axis=0)

    assert (np.diff(told) >= -1e-8).all()
    for split in splits:
        affordable = gains[costs_there <= split.budget_cost]
        assert split.gain.estimate >= max(affordable, default=0.0) - 1e-8
        assert split.gain.estimate >= 0
        assert split.hours * labels <= draws.fixed.deepest() * (1 + 1e-9)
        spent = split.hours * costs[0] + split.days * costs[1] + (costs[2] if split.days else 0)
        assert spent <= split.budget_cost * (1 + 1e-8)


@pytest.mark.parametrize("costs", COSTS)
@pytest.mark.parametrize("world", WORLDS)
def test_all_costs_give_finite_figures(make_world, make_prices, world, costs):
    """Free sides, dear sides and set-up costs all give probabilities, hours, days and gains within their limits."""
    draws, prices = make_world(world), make_prices(*costs)

    assert 0 <= compare_per_cost(draws, prices) <= 1
    budgets = choose_budgets(prices)
    for split in split_best(draws, prices, budgets):
        assert 0 <= split.cleaning_fraction <= 1
        assert 0 <= split.hours <= 50
        assert 0 <= split.days <= 30
        assert split.gain.low <= split.gain.estimate <= split.gain.high
    assert len(_list_choices(prices, draws.fixed.deepest(), budgets or [0.0])[0]) <= 600


@pytest.mark.parametrize("costs", [(40, 600, 0), (40, 0, 5000), (7, 13, 0.1), (40, 600, 5000)])
@pytest.mark.parametrize("labels", [20, 970])
def test_one_hour_and_one_day_are_among_what_their_money_buys(make_draws, make_prices, costs, labels):
    """The budget of one hour with one day is never spent on less than both, were it a small part of the set-up."""
    draws, prices = make_draws(reviewer=1.0), make_prices(*costs, labels=labels)
    budget = choose_budgets(prices)[0]
    both = draws.gain(np.array([float(labels)]), np.array([100.0])).mean()
    points = np.stack(_list_choices(prices, draws.fixed.deepest(), [budget]), axis=1)

    assert (points == [labels, 100]).all(axis=1).any()
    assert split_best(draws, prices, [budget])[0].gain.estimate >= both - 1e-9


def test_a_gain_comes_near_the_best_of_a_fine_grid(make_world, make_prices):
    """Looking closely at hours and days finds hardly more than the split tells."""
    prices = make_prices()
    for world in ("plain", "peaked", "falling"):
        draws = make_world(world)
        for split in split_best(draws, prices, [640, 3000, 12_000]):
            money = np.linspace(0, split.budget_cost, 61)
            hours, days = (side.ravel() for side in np.meshgrid(money, money))
            hours, days = hours[hours + days <= split.budget_cost], days[hours + days <= split.budget_cost]
            labels = np.minimum(prices.labels_for(hours), draws.fixed.deepest())
            best = draws.gain(labels, prices.rows_for(days)).mean(axis=0).max()

            assert split.gain.estimate >= 0.99 * best


def test_money_beyond_the_peak_is_kept(make_world, make_prices):
    """Where hours are at their best early and rows gain nothing, a large budget buys what a small one buys."""
    draws, prices = make_world("peaked"), make_prices()
    draws = replace(draws, power=replace(draws.power, b=np.zeros_like(draws.power.b)))
    small, large = split_best(draws, prices, [640, 500_000])
    (alone,) = split_best(draws, prices, [500_000])

    assert 0 < small.hours * 40 < 640
    assert small.hours * 20 < 0.5 * draws.fixed.deepest()
    assert (large.hours, large.days, large.gain) == (small.hours, small.days, small.gain)
    assert alone.gain.estimate == pytest.approx(small.gain.estimate, rel=0.01)


@pytest.mark.parametrize("costs", COSTS)
def test_nothing_is_done_where_nothing_gains(make_world, make_prices, costs):
    """At the best score there is neither hours nor days are advised, not even free ones."""
    for split in split_best(make_world("hopeless"), make_prices(*costs), [0.0, 640.0, 12_000.0]):
        assert (split.hours, split.days, split.cleaning_fraction, split.gain.estimate) == (0, 0, 0, 0)


def test_of_equal_gains_the_cheapest_is_bought(make_draws, make_prices):
    """Where rows change nothing, no money goes into them, nor into labels that are all right."""
    draws = make_draws()
    level = replace(draws, power=replace(draws.power, b=np.zeros_like(draws.power.b)))
    (split,) = split_best(level, make_prices(), [12_000])

    assert (split.days, split.hours > 0) == (0, True)
    assert split.hours * 20 <= draws.fixed.deepest()


def test_hopeless_review_gets_no_budget(make_world, make_prices):
    """Where reviewing spoils labels all that is spent is spent on rows."""
    (split,) = split_best(make_world("harmful"), make_prices(), [3000])

    assert (split.cleaning_fraction, split.hours) == (0.0, 0.0)


@pytest.mark.parametrize("is_harmful", [False, True])
def test_where_an_hour_harms_no_part_of_it_is_bought(make_draws, make_prices, is_harmful):
    """A few surely wrong rows at the head of the list do not make cleaning pay where the verdict warns of it."""
    head = np.concatenate([np.full(4, 0.99), np.linspace(0.2, 0.0, 996)])
    accuracy = 0.9 if is_harmful else 0.6
    draws, prices = make_draws(precision=0.3, reviewer=accuracy, p_wrong=head, n_draws=300), make_prices()
    prices = replace(prices, cleaning=prices.cleaning.model_copy(update={"reviewer_accuracy": accuracy}))
    budgets = choose_budgets(prices)

    assert draws.fixed.deepest() > 0
    for split in split_best(draws, prices, budgets, is_harmful=is_harmful):
        assert (split.hours, split.cleaning_fraction) == (0, 0)
        assert split.days > 0
    gained = draws.gain(np.zeros(1), prices.rows_for(np.array([600.0])))
    assert compare_per_cost(draws, prices, is_harmful=is_harmful) == pytest.approx((gained < 0).mean(), abs=1e-9)


@pytest.mark.parametrize("unit", [0.05, 0.5, 0.9, 1.0, 1.5, 2.5, 33.3, 970.0, 5000.0])
@pytest.mark.parametrize("most", [1.0, 3.0, 1000.0])
def test_points_of_a_curve_are_whole_and_different(unit, most):
    """However slow or fast the pace, no point is of no label and none is told twice; the last is the end."""
    points = np.round(list_points(min(unit, most), most))

    assert points[0] >= 1
    assert (np.diff(points) > 0).all()
    assert points[-1] == most


def test_rows_that_harm_get_no_budget(make_world, make_prices):
    """Where more rows lower the score none are bought, free or not."""
    for costs in ((40, 600), (40, 0)):
        (split,) = split_best(make_world("falling"), make_prices(*costs), [3000])

        assert split.days == 0
        assert split.hours > 0


def test_money_that_no_review_takes_is_no_share_of_cleaning(make_draws, make_prices):
    """The share is what the hours cost, also where reviewing on would spoil labels."""
    prices = make_prices()
    for precision in (0.05, 0.3, 0.6):
        draws = make_draws(precision=precision, reviewer=0.8, p_wrong=np.linspace(0.5, 0.0, 1000))
        (split,) = split_best(draws, prices, [30_000])

        assert split.cleaning_fraction * 30_000 == pytest.approx(split.hours * prices.cleaning.cost_per_hour)
