"""The reviews of one dataset, one JSON line each, in the project and under version control: appended to, never edited.

`reviews/NAME.jsonl` holds decisions, `reviews/NAME.exports.jsonl` what was given to reviewers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar
from uuid import uuid4

from pydantic import ValidationError

from datassay.datasets.reading import reading, writing
from datassay.errors import DataError, MeasureError
from datassay.results import Record

FOLDER = "reviews"
Drawn = Literal["random", "worklist"]


class Decision(Record):
    """What one reviewer said of one row.

    A line without a label that is not unsure only says that the row, reviewed before, has since been drawn at random.
    """

    #: When it was imported, UTC.
    at: str
    #: The question that was answered; None where the file that was imported had none.
    review_id: str | None = None
    #: As text: the definition's id column, or the row number from 0.
    id: str
    content_hash: str
    given_label: str | None
    true_label: str | None
    is_unsure: bool = False
    drawn: Drawn
    band: str | None = None
    reviewer: str | None = None
    is_repeat: bool = False
    #: SHA-256 of the file that it came from.
    source: str

    @property
    def key(self) -> tuple[str | None, str, str | None, str | None, bool, bool, str]:
        """What makes a decision the same one when it is imported again, from whatever file."""
        return (
            self.review_id, self.id, self.true_label, self.reviewer, self.is_unsure, self.is_repeat, self.content_hash,
        )  # fmt: skip


class Question(Record):
    """One row that was given to a reviewer, or needed not to be."""

    export: str
    at: str
    review_id: str
    id: str
    content_hash: str
    given_label: str | None
    drawn: Drawn
    band: str
    is_repeat: bool
    #: Drawn at random though it had been reviewed: counted, and not asked again.
    is_known: bool = False


R = TypeVar("R", bound=Record)


def ledger_path(root: Path, name: str) -> Path:
    """Return the place of a dataset's decisions."""
    return root / FOLDER / f"{name}.jsonl"


def exports_path(root: Path, name: str) -> Path:
    """Return the place of the list of what was exported."""
    return root / FOLDER / f"{name}.exports.jsonl"


def read_decisions(root: Path, name: str) -> list[Decision]:
    """Return all decisions, oldest first; raises DataError for a line that is none."""
    return _read(ledger_path(root, name), Decision)


def read_questions(root: Path, name: str) -> list[Question]:
    """Return all that was exported, oldest first; raises DataError for a line that is none."""
    return _read(exports_path(root, name), Question)


def append_decisions(
    root: Path, name: str, choose: Callable[[list[Decision]], Sequence[Decision]]
) -> tuple[list[Decision], int]:
    """Append what `choose` makes of the decisions so far; return what was added, and how many were there already.

    A named reviewer's answer is there already where it is the last that they gave to the question: who takes a
    correction back says something new. Any other decision is there already where it was ever made.
    Two imports at once wait for each other, and a reader sees all of an import or nothing of it. Raises DataError
    where the ledger cannot be read, MeasureError or ProjectError where it cannot be written.
    """
    path = ledger_path(root, name)
    with _locked(path):
        before = _read(path, Decision)
        offered = choose(before)
        known = {decision.key for decision in before}
        last = {who: decision for decision in before if (who := _answerer(decision)) is not None}
        fresh: list[Decision] = []
        for decision in offered:
            who = _answerer(decision)
            said = last.get(who) if who is not None else None
            if decision.key == said.key if said is not None else decision.key in known:
                continue
            known.add(decision.key)
            if who is not None:
                last[who] = decision
            fresh.append(decision)
        _append(path, fresh)
    return fresh, len(offered) - len(fresh)


def append_questions(root: Path, name: str, questions: Sequence[Question]) -> None:
    """Note what was exported; raises MeasureError or ProjectError where that cannot be written."""
    path = exports_path(root, name)
    with _locked(path):
        _append(path, questions)


def latest(decisions: Sequence[Decision]) -> list[Decision]:
    """Return decisions in their order, without those that their own reviewer has since corrected.

    Only a named reviewer corrects: of two nameless answers to one question nobody knows whether one person thought
    again or two disagree.
    """
    last = {who: decision for decision in decisions if (who := _answerer(decision)) is not None}
    return [decision for decision in decisions if (who := _answerer(decision)) is None or last[who] is decision]


def _answerer(decision: Decision) -> tuple[str, str] | None:
    """Return the question and who answered it; None where either has no name, so that nothing can be corrected."""
    if decision.review_id is None or decision.reviewer is None:
        return None
    return decision.review_id, decision.reviewer


def _read(path: Path, model: type[R]) -> list[R]:
    if path.parent.exists() and not path.parent.is_dir():
        # Reviews may lie elsewhere: to go on as if there were none would change figures in silence.
        raise DataError(
            f"{path.parent} is no folder.", hint="Reviews are kept in a folder of that name: move the file."
        )
    if not path.is_file():
        return []
    with reading(str(path)):
        lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(model.model_validate_json(line))
        except ValidationError as exc:
            # Never skipped: a review that is lost silently would change figures that people rely on.
            raise DataError(
                f"{path}: line {number:,} is no {model.__name__.lower()}.",
                hint="Get the file back from Git; it is appended to by 'datassay review', never edited.",
            ) from exc
    return found


def _append(path: Path, records: Sequence[Record]) -> None:
    if not records:
        return
    with writing(path.parent):
        before = path.read_bytes() if path.is_file() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        fresh = path.with_name(f".tmp-{uuid4().hex}")
        try:
            with fresh.open("xb") as file:
                file.write(before)
                file.writelines(record.model_dump_json().encode() + b"\n" for record in records)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from writing beside us; a lock that a dead process held is free."""
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError as exc:  # pragma: no cover - Windows
        raise MeasureError(
            "Files cannot be locked on this system.", hint="Import reviews under Linux or macOS."
        ) from exc
    with writing(path.parent):
        # The folder itself is the lock: nothing is left behind that somebody would have to ignore or delete.
        handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
