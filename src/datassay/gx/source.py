"""The fluent data source: `context.data_sources.add_polars(...)`."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from great_expectations.datasource.fluent.interfaces import Datasource

from datassay.gx.assets import CSVAsset, DataFrameAsset, ParquetAsset
from datassay.gx.engine import PolarsExecutionEngine


class PolarsDatasource(Datasource):
    """Frames and files that the Polars engine evaluates."""

    asset_types: ClassVar[list[Any]] = [DataFrameAsset, ParquetAsset, CSVAsset]

    type: Literal["polars"] = "polars"
    assets: list[DataFrameAsset | ParquetAsset | CSVAsset] = []  # noqa: RUF012 - a pydantic default is copied

    @property
    def execution_engine_type(self) -> Any:
        """Return the engine."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:  # noqa: FBT001, FBT002 - Great Expectations' signature
        """Raise TestConnectionError where the file of an asset cannot be opened."""
        for asset in self.assets if test_assets else []:
            asset.test_connection()

    def add_dataframe_asset(self, name: str, batch_metadata: dict[str, Any] | None = None) -> DataFrameAsset:
        """Add an asset whose frame, eager or lazy, is given at run time: `batch_parameters={"dataframe": frame}`."""
        return self._add_asset(DataFrameAsset(name=name, batch_metadata=batch_metadata or {}))

    def add_parquet_asset(self, name: str, path: str, batch_metadata: dict[str, Any] | None = None) -> ParquetAsset:
        """Add the parquet file, folder or glob at `path`."""
        return self._add_asset(ParquetAsset(name=name, path=str(path), batch_metadata=batch_metadata or {}))

    def add_csv_asset(
        self,
        name: str,
        path: str,
        *,
        separator: str = ",",
        null_values: list[str] | None = None,
        infer_schema_length: int | None = 10_000,
        try_parse_dates: bool = True,
        batch_metadata: dict[str, Any] | None = None,
    ) -> CSVAsset:
        """Add the csv file or glob at `path`."""
        return self._add_asset(
            CSVAsset(
                name=name,
                path=str(path),
                separator=separator,
                null_values=null_values or [],
                infer_schema_length=infer_schema_length,
                try_parse_dates=try_parse_dates,
                batch_metadata=batch_metadata or {},
            )
        )
