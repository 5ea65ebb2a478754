"""Metrics as plans, and all plans of a level in one pass over the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Scope:
    """The rows of one batch that a metric sees: all, or those that meet a row condition."""

    key: tuple[Any, ...]
    frame: pl.LazyFrame = field(compare=False, hash=False)
    schema: pl.Schema = field(compare=False, hash=False)
    condition: pl.Expr | None = field(default=None, compare=False, hash=False)

    @property
    def rows(self) -> pl.LazyFrame:
        """The scope's rows."""
        return self.frame if self.condition is None else self.frame.filter(self.condition)


@dataclass(frozen=True)
class Scalars:
    """A metric of single values: expressions for the scope's one select."""

    scope: Scope
    exprs: Sequence[pl.Expr]
    finish: Callable[..., Any]


@dataclass(frozen=True)
class Query:
    """A metric that needs a frame of its own."""

    frame: pl.LazyFrame
    finish: Callable[[pl.DataFrame], Any]


Plan = Scalars | Query


@dataclass(frozen=True)
class Failure:
    """What a plan raised."""

    error: Exception


def run_plans(plans: Sequence[Plan]) -> list[Any]:
    """Evaluate all plans and return their values in order; a plan that fails has a Failure for a value.

    The scalars of one scope are one select, and everything is collected together. Where that fails, halves are tried,
    so that one bad plan does not take the others with it.
    """
    try:
        return _collect(plans)
    except (Exception, pl.exceptions.PanicException) as exc:  # noqa: BLE001 - the failure is the plan's result
        if len(plans) == 1:
            return [Failure(exc if isinstance(exc, Exception) else RuntimeError(str(exc)))]
        middle = len(plans) // 2
        return [*run_plans(plans[:middle]), *run_plans(plans[middle:])]


def _collect(plans: Sequence[Plan]) -> list[Any]:
    frames: list[pl.LazyFrame] = []
    scopes: dict[Scope, list[int]] = {}
    for number, plan in enumerate(plans):
        if isinstance(plan, Scalars):
            scopes.setdefault(plan.scope, []).append(number)
    for scope, numbers in scopes.items():
        frames.append(scope.rows.select(_named(plans, numbers)))
    queries = [number for number, plan in enumerate(plans) if isinstance(plan, Query)]
    frames += [plans[number].frame for number in queries]  # type: ignore[union-attr]
    answers = iter(pl.collect_all(frames, engine="streaming"))
    values: list[Any] = [None] * len(plans)
    for numbers in scopes.values():
        row = next(answers).row(0)
        position = 0
        for number in numbers:
            plan = plans[number]
            count = len(plan.exprs)  # type: ignore[union-attr]
            values[number] = _finish(plan, row[position : position + count])
            position += count
    for number in queries:
        values[number] = _finish(plans[number], (next(answers),))
    return values


def _finish(plan: Plan, parts: Sequence[Any]) -> Any:
    try:
        return plan.finish(*parts)
    except Exception as exc:  # noqa: BLE001 - the failure is the plan's result
        return Failure(exc)


def _named(plans: Sequence[Plan], numbers: list[int]) -> list[pl.Expr]:
    exprs = [expr for number in numbers for expr in plans[number].exprs]  # type: ignore[union-attr]
    return [expr.alias(str(position)) for position, expr in enumerate(exprs)]
