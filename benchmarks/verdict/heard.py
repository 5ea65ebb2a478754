"""What reviews teach of the noise rate: `python -m benchmarks.verdict --reviews`.

Tables of the choosing families with planted noise, reviewed by somebody who is right as often as the definition says.
The frozen half is never read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from benchmarks.verdict.cases import METRICS, REVIEWER_ACCURACY, Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import predict, review
from benchmarks.verdict.own import lay_out
from benchmarks.verdict.signs import list_tables

from datassay.labels.confident import find_class_noise, judge_classes, to_transition
from datassay.labels.estimator import Learner, fitting
from datassay.labels.lessons import learn
from datassay.labels.places import find_places, look_around
from datassay.labels.posterior import apply
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.reviewers import estimate_accuracy, rate_from_reviews
from datassay.results import Interval

#: Reviews drawn at random, and from the first tenth of the worklist.
DESIGNS = ((20, 15), (60, 40), (100, 0), (240, 160))
LISTED = 0.1


def measure_rates(setting: Setting, n: int, draw: int) -> list[dict[str, Any]]:
    """Return one row for each design: the true rate, and what sample, beliefs and both together say."""
    table = lay_out(setting, draw, n)
    n, K = table.n, table.task.n_classes
    given, true = table.given[table.today], table.task.y[table.today]
    learner = Learner("classification", K, estimator=PATHS[setting.learner], seed=draw)
    with fitting():
        pred = predict(learner, table.task.X[table.today], given, [draw, *setting.key])
    places = find_places(table.task.X[table.today])
    found = find_class_noise(given, pred, look_around(places, given))
    judged = judge_classes(given, pred, found, to_transition(found.joint, found.rate.estimate), found.rate)
    metric = METRICS[draw % len(METRICS)]
    worklist = np.argsort(-judged.worth(given, judged.p_wrong, metric), kind="stable")
    arrays = Arrays(np.arange(n), given, pred, np.zeros(n, dtype=np.int64))
    accuracy = estimate_accuracy(0, 0, n_classes=K, prior=REVIEWER_ACCURACY)
    rows = []
    for n_random, n_listed in DESIGNS:
        rng = np.random.default_rng([draw, n_random, *setting.key])
        at_random = rng.choice(n, min(n_random, n // 2), replace=False)
        first = np.setdiff1d(worklist[: max(round(LISTED * n), n_listed)], at_random)
        known = np.concatenate([at_random, rng.choice(first, min(n_listed, len(first)), replace=False)])
        is_random = np.arange(len(known)) < len(at_random)
        reviews = Reviews(known, review(true, K, rng)[known], is_random, accuracy=accuracy)
        lesson = learn(judged.p_wrong, found.rate, arrays, reviews, n_classes=K, seed=0, places=places)
        n_wrong = int(lesson.is_wrong[is_random].sum())
        rows.append(
            {
                "design": f"{n_random} + {n_listed}",
                "true": float((given != true).mean()),
                "model": found.rate,
                "sample": rate_from_reviews(found.rate, n_wrong, len(at_random), n, accuracy),
                "beliefs": float(apply(lesson.recalibration, judged.p_wrong).mean()),
                "both": lesson.rate,
            }
        )
    return rows


def report_rates(n_tables: int, n_jobs: int) -> None:
    """Measure, and print errors and biases in points, and how often intervals hold."""
    from joblib import Parallel, delayed

    tables = Parallel(n_jobs=n_jobs)(delayed(measure_rates)(*one) for one in list_tables(n_tables))
    print(f"{n_tables} tables: error of the noise rate in points (bias), share of 80 % intervals that hold")
    print("| random + listed reviews | model alone | sample | beliefs | both |")
    print("| --- | --- | --- | --- | --- |")
    for i in range(len(DESIGNS)):
        rows = [table[i] for table in tables]
        true = np.array([row["true"] for row in rows])
        cells = [_describe([row[name] for row in rows], true) for name in ("model", "sample", "beliefs", "both")]
        print(f"| {rows[0]['design']} | {' | '.join(cells)} |")


def _describe(told: list[Any], true: np.ndarray) -> str:
    estimate = np.array([one.estimate if isinstance(one, Interval) else one for one in told])
    error = 100 * (estimate - true)
    text = f"{np.abs(error).mean():.1f} ({error.mean():+.1f})"
    if not isinstance(told[0], Interval):
        return text
    holds = np.mean([one.low <= rate <= one.high for one, rate in zip(told, true, strict=True)])
    return f"{text}, {holds:.2f}"
