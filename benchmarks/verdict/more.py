"""What more reviews would decide: `python -m benchmarks.verdict --more`.

The choosing half's cases asked again with more and more random reviews; nothing is chosen by it.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from benchmarks.verdict.analyst import DESIGNS, estimate
from benchmarks.verdict.cases import N_LISTED, list_cases
from benchmarks.verdict.scoring import decide, score_answers
from benchmarks.verdict.truth import CACHE, RESULTS

#: Reviews drawn at random, beside the same number from the worklist.
RANDOM = (20, 60, 150, 300)
TABLE = RESULTS / "verdict_more.csv"


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
    """Print decisions by the number of reviews."""
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


def _read(path: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("family", "learner", "kind", "rate", "metric"))
