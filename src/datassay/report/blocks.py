"""What a section of the page is made of; plain data that a template only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from datassay.errors import as_sentence
from datassay.results import Outcome
from datassay.words import plural

CellKind = Literal["text", "name", "number", "outcome", "whisker", "more"]


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    kind: CellKind = "text"
    outcome: Outcome | None = None
    #: Lines that unfold below the text.
    more: tuple[str, ...] = ()
    #: For a whisker: estimate, low and high, from 0 at the left end of the column to 1 at the right.
    whisker: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    label: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of a row is its header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    #: Rows that are printed; all are shown on the screen.
    n_printed: int = 8

    @property
    def more_rows(self) -> str:
        """What paper lacks: "3 more rows"."""
        return plural(len(self.rows) - self.n_printed, "more row")


@dataclass(frozen=True)
class Figure:
    """A picture in two widths, and the finding that it shows in words."""

    finding: str
    #: What the two axes count.
    axes: str
    wide: str
    narrow: str


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    #: The id by which numbers elsewhere link to it.
    anchor: str = ""
    #: A few words in bold at its head.
    lead: str = ""


@dataclass(frozen=True)
class Points:
    """A list of short lines under a few words."""

    lead: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """Says why there is nothing to show."""

    text: str
    outcome: Outcome

    @classmethod
    def because(cls, what: str, reason: str, outcome: Outcome) -> Missing:
        """Return "Not measured because …" as a sentence."""
        return cls(as_sentence(f"{what} because {reason}"), outcome)


@dataclass(frozen=True)
class Fold:
    """Blocks that unfold."""

    summary: str
    blocks: tuple[Block, ...]


Block = Table | Figure | Prose | Points | Missing | Fold


@dataclass(frozen=True)
class Section:
    """One section: a heading, the finding in a sentence, then pictures and tables."""

    anchor: str
    heading: str
    finding: str
    blocks: tuple[Block, ...] = field(default=())
    #: The paragraph of "How this was computed" that explains its numbers.
    how: str = ""


def text(value: str) -> Cell:
    """Return a cell of plain text."""
    return Cell(value)


def name(value: str) -> Cell:
    """Return a cell that holds a name from the data, to be set apart from our own words."""
    return Cell(value, "name")


def num(value: str) -> Cell:
    """Return a cell with a number, already in words."""
    return Cell(value, "number")


def mark(outcome: Outcome, told: str = "") -> Cell:
    """Return a cell with an outcome and, where it has other words, those."""
    return Cell(told or outcome, "outcome", outcome)


def flag(told: str) -> Cell:
    """Return a cell with a finding that is no outcome of a check: "unused", "drifted"."""
    return Cell(told, "outcome")
