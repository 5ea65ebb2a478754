"""Great Expectations' pandas engine: the columns that a suite needs, converted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import reading
from datassay.expectations.backends import Request
from datassay.expectations.engine import RawResult, open_context, read_answer, shape_result
from datassay.expectations.frames import to_pandas

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@contextmanager
def open_pandas(table: pl.LazyFrame, columns: list[str], n_rows: int) -> Iterator[PandasBackend]:
    """Yield the table's `columns` as pandas frames in an ephemeral context.

    Raises DataError or MeasureError where the table cannot be read, and EngineError where Great Expectations cannot
    start.
    """
    import pandas as pd

    with reading("The checked table"):
        known = table.collect_schema().names()
        frame, refused = to_pandas(table.select(columns).collect())
    with open_context() as context:
        backend = PandasBackend(context, refused)
        backend.load("data", frame)
        backend.load("names", pd.DataFrame(columns=known))
        backend.load("rows", pd.DataFrame(index=pd.RangeIndex(n_rows)))
        yield backend


class PandasBackend:
    """Named pandas frames in an ephemeral context."""

    def __init__(self, context: Any, refused: dict[str, str]) -> None:
        """Make a source of frames in Great Expectations' context."""
        self.refused = refused
        self.n_missing: dict[str, int] = {}
        self._source = context.data_sources.add_pandas("datassay")
        self._frames: dict[str, tuple[Any, pd.DataFrame]] = {}
        self._validators: dict[tuple[str, int], Any] = {}

    def load(self, name: str, frame: pd.DataFrame) -> None:
        """Make `frame` available under `name`."""
        definition = self._source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
        self._frames[name] = (definition, frame)
        if name == "data":
            self.n_missing = {str(column): int(count) for column, count in frame.isna().sum().items()}

    def validate(self, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
        """Evaluate all requests one by one."""
        return [self._validate(request, parameters) for request in requests]

    def _validate(self, request: Request, parameters: dict[str, Any]) -> RawResult:
        try:
            validator = self._find_validator(request.frame, request.n_samples)
            return read_answer(validator.validate_expectation(request.expectation, parameters or None))
        except Exception as exc:  # noqa: BLE001 - any engine failure is this expectation's result, shown as unknown
            return RawResult(None, error=type(exc).__name__)

    def _find_validator(self, name: str, n_samples: int) -> Any:
        from great_expectations.validator.v1_validator import Validator

        # Batch.validate() makes one of these for each expectation, and hashes the whole frame each time.
        if (name, n_samples) not in self._validators:
            definition, frame = self._frames[name]
            self._validators[name, n_samples] = Validator(
                batch_definition=definition,
                batch_parameters={"dataframe": frame},
                result_format=shape_result(n_samples),
            )
        return self._validators[name, n_samples]
