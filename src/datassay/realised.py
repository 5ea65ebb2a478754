"""What changed labels and new rows really gained: paired cross-validation on the rows that two contents share."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import InconclusiveError
from datassay.history import Forecast, Realised
from datassay.labels import choice, duplicates, encoding, features
from datassay.labels.estimator import DEFAULTS, Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.pred_probs import MAX_ROWS, N_JOBS, cut_folds
from datassay.labels.ranks import rank_column
from datassay.labels.target import Target
from datassay.matching import Matched, match_rows
from datassay.progress import advance
from datassay.results import Interval, Snapshot
from datassay.spec import AuditSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Up to so many rows folds are drawn six times, three times, and else once.
MANY_REPEATS, SOME_REPEATS = 5_000, 20_000
#: Fewer rows than this in both contents leave too little for a fold.
FEWEST_ROWS = 50


@dataclass(frozen=True)
class _Table:
    """The rows of a measurement, common ones first: all indices below are places in this order."""

    snapshot: Snapshot
    spec: AuditSpec
    target: Target
    #: (c,) labels of the common rows before.
    y_before: NDArray[Any]
    is_changed: NDArray[np.bool_]
    features: Features
    learner: Learner
    #: (c + m,) near duplicates, and rows of one group, share a code.
    bound: Ints

    @property
    def n_common(self) -> int:
        return len(self.y_before)


def measure(
    before: Snapshot, after: Snapshot, spec: AuditSpec, forecast: Forecast, *, stage: str, n_jobs: int = N_JOBS
) -> Realised:
    """Return what became of labels and rows between two contents, and what that gained in the forecast's metric.

    *Cleaning*: the common rows, trained with the labels of before and with those of after; *collecting*: trained on the
    common rows and on these with the new ones; each pair of fits is scored on the same held-out common rows, against
    their later labels. Intervals hold 80 %, over folds and repeats with the variance of Nadeau and Bengio (2003).
    `spec` names id, label and features; task, metric, model and seed are the forecast's. `stage` is what progress is
    called. Raises SpecError and DataError where the contents cannot be matched, InconclusiveError where too few rows
    are common, EngineError where the estimator fails.
    """
    spec = spec.model_copy(update={"task": forecast.task, "metric": forecast.metric, "seed": forecast.seed})
    matched = match_rows(before, after, spec)
    if len(matched.common) < FEWEST_ROWS:
        raise InconclusiveError(
            f"Only {len(matched.common)} labelled rows are in both contents; {FEWEST_ROWS} are needed to measure."
        )
    counted = Realised(
        md5_before=before.md5,
        md5_after=after.md5,
        label=spec.label or "",
        id=spec.id,
        metric=forecast.metric,
        model=forecast.model,
        seed=forecast.seed,
        matched_by=matched.matched_by,
        n_common=len(matched.common),
        n_changed=int(matched.is_changed.sum()),
        n_added=len(matched.added),
        n_removed=matched.n_removed,
        notes=matched.notes,
    )
    if not counted.n_changed and not counted.n_added:
        return counted
    with fitting():
        table, notes = _prepare(matched, after, spec, forecast)
        cleaning, collecting, fraction, n_fits = _run(table, forecast.metric, stage, n_jobs)
    return counted.model_copy(
        update={
            "cleaning": _interval(cleaning, fraction),
            "collecting": _interval(collecting, fraction),
            "n_fits": n_fits,
            "notes": [*matched.notes, *notes],
        }
    )


def _prepare(matched: Matched, after: Snapshot, spec: AuditSpec, forecast: Forecast) -> tuple[_Table, list[str]]:
    """Read and encode the later content's features once, for all fits."""
    common, added, notes = _sample(matched, spec)
    rows = np.concatenate([matched.common[common], matched.added[added]])
    y = np.concatenate([matched.y_after[common], matched.y_added[added]])
    target = Target(matched.task, rows, y, matched.classes, 0)
    table = features.read_features(after, features.choose_columns(after, spec), rows)
    encoded = encoding.encode(table.frame, spec.seed)
    bound, _, _ = duplicates.find_clusters(encoded.matrix, spec.seed, encoded.sources)
    if spec.features.groups:
        groups = rank_column(after, spec.features.groups, rows, "features.groups")
        bound, _ = duplicates.bind_groups(bound, groups)
    if forecast.model in DEFAULTS:
        learner = Learner(matched.task, len(matched.classes), estimator=forecast.model, seed=spec.seed)
        content = Features(matrix=encoded.matrix)
    else:
        chosen = choice.take_given(forecast.model, table.frame, encoded, target, spec.seed)
        learner, content = chosen.learner, chosen.features
    is_changed = matched.is_changed[common]
    return _Table(after, spec, target, matched.y_before[common], is_changed, content, learner, bound), notes


def _sample(matched: Matched, spec: AuditSpec) -> tuple[Ints, Ints, list[str]]:
    """Return which of the common and of the added rows take part: all, or both in the same share."""
    n_common, n_added = len(matched.common), len(matched.added)
    most = spec.max_rows or MAX_ROWS
    if n_common + n_added <= most:
        return np.arange(n_common), np.arange(n_added), []
    rng = np.random.default_rng([spec.seed, 31])
    share = most / (n_common + n_added)
    picks = [np.sort(rng.choice(n, size=round(share * n), replace=False)) for n in (n_common, n_added)]
    return picks[0], picks[1], [f"Measured on a random {most:,} of {n_common + n_added:,} rows."]


def _run(table: _Table, metric: str, stage: str, n_jobs: int) -> tuple[Floats, Floats, float, int]:
    """Return paired differences of score by (repeat, fold), of cleaning and of collecting, test over training rows."""
    from joblib import Parallel, delayed

    n, y = table.n_common, table.target.y
    y_old = np.concatenate([table.y_before, y[n:]])
    added = np.arange(n, len(y))
    repeats = 6 if len(y) <= MANY_REPEATS else 3 if len(y) <= SOME_REPEATS else 1
    # Blocks of time are the same however often they are cut.
    parts = [part for repeat in range(1 if table.spec.features.time else repeats) for part in _folds(table, repeat)]

    def fit(labels: NDArray[Any], train: Ints, test: Ints) -> float:
        return score(metric, y[test], table.learner.fit_predict(table.features, labels, train, test))

    jobs = []
    for train, test in parts:
        jobs.append(delayed(fit)(y, train, test))
        if table.is_changed.any():
            jobs.append(delayed(fit)(y_old, train, test))
        if len(added):
            # A new row that is a copy of a held-out one, or of its group, would give the answer away.
            apart = added[~np.isin(table.bound[added], table.bound[test])]
            jobs.append(delayed(fit)(y, np.concatenate([train, apart]), test))
    scores = []
    advance(stage, 0, len(jobs))
    runs = Parallel(n_jobs=min(n_jobs, os.cpu_count() or 1), backend="threading", return_as="generator")(jobs)
    for value in runs:
        scores.append(value)
        advance(stage, len(scores), len(jobs))
    by_part = np.array(scores).reshape(len(parts), -1)
    cleaning = by_part[:, 0] - by_part[:, 1] if table.is_changed.any() else np.array([])
    collecting = by_part[:, -1] - by_part[:, 0] if len(added) else np.array([])
    fraction = float(np.mean([len(test) / len(train) for train, test in parts]))
    return cleaning, collecting, fraction, len(jobs)


def _folds(table: _Table, repeat: int) -> list[tuple[Ints, Ints]]:
    """Return training and test places, among the common rows, of every fold."""
    n, target = table.n_common, table.target
    shared = replace(target, rows=target.rows[:n], y=target.y[:n])
    spec = table.spec.model_copy(update={"seed": table.spec.seed + repeat})
    cut, _ = cut_folds(table.snapshot, spec, shared, table.bound[:n])
    return [(np.flatnonzero(cut.fold != i), np.flatnonzero(cut.fold == i)) for i in range(cut.n_folds)]


def _interval(gains: Floats, test_fraction: float) -> Interval | None:
    """Return the mean of paired differences (J,) with its 80 % interval; None where there are none.

    The variance of the mean is (1 / J + test / train) s^2: training parts overlap, so that J differences say less than
    J independent ones would.
    """
    from scipy.stats import t

    gains = gains[np.isfinite(gains)]
    if len(gains) < 2:
        return None
    mean = float(gains.mean())
    sd = float(gains.std(ddof=1)) * np.sqrt(1 / len(gains) + test_fraction)
    reach = float(t.ppf(0.9, len(gains) - 1)) * float(sd)
    return Interval(estimate=mean, low=mean - reach, high=mean + reach)
