"""What an analyst sees of a case, and what `datassay.estimate_value` and the rules of thumb make of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.baselines import judge_simply
from benchmarks.verdict.cases import HOUR, N_LISTED, N_RANDOM, REVIEWER_ACCURACY, Case
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import ANALYST_DRAW, draw_reviews, lead_of_given, predict, review
from benchmarks.verdict.own import Table, do_really, lay_out
from numpy.typing import NDArray

import datassay
from datassay.labels.estimator import Learner, fitting

#: Reviews drawn at random, and from the worklist: none, and a hundred.
DESIGNS = ((0, 0), (N_RANDOM, N_LISTED))


def estimate(case: Case, designs: Sequence[tuple[int, int]] = DESIGNS) -> list[dict[str, Any]]:
    """Return one row for each design of reviews: gains in points, every rule's choice, and the truth.

    The first design is of no reviews: the worklist that it leaves is what reviews are drawn from.
    """
    table = lay_out(case.setting, ANALYST_DRAW)
    answers = ask(case, table, designs)
    # Where no figure can be told there is no list either; whoever reviews all the same has cleanlab's order.
    lists = [worklist if len(worklist) else order_by_margin(table) for _, worklist in answers]
    hours = {str(i): worklist[: round(case.hour * table.n)] for i, worklist in enumerate(lists)}
    done = do_really(table, case.metric, hours, [case.growth])
    day = done[f"day {case.growth:g}"]
    rows = []
    for i, (row, _) in enumerate(answers):
        gap = done[str(i)] - day
        truth = {
            "true_hour": done[str(i)].mean(),
            "true_day": day.mean(),
            "true_gap": gap.mean(),
            "gap_se": gap.std(ddof=1) / np.sqrt(len(gap)),
        }
        rows.append({**row, **{name: round(float(value), 5) for name, value in truth.items()}})
    return rows


def order_by_margin(table: Table) -> NDArray[np.int64]:
    """Return the rows (n,) of a table in cleanlab's order of review."""
    given, X = table.given[table.today], table.task.X[table.today]
    learner = Learner("classification", table.task.n_classes, estimator=PATHS[table.setting.learner])
    with fitting():
        pred = predict(learner, X, given, [table.draw, *table.setting.key])
    return np.argsort(lead_of_given(pred, given), kind="stable")


def ask(
    case: Case, table: Table, designs: Sequence[tuple[int, int]] = DESIGNS
) -> list[tuple[dict[str, Any], NDArray[np.int64]]]:
    """Return the answers to each design, and each worklist as row numbers, whose reviewed rows come last."""
    setting, task, n, rng = case.setting, table.task, table.n, table.rng
    today, given, true = table.today, table.given[table.today], task.y[table.today]
    names = [f"class {code}" for code in range(task.n_classes)]
    frame = pl.DataFrame(task.X[today], schema=[f"x{i}" for i in range(task.X.shape[1])])
    frame = frame.with_columns(label=pl.Series([names[code] for code in given])).with_row_index("row_id")
    arguments: dict[str, Any] = {
        "label": "label",
        "id": "row_id",
        "task": "classification",
        "metric": case.metric,
        "estimator": PATHS[setting.learner],
        "cleaning": {
            "labels_per_hour": round(case.hour * n),
            "cost_per_hour": 40,
            "reviewer_accuracy": REVIEWER_ACCURACY,
        },
        "collecting": {"rows_per_day": round(case.growth * n), "cost_per_day": 600},
        "n_jobs": 1,
        "progress": False,
    }
    simple = judge_simply(task, today, given, case)
    answers = []
    listed: NDArray[np.int64] | None = None
    for n_random, n_listed in designs:
        reviews: pl.DataFrame | None = None
        # Where nothing could be told there is no list to review: the same is asked again.
        if listed is not None and n_random + n_listed:
            known, is_random = draw_reviews(listed[: round(HOUR * n)], n, rng, (n_random, n_listed))
            said = review(true, task.n_classes, rng)
            reviews = pl.DataFrame(
                {
                    "row_id": known.astype(np.uint32),
                    "true_label": [names[said[row]] for row in known],
                    "drawn": np.where(is_random, "random", "worklist"),
                }
            )
        started = time.perf_counter()
        told = datassay.estimate_value(frame, reviews=reviews, **arguments)
        seconds = time.perf_counter() - started
        worklist = told.worklist.sort("rank")["id"].to_numpy().astype(np.int64)
        answers.append(
            (
                {
                    **vars(setting),
                    "metric": case.metric,
                    "growth": case.growth,
                    "hour": case.hour,
                    "draw": table.draw,
                    "n_reviews": n_random + n_listed,
                    **_describe(told),
                    "true_rate": float((given != true).mean()),
                    "seconds": round(seconds, 2),
                    **simple,
                },
                worklist,
            )
        )
        if listed is None and told.verdict.action != "not_applicable":
            listed = worklist
    return answers


def _describe(told: datassay.ValueEstimate) -> dict[str, Any]:
    """Return the figures of one answer, gains in points."""
    found: dict[str, Any] = {"action": told.verdict.action, "p_cleaning": told.p_cleaning_beats_collecting}
    sides = {
        "rate": (told.noise_rate, 1.0),
        "hour": (told.cleaning.per_hour, 100.0),
        "day": (told.collecting.per_day, 100.0),
    }
    for name, (interval, scale) in sides.items():
        for end in ("estimate", "low", "high"):
            found[f"{name}_{end}"] = None if interval is None else round(getattr(interval, end) * scale, 5)
    return {**found, "n_fits": told.n_fits}
