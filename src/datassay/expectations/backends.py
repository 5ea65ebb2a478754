"""The engines that can evaluate a suite, behind one seam."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from datassay.errors import SpecError, suggest
from datassay.expectations.engine import RawResult

if TYPE_CHECKING:
    import polars as pl

    from datassay.spec import SqlSpec

EngineName = Literal["polars", "pandas", "spark", "sql"]

#: The module of each engine: `open_NAME(table, columns, n_rows)` there yields a Backend.
_ROOMS = {
    "pandas": "datassay.expectations.pandas_backend",
    "polars": "datassay.expectations.polars_backend",
    "spark": "datassay.expectations.spark_backend",
    "sql": "datassay.expectations.sql_backend",
}


@dataclass(frozen=True)
class Request:
    """One expectation object to evaluate."""

    expectation: Any
    #: What it needs: all column "names" without rows, all "rows" without columns, or the "data".
    frame: str
    #: How many unexpected values the answer may hold.
    n_samples: int


class Backend(Protocol):
    """A table in an engine, inside Great Expectations' ephemeral context."""

    #: Columns that the engine cannot hold, with their type.
    refused: dict[str, str]
    #: By column, the nulls as the engine sees them: NaN is missing too.
    n_missing: dict[str, int]

    def measure(self, metrics: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Return the values of metrics, given by name, column and arguments; None for one that raised."""

    def validate(self, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
        """Evaluate all requests, one result each in their order; an exception is a result too, never a pass."""


def open_backend(
    engine: EngineName, table: pl.LazyFrame, columns: list[str], n_rows: int, *, sql: SqlSpec | None = None
) -> AbstractContextManager[Backend]:
    """Open the engine on the table, of which the suite reads `columns`; `sql` says where the engine sql finds it.

    Raises SpecError where there is no such engine, EngineError where it cannot start, and DataError or MeasureError
    where the table cannot be read.
    """
    if engine not in _ROOMS:
        raise SpecError(f"There is no engine {engine!r}.", hint=suggest(engine, list(get_args(EngineName))))
    opener: Callable[..., AbstractContextManager[Backend]] = getattr(import_module(_ROOMS[engine]), f"open_{engine}")
    return opener(table, columns, n_rows, **({"sql": sql} if engine == "sql" else {}))
