"""SIGTERM, which CI, Docker, Kubernetes and systemd send, ends a command as Ctrl-C does: in order, with one line."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: What shells tell of a process that SIGTERM has ended.
TERMINATED = 128 + signal.SIGTERM
#: Whoever signals a process and its group, as `timeout` does, asks twice at once; later it is asked anew.
_AT_ONCE_S = 5.0

_asked_at: list[float] = []


class Terminated(SystemExit):
    """The process was asked to end; like KeyboardInterrupt no Exception, so that nothing takes it for a failure."""

    def __init__(self) -> None:
        """Exit with what a shell tells of SIGTERM, should nobody catch it."""
        super().__init__(TERMINATED)


def is_terminated() -> bool:
    """Tell whether the process was asked to end: some engines turn what is raised in them into errors of their own."""
    return bool(_asked_at)


@contextmanager
def raising_on_sigterm() -> Iterator[None]:
    """Let SIGTERM raise Terminated in the main thread while the block runs, so that every `finally` runs.

    A Prefect flow has a handler of its own while it runs: it tells the server that the flow has crashed, puts this one
    back and sends the signal again. After the block SIGTERM is ignored: the process ends already, in order.
    """
    owner = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != owner:
            # A forked worker has inherited this handler, but none of what is to be put in order.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not _asked_at or time.monotonic() - _asked_at[-1] > _AT_ONCE_S:
            _asked_at.append(time.monotonic())
            raise Terminated

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
