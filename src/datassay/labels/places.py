"""Where rows lie among the features, so that it can be told which ones are alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import DataError, EngineError
from datassay.labels.encoding import encode
from datassay.labels.estimator import load_matrix
from datassay.labels.features import read_features
from datassay.labels.posterior import Floats
from datassay.results import Predictions, Snapshot

#: Standard deviations beyond which a feature's value is no further away.
MOST_SDS = 5.0
#: Rows that are drawn for the median distance.
N_DISTANCES = 300
#: Nearest rows whose labels are looked at, and the share of them that must agree to contradict a label.
N_NEAREST, AGREED = 21, 0.85
#: Rows among which the nearest are looked for: all of a small table, and never fewer than these of a large one.
LEAST_LOOKED_AT, MOST_WORK = 700, 1.75e9
#: Fewer rows with neighbours who agree tell nothing.
LEAST_AGREED = 15


@dataclass(frozen=True)
class Places:
    """Where rows lie among the features."""

    #: (n, d) features, each with mean 0 and standard deviation 1.
    features: NDArray[np.float32]
    #: Median squared distance of two rows.
    spread: float


@dataclass(frozen=True)
class Around:
    """The labels of the nearest rows."""

    #: (n, q) codes, nearest first.
    labels: NDArray[np.int32]

    def share(self, codes: NDArray[Any]) -> Floats:
        """Return which share of the neighbours of each row has the label of `codes` (n,), (n,)."""
        shares: Floats = (self.labels == codes[:, None]).mean(axis=1)
        return shares

    def contradicted(self, given: NDArray[Any]) -> float | None:
        """Return the share of labels that contradict neighbours who nearly all agree; None where too few agree."""
        ordered = np.sort(self.labels, axis=1)
        # Who leads with more than half sits in the middle.
        leader = ordered[:, ordered.shape[1] // 2]
        agreed = self.share(leader) > AGREED
        if agreed.sum() < LEAST_AGREED:
            return None
        return float((leader != given)[agreed].mean())


def look_around(places: Places, given: NDArray[Any]) -> Around:
    """Return the labels, codes (n,), of the nearest other rows; of a large table the nearest among some of its rows."""
    from sklearn.neighbors import NearestNeighbors

    n, d = places.features.shape
    n_looked_at = int(min(n, max(LEAST_LOOKED_AT, MOST_WORK / (n * max(d, 1)))))
    among = np.sort(np.random.default_rng(1).permutation(n)[:n_looked_at])
    # One more than needed, for a row is its own nearest.
    q = min(N_NEAREST + 1, n_looked_at)
    if d == 0:
        return Around(np.asarray(given, dtype=np.int32)[:, None])
    nearest = NearestNeighbors(n_neighbors=q, algorithm="brute").fit(places.features[among])
    found = among[nearest.kneighbors(places.features, return_distance=False)]
    is_self = found == np.arange(n)[:, None]
    # Where a row is not among the nearest (not looked at, or one of many alike), the furthest makes room.
    is_self[~is_self.any(axis=1), -1] = True
    return Around(np.asarray(given, dtype=np.int32)[found[~is_self].reshape(n, q - 1)])


def locate(snapshot: Snapshot, predictions: Predictions, rows: NDArray[np.int64], seed: int) -> Places | None:
    """Return where the predicted rows (positions in the snapshot) lie, None where nothing can be made of the features.

    An estimator that takes the table itself may read columns that no matrix can be made of.
    """
    if predictions.matrix_path is not None:
        return find_places(load_matrix(Path(predictions.matrix_path)))
    try:
        return find_places(encode(read_features(snapshot, predictions.feature_columns, rows).frame, seed).matrix)
    except (DataError, EngineError):
        return None


def find_places(matrix: NDArray[np.float32]) -> Places:
    """Return where the rows of a matrix (n, d) lie; missing values lie in the middle."""
    known = np.isfinite(matrix)
    n_known = np.maximum(known.sum(axis=0), 1)
    # One copy of the matrix, changed in place: tables may be large.
    scaled = np.where(known, matrix, np.float32(0))
    scaled -= (scaled.sum(axis=0, dtype=np.float64) / n_known).astype(np.float32)
    scaled[~known] = 0
    sd = np.sqrt(np.einsum("ij,ij->j", scaled, scaled, dtype=np.float64) / n_known).astype(np.float32)
    scaled = scaled[:, sd > 0]
    scaled /= sd[sd > 0]
    np.clip(scaled, -MOST_SDS, MOST_SDS, out=scaled)
    some = np.random.default_rng(0).permutation(len(matrix))[:N_DISTANCES]
    distances = square_distances(scaled[some], scaled[some])[np.triu_indices(len(some), 1)]
    return Places(scaled, max(float(np.median(distances)) if len(distances) else 0.0, 1e-9))


def square_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> Floats:
    """Return the squared distances of rows (n, d) to others (m, d), (n, m)."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    positive: Floats = np.maximum(squares.astype(np.float64), 0.0)
    return positive
