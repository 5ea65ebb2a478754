"""Draws turned into the value record: all its figures come from the same draws."""

from __future__ import annotations

import numpy as np

from datassay.results import Cleaning, CleaningPoint, Collecting, CollectingPoint, Interval, Value
from datassay.value.budget import (
    Prices,
    choose_budgets,
    compare,
    compare_per_cost,
    find_break_even,
    lose,
    prefers_cleaning,
    to_interval,
)
from datassay.value.grid import Floats, Grid
from datassay.value.settling import plan_review
from datassay.value.splits import list_points, split_best
from datassay.value.uncertainty import Draws


def summarise(
    grid: Grid,
    draws: Draws,
    prices: Prices,
    *,
    metric: str,
    baseline: float,
    noise_rate: float | None,
    notes: list[str],
    is_harmful: bool = False,
    seed: int = 0,
) -> Value:
    """Return the value record; `noise_rate` is None for regression, which has no closed-form exchange rate.

    `is_harmful` says that cleaning is known to harm, so that no budget buys any.
    """
    labels, rows = np.array([prices.labels_per_hour]), np.array([prices.rows_per_day])
    none = np.zeros(1)
    hour, day = draws.gain(labels, none)[:, 0], draws.gain(none, rows)[:, 0]
    is_likely = compare(hour, day)
    return Value(
        metric=metric,
        baseline=baseline,
        baseline_believed=grid.believed,
        n_train=draws.n_now,
        n_fits=grid.n_fits,
        anchors=grid.summarise(),
        cleaning=_describe_cleaning(draws, prices, hour),
        collecting=_describe_collecting(draws, prices, day),
        p_cleaning_beats_collecting=is_likely,
        p_cleaning_beats_collecting_per_cost=compare_per_cost(draws, prices, is_harmful=is_harmful),
        exchange_rate=_median_interval(draws.exchange_rate()),
        is_exchange_rate_measured=draws.is_exchange_rate_measured,
        exchange_rate_closed_form=_closed_form(draws.c, noise_rate),
        best_split=split_best(draws, prices, choose_budgets(prices), is_harmful=is_harmful),
        break_even_hours=find_break_even(draws, prices),
        evpi=lose(hour, day, max(hour.mean(), day.mean())),
        review=plan_review(draws, prices, hour, day, seed=seed),
        expected_regret=lose(hour, day, (hour if prefers_cleaning(is_likely, hour.mean(), day.mean()) else day).mean()),
        notes=notes,
    )


def _closed_form(c: float, noise_rate: float | None) -> float | None:
    if noise_rate is None or c * noise_rate >= 1:
        return None
    return 2 * c / (1 - c * noise_rate)


def _median_interval(draws: Floats) -> Interval:
    # A ratio has no mean worth telling where its denominator comes near zero; its quantiles are fine.
    low, middle, high = (float(q) for q in np.quantile(draws, [0.1, 0.5, 0.9]))
    return Interval(estimate=middle, low=low, high=high)


def _describe_cleaning(draws: Draws, prices: Prices, hour: Floats) -> Cleaning:
    spec = prices.cleaning
    labels = list_points(prices.labels_per_hour, prices.most_labels)
    gains = draws.gain(labels, np.zeros_like(labels))
    curve = []
    for i, k in enumerate(labels):
        gain, hours = to_interval(gains[:, i]), float(k / spec.labels_per_hour)
        curve.append(
            CleaningPoint(
                labels=round(float(k)),
                hours=hours,
                cost=hours * spec.cost_per_hour,
                gain=gain.estimate,
                low=gain.low,
                high=gain.high,
            )
        )
    return Cleaning(
        per_hour=to_interval(hour),
        labels_per_hour=spec.labels_per_hour,
        cost_per_hour=spec.cost_per_hour,
        reviewer_accuracy=spec.reviewer_accuracy,
        n_wrong_per_hour=float(draws.fixed.wrong(np.array([prices.labels_per_hour])).mean()),
        curve=curve,
    )


def _describe_collecting(draws: Draws, prices: Prices, day: Floats) -> Collecting:
    spec = prices.collecting
    rows = list_points(prices.rows_per_day, prices.most_rows)
    gains = draws.gain(np.zeros_like(rows), rows)
    curve = []
    for i, m in enumerate(rows):
        gain, days = to_interval(gains[:, i]), float(m / spec.rows_per_day)
        curve.append(
            CollectingPoint(
                rows=round(float(m)),
                days=days,
                cost=spec.setup_cost + days * spec.cost_per_day,
                gain=gain.estimate,
                low=gain.low,
                high=gain.high,
            )
        )
    return Collecting(
        per_day=to_interval(day),
        rows_per_day=spec.rows_per_day,
        cost_per_day=spec.cost_per_day,
        setup_cost=spec.setup_cost,
        curve=curve,
    )
