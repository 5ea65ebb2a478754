"""Whether a lead over the prior is more than chance."""

import numpy as np
import pytest

from datassay.labels.folds import Folds
from datassay.labels.leads import Lead

FOLDS = Folds(np.arange(200) % 5, 5)


def make_lead(leads, noise=0.0):
    """A lead of this size on each fold; `noise` is what single rows add to it."""
    of_row = np.array(leads)[FOLDS.fold] + noise * np.random.default_rng(0).normal(size=200)
    return Lead(FOLDS, lambda rows: float(of_row[rows].mean()))


@pytest.mark.parametrize(
    ("leads", "noise", "is_real"),
    [
        pytest.param([0.1, 0.12, 0.09, 0.11, 0.1], 0.0, True, id="alike on all folds"),
        pytest.param([0.3, -0.1, 0.1, -0.05, 0.02], 0.0, False, id="of some folds only"),
        pytest.param([0.02, 0.01, 0.03, 0.01, 0.025], 2.0, False, id="of few rows"),
        pytest.param([-0.1, -0.11, -0.1, -0.09, -0.1], 0.0, False, id="behind the prior"),
        pytest.param([0.1, np.nan, np.nan, np.nan, np.nan], 0.0, False, id="of one fold"),
        pytest.param([0.0, 0.0, 0.0, 0.0, 0.0], 0.0, False, id="none"),
    ],
)
def test_a_lead_is_real_between_folds_and_by_rows(leads, noise, is_real):
    """Of one fold nothing is known; no lead is none."""
    assert make_lead(leads, noise).is_real() is is_real


def test_folds_that_agree_by_luck_are_found_out_by_the_rows():
    """The folds alone would believe it: that is what rows are drawn anew for."""
    gains = np.where(np.random.default_rng(3).random(200) < 0.5, 1.0, -1.0)
    for i in range(5):
        rows = np.flatnonzero(FOLDS.fold == i)
        gains[rows] += (0.02 + 0.006 * i) - gains[rows].mean()
    lead = Lead(FOLDS, lambda rows: float(gains[rows].mean()))

    assert lead.spread < 0.02
    assert not lead.is_real()


def test_most_tables_of_noise_have_no_real_lead():
    """Of rows that are right by luck, at most a few in a hundred tables."""

    def is_real(seed):
        right = np.random.default_rng(seed).random(200) < 0.5
        return Lead(FOLDS, lambda rows: float(right[rows].mean() - 0.5)).is_real()

    assert np.mean([is_real(seed) for seed in range(200)]) < 0.05
