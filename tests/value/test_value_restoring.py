"""How one-sidedly a worklist gives classes their rows back."""

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from datassay.value.restoring import find_restored


@cases(st.integers(0, 10_000), st.integers(2, 5))
def test_the_excess_is_a_share_and_starts_at_nothing(seed, k):
    """Before the first review nothing is restored; the excess stays within a share."""
    rng = np.random.default_rng(seed)
    given, belief = rng.integers(0, k, 50), rng.dirichlet(np.ones(k), 50)
    restored = find_restored(given, belief, rng.permutation(50)[:40])

    assert restored.at(np.array([0.0])) == 0
    assert ((restored.excess >= 0) & (restored.excess <= 1)).all()
    assert restored.depths[-1] <= 50


def test_a_class_that_gets_its_rows_back_stands_out():
    """Where all errors took rows from one class its share back is the excess over the mean; even errors have none."""
    true = np.repeat([0, 1, 2, 3], 25)
    given = true.copy()
    given[25:45] = 0
    belief = np.eye(4)[true]
    one_sided = find_restored(given, belief, np.arange(25, 45))
    even = find_restored(np.roll(true, 5), belief, np.flatnonzero(np.roll(true, 5) != true))

    assert one_sided.at(np.array([20.0]))[0] == pytest.approx(0.8 - 0.8 / 4)
    assert even.at(np.array([20.0]))[0] == pytest.approx(0.0)


def test_numbers_have_no_classes_to_restore():
    """Without beliefs the excess is zero at every depth."""
    assert not find_restored(np.zeros(5), None, np.arange(5)).excess.any()
