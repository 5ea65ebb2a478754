"""Choose weights and widths on the choosing half: `python -m benchmarks.verdict --learn`.

What it prints stands in `datassay.value.weights`; the frozen half is never read here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import HOUR, Case, list_cases
from benchmarks.verdict.truth import CACHE, KEY, read_table
from numpy.typing import NDArray

from datassay.value import estimate
from datassay.value.uncertainty import draw_worlds
from datassay.value.weights import BELIEVED, GIVEN

#: Strength with which weights are drawn towards being equal.
SHRINKAGE = 0.3
GROWTHS = (0.1, 0.3, 1.0)
N_DRAWS = 1
#: Points by which draws of an hour's gain vary without any error on top.
OWN_SPREAD = 0.45
Z_80 = 1.2815515655446004


def measure_parts(case: Case, draw: int) -> list[dict[str, Any]]:
    """Return the parts of an estimate, in points, before they are weighed; without and with reviews."""
    found: list[dict[str, Any]] = []

    def keep(grid: Any, **known: Any) -> Any:
        draws = draw_worlds(grid, **known)
        n = known["n_now"]
        net = float(draws.fixed.net(np.array([HOUR * n])).mean()) / n
        parts: dict[str, float] = {}
        for replay in grid.replays:
            share = max(replay.found, 0.005)
            for scored, name in ((BELIEVED, "believed"), (GIVEN, "given")):
                gain = 100 * float(replay.gain[scored].mean())
                parts[f"{replay.kind} {name} slope"] = gain / share * net
                parts[f"{replay.kind} {name} capped"] = gain / share * min(max(net, 0.0), share)
        if grid.rehearsal is not None:
            for scored, name in ((BELIEVED, "believed"), (GIVEN, "given")):
                parts[f"listed {name}"] = 100 * float(grid.rehearsal.gain[scored].mean())
        parts["one-sided"] = 100 * float(known["restored"].at(np.array([HOUR * n]))[0])
        days = {str(g): 100 * float(draws.power.gain(np.array([g])).mean()) for g in GROWTHS}
        found.append({"net": net, "is_reviewed": known["is_reviewed"], "parts": parts, "days": days})
        return draws

    with patch.object(estimate, "draw_worlds", keep), patch.object(analyst, "judge_simply", lambda *_: {}):
        rows = analyst.estimate(case, draw)
    return [{**row, **each} for row, each in zip(rows, found, strict=False)]


def run_parts(n_jobs: int) -> None:
    """Measure the parts of all choosing cases, in both metrics, into the cache."""
    from joblib import Parallel, delayed

    path = CACHE / "parts.jsonl"
    done = {_name(json.loads(line)) for line in path.read_text().splitlines()} if path.exists() else set()
    cases = [(case, draw) for draw in range(N_DRAWS) for case in list_cases("choosing")]
    wanted = [(c, d) for c, d in cases if (*vars(c.setting).values(), c.metric, d) not in done]
    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(delayed(measure_parts)(*each) for each in wanted)
    with path.open("a") as file:
        for i, rows in enumerate(jobs, start=1):
            file.writelines(json.dumps(row, default=float) + "\n" for row in rows)
            file.flush()
            if i % 20 == 0:
                print(f"{i} of {len(wanted)} cases", flush=True)


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[key] for key in KEY), row["draw"])


def fit_weights(X: NDArray, y: NDArray) -> NDArray:
    """Return weights >= 0 by least squares; the last column is free, the others are drawn towards being equal."""
    from scipy.optimize import nnls

    n, d = X.shape
    pull = np.sqrt(SHRINKAGE * n) * np.diag([*[1.0] * (d - 1), 0.0])
    return nnls(np.vstack([X, pull]), np.concatenate([y, np.diag(pull) / (d - 1)]))[0]


def fit_error(error: NDArray, told: NDArray, x: NDArray, spread: float) -> tuple[float, float, float, float]:
    """Return level and share of an error by likelihood, and how much wider it is above and below, for 80 %.

    `error` and `told` (m,) are in points, `x` (m,) is what the level is proportional to; `spread` is what the draws
    vary by themselves.
    """
    best = min(
        (
            float((np.log(sd) + 0.5 * (error / sd) ** 2).sum()),
            level,
            share,
        )
        for level in np.linspace(0.1, 2.0, 39)
        for share in np.linspace(0.0, 0.8, 17)
        for sd in [np.sqrt(spread**2 + (level * x) ** 2 + (share * told) ** 2)]
    )
    _, level, share = best
    sd = np.sqrt(spread**2 + (level * x) ** 2 + (share * told) ** 2)
    low, high = np.quantile(error / sd, [0.1, 0.9])
    return level, share, float(np.clip(high / Z_80, 0.5, 2.0)), float(np.clip(-low / Z_80, 0.5, 2.0))


def read_parts(*, is_reviewed: bool) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield each answer's parts with the true gain of its hour."""
    truth = read_table()
    action = "clean after reviews" if is_reviewed else "clean"
    hours = truth.filter((pl.col("action") == action) & (pl.col("against") == "today"))
    gains = {tuple(row[key] for key in KEY): row["gain"] for row in hours.iter_rows(named=True)}
    for line in (CACHE / "parts.jsonl").read_text().splitlines():
        row = json.loads(line)
        key = tuple(row[key] for key in KEY)
        if row["is_reviewed"] == is_reviewed and key in gains:
            yield row, gains[key]


def report_weights() -> None:
    """Print weights and widths; errors are those of families that were left out in turn."""
    for is_reviewed in (False, True):
        rows = list(read_parts(is_reviewed=is_reviewed))
        names = [name for name in sorted(rows[0][0]["parts"]) if name != "one-sided"] + ["one-sided"]
        X = np.array([[row["parts"].get(name, 0.0) for name in names] for row, _ in rows])
        y = np.array([gain for _, gain in rows])
        family = np.array([row["family"] for row, _ in rows])
        left_out = np.empty(len(y))
        for one in np.unique(family):
            is_one = family == one
            left_out[is_one] = X[is_one] @ fit_weights(X[~is_one], y[~is_one])
        print(f"\n{'with' if is_reviewed else 'without'} reviews, {len(y)} answers")
        for name, weight in zip(names, fit_weights(X, y), strict=True):
            print(f"  {name:28} {weight:.3f}")
        error = y - left_out
        print(f"  mean absolute error {np.abs(error).mean():.2f} points; of no gain {np.abs(y).mean():.2f}")
        print("  error of labels", np.round(fit_error(error, left_out, np.ones(len(y)), OWN_SPREAD), 2))
        told, true, x = _read_days(rows)
        print(f"  rows: mean absolute error {np.abs(true - told).mean():.2f}, bias {(told - true).mean():+.2f}")
        print("  error of rows", np.round(fit_error(true - told, told, x, 0.0), 2))


def _read_days(rows: list[tuple[dict[str, Any], float]]) -> tuple[NDArray, NDArray, NDArray]:
    """Return told and true gains of all days, in points, and log2 of the growth."""
    days = read_table().filter((pl.col("against") == "today") & pl.col("action").str.starts_with("collect"))
    gains = {(*(r[key] for key in KEY), r["action"]): r["gain"] for r in days.iter_rows(named=True)}
    found = []
    for row, _ in rows:
        for growth in GROWTHS:
            true = gains.get((*(row[key] for key in KEY), f"collect {growth:g}"))
            if true is not None:
                found.append((row["days"][str(growth)], true, np.log2(1 + growth)))
    told, true, x = np.array(found).T
    return told, true, x
