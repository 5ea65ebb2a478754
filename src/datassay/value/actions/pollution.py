"""Repairs that cost people time: the table is made dirtier, and what that costs the way back would gain (COMET).

Source: Mohammed et al., COMET (docs/methods.md). Where the wrong cells are known to fail a check, rows with right cells
are spoiled as the table is: from no errors to today's. Other columns get one and two more shares of the errors that
they have; a straight line through the paired losses says what one share less would gain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from datassay.results import Interval, OtherAction, Profile
from datassay.value.actions.bench import Bench, Mask, Trial
from datassay.value.actions.donors import draw_donors
from datassay.value.actions.failing import Failing
from datassay.value.actions.reading import name_outcome, read_differences
from datassay.value.actions.repairs import blank_suspects
from datassay.value.actions.sampling import cut_rows
from datassay.value.grid import Floats

MISSING = "Look up the missing values"
FAILING = "Correct the values that fail a check"
UNKNOWN = "which cells fail could not be found: values of other rows stand in for theirs, which may harm less or more"

#: Times that rows with right cells are spoiled as the table is, each time other cells.
DRAWS = 2
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
    #: (n,) which cells are wrong; None where it is only known how many.
    wrong: Mask | None
    #: (n,) which cells may be spoiled.
    sound: Mask
    #: Share of the column's cells that are wrong.
    share: float

    @property
    def name(self) -> str:
        """Return the action's name."""
        return MISSING if self.shape == "missing" else FAILING

    @property
    def is_found(self) -> bool:
        """Return whether it is known which cells fail a check."""
        return self.shape == "failing" and self.wrong is not None

    @property
    def right_share(self) -> float:
        """Return the share of the column's cells that are right."""
        return float(self.sound.mean()) - (self.share if self.wrong is None else 0.0)


def find_targets(bench: Bench, profile: Profile | None, failing: Mapping[str, Failing]) -> list[Target]:
    """Return columns with missing cells, plain or disguised, and with cells that fail an expectation."""
    profiled = {column.name: column for column in profile.columns} if profile else {}
    targets = []
    for name in bench.own_columns:
        is_missing = blank_suspects(bench.frame[name], profiled.get(name)).is_null().to_numpy()
        if is_missing.any():
            targets.append(Target(name, "missing", is_missing, ~is_missing, float(is_missing.mean())))
        if name in failing:
            targets.append(_target_failing(name, failing[name], is_missing))
    return targets


def count_fits(bench: Bench, target: Target) -> int:
    """Return how many fits measuring takes."""
    return (1 + DRAWS if target.is_found else len(DOSES)) * bench.n_folds


def measure_pollution(bench: Bench, target: Target) -> OtherAction:
    """Pollute training and test rows alike, and tell what cells as right as can be would gain over today's."""
    if target.wrong is not None and not target.wrong.any():
        return describe(bench, target, None, reason="None of the rows that are fitted holds such a cell.")
    if target.share > MOST_ERRORS * (target.share + target.right_share):
        more = "More than half of the cells are wrong: too few right ones are left to see what a wrong one costs."
        return describe(bench, target, None, reason=more)
    if target.is_found and target.wrong is not None:
        return _measure_right_part(bench, target, target.wrong)
    doses = np.array(DOSES) * min(1.0, MOST_SPOILED * target.right_share / (DOSES[-1] * target.share))
    baseline = bench.baseline()
    columns = pollute(bench, target, doses)
    trials = [Trial(partial(bench.features, {target.column: column})) for column in columns]
    losses = np.column_stack([baseline - bench.run(trial)[:, 0] for trial in trials])
    # Least squares through the origin: no more errors, no loss.
    slopes = losses @ doses / (doses @ doses)
    return describe(bench, target, slopes, n_fits=len(doses) * bench.n_folds)


def _measure_right_part(bench: Bench, target: Target, wrong: Mask) -> OtherAction:
    """Fit rows with right cells as they are, and spoiled as the table is: from no errors to today's, and no line."""
    rows = np.flatnonzero(target.sound)
    part = cut_rows(bench, rows)
    if bench.learner.task == "classification" and len(np.unique(part.y)) < len(np.unique(bench.y)):
        return describe(bench, target, None, reason="No row of some class holds a right cell.")
    series = bench.frame[target.column]
    rng = np.random.default_rng([bench.spec.seed, 13, bench.frame.columns.index(target.column)])
    donors = draw_donors(bench, target.column, wrong, target.sound, rng)
    columns = [series.gather(rows)]
    for _ in range(DRAWS):
        source = np.where(_draw_spoiled(bench, target, wrong, rng), donors, np.arange(len(series)))
        columns.append(series.gather(source[rows]))
    right, *spoiled = (part.run(Trial(partial(part.features, {target.column: each})))[:, 0] for each in columns)
    return describe(bench, target, right - np.mean(spoiled, axis=0), n_fits=count_fits(bench, target))


def _draw_spoiled(bench: Bench, target: Target, wrong: Mask, rng: np.random.Generator) -> Mask:
    """Return which right cells (n,) go wrong: as large a share of each class as is wrong today."""
    kinds = bench.y if bench.learner.task == "classification" else np.zeros(len(wrong), dtype=np.int64)
    spoiled = np.zeros(len(wrong), dtype=bool)
    for kind in np.unique(kinds):
        right, n_wrong = np.flatnonzero(target.sound & (kinds == kind)), int(wrong[kinds == kind].sum())
        spoiled[rng.permutation(right)[: round(len(right) * n_wrong / max(len(right) + n_wrong, 1))]] = True
    return spoiled


def pollute(bench: Bench, target: Target, doses: Floats) -> list[pl.Series]:
    """Return the column with `doses` times today's errors added; what is spoiled at a small dose stays so at a larger.

    A spoiled cell gets what a wrong cell holds: a null, or the column's own way of saying so. Where it is only known
    how many cells fail a check, it gets the value of another row.
    """
    series = bench.frame[target.column]
    rng = np.random.default_rng([bench.spec.seed, 11, bench.frame.columns.index(target.column), len(target.shape)])
    order = rng.permutation(np.flatnonzero(target.sound))
    n, wrong = len(series), target.wrong
    donor = rng.permutation(n) if wrong is None else rng.choice(np.flatnonzero(wrong), n)
    polluted = []
    for dose in doses:
        source = np.arange(n)
        rows = order[: max(1, round(dose * target.share * n))]
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
    is_known = target.wrong is not None
    what = "missing ones" if target.shape == "missing" else "those of other rows"
    measured = f"Up to two more shares of its cells were replaced by {what}, and the line read one share cleaner."
    if target.is_found:
        measured = "Rows whose cells pass were fitted as they are, and with as many cells as fail replaced by such."
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
        measured=measured if gain else "",
        caveat=None if is_known or gain is None else UNKNOWN,
        reason=reason,
    )


def _target_failing(column: str, failing: Failing, is_missing: Mask) -> Target:
    wrong = failing.cells
    if wrong is None:
        return Target(column, "failing", None, np.ones(len(is_missing), dtype=bool), failing.share)
    # A gap is not a right value, and a value in its place would tell more than it spoils.
    return Target(column, "failing", wrong, ~(wrong | is_missing), float(wrong.mean()) or failing.share)
