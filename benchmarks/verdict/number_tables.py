"""What the answers about numbers are worth: the tables of `python -m benchmarks.verdict --numbers`."""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.learn import weigh
from benchmarks.verdict.numbers import TABLE
from benchmarks.verdict.scoring import score_answers, score_policies

#: Points of R2 that the standard error of a true gap may have: some linear models are thrown far off by a few rows.
MOST_UNKNOWN = 5.0
NAMES = {
    "commits": "commits",
    "right_when_committed": "right when it commits",
    "hour_mae": "error of an hour, points",
    "hour_bias": "bias of an hour",
    "hour_cover": "80 % intervals that hold, hour",
    "day_mae": "error of a day, points",
    "day_bias": "bias of a day",
    "day_cover": "80 % intervals that hold, day",
    "rate_error": "error of the noise rate, points",
}


def report_numbers() -> None:
    """Print decisions, errors and intervals of either half, and the weights that the choosing half would have."""
    table = pl.read_csv(TABLE).with_columns(pl.lit(0.0).alias("seconds"), pl.col("^rate_.*$") / 100)
    is_pocket = pl.col("kind") == "pocket"
    _print_table("errors here and there, R2", table.filter(~is_pocket))
    print()
    _print_table("errors in one corner, R2", table.filter(is_pocket))


def _print_table(title: str, table: pl.DataFrame) -> None:
    parts = [
        table.filter((pl.col("half") == half) & (pl.col("n_reviews") == n_reviews))
        for half in ("choosing", "frozen")
        for n_reviews in (0, sum(DESIGNS[1]))
    ]
    known = [cases.filter(pl.col("gap_se") <= MOST_UNKNOWN) for cases in parts]
    answered = [cases.drop_nulls(["hour_estimate", "day_estimate"]) for cases in known]
    told = [score_answers(cases) for cases in answered]
    # Tables that were measured before there were rules of thumb for numbers have none of their columns.
    policies = [{row["policy"]: row for row in score_policies(cases)} for cases in answered]
    ours = [scored["datassay"] for scored in policies]
    lines = {
        "cases": [str(cases.height) for cases in parts],
        "... whose truth is known to five points": [str(cases.height) for cases in known],
        "... and that are answered with figures": [str(cases.height) for cases in answered],
        "... and decidable": [f"{one['n_decidable']:.0f}" for one in told],
        "right where decidable": [f"{choice['right']:.2f}" for choice in ours],
        "regret, share of the best constant policy's": [f"{choice['regret_share']:.2f}" for choice in ours],
    }
    for name in list(policies[0])[1:]:
        cells = [f"{scored[name]['right']:.2f}, {scored[name]['regret_share']:.2f}" for scored in policies]
        lines[f"{name}: right, regret"] = cells
    lines |= {
        name: ["none" if np.isnan(one[key]) else f"{one[key]:.2f}" for one in told] for key, name in NAMES.items()
    }
    for side in ("hour", "day"):
        lines[f"mean size of the true gain, {side}"] = [
            f"{cases[f'true_{side}'].abs().mean():.2f}" for cases in answered
        ]
        lines[f"weight that the truths would give, {side}"] = [
            f"{weigh(cases[f'{side}_estimate'].to_numpy()[:, None], cases[f'true_{side}'].to_numpy())[0]:.2f}"
            for cases in answered
        ]
    print(f"| {title} | choosing families | ... 100 reviews | frozen families | ... 100 reviews |")
    print("| --- |" + " ---: |" * 4)
    for name, cells in lines.items():
        print(f"| {name} | {' | '.join(cells)} |")
