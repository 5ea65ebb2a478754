"""Which rows to give to reviewers: some at random, some from the worklist by depth, and a few of them twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.errors import UsageError

#: Shares of the design: repeats of all answers; random rows of the others.
REPEATED, RANDOM = 0.05, 0.6
#: Where the bands of depth end, as shares of the depth, and how the worklist part is shared out to them.
BAND_ENDS, BAND_SHARES = (0.25, 1.0, 4.0), (0.5, 0.3, 0.2)
#: The band of rows that were drawn at random.
ALL = "all"
#: The depth is at least this share of the rows.
LEAST_DEPTH = 0.1
MOST_ROWS = 100_000
#: The number of this stream of random numbers. NumPy takes seeds that end in zeros for shorter ones, so that without a
#: number of its own a first draw would be the stream of the seed alone, which deals folds and samples rows.
STREAM = 53


@dataclass(frozen=True)
class Design:
    """Rows to be reviewed, in the order in which they are to be asked; positions are those in the worklist."""

    positions: NDArray[np.int64]
    is_random: NDArray[np.bool_]
    bands: list[str]
    is_repeat: NDArray[np.bool_]
    #: Rows that were drawn at random too, and need not be asked again.
    known: NDArray[np.int64]


def draw(
    worklist: pl.DataFrame,
    *,
    size: int,
    labels_per_hour: float,
    reviewed: Collection[str],
    drawn_before: Collection[str],
    seed: int,
) -> Design:
    """Draw at most `size` answers from a worklist (id, is_issue; worst first).

    A twentieth are repeats: rows that are asked a second time, at least a quarter of the list away. Of the others 60 %
    are drawn at random from all rows that have not been drawn at random before (`drawn_before`), so that over several
    exports they are one random sample of the table; those among them that were `reviewed` for another reason are
    `known`. The rest comes from the worklist, at random within each band of depth: the first quarter of the depth, the
    rest of it, and as far again three times. The depth is the largest of an hour's labels, a tenth of the rows and the
    number of label issues. Reviewed rows are not asked again. Raises UsageError for an impossible size.
    """
    if not 1 <= size <= MOST_ROWS:
        raise UsageError(f"A review of {size:,} rows cannot be drawn.", hint=f"Use 1 to {MOST_ROWS:,}.")
    rng = np.random.default_rng([seed, STREAM, len(reviewed), len(drawn_before)])
    ids = worklist["id"].cast(pl.String)
    is_open = ~ids.is_in(list(reviewed)).to_numpy()
    # Where more is asked for than there is, a twentieth of what can be asked.
    fair = min(size, round(is_open.sum() / (1 - REPEATED)))
    n_repeats = round(REPEATED * fair) if fair > 1 else 0
    n_random = round(RANDOM * (size - n_repeats))
    order = rng.permutation(np.flatnonzero(~ids.is_in(list(drawn_before)).to_numpy()))
    # As far down the random order as it takes to find so many that have to be asked.
    upto = int(np.searchsorted(np.cumsum(is_open[order]), n_random)) + 1 if n_random else 0
    order = order[:upto]
    at_random, known = order[is_open[order]], order[~is_open[order]]
    left = is_open.copy()
    left[at_random] = False
    depth = max(int(worklist["is_issue"].sum()), round(labels_per_hour), round(LEAST_DEPTH * worklist.height))
    from_list, bands = _from_bands(np.flatnonzero(is_open), left, depth, size - n_repeats - len(at_random), rng)
    asked = np.concatenate([at_random, from_list])
    again = rng.choice(len(asked), min(n_repeats, len(asked)), replace=False)
    places = _places(len(asked), again, rng)
    index = np.concatenate([np.arange(len(asked)), again])[places]
    all_bands = [ALL] * len(at_random) + bands
    return Design(
        positions=asked[index],
        is_random=index < len(at_random),
        bands=[all_bands[i] for i in index],
        is_repeat=(np.arange(len(asked) + len(again)) >= len(asked))[places],
        known=np.sort(known),
    )


def _from_bands(
    open_rows: NDArray[np.int64], is_left: NDArray[np.bool_], depth: int, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], list[str]]:
    """Draw `size` rows from bands of the open rows, worst first; what a band lacks is taken from the others."""
    if not len(open_rows):
        return np.array([], dtype=np.int64), []
    # The rest of the list is a last band, from which nothing is taken unless the others are used up.
    ends = sorted({*(min(len(open_rows), max(1, round(end * depth))) for end in BAND_ENDS), len(open_rows)})
    starts = [0, *ends[:-1]]
    pools = []
    for start, end in zip(starts, ends, strict=True):
        rows = open_rows[start:end]
        pools.append(rng.permutation(rows[is_left[rows]]))
    shares = np.array([*BAND_SHARES, 0.0][: len(pools)])
    wanted = np.floor(shares / shares.sum() * size).astype(int)
    wanted[0] += size - wanted.sum()
    taken = [min(int(n), len(pool)) for n, pool in zip(wanted, pools, strict=True)]
    for i, pool in enumerate(pools):
        taken[i] += min(len(pool) - taken[i], size - sum(taken))
    names = [f"{start + 1}-{end}" for start, end in zip(starts, ends, strict=True)]
    rows = np.concatenate([pool[:n] for pool, n in zip(pools, taken, strict=True)])
    return rows, [name for name, n in zip(names, taken, strict=True) for _ in range(n)]


def _places(n: int, again: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return an order of `n` rows and their repeats that tells nothing of them, and keeps a row from its repeat."""
    first = (rng.permutation(n) + 0.5) / max(n, 1)
    # On a circle a repeat is between a quarter and three quarters of the way round from its row: so is it on a line.
    second = (first[again] + 0.25 + 0.5 * rng.random(len(again))) % 1.0
    return np.argsort(np.concatenate([first, second]), kind="stable")
