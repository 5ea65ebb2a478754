"""Read reviewers' answers, check every one of them, and append them to the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datassay.datasets.reading import reading
from datassay.errors import DataError, InconclusiveError, UsageError, suggest
from datassay.labels.content_hash import hash_rows
from datassay.labels.exchange.answers import Answer, find_class, is_unsure
from datassay.labels.exchange.files import class_aliases, read_answers
from datassay.labels.ledger import Decision, append_decisions, read_questions
from datassay.labels.likeness import Likeness
from datassay.labels.review import match_ids
from datassay.project import Project
from datassay.report.files import delivering
from datassay.reviewing.questions import complete, mark_known
from datassay.reviewing.subject import Subject, take_subject
from datassay.words import plural


@dataclass(frozen=True)
class Imported:
    """What came of a file."""

    n_added: int
    n_already_there: int
    n_empty: int
    n_unsure: int
    n_changed: int
    #: Rows drawn at random that had been reviewed before, and now count as such.
    n_marked: int
    #: Answers that say another label than the same reviewer said before, and take its place.
    n_replaced: int


def import_review(
    project: Project,
    name: str,
    path: Path,
    *,
    reviewer: str | None = None,
    rev: str | None = None,
    skip_changed: bool = False,
) -> Imported:
    """Import the answers in `path` as a whole or not at all; the same answers again add nothing.

    `reviewer` is whoever answered where the file does not say it; `rev` is the rev whose content must be the one that
    was reviewed (None: the definition's). Raises UsageError, counting them and naming the first, for rows that are not
    in the data, that have changed since (unless `skip_changed`), that were never exported, or whose answer is no
    class, and for two answers of one reviewer to one question; InconclusiveError for a file without any answer;
    DeliveryError where the ledger cannot be written.
    """
    subject = take_subject(project, name, rev)
    asked = read_questions(project.root, name)
    with _blame_the_file():
        all_answers = read_answers(path)
        known = {one.review_id: one for one in asked if not one.is_known}
        # A file without review_ids can only be the last export; its repeats cannot be told from their rows.
        last = {one.id: one for one in known.values() if one.export == asked[-1].export and not one.is_repeat}
        answers = [complete(one, known, last, path) for one in all_answers if not one.is_empty]
        if not answers:
            blank = plural(len(all_answers), "row is blank", "rows are blank")
            raise InconclusiveError(
                f"{path} holds no answers yet: {blank}; nothing was imported.",
                hint="Import it when the reviewers have filled in true_label.",
            )
        positions = match_ids([str(one.id) for one in answers], "reviews", subject.snapshot, subject.spec)
        is_here = [position >= 0 for position in positions]
        # A row that was asked about here and is gone has changed; one that nobody knows of belongs to other data.
        _refuse(
            [
                one
                for one, here in zip(answers, is_here, strict=True)
                if not here and not (skip_changed and one.review_id in known)
            ],
            path,
            lambda one: f"the id {one.id!r}",
            f"not in {subject.snapshot.path} at {subject.snapshot.rev}",
            "Name the rev that was reviewed with --rev, or leave out rows that are gone since with --skip-changed.",
        )
        # Before the answers: another rev may have other classes, and is what has to be told of then.
        distinct = sorted({position for position in positions if position >= 0})
        content = dict(zip(distinct, hash_rows(subject.snapshot, subject.spec, distinct), strict=True))
        is_same = [content.get(position) == one.content_hash for one, position in zip(answers, positions, strict=True)]
        n_changed = len(is_same) - sum(is_same)
        if not skip_changed:
            _refuse(
                [one for one, same in zip(answers, is_same, strict=True) if not same],
                path,
                lambda one: f"the row {one.id!r}",
                f"other content in {subject.snapshot.path} at {subject.snapshot.rev} than when it was exported",
                "Name the rev that was reviewed with --rev, or leave these rows out with --skip-changed.",
                verb="has",
            )
        answers = [one for one, same in zip(answers, is_same, strict=True) if same]
        labels = _labels(answers, subject, path, before={one.given_label for one in known.values()})
        alike = Likeness.of(subject.target.y)
        _refuse_contradictions(answers, labels, reviewer, path, alike)
    with reading(str(path)):
        source = hashlib.sha256(path.read_bytes()).hexdigest()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    decisions = [
        _decide(one, label, at=at, source=source, reviewer=reviewer) for one, label in zip(answers, labels, strict=True)
    ]

    earlier: list[Decision] = []

    def choose(before: list[Decision]) -> list[Decision]:
        earlier.extend(before)
        return [*decisions, *mark_known([*before, *decisions], asked, at, source)]

    with delivering():
        added, _ = append_decisions(project.root, name, choose)
    n_marked = sum(1 for one in added if one.true_label is None and not one.is_unsure)
    n_added = len(added) - n_marked
    return Imported(
        n_added=n_added,
        n_already_there=len(decisions) - n_added,
        n_empty=sum(one.is_empty for one in all_answers),
        n_unsure=sum(1 for one in added if one.is_unsure),
        n_changed=n_changed,
        n_marked=n_marked,
        n_replaced=_count_replaced(earlier, added, alike),
    )


@contextmanager
def _blame_the_file() -> Iterator[None]:
    """Turn what is wrong with the file into wrong usage: trying again would find it as wrong as it is."""
    try:
        yield
    except DataError as exc:
        raise UsageError(exc.what, hint=exc.hint) from exc


def _labels(answers: list[Answer], subject: Subject, path: Path, *, before: set[str | None]) -> list[str | None]:
    """Return the answers as labels, None for unsure; `before` are the labels that rows had when they were given out."""
    classes = subject.target.classes
    by_alias = class_aliases(classes)
    found: list[str | None] = []
    strange: list[Answer] = []
    for one in answers:
        text = str(one.answer)
        label = find_class(text, classes, by_alias) if classes else _number(text)
        if label is None and not is_unsure(text, classes):
            strange.append(one)
        found.append(label)
    if strange:
        nearest = suggest(str(strange[0].answer), classes) if classes else "Write a number, or 'unsure'."
        what = f"no class of {subject.spec.label}" if classes else "no finite number"
        if classes and str(strange[0].answer).strip() in before:
            what += f" in {subject.snapshot.path} at {subject.snapshot.rev}"
            nearest = "It was one when the review was exported: name the rev that was reviewed with --rev."
        _refuse(strange, path, lambda one: f"{one.place}'s answer {one.answer!r:.80}", what, nearest)
    return found


def _refuse_contradictions(
    answers: list[Answer], labels: list[str | None], reviewer: str | None, path: Path, alike: Likeness
) -> None:
    """Raise DataError where a named reviewer answers one question twice, and differently, in the same file."""
    said: dict[tuple[str, str], tuple[str | None, str]] = {}
    for one, label in zip(answers, labels, strict=True):
        who = one.reviewer or reviewer
        if one.review_id is None or who is None:
            continue
        first, place = said.setdefault((one.review_id, who), (label, one.place))
        if _differ(first, label, alike):
            raise DataError(
                f"{path}: {place} and {one.place} are answers of {who} to the same question, and differ; nothing was "
                "imported.",
                hint="Keep one of them, or name who gave the other.",
            )


def _count_replaced(before: list[Decision], decisions: list[Decision], alike: Likeness) -> int:
    """Return how many answers contradict what the same reviewer said of the same question before."""
    last = {(one.review_id, one.reviewer): one.true_label for one in before if one.true_label is not None}
    return sum(
        one.reviewer is not None
        and one.true_label is not None
        and _differ(last.get((one.review_id, one.reviewer), one.true_label), one.true_label, alike)
        for one in decisions
    )


def _differ(one: str | None, other: str | None, alike: Likeness) -> bool:
    """Tell whether two answers differ; None is unsure."""
    if one is None or other is None or not alike.units:
        return one != other
    return not alike.is_same(float(one), float(other))


def _number(text: str) -> str | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return repr(value) if abs(value) < float("inf") else None


def _decide(answer: Answer, label: str | None, *, at: str, source: str, reviewer: str | None) -> Decision:
    return Decision(
        at=at,
        review_id=answer.review_id,
        id=str(answer.id),
        content_hash=str(answer.content_hash),
        given_label=answer.given_label,
        true_label=label,
        is_unsure=label is None,
        drawn="random" if answer.drawn == "random" else "worklist",
        band=answer.band,
        reviewer=answer.reviewer or reviewer,
        is_repeat=answer.is_repeat,
        source=source,
    )


def _refuse(
    bad: list[Answer], path: Path, name: Callable[[Answer], str], what: str, hint: str, *, verb: str = "is"
) -> None:
    if not bad:
        return
    others = f" and {len(bad) - 1:,} more" if len(bad) > 1 else ""
    plural = {"is": "are", "has": "have"}[verb] if others else verb
    raise DataError(f"{path}: {name(bad[0])}{others} {plural} {what}; nothing was imported.", hint=hint)
