"""Size and noise at once: `score = a - b (rows (1 - c rate)^g)^-d`.

The size anchors and the added noise are fitted together, so that the value of a fixed label and of a new row share
one curve. g = 2 is the effective-sample-size rule; the fitted g says how much this learner minds noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.cleaning import purity_gain, sensitivity
from datassay.value.collecting import Power, anchor_weights, solve_power
from datassay.value.grid import Floats

EXPONENTS = np.geomspace(0.1, 2.0, 31)
NOISE_EXPONENTS = np.geomspace(0.3, 4.0, 25)


@dataclass(frozen=True)
class Surface:
    """The surface per draw, with b at today's rows and noise; each (D,)."""

    b: Floats
    d: Floats
    g: Floats

    def gain(self, growth: Floats, fixed_rate: Floats, noise_rate: Floats, c: float) -> Floats:
        """Return the joint gain of `growth` (P,) and of a rate that falls by `fixed_rate` (D, P), as (D, P).

        What is left to gain after the new rows is what the repairs then work on.
        """
        left = np.exp(-self.d[:, None] * np.log1p(growth)[None, :])
        repaired = -np.expm1(-(self.d * self.g)[:, None] * purity_gain(fixed_rate, noise_rate, c))
        return Power(self.b, self.d).gain(growth) + sensitivity(self.b, fixed_rate) * left * repaired


def fit_surface(sizes: Floats, doses: Floats, scores: Floats, *, n_now: int, c: float, ceiling: float) -> Surface:
    """Fit the surface; `scores` is (D, S + Q): size anchors, then doses at the last size.

    Added noise of dose q on a rate e leaves 1 - c e' = (1 - c e)(1 - c q), because a wrong label that is changed again
    mostly stays wrong; so the fit relative to today does not depend on the unknown rate.
    """
    rows = np.concatenate([sizes, np.full(len(doses), sizes[-1])])
    purity = np.concatenate([np.ones(len(sizes)), 1 - c * doses])
    d, g = (axis.ravel() for axis in np.meshgrid(EXPONENTS, NOISE_EXPONENTS, indexing="ij"))
    log_z = -d * np.log(rows / n_now)[:, None] - (d * g) * np.log(purity)[:, None]
    b, error = solve_power(np.exp(log_z), anchor_weights(rows), scores, ceiling)
    best = error.argmin(axis=1)
    return Surface(b[np.arange(len(b)), best], d[best], g[best])
