"""What many hours gain: reviews far down the list told and really made, `python -m benchmarks.verdict --far`.

Every second question of a half is asked once without reviews and once with a hundred; then the worklist is really
reviewed to several depths. Beside what is told stands what would be if the first rehearsal's gain were carried on along
a straight line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import HOUR, Case, list_cases
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import do_really, lay_out
from benchmarks.verdict.tables import tabulate

from datassay.value import estimate
from datassay.value.uncertainty import Draws, draw_worlds

DEPTHS = (0.1, 0.3, 0.5, 1.0)
N_REPEATS = 4
#: Every second question of the half, so that both learners and all kinds of noise are among them.
EVERY = 2


def measure_depths(case: Case) -> list[dict[str, Any]]:
    """Return one row for each design of reviews and depth: gains in points, told in both ways, and true."""
    table = lay_out(case.setting, ANALYST_DRAW)
    found: list[Draws] = []

    def listen(*args: Any, **options: Any) -> Draws:
        found.append(draw_worlds(*args, **options))
        return found[-1]

    with patch.object(estimate, "draw_worlds", listen), patch.object(analyst, "judge_simply", lambda *_: {}):
        answers = analyst.ask(case, table)
    if len(found) < len(answers):
        return []  # nothing was told
    hours = {f"{i} {at}": listed[: round(at * table.n)] for i, (_, listed) in enumerate(answers) for at in DEPTHS}
    done = do_really(table, case.metric, hours, [], N_REPEATS)
    rows = []
    for i, ((row, _), draws) in enumerate(zip(answers, found, strict=True)):
        straight = replace(draws, sensitivity=replace(draws.sensitivity, deep=None))
        for at in DEPTHS:
            labels, none = np.array([at * draws.n_now]), np.zeros(1)
            gains = 100 * draws.gain(labels, none)[:, 0]
            low, high = np.quantile(gains, [0.1, 0.9])
            rows.append(
                {
                    "n_reviews": row["n_reviews"],
                    "depth": at,
                    "told": gains.mean(),
                    "straight": 100 * straight.gain(labels, none).mean(),
                    "true": (true := done[f"{i} {at}"].mean()),
                    "holds": low <= true <= high,
                }
            )
    return rows


def report_depths(half: str, n_jobs: int) -> None:
    """Print errors of what is told of this half by depth and design of reviews."""
    from joblib import Parallel, delayed

    cases = [replace(case, hour=HOUR) for case in list_cases(half)][::EVERY]
    parts = Parallel(n_jobs=n_jobs)(delayed(measure_depths)(case) for case in cases)
    table = pl.DataFrame([row for part in parts for row in part])
    off, straight = pl.col("told") - pl.col("true"), pl.col("straight") - pl.col("true")
    told = table.group_by("n_reviews", "depth").agg(
        pl.len(),
        pl.col("true").mean(),
        off.abs().mean().alias("off"),
        off.mean().alias("bias"),
        pl.col("holds").mean(),
        straight.abs().mean().alias("straight off"),
        straight.mean().alias("straight bias"),
    )
    rows = []
    for n_reviews, depth, n, true, *figures in told.sort("n_reviews", "depth").rows():
        cells = [f"{figure:.2f}" for figure in figures]
        rows.append([str(n_reviews), f"{depth:.0%}", str(n), f"{true:.2f}", *cells])
    names = ["reviews", "reviewed down to", "questions", "true gain, points", "error, told", "bias", "holds (80 %)"]
    print(f"\n## The {half} half\n")
    print(tabulate([*names, "error, straight on", "bias"], rows))
