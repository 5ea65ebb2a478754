"""Great Expectations, quietly: its import, one ephemeral context, its objects and its answers."""

from __future__ import annotations

import builtins
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from datassay.errors import EngineError

_KNOWN_ENGINES = ("great_expectations.", "pandas.", "numpy.", "pyarrow.")
_RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)")


@dataclass(frozen=True)
class RawResult:
    """What Great Expectations said of one expectation; `error` is the class of what it raised instead."""

    success: bool | None
    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def build(type_: str, kwargs: dict[str, Any]) -> Any:
    """Return the expectation object; whatever Great Expectations raises on bad arguments passes through."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(type_)(**kwargs)


def read_answer(answer: Any) -> RawResult:
    """Turn Great Expectations' answer into a raw result; an exception in it is never a pass."""
    trace = _first_traceback(answer.exception_info)
    if trace is not None:
        return RawResult(None, error=_raised_class(trace))
    success = None if answer.success is None else bool(answer.success)
    return RawResult(success, dict(answer.result or {}))


def compute(batch: Any, metrics: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
    """Return the values of metrics, given by name, column and arguments; None for one that raised."""
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    engine = batch.data.execution_engine
    engine.batch_manager.load_batch_list([batch])
    calculator = MetricsCalculator(execution_engine=engine, show_progress_bars=False)
    asked = [
        MetricConfiguration(name, {"column": column, "batch_id": batch.id}, kwargs) for name, column, kwargs in metrics
    ]
    values, _ = calculator.compute_metrics(asked)
    return [values.get(metric.id) for metric in asked]


def shape_result(n_samples: int) -> dict[str, Any]:
    """Return the result format for answers with `n_samples` unexpected values, or without any."""
    return {
        "result_format": "BASIC",
        "partial_unexpected_count": n_samples,
        # Values stay in the engine unless the definition allows the column.
        "exclude_unexpected_values": n_samples == 0,
    }


@contextmanager
def open_context() -> Iterator[Any]:
    """Yield an ephemeral context; the process's loggers, warnings and current GX context are as before afterwards.

    Raises EngineError where Great Expectations cannot be imported or started.
    """
    # Great Expectations reads it at import; a user's own choice wins.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with _silent_logs(), warnings.catch_warnings():
        # Deprecations and overflow warnings of the engine's inside are not the user's business.
        warnings.simplefilter("ignore")
        with _own_context() as context:
            yield context


@contextmanager
def _silent_logs() -> Iterator[None]:
    """Keep the engine's records, which may quote cells, from all handlers but its own."""
    logger = logging.getLogger("great_expectations")
    # Some of its loggers set their own level, so the parent's would not stop them.
    handler, propagate = logging.NullHandler(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)


@contextmanager
def _own_context() -> Iterator[Any]:
    try:
        gx = _import_quietly()
        from great_expectations.data_context.data_context.context_factory import project_manager
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
        from great_expectations.exceptions import DataContextRequiredError

        try:
            previous = project_manager.get_current_project()
        except DataContextRequiredError:
            previous = None
        # The default configuration makes a temporary folder for a site that nobody builds.
        config = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
        context = gx.get_context(mode="ephemeral", project_config=config)
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    except Exception as exc:
        raise EngineError(
            f"Great Expectations could not be started: {type(exc).__name__}.",
            hint="'datassay doctor' shows the versions.",
        ) from exc
    try:
        yield context
    finally:
        # get_context() makes its context the process's current one, and a notebook may have its own.
        project_manager.set_project(previous)


def _import_quietly() -> Any:
    show = warnings.showwarning
    import great_expectations as gx

    # The import calls logging.captureWarnings(True), which would swallow the user's warnings from now on.
    if warnings.showwarning is not show:
        logging.captureWarnings(capture=False)
    return gx


def list_types() -> list[str]:
    """Return the names of all registered expectations."""
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    return sorted(list_registered_expectation_implementations())


def explain_arguments(exc: Exception) -> str:
    """Say in a few words what is wrong with an expectation's arguments."""
    errors = getattr(exc, "errors", None)
    if not callable(errors):
        return type(exc).__name__
    first = errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "__root__")
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _first_traceback(info: Any) -> str | None:
    """Find the traceback in exception_info, which is flat or nested by metric."""
    if not isinstance(info, dict):
        return None
    if info.get("raised_exception"):
        return str(info.get("exception_traceback") or "")
    found = (_first_traceback(value) for value in info.values())
    return next((trace for trace in found if trace is not None), None)


def _raised_class(trace: str) -> str:
    """Return the class that was raised first; its message stays out, because it may quote a cell."""
    for line in trace.splitlines():
        match = _RAISED.match(line)
        if match is None:
            continue
        name = match[1]
        known = getattr(builtins, name, None)
        # A line of a multi-line message could look like a class, so only known ones count.
        if (isinstance(known, type) and issubclass(known, BaseException)) or name.startswith(_KNOWN_ENGINES):
            return name.rpartition(".")[2]
    return "error"
