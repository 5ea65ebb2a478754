import dataclasses
import math

import numpy as np
import pytest

from datassay.value.budget import (
    choose_budgets,
    compare,
    compare_per_cost,
    find_break_even,
    price_gain,
    to_interval,
)


@pytest.mark.parametrize(
    ("costs", "budgets"),
    [
        ((40, 600), [640, 3000, 12000]),
        ((40, 600, 500), [1140, 3500, 12500]),
        ((40, 0), [40, 1600, 6400]),
        ((0, 0), []),
    ],
)
def test_budgets_come_from_the_costs(make_prices, costs, budgets):
    """One hour with one day, a week and a month; nothing where nothing costs anything."""
    assert choose_budgets(make_prices(*costs)) == budgets


def test_the_same_money_is_not_reviewed_past_the_point_where_that_harms(make_draws, make_prices):
    """Cleaning for the money of a day stops where reviewers would spoil more labels than they repair."""
    draws = make_draws(precision=0.3, reviewer=0.9, p_wrong=np.linspace(0.9, 0.0, 1000))
    prices = make_prices(cost_per_day=4000, rows=0.001)
    none, deepest = np.zeros(1), draws.fixed.deepest()
    gain = draws.gain(np.array([deepest]), none)[:, 0]
    day = draws.gain(none, prices.rows_for(np.array([4000.0])))[:, 0]

    assert 0 < deepest < prices.labels_for(np.array([4000.0]))[0]
    assert compare_per_cost(draws, prices) == pytest.approx((gain > day).mean(), abs=1e-9)


def test_break_even_is_where_the_next_hour_gains_less_than_a_day(make_draws, make_prices):
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


def test_break_even_at_once_and_never(make_draws, make_prices):
    """0 hours where a day beats the first hour; None where a day never does."""
    draws = make_draws()

    assert find_break_even(draws, make_prices(labels=1, rows=3000)) == 0.0
    assert find_break_even(make_draws(reviewer=1.0), make_prices(labels=500, rows=0.001)) is None


def test_worklist_shorter_than_an_hour(make_draws, make_prices):
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


@pytest.mark.parametrize(
    ("costs", "gains", "price"),
    [
        ((40, 600, 0), (0.004, 0.002), 20.0),
        ((40, 600, 0), (0.0, 0.002), 600.0),
        # The set-up is paid once, however little is gained.
        ((40, 600, 5000), (0.0, 0.002), 5600.0),
        ((40, 0, 5000), (0.0, 0.002), 5000.0),
        ((400, 600, 50), (0.004, 0.006), 200.0),
        # What is free has no price, and is no measure of anything else.
        ((40, 0, 0), (0.004, 0.002), 20.0),
        ((0, 600, 0), (0.004, 0.002), 600.0),
        ((40, 0, 0), (-0.001, 0.002), None),
        ((0, 0, 0), (0.004, 0.002), None),
        ((40, 600, 0), (0.0, -0.001), None),
    ],
)
def test_a_gain_costs_what_its_cheaper_side_asks(make_prices, costs, gains, price):
    """The price counts hours, days and set-up; sides that gain nothing and sides that cost nothing have none."""
    prices = make_prices(*costs)
    told = price_gain(0.002, prices.cleaning, prices.collecting, hour=gains[0], day=gains[1])

    assert told == (None if price is None else pytest.approx(price))
    assert price_gain(0.0, prices.cleaning, prices.collecting, hour=gains[0], day=gains[1]) == 0


def test_the_same_money_is_not_reviewed_past_the_peak(make_grid, make_draws, make_prices):
    """Where reviews far down the list take gains back, the same money is compared as far as it gains most."""
    grid = make_grid()
    falling = dataclasses.replace(grid.rehearsal, deeper=np.full_like(grid.rehearsal.deeper, -0.1))
    draws = make_draws(dataclasses.replace(grid, rehearsal=falling), reviewer=1.0)
    # The money of a day buys 400 labels, whose reviews would lose; a hundred gain more than the day's few rows.
    prices = make_prices(15, labels=10, rows=1)

    assert draws.gain(np.array([400.0]), np.zeros(1)).mean() < 0
    assert compare_per_cost(draws, prices) > 0.9
