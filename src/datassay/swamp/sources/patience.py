"""A limit of time for one statement: parsers in pure Python take minutes over some that a generator wrote."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Longest time for one text, whatever the number of dialects that are tried.
MOST_SECONDS = 10.0
#: Texts up to this length are never slow enough to be watched.
UNWATCHED = 5_000


class TooSlowError(BaseException):
    """What a block that takes too long ends with; no Exception, for parsers turn those into errors of their own."""


@contextmanager
def limited(n_characters: int, seconds: float | None = None) -> Iterator[None]:
    """Raise TooSlowError inside the block once it has taken `seconds` (None: `MOST_SECONDS`), in any thread.

    It interrupts Python code only, and nothing at all for texts of at most `UNWATCHED` characters.
    """
    if n_characters <= UNWATCHED:
        yield
        return
    owner = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    lock = threading.Lock()
    is_open = True

    def stop() -> None:
        with lock:
            if is_open:
                raise_in(owner, ctypes.py_object(TooSlowError))

    timer = threading.Timer(MOST_SECONDS if seconds is None else seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            is_open = False
            raise_in(owner, None)  # one that has been asked for and has not arrived is taken back
        timer.cancel()
