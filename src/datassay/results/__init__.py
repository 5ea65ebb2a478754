"""Result records: what every stage returns and `report.json` holds.

Frozen, small, with the unit in the name. Shares are fractions in [0, 1], ending in `_rate` or `_fraction`;
money ends in `_cost`; durations in `_s`; times in `_at` (UTC). Intervals hold 80 % unless told otherwise.
"""

from datassay.results.core import (
    SCHEMA_VERSION,
    DatasetInfo,
    Interval,
    Outcome,
    Record,
    RunInfo,
    Snapshot,
    StageRecord,
    StoredColumn,
)
from datassay.results.report import Context, Gate, GateRule, Report
from datassay.results.stages import (
    ExpectationResult,
    Expectations,
    Labels,
    PerClass,
    PrecisionPoint,
    Predictions,
    Severity,
)
from datassay.results.table import (
    ColumnDrift,
    ColumnProfile,
    ColumnStatus,
    Drift,
    Evidence,
    Profile,
    SourceCoverage,
    Swamp,
    SwampColumn,
    TopValue,
    UsageKind,
)
from datassay.results.value import (
    Action,
    Anchor,
    Cleaning,
    CleaningPoint,
    Collecting,
    CollectingPoint,
    Split,
    Value,
    Verdict,
)

__all__ = [
    "SCHEMA_VERSION",
    "Action",
    "Anchor",
    "Cleaning",
    "CleaningPoint",
    "Collecting",
    "CollectingPoint",
    "ColumnDrift",
    "ColumnProfile",
    "ColumnStatus",
    "Context",
    "DatasetInfo",
    "Drift",
    "Evidence",
    "ExpectationResult",
    "Expectations",
    "Gate",
    "GateRule",
    "Interval",
    "Labels",
    "Outcome",
    "PerClass",
    "PrecisionPoint",
    "Predictions",
    "Profile",
    "Record",
    "Report",
    "RunInfo",
    "Severity",
    "Snapshot",
    "SourceCoverage",
    "Split",
    "StageRecord",
    "StoredColumn",
    "Swamp",
    "SwampColumn",
    "TopValue",
    "UsageKind",
    "Value",
    "Verdict",
]
