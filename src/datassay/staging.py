"""Run stages one by one, keep how each ended, and let no failure hide or spread."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from datassay.errors import DatassayError, StorageError, UsageError
from datassay.progress import get_reporter
from datassay.results import Record, StageRecord

R = TypeVar("R", bound=Record)

FULL = {errno.ENOSPC, errno.EDQUOT}


class Call(Protocol):
    """How a stage is run: returns its record, and whether that came from a cache."""

    def __call__(self, stage: str, function: Callable[[], R], *, key: str | None, model: type[R]) -> tuple[R, bool]:
        """Run `function`, or take the result stored under `key`."""


def call_inline(
    stage: str,  # noqa: ARG001 - part of the protocol
    function: Callable[[], R],
    *,
    key: str | None,  # noqa: ARG001
    model: type[R],  # noqa: ARG001
) -> tuple[R, bool]:
    """Run a stage here and now, without a cache."""
    return function(), False


@dataclass
class Stages:
    """The stages of one audit so far."""

    call: Call
    #: Where tracebacks of crashed stages go.
    log_dir: Path
    records: dict[str, StageRecord] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)

    def run(
        self,
        stage: str,
        function: Callable[[], R],
        model: type[R],
        *,
        key: str | None = None,
        must_succeed: bool = False,
        judge: Callable[[R], StageRecord] = lambda _: StageRecord(outcome="passed"),
    ) -> R | None:
        """Return the stage's record, or None where it could not be measured.

        `judge` tells how a stage ended that has a record. Raises UsageError and StorageError always: a definition
        that asks for the impossible is no failed measurement, and nothing is gained from going on with a full disk;
        and every other DatassayError where the stage `must_succeed`.
        """
        started = time.perf_counter()
        reporter = get_reporter()
        if reporter:
            reporter.start(stage, None)
        result: R | None = None
        try:
            result, is_cached = self.call(stage, function, key=key, model=model)
        except DatassayError as exc:
            if must_succeed or isinstance(exc, (UsageError, StorageError)):
                raise
            self.records[stage] = StageRecord(outcome="unknown", reason=str(exc))
        except OSError as exc:
            if exc.errno in FULL:
                raise StorageError(
                    f"The disk is full{f' ({exc.filename})' if exc.filename else ''}.",
                    hint=f"Free some space where {self.log_dir.parent} lies, and run again.",
                ) from exc
            self._crashed(stage, exc)
        except Exception as exc:  # noqa: BLE001 - one engine's crash must not take the other stages with it
            self._crashed(stage, exc)
        else:
            self.records[stage] = judge(result)
            if is_cached:
                self.cached.append(stage)
        self.seconds[stage] = round(time.perf_counter() - started, 3)
        self._tell(stage)
        return result

    def skip(self, stage: str, reason: str) -> None:
        """Note that there is nothing to do for `stage`."""
        self.records[stage] = StageRecord(outcome="skipped", reason=reason)
        self._tell(stage)

    def follow(self, stage: str, before: str) -> None:
        """Note that `stage` did not run because `before`, which it needs, has no result."""
        self.records[stage] = self.records[before]
        self._tell(stage)

    def _tell(self, stage: str) -> None:
        reporter = get_reporter()
        if reporter:
            record = self.records[stage]
            note = ", ".join(filter(None, ["from cache" if stage in self.cached else "", record.reason]))
            reporter.finish(stage, record.outcome, self.seconds.get(stage, 0.0), note)

    def _crashed(self, stage: str, exc: Exception) -> None:
        """Note the type alone: the message of an engine may quote cell values."""
        where = self._log_crash(stage)
        self.records[stage] = StageRecord(
            outcome="unknown", reason=f"stopped by {type(exc).__name__}; details in {where}"
        )

    def _log_crash(self, stage: str) -> str:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        path = self.log_dir / f"crash_{stage}.txt"
        path.write_text(traceback.format_exc(), encoding="utf-8")
        return f"{self.log_dir.parent.name}/{self.log_dir.name}/{path.name}"


def has_its_files(record: Record) -> bool:
    """Tell whether every file that a record points to is still there: caches may be emptied at any time."""
    paths = [getattr(record, name) for name in type(record).model_fields if name.endswith("path")]
    return all(Path(path).exists() for path in paths if path is not None and Path(path).is_absolute())
