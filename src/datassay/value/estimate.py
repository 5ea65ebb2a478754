"""The value stage: fits, rehearsals, draws, record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datassay.errors import InconclusiveError
from datassay.labels.estimator import load_features, load_learner
from datassay.labels.metrics import best_score, foresees_all
from datassay.labels.pred_probs import Arrays, load_arrays
from datassay.labels.ranks import rank_column
from datassay.results import Labels, Predictions, Snapshot, Value
from datassay.spec import AuditSpec
from datassay.value.beliefs import Knowledge
from datassay.value.budget import Prices
from datassay.value.fits import N_JOBS, choose_plan, fit_grid
from datassay.value.grid import Floats, Grid
from datassay.value.harm import will_harm
from datassay.value.known import find_belief, find_most_noise, find_voices, know
from datassay.value.listed import Listed, read_worklist
from datassay.value.noise_type import find_swamped
from datassay.value.notes import explain
from datassay.value.rehearsals import Worklist
from datassay.value.settling import trust_reviewers
from datassay.value.steering import Mixture, explain_mixture, find_mixture, steer
from datassay.value.summary import summarise
from datassay.value.uncertainty import draw_worlds
from datassay.value.weights import choose_weights

#: Fewer labelled rows than this leave too little for a fold's smallest subset.
FEWEST_ROWS = 100

#: Shares of the labels that a rehearsal lists, at least and at most: of fewer the gain is lost in the noise of fits, of
#: more the doses are too small to be found.
LEAST_DEPTH, MOST_DEPTH = 0.05, 0.2
#: The share that the deep rehearsal lists: budgets of a week or a month buy about so much of most tables.
DEEP = 0.4

#: Errors were learned on scores that lead the prior by about so much; metrics without a scale take theirs from that.
USUAL_LEAD = 0.4

#: The least lead of an error that is taken for its scale, as a share of what the prior loses. A model may rank rows
#: well and be no better than the prior by its log loss, or worse: gains are no surer for that.
LEAST_LEAD = 0.1


def estimate_value_stage(
    snapshot: Snapshot, predictions: Predictions, labels: Labels, spec: AuditSpec, *, n_jobs: int = N_JOBS
) -> Value:
    """Return what an hour of cleaning and a day of collecting are worth, in units of `predictions.metric`.

    Gains are those on the labels that are believed to be true. The same inputs and seed give the same record whatever
    `n_jobs`. Raises InconclusiveError where there are fewer than 100 labelled rows, no worklist to value, or a model
    or column that foresees every label, DataError where the run's cache is gone, EngineError where the estimator fails.
    """
    if predictions.n_rows < FEWEST_ROWS:
        raise InconclusiveError(
            f"{snapshot.name} has {predictions.n_rows} labelled rows; {FEWEST_ROWS} are needed to measure a curve.",
            hint="Label more rows first.",
        )
    if labels.n_reviews >= labels.n_labelled:
        raise InconclusiveError(
            "Every label has been reviewed, so there is nothing left to clean.",
            hint="Put the corrections into the data; in a project, 'datassay review apply' does.",
        )
    # Labels by a rule are foreseen with their errors: what reviewers or votes say of them is then the only word.
    is_model = labels.noise_rate_source == "model" and not labels.n_reviews
    if is_model and predictions.given_away_by is not None:
        raise InconclusiveError(
            f"The column {predictions.given_away_by!r} alone foresees every given label, so what labels or rows would "
            "gain cannot be seen.",
            hint="Exclude it if it is a copy of the label, or known only afterwards.",
        )
    if is_model and foresees_all(predictions.metric, predictions.score, predictions.prior_score):
        raise InconclusiveError(
            f"The model foresees every given label ({predictions.metric} {predictions.score:.3f}), so what labels or "
            "rows would gain cannot be seen.",
            hint="Make sure that no column gives the label away.",
        )
    stated, spec = spec.cleaning.reviewer_accuracy, trust_reviewers(spec, labels)
    arrays = load_arrays(predictions)
    listed = read_worklist(labels, arrays, predictions.classes)
    n_now = snapshot.n_rows - predictions.n_missing_labels
    prices = Prices(spec.cleaning, spec.collecting, n_worklist=len(listed.rows), n_now=n_now)
    voices = find_voices(labels)
    belief = find_belief(arrays, labels, listed, spec.seed, voices=voices)
    known = know(
        snapshot,
        predictions,
        arrays,
        labels=labels,
        listed=listed,
        seed=spec.seed,
        stated=stated,
        voices=voices,
    )
    mixture = find_mixture(spec.collecting.class_share, predictions.classes, find_sizes(arrays, predictions, n_now))
    grid = _fit(
        snapshot,
        predictions,
        arrays,
        listed=listed,
        belief=belief,
        known=known,
        spec=spec,
        prices=prices,
        mixture=mixture,
        n_jobs=n_jobs,
    )
    ceiling = best_score(predictions.metric)
    is_reviewed = labels.noise_rate_source == "review"
    draws = draw_worlds(
        grid,
        n_now=n_now,
        n_rows=predictions.n_rows,
        n_classes=len(predictions.classes) or None,
        ceiling=ceiling,
        noise_rate=labels.noise_rate,
        most_noise=find_most_noise(predictions, arrays, labels),
        is_reviewed=is_reviewed,
        precision=labels.detector_precision,
        p_wrong=listed.p_wrong,
        off=listed.off,
        reviewer_accuracy=spec.cleaning.reviewer_accuracy,
        weights=choose_weights(
            predictions.metric, is_regression=predictions.task == "regression", is_reviewed=is_reviewed
        ),
        may_fall=is_reviewed and find_swamped(labels) is not None,
        unit=find_unit(predictions.score, predictions.prior_score, ceiling),
        seed=spec.seed,
    )
    draws = steer(draws, grid, mixture, seed=spec.seed)
    return summarise(
        grid,
        draws,
        prices,
        metric=predictions.metric,
        baseline=predictions.score,
        noise_rate=labels.noise_rate.estimate if predictions.task == "classification" else None,
        notes=[
            *explain_mixture(mixture, prices.rows_per_day),
            *explain(grid, draws, prices, predictions),
        ],
        is_harmful=will_harm(labels, spec.cleaning),
        seed=spec.seed,
    )


def find_unit(score: float, prior_score: float, ceiling: float) -> float:
    """Return what one unit of an error's level is in units of the metric: 1 of scores that reach 1 at best.

    Of errors, which reach 0, it is the lead over the prior in usual leads, or a tenth of what the prior loses.
    """
    if ceiling:
        return 1.0
    return max(score - prior_score, LEAST_LEAD * -prior_score) / USUAL_LEAD


def find_sizes(arrays: Arrays, predictions: Predictions, n_now: int) -> NDArray[np.int64]:
    """Return how many of all labelled rows have each given class, (K,); those of a sample are scaled up."""
    if not predictions.classes:
        return np.zeros(0, dtype=np.int64)
    counts = np.bincount(arrays.given, minlength=len(predictions.classes))
    return np.maximum(np.round(counts * (n_now / len(arrays.given))).astype(np.int64), 1)


def _fit(
    snapshot: Snapshot,
    predictions: Predictions,
    arrays: Arrays,
    *,
    listed: Listed,
    belief: Floats,
    known: Knowledge,
    spec: AuditSpec,
    prices: Prices,
    mixture: Mixture | None,
    n_jobs: int,
) -> Grid:
    features = load_features(snapshot, predictions)
    n, groups = predictions.n_rows, spec.features.groups
    depth = float(np.clip(prices.labels_per_hour / n, LEAST_DEPTH, MOST_DEPTH))
    return fit_grid(
        load_learner(predictions, spec.seed),
        features,
        arrays.given,
        pred=arrays.pred,
        fold=arrays.fold,
        metric=predictions.metric,
        belief=belief,
        worklist=Worklist(listed.rows, depth, DEEP, spec.cleaning.reviewer_accuracy, known=known),
        plan=choose_plan(n, features.content.shape[1]),
        reshuffle=predictions.splits in {"stratified", "random"} and predictions.n_near_duplicates == 0,
        cluster=arrays.cluster,
        mixture=mixture,
        groups=None if groups is None else rank_column(snapshot, groups, arrays.row, "features.groups"),
        n_jobs=n_jobs,
    )
