"""Metrics as plans, and all plans of a level in one pass over the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

#: Rows of a batch that are looked at first for unexpected values.
FIRST_ROWS = 2**15


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

    def expect(self, _: int) -> Scalars:
        """Return the plan itself: values have no rows."""
        return self


@dataclass(frozen=True)
class First:
    """A query that the first rows of a batch may answer: its first `enough` rows are all that is asked for."""

    scope: Scope
    #: What it reads, but for the scope's condition.
    columns: tuple[str, ...]
    build: Callable[[pl.LazyFrame], pl.LazyFrame]
    enough: int


@dataclass(frozen=True)
class Query:
    """A metric that needs a frame of its own."""

    frame: pl.LazyFrame
    finish: Callable[[pl.DataFrame], Any]
    first: First | None = None

    def expect(self, n_rows: int) -> Query:
        """Return the query, which has so many rows without a limit."""
        first = self.first
        return self if first is None else replace(self, first=replace(first, enough=min(n_rows, first.enough)))


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
        known = answer_early(plans)
        rest = iter(_collect([plan for number, plan in enumerate(plans) if number not in known]))
        return [known[number] if number in known else next(rest) for number in range(len(plans))]
    except (Exception, pl.exceptions.PanicException) as exc:  # noqa: BLE001 - the failure is the plan's result
        if len(plans) == 1:
            return [Failure(exc if isinstance(exc, Exception) else RuntimeError(str(exc)))]
        middle = len(plans) // 2
        return [*run_plans(plans[:middle]), *run_plans(plans[middle:])]


def answer_early(plans: Sequence[Plan]) -> dict[int, Any]:
    """Answer from the first rows of each batch what they can answer, by number; one read of few rows, held in memory.

    Unexpected values are asked for by their first ones; where many are wrong, they come early.
    """
    by_frame: dict[int, list[tuple[int, Query, First]]] = {}
    for number, plan in enumerate(plans):
        if isinstance(plan, Query) and plan.first is not None:
            by_frame.setdefault(id(plan.first.scope.frame), []).append((number, plan, plan.first))
    values = {}
    for group in by_frame.values():
        names = {name for _, _, first in group for name in first.columns}
        scopes = {first.scope for _, _, first in group}
        names |= {name for scope in scopes if scope.condition is not None for name in scope.condition.meta.root_names()}
        head = group[0][2].scope.frame.select(sorted(names)).head(FIRST_ROWS).collect(engine="streaming")
        asked = [first.build(replace(first.scope, frame=head.lazy()).rows) for _, _, first in group]
        for (number, plan, first), answer in zip(group, pl.collect_all(asked), strict=True):
            if answer.height >= first.enough or head.height < FIRST_ROWS:
                values[number] = _finish(plan, (answer,))
    return values


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
