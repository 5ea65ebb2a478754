"""Answers held against the truth: who decides rightly, at what regret, and whose intervals hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.ask import table_of
from benchmarks.verdict.truth import read_table

#: A gap is decidable beyond two standard errors of its truth, and at stake beyond half a point.
DECIDABLE, AT_STAKE = 2.0, 0.5
#: Committed, where the probability lies outside these.
UNSURE = (0.25, 0.75)
WORKLISTS = {
    "margin": "cleanlab's order",
    "suspicion": "P(wrong)",
    "random": "random rows",
    "believed": "by value, neighbours in full",
    "clean": "by value",
}
#: What would be done without datassay: the columns that are compared.
RULES = {
    "exchange-rate rule": ("rows_per_label", "rows_per_day"),
    "today's practice": ("practice_hour", "practice_day"),
    "linear SIMEX, log curve": ("line_hour", "line_day"),
}


def read_cases(half: str, n_reviews: int) -> pl.DataFrame:
    """Return one row per case: the answer, and the truth beside it (`true_hour`, `true_day`, `true_gap`, `gap_se`)."""
    return pl.read_csv(table_of(half)).filter(pl.col("n_reviews") == n_reviews)


def choose(cases: pl.DataFrame, hour: str, day: str) -> np.ndarray:
    """Return choices (m,) by two columns: 1 for cleaning, 0 for collecting, 0.5 for a coin where nothing was told."""
    gap = (cases[hour] - cases[day]).to_numpy()
    return np.where(gap > 0, 1.0, np.where(gap < 0, 0.0, 0.5))


def list_policies(cases: pl.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """Yield names and choices, as `choose` returns them; rules of thumb where the table has their columns."""
    n = cases.height
    # Regret is a mean, so whoever must choose takes the larger expected gain.
    yield "datassay", choose(cases, "hour_estimate", "day_estimate")
    p = cases["p_cleaning"].fill_null(0.5).to_numpy()
    yield "datassay, the likelier side", np.where(p > 0.5, 1.0, np.where(p < 0.5, 0.0, 0.5))
    yield "always clean", np.ones(n)
    yield "always collect", np.zeros(n)
    yield "coin (LAST and no gain)", np.full(n, 0.5)
    for name, (hour, day) in RULES.items():
        if {hour, day} <= set(cases.columns):
            yield name, choose(cases, hour, day)


def score_choice(cases: pl.DataFrame, choice: np.ndarray) -> dict[str, float]:
    """Return shares of right decisions, of all decidable cases and of those at stake, and regret."""
    gap, se = cases["true_gap"].to_numpy(), cases["gap_se"].to_numpy()
    decidable = np.abs(gap) > DECIDABLE * se
    at_stake = decidable & (np.abs(gap) > AT_STAKE)
    constant = min(np.maximum(gap, 0).mean(), np.maximum(-gap, 0).mean())
    right = np.where(gap > 0, choice, 1 - choice)
    regret = ((1 - right) * np.abs(gap)).mean()
    told = {"right": right[decidable].mean(), "right_at_stake": right[at_stake].mean()}
    return {**told, "regret": regret, "regret_share": regret / constant if constant else np.nan}


def score_policies(cases: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what `score_choice` says of every policy, one row each."""
    return [{"policy": name, **score_choice(cases, choice)} for name, choice in list_policies(cases)]


def score_answers(cases: pl.DataFrame) -> dict[str, float]:
    """Return what only an answer with probabilities and intervals can be asked."""
    gap, se = cases["true_gap"].to_numpy(), cases["gap_se"].to_numpy()
    decidable = np.abs(gap) > DECIDABLE * se
    p = cases["p_cleaning"].fill_null(0.5).to_numpy()
    commits = (p < UNSURE[0]) | (p > UNSURE[1])
    right = (p > 0.5) == (gap > 0)
    found = {
        "n": float(cases.height),
        "n_decidable": float(decidable.sum()),
        "cleaning_wins": float((gap > 0).mean()),
        "commits": float(commits.mean()),
        "right_when_committed": float(right[commits & decidable].mean()) if (commits & decidable).any() else np.nan,
        "right_of_all": float(right[commits].mean()) if commits.any() else np.nan,
        "n_untold": float(cases["p_cleaning"].null_count()),
        "brier": float(((p - (gap > 0)) ** 2).mean()),
        "rate_error": 100 * float((cases["rate_estimate"] - cases["true_rate"]).abs().mean()),
        "rate_bias": 100 * float((cases["rate_estimate"] - cases["true_rate"]).mean()),
        "rate_cover": float(cases["true_rate"].is_between(cases["rate_low"], cases["rate_high"]).mean()),
        "n_fits": float(cases["n_fits"].mean()),
        "seconds": float(cases["seconds"].median()),
    }
    for name, side, share in (("tenth", "hour", 0.1), ("third", "day", 0.3)):
        some = cases.filter(pl.col("hour" if side == "hour" else "growth") == share)
        found[f"{name}_mae"] = float((some[f"{side}_estimate"] - some[f"true_{side}"]).abs().mean())
    for side in ("hour", "day"):
        error = cases[f"{side}_estimate"] - cases[f"true_{side}"]
        found[f"{side}_mae"], found[f"{side}_bias"] = float(error.abs().mean()), float(error.mean())
        inside = cases[f"true_{side}"].is_between(cases[f"{side}_low"], cases[f"{side}_high"])
        found[f"{side}_cover"] = float(inside.mean())
    return found


def score_worklists(half: str) -> pl.DataFrame:
    """Return the true gain of an hour in each order, by metric and kind of noise."""
    truth = _really_reviewed(half)
    kinds = truth.group_by("metric", "kind", "action").agg(pl.col("gain", "wrong_among_reviewed").mean())
    everything = truth.group_by("metric", "action").agg(pl.col("gain", "wrong_among_reviewed").mean())
    return pl.concat([kinds, everything.with_columns(kind=pl.lit("all")).select(kinds.columns)])


def compare_orders(half: str) -> pl.DataFrame:
    """Return one row for each setting and metric, and the true gain of an hour in each order beside each other."""
    settings = ["metric", "family", "learner", "kind", "rate"]
    return _really_reviewed(half).pivot(on="action", index=settings, values="gain").sort(settings)


def _really_reviewed(half: str) -> pl.DataFrame:
    families = set(pl.read_csv(table_of(half))["family"])
    return read_table().filter(pl.col("action").is_in(list(WORKLISTS)) & pl.col("family").is_in(families))
