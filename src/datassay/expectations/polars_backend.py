"""Great Expectations on Polars: the suite as one lazy pass over the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import reading
from datassay.expectations.backends import Request
from datassay.expectations.engine import RawResult, open_context, read_answer, shape_result

if TYPE_CHECKING:
    import polars as pl

_BATCH = "table"
#: Row numbers and nothing else: values stay in the engine.
_ROWS = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}


@contextmanager
def open_polars(
    table: pl.LazyFrame,
    columns: list[str],
    n_rows: int,  # noqa: ARG001 - every engine is opened alike
) -> Iterator[PolarsBackend]:
    """Yield the table as a batch of the Polars engine.

    Raises DataError or MeasureError where the table cannot be read, and EngineError where Great Expectations cannot
    start.
    """
    with open_context():
        from datassay.gx import PolarsExecutionEngine

        with reading("The checked table"):
            engine = PolarsExecutionEngine()
            engine.load_batch_data(_BATCH, table)
            n_missing = _count_missing(table, columns)
        yield PolarsBackend(engine, n_missing)


def _count_missing(table: pl.LazyFrame, columns: list[str]) -> dict[str, int]:
    import polars as pl

    if not columns:
        return {}
    schema = table.collect_schema()
    missing = [
        (pl.col(name).fill_nan(None) if schema[name].is_float() else pl.col(name)).null_count() for name in columns
    ]
    return table.select(missing).collect(engine="streaming").row(0, named=True)


class PolarsBackend:
    """A table in the Polars engine."""

    def __init__(self, engine: Any, n_missing: dict[str, int]) -> None:
        """Take an engine that holds the table."""
        #: There is no type that Polars cannot hold.
        self.refused: dict[str, str] = {}
        self.n_missing = n_missing
        self._engine = engine

    def validate(self, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
        """Evaluate all requests together."""
        answers: list[RawResult | None] = [None] * len(requests)
        groups: dict[int, list[tuple[int, Any]]] = {}
        for position, request in enumerate(requests):
            try:
                configuration = request.expectation.configuration
                configuration.process_suite_parameters(suite_parameters=parameters)
            except Exception as exc:  # noqa: BLE001 - a parameter that is not there is this expectation's result
                answers[position] = RawResult(None, error=type(exc).__name__)
            else:
                groups.setdefault(request.n_samples, []).append((position, configuration))
        for n_samples, group in groups.items():
            for (position, _), answer in zip(group, self._run(group, n_samples), strict=True):
                answers[position] = answer
        return [answer for answer in answers if answer is not None]

    def list_rows(self, request: Request, parameters: dict[str, Any]) -> list[int] | None:
        """Return the numbers of the rows that one request finds unexpected, or None where it cannot tell them."""
        from datassay.gx.driver import validate_configurations

        configuration = request.expectation.configuration
        configuration.process_suite_parameters(suite_parameters=parameters)
        (result,) = validate_configurations(self._engine, [configuration], {"result_format": _ROWS}, batch_id=_BATCH)
        rows: list[int] | None = read_answer(result).result.get("unexpected_index_list")
        return rows

    def _run(self, group: list[tuple[int, Any]], n_samples: int) -> list[RawResult]:
        from datassay.gx.driver import validate_configurations

        configurations = [configuration for _, configuration in group]
        runtime = {"result_format": shape_result(n_samples)}
        results = validate_configurations(self._engine, configurations, runtime, batch_id=_BATCH)
        return [read_answer(result) for result in results]
