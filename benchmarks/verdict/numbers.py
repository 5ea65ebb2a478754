"""The verdict for numbers against really doing it: `python -m benchmarks.verdict --numbers`.

Targets that are wrong by planting (another row's target, a shift, a lost digit) or by what a published benchmark of
wrong targets holds. One half of the families is for choosing weights, the other is only scored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.cases import HOUR, REVIEWER_ACCURACY
from benchmarks.verdict.number_baselines import judge_numbers_simply
from benchmarks.verdict.oracle import MOST_TEST_ROWS, draw_reviews
from benchmarks.verdict.tasks import NOT_FEATURES, SEED, SHARED, encode
from benchmarks.verdict.truth import RESULTS
from numpy.typing import NDArray

import datassay
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score

TABLE = RESULTS / "verdict_numbers.csv"
LEARNERS = ("boosted_numbers", "linear_numbers")
KINDS, RATES, SIZES = ("swap", "shift", "digit"), (0.04, 0.12), (600, 1500)
#: Share of a pocket's targets that are wrong, and by how many spreads.
POCKET, POCKET_SHIFT = 0.75, 1.5
#: Shares of today's rows: labels reviewed in an hour, new rows of a day.
HOURS, GROWTHS = (0.03, 0.1), (0.1, 0.3, 1.0)
N_REPEATS, LEFT_OUT, METRIC = 6, 0.05, "r2"
#: Tables whose targets are wrong as published.
REAL = ("airquality", "politeness")
#: A published table's rows, shuffled once; at most so many are read.
MOST_ROWS = 16_000


@dataclass(frozen=True)
class Numbers:
    """A pool of rows: features (N, d), true targets (N,), and the targets as given where they were not planted."""

    X: NDArray[np.float32]
    y: NDArray[np.float64]
    given: NDArray[np.float64] | None = None


def _read(folder: str, label: str) -> Numbers:
    frame = pl.read_parquet(SHARED / folder / "data.parquet").drop_nulls(label)
    given, y = frame[label].cast(pl.Float64).to_numpy(), frame[label].cast(pl.Float64).to_numpy()
    truth = SHARED / folder / "truth.parquet"
    is_real = truth.exists()
    if is_real:
        y = (
            frame.select("row_id")
            .join(pl.read_parquet(truth), on="row_id", how="left", maintain_order="left")["true_label"]
            .to_numpy()
        )
    X = encode(frame.drop(label, *(c for c in (*NOT_FEATURES, "id") if c in frame.columns)))
    order = np.random.default_rng(SEED).permutation(len(y))[:MOST_ROWS]
    return Numbers(X[order], y[order], given[order] if is_real else None)


def _friedman(which: int, noise: float) -> Numbers:
    from sklearn import datasets

    make = (datasets.make_friedman1, datasets.make_friedman2, datasets.make_friedman3)[which - 1]
    X, y = make(n_samples=9000, noise=noise, random_state=which)
    return Numbers(X.astype(np.float32), y)


CHOOSING: dict[str, Callable[[], Numbers]] = {
    "houses": lambda: _read("c_houses", "target"),
    "check_times": lambda: _read("c_check_times", "check_time"),
    "friedman1": lambda: _friedman(1, 1.5),
    "friedman2": lambda: _friedman(2, 120.0),
    "friedman3": lambda: _friedman(3, 0.1),
}
FROZEN: dict[str, Callable[[], Numbers]] = {
    "pollution": lambda: _read("c_pollution_beijing", "pm2.5"),
    "flights": lambda: _read("c_flights_nyc13", "arr_delay"),
    "airquality": lambda: _read("reg_airquality_co", "given_label"),
    "politeness": lambda: _read("reg_politeness_stack", "given_label"),
}


@cache
def load(name: str) -> Numbers:
    """Return a pool; the same rows in the same order each time."""
    return (CHOOSING | FROZEN)[name]()


def plant(pool: Numbers, kind: str, rate: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return targets (N,) of which that share is wrong.

    swap: another row's. shift: off by one to three spreads, up or down. digit: the last one lost. pocket: around one
    row in feature space most are off by one and a half spreads in one direction.
    """
    y, given = pool.y, pool.y.copy()
    if kind == "swap":
        # Each row's donor is its neighbour in a random circle, so that no row gives to itself.
        donor, circle = np.empty(len(y), dtype=np.int64), rng.permutation(len(y))
        donor[circle] = np.roll(circle, 1)
    rows = rng.permutation(len(y))[: round(rate * len(y))]
    if kind == "swap":
        given[rows] = y[donor[rows]]
        return given
    if kind == "digit":
        given[rows] = y[rows] / 10
    elif kind == "pocket":
        scaled = (pool.X - pool.X.mean(axis=0)) / (pool.X.std(axis=0) + 1e-9)
        near = np.argsort(((scaled - scaled[rows[0]]) ** 2).sum(axis=1), kind="stable")[: round(len(rows) / POCKET)]
        wrong = rng.permutation(near)[: len(rows)]
        given[wrong] += rng.choice([-1.0, 1.0]) * POCKET_SHIFT * y.std()
    else:
        given[rows] += rng.choice([-1.0, 1.0], len(rows)) * rng.uniform(1, 3, len(rows)) * y.std()
    return given


def list_cases() -> list[tuple[Any, ...]]:
    """Return half, family, learner, kind, rate, rows, hour and growth of every case; sizes, hours and days in turn."""
    halves = [(half, name) for half, families in (("choosing", CHOOSING), ("frozen", FROZEN)) for name in families]
    planted = [(kind, rate) for kind in KINDS for rate in RATES]
    wanted: list[tuple[Any, ...]] = [
        (half, name, learner, *noise)
        for half, name in halves
        for learner in LEARNERS
        for noise in ([("real", 0.0)] * 3 if name in REAL else planted)
    ]
    wanted += [
        (half, name, learner, "pocket", rate)
        for half, name in halves
        if name not in REAL
        for learner in LEARNERS
        for rate in RATES
    ]
    return [(*case, SIZES[i % 2], HOURS[i // 2 % 2], GROWTHS[i % 3]) for i, case in enumerate(wanted)]


def measure(position: int, case: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return what is told, by rules of thumb too, and what was really gained, in points of R2.

    Without and with a hundred reviews; rules of thumb hear none.
    """
    name, learner, kind, rate, n, hour, growth = case[1:]
    pool, rng = load(name), np.random.default_rng([71, position])
    rows = rng.permutation(len(pool.y))
    given = plant(pool, kind, rate, rng) if pool.given is None else pool.given
    today, rest = rows[:n], rows[n:]
    path = f"benchmarks.verdict.learners:{learner}"
    frame = pl.DataFrame(pool.X[today], schema=[f"x{i}" for i in range(pool.X.shape[1])])
    simple = judge_numbers_simply(
        pool.X[today], given[today], path, metric=METRIC, hour=hour, growth=growth, seed=position
    )
    reviewer = np.random.default_rng([72, position])
    answers: list[dict[str, Any]] = []
    lists: list[NDArray[np.int64]] = []
    for design in DESIGNS:
        reviews: pl.DataFrame | None = None
        if sum(design):
            known, is_random = draw_reviews(lists[0][: round(HOUR * n)], n, reviewer, design)
            said = answer(pool, today[known], reviewer)
            drawn = np.where(is_random, "random", "worklist")
            reviews = pl.DataFrame({"row_id": known.astype(np.uint32), "true_label": said, "drawn": drawn})
        told = datassay.estimate_value(
            frame.with_columns(y=pl.Series(given[today])).with_row_index("row_id"),
            label="y",
            id="row_id",
            task="regression",
            metric=METRIC,
            estimator=path,
            cleaning={"labels_per_hour": round(hour * n), "cost_per_hour": 40, "reviewer_accuracy": REVIEWER_ACCURACY},
            collecting={"rows_per_day": round(growth * n), "cost_per_day": 600},
            reviews=reviews,
            n_jobs=1,
            progress=False,
        )
        lists.append(told.worklist.sort("rank")["id"].to_numpy().astype(np.int64))
        row = dict(zip(("half", "family", "learner", "kind", "rate", "n", "hour", "growth"), case, strict=True))
        row |= {
            "n_reviews": sum(design),
            "action": told.verdict.action,
            "true_rate": None if pool.given is not None else float((given[today] != pool.y[today]).mean()),
        }
        row |= {"p_cleaning": told.p_cleaning_beats_collecting, "n_fits": told.n_fits}
        sides = {"rate": told.noise_rate, "hour": told.cleaning.per_hour, "day": told.collecting.per_day}
        for side, interval in sides.items():
            for end in ("estimate", "low", "high"):
                row[f"{side}_{end}"] = None if interval is None else 100 * getattr(interval, end)
        answers.append({**row, **simple})
    listed = [today[worklist[: round(hour * n)]] for worklist in lists]
    hours, days = _do_really(
        _Table(pool, given, today, rest, listed, growth), Learner("regression", 0, estimator=path), rng
    )
    for row, gains in zip(answers, hours, strict=True):
        gap = gains - days
        row |= {"true_hour": float(gains.mean()), "true_day": float(days.mean()), "true_gap": float(gap.mean())}
        row["gap_se"] = float(gap.std(ddof=1) / np.sqrt(len(gap)))
    return answers


def answer(pool: Numbers, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return what a reviewer says of rows (m,); one who slips writes down another row's target."""
    slips = rng.random(len(rows)) > REVIEWER_ACCURACY
    return np.where(slips, rng.permutation(pool.y)[: len(rows)], pool.y[rows])


@dataclass(frozen=True)
class _Table:
    """An analyst's table: rows of the pool that are there today, all others, and the first hour's of every list."""

    pool: Numbers
    #: (N,)
    given: NDArray[np.float64]
    today: NDArray[np.int64]
    rest: NDArray[np.int64]
    listed: list[NDArray[np.int64]]
    growth: float


def _do_really(
    table: _Table, learner: Learner, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return really made gains of every list's hour (L, R) and of the day (R,), over repeats."""
    pool, given, today = table.pool, table.given, table.today
    features, hours, days = Features(matrix=pool.X), [], []
    with fitting():
        for _ in range(N_REPEATS):
            kept = today[rng.permutation(len(today))[round(LEFT_OUT * len(today)) :]]
            others = rng.permutation(table.rest)
            test, new = np.sort(others[:MOST_TEST_ROWS]), others[MOST_TEST_ROWS:][: round(table.growth * len(kept))]

            def rate(labels: NDArray, train: NDArray, test: NDArray = test) -> float:
                pred = learner.fit_predict(features, labels, np.sort(train), test)
                return 100 * score(METRIC, pool.y[test], pred)

            before, gains = rate(given, kept), []
            for listed in table.listed:
                said = given.copy()
                said[listed] = answer(pool, listed, rng)
                gains.append(rate(said, kept) - before)
            hours.append(gains)
            days.append(rate(given, np.concatenate([kept, new])) - before)
    return np.array(hours).T, np.array(days)


def run_numbers(n_jobs: int) -> None:
    """Ask about every case, really do both, and write the committed table."""
    from joblib import Parallel, delayed

    rows = Parallel(n_jobs=n_jobs)(delayed(measure)(i, case) for i, case in enumerate(list_cases()))
    pl.DataFrame([row for both in rows for row in both], infer_schema_length=None).write_csv(TABLE, float_precision=5)
