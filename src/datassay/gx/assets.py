"""What a Polars data source holds: frames given at run time, parquet and csv files; and how they are cut."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.core.id_dict import IDDict
from great_expectations.core.partitioners import (
    ColumnPartitionerDaily,
    ColumnPartitionerMonthly,
    ColumnPartitionerYearly,
    PartitionerColumnValue,
)
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.constants import _DATA_CONNECTOR_NAME
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset, TestConnectionError
from great_expectations.exceptions import InvalidBatchRequestError
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from datassay.gx.engine import PolarsBatchData

_PARTS = {
    ColumnPartitionerYearly: ("year",),
    ColumnPartitionerMonthly: ("year", "month"),
    ColumnPartitionerDaily: ("year", "month", "day"),
}
_FRAME = "dataframe"


class PolarsAsset(DataAsset):
    """A table; its batches are the whole, the rows of one value of a column, or those of one date."""

    def open(self, options: dict[str, Any]) -> pl.LazyFrame:
        """Return the whole table."""
        raise NotImplementedError

    def test_connection(self) -> None:
        """Raise TestConnectionError where the table cannot be opened."""

    def add_batch_definition_whole(self, name: str) -> Any:
        """Define one batch of all rows."""
        return self.add_batch_definition(name)

    def add_batch_definition_by_value(self, name: str, column: str, *, sort_ascending: bool = True) -> Any:
        """Define a batch for each value of `column`; at run time `batch_parameters={column: value}`."""
        return self._add_cut(name, PartitionerColumnValue, column, sort_ascending=sort_ascending)

    def add_batch_definition_yearly(self, name: str, column: str, *, sort_ascending: bool = True) -> Any:
        """Define a batch for each year of a date column; at run time `batch_parameters={"year": 2026}`."""
        return self._add_cut(name, ColumnPartitionerYearly, column, sort_ascending=sort_ascending)

    def add_batch_definition_monthly(self, name: str, column: str, *, sort_ascending: bool = True) -> Any:
        """Define a batch for each month of a date column."""
        return self._add_cut(name, ColumnPartitionerMonthly, column, sort_ascending=sort_ascending)

    def add_batch_definition_daily(self, name: str, column: str, *, sort_ascending: bool = True) -> Any:
        """Define a batch for each day of a date column."""
        return self._add_cut(name, ColumnPartitionerDaily, column, sort_ascending=sort_ascending)

    def _add_cut(self, name: str, partitioner: Any, column: str, *, sort_ascending: bool) -> Any:
        # The store drops what was not set, and without its method every partitioner reads back as the first kind.
        method = partitioner.__fields__["method_name"].default
        cut = partitioner(column_name=column, sort_ascending=sort_ascending, method_name=method)
        return self.add_batch_definition(name, cut)

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:
        """Return what may be given at run time."""
        return _list_keys(partitioner)

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest[Any]:
        """Return a request for the batches that fit `options`.

        Raises BuildBatchRequestError for an option that the partitioner does not know.
        """
        allowed = set(self.get_batch_parameters_keys(partitioner))
        unknown = sorted(set(options or {}) - allowed)
        if unknown:
            raise BuildBatchRequestError(f"unknown batch parameters {unknown}; known are {sorted(allowed)}")
        return BatchRequest(
            datasource_name=self.datasource.name,
            data_asset_name=self.name,
            options=options or {},
            batch_slice=batch_slice,
            partitioner=partitioner,
        )

    def _validate_batch_request(self, batch_request: BatchRequest[Any]) -> None:
        if batch_request.datasource_name != self.datasource.name or batch_request.data_asset_name != self.name:
            raise InvalidBatchRequestError("The batch request is for another asset.")

    def get_batch_identifiers_list(self, batch_request: BatchRequest[Any]) -> list[dict[str, Any]]:
        """Return what names each batch that fits the request, in the partitioner's order."""
        self._validate_batch_request(batch_request)
        options = dict(batch_request.options or {})
        partitioner = batch_request.partitioner
        if partitioner is None:
            return [IDDict({key: value for key, value in options.items() if key != _FRAME})]
        keys = _list_keys(partitioner)
        frame = self.open(options).select(_split(partitioner)).drop_nulls().unique()
        rows = frame.sort(keys, descending=not partitioner.sort_ascending).collect().to_dicts()
        wanted = {key: value for key, value in options.items() if key in keys}
        found = [IDDict(row) for row in rows if all(row[key] == value for key, value in wanted.items())]
        return found[batch_request.batch_slice]

    def get_batch(self, batch_request: BatchRequest[Any]) -> Batch:
        """Return the last batch that fits the request.

        Raises InvalidBatchRequestError where none does.
        """
        identifiers = self.get_batch_identifiers_list(batch_request)
        if not identifiers:
            raise InvalidBatchRequestError(f"No batch of {self.name!r} fits {dict(batch_request.options or {})}.")
        chosen = identifiers[-1]
        frame = self.open(dict(batch_request.options or {}))
        condition = None
        if batch_request.partitioner is not None:
            parts = zip(_list_keys(batch_request.partitioner), _split(batch_request.partitioner), strict=True)
            condition = pl.all_horizontal([expr == chosen[key] for key, expr in parts])
        engine = self.datasource.get_execution_engine()
        spec = RuntimeDataBatchSpec(batch_data=PolarsBatchData(engine, frame, condition))
        data, markers = engine.get_batch_data_and_markers(spec)
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=data,
            metadata=self._get_batch_metadata_from_batch_request(batch_request, ignore_options=(_FRAME,)),
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=LegacyBatchDefinition(
                datasource_name=self.datasource.name,
                data_connector_name=_DATA_CONNECTOR_NAME,
                data_asset_name=self.name,
                batch_identifiers=make_batch_identifier(chosen),
                batch_spec_passthrough=None,
            ),
        )


def _list_keys(partitioner: Any) -> tuple[str, ...]:
    if partitioner is None:
        return ()
    if isinstance(partitioner, PartitionerColumnValue):
        return (partitioner.column_name,)
    return _PARTS[type(partitioner)]


def _split(partitioner: Any) -> list[pl.Expr]:
    column = pl.col(partitioner.column_name)
    if isinstance(partitioner, PartitionerColumnValue):
        return [column]
    return [getattr(column.dt, part)().alias(part) for part in _PARTS[type(partitioner)]]


class DataFrameAsset(PolarsAsset):
    """A Polars frame, eager or lazy, that is given at run time."""

    type: Literal["dataframe"] = "dataframe"

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:
        """Return what may be given at run time."""
        return (_FRAME, *_list_keys(partitioner))

    def open(self, options: dict[str, Any]) -> pl.LazyFrame:
        """Return the frame; raises BuildBatchRequestError where none is given."""
        frame = options.get(_FRAME)
        if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
            raise BuildBatchRequestError("batch_parameters must hold 'dataframe': a Polars DataFrame or LazyFrame.")
        return frame.lazy()

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest[Any]:
        """Return a request for the batches of the frame in `options`."""
        self.open(options or {})
        return super().build_batch_request(options, batch_slice, partitioner)

    def add_batch_definition_whole_dataframe(self, name: str) -> Any:
        """Define one batch of all rows, under the name that other sources have for it."""
        return self.add_batch_definition_whole(name)


class _FileAsset(PolarsAsset):
    path: str

    def test_connection(self) -> None:
        """Raise TestConnectionError where the file cannot be opened."""
        try:
            self.open({}).collect_schema()
        except (OSError, pl.exceptions.PolarsError) as exc:
            raise TestConnectionError(f"{self.path}: {exc}") from exc


class ParquetAsset(_FileAsset):
    """A parquet file, a folder or a glob."""

    type: Literal["parquet"] = "parquet"

    def open(self, options: dict[str, Any]) -> pl.LazyFrame:  # noqa: ARG002 - a file needs none
        """Scan the file."""
        return pl.scan_parquet(self.path)


class CSVAsset(_FileAsset):
    """A csv file or a glob."""

    type: Literal["csv"] = "csv"
    separator: str = ","
    null_values: list[str] = []  # noqa: RUF012 - a pydantic default is copied
    infer_schema_length: int | None = 10_000
    try_parse_dates: bool = True

    def open(self, options: dict[str, Any]) -> pl.LazyFrame:  # noqa: ARG002 - a file needs none
        """Scan the file."""
        return pl.scan_csv(
            self.path,
            separator=self.separator,
            null_values=self.null_values or None,
            infer_schema_length=self.infer_schema_length,
            try_parse_dates=self.try_parse_dates,
        )
