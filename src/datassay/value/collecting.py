"""What more rows are worth: learning curves through the size anchors, many draws at once.

Every form reports gains from today's rows on and never an asymptote: parameters of a curve are unstable, the score
and the slope where the data ends are not (Hoiem et al., ICML 2021). Sources: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.grid import Floats

#: Curves are not followed beyond this multiple of today's rows.
MAX_GROWTH = 4.0

#: What is kept of a slope of the wrong sign. About one curve in seven is really ill-behaved (LCDB 1.1); the others
#: that fall in a sample do so by chance.
NEGATIVE_TAIL = 0.15

EXPONENTS = np.geomspace(0.1, 2.0, 31)


def damp(slope: Floats) -> Floats:
    """Keep positive slopes as they are, and a small part of negative ones."""
    return np.where(slope >= 0, slope, NEGATIVE_TAIL * slope)


def anchor_weights(sizes: Floats) -> Floats:
    """Return weights of the anchors, larger sizes weigh more: the end of the curve is what goes on."""
    weights: Floats = sizes / sizes.sum()
    return weights


def fit_log_slope(sizes: Floats, scores: Floats) -> Floats:
    """Return the slope s of `score = a + s ln(rows)` per draw; `scores` is (D, S), the result (D,)."""
    weights = anchor_weights(sizes)
    x = np.log(sizes)
    x = x - weights @ x
    slope: Floats = scores @ (weights * x) / (weights @ x**2)
    return slope


@dataclass(frozen=True)
class Power:
    """The curve `score = a - b (rows / rows today)^-d`, per draw; the asymptote a is not kept."""

    #: (D,)
    b: Floats
    #: (D,)
    d: Floats

    def gain(self, growth: Floats) -> Floats:
        """Return the gain of `growth` (P,) = new rows / today's rows, (D, P); exact also for one row in a million."""
        return -damp(self.b)[:, None] * np.expm1(-self.d[:, None] * np.log1p(growth)[None, :])


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
