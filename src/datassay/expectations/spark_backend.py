"""Great Expectations' Spark engine: the columns that a suite needs, handed over as Parquet."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import reading
from datassay.errors import EngineError
from datassay.expectations.backends import Request
from datassay.expectations.engine import RawResult, compute, open_context, read_answer, shape_result
from datassay.expectations.handover import Handover, answer_all, prepare

if TYPE_CHECKING:
    import polars as pl

#: For a session that we start; one that is running, and spark-defaults.conf, keep their own.
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Times without a zone stay what they are, whatever the machine's zone.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}


@contextmanager
def open_spark(table: pl.LazyFrame, columns: list[str], n_rows: int) -> Iterator[SparkBackend]:
    """Yield the table's `columns` as Spark frames in an ephemeral context.

    A running Spark session is used, or one is started as Spark is configured, and stopped afterwards. Raises
    DataError or MeasureError where the table cannot be read, and EngineError where Spark cannot start.
    """
    known = table.collect_schema().names()
    handover = prepare(table, columns, _why_not)
    # The session comes first: Great Expectations notes for good whether Spark is there when it is imported.
    with (
        _session() as spark,
        tempfile.TemporaryDirectory(prefix="datassay-spark-") as folder,
        open_context() as context,
    ):
        path = Path(folder) / "data.parquet"
        with reading("The checked table"):
            handover.table.sink_parquet(path)
        backend = SparkBackend(context, handover, table)
        if handover.schema:
            backend.load("data", spark.read.parquet(str(path)).cache())
        backend.load("names", spark.createDataFrame([], _texts(known)))
        backend.load("rows", spark.range(n_rows))
        yield backend


class SparkBackend:
    """Named Spark frames in an ephemeral context."""

    def __init__(self, context: Any, handover: Handover, table: pl.LazyFrame) -> None:
        """Make a source of frames in Great Expectations' context."""
        self.refused = handover.refused
        self.n_missing = handover.n_missing
        self._table = table
        self._source = context.data_sources.add_spark("datassay", persist=False)
        self._frames: dict[str, tuple[Any, Any]] = {}

    def load(self, name: str, frame: Any) -> None:
        """Make `frame` available under `name`."""
        definition = self._source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
        self._frames[name] = (definition, frame)

    def validate(self, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
        """Evaluate all requests one by one."""
        return answer_all(requests, parameters, self._table, lambda request: self._ask(request, parameters))

    def measure(self, metrics: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Compute metrics of columns of the data."""
        if not metrics:
            return []
        definition, frame = self._frames["data"]
        return compute(definition.get_batch({"dataframe": frame}), metrics)

    def _ask(self, request: Request, parameters: dict[str, Any]) -> RawResult:
        from great_expectations.validator.v1_validator import Validator

        try:
            definition, frame = self._frames[request.frame]
            validator = Validator(
                batch_definition=definition,
                batch_parameters={"dataframe": frame},
                result_format=shape_result(request.n_samples),
            )
            return read_answer(validator.validate_expectation(request.expectation, parameters or None))
        except Exception as exc:  # noqa: BLE001 - any engine failure is this expectation's result, shown as unknown
            return RawResult(None, error=type(exc).__name__)


@contextmanager
def _session() -> Iterator[Any]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise EngineError("Spark is not installed.", hint="Run \"pip install 'datassay[spark]'\".") from exc
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    # A machine's own name may lead nowhere, and nobody else has to find this session.
    if "SPARK_MASTER" not in os.environ:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        builder = SparkSession.builder.appName("datassay")
        for key, value in _SETTINGS.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
    except Exception as exc:
        raise EngineError(
            f"Spark could not be started: {type(exc).__name__}.", hint="It needs Java 17 or later on this machine."
        ) from exc
    try:
        yield spark
    finally:
        spark.stop()


def _texts(names: list[str]) -> Any:
    from pyspark.sql.types import StringType, StructField, StructType

    return StructType([StructField(name, StringType()) for name in names])


def _why_not(name: str) -> str | None:
    # To Spark a dot is a way into a structure, and a backtick ends a quoted name.
    return "a name with a dot or a backtick" if "." in name or "`" in name or not name else None
