"""Whether rows that are equal are copies, or equal by chance as rows are whose columns take few values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Where a row occurs more often than this on average, its features are a value that the table has many rows of.
MOST_EQUAL = 10
#: The same where only the sizes of clusters speak for copies: tables that were laid out, with every combination of
#: some values so many times, have odd sizes too.
MOST_LAID_OUT = 5
#: Share of the rows that must be in clusters of sizes that chance does not make.
LEAST_EXCESS = 0.1
#: Share of the different rows that half of the columns must tell apart.
LEAST_TOLD = 0.5


def is_chance(codes: NDArray[np.int64], matrix: NDArray[np.float32], sources: Sequence[str] | None) -> bool:
    """Return whether as many rows as share a code would be equal without any having been copied.

    `codes` (n,) are dense, `matrix` is (n, d), and columns of one source are one column of the table. Where rows are
    equal again and again, more than ten times on average, they are: whatever the fold, a model knows such a row. Else
    they are copies if either the sizes of clusters or the columns say that chance would not do it.
    """
    sizes = np.bincount(codes)
    usual = sizes.mean()
    if usual > MOST_EQUAL:
        return True
    is_odd = usual <= MOST_LAID_OUT and _are_sizes_odd(sizes)
    return not (is_odd or _are_values_many(codes, matrix, sources))


def _are_sizes_odd(sizes: NDArray[np.int64]) -> bool:
    """Return whether many rows are in clusters of a size that is too common beside the sizes next to it.

    If rows are drawn independently, whatever the columns and however they depend on each other, the number of clusters
    of size k is a mixture of Poisson counts, for which k N_k^2 <= (k + 1) N_(k-1) N_(k+1) (Cauchy and Schwarz). A table
    that was doubled has pairs and hardly anything else. Counts are moved two standard deviations in favour of chance.
    """
    n = int(sizes.sum())
    counts = np.bincount(sizes, minlength=int(sizes.max()) + 2).astype(np.float64)
    most = counts + 2 * np.sqrt(counts) + 1
    size = np.arange(2, len(counts) - 1)
    limit = np.sqrt((size + 1) / size * most[1:-2] * most[3:])
    excess = np.maximum(counts[2:-1] - 2 * np.sqrt(counts[2:-1]) - limit, 0)
    return bool(size @ excess > LEAST_EXCESS * n)


def _are_values_many(codes: NDArray[np.int64], matrix: NDArray[np.float32], sources: Sequence[str] | None) -> bool:
    """Return whether half of the columns, and the other half too, tell rows apart almost as well as all of them do.

    Where columns take few values, each further column splits rows that were equal until then, so that half of them know
    far fewer different rows. Copies are equal in any columns and add none. Columns are dealt to the halves by how many
    values they take. This sees rows that were drawn again at random, whose clusters have the sizes that chance makes.
    """
    # One of each, which also makes near copies one.
    rows = matrix[np.unique(codes, return_index=True)[1]]
    names = np.asarray(range(matrix.shape[1]) if sources is None else sources)
    partitions = [_partition(rows[:, names == name]) for name in dict.fromkeys(names.tolist())]
    # A column that splits the rows as another does, as a code beside its name, counts once; but measured numbers, which
    # hardly ever repeat, are no codes of each other.
    repeated = {firsts.tobytes(): firsts for firsts in partitions if _count(firsts) < len(rows)}
    columns = [*repeated.values(), *(firsts for firsts in partitions if _count(firsts) == len(rows))]
    columns.sort(key=lambda firsts: -_count(firsts))
    if len(columns) < 2:
        return False
    halves = [_partition(np.column_stack(half)) for half in (columns[::2], columns[1::2])]
    return min(_count(half) for half in halves) >= LEAST_TOLD * len(rows)


def _partition(rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each row the place of the first that is equal to it."""
    hashes = pl.from_numpy(np.nan_to_num(rows, nan=np.inf)).hash_rows().to_numpy()
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)


def _count(firsts: NDArray[np.int64]) -> int:
    return len(np.unique(firsts))
