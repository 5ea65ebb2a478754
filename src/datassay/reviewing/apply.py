"""Write the corrections of a ledger into a new dataset file; what is there is never changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from datassay.datasets import csv_table, dvc, parquet
from datassay.datasets.relabel import relabel
from datassay.datasets.versioning import check_tag, commit, is_dvc_repo, track
from datassay.errors import DataError, DeliveryError, InconclusiveError, UsageError
from datassay.labels.ledger import ledger_path
from datassay.labels.likeness import Likeness
from datassay.labels.review import read_ledger
from datassay.labels.votes import count_votes
from datassay.project import Project
from datassay.reviewing.subject import Subject, take_subject
from datassay.words import as_argument, plural


@dataclass(frozen=True)
class Applied:
    """What became of the reviewed rows, and where the new file lies."""

    n_changed: int
    #: Rows whose label was found right, and those that hold the verified label already.
    n_right: int
    #: Rows whose given label is another one than was reviewed, and not the verified one.
    n_moved: int
    #: Contradicting answers, unsure ones, changed rows, rows that are not there: told by what each is.
    left_out: list[str]
    #: None where nothing was written.
    path: Path | None
    #: Files for Git, where DVC tracks the new file.
    pointers: list[Path]
    tag: str | None


def apply_review(
    project: Project,
    name: str,
    *,
    out: Path | None = None,
    rev: str | None = None,
    tag: str | None = None,
    dry_run: bool = False,
) -> Applied:
    """Write the dataset at `rev` (None: the definition's) with its verified labels to a new file, tracked by DVC.

    Only labels that are still the ones that were reviewed are changed. `out` is the new file or folder (None:
    `.reviewed` before the suffix of the old one, or after a folder's name); with `tag` its pointer is committed and
    tagged. Raises InconclusiveError where there is nothing to correct, UsageError for a path that exists, is the
    dataset's own or says another format, DeliveryError where its folder cannot be made, and whatever reading, writing
    and DVC raise; after an error no new file is left.
    """
    if not ledger_path(project.root, name).is_file():
        raise InconclusiveError(
            f"{name} has no reviews yet.", hint=f"Start with 'datassay review export {as_argument(name)}'."
        )
    subject = take_subject(project, name, rev)
    if subject.spec.label not in {column.name for column in subject.snapshot.columns}:
        raise UsageError(
            f"{name} has no column {subject.spec.label!r}: its labels are made of the annotators' votes.",
            hint="Store the label as a column first, or correct the votes.",
        )
    found = _corrections(subject)
    done = Applied(found.n_changed, found.n_right, found.n_moved, found.left_out, None, [], None)
    if dry_run:
        return done
    if not found.n_changed:
        raise _nothing_to_correct(name, found)
    target = _target(subject, out)
    if tag is not None:
        check_tag(project.root, tag)
    with _removed_on_failure(target) as fresh:
        relabel(_source(subject, rev), fresh, str(subject.spec.label), found.donors, found.numbers)
        fresh.replace(target)
        pointers = track(target) if is_dvc_repo(target.parent) else []
    if tag is not None:
        told = f"{name}: {plural(found.n_changed, 'label')} corrected after review"
        commit(target.parent, pointers or [target], message=told, tag=tag)
    return replace(done, path=target, pointers=pointers, tag=tag)


@dataclass(frozen=True)
class _Corrections:
    #: By position: the row that has the wanted class, or the wanted number.
    donors: dict[int, int]
    numbers: dict[int, float]
    n_right: int
    n_moved: int
    left_out: list[str]

    @property
    def n_changed(self) -> int:
        return len(self.donors) + len(self.numbers)


def _corrections(subject: Subject) -> _Corrections:
    target, notes = subject.target, list[str]()
    votes = read_ledger(
        subject.project.root,
        snapshot=subject.snapshot,
        spec=subject.spec,
        rows=target.rows,
        classes=target.classes,
        notes=notes,
    )
    alike = Likeness.of(target.y)
    tally = count_votes(votes, alike)
    if tally.n_undecided:
        notes.append(f"Rows whose answers contradict each other, without a majority: {tally.n_undecided:,}.")
    donors: dict[int, int] = {}
    numbers: dict[int, float] = {}
    n_right = n_moved = 0
    for row, settled in tally.settled.items():
        now, position = target.y[row], int(target.rows[row])
        if alike.is_same(settled.label, now):
            n_right += 1
        elif settled.given is not None and not alike.is_same(settled.given, now):
            n_moved += 1
        elif target.classes:
            donors[position] = int(target.rows[np.flatnonzero(target.y == settled.label)[0]])
        else:
            numbers[position] = float(settled.label)
    return _Corrections(donors, numbers, n_right, n_moved, notes)


def _nothing_to_correct(name: str, found: _Corrections) -> InconclusiveError:
    """Return the error that says what became of all reviews, and what to do for those that no longer fit."""
    counts = [
        (found.n_right, "reviewed label is right as it is", "reviewed labels are right as they are"),
        (found.n_moved, "label is not the one that was reviewed", "labels are not those that were reviewed"),
    ]
    told = " and ".join(plural(n, one, many) for n, one, many in counts if n) or "no review speaks of a row as it is"
    hint = None
    if found.n_moved or found.left_out:
        anew = f"'datassay review export {as_argument(name)}'"
        hint = f"Name the rev that was reviewed with --rev, or have its rows reviewed anew: {anew}."
    told = f"No label of {name} is to be corrected: {told}."
    return InconclusiveError(" ".join([told, *found.left_out]), hint=hint)


def _source(subject: Subject, rev: str | None) -> Path:
    """Return the file as it is stored: the snapshot of a csv file is a typed copy."""
    dataset, project = subject.spec.dataset, subject.project
    asked = rev if rev is not None else dataset.rev
    fetched = dvc.fetch(dataset.path, asked, dataset.repo, project.root, project.cache)
    if fetched.md5 != subject.snapshot.md5:
        raise DataError(f"{dataset.path} has changed while it was read.", hint="Run it again.")
    return fetched.local_path


def _target(subject: Subject, out: Path | None) -> Path:
    dataset = subject.spec.dataset
    own = Path(os.path.normpath(subject.project.root / dataset.path))
    if out is None and dataset.repo is not None:
        raise UsageError("The dataset lies in another repository.", hint="Name a file in this one with --out.")
    is_folder = subject.snapshot.format == "parquet_folder"
    # Whatever follows the last point of a folder's name is no format, unless tools call folders so: "x.parquet".
    suffix = own.suffix if not is_folder or own.suffix.lower() in parquet.SUFFIXES else ""
    default = own.with_name(f"{own.name.removesuffix(suffix)}.reviewed{suffix}")
    target = Path(os.path.normpath((out or default).absolute()))
    if dataset.repo is None and (target == own or (is_folder and own in target.parents)):
        is_it = "the dataset itself" if target == own else f"inside the dataset {dataset.path}"
        raise UsageError(f"{target} is {is_it}, which is never changed in place.", hint="Name a new --out.")
    _check_form(target, suffix, default.name, is_folder=is_folder)
    for path in (target, target.with_name(f"{target.name}.dvc")):
        if path.exists():
            raise UsageError(f"{path} is there already.", hint="Name a new file with --out.")
    return target


def _check_form(target: Path, suffix: str, example: str, *, is_folder: bool) -> None:
    """Raise UsageError for a name that says another format than the dataset's, which the copy has."""
    asked = target.suffix.lower()
    if asked == suffix.lower():
        return
    if not is_folder:
        told, hint = f"a {suffix} file", f"Name one that ends in {suffix} with --out, such as {example}."
    elif asked in {*parquet.SUFFIXES, *csv_table.SUFFIXES}:
        told, hint = "a folder of Parquet files", f"Name a folder with --out, such as {example}."
    else:
        return
    raise UsageError(f"{target} does not fit: the dataset is {told}, and so is its corrected copy.", hint=hint)


@contextmanager
def _removed_on_failure(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to be moved there; on any failure remove both."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise DeliveryError(f"Cannot write {target}: {exc.strerror}.", hint="Name another file with --out.") from exc
    # The suffix stays at the end: it says what the format is.
    fresh = target.with_name(f".tmp-{uuid4().hex}{target.suffix}")
    try:
        yield fresh
    except BaseException:
        for path in (fresh, target, target.with_name(f"{target.name}.dvc")):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        raise
