"""How true labels come to be given, and how far that is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datassay.labels.transition import span_transition, to_transition
from datassay.results import Interval

RATE = Interval(estimate=0.1, low=0.07, high=0.14)


def make_joint(k, seed=0):
    """Shares of all rows by given and true class, 8 % of them errors."""
    off = np.random.default_rng(seed).random((k, k)) * (1 - np.eye(k))
    return 0.08 * off / off.sum() + 0.92 * np.eye(k) / k


@given(k=st.integers(2, 6), seed=st.integers(0, 99), n_errors=st.integers(0, 200))
def test_intervals_hold_the_matrix_and_are_shares(k, seed, n_errors):
    """Whatever is drawn, ends are shares on either side of what is told."""
    joint = make_joint(k, seed)
    low, high = span_transition(joint, RATE, n_errors=n_errors, seed=seed)
    middle = to_transition(joint, RATE.estimate)

    assert ((low >= 0) & (low <= middle) & (middle <= high) & (high <= 1)).all()


def test_errors_that_reviewers_found_narrow_the_intervals():
    """The pattern is known better; the rate's own interval stays."""
    few, many = (
        np.subtract(*reversed(span_transition(make_joint(4), RATE, n_errors=n, seed=0))).sum() for n in (0, 300)
    )

    assert many < 0.6 * few


def test_a_rate_that_is_known_leaves_only_the_pattern_open():
    """Of two classes with equal errors each way, a known rate and many errors leave next to nothing open."""
    joint = np.array([[0.45, 0.05], [0.05, 0.45]])
    low, high = span_transition(joint, Interval(estimate=0.1, low=0.1, high=0.1), n_errors=100_000, seed=0)

    assert high - low == pytest.approx(np.zeros((2, 2)), abs=0.002)


def test_a_class_without_rows_is_right_by_definition():
    """Nothing is divided by its size."""
    joint = np.diag([0.6, 0.4, 0.0])
    low, high = span_transition(joint, RATE, n_errors=3, seed=1)

    assert np.isfinite(low).all()
    assert np.isfinite(high).all()


def test_what_a_model_never_confuses_people_may():
    """A mistake that was not seen is not told to be impossible."""
    joint = np.array([[0.3, 0.0, 0.05], [0.0, 0.3, 0.0], [0.05, 0.0, 0.3]])
    _, high = span_transition(joint, RATE, n_errors=0, seed=0)

    assert (high[~np.eye(3, dtype=bool)] > 0.005).all()


def test_a_class_whose_given_labels_are_all_wrong_is_spread():
    """Its diagonal is zero, or as little below it as sums are off."""
    joint = np.array([[-1e-18, 0.2], [0.1, 0.7]])
    low, high = span_transition(joint, Interval(estimate=0.3, low=0.2, high=0.4), n_errors=5, seed=0)

    assert np.isfinite(low + high).all()
