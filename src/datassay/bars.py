"""Progress in words and bars on stderr, for commands and calls alike."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from datassay.errors import UsageError
from datassay.progress import report_to
from datassay.words import plural

#: How far it is: called with the stage, the fits done and the fits to do.
Listener = Callable[[str, int, int | None], object]

MARKS = {"passed": "done", "failed": "failed", "unknown": "unknown", "skipped": "skipped"}


class LineReporter:
    """One line per stage, when it ends."""

    def start(self, stage: str, total: int | None) -> None:
        """Say nothing: the line comes at the end."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Say nothing."""

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """Write the stage's line."""
        sys.stderr.write(f"{stage:<9} {MARKS[outcome]:<8} {seconds:6.1f} s{f'  {note}' if note else ''}\n")


class LiveReporter:
    """A live table of the stages, with counts of fits and the time left."""

    def __init__(self, progress: Any) -> None:
        """Keep the rich display."""
        self._progress = progress
        self._tasks: dict[str, Any] = {}
        self._started: dict[str, float] = {}

    def start(self, stage: str, total: int | None) -> None:
        """Add the stage's row."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total, note="")
        self._started[stage] = time.monotonic()

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Move the stage's bar."""
        self.start(stage, total) if stage not in self._tasks else None
        left = ""
        if total and done:
            seconds = (time.monotonic() - self._started[stage]) / done * (total - done)
            left = f"{done}/{total} fits, about {seconds:.0f} s left" if done < total else plural(total, "fit")
        self._progress.update(self._tasks[stage], completed=done, total=total, note=left)

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """Close the stage's row."""
        self.start(stage, 1) if stage not in self._tasks else None
        told = f"{MARKS[outcome]} in {seconds:.1f} s{f', {note}' if note else ''}"
        self._progress.update(self._tasks[stage], completed=1, total=1, note=told)


def is_live() -> bool:
    """Return whether stderr is a terminal on which lines may be drawn again."""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


@contextmanager
def show_bars() -> Iterator[None]:
    """Show a live table of the stages while the block runs, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
    from rich.table import Column

    # Where the terminal is narrow, long remarks are cut, never the names of the stages.
    columns = (
        SpinnerColumn(table_column=Column(width=1)),
        TextColumn("{task.description}", table_column=Column(width=9, no_wrap=True)),
        BarColumn(None, table_column=Column(width=24)),
        TextColumn("{task.fields[note]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as progress, report_to(LiveReporter(progress)):
        yield


class _Told:
    """A reporter that hands fits on to a callable."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell

    def start(self, stage: str, total: int | None) -> None:
        """Say nothing: `advance` comes before the first fit."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Tell how far the stage is."""
        self._tell(stage, done, total)

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """Say nothing: `advance` came after the last fit."""


def listen(progress: bool | Listener | None) -> AbstractContextManager[None]:  # noqa: FBT001 - a caller's own word
    """Return a context in which progress goes where a caller wants it.

    None is a live table on a terminal, True that or a line per stage elsewhere, False nothing; a callable is told the
    stage, the fits done and the fits to do. Raises UsageError for anything else.
    """
    if callable(progress):
        return report_to(_Told(progress))
    if progress is None:
        return show_bars() if is_live() else nullcontext()
    if not isinstance(progress, bool):
        raise UsageError(
            f"progress is a {type(progress).__name__}.", hint="Use None, True, False or a callable(stage, done, total)."
        )
    if not progress:
        return report_to(None)
    return show_bars() if is_live() else report_to(LineReporter())
