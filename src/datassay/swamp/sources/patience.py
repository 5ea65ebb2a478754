"""A limit of time for one statement: parsers in pure Python take minutes over some that a generator wrote."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Longest time for one text, whatever the number of dialects that are tried.
MOST_SECONDS = 10.0
#: How long one that did not end waits until it is asked again, and how often it is asked.
AGAIN_SECONDS, MOST_TIMES = 0.1, 50
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
    is_over = threading.Event()

    def watch() -> None:
        # Asked for again until it is over: one that arrives while an object is being taken down is swallowed there.
        wait = MOST_SECONDS if seconds is None else seconds
        for _ in range(MOST_TIMES):
            if is_over.wait(wait):
                return
            with lock:
                if not is_over.is_set():
                    raise_in(owner, ctypes.py_object(TooSlowError))
            wait = AGAIN_SECONDS

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        while not is_over.is_set():
            # One that arrives just here must not keep the watch going.
            with suppress(TooSlowError), lock:
                is_over.set()
                raise_in(owner, None)  # one that has been asked for and has not arrived is taken back
