import math

import numpy as np
import pytest

from datassay.spec import CleaningSpec, CollectingSpec
from datassay.value.budget import (
    Prices,
    choose_budgets,
    compare,
    compare_per_cost,
    find_break_even,
    split_best,
    to_interval,
)


def make_prices(cost_per_hour=40, cost_per_day=600, setup_cost=0, labels=20, rows=100):
    return Prices(
        CleaningSpec(labels_per_hour=labels, cost_per_hour=cost_per_hour),
        CollectingSpec(rows_per_day=rows, cost_per_day=cost_per_day, setup_cost=setup_cost),
        n_worklist=1000,
        n_now=1000,
    )


COSTS = [(40, 600, 0), (0, 600, 0), (40, 0, 0), (0, 0, 0), (0, 0, 500), (900, 10, 0), (40, 600, 5000)]


@pytest.mark.parametrize(("hour", "day", "setup"), COSTS)
def test_all_costs_give_finite_figures(make_draws, hour, day, setup):
    """Free sides, dear sides and set-up costs all give probabilities, hours, days and gains within their limits."""
    draws, prices = make_draws(), make_prices(hour, day, setup)

    assert 0 <= compare_per_cost(draws, prices) <= 1
    for budget in choose_budgets(prices):
        split = split_best(draws, prices, budget)
        assert 0 <= split.cleaning_fraction <= 1
        assert 0 <= split.hours <= 50
        assert 0 <= split.days <= 30
        assert split.hours * hour + split.days * day <= budget * (1 + 1e-9)
        assert split.gain.low <= split.gain.estimate <= split.gain.high


@pytest.mark.parametrize(
    ("prices", "budgets"),
    [
        (make_prices(), [640, 3000, 12000]),
        (make_prices(setup_cost=500), [1140, 3500, 12500]),
        (make_prices(cost_per_day=0), [40, 1600, 6400]),
        (make_prices(0, 0), []),
    ],
)
def test_budgets_come_from_the_costs(prices, budgets):
    """One hour with one day, a week and a month; nothing where nothing costs anything."""
    assert choose_budgets(prices) == budgets


def test_split_is_never_worse_than_either_side(make_draws):
    """The best split gains at least as much as all of the budget on one side."""
    draws, prices = make_draws(), make_prices()
    best = split_best(draws, prices, 3000).gain.estimate
    zero = np.zeros(1)

    assert best >= draws.gain(zero, prices.rows_for(np.array([3000.0]))).mean()
    assert best >= draws.gain(np.minimum(prices.labels_for(np.array([3000.0])), draws.fixed.deepest()), zero).mean()


def test_hopeless_review_gets_no_budget(make_draws):
    """Where reviewing spoils labels all money goes into rows."""
    draws = make_draws(precision=0.05, reviewer=0.8, p_wrong=np.linspace(0.1, 0.0, 1000))
    split = split_best(draws, make_prices(), 3000)

    assert (split.cleaning_fraction, split.hours) == (0.0, 0.0)


def test_the_same_money_is_not_reviewed_past_the_point_where_that_harms(make_draws):
    """Cleaning for the money of a day stops where reviewers would spoil more labels than they repair."""
    draws = make_draws(precision=0.3, reviewer=0.9, p_wrong=np.linspace(0.9, 0.0, 1000))
    prices = make_prices(cost_per_day=4000, rows=0.001)
    none, deepest = np.zeros(1), draws.fixed.deepest()
    gain = draws.gain(np.array([deepest]), none)[:, 0]
    day = draws.gain(none, prices.rows_for(np.array([4000.0])))[:, 0]

    assert 0 < deepest < prices.labels_for(np.array([4000.0]))[0]
    assert compare_per_cost(draws, prices) == pytest.approx((gain > day).mean(), abs=1e-9)


def test_money_that_no_review_takes_is_no_share_of_cleaning(make_draws):
    """The share is what the hours cost, also where reviewing on would spoil labels."""
    prices = make_prices()
    for precision in (0.05, 0.3, 0.6):
        draws = make_draws(precision=precision, reviewer=0.8, p_wrong=np.linspace(0.5, 0.0, 1000))
        split = split_best(draws, prices, 30_000)

        assert split.cleaning_fraction * 30_000 == pytest.approx(split.hours * prices.cleaning.cost_per_hour)


def test_break_even_is_where_the_next_hour_gains_less_than_a_day(make_draws):
    """Before that hour one more hour gains more than a day, after it less."""
    draws, prices = make_draws(), make_prices(rows=20)
    hours = find_break_even(draws, prices)
    assert hours is not None
    zero = np.zeros(1)
    day = draws.gain(zero, np.array([20.0])).mean()

    def next_hour(at):
        return draws.gain(np.array([(at + 1) * 20.0]), zero).mean() - draws.gain(np.array([at * 20.0]), zero).mean()

    assert hours > 0
    assert next_hour(0.8 * hours) > day > next_hour(1.25 * hours)


def test_break_even_at_once_and_never(make_draws):
    """0 hours where a day beats the first hour; None where a day never does."""
    draws = make_draws()

    assert find_break_even(draws, make_prices(labels=1, rows=3000)) == 0.0
    assert find_break_even(make_draws(reviewer=1.0), make_prices(labels=500, rows=0.001)) is None


def test_worklist_shorter_than_an_hour(make_draws):
    """An hour that holds more labels than there are is an hour with all of them."""
    prices = make_prices(labels=5000)

    assert prices.labels_per_hour == 1000
    assert find_break_even(make_draws(), prices) in {None, 0.0}


def test_interval_holds_its_mean():
    """An interval holds the estimate even where draws are skewed."""
    found = to_interval(np.array([0.0] * 95 + [100.0] * 5))

    assert found.low <= found.estimate <= found.high


def test_ties_count_half():
    """Two sides that gain the same are a coin toss."""
    assert math.isclose(compare(np.zeros(10), np.zeros(10)), 0.5)
