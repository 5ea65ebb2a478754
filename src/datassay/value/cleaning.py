"""What reviewing labels is worth: labels really repaired, and what a repaired label does to the score.

Reviewing k labels of which a share p is wrong, by a reviewer who is right with probability r, repairs k p r labels and
spoils k (1 - p)(1 - r); the net is k (p + r - 1), which is negative where the detector is poor and the reviewer is not
near perfect. Sources of the three forms: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.collecting import damp
from datassay.value.grid import Floats

#: The largest c * rate that is believed: beyond it labels would carry no information at all.
MAX_NOISE = 0.9


@dataclass(frozen=True)
class NetFixed:
    """Net repaired labels along the worklist, per draw.

    `depths` (P,) are numbers of reviewed labels, ascending from 0; `n_wrong` (D, P) is how many of them are wrong.
    """

    depths: Floats
    n_wrong: Floats
    reviewer_accuracy: float

    def wrong(self, labels: Floats) -> Floats:
        """Return how many of the `labels` (P,) worst rows are wrong, (D, P); beyond the worklist nothing is left."""
        return _interpolate(self.depths, self.n_wrong, np.minimum(labels, self.depths[-1]))

    def net(self, labels: Floats) -> Floats:
        """Return the net repaired labels after reviewing `labels` (P,), (D, P): k (p + r - 1), cumulated."""
        reviewed = np.minimum(labels, self.depths[-1])
        net: Floats = self.wrong(labels) - (1 - self.reviewer_accuracy) * reviewed
        return net

    def deepest(self) -> float:
        """Return how far down the worklist reviewing repairs labels on average; 0 where it never does."""
        return float(self.depths[self.net(self.depths).mean(axis=0).argmax()])


def _interpolate(x: Floats, y: Floats, at: Floats) -> Floats:
    """Interpolate all rows of `y` (D, X) at the same points; like `numpy.interp` by row, without its loop."""
    right = np.clip(np.searchsorted(x, at, side="left"), 1, len(x) - 1)
    share = (at - x[right - 1]) / (x[right] - x[right - 1])
    result: Floats = y[:, right - 1] * (1 - share) + y[:, right] * share
    return result


def purity_gain(fixed_rate: Floats, noise_rate: Floats, c: float) -> Floats:
    """Return ln of (1 - c e') / (1 - c e) for a rate e that falls by `fixed_rate`: (D, P) from (D, P) and (D,)."""
    purity = (1 - c * noise_rate)[:, None]
    # However bad the reviewer, labels stay a little informative: the logarithm has no end.
    return np.log1p(np.maximum(c * fixed_rate, 1 - MAX_NOISE - purity) / purity)


def sensitivity(slope: Floats, fixed_rate: Floats) -> Floats:
    """Return the slope to use per draw and point: repairs may harm a little, but spoiling labels never helps."""
    return np.where(fixed_rate < 0, np.maximum(slope, 0)[:, None], damp(slope)[:, None])


def fit_noise_slope(doses: Floats, scores: Floats) -> Floats:
    """Return the score lost per unit of added dose, (D,): linear SIMEX.

    `scores` is (D, 1 + Q), the first without added noise. A straight line, because the quadratic extrapolant of the
    textbook multiplies noise (docs/methods.md).
    """
    x = np.concatenate([[0.0], doses])
    x = x - x.mean()
    slope: Floats = -(scores @ x) / (x @ x)
    return slope


def gain_noise_slope(slope: Floats, fixed_rate: Floats, noise_rate: Floats, c: float) -> Floats:
    """Return the gain of a rate that falls by `fixed_rate` (D, P), on the line of `fit_noise_slope`.

    A dose q raises the rate by q (1 - c e), so the line is rescaled to the rate itself.
    """
    return sensitivity(slope, fixed_rate) * fixed_rate / (1 - c * noise_rate)[:, None]


def gain_effective_size(log_slope: Floats, fixed_rate: Floats, noise_rate: Floats, c: float) -> Floats:
    """Return the gain by effective sample size, (D, P): n (1 - c e)^2 rows without noise are worth n rows at rate e."""
    return sensitivity(log_slope, fixed_rate) * 2 * purity_gain(fixed_rate, noise_rate, c)
