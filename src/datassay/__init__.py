"""Audit versioned datasets, and say whether an hour of cleaning is worth more than a day of collecting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datassay.api import AuditResult, audit, gate
    from datassay.errors import (
        DataError,
        DatassayError,
        DeliveryError,
        EngineError,
        GateError,
        InconclusiveError,
        MeasureError,
        ProjectError,
        RevError,
        SpecError,
        StorageError,
        UsageError,
    )
    from datassay.swamp_finding import SwampFinding
    from datassay.swamp_search import find_swamp_columns
    from datassay.valuation import estimate_value
    from datassay.value_estimate import ValueEstimate

__all__ = [
    "AuditResult",
    "DataError",
    "DatassayError",
    "DeliveryError",
    "EngineError",
    "GateError",
    "InconclusiveError",
    "MeasureError",
    "ProjectError",
    "RevError",
    "SpecError",
    "StorageError",
    "SwampFinding",
    "UsageError",
    "ValueEstimate",
    "__version__",
    "audit",
    "estimate_value",
    "find_swamp_columns",
    "gate",
]

_HOMES = {
    "AuditResult": "api",
    "DataError": "errors",
    "DatassayError": "errors",
    "DeliveryError": "errors",
    "EngineError": "errors",
    "GateError": "errors",
    "InconclusiveError": "errors",
    "MeasureError": "errors",
    "ProjectError": "errors",
    "RevError": "errors",
    "SpecError": "errors",
    "StorageError": "errors",
    "SwampFinding": "swamp_finding",
    "UsageError": "errors",
    "ValueEstimate": "value_estimate",
    "audit": "api",
    "estimate_value": "valuation",
    "find_swamp_columns": "swamp_search",
    "gate": "api",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that importing datassay costs nothing."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"datassay.{_HOMES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("datassay")
    raise AttributeError(f"module 'datassay' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
