import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datassay.value.noise import (
    LARGEST,
    LARGEST_TOTAL,
    SMALLEST,
    add_number_noise,
    choose_dose,
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


def test_number_noise_takes_targets_of_other_rows():
    """Changed targets come from the table itself, and nothing gives to itself."""
    y = np.arange(1000.0)
    noisy = add_number_noise(y, 0.1, np.random.default_rng(0))

    assert (noisy != y).sum() == 100
    assert np.isin(noisy, y).all()
