"""Rankings, F1 and log loss against really doing it: `python -m benchmarks.verdict --metrics`.

The cases of `--estimate` with other metrics in turn; hours and days are those of the metric that it took there. With
`--committed` the tables are printed from what is committed, and nothing is asked.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.ask import collect
from benchmarks.verdict.cases import NOISE, Case, list_cases
from benchmarks.verdict.scoring import choose, score_answers, score_choice, score_policies
from benchmarks.verdict.truth import CACHE, RESULTS

METRICS = ("roc_auc", "average_precision", "f1_macro", "neg_log_loss")
TABLE = RESULTS / "verdict_metrics.csv"
#: All of them together, in the tables; and a policy that is constant within each metric.
ALL, EACH = "all", "the best constant policy of each metric"
CONSTANT = ("always clean", "always collect")


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
    """Print decisions, errors and intervals by metric, and every policy by metric, from the committed table.

    Gains are in hundredths of the metric.
    """
    answers = pl.read_csv(TABLE)
    parts = [
        (half, n_reviews, answers.filter((pl.col("half") == half) & (pl.col("n_reviews") == n_reviews)))
        for half in sorted(set(answers["half"]))
        for n_reviews in sorted(set(answers["n_reviews"]))
    ]
    _print_answers(parts)
    print()
    _print_policies(parts)


def _print_answers(parts: list[tuple[str, int, pl.DataFrame]]) -> None:
    print("| metric | half | reviews | cases | decidable | right | regret | commits | right then |", end="")
    print(" hour: error | bias | holds | day: error | bias | holds |")
    print("| --- | --- |" + " ---: |" * 13)
    for metric in (*METRICS, ALL):
        for half, n_reviews, answered in parts:
            cases = _of_metric(answered, metric)
            told = score_answers(cases)
            choice = score_choice(cases, choose(cases, "hour_estimate", "day_estimate"))
            cells = [f"{cases.height}", f"{told['n_decidable']:.0f}"]
            cells += [f"{choice['right']:.2f}", f"{choice['regret_share']:.2f}"]
            cells += [f"{told[name]:.2f}" for name in ("commits", "right_when_committed")]
            sides = [f"{side}_{name}" for side in ("hour", "day") for name in ("mae", "bias", "cover")]
            cells += [f"{told[name]:.2f}" for name in sides]
            print(f"| {metric} | {half} | {n_reviews} | {' | '.join(cells)} |")


def _print_policies(parts: list[tuple[str, int, pl.DataFrame]]) -> None:
    names = [half if n_reviews == 0 else f"{half}, {n_reviews} reviews" for half, n_reviews, _ in parts]
    print("| metric | policy |" + "".join(f" {name}: right | regret |" for name in names))
    print("| --- | --- |" + " ---: |" * (2 * len(parts)))
    # Sums of regret over cases, metric by metric.
    lost, lost_at_best = np.zeros(len(parts)), np.zeros(len(parts))
    for metric in (*METRICS, ALL):
        some = [_of_metric(cases, metric) for *_, cases in parts]
        scored = [{row["policy"]: row for row in score_policies(cases)} for cases in some]
        for policy in scored[0]:
            cells = [f"{one[policy]['right']:.2f} | {one[policy]['regret_share']:.2f}" for one in scored]
            print(f"| {metric} | {policy} | {' | '.join(cells)} |")
        # What a share is a share of: the regret of whichever of the two constant policies loses less.
        least = [min(one[name]["regret"] for name in CONSTANT) for one in scored]
        if metric == ALL:
            shares = lost / lost_at_best
            print(f"| {ALL} | datassay, against {EACH} |" + "".join(f" | {share:.2f} |" for share in shares))
        else:
            sizes = np.array([cases.height for cases in some])
            lost += sizes * np.array([one["datassay"]["regret"] for one in scored])
            lost_at_best += sizes * np.array(least)
        print(f"| {metric} | best constant policy, hundredths |" + "".join(f" | {regret:.2f} |" for regret in least))


def _of_metric(cases: pl.DataFrame, metric: str) -> pl.DataFrame:
    return cases if metric == ALL else cases.filter(pl.col("metric") == metric)
