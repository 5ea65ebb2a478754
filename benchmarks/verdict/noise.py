"""Label noise of five kinds, none of which the estimators are told."""

from __future__ import annotations

from functools import cache

import numpy as np
from benchmarks.verdict.tasks import Task, load_task
from numpy.typing import NDArray

from datassay.labels.estimator import Features, Learner, fitting

KINDS = ("symmetric", "class", "boundary", "pocket", "annotator")
#: How a task's classes are confused is part of the task, not of the draw.
SEED = 7
N_ANNOTATORS = 6


@cache
def _reference(name: str) -> NDArray[np.float64]:
    """Return out-of-sample probabilities of the whole pool, by a model of its true labels."""
    task = load_task(name)
    learner = Learner("classification", task.n_classes, estimator="lightgbm")
    pred = np.zeros((len(task.y), task.n_classes))
    half = np.arange(len(task.y)) % 2
    with fitting():
        for i in (0, 1):
            train, test = np.flatnonzero(half != i), np.flatnonzero(half == i)
            pred[test] = learner.fit_predict(Features(matrix=task.X), task.y, train, test)
    return pred


def plant(task: Task, rows: NDArray[np.int64], kind: str, rate: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return given labels of `rows`, of which about `rate` are wrong.

    symmetric: any row, any other class. class: every class at its own rate, always into the same other class.
    boundary: rows that a good model finds hard, into its second choice. pocket: around one row in feature space most
    labels are one class. annotator: batches of rows by people of different care, each with a favourite mistake.
    """
    y, K = task.y[rows], task.n_classes
    if kind == "human":
        if task.given is None:
            raise ValueError(f"{task.name} has no labels given by people")
        return task.given[rows].copy()
    fixed = np.random.default_rng([SEED, *task.name.encode(), KINDS.index(kind)])
    given = y.copy()
    n_wrong = round(rate * len(y))
    if kind == "symmetric":
        wrong = rng.choice(len(y), n_wrong, replace=False)
        given[wrong] = (y[wrong] + rng.integers(1, K, len(wrong))) % K
    elif kind == "class":
        weight = np.where(np.arange(K) % 2 == 0, 1.0, 0.15)[fixed.permutation(K)]
        target = (np.arange(K) + fixed.integers(1, K)) % K
        wrong = _choose(weight[y], n_wrong, rng)
        given[wrong] = target[y[wrong]]
    elif kind == "boundary":
        pred = _reference(task.name)[rows].copy()
        own = pred[np.arange(len(y)), y]
        pred[np.arange(len(y)), y] = -1
        gap = own - pred.max(axis=1)
        wrong = _choose(np.exp(-4 * np.maximum(gap, -0.5)), n_wrong, rng)
        given[wrong] = pred[wrong].argmax(axis=1)
    elif kind == "pocket":
        X = task.X[rows]
        scale = task.X.std(axis=0) + 1e-9
        center = task.X[fixed.integers(len(task.y))]
        near = np.argsort((((X - center) / scale) ** 2).sum(axis=1), kind="stable")
        label = fixed.integers(K)
        pocket = near[y[near] != label][: min(round(n_wrong / 0.75), len(y) // 2)]
        wrong = rng.choice(pocket, min(n_wrong, len(pocket)), replace=False)
        given[wrong] = label
    elif kind == "annotator":
        skill = fixed.dirichlet(np.full(N_ANNOTATORS, 0.7))
        favourite = fixed.integers(0, K, N_ANNOTATORS)
        who = rng.integers(0, N_ANNOTATORS, len(y))
        wrong = _choose(skill[who], n_wrong, rng)
        other = (y[wrong] + rng.integers(1, K, len(wrong))) % K
        liked = favourite[who[wrong]]
        given[wrong] = np.where((rng.random(len(wrong)) < 0.5) & (liked != y[wrong]), liked, other)
    else:
        raise ValueError(kind)
    return given


def _choose(weight: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` rows by weight, without replacement."""
    return np.argsort(rng.standard_exponential(len(weight)) / np.maximum(weight, 1e-9), kind="stable")[:n]
