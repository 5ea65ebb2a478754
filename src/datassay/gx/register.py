"""Put the engine's metrics into Great Expectations' registry."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import (
    _registered_metrics,
    register_core_expectations,
    register_core_metrics,
    register_metric,
)
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from great_expectations.validator.validator import Validator

from datassay.gx.delegate import ConvertingEngine
from datassay.gx.driver import compute_metrics, validate_configurations
from datassay.gx.engine import PolarsExecutionEngine
from datassay.gx.kinds import NotNative
from datassay.gx.planner import list_native

_PARTIAL = MetricPartialFunctionTypes.AGGREGATE_FN.metric_suffix


class _Planned(MetricProvider):
    """A metric whose plan is a metric of its own, so that Great Expectations bundles it."""

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,  # noqa: ARG003 - Great Expectations' signature
        execution_engine: Any = None,  # noqa: ARG003
        runtime_configuration: Any = None,  # noqa: ARG003
    ) -> dict[str, MetricConfiguration]:
        if metric.metric_name.endswith(f".{_PARTIAL}"):
            return {}
        partial = f"{metric.metric_name}.{_PARTIAL}"
        return {
            "metric_partial_fn": MetricConfiguration(partial, metric.metric_domain_kwargs, metric.metric_value_kwargs)
        }


def register_metrics() -> None:
    """Register every native metric; a second call changes nothing."""
    register_core_metrics()
    register_core_expectations()
    if "PolarsExecutionEngine" in _registered_metrics["table.columns"]["providers"]:
        return
    _register_value("table.columns", lambda engine, domain: engine.list_columns(domain))
    _register_value("table.column_types", lambda engine, domain: engine.list_column_types(domain))
    for name in list_native():
        if name in _registered_metrics:
            _register_plan(name)
    for name in ("table.columns", "table.column_types"):
        # Asking pandas for names would convert all columns.
        providers = _registered_metrics[name]["providers"]
        providers[ConvertingEngine.__name__] = providers["PolarsExecutionEngine"]
    _route_validators()
    _route_calculators()
    # A query on another data source is that source's business, whatever engine asks.
    for name in ("comparison_query.data_source_table", "query.data_source_table"):
        providers = _registered_metrics[name]["providers"]
        providers["PolarsExecutionEngine"] = providers["SqlAlchemyExecutionEngine"]


def _route_validators() -> None:
    """Let every validator on this engine, so also a Checkpoint's, evaluate a suite as `validate` does.

    Great Expectations has no hook for it. Validators on other engines go on as before.
    """
    own = Validator.graph_validate

    @wraps(own)
    def graph_validate(
        self: Validator, configurations: list[Any], runtime_configuration: dict[str, Any] | None = None
    ) -> list[Any]:
        if not isinstance(self._execution_engine, PolarsExecutionEngine):
            return own(self, configurations, runtime_configuration)
        return validate_configurations(
            self._execution_engine, configurations, runtime_configuration or {}, batch_id=self.active_batch_id
        )

    Validator.graph_validate = graph_validate


def _route_calculators() -> None:
    """Let every calculator on this engine, so also a Batch's, evaluate metrics as `validate` does."""
    own = MetricsCalculator.compute_metrics

    @wraps(own)
    def compute(
        self: MetricsCalculator, metric_configurations: list[MetricConfiguration], *args: Any, **kwargs: Any
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        if not isinstance(self._execution_engine, PolarsExecutionEngine):
            return own(self, metric_configurations, *args, **kwargs)
        values, errors = compute_metrics(self._execution_engine, metric_configurations)
        told = {
            metric.id: {"metric_configuration": metric, "exception_info": errors[metric.id], "num_failures": 1}
            for metric in metric_configurations
            if metric.id in errors
        }
        return values, told

    MetricsCalculator.compute_metrics = compute


def _register_plan(name: str) -> None:
    definition = _registered_metrics[name]
    original = next(iter(definition["providers"].values()))[0]
    keys = {key: getattr(original, key) for key in ("domain_keys", "value_keys", "default_kwarg_values")}
    provider = type(f"Polars{original.__name__}", (_Planned,), keys)
    shared = {
        "metric_domain_keys": definition["metric_domain_keys"],
        "metric_value_keys": definition["metric_value_keys"],
        "execution_engine": PolarsExecutionEngine,
        "metric_class": provider,
    }
    register_metric(metric_name=name, metric_provider=None, metric_fn_type=MetricFunctionTypes.VALUE, **shared)
    register_metric(
        metric_name=f"{name}.{_PARTIAL}",
        metric_provider=_make_planner(name),
        metric_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        **shared,
    )


def _make_planner(name: str) -> Callable[..., Any]:
    def plan(
        cls: Any,  # noqa: ARG001 - Great Expectations' signature
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        try:
            ready, _note = execution_engine.plan(name, metric_domain_kwargs, metric_value_kwargs)
        except NotNative:
            return (
                lambda: execution_engine.delegate(name, metric_domain_kwargs, metric_value_kwargs),
                metric_domain_kwargs,
                {},
            )
        return ready, metric_domain_kwargs, {}

    return plan


def _register_value(name: str, answer: Callable[[PolarsExecutionEngine, dict[str, Any]], Any]) -> None:
    def provide(
        cls: Any,  # noqa: ARG001 - Great Expectations' signature
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        return answer(execution_engine, metric_domain_kwargs)

    definition = _registered_metrics[name]
    original = next(iter(definition["providers"].values()))[0]
    keys = {key: getattr(original, key) for key in ("domain_keys", "value_keys", "default_kwarg_values")}
    register_metric(
        metric_name=name,
        metric_domain_keys=definition["metric_domain_keys"],
        metric_value_keys=definition["metric_value_keys"],
        execution_engine=PolarsExecutionEngine,
        metric_class=type(f"Polars{original.__name__}", (MetricProvider,), keys),
        metric_provider=provide,
        metric_fn_type=MetricFunctionTypes.VALUE,
    )
