"""What would decide better: `python -m benchmarks.verdict --more`.

The choosing half's cases asked again with more and more random reviews, and what decisions would be worth if one side
were known for sure. It shows which lack of knowledge costs most; nothing is chosen by it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS, estimate
from benchmarks.verdict.cases import N_LISTED, list_cases
from benchmarks.verdict.scoring import AT_STAKE, DECIDABLE, read_cases, score_answers
from benchmarks.verdict.truth import CACHE, RESULTS

#: Reviews drawn at random, beside the same number from the worklist.
RANDOM = (20, 60, 150, 300)
TABLE = RESULTS / "verdict_more.csv"
COLUMNS = ("right", "right, > 0.5 points at stake", "regret")


def run_more(n_jobs: int) -> None:
    """Ask with each number of reviews, keep the answers in a cache, and write the committed table."""
    from joblib import Parallel, delayed

    CACHE.mkdir(exist_ok=True)
    path = CACHE / "more.jsonl"
    known = _read(path)
    asked = [_name(row) for row in known]
    wanted = [case for case in list_cases("choosing") if (*vars(case.setting).values(), case.metric) not in asked]
    designs = [DESIGNS[0], *((n, N_LISTED) for n in RANDOM)]
    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(delayed(estimate)(case, designs) for case in wanted)
    with path.open("a") as file:
        for i, rows in enumerate(jobs, start=1):
            file.writelines(json.dumps(row, default=float) + "\n" for row in rows)
            file.flush()
            if i % 10 == 0 or i == len(wanted):
                print(f"{i} of {len(wanted)} cases", flush=True)
    answers = pl.DataFrame(_read(path), infer_schema_length=None)
    answers.sort("family", "learner", "kind", "rate", "n_reviews").write_csv(TABLE, float_precision=5)


def report_more() -> None:
    """Print decisions by the number of reviews, and with either side known, of both halves."""
    answers = pl.read_csv(TABLE)
    print("| random + listed reviews | right | ... at stake | regret | rate off by | hour | day | commits |")
    print("| --- |" + " ---: |" * 7)
    for n_reviews in sorted(set(answers["n_reviews"])):
        cases = answers.filter(pl.col("n_reviews") == n_reviews)
        told = score_answers(cases)
        design = "none" if n_reviews == 0 else f"{n_reviews - N_LISTED} + {N_LISTED}"
        right = [f"{figure:.2f}" for figure in decide(cases, "hour_estimate", "day_estimate")]
        off = [f"{told['rate_error']:.1f}", *(f"{told[name]:.2f}" for name in ("hour_mae", "day_mae", "commits"))]
        print(f"| {design} | {' | '.join([*right, *off])} |")
    print()
    print(f"| what is known | {' | '.join(f'{c}, {half}' for half in ('choosing', 'frozen') for c in COLUMNS)} |")
    print("| --- |" + " ---: |" * 2 * len(COLUMNS))
    ways = {
        "as told": ("hour_estimate", "day_estimate"),
        "the day for sure": ("hour_estimate", "true_day"),
        "the hour for sure": ("true_hour", "day_estimate"),
    }
    for n_reviews in (0, 100):
        sides = [read_cases(half, n_reviews) for half in ("choosing", "frozen")]
        for name, (hour, day) in ways.items():
            cells = [f"{figure:.2f}" for cases in sides for figure in decide(cases, hour, day)]
            print(f"| {name}, {n_reviews} reviews | {' | '.join(cells)} |")


def decide(cases: pl.DataFrame, hour: str, day: str) -> tuple[float, float, float]:
    """Return shares of right decisions, of all decidable cases and of those at stake, and the share of regret."""
    gap, se = cases["true_gap"].to_numpy(), cases["gap_se"].to_numpy()
    right = ((cases[hour] - cases[day]).fill_null(0.0).to_numpy() > 0) == (gap > 0)
    is_decidable = np.abs(gap) > DECIDABLE * se
    constant = min(np.maximum(gap, 0).mean(), np.maximum(-gap, 0).mean())
    is_at_stake = is_decidable & (np.abs(gap) > AT_STAKE)
    lost = np.where(right, 0.0, np.abs(gap)).mean() / constant
    return float(right[is_decidable].mean()), float(right[is_at_stake].mean()), float(lost)


def _read(path: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("family", "learner", "kind", "rate", "metric"))
