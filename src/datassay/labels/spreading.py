"""A random order of rows that is fair to classes wherever it is cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(strata: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a random order in which every beginning holds the strata in their shares, and one of each at once."""
    shuffled = rng.permutation(len(strata))
    by_stratum = shuffled[np.argsort(strata[shuffled], kind="stable")]
    _, starts, counts = np.unique(strata[by_stratum], return_index=True, return_counts=True)
    rank = np.arange(len(strata)) - np.repeat(starts, counts)
    place = (rank + rng.random(len(strata))) / np.repeat(counts, counts)
    place[rank == 0] = 0.0
    return by_stratum[np.argsort(place, kind="stable")]
