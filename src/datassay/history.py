"""What was audited and predicted before: one line per audit, newest last, in the cache and beside the reports.

The cache holds what this machine audited; a later audit looks there for its predecessor. The ledger beside the report,
`reports/NAME/history.jsonl`, can be committed and outlives the cache: it keeps every forecast until a later rev shows
what came of it, and what that was (docs/adr/0006).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field

from datassay.errors import DeliveryError
from datassay.results import Action, Interval, PrecisionPoint, Record, Report

FILE_NAME = "history.jsonl"

Line = TypeVar("Line", bound=Record)


class Point(Record):
    """The gain that was predicted for so many reviewed labels, or so many new rows."""

    amount: float
    gain: float
    low: float
    high: float


class Forecast(Record):
    """What one audit predicted; gains are in units of the metric, intervals hold 80 %."""

    metric: str
    #: Score of the model on the day of the forecast.
    baseline: float
    task: str
    #: "lightgbm", "linear" or an import path.
    model: str
    seed: int
    n_labelled: int
    labels_per_hour: float
    reviewer_accuracy: float
    rows_per_day: float
    per_hour: Interval
    per_day: Interval
    #: By labels reviewed, worst first.
    cleaning: list[Point]
    #: By new rows.
    collecting: list[Point]
    #: How many of the worst were expected to be wrong: labels that people change say how many they have looked at.
    precision: list[PrecisionPoint]

    @classmethod
    def of(cls, report: Report) -> Self | None:
        """Return the forecast of a report; None where gains were not measured."""
        value, labels = report.value, report.labels
        if value is None or labels is None:
            return None
        cleaning, collecting = value.cleaning, value.collecting
        return cls(
            metric=value.metric,
            baseline=value.baseline,
            task=report.context.task,
            model=report.context.estimator or "",
            seed=report.run.seed,
            n_labelled=labels.n_labelled,
            labels_per_hour=cleaning.labels_per_hour,
            reviewer_accuracy=cleaning.reviewer_accuracy,
            rows_per_day=collecting.rows_per_day,
            per_hour=cleaning.per_hour,
            per_day=collecting.per_day,
            cleaning=[Point(amount=p.labels, gain=p.gain, low=p.low, high=p.high) for p in cleaning.curve],
            collecting=[Point(amount=p.rows, gain=p.gain, low=p.low, high=p.high) for p in collecting.curve],
            precision=labels.detector_precision,
        )


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
    # What follows is missing in lines of before forecasts were kept.
    n_rows: int | None = None
    label: str | None = None
    id: str | None = None
    action: Action | None = None
    forecast: Forecast | None = None
    #: Reviewed rows that it rests on; missing in older lines still.
    n_reviews: int | None = None

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
            n_rows=report.dataset.n_rows,
            label=report.context.label,
            id=report.context.id,
            action=report.verdict.action,
            forecast=Forecast.of(report),
            n_reviews=report.labels.n_reviews if report.labels else None,
        )


class Realised(Record):
    """What became of the labels and rows between two contents of a dataset, and what that gained: measured once."""

    kind: Literal["realised"] = "realised"
    md5_before: str
    md5_after: str
    #: What it was measured with; a forecast of another label, metric, model or seed needs a measurement of its own.
    label: str
    id: str | None
    metric: str
    model: str
    seed: int
    #: How rows were recognised: by the id column, or by the content of all columns but the label.
    matched_by: Literal["id", "content"]
    n_common: int
    #: Labels that differ among the rows that both have.
    n_changed: int
    #: Labelled rows that only the later one has, and only the earlier one.
    n_added: int
    n_removed: int
    #: Realised gain of the changed labels, and of the new rows; None where there were none.
    cleaning: Interval | None = None
    collecting: Interval | None = None
    n_fits: int = 0
    notes: list[str] = Field(default_factory=list)


class History:
    """The audits of one dataset."""

    def __init__(self, cache_dir: Path, name: str, *, reports: Path | None = None) -> None:
        """Keep the files' places; they are made by the first `add`. Without `reports` there is no ledger."""
        self._cached = cache_dir / "history" / f"{name}.jsonl"
        self._ledger = reports / name / FILE_NAME if reports is not None else None

    def add(self, report: Report) -> None:
        """Append one audit; raises DeliveryError where the ledger cannot be written."""
        past = Past.of(report)
        _append(self._cached, past)
        if self._ledger is None:
            return
        # A nightly audit of the same content says the same again: that is no news, and would be a commit every night.
        last = next((line for line in reversed(_read(self._ledger, Past)) if line.md5 == past.md5), None)
        if last is None or last.model_copy(update={"at": past.at}) != past:
            self._deliver(past)

    def keep(self, realised: Realised) -> None:
        """Append one measurement; raises DeliveryError where the ledger cannot be written."""
        self._deliver(realised)

    def audits(self) -> list[Past]:
        """Return all audits that the cache or the ledger knows, oldest first."""
        found = _read(self._cached, Past) + (_read(self._ledger, Past) if self._ledger else [])
        # The same audit stands in both; records with lists have no hash.
        unique = {line.model_dump_json(): line for line in found}
        return sorted(unique.values(), key=lambda past: past.at)

    def realised(self) -> list[Realised]:
        """Return all measurements, oldest first."""
        return _read(self._ledger or self._cached, Realised)

    def before(self, md5: str) -> Past | None:
        """Return the last audit on this machine of other content than `md5`.

        The same content is passed over, so that auditing a rev twice compares with the same predecessor. The ledger is
        not asked: the commits that it names may be missing in a shallow clone.
        """
        return next((past for past in reversed(_read(self._cached, Past)) if past.md5 != md5), None)

    def of_content(self, md5: str) -> Past | None:
        """Return the last audit on this machine of this very content."""
        return next((past for past in reversed(_read(self._cached, Past)) if past.md5 == md5), None)

    def alike(self, md5: str, *, rev: str, commit: str | None) -> Past | None:
        """Return the last audit on this machine of this very content at another rev, or at another commit of it."""
        past = (each for each in reversed(_read(self._cached, Past)) if each.md5 == md5)
        return next((each for each in past if (each.rev, each.commit) != (rev, commit)), None)

    def _deliver(self, line: Past | Realised) -> None:
        path = self._ledger or self._cached
        try:
            _append(path, line)
        except OSError as exc:
            raise DeliveryError(f"Cannot write the history {path}: {exc.strerror or exc}.") from exc


def _append(path: Path, line: Record) -> None:
    """Add one line by one write, so that two audits at once do not mix theirs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = line.model_dump_json() + "\n"
    with path.open("a+b") as file:
        # After a line that a full disk cut short a new one begins.
        if file.tell():
            file.seek(-1, 2)
            text = text if file.read(1) == b"\n" else "\n" + text
        file.write(text.encode())


def _read(path: Path, kind: type[Line]) -> list[Line]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    # A line that another datassay wrote otherwise, or a full disk cut short, is no history.
    return [record for line in lines if (record := _parse(line, kind)) is not None]


def _parse(line: str, kind: type[Line]) -> Line | None:
    try:
        return kind.model_validate(json.loads(line))
    except (ValueError, RecursionError):
        return None
