"""Days of chosen classes: what is told of them, and what they really bring: `python -m benchmarks.verdict --shares`.

Half of the questions ask for more of the rarest class, half for more of the commonest: one makes a table more even, the
other less so. What a day brings is measured on rows that come as they do today, whatever was collected.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.cases import LEARNERS, METRICS, TOO_SLOW, Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import ANALYST_DRAW, MOST_TEST_ROWS
from benchmarks.verdict.own import LEFT_OUT, N_REPEATS, SEED, Table, lay_out
from benchmarks.verdict.tasks import CHOOSING, FROZEN
from benchmarks.verdict.truth import RESULTS
from numpy.typing import NDArray

import datassay
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score

TABLE = RESULTS / "verdict_shares.csv"
#: New rows in shares of today's, and what the chosen class gets of them.
GROWTHS, SHARE = (0.1, 0.3), 0.8
NOISE = (("symmetric", 0.1), ("class", 0.12))
WHICH = ("rarest", "commonest")
#: Gains below a tenth of a point have no sign worth asking for.
LEAST = 0.1


def list_questions(half: str) -> list[tuple[Setting, float, str, str]]:
    """Return settings with the day's growth, which class is asked for, and the metric."""
    families = CHOOSING if half == "choosing" else FROZEN
    pairs = [(f, e) for f in families for e in LEARNERS if (f, e) not in TOO_SLOW]
    return [
        (Setting(family, learner, *NOISE[i % 2]), GROWTHS[(i // 2 + (which == "rarest")) % 2], which, metric)
        for i, (family, learner) in enumerate(pairs)
        for which in WHICH
        for metric in METRICS
    ]


def choose_class(table: Table, which: str) -> int:
    """Return the class with the fewest or the most labels today."""
    counts = np.bincount(table.given[table.today], minlength=table.task.n_classes)
    return int(counts.argmin() if which == "rarest" else counts.argmax())


def collect_really(table: Table, metric: str, code: int, growth: float) -> NDArray[np.float64] | None:
    """Return what the day brings in points, one per repeat; None where there are not as many rows of the class.

    Rows are chosen by their labels as given, which is what whoever collects them goes by.
    """
    task = table.task
    learner = Learner("classification", task.n_classes, estimator=PATHS[table.setting.learner])
    features, gains = Features(matrix=task.X), []
    for repeat in range(N_REPEATS):
        rng = np.random.default_rng([SEED, repeat, table.draw, *table.setting.key])
        kept = table.today[rng.permutation(table.n)[round(LEFT_OUT * table.n) :]]
        rest = rng.permutation(table.rest)
        n_test = min(MOST_TEST_ROWS, len(rest) // 3)
        test, new = np.sort(rest[:n_test]), rest[n_test:]
        chosen = table.given[new] == code
        n_new = round(growth * len(kept))
        n_chosen = round(SHARE * n_new)
        if chosen.sum() < n_chosen or (~chosen).sum() < n_new - n_chosen:
            return None
        more = np.concatenate([new[chosen][:n_chosen], new[~chosen][: n_new - n_chosen]])

        def rate(train: NDArray, test: NDArray = test) -> float:
            return score(metric, task.y[test], learner.fit_predict(features, table.given, np.sort(train), test))

        with fitting():
            gains.append(100 * (rate(np.concatenate([kept, more])) - rate(kept)))
    return np.array(gains)


def answer(setting: Setting, growth: float, which: str, metric: str) -> dict[str, Any] | None:
    """Return what is told of the day and what it brings, in points; None where it cannot be really done."""
    table = lay_out(setting, ANALYST_DRAW)
    code = choose_class(table, which)
    really = collect_really(table, metric, code, growth)
    if really is None:
        return None
    task, given = table.task, table.given[table.today]
    frame = pl.DataFrame(task.X[table.today], schema=[f"x{i}" for i in range(task.X.shape[1])])
    told = datassay.estimate_value(
        frame.with_columns(label=pl.Series([f"class {each}" for each in given])),
        label="label",
        task="classification",
        metric=metric,
        estimator=PATHS[setting.learner],
        collecting={"rows_per_day": round(growth * table.n), "class_share": {f"class {code}": SHARE}},
        n_jobs=1,
        progress=False,
    ).collecting.per_day
    ends = ("estimate", "low", "high")
    return {
        **vars(setting), "metric": metric, "growth": growth, "which": which,
        **{f"day_{end}": None if told is None else 100 * getattr(told, end) for end in ends},
        "true_day": really.mean(), "true_se": really.std(ddof=1) / np.sqrt(len(really)),
    }  # fmt: skip


def run_shares(halves: list[str], n_jobs: int) -> None:
    """Ask and really collect; the committed table keeps the halves that are not asked."""
    from joblib import Parallel, delayed

    kept = [] if len(halves) > 1 or not TABLE.exists() else [pl.read_csv(TABLE).filter(pl.col("half") != halves[0])]
    for half in halves:
        found = Parallel(n_jobs=n_jobs)(delayed(answer)(*question) for question in list_questions(half))
        rows = [{"half": half, **row} for row in found if row is not None]
        kept.append(pl.DataFrame(rows, infer_schema_length=None))
    pl.concat(kept).write_csv(TABLE, float_precision=5)


def report_shares() -> None:
    """Print how well days of chosen classes are foretold, beside no gain and the sign that most of them have."""
    answers = pl.read_csv(TABLE).drop_nulls("day_estimate")
    print("| half | metric | more of the | cases | really | told | off by | no gain | right sign | one sign |", end="")
    print(" interval holds |")
    print("| --- | --- | --- |" + " ---: |" * 8)
    groups = [*answers.group_by("half", "metric", "which", maintain_order=True)]
    for (half, metric, which), cases in sorted(groups):
        told, true = cases["day_estimate"], cases["true_day"]
        clear = cases.filter((true.abs() > 2 * cases["true_se"]) & (true.abs() > LEAST))
        sign = ((clear["day_estimate"] > 0) == (clear["true_day"] > 0)).mean()
        gains = (clear["true_day"] > 0).mean()
        holds = ((cases["day_low"] <= true) & (true <= cases["day_high"])).mean()
        figures = (
            f"{true.mean():+.2f} | {told.mean():+.2f} | {(told - true).abs().mean():.2f} | {true.abs().mean():.2f}"
        )
        print(
            f"| {half} | {metric.replace('_', ' ')} | {which} | {len(cases)} | {figures} | {sign:.2f} of {len(clear)} "
            f"| {max(gains, 1 - gains):.2f} | {holds:.2f} |"
        )
