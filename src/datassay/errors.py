"""Everything that datassay raises, one tree.

DatassayError                  catch all of ours; `exit_code` is the command line's answer
├── UsageError             2   wrong call, project or definition
│   ├── ProjectError           no project here, or a folder that cannot be used
│   └── SpecError              an audit definition that cannot be read
├── MeasureError           3   the data, the remote or an engine could not be reached or read
│   ├── DataError              a table that cannot be read, or holds nothing to measure
│   ├── RevError               a rev, path or remote that does not hold the data
│   ├── StorageError           the cache cannot be written, or the disk is full
│   └── EngineError            an engine failed where it should not
├── InconclusiveError      4   nothing, or too little, was checked
├── DeliveryError          5   the work is done, its files could not be written
└── GateError              1   `assert_passing` on a report whose gate failed
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class DatassayError(Exception):
    """Any failure that datassay explains: one line that says what, where and what to do."""

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        """Keep the sentence and, apart from it, what the reader can do about it."""
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        """Return the one line that the command line prints."""
        line = f"{self.what} {self.hint}" if self.hint else self.what
        return " ".join(line.split())


class UsageError(DatassayError):
    """The call, the project or the definition is wrong; running again will not help."""

    exit_code = 2


class ProjectError(UsageError):
    """There is no project here, or one of its folders cannot be used."""


class SpecError(UsageError):
    """An audit definition cannot be read as one."""


class MeasureError(DatassayError):
    """Something could not be measured; trying again may help."""

    exit_code = 3


class DataError(MeasureError):
    """A table cannot be read, or holds nothing to measure."""


class RevError(MeasureError):
    """A rev, a path at a rev, or a remote does not hold the data."""


class StorageError(MeasureError):
    """What a stage finds cannot be kept: the disk is full, or the cache no folder to write in."""


class EngineError(MeasureError):
    """DVC, Great Expectations, cleanlab or an estimator failed."""


class InconclusiveError(DatassayError):
    """Nothing, or too little, was checked."""

    exit_code = 4


class DeliveryError(DatassayError):
    """The work is done, but its files could not be written where they belong."""

    exit_code = 5


class GateError(DatassayError, AssertionError):
    """`assert_passing` met a gate that failed."""

    exit_code = 1


def as_sentence(text: str) -> str:
    """Return `text` with a full stop, unless it ends as a sentence does: a hint may be a question."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


#: Exit codes by what to do: try again, make room, correct something, look at what there is.
_FIRST_TO_TELL = (3, 5, 2, 1, 4)


def first_to_tell(errors: Iterable[DatassayError]) -> DatassayError:
    """Return the error whose exit code speaks for all of them.

    That is one of 3 wherever trying again may help, else of 5, 2, 1 and 4 in this order: whoever tries again is told of
    what is left.
    """
    return min(errors, key=lambda error: _FIRST_TO_TELL.index(error.exit_code))


def suggest(name: str, known: list[str]) -> str:
    """Return a sentence with the nearest of `known` names, or the first few of them."""
    alike = [one for one in known if one.casefold() == name.casefold()]
    near = alike or get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    shown = ", ".join(repr(k) for k in sorted(set(known))[:8])
    return f"Known: {shown}{', …' if len(set(known)) > 8 else ''}." if known else ""
