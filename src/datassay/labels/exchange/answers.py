"""What came back from a reviewer, whatever it came in, before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from datassay.labels.exchange.formulas import unguard
from datassay.labels.exchange.sheet import UNSURE


@dataclass(frozen=True)
class Answer:
    """One question's answer, as text; None or blank where there is none."""

    place: str
    answer: str | None
    review_id: str | None = None
    id: str | None = None
    content_hash: str | None = None
    given_label: str | None = None
    reviewer: str | None = None
    drawn: str | None = None
    band: str | None = None
    is_repeat: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any], *, answer: Any, reviewer: Any, place: str) -> Self:
        """Return the answer that stands in a row with our columns."""
        text = {name: _text(row.get(name)) for name in ("review_id", "id", "content_hash", "drawn", "band")}
        return cls(
            place=place,
            answer=_text(answer),
            reviewer=_text(reviewer),
            given_label=None if row.get("given_label") is None else str(row["given_label"]),
            is_repeat=str(row.get("is_repeat")).strip().lower() in {"true", "1"},
            **text,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self.answer is None


def find_class(text: str, classes: list[str], by_alias: Mapping[str, str]) -> str | None:
    """Return the class that an answer names; None where it names none.

    Tools and spreadsheets trim blanks, end lines in their own way, write TRUE for true and 1.0 for 1: all of that is
    forgiven where it leaves no doubt about the class.
    """
    known = set(classes)
    for word in (text, text.strip(), unguard(text), unguard(text.strip()), by_alias.get(text.strip(), "")):
        if word in known:
            return word
    near = [name for name in classes if _fold(name) == _fold(text)]
    if len(near) == 1:
        return near[0]
    try:
        number = float(text)
    except ValueError:
        return None
    same = [name for name in classes if _is_number(name, number)]
    return same[0] if len(same) == 1 else None


def is_unsure(text: str, classes: list[str]) -> bool:
    """Tell whether an answer says that the reviewer cannot tell."""
    return text.strip().casefold() in {word for word in UNSURE if word not in classes}


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_number(name: str, number: float) -> bool:
    # "01" and "1" are two classes; only what a spreadsheet writes for "1" is taken for it.
    try:
        return float(name) == number and str(int(name)) == name
    except ValueError:
        return False


def _text(value: Any) -> str | None:
    if value is None or not str(value).strip():
        return None
    return str(value)
