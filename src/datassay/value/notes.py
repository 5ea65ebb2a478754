"""What a reader of the value record must know of how it came about."""

from __future__ import annotations

import numpy as np

from datassay.results import Predictions
from datassay.value.budget import Prices
from datassay.value.collecting import MAX_GROWTH, Power
from datassay.value.grid import Grid
from datassay.value.uncertainty import Draws
from datassay.value.wording import plural


def explain(grid: Grid, draws: Draws, prices: Prices, predictions: Predictions) -> list[str]:
    """Return one sentence per limit that was met or choice that was made, most consequential first."""
    notes = [*_shape(draws), *_limits(prices), *_costs(prices)]
    if draws.n_now > predictions.n_rows:
        notes.append(
            f"Curves were measured on up to {grid.sizes[-1]:,.0f} training rows and carried on to {draws.n_now:,} rows."
        )
    if predictions.splits.startswith("groups: "):
        notes.append(f"Folds follow {predictions.splits}; all repeats keep them, and {_tell_subsets(grid)}")
    elif predictions.splits not in {"stratified", "random"}:
        notes.append(
            f"Folds follow {predictions.splits}; all repeats keep them, and smaller training sets are random subsets."
        )
    elif predictions.n_near_duplicates:
        notes.append(
            "Near duplicates share a fold, and come into a subset together: all repeats keep the folds and vary the "
            "subsets only."
        )
    notes.append(
        f"Cleaning was rehearsed on the first {grid.depth * 100:.2g} % of the list, changed into what "
        "they are believed to be; the belief rests on models trained on drawn true labels."
    )
    if predictions.task == "regression":
        notes.append("A wrong target counts as a target that says nothing: c = 1 in the formulas of size and noise.")
    return notes


def _tell_subsets(grid: Grid) -> str:
    if grid.is_by_groups:
        return "smaller training sets are of whole groups, for a day brings new ones."
    return (
        "smaller training sets are random rows of all groups, for there are too few groups, or too few of one class, "
        "to leave some out: what rows of new groups gain may be told too low."
    )


def _shape(draws: Draws) -> list[str]:
    notes = []
    # The curve is that of rows as they come: what the classes of others do stands in a note of its own.
    of = "" if isinstance(draws.power, Power) else " that come as they do today"
    if np.quantile(draws.log_slope, 0.9) <= 0:
        told = f"The score falls with more rows{of}, in nine of ten draws"
        harm = "that is taken at its word, for labels of a class are mostly wrong"
        notes.append(f"{told}: {harm if draws.power.may_fall else 'their gain is taken as almost none'}.")
    elif np.quantile(draws.log_slope, 0.1) <= 0:
        notes.append(f"The learning curve is flat within its noise: more rows{of} may change nothing.")
    if np.quantile(draws.sensitivity.steepness(), 0.1) <= 0:
        notes.append("Cleaning in rehearsals did not clearly raise the score: this learner may not mind wrong labels.")
    return notes


def _limits(prices: Prices) -> list[str]:
    notes = []
    if prices.cleaning.labels_per_hour > prices.most_labels:
        notes.append(f"The worklist has {plural(prices.n_worklist, 'row')}, less than an hour of reviewing.")
    if prices.collecting.rows_per_day > prices.most_rows:
        notes.append(
            f"One day brings more than {MAX_GROWTH - 1:g} times today's rows; gains are not extrapolated beyond "
            f"{MAX_GROWTH:g} times, so the gain of a day is that of {prices.most_rows:,.0f} rows."
        )
    else:
        notes.append(f"Curves end at {MAX_GROWTH:g} times today's rows; further points would be guesses.")
    return notes


def _costs(prices: Prices) -> list[str]:
    cleaning, collecting = prices.cleaning.cost_per_hour, prices.collecting.cost_per_day
    if cleaning == 0 and collecting == 0 and prices.collecting.setup_cost == 0:
        return ["Neither side costs anything by the hour or day: the same money compares one hour with one day."]
    if cleaning == 0 and collecting == 0:
        told = (
            "Neither side costs anything by the hour or day: for the money that collecting needs once, the whole "
            f"worklist counts as reviewed, or {prices.most_rows:,.0f} rows as collected."
        )
        return [told]
    if cleaning == 0:
        return ["Cleaning costs nothing: wherever money is compared, the whole worklist counts as reviewed."]
    if collecting == 0:
        return [f"New rows cost nothing: wherever money is compared, {prices.most_rows:,.0f} rows count as collected."]
    return []
