"""Which rows of a domain an expectation finds unexpected, as Polars expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from datassay.gx.kinds import Kind, find_kind, is_present, normalize


@dataclass(frozen=True)
class Column:
    """One column of a domain."""

    name: str
    dtype: pl.DataType

    @property
    def kind(self) -> Kind:
        """What the column is to Great Expectations."""
        return find_kind(self.dtype)

    @property
    def present(self) -> pl.Expr:
        """Where the column holds a value."""
        return is_present(self.name, self.dtype)

    @property
    def expr(self) -> pl.Expr:
        """The column with NaN as null."""
        return normalize(self.name, self.dtype)


@dataclass(frozen=True)
class Rows:
    """A condition on the rows of a domain."""

    columns: tuple[Column, ...]
    #: The rows that count at all; None is every row.
    kept: pl.Expr | None
    #: What is looked at.
    base: pl.Expr
    #: Of the base: where the expectation is met. It sees kept rows only where `is_window`.
    meets: Callable[[pl.Expr], pl.Expr]
    #: Whether a row's answer depends on other rows.
    is_window: bool = False
    #: Said in the result where the answer was found in an unusual way.
    note: str | None = None
    #: An error that a Python function met on a value, kept here because Polars would only show its text.
    trap: Trap | None = None

    def count(self) -> pl.Expr:
        """Return the number of unexpected rows."""
        if self.kept is None:
            return (~self.meets(self.base)).sum()
        if self.is_window:
            return (~self.meets(self.base.filter(self.kept))).sum()
        return (self.kept & ~self.meets(self.base)).sum()

    def select(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the unexpected rows of `frame`."""
        kept = frame if self.kept is None else frame.filter(self.kept)
        return kept.filter(~self.meets(self.base))


@dataclass
class Trap:
    """Keeps the first exception of a function that runs inside Polars."""

    error: Exception | None = None

    def check(self) -> None:
        """Raise what was kept."""
        if self.error is not None:
            raise self.error


def map_distinct(function: Callable[[Any], bool], trap: Trap) -> Callable[[pl.Expr], pl.Expr]:
    """Return a condition that asks a Python function about each distinct value of a text column once."""

    def answer(values: pl.Series) -> pl.Series:
        distinct = values.unique()
        answers = [_ask(function, value, trap) for value in distinct.to_list()]
        table = pl.DataFrame({"value": distinct, "answer": pl.Series(answers, dtype=pl.Boolean)})
        joined = pl.DataFrame({"value": values}).join(
            table, on="value", how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["answer"]

    return lambda expr: expr.map_batches(answer, return_dtype=pl.Boolean, is_elementwise=True)


def _ask(function: Callable[[Any], bool], value: Any, trap: Trap) -> bool:
    if value is None or trap.error is not None:
        return True
    try:
        return bool(function(value))
    except Exception as exc:  # noqa: BLE001 - raised again by the plan, as the expectation's own exception
        trap.error = exc
        return True


def pick(**kwargs: Any) -> dict[str, Any]:
    """Return the arguments that are set."""
    return {key: value for key, value in kwargs.items() if value is not None}
