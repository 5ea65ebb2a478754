"""Whole suites on the engine: all metrics of all expectations first, then their answers.

Great Expectations builds a graph per expectation and walks it again for every level; with a cost of milliseconds per
expectation that is most of the time on small tables. Here the metrics are collected once, planned, and evaluated in
two passes: single values, then the details of what turned out unexpected.
"""

from __future__ import annotations

import copy
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from great_expectations.core import ExpectationValidationResult
from great_expectations.validator.exception_info import ExceptionInfo
from great_expectations.validator.metric_configuration import MetricConfiguration

from datassay.gx.delegate import compute_by_graph
from datassay.gx.kinds import NotNative
from datassay.gx.light import answer, is_plain, make_heavy, make_light
from datassay.gx.planner import list_native
from datassay.gx.plans import Failure, Plan, run_plans
from datassay.gx.unexpected import DETAILS

if TYPE_CHECKING:
    from datassay.gx.engine import PolarsExecutionEngine

_NATIVE = frozenset(list_native())
_DETAILS = ("unexpected_values", "unexpected_index_list", "unexpected_index_query", "unexpected_rows")
#: Under this key of a result's meta: how it was found, where that is not the usual way.
MARK = "datassay.gx"


@dataclass
class Check:
    """One expectation and the metrics that it needs, by the name under which it asks for them."""

    configuration: Any
    expectation: Any = None
    metrics: dict[str, MetricConfiguration] = field(default_factory=dict)
    result_format: Any = None
    error: Exception | None = None


@dataclass
class Known:
    """What is known of metrics, by their id."""

    values: dict[Any, Any] = field(default_factory=dict)
    errors: dict[Any, tuple[str, ExceptionInfo]] = field(default_factory=dict)
    notes: dict[Any, str] = field(default_factory=dict)
    converted: dict[Any, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, key: Any) -> bool:
        return key in self.values or key in self.errors

    def fail(self, key: Any, error: Exception) -> None:
        """Keep what a metric raised."""
        text = "".join(traceback.format_exception(error))
        self.errors[key] = (str(key), ExceptionInfo(exception_traceback=text, exception_message=str(error)))


def validate_configurations(
    engine: PolarsExecutionEngine, configurations: list[Any], runtime: dict[str, Any], *, batch_id: str | None
) -> list[ExpectationValidationResult]:
    """Evaluate expectations and return their results in order.

    An expectation that raises has its exception in `exception_info` and takes no other with it; with
    `catch_exceptions` false in `runtime`, it is raised.
    """
    checks = [_prepare(engine, configuration, runtime, batch_id) for configuration in configurations]
    known = Known()
    _resolve_values(engine, checks, known)
    _resolve_details(engine, checks, known)
    results = [_answer(engine, check, known, runtime) for check in checks]
    for check in checks:
        if check.expectation is not None:
            make_heavy(check.expectation)
    if runtime.get("catch_exceptions", True) is False:
        _raise_first(checks, known)
    return results


def compute_metrics(
    engine: PolarsExecutionEngine, metrics: list[MetricConfiguration]
) -> tuple[dict[Any, Any], dict[Any, ExceptionInfo]]:
    """Return the values of metrics and what others raised, by their id."""
    known = Known()
    _resolve(engine, metrics, known)
    return known.values, {metric.id: known.errors[metric.id][1] for metric in metrics if metric.id in known.errors}


def _prepare(engine: PolarsExecutionEngine, configuration: Any, runtime: dict[str, Any], batch_id: str | None) -> Check:
    evaluated = copy.deepcopy(configuration)
    if batch_id:
        evaluated.kwargs.update({"batch_id": batch_id})
    check = Check(evaluated)
    try:
        check.expectation = make_light(evaluated)
        dependencies = check.expectation.get_validation_dependencies(
            execution_engine=engine, runtime_configuration=runtime
        )
        check.metrics = dict(dependencies.metric_configurations)
        check.result_format = dependencies.result_format
    except Exception as exc:  # noqa: BLE001 - one expectation's exception is its own result
        check.error = exc
    return check


def _resolve_values(engine: PolarsExecutionEngine, checks: list[Check], known: Known) -> None:
    wanted = {
        metric.id: metric for check in checks for name, metric in check.metrics.items() if not name.endswith(_DETAILS)
    }
    _resolve(engine, list(wanted.values()), known)


def _resolve_details(engine: PolarsExecutionEngine, checks: list[Check], known: Known) -> None:
    wanted = {}
    counts: dict[Any, int] = {}
    for check in checks:
        for name, metric in check.metrics.items():
            if metric.id in known:
                continue
            base, _, part = name.rpartition(".")
            counted = check.metrics.get(f"{base}.unexpected_count")
            if part in DETAILS and counted is not None and known.values.get(counted.id) == 0:
                known.values[metric.id] = DETAILS[part]()
            elif counted is None or counted.id not in known.errors:
                wanted[metric.id] = metric
                if counted is not None and counted.id in known.values:
                    counts[metric.id] = known.values[counted.id]
    _resolve(engine, list(wanted.values()), known, counts)


def _resolve(
    engine: PolarsExecutionEngine,
    metrics: list[MetricConfiguration],
    known: Known,
    counts: dict[Any, int] | None = None,
) -> None:
    """Evaluate metrics; `counts` holds how many rows those on unexpected rows have, where that is known."""
    plans: list[tuple[Any, Plan]] = []
    others: list[MetricConfiguration] = []
    for metric in metrics:
        if metric.metric_name not in _NATIVE:
            others.append(metric)
            continue
        try:
            plan, note = engine.plan(metric.metric_name, metric.metric_domain_kwargs, metric.metric_value_kwargs)
        except NotNative:
            others.append(metric)
        except Exception as exc:  # noqa: BLE001 - the metric's own result
            known.fail(metric.id, exc)
        else:
            plans.append((metric.id, plan.expect(counts[metric.id]) if counts and metric.id in counts else plan))
            if note:
                known.notes[metric.id] = note
    for (key, _), value in zip(plans, run_plans([plan for _, plan in plans]), strict=True):
        if isinstance(value, Failure):
            known.fail(key, value.error)
        else:
            known.values[key] = value
    for metric in others:
        _resolve_by_graph(engine, metric, known)


def _resolve_by_graph(engine: PolarsExecutionEngine, metric: MetricConfiguration, known: Known) -> None:
    engine.conversions.clear()
    try:
        if metric.metric_name in _NATIVE:
            value = engine.delegate(metric.metric_name, metric.metric_domain_kwargs, metric.metric_value_kwargs)
        else:
            value = compute_by_graph(engine, engine, metric)
        known.values[metric.id] = value
    except Exception as exc:  # noqa: BLE001 - the metric's own result
        known.fail(metric.id, exc)
    columns = tuple(dict.fromkeys(name for names in engine.conversions for name in names))
    if columns:
        known.converted[metric.id] = columns


def _answer(
    engine: PolarsExecutionEngine, check: Check, known: Known, runtime: dict[str, Any]
) -> ExpectationValidationResult:
    ids = [metric.id for metric in check.metrics.values()]
    failed = dict(known.errors[i] for i in ids if i in known.errors)
    result = None
    if check.error is None and not failed:
        try:
            result = _ask(engine, check, known, runtime)
        except Exception as exc:  # noqa: BLE001 - one expectation's exception is its own result
            check.error = exc
    if result is None:
        info: Any = failed
        if check.error is not None:
            text = "".join(traceback.format_exception(check.error))
            info = ExceptionInfo(exception_traceback=text, exception_message=str(check.error))
        result = ExpectationValidationResult(success=False, exception_info=info, expectation_config=check.configuration)
    _mark(result, ids, known)
    return result


def _ask(
    engine: PolarsExecutionEngine, check: Check, known: Known, runtime: dict[str, Any]
) -> ExpectationValidationResult:
    if is_plain(check.expectation):
        values = {name: known.values[metric.id] for name, metric in check.metrics.items()}
        return answer(check.expectation, values, engine, check.result_format)
    return check.expectation.metrics_validate(
        metrics=known.values, execution_engine=engine, runtime_configuration=copy.deepcopy(runtime)
    )


def _mark(result: ExpectationValidationResult, ids: list[Any], known: Known) -> None:
    converted = sorted({name for i in ids for name in known.converted.get(i, ())})
    notes = sorted({known.notes[i] for i in ids if i in known.notes})
    if converted or notes:
        mark = {"engine": "pandas", "converted_columns": converted} if converted else {"engine": "polars"}
        result.meta = {**(result.meta or {}), MARK: {**mark, **({"notes": notes} if notes else {})}}


def _raise_first(checks: list[Check], known: Known) -> None:
    for check in checks:
        if check.error is not None:
            raise check.error
        for metric in check.metrics.values():
            if metric.id in known.errors:
                from great_expectations.exceptions import MetricResolutionError

                raise MetricResolutionError(
                    message=known.errors[metric.id][1]["exception_message"], failed_metrics=(metric,)
                )
