"""Which columns are worth fits: what scrambling each of them costs a model that has not seen the rows."""

from __future__ import annotations

import numpy as np

from datassay.labels.estimator import Features
from datassay.labels.metrics import score
from datassay.value.actions.bench import Bench
from datassay.value.grid import Ints

#: Test rows whose values are scrambled.
MOST_ROWS = 2000
#: Most columns that are looked at, those with most wrong cells first.
MOST_COLUMNS = 50


def weigh_columns(bench: Bench, columns: list[str]) -> dict[str, float]:
    """Return the score lost where one column's values are permuted among held-out rows; one fit for all columns.

    NaN where the metric is not defined. Call it inside `fitting()`.
    """
    wanted = columns[:MOST_COLUMNS]
    if not wanted:
        return {}
    rng = np.random.default_rng([bench.spec.seed, 10])
    test = np.sort(rng.permutation(np.flatnonzero(bench.fold == 0))[:MOST_ROWS])
    train = np.flatnonzero(bench.fold != 0)
    shuffled = test[rng.permutation(len(test))]
    features = _stack(bench, wanted, test, shuffled)
    asked = np.arange(bench.today.n_rows, features.n_rows)
    pred = bench.learner.fit_predict(features, bench.y, train, asked)
    bench.meter.add()
    parts = np.split(pred, len(wanted) + 1)
    scores = [score(bench.metric, bench.y[test], part) for part in parts]
    return {name: scores[0] - lost for name, lost in zip(wanted, scores[1:], strict=True)}


def _stack(bench: Bench, columns: list[str], test: Ints, shuffled: Ints) -> Features:
    """Return today's features followed by the test rows as they are, and once more for each scrambled column."""
    if bench.today.table is not None:
        import pandas as pd

        own = bench.today.table.iloc[test]
        copies = []
        for name in columns:
            copy = own.copy()
            copy[name] = bench.today.table[name].iloc[shuffled].to_numpy()
            copies.append(copy.astype(own.dtypes.to_dict()))
        return Features(table=pd.concat([bench.today.table, own, *copies], ignore_index=True))
    matrix = bench.today.content
    origins = np.array(bench.encoded.sources)
    blocks = [matrix, matrix[test]]
    for name in columns:
        block = matrix[test].copy()
        block[:, origins == name] = matrix[np.ix_(shuffled, origins == name)]
        blocks.append(block)
    return Features(matrix=np.vstack(blocks))
