"""Orders of training rows of which every beginning is a subset for the learning curve: row by row, or by whole groups.

Where rows come in groups that folds do not cut, a day of collecting brings new groups. Fewer rows of every group would
still tell of each, so that leaving them out costs next to nothing; what is missing before a day is groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.spreading import spread
from datassay.value.grid import Floats, Ints

#: With fewer groups, counted as if they were of one size, subsets differ by which groups they hold more than by how
#: many.
FEWEST_GROUPS = 10
#: Groups of which every class has one may make a subset so many times larger than is wanted.
MOST_OVER = 2.0


@dataclass(frozen=True)
class Order:
    """Training rows in the order in which nested subsets take them."""

    rows: Ints
    #: After how many rows a subset may end, ascending; None where it may anywhere.
    ends: Ints | None = None

    def take(self, fraction: float) -> Ints:
        """Return the beginning that is nearest to this share of the rows."""
        n = len(self.rows)
        if fraction == 1:
            return self.rows
        if self.ends is None:
            return self.rows[: round(fraction * n)]
        return self.rows[: int(self.ends[np.argmin(np.abs(self.ends - fraction * n))])]

    def is_near(self, fraction: float) -> bool:
        """Whether that beginning is not far larger than wanted."""
        return len(self.take(fraction)) <= MOST_OVER * fraction * len(self.rows)


def count_groups(groups: Ints) -> float:
    """Return how many groups of one size are as uneven as these (n,): 1 / the sum of their squared shares."""
    shares: Floats = np.bincount(groups) / len(groups)
    return float(1 / (shares**2).sum())


def order_rows(train: Ints, strata: NDArray[Any], groups: Ints | None, rng: np.random.Generator) -> Order:
    """Return an order of `train`, by whole groups where `groups` (n,) are given; `strata` (n,) are classes or zeros.

    Groups are spread by the class of which each holds most, against that class's rows in all: of pure groups every
    beginning has the classes in their shares, of mixed ones about so. No subset ends before every class is in it.
    """
    if groups is None:
        return Order(train[spread(strata[train], rng)])
    _, mine, sizes = np.unique(groups[train], return_inverse=True, return_counts=True)
    _, classes, totals = np.unique(strata[train], return_inverse=True, return_counts=True)
    # Every pair of a group and a class that it holds, once; there are never more of them than rows.
    pairs, counts = np.unique(mine * len(totals) + classes, return_counts=True)
    group, held = np.divmod(pairs, len(totals))
    by_share = np.lexsort((counts / totals[held], group))
    last = np.flatnonzero(np.diff(group[by_share], append=-1))
    order, n_first = _cover(spread(held[by_share][last], rng), group, held)
    place = np.argsort(order)
    return Order(train[np.argsort(place[mine], kind="stable")], np.cumsum(sizes[order])[n_first - 1 :])


def _cover(order: Ints, group: Ints, held: Ints) -> tuple[Ints, int]:
    """Move groups to the front that have every class between them, and say how many these are."""
    place = np.argsort(order)
    holders = np.bincount(held)
    is_held, first = np.zeros(len(holders), dtype=bool), []
    # The rarest first: its groups have the common classes anyway.
    for code in np.argsort(holders, kind="stable"):
        if not is_held[code]:
            first.append(int(place[group[held == code]].min()))
            is_held[held[group == order[first[-1]]]] = True
    chosen = np.isin(np.arange(len(order)), first)
    return np.concatenate([order[chosen], order[~chosen]]), len(first)
