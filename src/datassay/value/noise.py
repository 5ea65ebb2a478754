"""Noise put on top of today's: which labels are changed, and into what."""

from __future__ import annotations

import numpy as np

from datassay.value.grid import Floats

#: The dose in multiples of today's noise rate, and its ends: small, because heavy noise tells little about a little
#: less, and large enough that what it does is not lost in the differences between fits.
MULTIPLE, SMALLEST, LARGEST = 0.75, 0.05, 0.12

#: Most noise in all, as c * rate: beyond it a learner meets labels that it never will.
LARGEST_TOTAL = 0.9


def choose_dose(noise_rate: float, c: float) -> float:
    """Return the share of labels to change for today's `noise_rate` and c = K / (K - 1)."""
    room = max((LARGEST_TOTAL - c * noise_rate) / c, SMALLEST / 2)
    return min(float(np.clip(MULTIPLE * noise_rate, SMALLEST, LARGEST)), room)


def add_number_noise(y: Floats, dose: float, rng: np.random.Generator) -> Floats:
    """Return a copy of the targets in which that share holds the target of another row."""
    # Each row's donor is its neighbour in a random circle, so that no row gives to itself.
    donor, circle = np.empty(len(y), dtype=np.int64), rng.permutation(len(y))
    donor[circle] = np.roll(circle, 1)
    rows = rng.permutation(len(y))[: round(dose * len(y))]
    out = y.copy()
    out[rows] = y[donor[rows]]
    return out
