"""Rows that are copies of each other, or nearly: a copy in another fold would give the answer away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.labels.chance import is_chance

#: Rows closer than this share of the usual distance to the nearest row are near duplicates (Datalab's default).
CLOSE = 0.13
#: Share of rows that may be taken for near duplicates by chance.
CHANCE = 0.0001
#: Projections on random directions, and how far along each a neighbour is looked for.
N_DIRECTIONS = 8
WINDOW = 4
#: Numbers that are compared at once, such that they take little beside the table.
MOST_AT_ONCE = 500_000
#: Rounding of projections, which must lose no pair.
SLACK = 1e-4
#: Above this share of rows with a twin, it is asked whether they are copies or features simply take few values.
MOST_TWINS = 0.5
#: Share of rows beyond the first of their kind from which readers are told.
MANY_COPIES = 0.1


def find_clusters(
    matrix: NDArray[np.float32], seed: int, sources: Sequence[str] | None = None
) -> tuple[NDArray[np.int64], int, str | None]:
    """Give rows of an encoded matrix (n, d) a cluster code each; near duplicates share one.

    Columns are scaled to unit spread, missing values are a value of their own. Candidates are neighbours along random
    projections, where near copies almost surely lie side by side (a cheap form of locality-sensitive hashing); they are
    joined where their distance is below 0.13 of the median distance of a row to its nearest row (less for fewer than
    five columns). Clusters larger than a twentieth of the table are not kept, and none are where most rows have a twin
    that chance may have made (`chance.py`): such rows are equal because their features take few values. `sources` (d,)
    names the column of the table that each column of the matrix is made of.
    Returns codes (n,), the number of rows that share a code, and a note or None.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(matrix)
    rng = np.random.default_rng(seed)
    Z = _scale(matrix)
    d = Z.shape[1]
    # Equal rows first: along a projection, more than WINDOW other rows can lie between two of many copies.
    order = np.argsort(pl.from_numpy(Z).hash_rows().to_numpy(), kind="stable")
    directions = rng.normal(size=(N_DIRECTIONS, d))
    # In few dimensions rows come this close by chance: the nearest of n rows is within a share c of the usual distance
    # with a probability of about c ** d, which is held below 1 in 10,000.
    reach = min(CLOSE, CHANCE ** (1 / d)) * _usual_gap(Z, rng)
    pairs = _pair(Z @ directions.T, order, reach * np.linalg.norm(directions, axis=1))
    close = pairs[_distances(Z, pairs) <= reach]
    graph = coo_matrix((np.ones(len(close), dtype=bool), (close[:, 0], close[:, 1])), shape=(n, n))
    _, codes = connected_components(graph, directed=False)
    codes = codes.astype(np.int64)
    sizes = np.bincount(codes)
    n_twins = int((sizes[codes] > 1).sum())
    if n_twins > MOST_TWINS * n and is_chance(codes, matrix, sources):
        note = f"{n_twins} of {n} rows repeat another row's features, so equal rows were not kept in one fold."
        return np.arange(n, dtype=np.int64), 0, note
    loose = sizes[codes] > max(2, n // 20)
    codes[loose] = codes.max() + 1 + np.arange(loose.sum())
    n_twins -= int(loose.sum())
    return codes, n_twins, _tell_different(codes, n_twins)


def keep_together(order: NDArray[np.int64], clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an order of rows, (m,), in which all of a cluster follow its first; `clusters` (n,) are of all rows.

    The beginnings of such an order hold copies as often as the table does. Of rows that are drawn one by one, few come
    with their copies: such a beginning holds more different rows than its length says.
    """
    _, first, code = np.unique(clusters[order], return_index=True, return_inverse=True)
    return order[np.argsort(first[code], kind="stable")]


def join_clusters(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the clusters (n,) in which rows are together that are together in either."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n_first = int(first.max()) + 1
    size = n_first + int(second.max()) + 1
    # Each code is a node, each row an edge between its two codes.
    graph = coo_matrix((np.ones(len(first), dtype=bool), (first, second + n_first)), shape=(size, size))
    _, codes = connected_components(graph, directed=False)
    joined: NDArray[np.int64] = codes[first].astype(np.int64)
    return joined


def bind_groups(clusters: NDArray[np.int64], groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
    """Return clusters (n,) in which copies and rows of one group are together, and whether copies were left out.

    They are where copies lie in other groups and so chain most of the table into one: groups are what was asked for.
    """
    joined = join_clusters(clusters, groups)
    is_chained = np.bincount(joined).max() > max(np.bincount(groups).max(), len(groups) // 2)
    return (groups, True) if is_chained else (joined, False)


def _tell_different(codes: NDArray[np.int64], n_twins: int) -> str | None:
    """Say how many rows the figures rest on where copies make them look many more than they are."""
    n, n_different = len(codes), len(np.unique(codes))
    if n - n_different < MANY_COPIES * n:
        return None
    return (
        f"{n_twins} of {n} rows repeat another row's features. Copies were kept in one fold; what is told of {n} rows "
        f"rests on {n_different} different ones."
    )


def _scale(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    missing = np.isnan(matrix)
    Z = np.where(missing, np.float32(0), matrix)
    # Sums in float64: half a million equal float32 values do not add up.
    known = np.maximum((~missing).sum(axis=0), 1)
    Z -= (Z.sum(axis=0, dtype=np.float64) / known).astype(np.float32)
    Z[missing] = 0
    # Of a column too large for squares of single precision nothing is compared.
    with np.errstate(over="ignore"):
        spread = np.sqrt((Z**2).sum(axis=0, dtype=np.float64) / known)
    Z /= np.where(spread > 0, spread, 1).astype(np.float32)
    # Far from every value, so that a gap is equal to a gap only.
    Z[missing] = 10.0
    return Z


def _distances(Z: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    # In slices: all pairs at once would take many times the table's memory.
    slices = np.array_split(pairs, len(pairs) * Z.shape[1] // MOST_AT_ONCE + 1)
    return np.concatenate([np.sqrt(((Z[part[:, 0]] - Z[part[:, 1]]) ** 2).sum(axis=1)) for part in slices])


def _pair(places: NDArray[np.float64], order: NDArray[np.int64], most: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return pairs of rows (p, 2) that may be near: side by side in `order` or along a direction, and far along none.

    `places` (n, D) are the rows along each direction, and `most` (D,) is what two near rows can differ there at most.
    """
    n = len(places)
    most = most * (1 + SLACK) + SLACK

    def keep(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        for direction, limit in zip(places.T, most, strict=True):
            near = np.abs(direction[a] - direction[b]) <= limit
            a, b = a[near], b[near]
        return np.minimum(a, b) * n + np.maximum(a, b)

    found = [keep(order[:-1], order[1:])]
    for direction in places.T:
        order = np.argsort(direction, kind="stable")
        found += [keep(order[:-step], order[step:]) for step in range(1, min(WINDOW, n - 1) + 1)]
    return np.column_stack(np.divmod(np.unique(np.concatenate(found)), n))


def _usual_gap(Z: NDArray[np.float32], rng: np.random.Generator) -> float:
    """Return the median distance from a row to its nearest other row, over a sample of rows."""
    from sklearn.neighbors import NearestNeighbors

    sample = rng.choice(len(Z), size=min(200, len(Z)), replace=False)
    # A row's nearest is itself.
    nearest = NearestNeighbors(n_neighbors=min(2, len(Z)), algorithm="brute").fit(Z).kneighbors(Z[sample])[0][:, -1]
    # Rows that have a copy would pull the median to zero.
    apart = nearest[nearest > 1e-3]
    return float(np.median(apart)) if len(apart) else 0.0
