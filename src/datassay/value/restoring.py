"""How one-sidedly a worklist gives classes their rows back.

Where noise takes a large share of one class, a learner gives that class up, and every row that comes back weighs far
more than an average repair; rehearsals on evenly spoiled labels cannot show it. `python -m benchmarks.verdict --learn`
measures what it adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.value.grid import Floats, Ints

N_DEPTHS = 80


@dataclass(frozen=True)
class Restored:
    """The share of its rows that the class restored most gets back, less the mean over classes, by depth."""

    #: (P,) numbers of reviewed labels, ascending from 0.
    depths: Floats
    #: (P,) in [0, 1].
    excess: Floats

    def at(self, labels: Floats) -> Floats:
        """Return the excess after reviewing `labels` (P,)."""
        excess: Floats = np.interp(labels, self.depths, self.excess)
        return excess


def find_restored(given: NDArray[Any], belief: Floats | None, listed: Ints) -> Restored:
    """Return the excess along the worklist; zero throughout where nothing is believed of classes.

    `given` (n,) are codes, `belief` (n, k) P(true class), `listed` (m,) positions in the order of review. A row gives
    its class back as far as it is believed to belong to another class than the given one.
    """
    depths = np.unique(np.concatenate([[0.0], np.round(np.geomspace(1, max(len(listed), 2), N_DEPTHS))]))
    if belief is None:
        return Restored(depths, np.zeros(len(depths)))
    back = belief[listed].copy()
    back[np.arange(len(listed)), given[listed]] = 0.0
    sizes = np.maximum(belief.sum(axis=0), 1.0)
    shares = np.vstack([np.zeros(belief.shape[1]), np.cumsum(back, axis=0)]) / sizes
    at = shares[np.minimum(depths.astype(np.int64), len(listed))]
    return Restored(depths, np.clip(at.max(axis=1) - at.mean(axis=1), 0.0, 1.0))
