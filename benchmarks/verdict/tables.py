"""The report: Markdown tables from what is committed, `python -m benchmarks.verdict --report`."""

from __future__ import annotations

import numpy as np
import polars as pl
from benchmarks.verdict.ask import table_of
from benchmarks.verdict.scoring import (
    WORKLISTS,
    choose,
    read_cases,
    score_answers,
    score_choice,
    score_policies,
    score_worklists,
)

#: Name, key of `score_answers`, decimals.
ANSWERS = (
    ("cases", "n", 0),
    ("... decidable (gap over two standard errors of the truth)", "n_decidable", 0),
    ("... without figures (not applicable): a coin in decisions, left out of errors and intervals", "n_untold", 0),
    ("cleaning truly wins", "cleaning_wins", 2),
    ("commits (P outside 0.25-0.75)", "commits", 2),
    ("right when it commits", "right_when_committed", 2),
    ("... counting cases that are not decidable too", "right_of_all", 2),
    ("Brier score of P", "brier", 3),
    ("80 % intervals that hold, cleaning", "hour_cover", 2),
    ("80 % intervals that hold, collecting", "day_cover", 2),
    ("mean absolute error, an hour, points", "hour_mae", 2),
    ("... of an hour that reviews a tenth of the labels", "tenth_mae", 2),
    ("bias, an hour, points", "hour_bias", 2),
    ("mean absolute error, a day, points", "day_mae", 2),
    ("... of a day that brings 30 % more rows", "third_mae", 2),
    ("bias, a day, points", "day_bias", 2),
    ("error of the noise rate, points", "rate_error", 1),
    ("80 % intervals that hold, noise rate", "rate_cover", 2),
    ("fits", "n_fits", 0),
)

#: What decisions would be worth if one side were known: the columns that are compared.
KNOWN = {
    "the day": ("hour_estimate", "true_day"),
    "the hour": ("true_hour", "day_estimate"),
}


def report(half: str) -> str:
    """Return all tables of a half."""
    if not table_of(half).exists():
        return f"No answers about the {half} half are committed; `--estimate --half {half}` makes them.\n"
    parts = [f"## The {half} half\n"]
    sides = {n: read_cases(half, n) for n in (0, 100)}
    policies = {n: {row["policy"]: row for row in score_policies(cases)} for n, cases in sides.items()}
    rows = [[name, *_beside(*(policies[n][name] for n in (0, 100)))] for name in policies[0]]
    parts.append("Each cell without reviews, then with 100. Regret is a share of the best constant policy's.\n")
    parts.append(tabulate(["policy", "right", "", "right, > 0.5 points at stake", "", "regret", ""], rows))
    told = {n: score_answers(cases) for n, cases in sides.items()}
    rows = [[name, *(f"{told[n][key]:.{digits}f}" for n in (0, 100))] for name, key, digits in ANSWERS]
    parts.append(tabulate(["what datassay says", "no reviews", "100 reviews"], rows))
    rows = [
        [name, *_beside(*(score_choice(cases, choose(cases, hour, day)) for cases in sides.values()))]
        for name, (hour, day) in KNOWN.items()
    ]
    parts.append(tabulate(["if known for sure", "right", "", "right, > 0.5 points at stake", "", "regret", ""], rows))
    parts.append(_by_kind(sides))
    parts.append(_worklists(half))
    return "\n".join(parts)


def _beside(without: dict[str, float], reviewed: dict[str, float]) -> list[str]:
    keys = ("right", "right_at_stake", "regret_share")
    return [f"{side[key]:.2f}" for key in keys for side in (without, reviewed)]


def _by_kind(sides: dict[int, pl.DataFrame]) -> str:
    rows = []
    for (kind,), some in sorted(sides[0].group_by("kind")):
        cells = [str(kind), str(some.height)]
        for cases in (some, sides[100].filter(pl.col("kind") == kind)):
            policies = {row["policy"]: row["regret"] for row in score_policies(cases)}
            best = min(policies["always clean"], policies["always collect"])
            cells += [f"{policies['datassay']:.2f}", f"{best:.2f}"]
            cells += [f"{cases['hour_estimate'].mean():+.2f}", f"{cases['true_hour'].mean():+.2f}"]
        rows.append(cells)
    names = ["noise", "cases", "regret, points", "best constant", "hour told", "hour true"]
    return tabulate([*names, *(f"{name}, 100 reviews" for name in names[2:])], rows)


def _worklists(half: str) -> str:
    scored = score_worklists(half)
    if scored.is_empty():
        return "Orders of review were compared on the other half only.\n"
    rows = []
    for metric in ("accuracy", "balanced_accuracy"):
        for kind in ["all", *sorted(set(scored["kind"]) - {"all"})]:
            some = scored.filter((pl.col("metric") == metric) & (pl.col("kind") == kind))
            gains = dict(zip(some["action"], some["gain"], strict=True))
            rows.append([metric, kind, *(f"{gains.get(name, np.nan):.2f}" for name in WORKLISTS)])
    return tabulate(["gain of an hour, points", "noise", *WORKLISTS.values()], rows)


def tabulate(names: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table, the first column to the left."""
    lines = [names, ["---"] + ["---:"] * (len(names) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
