from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from datassay.labels.metrics import default_metric, expected_score, prior_score, score
from datassay.spec import CLASSIFICATION_METRICS, REGRESSION_METRICS


@pytest.fixture
def guesses():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 300)
    pred = rng.dirichlet(np.ones(4), 300) + 0.5 * np.eye(4)[y]
    return y, pred / pred.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        ("accuracy", lambda y, p: sk.accuracy_score(y, p.argmax(1))),
        ("balanced_accuracy", lambda y, p: sk.balanced_accuracy_score(y, p.argmax(1))),
        ("f1_macro", lambda y, p: sk.f1_score(y, p.argmax(1), average="macro")),
        ("roc_auc", lambda y, p: sk.roc_auc_score(y, p, multi_class="ovr", average="macro")),
        ("average_precision", lambda y, p: sk.average_precision_score(np.eye(4)[y], p, average="macro")),
        ("neg_log_loss", lambda y, p: -sk.log_loss(y, p)),
    ],
)
def test_class_metrics_agree_with_scikit_learn(guesses, metric, theirs):
    """Every class metric is the one that scikit-learn computes."""
    y, pred = guesses

    assert theirs(y, pred) == pytest.approx(score(metric, y, pred))


@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        ("r2", sk.r2_score),
        ("neg_mean_absolute_error", lambda y, p: -sk.mean_absolute_error(y, p)),
        ("neg_root_mean_squared_error", lambda y, p: -sk.root_mean_squared_error(y, p)),
    ],
)
def test_number_metrics_agree_with_scikit_learn(metric, theirs):
    """Every regression metric is the one that scikit-learn computes, negated where less is better."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    pred = y + rng.normal(size=100)

    assert theirs(y, pred) == pytest.approx(score(metric, y, pred))


def test_two_classes_are_ranked_by_the_second_column(guesses):
    """With two classes, ranking metrics look at the probability of the second one."""
    y, pred = guesses
    y, pred = (y > 1).astype(int), np.column_stack([pred[:, :2].sum(1), pred[:, 2:].sum(1)])

    assert sk.roc_auc_score(y, pred[:, 1]) == score("roc_auc", y, pred)
    assert sk.average_precision_score(y, pred[:, 1]) == score("average_precision", y, pred)


@pytest.mark.parametrize("metric", CLASSIFICATION_METRICS)
def test_a_class_that_a_fold_lacks_neither_warns_nor_breaks(guesses, metric):
    """A fold without rows of a class is scored over the classes that it has."""
    y, pred = guesses
    kept = y != 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = score(metric, y[kept], pred[kept])

    assert np.isfinite(value)


def test_a_ranking_of_one_class_is_not_a_number(guesses):
    """A ranking metric of rows that all have one class is undefined, and says so."""
    _, pred = guesses

    assert np.isnan(score("roc_auc", np.zeros(300, dtype=int), pred))
    assert np.isnan(score("accuracy", np.zeros(0, dtype=int), pred[:0]))
    assert np.isnan(score("r2", np.zeros(1), np.zeros(1)))


@pytest.mark.parametrize("metric", CLASSIFICATION_METRICS)
def test_a_better_model_scores_higher(guesses, metric):
    """Higher is better for every metric, and any model with knowledge beats the prior."""
    y, pred = guesses
    sharp = 0.9 * np.eye(4)[y] + 0.025

    assert score(metric, y, sharp) > score(metric, y, pred) > prior_score(metric, y, 4)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("balanced_accuracy", 0.5), ("roc_auc", 0.5), ("accuracy", 0.75), ("average_precision", 0.25)],
)
def test_the_prior_knows_only_the_shares_of_the_classes(metric, expected):
    """A model that knows the label distribution only has the scores that follow from it."""
    y = np.array([0, 0, 0, 1] * 25)

    assert expected == pytest.approx(prior_score(metric, y, 2))


def test_the_prior_of_numbers_is_their_mean():
    """For regression the prior answers the mean, which has an R2 of zero."""
    y = np.random.default_rng(0).normal(size=50)

    assert prior_score("r2", y, 0) == pytest.approx(0.0)
    assert prior_score("neg_root_mean_squared_error", y, 0) == pytest.approx(-y.std())


@pytest.mark.parametrize("value", [0.0, 7.0, -1e9])
def test_r2_of_one_value_is_not_a_number(value):
    """Where the target does not vary there is nothing to explain, whatever is predicted."""
    y = np.full(40, value)

    assert np.isnan(score("r2", y, y + 0.3))
    assert np.isnan(prior_score("r2", y, 0))
    assert np.isfinite(score("r2", np.append(y, value + 1), np.append(y, value + 1) + 0.3))


def test_the_default_metric_follows_the_task():
    """Classes are scored by balanced accuracy, numbers by R2, unless the definition says otherwise."""
    assert default_metric("classification") in CLASSIFICATION_METRICS
    assert default_metric("regression") in REGRESSION_METRICS


def test_an_unknown_metric_is_refused():
    """A metric that nobody knows is a programming error."""
    with pytest.raises(ValueError, match="unknown metric"):
        score("charm", np.zeros(3), np.zeros(3))


@pytest.mark.parametrize("metric", CLASSIFICATION_METRICS)
def test_certain_beliefs_score_as_labels_do(guesses, metric):
    """An expected score is the score where nothing is in doubt."""
    y, pred = guesses

    assert expected_score(metric, np.eye(4)[y], pred) == pytest.approx(score(metric, y, pred))


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "roc_auc"])
def test_expected_scores_come_near_the_mean_score_of_labels_drawn_from_the_belief(guesses, metric):
    """A belief stands for all the label vectors that could be drawn from it."""
    y, pred = guesses
    rng = np.random.default_rng(1)
    belief = 0.7 * np.eye(4)[y] + 0.3 * rng.dirichlet(np.ones(4), 300)
    drawn = [(rng.random(300)[:, None] > belief.cumsum(axis=1)).sum(axis=1).clip(0, 3) for _ in range(300)]

    mean = np.mean([score(metric, labels, pred) for labels in drawn])
    assert expected_score(metric, belief, pred) == pytest.approx(mean, abs=0.01)


def test_a_class_believed_of_next_to_no_row_is_left_out():
    """A trace of belief must not count as much as a whole class."""
    belief = np.array([[0.999, 0.001], [0.999, 0.001]])

    assert expected_score("balanced_accuracy", belief, np.array([[1.0, 0.0], [1.0, 0.0]])) == pytest.approx(1.0)
