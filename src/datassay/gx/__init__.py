"""Great Expectations on Polars: an execution engine, its metrics, a data source and one call.

Importing this package imports Great Expectations and adds the engine's metrics to its registry; the rest of datassay
is not needed.
"""

from datassay.gx.engine import PolarsExecutionEngine
from datassay.gx.register import register_metrics
from datassay.gx.source import PolarsDatasource
from datassay.gx.validating import validate

__all__ = ["PolarsDatasource", "PolarsExecutionEngine", "validate"]

register_metrics()
