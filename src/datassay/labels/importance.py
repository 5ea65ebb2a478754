"""What each column is worth to the model: the score lost where its values are scrambled among held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.estimator import Features
from datassay.labels.metrics import score
from datassay.results import Interval

#: Held-out rows whose values are scrambled, and the fewest that are worth it.
MOST_ROWS = 2000
LEAST_ROWS = 50
#: Cells of all scrambled copies together (80 MB), and their rows where predicting may be slow: a fraction of a fit.
MOST_CELLS = 20_000_000
MOST_COPIES = 100_000
#: Rows are scored in so many parts, whose spread is that of the estimate.
_N_PARTS = 10
#: Of Student's t with 9 degrees of freedom: an interval of 80 %.
_T = 1.383


@dataclass(frozen=True)
class Scrambled:
    """Copies of held-out rows, each with one column scrambled, to be predicted by a model that has not seen them."""

    columns: list[str]
    #: (m,) the rows that were copied, by position.
    test: NDArray[np.int64]
    #: The rows as they are, then once more for each column: (1 + number of columns) * m.
    copies: Features


def scramble(
    features: Features, origins: Sequence[str], columns: Sequence[str], fold: NDArray[np.int64], seed: int
) -> Scrambled | None:
    """Copy rows of fold 0 once for each of `columns`, its values permuted among them; None where there are too few.

    `origins` names the column that each of the features comes from. As many columns, from the first, as the limits
    allow.
    """
    rng = np.random.default_rng([seed, 10])
    test = np.sort(rng.permutation(np.flatnonzero(fold == 0))[:MOST_ROWS])
    shuffled = test[rng.permutation(len(test))]
    n_copies = min(MOST_CELLS // max(1, len(origins)), MOST_COPIES) // max(1, len(test))
    n_kept = min(len(columns), n_copies)
    if len(test) < LEAST_ROWS or n_kept == 0:
        return None
    wanted = list(columns[:n_kept])
    return Scrambled(wanted, test, _stack(features, np.array(origins), wanted, test, shuffled))


def weigh(metric: str, y: NDArray[Any], scrambled: Scrambled, pred: NDArray[np.float64]) -> dict[str, Interval]:
    """Return the score lost by scrambling each column, from predictions of all copies; none where it is not defined."""
    own = y[scrambled.test]
    base, *parts = np.split(pred, len(scrambled.columns) + 1)
    whole = score(metric, own, base)
    cuts = [rows for rows in np.array_split(np.arange(len(own)), _N_PARTS) if len(rows)]
    found = {}
    for name, lost in zip(scrambled.columns, parts, strict=True):
        estimate = whole - score(metric, own, lost)
        losses = np.array(
            [score(metric, own[rows], base[rows]) - score(metric, own[rows], lost[rows]) for rows in cuts]
        )
        losses = losses[np.isfinite(losses)]
        if not np.isfinite(estimate) or len(losses) < 2:
            continue
        reach = _T * float(losses.std(ddof=1)) / np.sqrt(len(losses))
        found[name] = Interval(estimate=float(estimate), low=float(estimate - reach), high=float(estimate + reach))
    return found


def _stack(
    features: Features, origins: NDArray[Any], columns: list[str], test: NDArray[Any], shuffled: NDArray[Any]
) -> Features:
    if features.table is not None:
        import pandas as pd

        own, donors = features.table.iloc[test], features.table.iloc[shuffled]
        copies = []
        for name in columns:
            copy = own.copy()
            for at in np.flatnonzero(origins == name):
                copy.isetitem(int(at), donors.iloc[:, int(at)].to_numpy())
            copies.append(copy.astype(own.dtypes.to_dict()))
        return Features(table=pd.concat([own, *copies], ignore_index=True))
    matrix = features.content
    blocks = [matrix[test]]
    for name in columns:
        block = matrix[test].copy()
        block[:, origins == name] = matrix[np.ix_(shuffled, origins == name)]
        blocks.append(block)
    return Features(matrix=np.vstack(blocks))
