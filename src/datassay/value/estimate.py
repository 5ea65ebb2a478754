"""The value stage: fits, grid, forms, draws, record."""

from __future__ import annotations

import numpy as np
import polars as pl

from datassay.errors import DataError, InconclusiveError
from datassay.labels.estimator import load_features, load_learner
from datassay.labels.pred_probs import Arrays, load_arrays
from datassay.results import Labels, Predictions, Snapshot, Value
from datassay.spec import AuditSpec
from datassay.value.budget import Prices
from datassay.value.fits import N_JOBS, choose_plan, fit_grid
from datassay.value.grid import Floats, Grid
from datassay.value.notes import explain
from datassay.value.summary import summarise
from datassay.value.uncertainty import draw_worlds

#: Fewer labelled rows than this leave too little for a fold's smallest subset.
FEWEST_ROWS = 100

#: Metrics that are negated errors reach 0 at best, all others 1.
ERROR_PREFIX = "neg_"


def estimate_value_stage(
    snapshot: Snapshot, predictions: Predictions, labels: Labels, spec: AuditSpec, *, n_jobs: int = N_JOBS
) -> Value:
    """Return what an hour of cleaning and a day of collecting are worth, in units of `predictions.metric`.

    Gains are against the given labels of held-out rows. The same inputs and seed give the same record whatever
    `n_jobs`. Raises InconclusiveError where there are fewer than 100 labelled rows or no worklist to value, DataError
    where the run's cache is gone, EngineError where the estimator fails.
    """
    if predictions.n_rows < FEWEST_ROWS:
        raise InconclusiveError(
            f"{snapshot.name} has {predictions.n_rows} labelled rows; {FEWEST_ROWS} are needed to measure a curve.",
            hint="Label more rows first.",
        )
    p_wrong = read_p_wrong(labels)
    arrays = load_arrays(predictions)
    grid = _fit(snapshot, predictions, arrays, labels, spec, n_jobs=n_jobs)
    n_now = snapshot.n_rows - predictions.n_missing_labels
    draws = draw_worlds(
        grid,
        n_now=n_now,
        n_classes=len(predictions.classes) or None,
        ceiling=0.0 if predictions.metric.startswith(ERROR_PREFIX) else 1.0,
        noise_rate=labels.noise_rate,
        most_noise=find_most_noise(predictions, arrays, labels),
        is_reviewed=labels.noise_rate_source == "review",
        precision=labels.detector_precision,
        p_wrong=p_wrong,
        reviewer_accuracy=spec.cleaning.reviewer_accuracy,
        seed=spec.seed,
    )
    prices = Prices(spec.cleaning, spec.collecting, n_worklist=len(p_wrong), n_now=n_now)
    return summarise(
        grid,
        draws,
        prices,
        metric=predictions.metric,
        baseline=predictions.score,
        noise_rate=labels.noise_rate.estimate if predictions.task == "classification" else None,
        notes=explain(grid, draws, prices, predictions),
    )


def read_p_wrong(labels: Labels) -> Floats:
    """Return P(wrong) of the worklist's rows, worst first; raises DataError where there is no worklist to read."""
    if labels.worklist_path is None or not labels.detector_precision:
        raise InconclusiveError("There is no worklist, so reviewing it cannot be valued.")
    try:
        table = pl.read_parquet(labels.worklist_path, columns=["rank", "p_wrong"])
    except (OSError, pl.exceptions.PolarsError) as exc:
        raise DataError("The worklist cannot be read from the cache.", hint="Run the audit again.") from exc
    p_wrong = table.sort("rank")["p_wrong"].cast(pl.Float64).to_numpy()
    if not len(p_wrong) or not np.isfinite(p_wrong).all():
        raise InconclusiveError("The worklist is empty or holds rows without a probability of being wrong.")
    clipped: Floats = np.clip(p_wrong, 0.0, 1.0)
    return clipped


def find_most_noise(predictions: Predictions, arrays: Arrays, labels: Labels) -> float:
    """Return the largest noise rate to believe.

    A model cannot agree with labels more often than they follow the features, so where no review says otherwise at
    most as many are wrong as it disagrees with; noise that features explain is not in any model's estimate anyway.
    """
    if predictions.task == "regression" or labels.noise_rate_source == "review":
        return 1.0
    disagreement = float((arrays.pred.argmax(axis=1) != arrays.given).mean())
    return max(disagreement, labels.noise_rate.estimate)


def _fit(
    snapshot: Snapshot, predictions: Predictions, arrays: Arrays, labels: Labels, spec: AuditSpec, *, n_jobs: int
) -> Grid:
    features = load_features(snapshot, predictions)
    width = features.content.shape[1]
    return fit_grid(
        load_learner(predictions, spec.seed),
        features,
        arrays.given,
        pred=arrays.pred,
        fold=arrays.fold,
        metric=predictions.metric,
        noise_rate=labels.noise_rate.estimate,
        transition=labels.transition_matrix,
        plan=choose_plan(predictions.n_rows, width),
        reshuffle=predictions.splits in {"stratified", "random"} and predictions.n_near_duplicates == 0,
        n_jobs=n_jobs,
    )
