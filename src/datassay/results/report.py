"""The report: all stages of one audit, as `report.json` holds it."""

from __future__ import annotations

from pydantic import Field

from datassay.results.core import SCHEMA_VERSION, DatasetInfo, Outcome, Record, RunInfo, StageRecord
from datassay.results.stages import Expectations, Labels
from datassay.results.table import Drift, Profile, Swamp
from datassay.results.value import OtherAction, Value, Verdict


class GateRule(Record):
    """One rule of the gate."""

    name: str
    outcome: Outcome
    #: What was measured, as a number or text; None where unknown.
    value: float | str | None
    threshold: float | str | None
    reason: str = ""


class Gate(Record):
    """Thresholds of the definition turned into an outcome."""

    outcome: Outcome
    rules: list[GateRule]


class Context(Record):
    """What the definition says that a reader of the report needs: labels, money, names."""

    label: str | None
    id: str | None
    task: str
    metric: str
    currency: str
    estimator: str | None
    #: Columns whose values may be shown.
    show_values: list[str] = Field(default_factory=list)
    #: Things given by nobody and assumed by us: "cleaning.labels_per_hour = 60".
    assumed: list[str] = Field(default_factory=list)


class Report(Record):
    """One audit; the source of truth for every other output."""

    schema_version: str = SCHEMA_VERSION
    run: RunInfo
    dataset: DatasetInfo
    context: Context
    #: pull, check, predict, labels, value, swamp, profile, actions, drift, verdict, gate.
    stages: dict[str, StageRecord]
    expectations: Expectations | None = None
    labels: Labels | None = None
    value: Value | None = None
    #: Other ways to spend time than labels and rows.
    actions: list[OtherAction] = Field(default_factory=list)
    verdict: Verdict
    swamp: Swamp | None = None
    profile: Profile | None = None
    drift: Drift | None = None
    gate: Gate
