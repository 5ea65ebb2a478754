"""Noise put on top of today's: which labels are changed, and into what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.value.grid import Floats

#: Doses in multiples of today's noise rate: near it, because heavy noise tells little about a little less.
MULTIPLES = (0.5, 1.0, 1.5)

#: The smallest middle dose: with less, what a few flips do drowns in the differences between fits.
SMALLEST_BASE = 0.06

#: Most noise in all, as c * rate: beyond it a learner meets labels that it never will.
LARGEST_TOTAL = 0.9

#: Share of the pattern that is uniform, so that an estimated zero never rules a confusion out.
UNIFORM_SHARE = 0.1


def choose_doses(noise_rate: float, c: float, multiples: tuple[float, ...] = MULTIPLES) -> Floats:
    """Return the shares of labels to change, ascending, for today's `noise_rate` and c = K / (K - 1).

    A dose q leaves 1 - c e' = (1 - c e)(1 - c q); the largest is cut so that c e' stays below 0.9 (45 % of the labels
    for two classes).
    """
    today = min(c * noise_rate, LARGEST_TOTAL - 0.1)
    most = (1 - (1 - LARGEST_TOTAL) / (1 - today)) / c
    base = min(max(noise_rate, SMALLEST_BASE), most / multiples[-1])
    return base * np.array(multiples)


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


def add_class_noise(y: NDArray[Any], doses: Floats, pattern: Floats, rng: np.random.Generator) -> list[NDArray[Any]]:
    """Return one copy of the codes `y` per dose, in which exactly that share of them is changed by `pattern`.

    The rows changed at a small dose are changed alike at a larger one: what differs between doses is the dose.
    """
    chance = pattern.sum(axis=1)[y]
    # Weighted sampling without replacement: the smallest exponential times come first (Efraimidis and Spirakis 2006).
    order = np.argsort(rng.standard_exponential(len(y)) / np.maximum(chance, 1e-12), kind="stable")
    cumulative = np.cumsum(pattern, axis=1)
    draw = rng.random(len(y)) * cumulative[y, -1]
    other = (draw[:, None] >= cumulative[y]).sum(axis=1)
    return [_changed(y, order, dose, np.minimum(other, len(pattern) - 1)) for dose in doses]


def add_number_noise(y: Floats, doses: Floats, rng: np.random.Generator) -> list[Floats]:
    """Return one copy of the targets per dose, in which that share holds the target of another row."""
    order = rng.permutation(len(y))
    donor = np.empty(len(y), dtype=np.int64)
    # Each row's donor is its neighbour in a random circle, so that no row gives to itself.
    circle = rng.permutation(len(y))
    donor[circle] = np.roll(circle, 1)
    return [_changed(y, order, dose, y[donor]) for dose in doses]


def _changed(y: NDArray[Any], order: NDArray[Any], dose: float, other: NDArray[Any]) -> NDArray[Any]:
    rows = order[: round(dose * len(y))]
    out = y.copy()
    out[rows] = other[rows]
    return out
