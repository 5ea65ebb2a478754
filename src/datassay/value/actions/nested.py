"""Label issues as they would be flagged without a held-out part, so that it can judge what dropping them does.

Flags of the audit rest on models that have seen the held-out labels: scored on these, dropping what disagrees with them
looks better than it is (docs/methods.md).
"""

from __future__ import annotations

import os
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import InconclusiveError
from datassay.labels.confident import find_class_noise
from datassay.labels.regression import judge_numbers
from datassay.value.actions.bench import Bench, Mask
from datassay.value.grid import Floats


def count_fits(n_folds: int) -> int:
    """Return how many models flag anew: one for each pair of folds."""
    return n_folds * (n_folds - 1) // 2


def flag_anew(bench: Bench) -> list[Mask]:
    """Return for each fold which of the other rows (n,) look wrong to models that have not seen the fold.

    The model that leaves two folds out predicts each of them for the sake of the other. Call it inside `fitting()`.
    Raises InconclusiveError for fewer than three folds.
    """
    from joblib import Parallel, delayed

    if bench.n_folds < 3:
        raise InconclusiveError("Flagging without a held-out part needs three folds or more.")
    pred = [np.zeros_like(bench.pred) for _ in range(bench.n_folds)]

    def fit(i: int, j: int) -> tuple[int, int, NDArray[Any], Floats]:
        out = np.flatnonzero((bench.fold == i) | (bench.fold == j))
        train = np.flatnonzero((bench.fold != i) & (bench.fold != j))
        return i, j, out, bench.learner.fit_predict(bench.today, bench.y, train, out)

    jobs = Parallel(n_jobs=min(bench.n_jobs, os.cpu_count() or 1), backend="threading", return_as="generator")
    for i, j, out, found in jobs(delayed(fit)(*pair) for pair in combinations(range(bench.n_folds), 2)):
        bench.meter.add()
        in_i = bench.fold[out] == i
        pred[j][out[in_i]], pred[i][out[~in_i]] = found[in_i], found[~in_i]
    return [_flag(bench, i, each) for i, each in enumerate(pred)]


def _flag(bench: Bench, held_out: int, pred: Floats) -> Mask:
    rows = np.flatnonzero(bench.fold != held_out)
    given, seen = bench.y[rows], pred[rows]
    issues = find_class_noise(given, seen).is_issue if bench.learner.n_classes else judge_numbers(given, seen).is_issue
    flagged = np.zeros(len(bench.y), dtype=bool)
    flagged[rows[issues]] = True
    return flagged
