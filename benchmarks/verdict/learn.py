"""Learn weights and widths on the choosing families: `python -m benchmarks.verdict --learn`.

What it prints stands in `datassay.value.weights`; the frozen half is never read here.
"""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import GROWTHS, HOUR, Case
from benchmarks.verdict.oracle import ANALYST_DRAW, do_really
from benchmarks.verdict.school import list_lessons, name_family
from benchmarks.verdict.tasks import load_task
from benchmarks.verdict.truth import CACHE, KEY
from numpy.typing import NDArray

from datassay.value import estimate
from datassay.value.cleaning import MAX_NOISE
from datassay.value.uncertainty import draw_worlds
from datassay.value.weights import BELIEVED, GIVEN

N_LESSONS = 170
#: Points by which one really done hour or day varies around the mean of many.
OWN_SPREAD = {"hour": 0.5, "day": 0.5}
Z_80 = 1.2815515655446004
LEVELS, SHARES = np.linspace(0.0, 2.0, 41), np.linspace(0.0, 0.9, 19)


def measure_lesson(case: Case, n: int) -> list[dict[str, Any]]:
    """Return the parts of an estimate and what was really gained, in points; without and with reviews."""
    parts: list[dict[str, float]] = []

    def keep(grid: Any, **known: Any) -> Any:
        draws = draw_worlds(grid, **known)
        rehearsed = grid.rehearsal.gain.mean(axis=1)
        days = {f"day {g}": 100 * float(draws.power.gain(np.array([g])).mean()) for g in GROWTHS}
        net = float(draws.fixed.net(np.array([HOUR * n])).mean()) / n
        parts.append({"believed": 100 * rehearsed[BELIEVED], "given": 100 * rehearsed[GIVEN], "net": net, **days})
        return draws

    with patch.object(estimate, "draw_worlds", keep), patch.object(analyst, "judge_simply", lambda *_: {}):
        told = analyst.ask(case, ANALYST_DRAW, n)
    rows = []
    for (row, worklist), part in zip(told, parts, strict=False):
        done = do_really(case, ANALYST_DRAW, n, worklist)
        rows.append({**row, **part, **{f"true {name}": gain for name, gain in done.items()}, "n": n})
    return rows


def run_lessons(n_jobs: int) -> None:
    """Measure all lessons that are not in the cache."""
    from joblib import Parallel, delayed

    CACHE.mkdir(exist_ok=True)
    path = CACHE / "lessons.jsonl"
    done = {_name(json.loads(line)) for line in path.read_text().splitlines()} if path.exists() else set()
    wanted = [
        (case, n)
        for case, n in list_lessons(N_LESSONS)
        if (*vars(case.setting).values(), case.metric, case.growth) not in done
    ]
    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(delayed(measure_lesson)(*each) for each in wanted)
    with path.open("a") as file:
        for i, rows in enumerate(jobs, start=1):
            file.writelines(json.dumps(row, default=float) + "\n" for row in rows)
            file.flush()
            if i % 10 == 0:
                print(f"{i} of {len(wanted)} lessons", flush=True)


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[key] for key in KEY), row["growth"])


def report_weights() -> None:
    """Print weights and widths; errors are those of families that were left out in turn."""
    lessons = [json.loads(line) for line in (CACHE / "lessons.jsonl").read_text().splitlines()]
    for n_reviews in (0, 100):
        rows = [row for row in lessons if row["n_reviews"] == n_reviews and "believed" in row]
        family = np.array([name_family(row["family"]) for row in rows])
        X = np.array([[row["believed"], _exchange(row)] for row in rows])
        y = np.array([row["true hour"] for row in rows])
        print(f"\n{n_reviews} reviews, {len(rows)} lessons")
        rate, low, high = (np.array([row[f"rate_{end}"] for row in rows]) for end in ("estimate", "low", "high"))
        true = np.array([row["true_rate"] for row in rows])
        holds = ((low <= true) & (true <= high)).mean()
        print(f"  rate: error {100 * np.abs(rate - true).mean():.1f} points, intervals hold {holds:.2f}")
        for name, columns in (("rehearsed", [0]), ("rehearsed, and exchange rate", [0, 1])):
            left_out = np.empty(len(y))
            for one in np.unique(family):
                is_one = family == one
                left_out[is_one] = X[is_one][:, columns] @ _weigh(X[~is_one][:, columns], y[~is_one])
            weights = np.round(_weigh(X[:, columns], y), 2)
            error = y - left_out
            print(f"  {name}: weights {weights}, mean absolute error {np.abs(error).mean():.2f} points")
            print(f"    of no gain {np.abs(y).mean():.2f}, correlation {np.corrcoef(left_out, y)[0, 1]:.2f}")
            print("    width", _widen(error, left_out, np.ones(len(y)), OWN_SPREAD["hour"]))
        told, true, x = _read_days(rows)
        print(f"  rows: mean absolute error {np.abs(true - told).mean():.2f}, bias {(told - true).mean():+.2f}")
        print("    width", _widen(true - told, told, x, OWN_SPREAD["day"]))


def _exchange(row: dict[str, Any]) -> float:
    """Return what repaired labels gain, in points, where each counts as 2c / (1 - c rate) new rows."""
    n_classes = load_task(row["family"]).n_classes
    c = n_classes / (n_classes - 1)
    slope = max(row["day 0.3"], 0.0) / np.log(1.3)
    return float(slope * max(row["net"], 0.0) * 2 * c / (1 - min(c * row["rate_estimate"], MAX_NOISE)))


def _weigh(X: NDArray, y: NDArray) -> NDArray:
    """Return weights >= 0 that keep absolute errors small; heavy tails of few tables do not decide."""
    from scipy.optimize import nnls

    scale = np.sqrt((X**2).mean(axis=1)) + 0.5
    return nnls(X / scale[:, None], y / scale)[0]


def _widen(error: NDArray, told: NDArray, x: NDArray, own: float) -> dict[str, float]:
    """Return level and share of an error by likelihood (Student's t, 4 degrees), and its width above and below.

    `error` and `told` (m,) are in points, `x` (m,) is what the level is proportional to, `own` the spread of the truth.
    """
    from scipy.stats import t

    best = max(
        (float(t.logpdf(error / sd, 4).sum() - np.log(sd).sum()), level, share)
        for level in LEVELS
        for share in SHARES
        for sd in [np.sqrt(own**2 + (level * x) ** 2 + (share * told) ** 2)]
    )
    _, level, share = best
    sd = np.sqrt(own**2 + (level * x) ** 2 + (share * told) ** 2)
    low, high = np.quantile(error / sd, [0.1, 0.9])
    found = {"level": level, "share": share, "above": high / Z_80, "below": -low / Z_80}
    return {name: round(float(value), 3) for name, value in found.items()}


def _read_days(rows: list[dict[str, Any]]) -> tuple[NDArray, NDArray, NDArray]:
    """Return told and true gains of all days, in points, and log2 of the growth."""
    found = [
        (row[f"day {growth}"], row[f"true day {growth}"], np.log2(1 + growth))
        for row in rows
        for growth in GROWTHS
        if f"true day {growth}" in row
    ]
    told, true, x = np.array(found).T
    return told, true, x
