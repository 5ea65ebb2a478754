"""What was audited before: one line per audit in the project's cache, newest last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from datassay.results import Record, Report


class Past(Record):
    """What a later audit needs to know of an earlier one."""

    at: str
    rev: str
    commit: str | None
    repo: str | None
    path: str
    md5: str
    noise_rate: float | None
    #: "type:column" of the expectations that failed, and of those that passed.
    failed: list[str]
    passed: list[str]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return the line for one report."""
        results = report.expectations.results if report.expectations else []
        return cls(
            at=report.run.started_at,
            rev=report.dataset.rev,
            commit=report.dataset.commit,
            repo=report.dataset.repo,
            path=report.dataset.path,
            md5=report.dataset.md5,
            noise_rate=report.labels.noise_rate.estimate if report.labels else None,
            failed=[f"{r.type}:{r.column or ''}" for r in results if r.outcome == "failed"],
            passed=[f"{r.type}:{r.column or ''}" for r in results if r.outcome == "passed"],
        )


class History:
    """The audits of one dataset on this machine."""

    def __init__(self, cache_dir: Path, name: str) -> None:
        """Keep the file's place; it is made by the first `add`."""
        self._path = cache_dir / "history" / f"{name}.jsonl"

    def add(self, report: Report) -> None:
        """Append one audit."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(Past.of(report).model_dump_json() + "\n")

    def before(self, md5: str) -> Past | None:
        """Return the last audit of other content than `md5`.

        The same content is passed over, so that auditing a rev twice compares with the same predecessor.
        """
        return next((past for past in reversed(self._read()) if past.md5 != md5), None)

    def of_content(self, md5: str) -> Past | None:
        """Return the last audit of this very content."""
        return next((past for past in reversed(self._read()) if past.md5 == md5), None)

    def _read(self) -> list[Past]:
        if not self._path.is_file():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        # A line that an older datassay wrote otherwise, or a full disk cut short, is no history.
        return [past for line in lines if (past := _parse(line)) is not None]


def _parse(line: str) -> Past | None:
    try:
        return Past.model_validate(json.loads(line))
    except ValueError:
        return None
