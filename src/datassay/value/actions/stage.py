"""The stage `actions`: what else could be done with the time, measured within a fixed number of fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from datassay.errors import InconclusiveError, MeasureError
from datassay.labels.estimator import fitting
from datassay.results import Expectations, Interval, Labels, OtherAction, OtherActions, Predictions, Profile, Snapshot
from datassay.spec import AuditSpec
from datassay.value.actions import imputers, nested, pollution, repairs, rows
from datassay.value.actions.bench import MAX_FITS, Bench, load_bench
from datassay.value.actions.failing import Failing, find_failing
from datassay.value.actions.sampling import count_kept, take_part, tell_part
from datassay.value.actions.screen import weigh_columns
from datassay.value.fits import LARGE, N_JOBS

_UNHELD = "not held against what ways of filling in the column differ by, which may be less"
_SPENT = f"The {MAX_FITS} fits of this stage went to what matters more."


@dataclass(frozen=True)
class _Candidate:
    """An action that could be measured, and at most how many fits that takes."""

    #: Told where it is not measured.
    unmeasured: OtherAction
    measure: Callable[[], OtherAction]
    n_fits: int
    #: About what the score could gain at most, by the screen; None where it was not screened.
    stake: float | None = None


def why_skip(spec: AuditSpec) -> str | None:
    """Return why the stage is left out, or None."""
    return None if spec.actions.measure else "the definition says actions: {measure: false}"


def measure_actions(
    snapshot: Snapshot,
    predictions: Predictions,
    labels: Labels,
    spec: AuditSpec,
    *,
    profile: Profile | None,
    expectations: Expectations | None,
    suite: Path | None = None,
    n_jobs: int = N_JOBS,
) -> OtherActions:
    """Measure doubtful labels, copies, fillings and repairs on the folds of `predictions`, by at most 64 fits.

    Columns come in the order of what scrambling them costs times their share of wrong cells; what the fits do not reach
    is listed with that reason. Fits that are left hold gains of missing values against ways of filling in their column.
    An action that cannot be measured stops no other. Of tables of more than ten million numbers a part of the rows is
    looked at. `suite` is the file that `expectations` came of, by which failing cells are found. The same inputs and
    seed give the same record whatever `n_jobs`. Raises DataError where the run's cache is gone.
    """
    bench = load_bench(snapshot, predictions, spec, n_jobs=n_jobs)
    n_all, n_kept = len(bench.y), count_kept(bench, LARGE)
    with fitting():
        if n_kept < n_all:
            bench = take_part(bench, rows.find_copies(bench, snapshot), n_kept)
        gaps = imputers.find_gaps(bench, profile)
        failing = find_failing(bench, snapshot, expectations, suite)
        candidates = [
            *_on_rows(bench, snapshot, labels),
            *_on_gaps(bench, gaps),
            *_on_columns(bench, profile, failing),
        ]
        bench.meter.planned = min(MAX_FITS, bench.meter.done + sum(each.n_fits for each in candidates))
        found = _measure_all(bench, gaps, candidates)
    if len(bench.y) < n_all:
        found = [each if each.gain is None else tell_part(each, len(bench.y), n_all) for each in found]
    return OtherActions(actions=found, n_fits=bench.meter.done)


def _on_rows(bench: Bench, snapshot: Snapshot, labels: Labels) -> Iterator[_Candidate]:
    def drop() -> OtherAction:
        return rows.drop_labels(bench, rows.read_flagged(bench, labels))

    n_fits = bench.n_folds + nested.count_fits(bench.n_folds)
    yield _Candidate(_untold(rows.DROP_LABELS, "drop_labels", n_rows=labels.n_issues), drop, n_fits)
    copies = rows.find_copies(bench, snapshot)
    n_copies = len(copies) - len(np.unique(copies))
    if n_copies:
        told = _untold(rows.DEDUPLICATE, "deduplicate", n_rows=round(n_copies * bench.scale))
        yield _Candidate(told, partial(rows.deduplicate, bench, copies), 2 * bench.n_folds)


def _on_gaps(bench: Bench, gaps: dict[str, pl.Series]) -> Iterator[_Candidate]:
    if gaps:
        told = _untold(imputers.NAME, "spread", columns=list(gaps))
        yield _Candidate(told, partial(imputers.measure_spread, bench, gaps), imputers.N_WORLDS * bench.n_folds)


def _on_columns(bench: Bench, profile: Profile | None, failing: dict[str, Failing]) -> list[_Candidate]:
    """Return what could be done to single columns, by stake; beyond `max_columns` nothing that costs people time."""
    fixes = repairs.find_repairs(bench, profile)
    targets = pollution.find_targets(bench, profile, failing)
    shares = [*((fix.column, fix.n_cells / len(bench.y)) for fix in fixes), *((t.column, t.share) for t in targets)]
    columns = dict.fromkeys(name for name, _ in sorted(shares, key=lambda each: -each[1]))
    weights = weigh_columns(bench, list(columns))

    def stake(column: str, share: float) -> float | None:
        weight = weights.get(column)
        # What a column is worth was measured with its wrong cells in it: the right ones alone make that worth.
        return None if weight is None or not np.isfinite(weight) else max(0.0, weight) * share / max(1 - share, share)

    found = []
    for fix in fixes:
        told, measure = repairs.describe_repair(bench, fix), partial(repairs.measure_repair, bench, fix)
        found.append(_Candidate(told, measure, bench.n_folds, stake(fix.column, fix.n_cells / len(bench.y))))
    costly = [
        _Candidate(
            pollution.describe(bench, target, None),
            partial(pollution.measure_pollution, bench, target),
            pollution.count_fits(bench, target),
            _raise_stake(bench, target, stake(target.column, target.share)),
        )
        for target in targets
    ]
    costly.sort(key=_by_stake)
    return sorted([*found, *costly[: bench.spec.actions.max_columns]], key=_by_stake)


def _raise_stake(bench: Bench, target: pollution.Target, stake: float | None) -> float | None:
    """Return the stake of a column, never nothing where values fail: one that they have ruined looks useless."""
    return stake if target.shape == "missing" else max(stake or 0.0, bench.smallest_gain)


def _measure_all(bench: Bench, gaps: dict[str, pl.Series], candidates: list[_Candidate]) -> list[OtherAction]:
    """Measure all candidates, and hold gains of missing values against the spread over fillings of their column.

    One that is said to help is held at once, before fits go to what matters less; others by the fits that are left, the
    largest first. What promises nothing needs no bound.
    """
    found: list[OtherAction] = []
    promising: dict[int, float] = {}
    together: float | None = None
    for place, candidate in enumerate(candidates):
        action = _try(bench, candidate)
        gain = action.gain
        if gain and action.kind == "spread":
            together = gain.high
        elif gain and action.name == pollution.MISSING and not action.is_bound:
            if action.outcome == "helps":
                action = _hold(bench, gaps, action, together)
            elif gain.estimate >= bench.smallest_gain:
                promising[place] = gain.estimate
        found.append(action)
    for place in sorted(promising, key=lambda each: -promising[each]):
        found[place] = _hold(bench, gaps, found[place], together)
    return found


def _hold(bench: Bench, gaps: dict[str, pl.Series], action: OtherAction, together: float | None) -> OtherAction:
    """Cut an action's gain off at its column's spread, or without fits for that at the spread of all columns."""
    (column,) = action.columns
    before = bench.meter.done
    most, whose = together, "this column" if len(gaps) == 1 else "all columns together"
    if action.gain and len(gaps) > 1 and MAX_FITS - before >= imputers.FEWEST_WORLDS * bench.n_folds:
        try:
            most = imputers.bound_column(bench, gaps[column], action.gain.high, MAX_FITS - before)
            whose = "this column"
        except (MeasureError, InconclusiveError):
            pass  # what all columns show is left
    if most is None:
        return action.model_copy(update={"caveat": _UNHELD})
    held = imputers.cut_off(bench, action, most, whose)
    return held.model_copy(update={"n_fits": action.n_fits + bench.meter.done - before})


def _by_stake(candidate: _Candidate) -> float:
    return -(candidate.stake or 0.0)


def _try(bench: Bench, candidate: _Candidate) -> OtherAction:
    if bench.meter.done + candidate.n_fits > MAX_FITS:
        return _beyond(bench, candidate)
    before = bench.meter.done
    try:
        return candidate.measure()
    except (MeasureError, InconclusiveError) as exc:
        return candidate.unmeasured.model_copy(update={"reason": str(exc), "n_fits": bench.meter.done - before})


def _beyond(bench: Bench, candidate: _Candidate) -> OtherAction:
    """Tell what the screen alone says of an action for which no fits are left."""
    told, stake = candidate.unmeasured, candidate.stake
    if told.name != pollution.MISSING or stake is None or stake > bench.smallest_gain:
        return told.model_copy(update={"reason": _SPENT})
    return told.model_copy(
        update={
            "gain": Interval(estimate=stake, low=0.0, high=stake),
            "gain_per_hour": stake / told.hours,
            "is_bound": True,
            "outcome": "does nothing measurable",
            "measured": (
                "Not fitted: scrambling the whole column costs the model too little for its wrong cells to matter."
            ),
        }
    )


def _untold(name: str, kind: str, **details: Any) -> OtherAction:
    return OtherAction.model_validate({"name": name, "kind": kind, "outcome": "not measured", **details})
