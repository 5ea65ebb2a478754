"""What a review is about: the definition, the snapshot and its classes."""

from __future__ import annotations

from dataclasses import dataclass

from datassay.errors import UsageError
from datassay.labels.target import Target, read_target
from datassay.project import Project
from datassay.results import Snapshot
from datassay.spec import AuditSpec, blaming, read_spec


@dataclass(frozen=True)
class Subject:
    """A dataset whose labels are reviewed, at one rev."""

    project: Project
    spec: AuditSpec
    snapshot: Snapshot
    target: Target


def read_definition(project: Project, name: str) -> AuditSpec:
    """Return the definition of a dataset that has a label; raises SpecError, or UsageError where it has none."""
    spec = read_spec(project.definition(name))
    if spec.label is None or spec.task == "none":
        raise UsageError(f"{name} has no label to review.", hint="Name one in its definition: 'label: COLUMN'.")
    return spec


def take_subject(project: Project, name: str, rev: str | None) -> Subject:
    """Pull a dataset at `rev` (None: the definition's own); raises UsageError and MeasureError."""
    from datassay.datasets.snapshot import take_snapshot

    spec = read_definition(project, name).anchored(project.root)
    snapshot = take_snapshot(spec.dataset, name=name, root=project.root, cache_dir=project.cache, rev=rev)
    with blaming(spec):
        return Subject(project, spec, snapshot, read_target(snapshot, spec))
