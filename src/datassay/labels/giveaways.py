"""Columns that are a label of numbers up to a monotone map, in all rows or in most: no model's score shows them.

Trees cut a copy of the label into steps and leave residuals, and gross errors in a label, or in its copy, cost any
model its score. So the map is looked for by itself, in ranks, which neither units nor outliers change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datassay.labels.encoding import Encoded
from datassay.labels.metrics import foresees_all, score

#: A row is on the map where its label's rank is within this share of the rows, and levels of the map are so far apart.
NEAR, STEP = 0.01, 0.0025
#: A column is named where so many of the rows are on its map that one value for all of them would not explain. One that
#: correlates to 0.95 with the label has 0.6 at most, one to 0.99 has 0.65 of a hundred rows and less of more.
GIVEN = 0.7
#: Of a column that gives every label away, and the share of rows in which it has to be known for that; rank for rank,
#: so that no single huge label makes a fit look perfect.
ALL_GIVEN, ALL_KNOWN = 0.99, 0.95
#: Rows and different labels below which a map is found by chance, and the share of rows that need a value.
FEWEST_ROWS, FEWEST_LABELS, LEAST_KNOWN = 50, 20, 0.5
#: Neighbours along a column have like labels in at least this share of the cases where any map is worth looking for.
LEAST_SMOOTH = 0.25
MOST_ROWS = 2000


@dataclass(frozen=True)
class Giveaway:
    """A column of the snapshot that gives labels away."""

    name: str
    #: The share of rows in which it does.
    share: float
    #: Whether it foresees the label of every row, as a perfect model would.
    is_exact: bool


def find_giveaways(encoded: Encoded, y: NDArray[np.float64], origins: dict[str, str]) -> list[Giveaway]:
    """Return the columns that determine numbers (n,) up to a monotone map, those that do so in most rows first.

    Wrong labels are allowed for: up to a quarter of them may lie anywhere. Looks at 2,000 rows at most; `origins` maps
    a column of the encoded table to the snapshot's.
    """
    rows = np.linspace(0, len(y) - 1, min(len(y), MOST_ROWS)).astype(int)
    if len(rows) < FEWEST_ROWS or len(np.unique(y[rows])) <= FEWEST_LABELS:
        return []
    found: dict[str, Giveaway] = {}
    for j, source in enumerate(encoded.sources):
        column = encoded.matrix[:, j]
        rising, falling, share = _measure(column[rows], y[rows])
        lead = max(rising, falling)
        if lead < GIVEN:
            continue
        is_exact = lead >= ALL_GIVEN and _is_exact(column, y, is_rising=rising >= falling)
        one = Giveaway(origins.get(source, source), share, is_exact)
        before = found.get(one.name)
        if before is None or (one.is_exact, one.share) > (before.is_exact, before.share):
            found[one.name] = one
    return sorted(found.values(), key=lambda one: (-one.is_exact, -one.share, one.name))


def _measure(column: NDArray[np.float32], y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the share of rows on the best rising and falling map, of those that one value would not explain.

    And that of all rows that are on the better one.
    """
    from scipy.stats import rankdata

    known = ~np.isnan(column)
    n = int(known.sum())
    if n < max(LEAST_KNOWN * len(column), FEWEST_ROWS):
        return 0.0, 0.0, 0.0
    ranks = rankdata(y[known]) / n
    order = np.argsort(column[known], kind="stable")
    x, ranks = column[known][order], ranks[order]
    is_near = np.abs(np.diff(ranks)) <= max(2 * NEAR, 2 / n)
    n_same = _count(np.zeros(n), ranks)
    if is_near.mean() < LEAST_SMOOTH or n_same == n:
        return 0.0, 0.0, 0.0
    rising, falling = _count(x, ranks), _count(-x[::-1], ranks[::-1])
    left = n - n_same
    return (rising - n_same) / left, (falling - n_same) / left, max(rising, falling) / len(column)


def _count(x: NDArray[np.floating], ranks: NDArray[np.float64]) -> int:
    """Return how many rows lie on the best map that never falls, from ascending `x` (n,) to `ranks` (n,) in (0, 1].

    Row by row, for every level that the map may have reached, the most rows that it can have met: levels below may rise
    to it, and each row adds one to the levels that it is near to. Rows of one `x` meet the map at one level.
    """
    reached = np.zeros(round(1 / STEP) + 1, dtype=np.int64)
    first = np.maximum(np.ceil((ranks - NEAR) / STEP), 0).astype(np.int64)
    last = np.floor((ranks + NEAR) / STEP).astype(np.int64) + 1
    is_new = np.append(True, np.diff(x) > 0)
    for i in range(len(x)):
        if is_new[i]:
            np.maximum.accumulate(reached, out=reached)
        reached[first[i] : last[i]] += 1
    return int(reached.max())


def _is_exact(column: NDArray[np.float32], y: NDArray[np.float64], *, is_rising: bool) -> bool:
    """Return whether the best monotone map of all rows is as good as a perfect model."""
    from sklearn.isotonic import IsotonicRegression

    known = ~np.isnan(column)
    if known.mean() < ALL_KNOWN:
        return False
    fit = IsotonicRegression(increasing=is_rising).fit_transform(column[known].astype(np.float64), y[known])
    return foresees_all("r2", score("r2", y[known], fit), 0.0)
