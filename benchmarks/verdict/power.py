"""The power curve that everybody fits, its exponent as the table's own scores have it: for the rules of thumb."""

from __future__ import annotations

import numpy as np

from datassay.value.collecting import Power, anchor_weights
from datassay.value.grid import Floats

EXPONENTS = np.geomspace(0.1, 2.0, 31)


def fit_power(sizes: Floats, scores: Floats, *, n_now: int, ceiling: float) -> Power:
    """Fit the power curve with a <= `ceiling`; `scores` is (D, S).

    The exponent is searched on a grid, a and b are linear least squares (POW3 of LCDB).
    """
    weights = anchor_weights(sizes)
    z = (sizes[:, None] / n_now) ** -EXPONENTS[None, :]
    b, error = solve_power(z, weights, scores, ceiling)
    best = error.argmin(axis=1)
    return Power(b[np.arange(len(b)), best], EXPONENTS[best])


def solve_power(z: Floats, weights: Floats, scores: Floats, ceiling: float) -> tuple[Floats, Floats]:
    """Solve `score = a - b z` for a and b by weighted least squares, a <= `ceiling`.

    `z` is (A, G): anchors by candidates; `scores` is (D, A). Returns b and the squared error, each (D, G).
    """
    # Scores are centred first: squared errors are far smaller than squared scores.
    y_mean = scores @ weights
    centred = scores - y_mean[:, None]
    weighted = centred * weights
    z_mean = weights @ z
    zy, zz = weighted @ z, weights @ z**2
    b = -zy / (zz - z_mean**2)
    a = b * z_mean
    # Where the free asymptote exceeds what the metric allows, the asymptote is the ceiling and b alone is fitted.
    room = (ceiling - y_mean)[:, None]
    over = a > room
    b = np.where(over, (room * z_mean - zy) / zz, b)
    a = np.where(over, room, a)
    # sum w (y - a + b z)^2, expanded so that no (D, A, G) array is needed.
    error = (weighted * centred).sum(axis=1)[:, None] + a**2 + b**2 * zz + 2 * b * zy - 2 * a * b * z_mean
    return b, error
