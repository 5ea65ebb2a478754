"""Progress of a command: a live display on a terminal, one line per stage elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from datassay.bars import LineReporter, is_live, show_bars
from datassay.progress import report_to


@contextmanager
def show_progress(*, is_quiet: bool) -> Iterator[None]:
    """Show how far the stages are while the block runs: live on a terminal, in lines elsewhere and in CI."""
    if is_quiet:
        yield
        return
    with show_bars() if is_live() else report_to(LineReporter()):
        yield
