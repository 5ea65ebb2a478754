"""What reviewing labels is worth: labels really repaired, and what a repaired label does to the score.

Reviewing k labels of which a share p is wrong, by a reviewer who is right with probability r, repairs k p r labels and
spoils k (1 - p)(1 - r); the net is k (p + r - 1), which is negative where the detector is poor and the reviewer is not
near perfect. What a repaired label does is taken from rehearsals (docs/methods.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.grid import Floats

#: The largest c * rate that a model is believed, and that formulas with 1 - c * rate are taken to: beyond it labels
#: would carry no information at all.
MAX_NOISE = 0.9
#: The least share of labels that a rehearsal must have found for its gain to be divided by it.
LEAST_FOUND = 0.005
#: How much the one rehearsal far down the list counts beside the first ones carried straight on: by itself it says too
#: little on average, and follows the luck of its draw (choosing half of `--far`).
DEEP_COUNTS = 0.75


def count_listed(depth: float, n_rows: int, n_listed: int) -> int:
    """Return how many labels a rehearsal changes: a share of all fitted rows, as far as there are any to review."""
    return min(max(1, round(depth * n_rows)), n_listed)


@dataclass(frozen=True)
class NetFixed:
    """Net repaired labels along the worklist, per draw.

    `depths` (P,) are numbers of reviewed labels, ascending from 0; `n_wrong` (D, P) is how many of them are wrong.
    """

    depths: Floats
    n_wrong: Floats
    reviewer_accuracy: float
    #: (P,) what a wrong label between a depth and the one before weighs, 1 as far as was rehearsed; None for alike.
    weight: Floats | None = None

    def wrong(self, labels: Floats) -> Floats:
        """Return how many of the first `labels` (P,) rows are wrong, (D, P); beyond the worklist nothing is left."""
        return _interpolate(self.depths, self.n_wrong, np.minimum(labels, self.depths[-1]))

    def net(self, labels: Floats) -> Floats:
        """Return the net repaired labels after reviewing `labels` (P,), (D, P): k (p + r - 1), cumulated, weighted."""
        reviewed = np.minimum(labels, self.depths[-1])
        counted = self.n_wrong
        if self.weight is not None:
            # Summed up piece by piece: where no more is found, lighter mistakes deeper down take nothing back.
            counted = np.cumsum(np.diff(self.n_wrong, axis=1, prepend=0.0) * self.weight, axis=1)
        net: Floats = _interpolate(self.depths, counted, reviewed) - (1 - self.reviewer_accuracy) * reviewed
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


@dataclass(frozen=True)
class Sensitivity:
    """What repaired labels do to the score, per draw, as the rehearsals showed it."""

    #: (D,) weighted gain of the rehearsal on the list, and the share of labels that the list's depth repairs.
    listed: Floats
    listed_share: Floats
    #: (D,) gain per share of labels repaired where the list repairs too little to show it: by the exchange rate.
    fallback: Floats
    #: (D,) weighted gain of the rehearsal far down the list; None where there was none.
    deep: Floats | None = None
    #: What a spoiled share of all labels loses at most, per share of them.
    most_lost: float = np.inf

    def gain_beyond(self, share: Floats, found: Floats, way: Floats, left: Floats) -> Floats:
        """Return the gain of a net repaired `share` (D, P) beyond the rehearsed part of the list, (D, P).

        `found` (D, P) is how many wrong labels there are beside the mean of all draws, and `way` (P,) how far each is
        from the rehearsed depth to the deep one, from 0 to 1. `left` (P,) is how much of what was rehearsed is left.
        """
        by_share = self.gain(share)
        if self.deep is None or self.listed_share.min() <= LEAST_FOUND:
            return by_share
        rehearsed = (self.listed[:, None] + (self.deep - self.listed)[:, None] * way[None, :]) * found
        # Where reviewers spoil more than they repair, no rehearsal makes that good.
        counts = DEEP_COUNTS * left[None, :]
        blend: Floats = counts * rehearsed + (1 - counts) * by_share
        return blend

    def gain(self, share: Floats) -> Floats:
        """Return the gain of a net repaired `share` (D, P) of the labels, (D, P)."""
        steepness = self.steepness()[:, None]
        # However the rehearsals went, spoiling labels never helps, and never loses more than repeating each of them.
        # That bound holds in full where as many are spoiled as the rehearsal repaired: a few weigh as repaired ones do.
        spoils = np.maximum(steepness, 0)
        is_bound = np.clip(-share.mean(axis=0) / max(float(self.listed_share.mean()), LEAST_FOUND), 0, 1)
        spoils = spoils - is_bound * np.maximum(spoils - self.most_lost, 0)
        gain: Floats = np.where(share < 0, spoils, steepness) * share
        return gain

    def steepness(self) -> Floats:
        """Return the gain per share of labels repaired, (D,)."""
        # Where the list's rows are hardly ever wrong, what changing them did says nothing of repairs.
        is_known = self.listed_share > LEAST_FOUND
        return np.where(is_known, self.listed / np.where(is_known, self.listed_share, 1), self.fallback)
