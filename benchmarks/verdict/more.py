"""What more reviews would decide: `python -m benchmarks.verdict --more`.

The choosing half's cases asked again with more and more random reviews; nothing is chosen by it.
"""

from __future__ import annotations

import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.ask import collect
from benchmarks.verdict.cases import N_LISTED, list_cases
from benchmarks.verdict.scoring import choose, score_answers, score_choice, score_policies
from benchmarks.verdict.truth import CACHE, RESULTS

#: Reviews drawn at random, beside the same number from the worklist.
RANDOM = (20, 60, 150, 300)
TABLE = RESULTS / "verdict_more.csv"


def run_more(n_jobs: int) -> None:
    """Ask with each number of reviews, and write the committed table."""
    designs = [DESIGNS[0], *((n, N_LISTED) for n in RANDOM)]
    collect(list_cases("choosing"), CACHE / "more.jsonl", designs, n_jobs).write_csv(TABLE, float_precision=5)


def report_more() -> None:
    """Print decisions by the number of reviews."""
    answers = pl.read_csv(TABLE)
    print("| random + listed reviews | right | ... at stake | regret | rate off by | hour | day | commits |")
    print("| --- |" + " ---: |" * 7)
    for n_reviews in sorted(set(answers["n_reviews"])):
        cases = answers.filter(pl.col("n_reviews") == n_reviews)
        choice, told = score_choice(cases, choose(cases, "hour_estimate", "day_estimate")), score_answers(cases)
        design = "none" if n_reviews == 0 else f"{n_reviews - N_LISTED} + {N_LISTED}"
        right = [f"{choice[key]:.2f}" for key in ("right", "right_at_stake", "regret_share")]
        off = [f"{told['rate_error']:.1f}", *(f"{told[name]:.2f}" for name in ("hour_mae", "day_mae", "commits"))]
        print(f"| {design} | {' | '.join([*right, *off])} |")
    print("\n| policy | right, no reviews | ... at stake | regret | right, 60 + 40 | ... at stake | regret |")
    print("| --- |" + " ---: |" * 6)
    sides = [score_policies(answers.filter(pl.col("n_reviews") == n)) for n in (0, sum(DESIGNS[1]))]
    for without, reviewed in zip(*sides, strict=True):
        keys = ("right", "right_at_stake", "regret_share")
        cells = [f"{side[key]:.2f}" for side in (without, reviewed) for key in keys]
        print(f"| {without['policy']} | {' | '.join(cells)} |")
