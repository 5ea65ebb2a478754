"""Missing values: how far the score moves between ways of filling them in bounds what the true values could change.

Idea: CPClean (Karlas et al. 2020), for any learner. It is a bound only where the truth lies among the worlds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl

from datassay.errors import InconclusiveError
from datassay.results import Interval, OtherAction, Profile
from datassay.value.actions.bench import Bench, Trial
from datassay.value.actions.reading import name_outcome, read_differences
from datassay.value.actions.repairs import blank_suspects
from datassay.value.grid import Floats, Ints

NAME = "Fill in all missing values with the true ones"
#: Ways of filling in that are fitted; the table as it is makes one more.
N_WORLDS = 3
#: Fewest of them that bound a single column.
FEWEST_WORLDS = 2
#: Rows of which the nearest is looked for.
MOST_DONORS = 2000
_OWN_CATEGORY = "(missing)"
BEYOND = "more was read off than ways of filling in differ by, and the true values may not lie among these"


def find_gaps(bench: Bench, profile: Profile | None) -> dict[str, pl.Series]:
    """Return the columns that have missing values, plain or disguised, with all of them as nulls."""
    profiled = {column.name: column for column in profile.columns} if profile else {}
    columns = {name: blank_suspects(bench.frame[name], profiled.get(name)) for name in bench.own_columns}
    return {name: series for name, series in columns.items() if 0 < series.null_count() < len(series)}


def measure_spread(bench: Bench, gaps: dict[str, pl.Series]) -> OtherAction:
    """Return the distance between the best and the worst world, which the true values change the score by at most."""
    scores, names = _run_worlds(bench, gaps)
    gain, is_clear = _read_spread(scores, bench.n_folds)
    n_cells = round(sum(series.null_count() for series in gaps.values()) * bench.scale)
    hours = n_cells / bench.spec.actions.cells_per_hour
    is_nothing = not is_clear or gain.high < bench.smallest_gain
    return OtherAction(
        name=NAME,
        kind="spread",
        columns=list(gaps),
        n_cells=n_cells,
        hours=hours,
        cost=hours * bench.spec.cleaning.cost_per_hour,
        gain=gain,
        gain_per_hour=gain.estimate / hours,
        is_bound=True,
        n_fits=(len(scores) - 1) * bench.n_folds,
        outcome="does nothing measurable" if is_nothing else "at most",
        measured=(
            f"Distance between the best and the worst of {len(scores)} tables: as it is, and with every gap filled "
            f"with {'; '.join(names)}."
        ),
    )


def bound_column(bench: Bench, gap: pl.Series, enough: float, most_fits: int) -> float:
    """Return the upper end of the spread over ways of filling in one column, by at most so many fits.

    Once it reaches `enough` no further way is tried. Raises InconclusiveError where the model sees none of them.
    """
    scores, high = [bench.baseline()], 0.0
    for fill in (_nearest_filler(bench), _fill_middle, _fill_frequent):
        changed = {gap.name: fill(gap)}
        if high < enough and len(scores) * bench.n_folds <= most_fits and not bench.is_same(changed):
            scores.append(bench.run(Trial(partial(bench.features, changed)))[:, 0])
            high = _read_spread(np.array(scores), bench.n_folds)[0].high
    if len(scores) == 1:
        raise InconclusiveError("No way of filling in the missing values changes what the model sees.")
    return high


def cut_off(bench: Bench, action: OtherAction, most: float, whose: str) -> OtherAction:
    """Return what looking up a column's missing values gains, but no more than `most`, by fillings of `whose` gaps."""
    gain = action.gain
    if gain is None or gain.high <= most:
        return action.model_copy(
            update={"measured": f"{action.measured} Ways of filling in {whose} differ by no less."}
        )
    cut = Interval(estimate=min(gain.estimate, most), low=min(gain.low, most), high=most)
    return action.model_copy(
        update={
            "gain": cut,
            "gain_per_hour": cut.estimate / action.hours,
            "outcome": name_outcome(cut, bench.smallest_gain),
            "measured": f"{action.measured} The gain ends where ways of filling in {whose} do.",
            "caveat": BEYOND if gain.estimate > most else action.caveat,
        }
    )


def _run_worlds(bench: Bench, gaps: dict[str, pl.Series]) -> tuple[Floats, list[str]]:
    """Return scores (W, F), of the table as it is first, then of each way of filling in that the model sees; names."""
    worlds = {
        "the median, or a category of its own": _fill_middle,
        "the most frequent value": _fill_frequent,
        "the value of the nearest row": _nearest_filler(bench),
    }
    scores = [bench.baseline()]
    for fill in worlds.values():
        changed = {name: fill(series) for name, series in gaps.items()}
        if not bench.is_same(changed):
            scores.append(bench.run(Trial(partial(bench.features, changed)))[:, 0])
    if len(scores) == 1:
        raise InconclusiveError("No way of filling in the missing values changes what the model sees.")
    return np.array(scores), list(worlds)


def _read_spread(scores: Floats, n_folds: int) -> tuple[Interval, bool]:
    """Return the spread of mean scores (W, F) over worlds, and whether best and worst differ measurably."""
    means = np.nanmean(scores, axis=1)
    best, worst = scores[means.argmax()], scores[means.argmin()]
    interval, _ = read_differences(best - worst, n_folds)
    return Interval(estimate=interval.estimate, low=0.0, high=interval.high), interval.low > 0


def _fill_middle(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        return series.fill_null(_OWN_CATEGORY)
    known = series.drop_nulls().sort()
    return series.fill_null(known[len(known) // 2])


def _fill_frequent(series: pl.Series) -> pl.Series:
    counts = series.alias("value").drop_nulls().value_counts().sort("count", "value", descending=[True, False])
    return series.fill_null(counts["value"][0])


def _nearest_filler(bench: Bench) -> Callable[[pl.Series], pl.Series]:
    matrix = bench.encoded.matrix
    known = ~np.isnan(matrix)
    center = np.nan_to_num(np.where(known, matrix, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    Z = np.where(known, matrix - center, 0).astype(np.float32)
    spread = np.sqrt((Z**2).mean(axis=0))
    Z /= np.where(spread > 0, spread, 1)
    origins = np.array(bench.encoded.sources)

    def fill(series: pl.Series) -> pl.Series:
        from sklearn.metrics import pairwise_distances_argmin

        is_missing = series.is_null().to_numpy()
        rng = np.random.default_rng([bench.spec.seed, 12, bench.frame.columns.index(series.name)])
        donors = rng.permutation(np.flatnonzero(~is_missing))[:MOST_DONORS]
        rest = Z[:, origins != series.name]
        source: Ints = np.arange(len(series))
        source[is_missing] = (
            donors[pairwise_distances_argmin(rest[is_missing], rest[donors])]
            if rest.shape[1]
            else rng.choice(donors, int(is_missing.sum()))
        )
        return series.gather(source)

    return fill
