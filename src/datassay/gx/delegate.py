"""A metric by Great Expectations' own pandas code, for what Polars cannot do or must not do differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validation_graph import ValidationGraph

if TYPE_CHECKING:
    from datassay.gx.engine import PolarsExecutionEngine


class ConvertingEngine(PandasExecutionEngine):
    """Great Expectations' pandas engine, which takes its frames from a Polars engine.

    Its name has hardly any metrics of its own in the registry, so that those of PandasExecutionEngine are found.
    """

    def __init__(self, polars: PolarsExecutionEngine) -> None:
        """Stand before a Polars engine."""
        super().__init__()
        self._polars = polars

    def list_columns(self, domain: Mapping[str, Any]) -> list[str]:
        """Return the names of the batch's columns."""
        return self._polars.list_columns(domain)

    def list_column_types(self, domain: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return names and types of the batch's columns."""
        return self._polars.list_column_types(domain)

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> Any:
        """Return a conversion of the domain's columns."""
        return self._polars.get_domain_records(domain_kwargs)

    def get_compute_domain(self, domain_kwargs: dict[str, Any], domain_type: Any, accessor_keys: Any = None) -> Any:
        """Return a conversion of the domain's columns, and the domain without and with them."""
        return self._polars.get_compute_domain(domain_kwargs, domain_type, accessor_keys)


def compute_by_pandas(
    engine: PolarsExecutionEngine, name: str, domain: Mapping[str, Any], kwargs: Mapping[str, Any]
) -> Any:
    """Return a metric's value; raises what the metric raised."""
    return compute_by_graph(engine, ConvertingEngine(engine), MetricConfiguration(name, dict(domain), dict(kwargs)))


def compute_by_graph(engine: PolarsExecutionEngine, resolver: Any, metric: MetricConfiguration) -> Any:
    """Return a metric's value by Great Expectations' own graph of metrics, walked for `resolver`.

    Raises what a metric in it raised.
    """
    previous = engine.extra_columns
    engine.extra_columns = _find_extra(metric.metric_value_kwargs)
    try:
        graph = ValidationGraph(execution_engine=resolver)
        graph.build_metric_dependency_graph(metric)
        values, _ = graph.resolve(runtime_configuration={"catch_exceptions": False}, show_progress_bars=False)
        return values[metric.id]
    finally:
        engine.extra_columns = previous


def _find_extra(kwargs: Mapping[str, Any]) -> tuple[str, ...] | None:
    shape = kwargs.get("result_format") or {}
    if shape.get("include_unexpected_rows"):
        return None
    names = shape.get("unexpected_index_column_names") or ()
    return (names,) if isinstance(names, str) else tuple(names)
