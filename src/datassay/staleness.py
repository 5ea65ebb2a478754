"""Whether a report is still one of what the definition names: the same data, label, id and task."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from datassay.datasets import git
from datassay.results import Report
from datassay.spec import AuditSpec

#: Revs that name no fixed content: what they were when the audit ran is asked for with `gate --rev`.
_MOVING = {None, "HEAD", "workspace"}


def find_difference(spec: AuditSpec, report: Report, root: Path, *, is_rev_asked: bool = False) -> str | None:
    """Return how a report differs from its definition, as the end of "the report is of"; None where it does not.

    A rev that the definition names, other than HEAD, counts unless `is_rev_asked`, for then the caller looks after it:
    another commit of the repository at `root` is no difference where the data is the same.
    """
    dataset, context = report.dataset, report.context
    repo = None if spec.dataset.repo is None else git.redact(spec.dataset.repo)
    # Without a task in the definition it is inferred from the label, and may have been from other content.
    task = spec.task or context.task
    for what, has, wanted in (
        ("", dataset.path, Path(spec.dataset.path).as_posix()),
        ("the repository ", dataset.repo, repo),
        ("the label ", context.label, spec.label),
        ("the id ", context.id, spec.id),
        ("the task ", context.task, task),
    ):
        if has != wanted:
            return f"{what}{_name(has)}, and the definition names {_name(wanted)}"
    if is_rev_asked or spec.dataset.rev in _MOVING or _is_at(report, str(spec.dataset.rev), root):
        return None
    return f"rev {dataset.rev}, and the definition names {spec.dataset.rev}"


def _name(value: str | None) -> str:
    return "none" if value is None else repr(value)


def _is_at(report: Report, rev: str, root: Path) -> bool:
    """Tell whether a report is of the content that `rev` names; where Git does not know, of the same name."""
    dataset = report.dataset
    commit = git.resolve_commit(root, rev) if dataset.repo is None else None
    if commit is None or dataset.commit is None:
        # A rev of another repository, or of a shallow clone; or a report of the workspace.
        is_short = dataset.commit is not None and git.is_short_sha(rev) and dataset.commit.startswith(rev)
        return rev in {dataset.rev, dataset.commit} or is_short
    return commit == dataset.commit or _is_same_data(root, dataset.path, commit, dataset.commit)


def _is_same_data(root: Path, path: str, commit: str, other: str) -> bool:
    """Tell whether two commits hold the same file, or the same pointers to it, without asking DVC for the content."""
    places = [PurePosixPath(path), *PurePosixPath(path).parents]
    names = [str(place) for place in places[:-1]]
    # Who tracks the file, or a folder that it lies in: Git, a .dvc file, or a pipeline's lock.
    pointers = [path, *(f"{name}.dvc" for name in names), *(str(place / "dvc.lock") for place in places[1:])]
    found = [[git.resolve_object(root, each, pointer) for pointer in pointers] for each in (commit, other)]
    return found[0] == found[1] and any(found[0])
