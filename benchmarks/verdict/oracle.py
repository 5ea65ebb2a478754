"""Orders of review compared: really reviewed along each, scored on true labels; every draw is a new table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from benchmarks.verdict.cases import HOUR, METRICS, N_LISTED, N_RANDOM, REVIEWER_ACCURACY, Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.noise import plant
from benchmarks.verdict.tasks import Task, load_task
from numpy.typing import NDArray

from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.places import find_places, look_around
from datassay.labels.transition import to_transition

MOST_TEST_ROWS = 5000
#: Draws that analysts see; the oracle's own begin at 0.
ANALYST_DRAW = 1000
N_FOLDS = 5


def deal(setting: Setting, draw: int) -> tuple[Task, NDArray, NDArray, NDArray, np.random.Generator]:
    """Return the task and one draw's rows: today's, new ones, test rows; and the draw's generator."""
    task = load_task(setting.family)
    rng = np.random.default_rng([draw, *setting.key])
    rows = rng.permutation(len(task.y))
    today, rest = rows[: task.n], rows[task.n :]
    # Small pools are shared between new rows and test rows; what is too small for a day is left out of its cases.
    n_new = min(task.n, len(rest) // 2)
    return task, today, rest[:n_new], rest[n_new:][:MOST_TEST_ROWS], rng


def review(true: NDArray, n_classes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return what a reviewer would say of every row: the truth, or by mistake any other class."""
    said = true.copy()
    slips = np.flatnonzero(rng.random(len(true)) > REVIEWER_ACCURACY)
    said[slips] = (true[slips] + rng.integers(1, n_classes, len(slips))) % n_classes
    return said


def draw_reviews(
    listed: NDArray, n: int, rng: np.random.Generator, design: tuple[int, int] = (N_RANDOM, N_LISTED)
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return rows to review, some of all and some of the listed ones, and which were drawn at random.

    Small tables are not reviewed whole: at most a third of their rows is drawn from all.
    """
    n_random, n_listed = design
    at_random = rng.choice(n, min(n_random, n // 3), replace=False)
    others = np.setdiff1d(listed, at_random)
    more = rng.choice(others, min(n_listed, len(others)), replace=False)
    return np.concatenate([at_random, more]), np.arange(len(at_random) + len(more)) < len(at_random)


def measure(setting: Setting, draw: int) -> list[dict[str, Any]]:
    """Return one draw's rows of the oracle's table: metric, action, score, share of wrong labels in the hour."""
    task, today, new, test, rng = deal(setting, draw)
    n, K = task.n, task.n_classes
    given_all = plant(task, np.concatenate([today, new]), setting.kind, setting.rate, rng)
    given, true, held_out = given_all[:n], task.y[today], task.y[test]
    features = Features(matrix=task.X[np.concatenate([today, test])])
    tested = np.arange(n, features.n_rows)
    learner = Learner("classification", K, estimator=PATHS[setting.learner], seed=draw)
    said = review(true, K, rng)
    rows: list[dict[str, Any]] = []

    def fit(labels: NDArray) -> NDArray:
        return learner.fit_predict(features, np.concatenate([labels, held_out]), np.arange(n), tested)

    def note(action: str, pred: NDArray, metrics: tuple[str, ...] = METRICS, wrong: float | None = None) -> None:
        for metric in metrics:
            told = {"draw": draw, "metric": metric, "action": action, "score": score(metric, held_out, pred)}
            rows.append({**vars(setting), **told, "wrong_among_reviewed": wrong})

    with fitting():
        note("today", fit(given), wrong=float((given != true).mean()))
        pred = predict(learner, task.X[today], given, [draw, *setting.key])
        places = find_places(task.X[today])
        found = find_class_noise(given, pred, look_around(places, given))
        judged = judge_classes(given, found, to_transition(found.joint, found.rate.estimate), found.rate)
        size = round(HOUR * n)

        def clean(action: str, order: NDArray, metrics: tuple[str, ...] = METRICS) -> None:
            reviewed, labels = order[:size], given.copy()
            labels[reviewed] = said[reviewed]
            note(action, fit(labels), metrics, float((given != true)[reviewed].mean()))

        clean("margin", np.argsort(lead_of_given(pred, given), kind="stable"))
        clean("suspicion", np.argsort(-judged.p_wrong, kind="stable"))
        clean("random", rng.permutation(n))
        for metric in METRICS:
            for action, one in (("clean", judged), ("believed", replace(judged, lean=None))):
                listed = np.argsort(-one.worth(given, one.p_wrong, metric), kind="stable")
                clean(action, listed, (metric,))
    return rows


def lead_of_given(pred: NDArray, given: NDArray) -> NDArray[np.float64]:
    """Return how far the given label leads the likeliest other one, (n,): cleanlab's order of review is by that."""
    rows, others = np.arange(len(given)), pred.copy()
    others[rows, given] = -1
    return pred[rows, given] - others.max(axis=1)


def deal_folds(y: NDArray, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fold of every row (n,), dealt so that each class is spread evenly."""
    order, fold = rng.permutation(len(y)), np.empty(len(y), dtype=np.int64)
    fold[order[np.argsort(y[order], kind="stable")]] = np.arange(len(y)) % N_FOLDS
    return fold


def predict(learner: Learner, X: NDArray, y: NDArray, seed: list[int]) -> NDArray[np.float64]:
    """Return out-of-sample probabilities by stratified folds."""
    fold = deal_folds(y, np.random.default_rng(seed))
    pred = np.zeros((len(y), learner.n_classes))
    for i in range(N_FOLDS):
        test = np.flatnonzero(fold == i)
        pred[test] = learner.fit_predict(Features(matrix=X), y, np.flatnonzero(fold != i), test)
    return pred
