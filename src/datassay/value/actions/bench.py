"""What every action is measured on: the audit's own rows, folds, learner and predictions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.labels.encoding import Encoded, encode, impute
from datassay.labels.estimator import Features, Learner, load_features, load_learner
from datassay.labels.features import read_features, to_pandas
from datassay.labels.metrics import score
from datassay.labels.pred_probs import load_arrays
from datassay.progress import advance
from datassay.results import Interval, Predictions, Snapshot
from datassay.spec import AuditSpec
from datassay.value.assumptions import find_smallest_gain
from datassay.value.grid import Floats, Ints

Mask = NDArray[np.bool_]

#: Most fits of the whole stage.
MAX_FITS = 64


@dataclass(frozen=True)
class Trial:
    """One variant of the table, or of its training parts, to be fitted once per fold."""

    #: Made when it is its turn, so that one changed matrix is in memory at a time.
    make: Callable[[], Features]
    #: Which rows (n,) a fold may train on, besides those that it tests; None is all.
    may_train: Callable[[int], Mask] | None = None
    #: Which rows (n,) are scored: one column of scores for each.
    views: tuple[Mask, ...] = ()
    #: A second metric, scored on all rows in one more column.
    also: str | None = None


@dataclass
class Meter:
    """Fits done and planned, for the progress display."""

    done: int = 0
    planned: int = 0

    def add(self, n: int = 1) -> None:
        """Count `n` more fits."""
        self.done += n
        advance("actions", self.done, max(self.planned, self.done))


@dataclass(frozen=True)
class Bench:
    """The labelled rows as the model sees them, and how it did on them out of sample."""

    learner: Learner
    metric: str
    #: What the model may see, one row per labelled row.
    frame: pl.DataFrame
    #: For each column of `frame` the column of the snapshot that it comes from.
    sources: list[str]
    #: The features that the audit's predictions were made of.
    today: Features
    #: `frame` as a matrix, before any imputation.
    encoded: Encoded
    #: Whether the model got medians for missing values.
    is_imputed: bool
    y: NDArray[Any]
    #: (n, k) or (n,), out of sample.
    pred: Floats
    fold: Ints
    #: (n,) positions in the snapshot.
    row: Ints
    spec: AuditSpec
    #: Labelled rows of the snapshot over rows that are fitted.
    scale: float
    n_jobs: int
    #: What scrambling each column of the snapshot costs, as the audit's own fits have told.
    importances: Mapping[str, Interval] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    @property
    def n_folds(self) -> int:
        """Return the number of folds."""
        return int(self.fold.max()) + 1

    @property
    def smallest_gain(self) -> float:
        """Return the gain below which nothing matters, in units of the metric."""
        return find_smallest_gain(self.metric, self.spec)

    @property
    def own_columns(self) -> list[str]:
        """Return the columns that are as the table has them: no parts of an array."""
        return [name for name, source in zip(self.frame.columns, self.sources, strict=True) if name == source]

    def features(self, changed: Mapping[str, pl.Series]) -> Features:
        """Return today's features with some columns of the table replaced, encoded as before."""
        if self.learner.wants_table:
            return Features(table=to_pandas(self.frame.with_columns(_named(changed))))
        origins = np.array(self.encoded.sources)
        blocks, matrix = {}, self.encoded.matrix.copy()
        for series in _named(changed):
            block = encode(series.to_frame(), self.learner.seed).matrix
            places = np.flatnonzero(origins == series.name)
            if len(places) == block.shape[1]:
                matrix[:, places] = block
            else:
                blocks[series.name] = block
        if blocks:
            kept = matrix[:, ~np.isin(origins, list(blocks))]
            matrix = np.ascontiguousarray(np.hstack([kept, *blocks.values()]))
        return Features(matrix=impute(matrix) if self.is_imputed else matrix)

    def is_same(self, changed: Mapping[str, pl.Series]) -> bool:
        """Return whether the model would not see the change, because the encoding undoes it."""
        if self.learner.wants_table:
            return all(series.equals(self.frame[name]) for name, series in changed.items())
        found, today = self.features(changed).matrix, self.today.matrix
        if found is None or today is None or found.shape != today.shape:
            return False
        return bool(np.array_equal(found, today, equal_nan=True))

    def baseline(self, view: Mask | None = None, metric: str | None = None) -> Floats:
        """Return the score of the audit's own predictions by fold (F,), on the rows of `view`."""
        parts = [self._test(i, view) for i in range(self.n_folds)]
        return np.array([score(metric or self.metric, self.y[rows], self.pred[rows]) for rows in parts])

    def run(self, trial: Trial) -> Floats:
        """Return the scores (F, V) of a trial by fold and view (then `also`); raises EngineError where a fit fails.

        Call it inside `fitting()`.
        """
        from joblib import Parallel, delayed

        features, views = trial.make(), trial.views or (None,)

        def fit(i: int) -> list[float]:
            is_train = self.fold != i
            if trial.may_train is not None:
                is_train &= trial.may_train(i)
            test = np.flatnonzero(self.fold == i)
            pred = self.learner.fit_predict(features, self.y, np.flatnonzero(is_train), test)
            kept = [np.ones(len(test), dtype=bool) if view is None else view[test] for view in views]
            scores = [score(self.metric, self.y[test[each]], pred[each]) for each in kept]
            return scores if trial.also is None else [*scores, score(trial.also, self.y[test], pred)]

        jobs = Parallel(n_jobs=min(self.n_jobs, os.cpu_count() or 1), backend="threading", return_as="generator")
        scores = []
        for scored in jobs(delayed(fit)(i) for i in range(self.n_folds)):
            scores.append(scored)
            self.meter.add()
        return np.array(scores)

    def _test(self, i: int, view: Mask | None) -> Ints:
        return np.flatnonzero(self.fold == i if view is None else (self.fold == i) & view)


def load_bench(snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, *, n_jobs: int) -> Bench:
    """Read again what the predictions were made of; raises DataError where the run's cache is gone."""
    arrays = load_arrays(predictions)
    table = read_features(snapshot, predictions.feature_columns, arrays.row)
    today = load_features(snapshot, predictions)
    encoded = encode(table.frame, spec.seed)
    is_imputed = bool(today.matrix is not None and not np.isnan(today.matrix).any() and np.isnan(encoded.matrix).any())
    return Bench(
        learner=load_learner(predictions, spec.seed),
        metric=predictions.metric,
        frame=table.frame,
        sources=table.sources,
        today=today,
        encoded=encoded,
        is_imputed=is_imputed,
        y=arrays.given,
        pred=arrays.pred,
        fold=arrays.fold,
        row=arrays.row,
        spec=spec,
        scale=(snapshot.n_rows - predictions.n_missing_labels) / predictions.n_rows,
        n_jobs=n_jobs,
        importances=predictions.importances,
    )


def _named(changed: Mapping[str, pl.Series]) -> list[pl.Series]:
    return [series.alias(name) for name, series in changed.items()]
