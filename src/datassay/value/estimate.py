"""The value stage: fits, rehearsals, draws, record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.errors import DataError, InconclusiveError
from datassay.labels.belief import believe
from datassay.labels.estimator import load_features, load_learner
from datassay.labels.metrics import best_score, foresees_all
from datassay.labels.places import locate
from datassay.labels.pred_probs import Arrays, load_arrays
from datassay.labels.ranks import rank_column
from datassay.labels.reviewers import certain, estimate_accuracy
from datassay.labels.word import sharpen
from datassay.results import Labels, Predictions, Snapshot, Value
from datassay.spec import AuditSpec
from datassay.value.beliefs import Knowledge
from datassay.value.budget import Prices
from datassay.value.fits import N_JOBS, choose_plan, fit_grid
from datassay.value.grid import Floats, Grid, Ints
from datassay.value.notes import explain
from datassay.value.number_beliefs import believe_numbers
from datassay.value.reasons import find_swamped
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

#: Errors were learned on scores that lead the prior by about so much; metrics without a scale take theirs from that.
USUAL_LEAD = 0.4


@dataclass(frozen=True)
class Listed:
    """The rows to review, in the order of the worklist."""

    #: (m,) positions among the rows of the predictions; rows that were reviewed are not listed.
    rows: Ints
    #: (m,) P(wrong) of these.
    p_wrong: Floats
    #: (m,) squared differences of numbers from what is suggested; None for classes, where a wrong label is wrong.
    off: Floats | None
    #: (n,) P(wrong) by position, of all rows.
    p_wrong_of_all: Floats
    #: (n,) verified class codes by position, -1 where not reviewed; for numbers what was said, and NaN.
    verified: NDArray[Any]
    #: (n,) labels as they were when they were reviewed, those of today where nobody has looked.
    asked: NDArray[Any]
    #: (n, 2) how reviewers voted on each row: the lead of the verified label, and the votes for it.
    votes: NDArray[np.int64]

    @property
    def is_verified(self) -> NDArray[np.bool_]:
        """(n,) whether a row was reviewed, by position."""
        is_number = self.verified.dtype.kind == "f"
        return np.asarray(~np.isnan(self.verified) if is_number else self.verified >= 0, dtype=bool)


def estimate_value_stage(
    snapshot: Snapshot, predictions: Predictions, labels: Labels, spec: AuditSpec, *, n_jobs: int = N_JOBS
) -> Value:
    """Return what an hour of cleaning and a day of collecting are worth, in units of `predictions.metric`.

    Gains are those on the labels that are believed to be true. The same inputs and seed give the same record whatever
    `n_jobs`. Raises InconclusiveError where there are fewer than 100 labelled rows, no worklist to value, or a model
    that foresees every label, DataError where the run's cache is gone, EngineError where the estimator fails.
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
    if is_model and foresees_all(predictions.metric, predictions.score, predictions.prior_score):
        raise InconclusiveError(
            f"The model foresees every given label ({predictions.metric} {predictions.score:.3f}), so what labels or "
            "rows would gain cannot be seen.",
            hint="Make sure that no column gives the label away.",
        )
    spec = trust_reviewers(spec, labels)
    arrays = load_arrays(predictions)
    listed = read_worklist(labels, arrays, predictions.classes)
    n_now = snapshot.n_rows - predictions.n_missing_labels
    prices = Prices(spec.cleaning, spec.collecting, n_worklist=len(listed.rows), n_now=n_now)
    belief = find_belief(arrays, labels, listed, spec.seed)
    mixture = find_mixture(spec.collecting.class_share, predictions.classes, find_sizes(arrays, predictions, n_now))
    grid = _fit(
        snapshot,
        predictions,
        arrays,
        labels=labels,
        listed=listed,
        belief=belief,
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
        unit=(predictions.score - predictions.prior_score) / USUAL_LEAD if ceiling == 0 else 1.0,
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
        seed=spec.seed,
    )


def find_sizes(arrays: Arrays, predictions: Predictions, n_now: int) -> NDArray[np.int64]:
    """Return how many of all labelled rows have each given class, (K,); those of a sample are scaled up."""
    if not predictions.classes:
        return np.zeros(0, dtype=np.int64)
    counts = np.bincount(arrays.given, minlength=len(predictions.classes))
    return np.maximum(np.round(counts * (n_now / len(arrays.given))).astype(np.int64), 1)


def read_worklist(labels: Labels, arrays: Arrays, classes: list[str]) -> Listed:
    """Return the worklist of `labels` by position; raises DataError where there is none to read."""
    if labels.worklist_path is None or not labels.detector_precision:
        raise InconclusiveError("There is no worklist, so reviewing it cannot be valued.")
    try:
        table = pl.read_parquet(labels.worklist_path).sort("rank")
        p_wrong = table["p_wrong"].cast(pl.Float64).to_numpy()
        position = np.searchsorted(arrays.row, table["row"].to_numpy())
        is_reviewed = table["is_reviewed"].to_numpy()
        reviewed = table.filter(is_reviewed)
        said = _read_labels(reviewed["suggested_label"], classes)
        was, cast = said, np.ones((0, 2), dtype=np.int64)
        if reviewed.height:
            # Without any review there may be no such columns.
            was = _read_labels(reviewed["reviewed_label"], classes)
            cast = reviewed.select("lead", "votes").to_numpy().astype(np.int64)
        likely = None if classes else _read_labels(table["suggested_label"].filter(~is_reviewed), classes)
    except (OSError, pl.exceptions.PolarsError) as exc:
        raise DataError("The worklist cannot be read from the cache.", hint="Run the audit again.") from exc
    if not len(p_wrong) or not np.isfinite(p_wrong).all() or is_reviewed.all():
        raise InconclusiveError("The worklist is empty or holds rows without a probability of being wrong.")
    p_wrong = np.clip(p_wrong, 0.0, 1.0)
    p_wrong_of_all = np.zeros(len(arrays.given))
    p_wrong_of_all[position] = p_wrong
    verified = np.full(len(arrays.given), -1, dtype=np.int64) if classes else np.full(len(arrays.given), np.nan)
    verified[position[is_reviewed]] = said
    asked = arrays.given.copy()
    asked[position[is_reviewed]] = was
    votes = np.ones((len(arrays.given), 2), dtype=np.int64)
    votes[position[is_reviewed]] = cast
    rows = position[~is_reviewed]
    off = None if likely is None else (arrays.given[rows] - likely) ** 2
    return Listed(rows, p_wrong[~is_reviewed], off, p_wrong_of_all, verified, asked, votes)


def _read_labels(names: pl.Series, classes: list[str]) -> NDArray[Any]:
    """Return labels (n,) as codes, or as numbers where there are no classes."""
    if not classes:
        return names.cast(pl.Float64).to_numpy()
    return names.replace_strict(classes, list(range(len(classes))), return_dtype=pl.Int64).to_numpy()


def find_most_noise(predictions: Predictions, arrays: Arrays, labels: Labels) -> float:
    """Return the largest noise rate to believe.

    A model cannot agree with labels more often than they follow the features, so where no review says otherwise at
    most as many are wrong as it disagrees with; noise that features explain is not in any model's estimate anyway.
    """
    if predictions.task == "regression" or labels.noise_rate_source == "review":
        return 1.0
    disagreement = float((arrays.pred.argmax(axis=1) != arrays.given).mean())
    return max(disagreement, labels.noise_rate.estimate)


def find_belief(arrays: Arrays, labels: Labels, listed: Listed, seed: int) -> Floats:
    """Return P(true class) of every row, (n, k), or its likely values for numbers; certain where it was reviewed."""
    if arrays.pred.ndim == 1:
        return believe_numbers(arrays.given, arrays.pred, listed.p_wrong_of_all, listed.verified, seed)
    # Reviews and votes have been heard on single labels; a model has not.
    is_model = labels.noise_rate_source == "model" and not labels.n_reviews
    p_wrong = sharpen(listed.p_wrong_of_all) if is_model else listed.p_wrong_of_all
    belief = believe(arrays.given, arrays.pred, p_wrong, np.array(labels.transition_matrix))
    belief[listed.is_verified] = np.eye(arrays.pred.shape[1])[listed.verified[listed.is_verified]]
    return belief


def _fit(
    snapshot: Snapshot,
    predictions: Predictions,
    arrays: Arrays,
    *,
    labels: Labels,
    listed: Listed,
    belief: Floats,
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
        worklist=Worklist(
            listed.rows,
            depth,
            spec.cleaning.reviewer_accuracy,
            known=_know(snapshot, predictions, arrays, labels=labels, listed=listed, spec=spec),
        ),
        plan=choose_plan(n, features.content.shape[1]),
        reshuffle=predictions.splits in {"stratified", "random"} and predictions.n_near_duplicates == 0,
        mixture=mixture,
        groups=None if groups is None else rank_column(snapshot, groups, arrays.row, "features.groups"),
        n_jobs=n_jobs,
    )


def _know(
    snapshot: Snapshot, predictions: Predictions, arrays: Arrays, *, labels: Labels, listed: Listed, spec: AuditSpec
) -> Knowledge:
    # Only reviews speak for the labels near them.
    is_reviewed = bool(listed.is_verified.any())
    places = locate(snapshot, predictions, arrays.row, spec.seed) if is_reviewed else None
    # As the labels stage had it: who says nothing of reviewers takes them to be right.
    n_classes = len(predictions.classes)
    is_told = "reviewer_accuracy" in spec.cleaning.model_fields_set or labels.reviewer_accuracy is not None
    prior = spec.cleaning.reviewer_accuracy
    accuracy = estimate_accuracy(0, 0, n_classes=n_classes, prior=prior) if is_told else certain(n_classes)
    return Knowledge(
        np.array(labels.transition_matrix),
        labels.noise_rate.estimate,
        listed.verified,
        accuracy,
        places,
        listed.asked,
        listed.votes,
    )
