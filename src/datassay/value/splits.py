"""The best way to spend a sum of money on hours and days, where money may also be kept."""

from __future__ import annotations

import numpy as np

from datassay.results import Split
from datassay.value.budget import Prices, find_deepest, to_interval
from datassay.value.grid import Floats
from datassay.value.uncertainty import NOTHING, Draws

#: Hours and days at which curves are told; the steps of a ruler, so that tables read well.
LADDER = (1, 2, 3, 5, 8, 12, 16, 24, 40, 60, 80, 120, 160, 240, 400, 640, 1000)
#: Parts of an hour and a day that are looked at besides: the curves may end short of one, or be at their best before.
PARTS = (0.25, 1.0)
#: Shares of a budget that cleaning gets where all of it is spent.
SHARES = np.linspace(0, 1, 21)
#: Gains that differ by less than this share are the same, and so are sums of money.
ROUNDING = 1e-9


def list_steps(unit: float, most: float) -> Floats:
    """Return the ladder in steps of `unit` up to `most`, or to its own end, which is the last step."""
    most = min(most, LADDER[-1] * unit)
    steps = unit * np.array(LADDER, dtype=np.float64)
    # A step just short of the end would only crowd it.
    return np.append(steps[steps < 0.95 * most], most)


def list_points(unit: float, most: float) -> Floats:
    """Return the steps at which a curve is told: none of less than one label or row, and none twice in whole ones."""
    steps = list_steps(max(unit, 1.0), most)
    is_new = np.append(np.diff(np.round(steps)) > 0, True)
    points: Floats = steps[is_new]
    return points


def split_best(draws: Draws, prices: Prices, budgets: list[float], *, is_harmful: bool = False) -> list[Split]:
    """Return what each budget is best spent on, by the mean gain of labels and rows together; the rest is kept.

    Either side may be at its best long before the money is gone, and joint gains count that a repaired label is a
    smaller share of a larger table. All budgets choose from one list, so that more money never gains less. Of what
    gains the same the cheapest is taken, then the least work. Nobody reviews on where that adds errors, nor at all
    where an hour does (`find_deepest`).
    """
    if not budgets:
        return []
    labels, rows = _list_choices(prices, find_deepest(draws, prices, is_harmful=is_harmful), budgets)
    hours, days = labels / prices.cleaning.labels_per_hour, rows / prices.collecting.rows_per_day
    costs = prices.cost_of(labels, rows)
    order = np.lexsort((hours + days, costs))
    gains = draws.gain(labels, rows)
    means = gains.mean(axis=0)
    splits = []
    for budget in budgets:
        affordable = order[costs[order] <= budget * (1 + ROUNDING)]
        most = means[affordable].max()
        i = affordable[int((means[affordable] >= most - max(ROUNDING * most, NOTHING * draws.unit)).argmax())]
        spent = float(hours[i]) * prices.cleaning.cost_per_hour
        splits.append(
            Split(
                budget_cost=budget,
                cleaning_fraction=min(spent / budget, 1.0) if budget > 0 else 0.0,
                hours=float(hours[i]),
                days=float(days[i]),
                gain=to_interval(gains[:, i]),
            )
        )
    return splits


def _list_choices(prices: Prices, deepest: float, budgets: list[float]) -> tuple[Floats, Floats]:
    """Return labels and rows (P,) that are looked at, as far as the largest budget pays for them.

    These are amounts of both sides, each with each; and for every budget each amount with all the rest on the other
    side, and all of the money in different shares.
    """
    labels = _list_amounts(prices.labels_per_hour, prices.most_labels, deepest)
    rows = _list_amounts(prices.rows_per_day, prices.most_rows, prices.most_rows)
    label_costs, row_costs = prices.cost_of(labels, np.zeros_like(labels)), prices.cost_of(np.zeros_like(rows), rows)
    pairs = [(np.repeat(labels, len(rows)), np.tile(rows, len(labels)))]
    for budget in budgets:
        pairs += [
            (labels, prices.rows_for(np.maximum(budget - label_costs, 0.0))),
            (prices.labels_for(np.maximum(budget - row_costs, 0.0)), rows),
            (prices.labels_for(SHARES * budget), prices.rows_for((1 - SHARES) * budget)),
        ]
    labels, rows = (np.concatenate(side) for side in zip(*pairs, strict=True))
    labels = np.minimum(labels, deepest)
    affordable = prices.cost_of(labels, rows) <= max(budgets) * (1 + ROUNDING)
    labels, rows = np.unique(np.stack([labels, rows])[:, affordable], axis=1)
    return labels, rows


def _list_amounts(unit: float, most: float, deepest: float) -> Floats:
    """Return amounts of one side up to `deepest`, ascending from none: steps, and half-way from each to the next."""
    amounts = np.concatenate([[0.0], unit * np.array(PARTS), list_steps(unit, most), [deepest]])
    amounts = np.unique(np.minimum(amounts, deepest))
    return np.sort(np.concatenate([amounts, (amounts[1:] + amounts[:-1]) / 2]))
