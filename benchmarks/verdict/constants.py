"""What a verdict's constants do: lessons told with one of them changed, `python -m benchmarks.verdict --constants`.

Every third lesson is asked about as ever; its labels, list, and really made gains are the same for all forms, and one
constant differs from what ships. Another seed stands beside them: what differs by less than that differs by luck.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import Case
from benchmarks.verdict.learn import DECIDABLE, N_LESSONS
from benchmarks.verdict.oracle import ANALYST_DRAW
from benchmarks.verdict.own import do_really, lay_out
from benchmarks.verdict.school import list_lessons
from benchmarks.verdict.truth import CACHE, measure_all

from datassay.value import cleaning, collecting, estimate, fits, grid, uncertainty

EVERY = 3
N_REPEATS = 4
SHIPPED = "as it ships"

#: Constants that only the draws read: module, name, other values.
DRAWN = (
    (collecting, "NEGATIVE_TAIL", (0.0, 1.0)),
    (grid, "OWN_MISTAKES", (0.0, 1.0)),
    (cleaning, "LEAST_FOUND", (0.001, 0.02)),
    (uncertainty, "N_DRAWS", (500,)),
)
DEPTHS = (0.03, 0.05, 0.1, 0.2)


def list_grids(options: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and arguments of every other grid that is fitted, from those of the one that ships."""
    plan, worklist = options["plan"], options["worklist"]
    yield "another seed", {}
    for n in (0, 1):
        yield f"worlds {n}", {"plan": replace(plan, n_worlds=n)}
    yield "lists 1", {"plan": replace(plan, n_lists=1)}
    yield "worlds and lists 6", {"plan": replace(plan, n_worlds=6, n_lists=6)}
    for depth in DEPTHS:
        yield f"depth of a rehearsal {depth:g}", {"worklist": replace(worklist, depth=depth)}


@contextmanager
def changed(module: Any, name: str, value: float) -> Iterator[None]:
    """Change a constant wherever `value` reads it."""
    homes = [home for home in (module, uncertainty) if hasattr(home, name)]
    old = getattr(module, name)
    for home in homes:
        setattr(home, name, value)
    try:
        yield
    finally:
        for home in homes:
            setattr(home, name, old)


def measure_lesson(case: Case, n: int) -> list[dict[str, Any]]:
    """Return one row for each design of reviews and form: gains told, their intervals, and true ones, in points."""
    table = lay_out(case.setting, ANALYST_DRAW, n)
    answers: list[list[dict[str, Any]]] = []
    others: list[tuple[str, grid.Grid]] = []

    def fit(learner: Any, *args: Any, **options: Any) -> grid.Grid:
        others[:] = [
            (name, fits.fit_grid(replace(learner, seed=1) if name == "another seed" else learner, *args,
                                 **(options | other)))
            for name, other in list_grids(options)
        ]  # fmt: skip
        return fits.fit_grid(learner, *args, **options)

    def draw(found: grid.Grid, **known: Any) -> uncertainty.Draws:
        def tell(name: str, of: grid.Grid, ask: Callable[..., uncertainty.Draws] = uncertainty.draw_worlds) -> Any:
            draws = ask(of, **(known | {"n_draws": uncertainty.N_DRAWS}))
            row: dict[str, Any] = {"form": name}
            none = np.zeros(1)
            for side, labels, rows in (
                ("hour", np.array([case.hour * table.n]), none),
                ("day", none, np.array([case.growth * table.n])),
            ):
                gains = 100 * draws.gain(labels, rows)[:, 0]
                low, high = np.quantile(gains, [0.1, 0.9])
                row |= {side: gains.mean(), f"{side}_low": low, f"{side}_high": high}
            answers[-1].append(row)
            return draws

        answers.append([])
        shipped = tell(SHIPPED, found)
        for module, name, values in DRAWN:
            for value in values:
                with changed(module, name, value):
                    tell(f"{name} {value:g}", found)
        for name, other in others:
            tell(name, other)
        return shipped

    with (
        patch.object(estimate, "fit_grid", fit),
        patch.object(estimate, "draw_worlds", draw),
        patch.object(analyst, "judge_simply", lambda *_: {}),
    ):
        told = analyst.ask(case, table)
    if len(answers) < len(told):
        return []  # nothing was told
    hours = {str(i): listed[: round(case.hour * table.n)] for i, (_, listed) in enumerate(told)}
    done = {name: each.mean() for name, each in do_really(table, case.metric, hours, [case.growth], N_REPEATS).items()}
    return [
        {**vars(case.setting), "metric": case.metric, "at": case.hour, "growth": case.growth, "n": table.n,
         "n_reviews": row["n_reviews"], **form, "true_hour": done[str(i)], "true_day": done.get(f"day {case.growth:g}")}
        for i, ((row, _), forms) in enumerate(zip(told, answers, strict=True))
        for form in forms
    ]  # fmt: skip


def run_constants(n_jobs: int) -> None:
    """Ask about every third lesson that is not in the cache."""
    CACHE.mkdir(exist_ok=True)
    path, key = CACHE / "constants.jsonl", ("family", "learner", "kind", "rate", "metric", "at", "growth")
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    known = {tuple(row[name] for name in key) for row in rows}
    wanted = [
        (case, n)
        for case, n in list_lessons(N_LESSONS)[::EVERY]
        if (*vars(case.setting).values(), case.metric, case.hour, case.growth) not in known
    ]
    measure_all(measure_lesson, wanted, path, n_jobs)


def report_constants() -> None:
    """Print what each form is off by, and how often its intervals hold."""
    found = pl.read_ndjson(CACHE / "constants.jsonl", infer_schema_length=None)
    found = found.filter(pl.col("true_day").is_not_null())
    gap, true = pl.col("hour") - pl.col("day"), pl.col("true_hour") - pl.col("true_day")
    columns = {"hour": "hours off, points", "day": "days off, points"}
    figures = [
        *((pl.col(side) - pl.col(f"true_{side}")).abs().mean().alias(name) for side, name in columns.items()),
        *(pl.col(f"true_{side}").is_between(f"{side}_low", f"{side}_high").mean().alias(f"{side}s hold")
          for side in columns),
        ((gap > 0) == (true > 0)).filter(true.abs() > DECIDABLE).mean().alias("right"),
    ]  # fmt: skip
    by = found.group_by("form", "n_reviews", maintain_order=True).agg(*figures)
    names = by.columns[2:]
    n = found.filter(pl.col("form") == SHIPPED).group_by("n_reviews", maintain_order=True).len()["len"]
    print(f"\n{' and '.join(map(str, n))} lessons, without and with 100 reviews\n")
    print(f"| form | {' | '.join(names)} |\n| --- |" + " ---: |" * len(names))
    for form in by["form"].unique(maintain_order=True):
        sides = by.filter(pl.col("form") == form).sort("n_reviews")
        print(f"| {form} | {' | '.join(' / '.join(f'{value:.2f}' for value in sides[name]) for name in names)} |")
