"""Orders of review on tables with a rare class, `python -m benchmarks.verdict --rare`.

The families of the other tables hold no class below a tenth. Here classes of 3, 5 and 10 % are made, labels go wrong
into them, out of them or anywhere, and the first tenth of each order is really reviewed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.cases import HOUR
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import predict, review
from benchmarks.verdict.tables import tabulate
from numpy.typing import NDArray

from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.places import find_places, look_around
from datassay.labels.transition import to_transition

METRICS = ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision")
NOISE = (("anywhere", 0.05), ("anywhere", 0.15), ("into", 0.04), ("out of", 0.02))
SHAPES = ("line", "ring", "product")
SHARES = (0.03, 0.05, 0.1)
N_ROWS, N_TEST = 2000, 5000
SEED = 11


def make(shape: str, share: float, seed: int) -> tuple[NDArray, NDArray]:
    """Return features and labels, of which `share` are of class 1."""
    rng = np.random.default_rng([SEED, seed, SHAPES.index(shape)])
    X = rng.normal(size=(N_ROWS + N_TEST, 6))
    far = {"line": X[:, 0] + 0.7 * X[:, 1], "ring": X[:, 0] ** 2 + X[:, 1] ** 2, "product": X[:, 0] * X[:, 1] + X[:, 2]}
    z = far[shape] + 0.6 * rng.normal(size=len(X))
    return X, (z > np.quantile(z, 1 - share)).astype(np.int64)


def spoil(true: NDArray, kind: str, rate: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return labels of which `rate` are wrong: anywhere, or all into the rare class, or out of it (at most half)."""
    pools = {"anywhere": np.arange(len(true)), "into": np.flatnonzero(true == 0), "out of": np.flatnonzero(true == 1)}
    most = round(rate * len(true))
    wrong = rng.choice(pools[kind], min(most, len(pools[kind]) // 2), replace=False)
    given = true.copy()
    given[wrong] = 1 - given[wrong]
    return given


def measure(shape: str, share: float, noise: tuple[str, float], learner: str, seed: int) -> list[dict[str, Any]]:
    """Return gains of an hour in each order, in points, by metric."""
    (X, y), (kind, rate) = make(shape, share, seed), noise
    n, tested = N_ROWS, np.arange(N_ROWS, len(y))
    rng = np.random.default_rng([SEED, seed, round(1000 * rate)])
    true, given = y[:n], spoil(y[:n], kind, rate, rng)
    said, size = review(true, 2, rng), round(HOUR * n)
    model = Learner("classification", 2, estimator=PATHS[learner], seed=seed)
    features = Features(matrix=X.astype(np.float32))

    def fit(labels: NDArray) -> NDArray:
        return model.fit_predict(features, np.concatenate([labels, y[n:]]), np.arange(n), tested)

    with fitting():
        today = fit(given)
        pred = predict(model, X[:n].astype(np.float32), given, [SEED, seed])
        found = find_class_noise(given, pred, look_around(find_places(X[:n]), given))
        judged = judge_classes(given, found, to_transition(found.joint, found.rate.estimate), found.rate)
        orders = {("cleanlab", metric): np.argsort(pred[np.arange(n), given], kind="stable") for metric in METRICS}
        for metric in METRICS:
            worth = judged.worth(given, judged.p_wrong, metric)
            orders["datassay", metric] = np.argsort(-worth, kind="stable")
        rows = []
        for (name, metric), order in orders.items():
            labels, listed = given.copy(), order[:size]
            labels[listed] = said[listed]
            gain = 100 * (score(metric, y[n:], fit(labels)) - score(metric, y[n:], today))
            wrong = float((given != true)[listed].mean())
            rows.append({"order": name, "metric": metric, "kind": kind, "gain": gain, "wrong": wrong})
    return rows


def report_rare(n_jobs: int) -> None:
    """Print the gain of an hour and the share of wrong labels in it, by metric and kind of noise."""
    from joblib import Parallel, delayed

    asked = [
        (shape, share, noise, learner, seed)
        for seed in range(2)
        for shape in SHAPES
        for share in SHARES
        for noise in NOISE
        for learner in ("boosted", "linear")
        if learner == "boosted" or shape == "line"
    ]
    parts = Parallel(n_jobs=n_jobs)(delayed(measure)(*one) for one in asked)
    table = pl.DataFrame([row for part in parts for row in part])
    rows = []
    for metric in METRICS:
        for kind in ("all", *dict.fromkeys(kind for kind, _ in NOISE)):
            some = table.filter((pl.col("metric") == metric) & ((pl.col("kind") == kind) | (kind == "all")))
            means = some.group_by("order").agg(pl.col("gain", "wrong").mean()).sort("order")
            cells = [f"{value:.2f}" for column in ("gain", "wrong") for value in means[column]]
            rows.append([metric, kind, *cells])
    print(f"{len(asked)} tables, an hour of {HOUR:.0%} of {N_ROWS:,} rows.\n")
    print(
        tabulate(["metric", "noise", "gain, cleanlab's order", "datassay's", "wrong, cleanlab's", "datassay's"], rows)
    )
