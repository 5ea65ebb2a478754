"""Reviews that speak for the labels near them, and neighbours that are a second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from datassay.labels.neighbours import KNOWS_NOTHING, Heard, hear_neighbours
from datassay.labels.places import N_NEAREST, find_places, look_around
from datassay.labels.posterior import expit
from datassay.labels.word import weigh_word

SURE = (0.0, 1.0)


@pytest.fixture(scope="module")
def corner():
    """400 rows in a square; all labels 0; those of one corner are wrong, and nobody suspects them."""
    X = np.random.default_rng(3).uniform(-1, 1, (400, 2)).astype(np.float32)
    return X, np.zeros(400, dtype=np.int64), (X > 0.3).all(axis=1)


def hear(X, labels, is_wrong, rows, *, before=0.05, seen=SURE):
    heard = Heard(rows, labels[rows], np.full(len(rows), before), is_wrong[rows], seen)
    return expit(hear_neighbours(np.full(len(X), before), labels, heard, find_places(X)))


def test_a_few_reviews_find_a_corner_of_wrong_labels(corner):
    """Sixty random reviews are enough to tell the rows of the corner from all others."""
    X, labels, is_wrong = corner
    rows = np.random.default_rng(0).permutation(400)[:60]
    p = hear(X, labels, is_wrong, rows)
    others = np.setdiff1d(np.arange(400), rows)

    assert p[others][is_wrong[others]].mean() > 0.5
    assert p[others][~is_wrong[others]].mean() < 0.05


def test_errors_that_do_not_keep_together_do_not_spread(corner):
    """Where wrong labels lie anywhere, reviews change the level, and no row much more than others."""
    X, labels, _ = corner
    is_wrong = np.random.default_rng(1).random(400) < 0.15
    p = hear(X, labels, is_wrong, np.random.default_rng(2).permutation(400)[:80], before=0.15)

    assert p.mean() == pytest.approx(0.15, abs=0.06)
    assert p.std() < 0.08


def test_what_is_said_of_one_class_is_not_said_of_another(corner):
    """Rows of the same corner that have another label keep nearly what was believed of them."""
    X, labels, is_wrong = corner
    other = labels.copy()
    other[1::2] = 1
    rows = np.arange(0, 120, 2)
    p = hear(X, other, is_wrong, rows)
    of_other = (other == 1) & is_wrong

    assert p[(other == 0) & is_wrong].mean() > 3 * p[of_other].mean()
    assert p[of_other].mean() < 0.15


def test_reviewers_who_guess_teach_nothing(corner):
    """Answers that do not depend on the truth leave everything as it was."""
    X, labels, is_wrong = corner
    p = hear(X, labels, is_wrong, np.arange(100), seen=(0.5, 0.5))

    assert np.allclose(p, 0.05, atol=1e-6)


@drawn(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 60),
    share=st.floats(0, 1),
    before=st.floats(0, 1),
    d=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_probabilities_stay_probabilities(seed, n, share, before, d):
    """Any answers to any rows leave finite probabilities, also where rows coincide or a feature is missing."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, (n, d)).astype(np.float32)
    X[rng.random((n, d)) < 0.1] = np.nan
    p = hear(X, rng.integers(0, 2, n), rng.random(n) < share, rng.permutation(n)[: max(1, n // 2)], before=before)

    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()


def test_no_review_changes_nothing_but_certainty(corner):
    """Without an answer the belief is the old one, with the usual mixed in."""
    X, labels, is_wrong = corner
    believed = np.linspace(0.01, 0.5, 400)
    nobody = np.array([], dtype=np.int64)
    heard = Heard(nobody, nobody, np.array([]), np.array([], dtype=bool), SURE)
    p = expit(hear_neighbours(believed, labels, heard, find_places(X)))

    assert np.allclose(p, (1 - KNOWS_NOTHING) * believed + KNOWS_NOTHING * believed.mean())
    assert is_wrong.any()


def test_neighbours_are_the_nearest_other_rows():
    """A row is not its own neighbour, also where many rows are alike."""
    X = np.repeat(np.array([[0.0], [10.0]], dtype=np.float32), 30, axis=0)
    labels = np.repeat([0, 1], 30)
    labels[0] = 1
    around = look_around(find_places(X), labels)

    assert around.labels.shape == (60, N_NEAREST)
    assert around.share(np.zeros(60, dtype=np.int64))[0] == 1.0
    assert around.contradicted(labels) == pytest.approx(1 / 60)


def test_too_few_agreeing_neighbours_tell_nothing():
    """Where labels are drawn by lot, hardly any neighbourhood agrees."""
    rng = np.random.default_rng(0)
    around = look_around(find_places(rng.normal(size=(100, 3)).astype(np.float32)), rng.integers(0, 4, 100))

    assert around.contradicted(np.zeros(100, dtype=np.int64)) is None


def test_neighbours_decide_where_the_model_does_not():
    """Of two labels that the model doubts alike, the one whose neighbours have the other label is doubted more."""
    X = np.repeat(np.array([[0.0], [10.0]], dtype=np.float32), 30, axis=0)
    labels = np.repeat([0, 1], 30)
    labels[0] = 1
    around = look_around(find_places(X), labels)
    word = weigh_word(np.full(60, 0.3), labels, 1 - labels, around, 0.1)

    assert word[0] > word[1:].max() + 1
    assert weigh_word(np.full(60, 0.3), labels, 1 - labels, None, 0.1).std() == pytest.approx(0)
