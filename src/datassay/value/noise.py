"""Noise put on top of today's: which labels are changed, and into what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.value.grid import Floats, Ints

#: The dose in multiples of today's noise rate, and its ends: small, because heavy noise tells little about a little
#: less, and large enough that what it does is not lost in the differences between fits.
MULTIPLE, SMALLEST, LARGEST = 0.75, 0.05, 0.12

#: Most noise in all, as c * rate: beyond it a learner meets labels that it never will.
LARGEST_TOTAL = 0.9

#: Share of the pattern that is uniform, so that an estimated zero never rules a confusion out.
UNIFORM_SHARE = 0.1


def choose_dose(noise_rate: float, c: float) -> float:
    """Return the share of labels to change for today's `noise_rate` and c = K / (K - 1)."""
    room = max((LARGEST_TOTAL - c * noise_rate) / c, SMALLEST / 2)
    return min(float(np.clip(MULTIPLE * noise_rate, SMALLEST, LARGEST)), room)


def flip_pattern(transition: list[list[float]], n_classes: int) -> Floats:
    """Return (K, K) weights of changing a label of class i into class j, diagonal zero, mean row sum 1.

    Taken from the off-diagonal part of the noise transition matrix T[true][given], because noise that prefers some
    classes moves the decision boundary and uniform noise does not.
    """
    uniform = (1 - np.eye(n_classes)) / (n_classes - 1)
    matrix = np.array(transition, dtype=np.float64)
    if matrix.shape != (n_classes, n_classes):
        return uniform
    off = np.where(np.eye(n_classes, dtype=bool), 0.0, np.clip(matrix, 0, 1))
    if not np.isfinite(off).all() or off.sum() <= 0:
        return uniform
    pattern: Floats = (1 - UNIFORM_SHARE) * off * n_classes / off.sum() + UNIFORM_SHARE * uniform
    return pattern


def add_class_noise(y: NDArray[Any], dose: float, pattern: Floats, rng: np.random.Generator) -> NDArray[Any]:
    """Return a copy of the codes `y` in which exactly that share is changed by `pattern` (K, K)."""
    cumulative = np.cumsum(pattern, axis=1)
    draw = rng.random(len(y)) * cumulative[y, -1]
    other = (draw[:, None] >= cumulative[y]).sum(axis=1)
    return _change(y, dose, pattern.sum(axis=1)[y], np.minimum(other, len(pattern) - 1), rng)


def add_number_noise(y: Floats, dose: float, rng: np.random.Generator) -> Floats:
    """Return a copy of the targets in which that share holds the target of another row."""
    # Each row's donor is its neighbour in a random circle, so that no row gives to itself.
    donor, circle = np.empty(len(y), dtype=np.int64), rng.permutation(len(y))
    donor[circle] = np.roll(circle, 1)
    return _change(y, dose, np.ones(len(y)), y[donor], rng)


def _change(
    y: NDArray[Any], dose: float, chance: Floats, other: NDArray[Any] | Ints, rng: np.random.Generator
) -> NDArray[Any]:
    # Weighted sampling without replacement: the smallest exponential times come first (Efraimidis and Spirakis 2006).
    times = rng.standard_exponential(len(y)) / np.maximum(chance, 1e-12)
    rows = np.argsort(times, kind="stable")[: round(dose * len(y))]
    out = y.copy()
    out[rows] = other[rows]
    return out
