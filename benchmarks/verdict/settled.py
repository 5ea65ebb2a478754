"""Whether reviews settle a close call as often as is told: `python -m benchmarks.verdict --settled`.

Cases that are too close to call without reviews are asked again; told is the chance that a hundred reviews settle them,
done is what the committed answers with a hundred reviews say.
"""

from __future__ import annotations

from unittest import mock

import numpy as np
import polars as pl
from benchmarks.verdict.analyst import DESIGNS, ask
from benchmarks.verdict.ask import table_of
from benchmarks.verdict.cases import Case, list_cases
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import lay_out
from benchmarks.verdict.truth import KEY

from datassay.value import settling
from datassay.value.settling import SURE

N_REVIEWS = sum(DESIGNS[1])
#: Chances are compared in so many groups of equally many cases.
N_GROUPS = 3


def tell(case: Case) -> float | None:
    """Return the chance that a hundred reviews settle the case; None where there is none to tell."""
    told: list[float] = []

    def keep(*arguments: object, **named: object) -> tuple[float, float]:
        found = attempt(*arguments, **named)
        told.append(found[0])
        return found

    attempt = settling.try_size  # the chance of one size, before the plan chooses among sizes
    with mock.patch.object(settling, "SIZES", (N_REVIEWS,)), mock.patch.object(settling, "try_size", keep):
        ask(case, lay_out(case.setting, ANALYST_DRAW), [DESIGNS[0]])
    return told[-1] if told else None


def report_settled(halves: list[str], n_jobs: int) -> None:
    """Print told and done, lowest chances first."""
    from joblib import Parallel, delayed

    print("| half | close calls | told | settled | ... rightly |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for half in halves:
        answers = pl.read_csv(table_of(half))
        before, after = (answers.filter(pl.col("n_reviews") == n) for n in (0, N_REVIEWS))
        both = before.join(after, on=KEY, suffix="_after").drop_nulls(["p_cleaning", "p_cleaning_after"])
        close = both.filter(pl.col("p_cleaning").is_between(1 - SURE, SURE, closed="none"))
        # What reviewed tables list is another hour than the one asked about before.
        ends = pl.struct("p_cleaning_after", "true_gap_after")
        known = {row[:-1]: row[-1] for row in close.select(*KEY, ends).iter_rows()}
        cases = [case for case in list_cases(half) if (*vars(case.setting).values(), case.metric) in known]
        told = np.array(Parallel(n_jobs=n_jobs)(delayed(tell)(case) for case in cases), dtype=np.float64)
        order = np.argsort(told, kind="stable")
        for group in [*np.array_split(order, N_GROUPS), order]:
            found = [known[(*vars(cases[i].setting).values(), cases[i].metric)] for i in group]
            p = np.array([end["p_cleaning_after"] for end in found])
            is_settled = (p >= SURE) | (p <= 1 - SURE)
            is_right = (p > 0.5) == (np.array([end["true_gap_after"] for end in found]) > 0)
            rightly = f"{is_right[is_settled].mean():.2f}" if is_settled.any() else "none"
            print(f"| {half} | {len(group)} | {told[group].mean():.2f} | {is_settled.mean():.2f} | {rightly} |")
