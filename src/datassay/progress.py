"""Where long work says how far it is: a reporter in a context variable, silent unless somebody listens.

Stages run inside Prefect tasks whose arguments must be plain data, so a reporter cannot be
passed as an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Reporter(Protocol):
    """What a listener offers."""

    def start(self, stage: str, total: int | None) -> None:
        """Begin `stage`, with `total` fits to do where that is known."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Say that `done` of `total` fits of `stage` are done."""

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """End `stage`."""


_reporter: ContextVar[Reporter | None] = ContextVar("datassay_reporter", default=None)


def get_reporter() -> Reporter | None:
    """Return the reporter of this context, if any."""
    return _reporter.get()


@contextmanager
def report_to(reporter: Reporter | None) -> Iterator[None]:
    """Send progress to `reporter` while the block runs."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


def advance(stage: str, done: int, total: int | None = None) -> None:
    """Tell the reporter of this context, if any, that `done` of `total` fits are done."""
    reporter = _reporter.get()
    if reporter is not None:
        reporter.advance(stage, done, total)
