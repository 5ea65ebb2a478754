import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datassay.value.noise import (
    LARGEST,
    LARGEST_TOTAL,
    SMALLEST,
    add_class_noise,
    add_number_noise,
    choose_dose,
    flip_pattern,
)


@given(st.floats(0.0, 0.45), st.integers(2, 100))
def test_dose_can_be_measured_and_leaves_labels_informative(rate, n_classes):
    """The dose is never too small to be seen nor so large that labels say nothing."""
    c = n_classes / (n_classes - 1)
    dose = choose_dose(rate, c)

    assert SMALLEST / 2 <= dose <= LARGEST
    assert c * (rate + dose) <= LARGEST_TOTAL + c * SMALLEST / 2


def test_dose_follows_the_noise_rate():
    """A table without noise is tried with 5 %, one with much noise with 12 %, and in between it is near the rate."""
    assert [choose_dose(rate, 2.0) for rate in (0.0, 0.1, 0.3)] == pytest.approx([0.05, 0.075, 0.12])


@pytest.mark.parametrize(
    "transition", [[], [[1.0, 0.0], [0.0, 1.0]], [[np.nan, 0.1], [0.1, 0.9]], [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]]
)
def test_unusable_transition_matrix_gives_uniform_pattern(transition):
    """Without a usable matrix every confusion is as likely as any other."""
    assert flip_pattern(transition, 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_pattern_follows_the_transition_matrix():
    """The confusion that noise prefers is the one that is injected, and the diagonal is never."""
    pattern = flip_pattern([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 3)

    assert pattern[0, 1] > 10 * pattern[1, 0] > 0
    assert np.diag(pattern).tolist() == [0, 0, 0]
    assert pattern.sum() == pytest.approx(3)


def test_class_noise_changes_exactly_the_dose():
    """A dose changes its exact share of labels, into classes that there are."""
    y = np.random.default_rng(0).integers(0, 5, 2000)
    noisy = add_class_noise(y, 0.05, flip_pattern([], 5), np.random.default_rng(1))

    assert (noisy != y).sum() == 100
    assert set(np.unique(noisy)) <= set(range(5))


def test_class_noise_prefers_the_noisy_class():
    """Classes are hit in the proportion of the pattern."""
    y = np.repeat([0, 1], 5000)
    noisy = add_class_noise(y, 0.1, flip_pattern([[0.8, 0.2], [0.0, 1.0]], 2), np.random.default_rng(0))

    assert (noisy[:5000] == 1).sum() > 8 * (noisy[5000:] == 0).sum() > 0


def test_number_noise_takes_targets_of_other_rows():
    """Changed targets come from the table itself, and nothing gives to itself."""
    y = np.arange(1000.0)
    noisy = add_number_noise(y, 0.1, np.random.default_rng(0))

    assert (noisy != y).sum() == 100
    assert np.isin(noisy, y).all()
