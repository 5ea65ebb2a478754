"""Rankings, F1 and log loss against really doing it: `python -m benchmarks.verdict --metrics`.

The cases of `--estimate` with other metrics in turn; hours and days are those of the metric that it took there.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.ask import collect
from benchmarks.verdict.cases import NOISE, Case, list_cases
from benchmarks.verdict.scoring import choose, list_policies, score_answers, score_choice
from benchmarks.verdict.truth import CACHE, RESULTS

METRICS = ("roc_auc", "average_precision", "f1_macro", "neg_log_loss")
TABLE = RESULTS / "verdict_metrics.csv"


def list_others(half: str) -> list[Case]:
    """Return the half's cases with other metrics in turn."""
    return [
        replace(case, metric=METRICS[(i + i // len(NOISE[half])) % len(METRICS)])
        for i, case in enumerate(list_cases(half))
    ]


def run_others(halves: list[str], n_jobs: int) -> None:
    """Ask about every case of these halves, really do both, and write the committed table."""
    parts = [
        collect(list_others(half), CACHE / f"metrics-{half}.jsonl", DESIGNS, n_jobs).with_columns(half=pl.lit(half))
        for half in halves
    ]
    # What was answered about the half that is not asked now stays.
    kept = [pl.read_csv(TABLE).filter(~pl.col("half").is_in(halves))] if TABLE.exists() else []
    pl.concat([*kept, *parts], how="diagonal_relaxed").write_csv(TABLE, float_precision=5)


def report_others() -> None:
    """Print decisions, errors and intervals by metric; gains are in hundredths of the metric."""
    answers = pl.read_csv(TABLE)
    print("| metric | half | reviews | cases | right | regret | commits | right then |", end="")
    print(" hour: error | bias | holds | day: error | bias | holds |")
    print("| --- | --- |" + " ---: |" * 12)
    for metric in (*METRICS, "all"):
        for half in sorted(set(answers["half"])):
            for n_reviews in sorted(set(answers["n_reviews"])):
                cases = answers.filter((pl.col("half") == half) & (pl.col("n_reviews") == n_reviews))
                if metric != "all":
                    cases = cases.filter(pl.col("metric") == metric)
                told = score_answers(cases)
                choice = score_choice(cases, choose(cases, "hour_estimate", "day_estimate"))
                cells = [f"{choice['right']:.2f}", f"{choice['regret_share']:.2f}"]
                cells += [f"{told[name]:.2f}" for name in ("commits", "right_when_committed")]
                sides = [f"{side}_{name}" for side in ("hour", "day") for name in ("mae", "bias", "cover")]
                cells += [f"{told[name]:.2f}" for name in sides]
                print(f"| {metric} | {half} | {n_reviews} | {cases.height} | {' | '.join(cells)} |")
    print("\n| policy, all metrics | half | reviews | right | regret |\n| --- | --- | ---: | ---: | ---: |")
    for half in sorted(set(answers["half"])):
        for n_reviews in sorted(set(answers["n_reviews"])):
            cases = answers.filter((pl.col("half") == half) & (pl.col("n_reviews") == n_reviews))
            for policy, choice in list_policies(cases):
                scored = score_choice(cases, choice)
                print(f"| {policy} | {half} | {n_reviews} | {scored['right']:.2f} | {scored['regret_share']:.2f} |")
