"""Questions that were asked, put to the answers that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from datassay.errors import DataError
from datassay.labels.exchange.answers import Answer
from datassay.labels.ledger import Decision, Question


def complete(answer: Answer, known: Mapping[str, Question], last: Mapping[str, Question], path: Path) -> Answer:
    """Return an answer with all that was noted of its question when it was asked; the note counts, not the file.

    `known` are the questions by review_id, `last` those of the last export by the row's id, for files without
    review_ids. Raises DataError where the answer is to no question of ours, or its row is another one.
    """
    found = last.get(answer.id or "") if answer.review_id is None else known.get(answer.review_id.strip())
    if found is not None:
        _check_id(answer, found, path)
        return replace(
            answer,
            review_id=found.review_id,
            id=found.id,
            content_hash=found.content_hash,
            given_label=found.given_label,
            drawn=found.drawn,
            band=found.band,
            is_repeat=found.is_repeat,
        )
    # Exported elsewhere: then the file itself has to say all of it.
    if answer.id is None or answer.content_hash is None or answer.drawn not in {"random", "worklist"}:
        raise DataError(
            f"{path}: {answer.place} was not exported from this project, and does not say of what row it speaks.",
            hint="Keep the columns review_id, id, drawn and content_hash of the export.",
        )
    return answer


def _check_id(answer: Answer, asked: Question, path: Path) -> None:
    """Raise DataError where the row that the file names is not the one that the question was about.

    Spreadsheets take 00014 for 14. Such an id is forgiven where the content hash, which they leave alone, is that of
    the question: the hash tells 00014 from a row that is really called 14.
    """
    if answer.id is None or answer.id.strip() == asked.id.strip():
        return
    has_hash = answer.content_hash is not None and answer.content_hash.strip() == asked.content_hash
    if has_hash and (number := _number(answer.id)) is not None and number == _number(asked.id):
        return
    raise DataError(
        f"{path}: {answer.place} says {answer.id!r}, but its review_id was given to the row {asked.id!r}.",
        hint=(
            "A spreadsheet has changed the ids, or their column was sorted by itself: put it back as it was exported."
            if has_hash
            else "Rows of the file were mixed up: export again, and sort whole rows only."
        ),
    )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def mark_known(decisions: list[Decision], asked: list[Question], at: str, source: str) -> list[Decision]:
    """Return a mark for rows that were drawn at random but not asked again, in step with the answers to the others.

    Otherwise the rows of the worklist, reviewed long ago, would be missing in the random sample; and all of them at
    once would weigh too much in it while most of an export is still open.
    """
    answered = {one.review_id for one in decisions}
    n_random: Counter[str] = Counter()
    n_answered: Counter[str] = Counter()
    for one in asked:
        if one.drawn == "random" and not one.is_repeat and not one.is_known:
            n_random[one.export] += 1
            n_answered[one.export] += one.review_id in answered
    marks = []
    for export, total in n_random.items():
        known = [one for one in asked if one.export == export and one.is_known]
        # Sorted by id, and so by nothing that has to do with the label.
        for one in sorted(known, key=lambda question: question.id)[: len(known) * n_answered[export] // total]:
            fields = one.model_dump(include={"review_id", "id", "content_hash", "given_label", "drawn", "band"})
            marks.append(Decision(at=at, true_label=None, source=source, **fields))
    return marks
