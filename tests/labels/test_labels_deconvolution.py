"""Taking the noise out of a model's probabilities."""

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st

from datassay.labels.deconvolution import deconvolve, infer_true, spread_belief, temper


@settings(deadline=None)
@cases(st.integers(0, 10_000), st.integers(2, 6))
def test_what_is_inferred_are_probabilities(seed, k):
    """Rows sum to one and nothing is negative, whatever model and matrix say, also where they exclude each other."""
    rng = np.random.default_rng(seed)
    given = rng.integers(0, k, 40)
    pred = rng.dirichlet(np.full(k, 0.2), 40)
    transition = np.where(rng.random((k, k)) < 0.4, 0.0, rng.random((k, k))) + 1e-3 * np.eye(k)
    transition /= transition.sum(axis=1, keepdims=True)
    posterior = infer_true(given, pred, transition)
    p_wrong = rng.random(40)
    belief = spread_belief(posterior, given, p_wrong)

    assert posterior.sum(axis=1) == pytest.approx(np.ones(40))
    assert (posterior >= 0).all()
    assert belief.sum(axis=1) == pytest.approx(np.ones(40))
    assert belief[np.arange(40), given] == pytest.approx(1 - p_wrong)


@settings(deadline=None)
@cases(st.integers(0, 10_000), st.integers(2, 5))
def test_noise_that_was_put_on_is_taken_off(seed, k):
    """Clear probabilities that went through a mild matrix come back nearly as they were."""
    rng = np.random.default_rng(seed)
    true = np.where(np.eye(k)[rng.integers(0, k, 30)] > 0, 0.9, 0.1 / (k - 1))
    transition = 0.8 * np.eye(k) + 0.2 * rng.dirichlet(np.ones(k), k)
    noisy = true @ transition
    found = deconvolve(noisy, transition)

    assert np.abs(found - true).mean() < 0.6 * np.abs(noisy - true).mean()


def test_without_noise_the_model_is_believed():
    """With the identity for a matrix, probabilities stay what they are."""
    pred = np.random.default_rng(0).dirichlet(np.ones(3), 50)

    assert deconvolve(pred, np.eye(3)) == pytest.approx(pred, abs=1e-6)


def test_a_model_that_is_too_sure_is_cooled_down():
    """Where a model is right in two of three rows, but always nearly certain, its probabilities come to two thirds."""
    given = np.array([0, 0, 1] * 100)
    cooled = temper(given, np.tile([0.98, 0.02], (300, 1)))

    assert cooled[:, 0] == pytest.approx(2 / 3, abs=0.08)


def test_a_large_table_is_cooled_like_a_small_one():
    """Temperatures are tried on some of many rows, and the same one is found for all of them."""
    given, pred = np.array([0, 0, 1] * 100), np.tile([0.98, 0.02], (300, 1))

    assert temper(np.tile(given, 101), np.tile(pred, (101, 1)))[:300] == pytest.approx(temper(given, pred))


def test_a_class_that_loses_many_rows_is_told_from_one_that_is_hard():
    """A row given 0 in a region where 4 in 10 labels of class 1 became 0 is probably a 1."""
    transition = np.array([[1.0, 0.0], [0.4, 0.6]])
    pred = np.array([[0.4, 0.6]] * 40 + [[0.98, 0.02]] * 40)
    given = np.array(([0] * 4 + [1] * 6) * 4 + [0] * 39 + [1])
    posterior = infer_true(given, pred, transition)

    assert posterior[0, 1] > 0.9
    assert posterior[45, 1] < 0.1
