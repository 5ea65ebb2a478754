"""Enter DVC: one call at a time, and without what it would print or send."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("dvc", "dvc_data", "dvc_objects", "scmrepo", "dulwich")
# DVC keeps its progress bars, its caches and parts of its file systems in globals.
_one_at_a_time = threading.RLock()


def switch_off_telemetry() -> None:
    """Keep DVC, which sends usage data by default, from doing so in this process and its children."""
    os.environ.setdefault("DVC_NO_ANALYTICS", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")


@contextmanager
def inside_dvc() -> Iterator[None]:
    """Enter DVC: alone, without telemetry, logs, progress bars and warnings of its dependencies."""
    switch_off_telemetry()
    # Its first import sets levels of its own, so it has to come before ours.
    import dvc  # noqa: F401

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
