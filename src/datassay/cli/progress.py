"""Progress on stderr: a live display on a terminal, one line per stage elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from datassay.progress import report_to

MARKS = {"passed": "done", "failed": "failed", "unknown": "unknown", "skipped": "skipped"}


class LineReporter:
    """One line per stage, when it ends."""

    def start(self, stage: str, total: int | None) -> None:
        """Say nothing: the line comes at the end."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Say nothing."""

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """Write the stage's line."""
        click.echo(f"{stage:<9} {MARKS[outcome]:<8} {seconds:6.1f} s{f'  {note}' if note else ''}", err=True)


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
            left = f"{done}/{total} fits, about {seconds:.0f} s left" if done < total else f"{total} fits"
        self._progress.update(self._tasks[stage], completed=done, total=total, note=left)

    def finish(self, stage: str, outcome: str, seconds: float, note: str) -> None:
        """Close the stage's row."""
        self.start(stage, 1) if stage not in self._tasks else None
        told = f"{MARKS[outcome]} in {seconds:.1f} s{f', {note}' if note else ''}"
        self._progress.update(self._tasks[stage], completed=1, total=1, note=told)


@contextmanager
def show_progress(*, is_quiet: bool) -> Iterator[None]:
    """Show how far the stages are while the block runs: live on a terminal, in lines elsewhere and in CI."""
    if is_quiet:
        yield
        return
    if not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        with report_to(LineReporter()):
            yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<9}"),
        BarColumn(24),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress, report_to(LiveReporter(progress)):
        yield
