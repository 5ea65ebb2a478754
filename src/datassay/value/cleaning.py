"""What reviewing labels is worth: labels really repaired, and what a repaired label does to the score.

Reviewing k labels of which a share p is wrong, by a reviewer who is right with probability r, repairs k p r labels and
spoils k (1 - p)(1 - r); the net is k (p + r - 1), which is negative where the detector is poor and the reviewer is not
near perfect. What a repaired label does is taken from rehearsals (docs/methods.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.grid import Floats, Grid
from datassay.value.weights import Weights

#: The largest c * rate that is believed: beyond it labels would carry no information at all.
MAX_NOISE = 0.9
#: The least share of labels that a rehearsal must have found for its gain to be divided by it.
LEAST_FOUND = 0.005


@dataclass(frozen=True)
class NetFixed:
    """Net repaired labels along the worklist, per draw.

    `depths` (P,) are numbers of reviewed labels, ascending from 0; `n_wrong` (D, P) is how many of them are wrong.
    """

    depths: Floats
    n_wrong: Floats
    reviewer_accuracy: float

    def wrong(self, labels: Floats) -> Floats:
        """Return how many of the first `labels` (P,) rows are wrong, (D, P); beyond the worklist nothing is left."""
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


@dataclass(frozen=True)
class Sensitivity:
    """What repaired labels do to the score, per draw, as the rehearsals showed it."""

    #: (D,) gain per share of labels repaired.
    slope: Floats
    #: (R, D) gains of the replays, already weighted, and (R,) the shares of labels that they had repaired: more repairs
    #: than a replay had are worth no more than it showed.
    capped: Floats
    found: Floats
    #: (D,) weighted gain of the rehearsal on the list, and the share of labels that the list's depth repairs.
    listed: Floats
    listed_share: Floats
    #: (D,) gain per share of labels repaired where the list repairs too little to show it: by the exchange rate.
    fallback: Floats

    def gain(self, share: Floats) -> Floats:
        """Return the gain of a net repaired `share` (D, P) of the labels, (D, P)."""
        positive = np.maximum(share, 0)
        gain = self.slope[:, None] * positive
        for capped, found in zip(self.capped, self.found, strict=True):
            gain = gain + capped[:, None] * np.minimum(positive, found) / found
        gain = gain + self._per_share()[:, None] * positive
        # However the rehearsals went, spoiling labels never helps.
        return np.where(share < 0, np.maximum(self.steepness(), 0)[:, None] * share, gain)

    def steepness(self) -> Floats:
        """Return the gain per share of labels repaired for the first of them, (D,)."""
        steepness: Floats = self.slope + (self.capped / self.found[:, None]).sum(axis=0) + self._per_share()
        return steepness

    def _per_share(self) -> Floats:
        # Where the list's rows are hardly ever wrong, what changing them did says nothing of repairs.
        is_known = self.listed_share > LEAST_FOUND
        return np.where(is_known, self.listed / np.where(is_known, self.listed_share, 1), self.fallback)


def draw_sensitivity(
    grid: Grid, draw: Floats, listed_share: Floats, weights: Weights, *, fallback: Floats
) -> Sensitivity:
    """Combine the rehearsals by their weights; `draw` (D, F) weighs the folds, the others (D,) are as in the record.

    Kinds that occur repeatedly share their weight; kinds that did not run leave theirs to the others.
    """
    parts = [(kind, i) for kind in weights.kinds for i in (0, 1)]
    replays = [replay for replay in grid.replays if replay.kind in weights.kinds]
    counts = {kind: sum(r.kind == kind for r in replays) for kind in weights.kinds}
    usable = sum(weights.of(kind, i) for kind, i in parts if counts[kind]) + (weights.listed if grid.rehearsal else 0.0)
    scale = weights.total / usable if usable > 0 else 0.0
    n = len(draw)
    slope, capped, found = np.zeros(n), [], []
    for replay in replays:
        found_share = max(replay.found, LEAST_FOUND)
        steep, level = np.zeros(n), np.zeros(n)
        for i in (0, 1):
            gain = draw @ replay.gain[i]
            steep += weights.of(replay.kind, i, how="slope") * gain / found_share
            level += weights.of(replay.kind, i, how="capped") * gain
        slope += scale / counts[replay.kind] * steep
        capped.append(scale / counts[replay.kind] * level)
        found.append(found_share)
    listed = np.zeros(n)
    if grid.rehearsal is not None:
        listed = scale * sum(weights.listed_by[i] * (draw @ grid.rehearsal.gain[i]) for i in (0, 1))
    if grid.rehearsal is None:
        fallback = np.zeros(n)
    return Sensitivity(slope, np.array(capped).reshape(-1, n), np.array(found), listed, listed_share, fallback)
