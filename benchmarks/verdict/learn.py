"""Learn weights and widths on the choosing families: `python -m benchmarks.verdict --learn`.

What it prints stands in `datassay.value.weights`; the frozen half is never read here.
"""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import GROWTHS, HOURS, Case
from benchmarks.verdict.forms import measure_forms
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import do_really, lay_out
from benchmarks.verdict.school import list_lessons, name_family
from benchmarks.verdict.tasks import load_task
from benchmarks.verdict.truth import CACHE, KEY, measure_all
from numpy.typing import NDArray

from datassay.value import estimate
from datassay.value.cleaning import MAX_NOISE
from datassay.value.uncertainty import ERROR_DEPTH, draw_worlds

N_LESSONS = 170
#: Repeats of what is really done, and points by which their mean still varies.
N_REPEATS, OWN_SPREAD = 4, {"hour": 0.3, "day": 0.3}
#: Two standard errors of a gap of two such means.
DECIDABLE = 2 * float(np.hypot(*OWN_SPREAD.values()))
Z_80 = 1.2815515655446004
LEVELS, SHARES = np.linspace(0.0, 2.0, 41), np.linspace(0.0, 0.9, 19)


def measure_lesson(case: Case, n: int, draw: int = ANALYST_DRAW) -> list[dict[str, Any]]:
    """Return the parts of an estimate and what was really gained, in points; without and with reviews."""
    parts: list[dict[str, float]] = []
    table = lay_out(case.setting, draw, n)

    def keep(grid: Any, **known: Any) -> Any:
        draws, rows_by = draw_worlds(grid, **known), known["weights"].rows_by
        # What the curve says, before any weight.
        days = {f"day {g:g}": 100 * float(draws.power.gain(np.array([g])).mean()) / rows_by for g in GROWTHS}
        net = float(draws.fixed.net(np.array([case.hour * table.n])).mean()) / table.n
        gain = 100 * float(draws.sensitivity.gain(draws.fixed.net(np.array([case.hour * table.n])) / table.n).mean())
        parts.append({"rehearsed": gain / known["weights"].listed, "net": net, **days})
        return draws

    with patch.object(estimate, "draw_worlds", keep), patch.object(analyst, "judge_simply", lambda *_: {}):
        told = analyst.ask(case, table)
    hours = {
        f"{i} hour {hour:g}": worklist[: round(hour * table.n)]
        for i, (_, worklist) in enumerate(told)
        for hour in HOURS
    }
    done = {name: gains.mean() for name, gains in do_really(table, case.metric, hours, GROWTHS, N_REPEATS).items()}
    listed = told[0][1][: round(case.hour * table.n)]
    forms = measure_forms(table, case, listed, [part["net"] for part in parts]) if parts else []
    rows = []
    for i, ((row, _), part, form) in enumerate(zip(told, parts, forms, strict=False)):
        true = {f"true {name}": gain for name, gain in done.items() if name.startswith("day")}
        true |= {f"true hour {hour:g}": done[f"{i} hour {hour:g}"] for hour in HOURS}
        true["true hour"] = true[f"true hour {case.hour:g}"]
        rows.append({**row, **part, **true, "n": table.n, "forms": form})
    return rows


def run_lessons(n_jobs: int, n_draws: int = 1) -> None:
    """Measure all lessons that are not in the cache, on `n_draws` tables each."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / "lessons.jsonl"
    done = {_name(json.loads(line)) for line in path.read_text().splitlines()} if path.exists() else set()
    wanted = [
        (case, n, draw)
        for draw in range(ANALYST_DRAW, ANALYST_DRAW + n_draws)
        for case, n in list_lessons(N_LESSONS)
        if (*vars(case.setting).values(), case.metric, case.growth, draw) not in done
    ]
    measure_all(measure_lesson, wanted, path, n_jobs)


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[key] for key in KEY), row["growth"], row["draw"])


def report_weights(n_draws: int = 1) -> None:
    """Print weights and widths; errors are those of families that were left out in turn."""
    lessons = [json.loads(line) for line in (CACHE / "lessons.jsonl").read_text().splitlines()]
    lessons = [row for row in lessons if row["draw"] < ANALYST_DRAW + n_draws]
    for n_reviews in (0, 100):
        rows = [row for row in lessons if row["n_reviews"] == n_reviews and "rehearsed" in row]
        family = np.array([name_family(row["family"]) for row in rows])
        X = np.array([[row["rehearsed"], _exchange(row)] for row in rows])
        y = np.array([row["true hour"] for row in rows])
        depth = np.array([row["hour"] / ERROR_DEPTH for row in rows])
        hours = np.zeros(len(rows))
        print(f"\n{n_reviews} reviews, {len(rows)} lessons")
        rate, low, high = (np.array([row[f"rate_{end}"] for row in rows]) for end in ("estimate", "low", "high"))
        true = np.array([row["true_rate"] for row in rows])
        holds = ((low <= true) & (true <= high)).mean()
        print(f"  rate: error {100 * np.abs(rate - true).mean():.1f} points, intervals hold {holds:.2f}")
        for side, of in (("hour", "true hour"), ("day", "true day {growth:g}")):
            print(f"  {side} as told then: {_check(rows, side, of)}")
        for name, columns in (("rehearsed", [0]), ("rehearsed, and exchange rate", [0, 1])):
            left_out = leave_out(X[:, columns], y, family)
            weights = np.round(weigh(X[:, columns], y), 2)
            error = y - left_out
            print(f"  {name}: weights {weights}, mean absolute error {np.abs(error).mean():.2f} points")
            print(f"    of no gain {np.abs(y).mean():.2f}, correlation {np.corrcoef(left_out, y)[0, 1]:.2f}")
            print("    width", _widen(error, left_out, depth, OWN_SPREAD["hour"]))
            hours = left_out if columns == [0] else hours
        told, true, x, of = _read_days(rows, family)
        left_out = leave_out(told[:, None], true, of)
        weight = np.round(weigh(told[:, None], true), 2)
        print(f"  rows: weights {weight}, mean absolute error {np.abs(true - left_out).mean():.2f}", end=", ")
        print(f"bias {(left_out - true).mean():+.2f}, correlation {np.corrcoef(left_out, true)[0, 1]:.2f}")
        print("    width", _widen(true - left_out, left_out, x, OWN_SPREAD["day"]))
        n_days = [sum(f"true day {growth:g}" in row for growth in GROWTHS) for row in rows]
        print(f"  {_decide(np.repeat(hours, n_days) - left_out, np.repeat(y, n_days) - true)}")


def report_forms(n_draws: int = 1) -> None:
    """Print what hours are off by where other forms tell them, each with a weight fitted on the other families."""
    lessons = [json.loads(line) for line in (CACHE / "lessons.jsonl").read_text().splitlines()]
    lessons = [row for row in lessons if row["draw"] < ANALYST_DRAW + n_draws and "rehearsed" in row]
    sides = [[row for row in lessons if row["n_reviews"] == n_reviews] for n_reviews in (0, 100)]
    count = " and ".join(str(len(side)) for side in sides)
    print(f"\n| {count} hours | error, points, 0 reviews | 100 reviews | correlation, 0 reviews | 100 reviews |")
    print("| --- |" + " ---: |" * 4)
    for form in ("no gain", "the same for every table", "rehearsed on the list", *sides[0][0]["forms"]):
        errors, fits_well = [], []
        for side in sides:
            true, family = np.array([row["true hour"] for row in side]), [name_family(row["family"]) for row in side]
            every = {"no gain": 0.0, "the same for every table": 1.0}
            own = [{"rehearsed on the list": row["rehearsed"], **every, **row["forms"]}.get(form) for row in side]
            if None in own:
                errors, fits_well = [*errors, ""], [*fits_well, ""]
                continue
            left_out = leave_out(np.array(own, dtype=float)[:, None], true, np.array(family))
            errors.append(f"{np.abs(true - left_out).mean():.2f}")
            # What counts for nothing, or is the same everywhere, goes along with nothing.
            is_flat = form in every or left_out.std() == 0
            fits_well.append("" if is_flat else f"{np.corrcoef(left_out, true)[0, 1]:.2f}")
        print(f"| {form} | {' | '.join([*errors, *fits_well])} |")


def _decide(told: NDArray, true: NDArray) -> str:
    """Say how often and at what regret told gaps (m,) of hours less days, in points, have the true ones' sign."""
    is_right, is_open = (told > 0) == (true > 0), np.abs(true) > DECIDABLE
    constant = min(np.maximum(true, 0).mean(), np.maximum(-true, 0).mean())
    regret = np.abs(true[~is_right]).sum() / len(true) / constant
    right, cleans = is_right[is_open].mean(), (true[is_open] > 0).mean()
    always = " and ".join(
        f"always {name} {share:.2f} at {np.maximum(side, 0).mean() / constant:.2f}"
        for name, share, side in (("cleaning", cleans, -true), ("collecting", 1 - cleans, true))
    )
    return (
        f"{is_open.sum()} decidable pairs of an hour and a day: right {right:.2f} at a regret of {regret:.2f}; {always}"
    )


def _check(rows: list[dict[str, Any]], side: str, of: str) -> str:
    known = [(row, row[of.format_map(row)]) for row in rows if of.format_map(row) in row]
    error = np.array([row[f"{side}_estimate"] - true for row, true in known])
    holds = np.mean([row[f"{side}_low"] <= true <= row[f"{side}_high"] for row, true in known])
    return f"error {np.abs(error).mean():.2f} points, bias {error.mean():+.2f}, intervals hold {holds:.2f}"


def _exchange(row: dict[str, Any]) -> float:
    """Return what repaired labels gain, in points, where each counts as 2c / (1 - c rate) new rows."""
    n_classes = load_task(row["family"]).n_classes
    c = n_classes / (n_classes - 1)
    slope = max(row["day 0.3"], 0.0) / np.log(1.3)
    return float(slope * max(row["net"], 0.0) * 2 * c / (1 - min(c * row["rate_estimate"], MAX_NOISE)))


def weigh(X: NDArray, y: NDArray) -> NDArray:
    """Return weights >= 0 that keep absolute errors small; heavy tails of few tables do not decide."""
    from scipy.optimize import nnls

    scale = np.sqrt((X**2).mean(axis=1)) + 0.5
    return nnls(X / scale[:, None], y / scale)[0]


def leave_out(X: NDArray, y: NDArray, family: NDArray) -> NDArray[np.float64]:
    """Return what each family (m,) would be told, with the weights of all others; `X` is (m, c), `y` (m,)."""
    told = np.empty(len(y))
    for one in np.unique(family):
        is_one = family == one
        told[is_one] = X[is_one] @ weigh(X[~is_one], y[~is_one])
    return told


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


def _read_days(rows: list[dict[str, Any]], family: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return told and true gains of all days, in points, log2 of the growth, and the family."""
    found = [
        (row[f"day {growth:g}"], row[f"true day {growth:g}"], np.log2(1 + growth))
        for row in rows
        for growth in GROWTHS
        if f"true day {growth:g}" in row
    ]
    of = [one for one, row in zip(family, rows, strict=True) for g in GROWTHS if f"true day {g:g}" in row]
    told, true, x = np.array(found).T
    return told, true, x, np.array(of)
