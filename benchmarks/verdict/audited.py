"""How well a difference between two models is measured on labels that are partly wrong: `... --audited`.

What an analyst has for it, once a hundred labels are reviewed: scores on the labels as given, on what is believed of
them, and the audited difference, which corrects the first by what reviewed random rows show (Cochran 1977, ch. 12;
Angelopoulos et al. 2023 for the tuned one). The two models are those of the learning curve's ends, on the same folds.
"""

from __future__ import annotations

import os
from unittest import mock

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS, ask
from benchmarks.verdict.cases import Case, list_cases
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import lay_out
from numpy.typing import NDArray

from datassay.value.jobs import Judge

N_FOLDS = 5
WAYS = ("as given", "believed", "audited", "audited, tuned")


def measure_differences(case: Case) -> list[dict[str, float | str | int]]:
    """Return the error of each way in points, and what the difference really is, over all rows."""
    table = lay_out(case.setting, ANALYST_DRAW)
    true, given = table.task.y[table.today], table.given[table.today]
    calls: list[tuple[Judge, NDArray, NDArray]] = []
    score = Judge.score

    def record(self: Judge, test: NDArray, pred: NDArray) -> NDArray:
        calls.append((self, test, pred))
        return score(self, test, pred)

    with mock.patch.object(Judge, "score", record):
        answers = ask(case, table, DESIGNS)
    if answers[-1][0]["action"] == "not_applicable":
        return []
    # The reviewed case comes last. Its first judge scores the learning curve: all rows by the first folds, then every
    # fold's smaller subset, in this order; later ones, whose belief is firmer, score rehearsals.
    judges = list(dict.fromkeys(id(by) for by, _, _ in calls))
    first = judges[len(judges) // 2]
    judge = next(by for by, _, _ in calls if id(by) == first)
    mine = [(test, pred) for by, test, pred in calls if by is judge]
    whole, part = np.empty(len(true), dtype=np.int64), np.empty(len(true), dtype=np.int64)
    # Where folds must not be dealt anew, all rows by the first folds are scored once for every repeat.
    start = N_FOLDS
    while np.array_equal(mine[start][1], mine[start % N_FOLDS][1]):
        start += N_FOLDS
    for (test, pred), (same, fewer) in zip(mine[:N_FOLDS], mine[start : start + N_FOLDS], strict=True):
        if not np.array_equal(test, same):
            raise RuntimeError("the folds are not scored in the order that this benchmark expects")
        whole[test], part[test] = pred.argmax(axis=1), fewer.argmax(axis=1)
    # As many rows as a hundred reviews draw at random, and what they really are: no reviewer errs here.
    rng = np.random.default_rng([3, *case.setting.key])
    seen = rng.choice(len(true), DESIGNS[1][0], replace=False)
    weight = np.ones(table.task.n_classes)
    if case.metric == "balanced_accuracy":
        weight = len(true) / (table.task.n_classes * np.maximum(judge.belief.sum(axis=0), 1.0))

    def differ(labels: NDArray) -> NDArray:
        return 100 * weight[labels] * ((whole == labels).astype(float) - (part == labels))

    rows = np.arange(len(true))
    believed = 100 * (judge.belief * weight)[rows, whole] - 100 * (judge.belief * weight)[rows, part]
    of_true, of_given = differ(true), differ(given)
    really = of_true.mean()
    spread = of_given[seen].var()
    tuned = float(np.cov(of_true[seen], of_given[seen])[0, 1] / spread) if spread > 0 else 0.0
    told = {
        "as given": of_given.mean(),
        "believed": believed.mean(),
        "audited": of_given.mean() + (of_true - of_given)[seen].mean(),
        "audited, tuned": of_true[seen].mean() + tuned * (of_given.mean() - of_given[seen].mean()),
    }
    return [{"metric": case.metric, "way": way, "really": really, "told": value} for way, value in told.items()]


def report_audited(n_jobs: int) -> None:
    """Print the errors by metric and way, on the choosing half."""
    from joblib import Parallel, delayed

    os.environ["OMP_NUM_THREADS"] = "1"
    found = Parallel(n_jobs=n_jobs)(delayed(measure_differences)(case) for case in list_cases("choosing"))
    frame = pl.DataFrame([row for rows in found for row in rows])
    print("| metric | difference on | cases | really | told | off by | right sign |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for metric in sorted(frame["metric"].unique()):
        for way in WAYS:
            rows = frame.filter((pl.col("metric") == metric) & (pl.col("way") == way))
            off = (rows["told"] - rows["really"]).abs().mean()
            sign = ((rows["told"] > 0) == (rows["really"] > 0)).mean()
            means = f"{rows['really'].mean():+.2f} | {rows['told'].mean():+.2f} | {off:.2f} | {sign:.2f}"
            print(f"| {metric.replace('_', ' ')} | {way} | {len(rows)} | {means} |")
