"""Repairs that cost people time: the table is made a little dirtier, and the way back is read off (COMET).

Source: Mohammed et al., COMET (docs/methods.md). Each column gets one and two more shares of the errors that it has
today; a straight line through the paired losses says what one share less would gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from datassay.results import Expectations, Interval, OtherAction, Profile
from datassay.value.actions.bench import Bench, Mask, Trial
from datassay.value.actions.reading import name_outcome, read_differences
from datassay.value.actions.repairs import blank_suspects
from datassay.value.grid import Floats

MISSING = "Look up the missing values"
FAILING = "Correct the values that fail a check"

#: Shares of today's errors that are added.
DOSES = (1.0, 2.0)
#: More errors than this leave too few right cells to spoil one share of.
MOST_ERRORS = 0.5
#: Most right cells that may be spoiled: some must be left in every training part.
MOST_SPOILED = 0.8


@dataclass(frozen=True)
class Target:
    """The cells of one column that people would have to correct."""

    column: str
    shape: Literal["missing", "failing"]
    #: (n,) which cells are missing; for failing checks, whose rows no record names, none.
    known_bad: Mask
    #: Share of the column's cells that are wrong.
    share: float

    @property
    def name(self) -> str:
        """Return the action's name."""
        return MISSING if self.shape == "missing" else FAILING


def find_targets(bench: Bench, profile: Profile | None, expectations: Expectations | None) -> list[Target]:
    """Return columns with missing cells, plain or disguised, and with cells that fail an expectation."""
    profiled = {column.name: column for column in profile.columns} if profile else {}
    failing = _failing_shares(expectations)
    targets = []
    for name in bench.own_columns:
        series = bench.frame[name]
        is_missing = blank_suspects(series, profiled.get(name)).is_null().to_numpy()
        if is_missing.any():
            targets.append(Target(name, "missing", is_missing, float(is_missing.mean())))
        if name in failing:
            targets.append(Target(name, "failing", np.zeros(len(series), dtype=bool), failing[name]))
    return targets


def measure_pollution(bench: Bench, target: Target) -> OtherAction:
    """Pollute training and test rows alike at both doses, and read the line one share cleaner."""
    if target.share > MOST_ERRORS:
        more = "More than half of the cells are wrong: too few right ones are left to see what a wrong one costs."
        return describe(bench, target, None, reason=more)
    doses = np.array(DOSES) * min(1.0, MOST_SPOILED * (1 - target.share) / (DOSES[-1] * target.share))
    baseline = bench.baseline()
    columns = pollute(bench, target, doses)
    trials = [Trial(partial(bench.features, {target.column: column})) for column in columns]
    losses = np.column_stack([baseline - bench.run(trial)[:, 0] for trial in trials])
    # Least squares through the origin: no more errors, no loss.
    slopes = losses @ doses / (doses @ doses)
    return describe(bench, target, slopes, n_fits=len(doses) * bench.n_folds)


def pollute(bench: Bench, target: Target, doses: Floats) -> list[pl.Series]:
    """Return the column with `doses` times today's errors added; what is spoiled at a small dose stays so at a larger.

    A spoiled cell gets what a wrong cell holds: a null, or the column's own way of saying so. Which values fail a check
    is not known, only how many; there a spoiled cell gets the value of another row.
    """
    series = bench.frame[target.column]
    rng = np.random.default_rng([bench.spec.seed, 11, bench.frame.columns.index(target.column), len(target.shape)])
    order = rng.permutation(np.flatnonzero(~target.known_bad))
    bad = np.flatnonzero(target.known_bad)
    donor = rng.choice(bad, len(series)) if len(bad) else rng.permutation(len(series))
    polluted = []
    for dose in doses:
        source = np.arange(len(series))
        rows = order[: max(1, round(dose * target.share * len(series)))]
        source[rows] = donor[rows]
        polluted.append(series.gather(source))
    return polluted


def describe(
    bench: Bench, target: Target, slopes: Floats | None, *, n_fits: int = 0, reason: str | None = None
) -> OtherAction:
    """Return the action on `target`; `slopes` (F,) are gains of one share less by fold, None where not measured."""
    actions = bench.spec.actions
    n_cells = max(1, round(target.share * bench.frame.height * bench.scale))
    hours = n_cells / actions.cells_per_hour
    gain: Interval | None = None
    p_gains = None
    if slopes is not None:
        gain, p_gains = read_differences(slopes, bench.n_folds)
    what = "the values of other rows" if target.shape == "failing" else "missing ones"
    return OtherAction(
        name=target.name,
        kind="pollution",
        columns=[target.column],
        n_cells=n_cells,
        hours=hours,
        cost=hours * bench.spec.cleaning.cost_per_hour,
        gain=gain,
        gain_per_hour=gain.estimate / hours if gain else None,
        p_gains=p_gains,
        n_fits=n_fits,
        outcome=name_outcome(gain, bench.smallest_gain) if gain else "not measured",
        measured=f"Up to two more shares of its cells were replaced by {what}, and the line read one share cleaner."
        if gain
        else "",
        reason=reason,
    )


def _failing_shares(expectations: Expectations | None) -> dict[str, float]:
    """Return the largest share of values that fail one check, by column; nulls are not values."""
    shares: dict[str, float] = {}
    for result in expectations.results if expectations else []:
        share = result.unexpected_fraction
        if result.outcome == "failed" and result.column and share and "null" not in result.type:
            shares[result.column] = max(shares.get(result.column, 0.0), share)
    return shares
