"""What is believed of the true labels."""

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st

from datassay.labels.belief import believe, learn_pattern
from datassay.labels.confident import judge
from datassay.labels.regression import judge_numbers
from datassay.labels.transition import to_transition


@settings(deadline=None)
@cases(st.integers(0, 10_000), st.integers(2, 6))
def test_beliefs_are_probabilities_and_keep_p_wrong(seed, k):
    """Every row sums to one, and the given class has what P(wrong) leaves it."""
    rng = np.random.default_rng(seed)
    given, pred, p_wrong = rng.integers(0, k, 40), rng.dirichlet(np.ones(k), 40), rng.random(40)
    belief = believe(given, pred, p_wrong, rng.dirichlet(np.ones(k), k))

    assert belief.sum(axis=1) == pytest.approx(np.ones(40))
    assert belief[np.arange(40), given] == pytest.approx(1 - p_wrong)
    assert (belief >= 0).all()


def test_the_transition_matrix_decides_among_other_classes():
    """Where noise makes 2 out of 1 only, a doubtful 2 is believed to be a 1."""
    transition = np.array([[1.0, 0.0, 0.0], [0.0, 0.7, 0.3], [0.0, 0.0, 1.0]])
    belief = believe(np.array([2]), np.array([[0.4, 0.3, 0.3]]), np.array([0.5]), transition)

    assert belief[0] == pytest.approx([0.0, 0.5, 0.5], abs=1e-6)


def test_reviewed_errors_turn_the_pattern():
    """A confusion that reviewers find again and again outweighs the model's word; sizes and rate stay."""
    joint = np.array([[0.4, 0.05, 0.05], [0.0, 0.2, 0.0], [0.0, 0.0, 0.3]])
    given, true = np.full(40, 1), np.full(40, 2)
    learned = learn_pattern(joint, given, true)
    off = learned - np.diag(np.diag(learned))

    assert off[1, 2] > 0.7 * off.sum()
    assert learned.sum(axis=1) == pytest.approx(joint.sum(axis=1))
    assert off.sum() == pytest.approx(0.1)
    assert (learn_pattern(joint, np.array([1]), np.array([1])) == joint).all()


def test_a_pattern_learned_from_reviews_alone_reaches_the_transition_matrix():
    """Where the model found nothing, the matrix still says what reviewers saw."""
    learned = learn_pattern(np.diag([0.5, 0.3, 0.2]), np.full(30, 0), np.full(30, 1))
    transition = to_transition(learned, 0.1)

    assert transition[1, 0] > 5 * transition[2, 0]


def test_planted_errors_come_early_in_the_ranking():
    """Most of the labels flipped against a sure model are among the first listed, for classes and for numbers."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    pred = np.where(np.eye(2)[y] > 0, 0.9, 0.1)
    given = y.copy()
    wrong = rng.choice(500, 40, replace=False)
    given[wrong] = 1 - y[wrong]
    numbers = rng.normal(size=500)
    spoiled = numbers.copy()
    spoiled[wrong] += 8.0

    of_classes, of_numbers = judge(given, pred)[1], judge_numbers(spoiled, numbers + 0.1 * rng.normal(size=500))

    assert np.isin(np.argsort(-of_classes.worth(given, of_classes.p_wrong, "accuracy"))[:40], wrong).all()
    assert np.isin(np.argsort(-of_numbers.worth(spoiled, of_numbers.p_wrong, "r2"))[:40], wrong).mean() > 0.9
