"""How well can a day be foreseen at all? `python -m benchmarks.verdict --ceiling`.

Learning curves of every other lesson's table, with four times the fits that a verdict has, scored against the true
labels, which nobody has, and against the given ones; beside them what a verdict made of the same table.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from benchmarks.verdict.cases import GROWTHS, Case
from benchmarks.verdict.learn import N_LESSONS, leave_out
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import ANALYST_DRAW, N_FOLDS, deal_folds
from benchmarks.verdict.own import lay_out
from benchmarks.verdict.power import fit_power
from benchmarks.verdict.school import list_lessons, name_family
from benchmarks.verdict.truth import CACHE, KEY
from numpy.typing import NDArray

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.value.collecting import fit_curve, fit_log_slope

FRACTIONS = (0.35, 0.5, 0.7, 1.0)
N_REPEATS, EVERY = 8, 2
CURVES = CACHE / "curves.jsonl"


def measure_curve(case: Case, n: int) -> dict[str, Any]:
    """Return scores in points, [repeat][true or given labels][fraction], by five folds."""
    table = lay_out(case.setting, ANALYST_DRAW, n)
    task, given, true = table.task, table.given[table.today], table.task.y[table.today]
    learner = Learner("classification", task.n_classes, estimator=PATHS[case.setting.learner])
    features, scores = Features(matrix=task.X[table.today]), []
    with fitting():
        for repeat in range(N_REPEATS):
            rng = np.random.default_rng([5, repeat])
            fold = deal_folds(given, rng)
            preds = [np.zeros((table.n, task.n_classes)) for _ in FRACTIONS]
            for i in range(N_FOLDS):
                train, test = rng.permutation(np.flatnonzero(fold != i)), np.flatnonzero(fold == i)
                for share, pred in zip(FRACTIONS, preds, strict=True):
                    pred[test] = learner.fit_predict(features, given, train[: round(share * len(train))], test)
            scores.append([[100 * score(case.metric, labels, pred) for pred in preds] for labels in (true, given)])
    return {**vars(case.setting), "metric": case.metric, "growth": case.growth, "n": table.n, "scores": scores}


def run_curves(n_jobs: int) -> None:
    """Measure the curves that are not in the cache."""
    from joblib import Parallel, delayed

    if CURVES.exists():
        return
    jobs = Parallel(n_jobs=n_jobs)(delayed(measure_curve)(case, n) for case, n in list_lessons(N_LESSONS)[::EVERY])
    CURVES.write_text("".join(json.dumps(row) + "\n" for row in jobs))


def report_ceiling() -> None:
    """Print how far days are off: by a verdict, and by curves that see what no verdict can."""
    lessons = [json.loads(line) for line in (CACHE / "lessons.jsonl").read_text().splitlines()]
    told = {(_name(row), row["n_reviews"]): row for row in lessons if "rehearsed" in row}
    found: list[tuple[dict[str, float], float, float, str]] = []
    for curve in map(json.loads, CURVES.read_text().splitlines()):
        rows = [told.get((_name({**curve, "draw": ANALYST_DRAW}), n_reviews)) for n_reviews in (0, 100)]
        if rows[0] is None or rows[1] is None:
            continue
        scores = np.array(curve["scores"])
        for growth in GROWTHS:
            if f"true day {growth:g}" not in rows[0]:
                continue
            ways = {f"a verdict, {n} reviews": row[f"day {growth:g}"] for n, row in zip((0, 100), rows, strict=True)}
            for labels, by in (("given", scores[:, 1]), ("true", scores[:, 0])):
                for repeats in (2, 3, N_REPEATS):
                    ways |= _extend(by[:repeats], curve["n"], growth, f"{repeats} repeats, {labels} labels")
            found.append((ways, rows[0][f"true day {growth:g}"], growth, name_family(curve["family"])))
    true, growth, family = (np.array([row[i] for row in found]) for i in (1, 2, 3))
    third = growth == GROWTHS[1]
    print(f"| {len(true)} days | mean absolute error, points | ... of +30 % rows | correlation |")
    print("| --- | ---: | ---: | ---: |")
    print(f"| no gain | {np.abs(true).mean():.2f} | {np.abs(true[third]).mean():.2f} | |")
    for way in found[0][0]:
        x = np.array([row[0][way] for row in found])
        left_out = leave_out(x[:, None], true, family)
        off = np.abs(true - left_out)
        print(f"| {way} | {off.mean():.2f} | {off[third].mean():.2f} | {np.corrcoef(left_out, true)[0, 1]:.2f} |")


def _extend(scores: NDArray[np.float64], n: int, growth: float, name: str) -> dict[str, float]:
    """Return the gain of a day in points as forms of curve have it; `scores` is (repeats, fractions)."""
    sizes, mean, at = np.array(FRACTIONS) * n * (1 - 1 / N_FOLDS), scores.mean(axis=0)[None] / 100, np.array([growth])
    ends = [0, len(FRACTIONS) - 1]
    told = {
        "power curve": fit_power(sizes, mean, n_now=n, ceiling=1.0).gain(at)[0, 0],
        "log curve": fit_log_slope(sizes, mean)[0] * np.log1p(growth),
        "one exponent": fit_curve(sizes, mean, n_now=n).gain(at)[0, 0],
        "one exponent, two sizes": fit_curve(sizes[ends], mean[:, ends], n_now=n).gain(at)[0, 0],
    }
    return {f"{form}, {name}": 100 * float(gain) for form, gain in told.items()}


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[key] for key in KEY), row["growth"])
