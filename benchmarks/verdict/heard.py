"""What reviews teach of the noise rate: `python -m benchmarks.verdict --reviews`.

Tables of the choosing families with planted noise, reviewed by somebody who is right as often as the definition says.
The frozen half is never read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.verdict.cases import METRICS, REVIEWER_ACCURACY, Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import predict, review
from benchmarks.verdict.own import Table, lay_out
from benchmarks.verdict.signs import list_tables
from numpy.typing import NDArray

from datassay.labels.belief import learn_pattern
from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.estimator import Learner, fitting
from datassay.labels.lessons import Lesson, learn
from datassay.labels.places import Places, find_places, look_around
from datassay.labels.posterior import apply
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.reviewers import estimate_accuracy, rate_from_reviews
from datassay.labels.transition import span_transition, to_transition
from datassay.labels.worklist import Judged
from datassay.results import Interval

#: Reviews drawn at random, and from the first tenth of the worklist.
DESIGNS = ((20, 15), (60, 40), (100, 0), (240, 160), (0, 40))
LISTED = 0.1
#: Share of the rows that nobody has reviewed whose doubts are looked at.
FIRST = 0.05


#: Rows of a true class from which its row of the transition matrix is compared.
LEAST_ROWS = 40
#: Shares are told to a tenth of a point: a mistake that is never made is not one of a millionth.
ROUNDING = 0.0005
#: The design whose labels are put right.
CORRECTED = DESIGNS[1]


@dataclass(frozen=True)
class _Seen:
    """What a model makes of the labels that are there."""

    given: NDArray[np.int64]
    pred: NDArray[np.float64]
    judged: Judged
    #: (k, k) shares of all rows by given and true class, as the model has them.
    joint: NDArray[np.float64]

    def hear(self, reviews: Reviews, n_classes: int, places: Places) -> Lesson:
        arrays = Arrays(np.arange(len(self.given)), self.given, self.pred, np.zeros(len(self.given), dtype=np.int64))
        rate = self.judged.noise_rate
        return learn(self.judged.p_wrong, rate, arrays, reviews, n_classes=n_classes, seed=0, places=places)


def _look(table: Table, given: NDArray[np.int64], places: Places) -> _Seen:
    setting, K = table.setting, table.task.n_classes
    learner = Learner("classification", K, estimator=PATHS[setting.learner], seed=table.draw)
    with fitting():
        pred = predict(learner, table.task.X[table.today], given, [table.draw, *setting.key])
    found = find_class_noise(given, pred, look_around(places, given))
    judged = judge_classes(given, found, to_transition(found.joint, found.rate.estimate), found.rate)
    return _Seen(given, pred, judged, found.joint)


def _hold_transition(
    joint: NDArray[np.float64], rate: Interval, n_errors: int, given: NDArray[np.int64], true: NDArray[np.int64]
) -> list[tuple[bool, float, bool]]:
    """Return for each entry of T with enough rows: whether it is of the diagonal, its error, whether it lies inside."""
    middle, K = to_transition(joint, rate.estimate), len(joint)
    low, high = span_transition(joint, rate, n_errors=n_errors, seed=0)
    found = []
    for code in range(K):
        mine = given[true == code]
        if len(mine) < LEAST_ROWS:
            continue
        really = np.bincount(mine, minlength=K) / len(mine)
        holds = (low[code] - ROUNDING <= really) & (really <= high[code] + ROUNDING)
        error = np.abs(middle[code] - really)
        found += [(code == j, float(error[j]), bool(holds[j])) for j in range(K)]
    return found


def measure_rates(setting: Setting, n: int, draw: int) -> list[dict[str, Any]]:
    """Return one row for each design: the true rate, and what sample, beliefs and both together say.

    Of one design also what is told of the labels that nobody has reviewed, before and after the others are put right.
    """
    table = lay_out(setting, draw, n)
    n, K = table.n, table.task.n_classes
    given, true = table.given[table.today], table.task.y[table.today]
    places = find_places(table.task.X[table.today])
    seen = _look(table, given, places)
    metric = METRICS[draw % len(METRICS)]
    worklist = np.argsort(-seen.judged.worth(given, seen.judged.p_wrong, metric), kind="stable")
    accuracy = estimate_accuracy(0, 0, n_classes=K, prior=REVIEWER_ACCURACY)
    rows = []
    for n_random, n_listed in DESIGNS:
        rng = np.random.default_rng([draw, n_random, *setting.key])
        at_random = rng.choice(n, min(n_random, n // 2), replace=False)
        first = np.setdiff1d(worklist[: max(round(LISTED * n), n_listed)], at_random)
        known = np.concatenate([at_random, rng.choice(first, min(n_listed, len(first)), replace=False)])
        is_random = np.arange(len(known)) < len(at_random)
        said = review(true, K, rng)
        reviews = Reviews(known, said[known], is_random, given=given[known], accuracy=accuracy)
        lesson = seen.hear(reviews, K, places)
        p_wrong = apply(lesson.recalibration, seen.judged.p_wrong)
        n_wrong = int(lesson.is_wrong[is_random].sum())
        row = {
            "design": f"{n_random} + {n_listed}",
            "true": float((given != true).mean()),
            "model": seen.judged.noise_rate,
            # Without a sample there is the model's word.
            "sample": rate_from_reviews(seen.judged.noise_rate, n_wrong, len(at_random), n, accuracy)
            if n_random
            else seen.judged.noise_rate,
            "beliefs": float(p_wrong.mean()),
            "both": lesson.rate,
            "alone": _hold_transition(seen.joint, seen.judged.noise_rate, 0, given, true),
            "heard": _hold_transition(
                learn_pattern(seen.joint, given[known], said[known]),
                lesson.rate,
                int((given != said)[known].sum()),
                given,
                true,
            ),
        }
        if (n_random, n_listed) == CORRECTED:
            left = np.setdiff1d(np.arange(n), known)
            put_right = given.copy()
            put_right[known] = said[known]
            again = _look(table, put_right, places)
            after = apply(again.hear(reviews, K, places).recalibration, again.judged.p_wrong)
            row["left"] = {"true": float((given != true)[left].mean())} | {
                name: (float(p[left].mean()), *_look_first(p[left], (given != true)[left]))
                for name, p in (("before", p_wrong), ("after", after))
            }
        rows.append(row)
    return rows


def _look_first(p_wrong: NDArray[np.float64], is_wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """Return told and true shares of wrong labels among the most doubtful twentieth."""
    first = np.argsort(-p_wrong, kind="stable")[: max(10, round(FIRST * len(p_wrong)))]
    return float(p_wrong[first].mean()), float(is_wrong[first].mean())


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
    print("\nTransition matrix: error of its entries in points, share of 80 % intervals that hold")
    print("| random + listed reviews | right labels of a class | each mistake |")
    print("| --- | --- | --- |")
    for name, i, words in (("alone", 0, "none"), *(("heard", i, None) for i in range(len(DESIGNS)))):
        entries = [entry for table in tables for entry in table[i][name]]
        cells = []
        for of_diagonal in (True, False):
            mine = [(error, holds) for is_diagonal, error, holds in entries if is_diagonal == of_diagonal]
            error, holds = np.mean(mine, axis=0)
            cells.append(f"{100 * error:.1f}, {holds:.2f}")
        print(f"| {words or tables[0][i]['design']} | {' | '.join(cells)} |")
    found = [row["left"] for table in tables for row in table if "left" in row]
    print(
        "\nLabels that nobody has reviewed, while the others are wrong still and after they were put right, in per cent"
    )
    print("| reviewed labels | wrong, told | really | error | most doubtful twentieth: told | really | error |")
    print("| --- |" + " ---: |" * 6)
    true = 100 * np.array([each["true"] for each in found])
    for name, words in (("before", "as they were"), ("after", "put right")):
        told, of_first, first = 100 * np.array([each[name] for each in found]).T
        cells = [told.mean(), true.mean(), np.abs(told - true).mean()]
        cells += [of_first.mean(), first.mean(), np.abs(of_first - first).mean()]
        print(f"| {words} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")


def _describe(told: list[Any], true: np.ndarray) -> str:
    estimate = np.array([one.estimate if isinstance(one, Interval) else one for one in told])
    error = 100 * (estimate - true)
    text = f"{np.abs(error).mean():.1f} ({error.mean():+.1f})"
    if not isinstance(told[0], Interval):
        return text
    holds = np.mean([one.low <= rate <= one.high for one, rate in zip(told, true, strict=True)])
    return f"{text}, {holds:.2f}"
