"""`run_audit`: the only composition of the stages.

Whoever runs it hands in `call`: inline for notebooks and tests, a Prefect task for the flows in pipelines/.
Stages hand on small frozen records and paths of files in the run's cache, never frames.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datassay.errors import InconclusiveError, SpecError, suggest
from datassay.keys import Keys, engine_versions
from datassay.results import (
    Context,
    DatasetInfo,
    Predictions,
    Report,
    RunInfo,
    Snapshot,
    StageRecord,
)
from datassay.rules import evaluate_gate
from datassay.spec import AuditSpec, blaming
from datassay.staging import Call, Stages, call_inline
from datassay.steps import Steps


@dataclass(frozen=True)
class AuditRun:
    """A report, and what its files are written from."""

    report: Report
    #: The full worklist in the run's cache; None where labels were not estimated.
    worklist: Path | None


def run_audit(
    spec: AuditSpec,
    *,
    root: Path | None,
    cache_dir: Path,
    rev: str | None = None,
    against: str | None = None,
    suite: Path | None = None,
    snapshot: Snapshot | None = None,
    call: Call = call_inline,
) -> AuditRun:
    """Audit one dataset at one rev.

    `rev` overrides the definition's ("workspace" reads the files as they lie); `against` names the rev to
    compare with, by default the rev audited before this one; `snapshot` replaces the pull where the data is
    already here. Raises UsageError for a definition that does not fit the data, MeasureError where the data
    cannot be read, and InconclusiveError where it has no rows.
    """
    started_at, started = datetime.now(UTC), time.perf_counter()
    spec = spec.anchored(root)
    cache_dir.mkdir(parents=True, exist_ok=True)
    stages = Stages(call, log_dir=cache_dir / "logs")
    audit = Steps(spec, root, cache_dir, suite, stages)
    with importable(root if spec.estimator else None):
        if snapshot is None:
            snapshot = audit.pull(rev)
        else:
            stages.records["pull"] = StageRecord(outcome="passed")
        if snapshot.n_rows == 0:
            raise InconclusiveError(
                f"{snapshot.path} at {snapshot.rev} has no rows: nothing to audit.",
                hint="Check what wrote the file; the last report, if any, is left as it was.",
            )
        check_columns(spec, snapshot)
        keys = Keys(spec, snapshot, root=root, suite=suite)
        expectations = audit.check(snapshot, keys)
        with blaming(spec):
            predictions, labels, value = audit.learn(snapshot, keys)
            swamp = audit.find_swamp(snapshot, predictions)
            profile = audit.profile(snapshot, keys)
            actions = audit.act(snapshot, keys, predictions, labels, profile=profile, expectations=expectations)
        drift = audit.compare(snapshot, against, expectations)
        verdict = audit.decide(value, labels)
    gate = evaluate_gate(
        spec.gate,
        stages=stages.records,
        expectations=expectations,
        labels=labels,
        verdict=verdict,
        swamp=swamp,
        drift=drift,
    )
    stages.records["gate"] = StageRecord(outcome=gate.outcome)
    report = Report(
        run=RunInfo(
            id=uuid.uuid4().hex[:12],
            started_at=started_at.isoformat(timespec="seconds"),
            duration_s=round(time.perf_counter() - started, 3),
            seed=spec.seed,
            stage_seconds=stages.seconds,
            cached_stages=stages.cached,
            versions=engine_versions(),
        ),
        dataset=_describe(snapshot),
        context=_context(spec, predictions),
        stages=stages.records,
        expectations=expectations,
        labels=labels.model_copy(update={"worklist_path": None}) if labels else None,
        value=value,
        actions=actions,
        verdict=verdict,
        swamp=swamp,
        profile=profile,
        drift=drift,
        gate=gate,
    )
    return AuditRun(report, Path(labels.worklist_path) if labels and labels.worklist_path else None)


def check_columns(spec: AuditSpec, snapshot: Snapshot) -> None:
    """Raise SpecError where the definition names a column that the table has not, before anything is computed.

    Embeddings that are none, and ids that cannot be written down, are told as well.
    """
    from datassay.labels.features import check_embeddings
    from datassay.labels.id_types import check_id

    known = [column.name for column in snapshot.columns]
    named: dict[str, list[str | None]] = {
        "label": [spec.label],
        "id": [spec.id],
        "features.time": [spec.features.time],
        "features.groups": [spec.features.groups],
        "features.exclude": [*spec.features.exclude],
        "features.embeddings": [*spec.features.embeddings],
        "trusted.column": [spec.trusted.column],
        "annotators.columns": [*spec.annotator_columns],
        "show_values": [*spec.show_values],
    }
    if spec.annotators is not None:
        # The label may be made of the votes; reading it tells a slip from that.
        named["label"] = []
        # Who voted may be a column of the table of votes.
        named["show_values"] = [name for name in spec.show_values if name != spec.annotators.annotator]
    for key, names in named.items():
        for name in names:
            if name is not None and name not in known:
                told = f"{spec.where}: {key} names the column {name!r}, which {snapshot.path} has not."
                raise SpecError(told, hint=suggest(name, known))
    check_embeddings(snapshot, spec)
    with blaming(spec):
        check_id(snapshot, spec)


def _describe(snapshot: Snapshot) -> DatasetInfo:
    shared = snapshot.model_dump(include=set(DatasetInfo.model_fields))
    return DatasetInfo(**shared, n_columns=len(snapshot.columns))


def _context(spec: AuditSpec, predictions: Predictions | None) -> Context:
    return Context(
        label=spec.label,
        id=spec.id,
        task=predictions.task if predictions else spec.task or "none",
        metric=predictions.metric if predictions else spec.metric or "",
        currency=spec.currency,
        estimator=predictions.estimator if predictions else spec.estimator,
        show_values=spec.show_values,
        assumed=spec.assumed,
    )


@contextmanager
def importable(root: Path | None) -> Iterator[None]:
    """Let an estimator's import path start at the project's root while the block runs."""
    if root is None or str(root) in sys.path:
        yield
        return
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
