"""What a review is about: the definition, the snapshot and its classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.errors import SpecError, UsageError, suggest
from datassay.labels.id_types import check_id
from datassay.labels.review import read_ids
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
    """Pull a dataset at `rev` (None: the definition's own).

    Raises UsageError where the definition does not fit, or its id does not tell rows apart; MeasureError where the data
    cannot be read.
    """
    from datassay.datasets.snapshot import take_snapshot

    spec = read_definition(project, name).anchored(project.root)
    snapshot = take_snapshot(spec.dataset, name=name, root=project.root, cache_dir=project.cache, rev=rev)
    with blaming(spec):
        _check_ids(snapshot, spec)
        return Subject(project, spec, snapshot, read_target(snapshot, spec))


def _check_ids(snapshot: Snapshot, spec: AuditSpec) -> None:
    """Raise SpecError where answers could not be matched to rows; no second try would find the data otherwise."""
    if spec.id is None:
        return
    names = [column.name for column in snapshot.columns]
    if spec.id not in names:
        raise SpecError(f"The id {spec.id!r} is no column of {snapshot.path}.", hint=suggest(spec.id, names))
    check_id(snapshot, spec)
    ids = read_ids(snapshot, spec, np.arange(snapshot.n_rows, dtype=np.int64))
    if ids.null_count() or ids.n_unique() < len(ids):
        raise SpecError(
            f"The id column {spec.id!r} of {snapshot.path} has nulls or repeats, so answers could not be matched.",
            hint="Name a column that is different in every row.",
        )
