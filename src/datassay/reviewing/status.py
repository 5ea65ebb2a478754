"""How far the reviews of a dataset are, from the ledger alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from datassay.labels.ledger import Decision, Question, latest, read_decisions, read_questions
from datassay.labels.likeness import Likeness
from datassay.labels.naming import code_or_none
from datassay.labels.votes import Vote, count_votes
from datassay.project import Project
from datassay.results import Record
from datassay.reviewing.subject import read_definition


class OpenExport(Record):
    """The last export, and what is still unanswered of it."""

    export: str
    at: str
    n_asked: int
    n_answered: int
    #: Questions without an answer by how they were drawn; repeats on their own.
    open: dict[str, int]


class Status(Record):
    """The reviews of one dataset."""

    dataset: str
    #: Answers, and rows that have at least one.
    n_answers: int
    n_rows: int
    n_unsure: int
    n_undecided: int
    #: Rows whose verified label is not the one they had.
    n_wrong: int
    by_drawn: dict[str, int]
    by_reviewer: dict[str, int]
    #: Pairs of answers by two reviewers to one row, and how many agree.
    n_pairs: int
    n_agree: int
    last_export: OpenExport | None


def review_status(project: Project, name: str) -> Status:
    """Return how far the reviews of a dataset are; raises SpecError, and DataError where the ledger is damaged."""
    read_definition(project, name)
    decisions = [one for one in latest(read_decisions(project.root, name)) if one.true_label or one.is_unsure]
    rows = {row: i for i, row in enumerate(dict.fromkeys(one.id for one in decisions))}
    sure = [one for one in decisions if not one.is_unsure]
    asked = read_questions(project.root, name)
    said, given, alike = _read(sure, asked)
    tally = count_votes(
        (
            Vote(rows[one.id], label, is_random=False, reviewer=one.reviewer, given=was)
            for one, label, was in zip(sure, said, given, strict=True)
        ),
        alike,
    )
    return Status(
        dataset=name,
        n_answers=len(decisions),
        n_rows=len(rows),
        n_unsure=len(decisions) - len(sure),
        n_undecided=tally.n_undecided,
        n_wrong=sum(
            1 for one in tally.settled.values() if one.given is not None and not alike.is_same(one.label, one.given)
        ),
        by_drawn=dict(sorted(Counter(one.drawn for one in decisions).items())),
        by_reviewer=dict(sorted(Counter(one.reviewer or "" for one in decisions).items())),
        n_pairs=tally.n_pairs,
        n_agree=tally.n_agree,
        last_export=_last_export(asked, decisions),
    )


def _read(decisions: list[Decision], asked: list[Question]) -> tuple[list[Any], list[Any], Likeness]:
    """Return verified labels and given ones, numbers where the ledger is of numbers, and which of them are the same.

    The ledger writes a number with its point, 7.0, and a class that is a whole number without. The given labels of all
    questions stand for the table, which is not read here.
    """
    said: list[Any] = [one.true_label for one in decisions]
    given: list[Any] = [one.given_label for one in decisions]
    if not all(_is_number(label) for label in said):
        return said, given, Likeness()
    numbers = [code_or_none(label, []) for label in given]
    of_table = [*numbers, *(code_or_none(one.given_label, []) for one in asked)]
    known = np.array([number for number in of_table if number is not None], dtype=np.float64)
    return [float(label) for label in said], numbers, Likeness.of(known[np.isfinite(known)])


def _is_number(label: str) -> bool:
    number = code_or_none(label, [])
    return number is not None and repr(number) == label


def _last_export(questions: list[Question], decisions: list[Decision]) -> OpenExport | None:
    if not questions:
        return None
    last = questions[-1].export
    asked = [one for one in questions if one.export == last and not one.is_known]
    answered = {one.review_id for one in decisions}
    still = [one for one in asked if one.review_id not in answered]
    return OpenExport(
        export=last,
        at=asked[0].at if asked else questions[-1].at,
        n_asked=len(asked),
        n_answered=len(asked) - len(still),
        open=dict(sorted(Counter("repeat" if one.is_repeat else one.drawn for one in still).items())),
    )
