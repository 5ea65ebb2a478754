"""The project's goals beside what is reached: `python -m benchmarks.verdict --targets`.

Printed for a half from its committed answers; how far a figure would move with other families is a bootstrap over them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.verdict.scoring import choose, compare_orders, read_cases, score_answers, score_choice
from benchmarks.verdict.tables import tabulate

N_DRAWS, SEED = 500, 3
N_REVIEWS = (0, 100)
#: Orders of review: least gain as a multiple of that of cleanlab's order, by metric; and points below it in any noise.
LEAST_GAIN = {"accuracy": 1.25, "balanced_accuracy": 2.2}
MOST_BELOW = 0.1


@dataclass(frozen=True)
class Goal:
    """One figure, and the range that is to be reached without and with reviews."""

    name: str
    key: str
    #: (low, high) for each design of `N_REVIEWS`.
    ranges: tuple[tuple[float, float], tuple[float, float]]
    digits: int = 2

    def tell(self, i: int) -> str:
        """Return the goal of a design in words."""
        low, high = self.ranges[i]
        if np.isinf(high):
            return f"at least {low:.{self.digits}f}"
        return f"at most {high:.{self.digits}f}" if low == 0 else f"{low:.{self.digits}f} to {high:.{self.digits}f}"


def _least(without: float, reviewed: float) -> tuple[tuple[float, float], tuple[float, float]]:
    return (without, np.inf), (reviewed, np.inf)


def _most(without: float, reviewed: float) -> tuple[tuple[float, float], tuple[float, float]]:
    return (0.0, without), (0.0, reviewed)


GOALS = (
    Goal("right, where the gap is decidable", "right", _least(0.78, 0.88)),
    Goal("... and more than half a point at stake", "right_at_stake", _least(0.85, 0.95)),
    Goal("regret, share of the best constant policy's", "regret_share", _most(0.45, 0.20)),
    Goal("right when it commits", "right_when_committed", _least(0.90, 0.96)),
    Goal("commits", "commits", _least(0.50, 0.65)),
    Goal("80 % intervals that hold, cleaning", "hour_cover", ((0.76, 0.86),) * 2),
    Goal("80 % intervals that hold, collecting", "day_cover", ((0.76, 0.86),) * 2),
    Goal("error of the noise rate, points", "rate_error", _most(5.0, 2.5), 1),
    Goal("error of an hour that reviews a tenth, points", "tenth_mae", _most(0.9, 0.6)),
    Goal("error of a day that brings 30 % more rows, points", "third_mae", _most(0.40, 0.25)),
    # No figure of the verdict's, but what hours and days were to be like for the others to mean anything.
    Goal("cleaning truly wins", "cleaning_wins", ((0.45, 0.55),) * 2),
)


def report_targets(half: str) -> None:
    """Print every goal beside the figure, its standard error over families, and whether it is met."""
    figures = [_bootstrap(read_cases(half, n)) for n in N_REVIEWS]
    rows = []
    for goal in GOALS:
        cells = [goal.name]
        for i, told in enumerate(figures):
            value, error = told[goal.key]
            low, high = goal.ranges[i]
            is_met = low <= round(value, goal.digits) <= high
            spread = f"{value:.{goal.digits}f} ± {error:.{goal.digits}f}"
            cells += [goal.tell(i), spread, _mark(is_met=is_met)]
        rows.append(cells)
    names = ["goal", "no reviews", "reached", "", "100 reviews", "reached", ""]
    print(f"## Goals, the {half} half\n\n{tabulate(names, rows)}")
    print(_orders(half))


def _score(cases: pl.DataFrame) -> dict[str, float]:
    return {**score_choice(cases, choose(cases, "hour_estimate", "day_estimate")), **score_answers(cases)}


def _bootstrap(cases: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Return each figure, and its standard deviation over draws of as many families, whole and with replacement."""
    rng = np.random.default_rng(SEED)
    parts = cases.partition_by("family")
    draws = [_score(pl.concat([parts[i] for i in rng.integers(len(parts), size=len(parts))])) for _ in range(N_DRAWS)]
    found = _score(cases)
    return {key: (value, float(np.nanstd([draw[key] for draw in draws]))) for key, value in found.items()}


def _orders(half: str) -> str:
    compared = compare_orders(half)
    if compared.is_empty():
        return "Orders of review were compared on the other half only.\n"
    rows = []
    for metric, least in LEAST_GAIN.items():
        some = compared.filter(pl.col("metric") == metric)
        times = float(some["clean"].mean() / some["margin"].mean())
        goal = f"at least {least:g} times cleanlab's order"
        rows.append([f"gain of an hour in {metric}", goal, f"{times:.2f} times", _mark(is_met=times >= least)])
        for (kind,), part in sorted(some.group_by("kind")):
            more = (part["clean"] - part["margin"]).to_numpy()
            spread = f"{more.mean():+.2f} ± {more.std(ddof=1) / np.sqrt(len(more)):.2f}"
            goal = f"at most {MOST_BELOW:g} points less"
            rows.append([f"... in {kind} noise", goal, spread, _mark(is_met=more.mean() >= -MOST_BELOW)])
    return tabulate(["order of review", "goal", "reached", ""], rows)


def _mark(*, is_met: bool) -> str:
    return "met" if is_met else "missed"
