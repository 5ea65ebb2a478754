"""Expectations of Great Expectations' core, made cheap to ask.

An expectation builds its configuration anew whenever it looks at an argument of its own, some ninety times for each
evaluation, and the configuration builds the expectation again. While a suite runs, each remembers the other instead.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from great_expectations.compatibility.pydantic import ModelMetaclass
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.result_format import ResultFormat
from great_expectations.expectations.expectation import Expectation, MetaExpectation
from great_expectations.expectations.expectation_configuration import parse_result_format

_CORE = "great_expectations.expectations.core."
_KEY = "_datassay_configuration"


def make_light(configuration: Any) -> Any:
    """Return the expectation of a configuration; one of the core remembers it until `make_heavy`."""
    expectation = configuration.to_domain_obj()
    if type(expectation).__module__.startswith(_CORE):
        own = expectation.configuration
        object.__setattr__(expectation, "__class__", _remembering(expectation.__class__))
        expectation.__dict__[_KEY] = own
        own.__dict__["to_domain_obj"] = lambda: expectation
    return expectation


def make_heavy(expectation: Any) -> None:
    """Let an expectation and its configuration forget each other."""
    own = expectation.__dict__.pop(_KEY, None)
    if own is not None:
        own.__dict__.pop("to_domain_obj", None)
        object.__setattr__(expectation, "__class__", type(expectation).__mro__[1])


@cache
def _remembering(kind: Any) -> type[Any]:
    def configuration(self: Any) -> Any:
        return self.__dict__[_KEY]

    # The metaclass of expectations would put the class into the registry, in place of the original.
    namespace = {"configuration": property(configuration), "__module__": kind.__module__}
    return ModelMetaclass.__new__(MetaExpectation, kind.__name__, (kind,), namespace)


def answer(expectation: Any, values: dict[str, Any], engine: Any, result_format: Any) -> ExpectationValidationResult:
    """Return an expectation's result from the values of its metrics, as `Expectation.metrics_validate` does."""
    raw = expectation._validate(  # noqa: SLF001 - what metrics_validate calls; it would collect all metrics again
        metrics=values, runtime_configuration={"result_format": result_format}, execution_engine=engine
    )
    if parse_result_format(result_format).get("result_format") == ResultFormat.BOOLEAN_ONLY:
        kept = {}
        if result_format.get("return_unexpected_index_query", False):
            found = (raw.result if isinstance(raw, ExpectationValidationResult) else raw.get("result")) or {}
            keys = ("unexpected_index_query", "unexpected_index_column_names")
            kept = {key: found[key] for key in keys if key in found}
        if isinstance(raw, ExpectationValidationResult):
            raw.result = kept
        else:
            raw["result"] = kept
    return expectation._build_evr(raw_response=raw)  # noqa: SLF001


def is_plain(expectation: Any) -> bool:
    """Tell whether `answer` says what the expectation's own `metrics_validate` would."""
    return type(expectation).metrics_validate is Expectation.metrics_validate
