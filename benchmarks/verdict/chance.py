"""Figures from nothing: how often a table of pure noise gets any: `python -m benchmarks.verdict --chance`."""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.verdict.learners import PATHS

import datassay

#: Rows, columns, classes, learner and metric of tables whose labels have nothing to do with their columns.
NOISE = (
    (200, 3, 2, "linear", "balanced_accuracy"),
    (200, 3, 2, "linear", "roc_auc"),
    (400, 5, 3, "linear", "balanced_accuracy"),
    (400, 5, 2, "boosted", "balanced_accuracy"),
    (1000, 10, 2, "boosted", "accuracy"),
)
N_TABLES = 200


def has_figures(seed: int, setting: tuple[int, int, int, str, str]) -> bool:
    """Return whether a table of pure noise is valued at all."""
    n, n_columns, n_classes, learner, metric = setting
    rng = np.random.default_rng([11, seed])
    frame = pl.DataFrame(rng.normal(size=(n, n_columns)), schema=[f"x{i}" for i in range(n_columns)])
    told = datassay.estimate_value(
        frame.with_columns(label=pl.Series([f"class {code}" for code in rng.integers(0, n_classes, n)])),
        label="label",
        metric=metric,
        estimator=PATHS[learner],
        n_jobs=1,
        progress=False,
    )
    return told.verdict.action != "not_applicable"


def report_chance(n_jobs: int) -> None:
    """Print the share of such tables that get figures."""
    from joblib import Parallel, delayed

    print("| rows | columns | classes | learner | metric | tables with figures |")
    print("| ---: | ---: | ---: | --- | --- | ---: |")
    for setting in NOISE:
        found = Parallel(n_jobs=n_jobs)(delayed(has_figures)(seed, setting) for seed in range(N_TABLES))
        *sizes, learner, metric = setting
        name = metric.replace("_", " ")
        print(f"| {' | '.join(f'{x:,}' for x in sizes)} | {learner} | {name} | {np.mean(found):.3f} of {N_TABLES} |")
