"""Which learner, on the table or on the matrix: settled on a small sample before anything is fitted in earnest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.errors import EngineError, SpecError
from datassay.labels import factory as factories
from datassay.labels.encoding import Encoded, impute
from datassay.labels.estimator import LINEAR, Features, Learner
from datassay.labels.features import to_pandas
from datassay.labels.metrics import score
from datassay.labels.spreading import spread
from datassay.labels.target import Target
from datassay.spec import AuditSpec

#: Rows of the sample on which an estimator of the user is tried.
PROBE_ROWS = 200
#: Share of the largest answer by which those of a second fit on the same rows differ, from which it is no rounding.
ROUNDING = 1e-6
#: From this width on, boosted trees and the linear model are compared; embeddings are wide, and linear models of them
#: are often better (docs/methods.md).
WIDE = 50
#: Rows of that comparison, and the width times classes from which trees take longer than their chance is worth.
COMPARED_ROWS = 2000
TOO_WIDE_FOR_TREES = 20_000


@dataclass(frozen=True)
class Choice:
    """A learner and the features that it takes."""

    learner: Learner
    features: Features
    notes: list[str] = field(default_factory=list)
    #: Fits spent on choosing.
    n_fits: int = 0


def choose_learner(
    frame: pl.DataFrame, encoded: Encoded, target: Target, spec: AuditSpec, fold: NDArray[np.int64]
) -> Choice:
    """Return the definition's estimator, or the better of the two defaults.

    `fold` (n,) binds rows together, also where the defaults are compared. Raises what `take_given` does. Call it inside
    `fitting()`.
    """
    if spec.estimator is not None:
        chosen = take_given(spec.estimator, frame, encoded, target, spec.seed)
        return _tell_draws(chosen, target, _sample(frame, target, spec.seed))
    learner = Learner(target.task, len(target.classes), seed=spec.seed)
    notes = ["Features are encoded once over all rows, without labels."]
    matrix = Features(matrix=encoded.matrix)
    d = encoded.matrix.shape[1]
    if d < WIDE:
        return Choice(learner, matrix, notes)
    linear = replace(learner, estimator=LINEAR)
    if d * max(1, len(target.classes)) > TOO_WIDE_FOR_TREES:
        notes.append(f"A linear model, for {d} columns and {len(target.classes)} classes are too many for trees.")
        return Choice(linear, matrix, notes)
    trees_score, linear_score = (_compare(one, matrix, target, fold) for one in (learner, linear))
    name, best = ("linear model", linear) if linear_score > trees_score else ("boosted trees", learner)
    notes.append(f"Of boosted trees and a linear model, the {name} predicted a sample of the rows better.")
    return Choice(best, matrix, notes, n_fits=2)


def _compare(learner: Learner, features: Features, target: Target, fold: NDArray[np.int64]) -> float:
    """Return log loss (negative) or R2 on about a third of at most 2,000 rows, in folds of their own."""
    train, test = split_folds(fold, target.y, learner)
    metric = "r2" if target.task == "regression" else "neg_log_loss"
    return score(metric, target.y[test], learner.fit_predict(features, target.y, train, test))


def split_folds(
    fold: NDArray[np.int64], y: NDArray[Any], learner: Learner
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return training and test rows for the comparison, classes in their shares: the test rows are of other folds.

    These are two of five folds; one where there are fewer, or where two would take all rows of a class with them.
    """
    rng = np.random.default_rng(learner.seed)
    drawn = rng.permutation(int(fold.max()) + 1)
    for n_tested in (round(len(drawn) / 3), 1):
        is_test = np.isin(fold, drawn[: max(n_tested, 1)])
        if not learner.n_classes or np.isin(y[is_test], y[~is_test]).all():
            break
    # One row of each class at least, and then in their shares.
    strata = y if learner.n_classes else np.zeros(len(y), dtype=np.int64)
    third = COMPARED_ROWS // 3
    train, test = (
        rows[spread(strata[rows], rng)][:most]
        for rows, most in ((np.flatnonzero(~is_test), COMPARED_ROWS - third), (np.flatnonzero(is_test), third))
    )
    return train, test


def take_given(name: str, frame: pl.DataFrame, encoded: Encoded, target: Target, seed: int) -> Choice:
    """Return an estimator of the user with what it takes.

    That is the table if it can be fitted on a sample of it, else the encoded matrix, else the matrix with medians for
    missing values. Raises SpecError where it cannot be made or does not fit the task, EngineError where it can be
    fitted on none of these. Call it inside `fitting()`.
    """
    learner = Learner(target.task, len(target.classes), estimator=name, seed=seed)
    model = factories.make(name, learner.seed)
    _check_kind(model, target.task, name)
    rows = _sample(frame, target, learner.seed)
    notes = []
    if target.task == "classification" and factories.probability_source(model) != "predict_proba":
        source = factories.probability_source(model)
        how = "a softmax of its decision_function" if source == "decision_function" else "its answers as 0 and 1"
        notes.append(f"{name} has no predict_proba; {how} stands in, so label estimates are rougher.")
    failures = []
    for how in ("the table as it is", "the encoded matrix", "the encoded matrix with medians for missing values"):
        offered, wants_table = _offer(how, frame, encoded)
        tried = replace(learner, wants_table=wants_table)
        try:
            tried.fit_predict(offered, target.y, rows, rows)
        except EngineError as exc:
            failures.append(exc)
            continue
        why = f", for it cannot take the table: {failures[0].what}" if failures else "."
        return Choice(tried, offered, [*notes, f"{name} is fitted on {how}{why}"], n_fits=len(failures) + 1)
    raise EngineError(f"{failures[0].what} Nor on the encoded matrix: {failures[-1].what}", hint=failures[0].hint)


def _tell_draws(chosen: Choice, target: Target, rows: NDArray[np.int64]) -> Choice:
    """Return the choice with a note where two fits on two thirds of `rows` answer differently on the others.

    These are rows that neither fit has seen: a tree grown to the end answers those that it has seen always alike.
    """
    is_asked = np.arange(len(rows)) % 3 == 0
    learner, train, asked = chosen.learner, rows[~is_asked], rows[is_asked]
    try:
        one, other = (learner.fit_predict(chosen.features, target.y, train, asked) for _ in range(2))
    except EngineError:
        # Fewer rows than those on which it was tried may be too few for it; that shows nothing of its draws.
        return replace(chosen, n_fits=chosen.n_fits + 1)
    notes = list(chosen.notes)
    if np.abs(one - other).max() > ROUNDING * np.abs(one).max():
        notes.append(
            f"{learner.estimator} draws without a seed: two fits on the same rows answer differently, and so will all "
            "figures when this is run again. Let it draw by a parameter random_state, which is set, or by a fixed seed."
        )
    return replace(chosen, notes=notes, n_fits=chosen.n_fits + 2)


def _offer(how: str, frame: pl.DataFrame, encoded: Encoded) -> tuple[Features, bool]:
    if how == "the table as it is":
        return Features(table=to_pandas(frame)), True
    return Features(matrix=encoded.matrix if how == "the encoded matrix" else impute(encoded.matrix)), False


def _check_kind(model: Any, task: str, name: str) -> None:
    from sklearn.base import is_classifier, is_regressor

    try:
        wrong = is_classifier(model) if task == "regression" else is_regressor(model)
    except AttributeError:
        # Not of scikit-learn's base classes: it shows when it is tried.
        return
    if wrong:
        kind = "classifier" if task == "regression" else "regressor"
        raise SpecError(
            f"The estimator {name} is a {kind}, but the task is {task}.", hint="Set 'task', or another estimator."
        )


def _sample(frame: pl.DataFrame, target: Target, seed: int) -> NDArray[np.int64]:
    """Return rows with every class, and with a missing value of every column that has any."""
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(len(target.y))[:PROBE_ROWS]]
    parts += [np.flatnonzero(target.y == code)[:3] for code in range(len(target.classes))]
    for name in frame.columns:
        if frame[name].null_count():
            parts.append(np.flatnonzero(frame[name].is_null().to_numpy())[:3])
    return np.unique(np.concatenate(parts))
