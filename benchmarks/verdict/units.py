"""How often cleaning truly wins with days of every length: what the units of the cases are set by.

The hours are those that were asked about, reviewed along the lists that are committed with the answers; of the answers
themselves nothing is looked at.
"""

from __future__ import annotations

import polars as pl
from benchmarks.verdict.analyst import DESIGNS
from benchmarks.verdict.ask import table_of
from benchmarks.verdict.cases import GROWTHS, Case, list_cases
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import do_really, lay_out
from benchmarks.verdict.truth import KEY


def report_units(half: str, n_jobs: int) -> None:
    """Print for each metric, hour and design of reviews the share of cases won by cleaning, by length of day."""
    from joblib import Parallel, delayed

    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    days = pl.DataFrame([row for rows in jobs(delayed(_collect)(case) for case in list_cases(half)) for row in rows])
    asked = pl.read_csv(table_of(half)).select(*KEY, "hour", "n_reviews", "true_hour", asked="growth")
    found = asked.join(days, on=KEY).with_columns(is_won=pl.col("true_hour") > pl.col("day"))
    print(f"{half} half: share of cases in which cleaning truly wins, without and with reviews\n")
    print("| metric | hour | cases | " + " | ".join(f"day {growth:g}" for growth in GROWTHS) + " | as asked |")
    print("| --- | ---: | ---: |" + " ---: |" * (len(GROWTHS) + 1))
    for (metric, hour), part in found.group_by("metric", "hour", maintain_order=True):
        cells = [_share(part.filter(pl.col("growth") == growth)) for growth in GROWTHS]
        asked_part = part.filter(pl.col("growth") == pl.col("asked"))
        n_cases = asked_part.height // len(DESIGNS)
        print(f"| {metric} | {hour} | {n_cases} | " + " | ".join(cells) + f" | {_share(asked_part)} |")


def _collect(case: Case) -> list[dict[str, object]]:
    done = do_really(lay_out(case.setting, ANALYST_DRAW), case.metric, {}, GROWTHS)
    key = {**vars(case.setting), "metric": case.metric}
    return [{**key, "growth": g, "day": done[f"day {g:g}"].mean()} for g in GROWTHS if f"day {g:g}" in done]


def _share(part: pl.DataFrame) -> str:
    shares = part.group_by("n_reviews").agg(pl.col("is_won").mean()).sort("n_reviews")["is_won"].to_list()
    return " / ".join(f"{share:.2f}" for share in shares)
