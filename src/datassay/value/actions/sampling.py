"""Large tables: actions are measured on a part of the rows that ordinary fits can bear."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from datassay.labels.estimator import Features
from datassay.results import OtherAction
from datassay.value.actions.bench import Bench
from datassay.value.grid import Floats, Ints

#: Rows below which no table is cut, however wide it is.
FEWEST_ROWS = 2_000
#: Kinds of rows that fill more than this share of the part are not taken whole.
LARGE_KIND = 0.05


def count_kept(bench: Bench, most_numbers: int) -> int:
    """Return how many rows fit into `most_numbers` cells of the matrix; all of them where the table is not large."""
    return int(min(len(bench.y), max(most_numbers // max(bench.encoded.matrix.shape[1], 1), FEWEST_ROWS)))


def take_part(bench: Bench, kinds: Ints, n_kept: int) -> Bench:
    """Return a bench of at most `n_kept` rows, drawn at random, with predictions of models that know no others.

    Rows of one kind (`kinds` (n,): `rows.find_copies`) come together or not at all, so that the share of copies stays;
    of kinds that fill more than a twentieth of the part comes the part's share of their rows.
    The audit's own predictions come of more rows than any fit here has, and would make every change look bad. Takes one
    fit per fold; call it inside `fitting()`. Raises EngineError where a fit fails.
    """
    part = cut_rows(bench, _draw(kinds, n_kept, np.random.default_rng([bench.spec.seed, 37])))
    return replace(part, pred=_predict(part))


def cut_rows(bench: Bench, rows: Ints) -> Bench:
    """Return the bench of these rows (positions), with the predictions that there are of them."""
    today = bench.today
    table = None if today.table is None else today.table.iloc[rows].reset_index(drop=True)
    return replace(
        bench,
        frame=bench.frame[rows],
        today=Features(None if today.matrix is None else today.matrix[rows], table),
        encoded=replace(bench.encoded, matrix=bench.encoded.matrix[rows]),
        y=bench.y[rows],
        pred=bench.pred[rows],
        fold=bench.fold[rows],
        row=bench.row[rows],
        scale=bench.scale * len(bench.y) / len(rows),
    )


def _draw(kinds: Ints, n_kept: int, rng: np.random.Generator) -> Ints:
    """Return about `n_kept` positions, at most, ascending."""
    sizes = np.bincount(kinds)
    is_large = sizes > max(n_kept * LARGE_KIND, 1)
    of_large = np.flatnonzero(is_large[kinds])
    drawn = rng.permutation(of_large)[: int(len(of_large) * n_kept / len(kinds))]
    order = rng.permutation(np.flatnonzero(~is_large))
    taken = order[np.cumsum(sizes[order]) <= n_kept - len(drawn)]
    return np.sort(np.concatenate([drawn, np.flatnonzero(np.isin(kinds, taken))]))


def tell_part(action: OtherAction, n_rows: int, n_all: int) -> OtherAction:
    """Return the action with a sentence on the rows that it was measured on."""
    told = f"Measured on {n_rows:,} of the {n_all:,} rows, drawn at random."
    return action.model_copy(update={"measured": f"{action.measured} {told}" if action.measured else told})


def _predict(bench: Bench) -> Floats:
    from joblib import Parallel, delayed

    pred = np.empty_like(bench.pred)

    def fit(i: int) -> tuple[Ints, Floats]:
        test = np.flatnonzero(bench.fold == i)
        return test, bench.learner.fit_predict(bench.today, bench.y, np.flatnonzero(bench.fold != i), test)

    jobs = Parallel(n_jobs=min(bench.n_jobs, os.cpu_count() or 1), backend="threading", return_as="generator")
    for test, found in jobs(delayed(fit)(i) for i in range(bench.n_folds)):
        bench.meter.add()
        pred[test] = found
    return pred
