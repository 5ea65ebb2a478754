"""Great Expectations' execution engine on Polars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
from great_expectations.core.batch import BatchMarkers
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.exceptions import BatchSpecError, GreatExpectationsError
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.execution_engine.pandas_batch_data import PandasBatchData

from datassay.gx.conditions import name_columns, read_condition
from datassay.gx.kinds import NotNative
from datassay.gx.planner import plan_metric
from datassay.gx.plans import Failure, Plan, Scope, run_plans
from datassay.gx.tables import list_types

if TYPE_CHECKING:
    import pandas as pd

#: In a compute domain: the columns that a metric needs after Great Expectations took them out of the domain.
_NEEDED = "datassay_columns"


class PolarsBatchData(PandasBatchData):
    """A batch as a lazy frame; pandas sees a conversion of the columns that it needs."""

    def __init__(self, execution_engine: Any, frame: pl.LazyFrame, condition: pl.Expr | None = None) -> None:
        """Take a lazy frame, and the condition that cuts the batch out of it: row numbers count in the frame."""
        super().__init__(execution_engine=execution_engine, dataframe=None)
        self.frame = frame
        self.condition = condition
        self.schema = frame.collect_schema()
        self.needed: tuple[str, ...] | None = None
        self._converted: tuple[tuple[str, ...], pd.DataFrame] | None = None

    @property
    def dataframe(self) -> pd.DataFrame:
        """The needed columns as a pandas frame; the last conversion is kept."""
        wanted = tuple(self.schema) if self.needed is None else self.needed
        if self._converted is None or self._converted[0] != wanted:
            self._converted = (wanted, self._convert(wanted))
        return self._converted[1]

    def _convert(self, columns: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd

        numbered = self.frame.with_row_index("__datassay_row__")
        rows = numbered if self.condition is None else numbered.filter(self.condition)
        table = rows.select("__datassay_row__", *columns).collect()
        index = pd.RangeIndex(table.height)
        if self.condition is not None:
            index = pd.Index(table["__datassay_row__"].to_numpy().astype("int64"))
        return table.select(columns).to_pandas().set_axis(index, axis=0)


class PolarsExecutionEngine(PandasExecutionEngine):
    """Evaluates metrics as Polars expressions, lazily; all aggregates of a batch are one pass over it.

    It is a PandasExecutionEngine to expectations, so that what is written for pandas only still runs, on a conversion
    of just its columns; `conversions` names those columns.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make an engine, with the arguments of Great Expectations' own."""
        self._scopes: dict[tuple[Any, ...], Scope] = {}
        self.conversions: list[tuple[str, ...]] = []
        #: Columns that every conversion must hold: those of unexpected_index_column_names.
        self.extra_columns: tuple[str, ...] | None = ()
        super().__init__(*args, **kwargs)

    # Batches ----------------------------------------------------------------------------------------------------

    def load_batch_data(self, batch_id: str, batch_data: Any) -> None:
        """Load a Polars frame, eager or lazy, under `batch_id`."""
        if isinstance(batch_data, pl.DataFrame | pl.LazyFrame):
            batch_data = PolarsBatchData(self, batch_data.lazy())
        elif not isinstance(batch_data, PolarsBatchData):
            raise GreatExpectationsError("PolarsExecutionEngine requires a Polars DataFrame or LazyFrame.")
        # Another batch of the same name must not be answered from what is known of the last one.
        self._scopes = {key: scope for key, scope in self._scopes.items() if key[0] != batch_id}
        self._metric_cache.clear()
        self._batch_manager.save_batch_data(batch_id=batch_id, batch_data=batch_data)

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """Return the batch of a spec that holds a frame."""
        if not isinstance(batch_spec, RuntimeDataBatchSpec):
            raise BatchSpecError(f"PolarsExecutionEngine reads RuntimeDataBatchSpec, not {type(batch_spec).__name__}.")
        data = batch_spec.batch_data
        if isinstance(data, pl.DataFrame | pl.LazyFrame):
            data = PolarsBatchData(self, data.lazy())
        if not isinstance(data, PolarsBatchData):
            raise GreatExpectationsError("RuntimeDataBatchSpec must hold a Polars DataFrame or LazyFrame.")
        batch_spec.batch_data = "PolarsDataFrame"
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        return data, BatchMarkers({"ge_load_time": stamp})

    def _find_batch(self, batch_id: str | None) -> tuple[str, PolarsBatchData]:
        known = self.batch_manager.batch_data_cache
        if batch_id is None:
            batch_id = self.batch_manager.active_batch_data_id
        if batch_id is None or batch_id not in known:
            raise GreatExpectationsError(f"Unable to find batch with batch_id {batch_id}")
        return batch_id, known[batch_id]

    # Native metrics ---------------------------------------------------------------------------------------------

    def find_scope(self, domain: Mapping[str, Any]) -> Scope:
        """Return the rows that a domain names, without its columns.

        Raises NotNative where only pandas can read the row condition.
        """
        batch_id, batch = self._find_batch(domain.get("batch_id"))
        condition = domain.get("row_condition")
        key = (batch_id, repr(condition) if condition else None)
        if key not in self._scopes:
            parts = [] if batch.condition is None else [batch.condition]
            if condition:
                parts.append(read_condition(condition, batch.schema))
            together = pl.all_horizontal(parts) if parts else None
            self._scopes[key] = Scope(key, batch.frame, batch.schema, together)
        return self._scopes[key]

    def plan(self, name: str, domain: Mapping[str, Any], kwargs: dict[str, Any]) -> tuple[Plan, str | None]:
        """Return a metric's plan; raises NotNative where the metric is left to pandas."""
        return plan_metric(name, self.find_scope(domain), domain, kwargs)

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
        """Evaluate all planned metrics of a level together."""
        bundle = list(metric_fn_bundle)
        if not bundle:
            return {}
        answers = {}
        values = iter(run_plans([item.metric_fn for item in bundle if not callable(item.metric_fn)]))
        for item in bundle:
            value = item.metric_fn() if callable(item.metric_fn) else next(values)
            if isinstance(value, Failure):
                raise value.error
            answers[item.metric_configuration.id] = value
        return answers

    def delegate(self, name: str, domain: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Any:
        """Evaluate a metric by Great Expectations' pandas code, on a conversion of its columns."""
        from datassay.gx.delegate import compute_by_pandas

        return compute_by_pandas(self, name, domain, kwargs)

    def list_columns(self, domain: Mapping[str, Any]) -> list[str]:
        """Return the names of the batch's columns."""
        return list(self._find_batch(domain.get("batch_id"))[1].schema)

    def list_column_types(self, domain: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return names and types of the batch's columns."""
        try:
            return list_types(self.find_scope(domain))
        except NotNative:
            return list_types(self.find_scope({"batch_id": domain.get("batch_id")}))

    # Metrics that are written for pandas ------------------------------------------------------------------------

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> pd.DataFrame:
        """Return a domain's rows as a pandas frame of just the columns that it names."""
        _, batch = self._find_batch(domain_kwargs.get("batch_id"))
        batch.needed = self._find_needed(domain_kwargs, list(batch.schema))
        self.conversions.append(batch.needed or tuple(batch.schema))
        rest = {key: value for key, value in domain_kwargs.items() if key != _NEEDED}
        return super().get_domain_records(rest)

    def get_compute_domain(
        self, domain_kwargs: dict[str, Any], domain_type: Any, accessor_keys: Iterable[str] | None = None
    ) -> tuple[pd.DataFrame, dict[str, Any], dict[str, Any]]:
        """Return a domain's rows as a pandas frame, and the domain without and with its columns."""
        frame, compute, accessor = super().get_compute_domain(domain_kwargs, domain_type, accessor_keys)
        if "column" in accessor or "column_A" in accessor or "column_list" in accessor:
            compute[_NEEDED] = list(frame.columns)
        return frame, compute, accessor

    def _find_needed(self, domain: Mapping[str, Any], known: list[str]) -> tuple[str, ...] | None:
        named = [domain[key] for key in ("column", "column_A", "column_B") if domain.get(key)]
        named += [*(domain.get("column_list") or []), *(domain.get(_NEEDED) or [])]
        if not named or self.extra_columns is None:
            return None
        named += [*name_columns(domain.get("row_condition"), known), *self.extra_columns]
        return tuple(name for name in known if name in set(named))
