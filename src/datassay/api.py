"""The Python calls: `audit` on a definition, a file or a frame, and `gate` on a report."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.errors import GateError, InconclusiveError, UsageError
from datassay.expectations.projects import choose_suite
from datassay.history import History
from datassay.project import Project, find_project
from datassay.results import Gate, Labels, Report, Snapshot, Value, Verdict
from datassay.run import AuditRun, run_audit
from datassay.spec import AuditSpec, parse_spec, read_spec
from datassay.words import as_argument

if TYPE_CHECKING:
    import polars as pl


class AuditResult:
    """One audit's results: records, and polars frames where a table is meant."""

    def __init__(self, run: AuditRun, *, scratch: Path | None = None) -> None:
        """Keep the run; `scratch` is removed with this object."""
        self._run = run
        if scratch is not None:
            weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)

    @property
    def report(self) -> Report:
        """The whole report."""
        return self._run.report

    @property
    def verdict(self) -> Verdict:
        """The recommendation."""
        return self.report.verdict

    @property
    def value(self) -> Value | None:
        """What cleaning and collecting are worth; None where it was not measured."""
        return self.report.value

    @property
    def label_noise(self) -> Labels | None:
        """Noise rate, transition matrix and precision; None where not measured."""
        return self.report.labels

    @property
    def gate(self) -> Gate:
        """Every rule's outcome."""
        return self.report.gate

    @property
    def passed(self) -> bool:
        """Whether the gate passed."""
        return self.gate.outcome == "passed"

    @property
    def expectations(self) -> pl.DataFrame:
        """One row per expectation; empty where none was checked."""
        import polars as pl

        from datassay.results import ExpectationResult

        found = self.report.expectations
        rows = [result.model_dump() for result in found.results] if found else []
        return pl.DataFrame(rows, schema=None if rows else list(ExpectationResult.model_fields))

    @property
    def labels(self) -> pl.DataFrame:
        """The worklist: id, given_label, suggested_label, p_wrong, label_quality, rank; most valuable review first."""
        import polars as pl

        if self._run.worklist is None:
            names = ["id", "given_label", "suggested_label", "p_wrong", "label_quality", "rank"]
            return pl.DataFrame(schema=names)
        return pl.read_parquet(self._run.worklist)

    @property
    def swamp(self) -> pl.DataFrame:
        """One row per column: status, reason, evidence, bytes and money."""
        import polars as pl

        from datassay.results import SwampColumn

        found = self.report.swamp
        rows = [column.model_dump() for column in found.columns] if found else []
        return pl.DataFrame(rows, schema=None if rows else list(SwampColumn.model_fields), infer_schema_length=None)

    def to_json(self) -> str:
        """Return `report.json` as text."""
        return self.report.model_dump_json(indent=2)

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every output into `folder`, whole or not at all; raises DeliveryError."""
        from datassay.report.artifact import write_outputs

        return write_outputs(self.report, Path(folder), worklist=self._run.worklist)

    def assert_passing(self) -> None:
        """Raise GateError, an AssertionError, unless the gate passed."""
        if not self.passed:
            bad = [f"{r.name} {r.outcome}" for r in self.gate.rules if r.outcome in {"failed", "unknown"}]
            raise GateError(f"The gate of {self.report.dataset.name} is {self.gate.outcome}: {', '.join(bad)}.")

    def __repr__(self) -> str:
        """Return the dataset, the verdict's action and the gate's outcome."""
        return f"AuditResult({self.report.dataset.name!r}, {self.verdict.action}, gate {self.gate.outcome})"


def audit(source: Any, *, rev: str | None = None, against: str | None = None, **definition: Any) -> AuditResult:
    """Audit a definition, a file or a frame, here and now, without a server.

    `source` is the path of a definition (`audits/adult.yaml`), the path of a table, or a polars, pandas or
    Arrow table; for the last two the keys of a definition are keyword arguments (`label="income"`). `rev` is a
    DVC or Git rev of the data; without it a table is read as it lies. Raises UsageError and MeasureError.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.suffix in {".yaml", ".yml"}:
            return _audit_definition(path, rev, against, definition)
        return _audit_file(path, rev, against, definition)
    if rev is not None or against is not None:
        raise UsageError("A table in memory has no revs.", hint="Pass a path, or leave rev and against out.")
    from datassay.datasets.snapshot import snapshot_frame

    scratch = Path(tempfile.mkdtemp(prefix="datassay-"))
    snapshot = snapshot_frame(source, name="frame", cache_dir=scratch)
    spec = parse_spec({**definition, "dataset": {"path": "frame", "rev": None}}, "frame", "audit(...)")
    return _run(spec, None, scratch, None, None, snapshot=snapshot, suite=spec.suite)


def _audit_definition(path: Path, rev: str | None, against: str | None, definition: dict[str, Any]) -> AuditResult:
    if definition:
        given = ", ".join(sorted(definition))
        raise UsageError(f"{path} is a definition; write {given} into it.")
    spec = read_spec(path)
    project = find_project(path.resolve().parent)
    result = _run(spec, project.root, project.cache, rev, against, suite=find_suite(spec, project), keep=True)
    History(project.cache, spec.name, reports=project.reports).add(result.report)
    return result


def _audit_file(path: Path, rev: str | None, against: str | None, definition: dict[str, Any]) -> AuditResult:
    content = {**definition, "dataset": {"path": str(path), "rev": rev}}
    spec = parse_spec(content, path.stem, "audit(...)")
    # A path may be tracked by DVC or Git without any project around it.
    return _run(spec, Path.cwd(), Path(tempfile.mkdtemp(prefix="datassay-")), rev, against, suite=spec.suite)


def _run(
    spec: AuditSpec,
    root: Path | None,
    cache_dir: Path,
    rev: str | None,
    against: str | None,
    *,
    suite: str | Path | None,
    snapshot: Snapshot | None = None,
    keep: bool = False,
) -> AuditResult:
    try:
        run = run_audit(
            spec,
            root=root,
            cache_dir=cache_dir,
            rev=rev,
            against=against,
            suite=choose_suite(Path(suite), spec.name) if suite else None,
            snapshot=snapshot,
        )
    except BaseException:
        if not keep:
            shutil.rmtree(cache_dir, ignore_errors=True)
        raise
    return AuditResult(run, scratch=None if keep else cache_dir)


def find_suite(spec: AuditSpec, project: Project) -> Path | None:
    """Return the suite that the definition names, or the one that bears the dataset's name, if any.

    A folder that it names is a Great Expectations project; raises SpecError where that has no suite for the dataset.
    """
    if spec.suite is not None:
        return choose_suite(project.root / spec.suite, spec.name)
    path = project.expectations / f"{spec.name}.json"
    return path if path.is_file() else None


def gate(report: str | os.PathLike[str] | Report, *, max_age_s: float | None = None, rev: str | None = None) -> Gate:
    """Return the gate of a report, after making sure that it is the report you mean.

    `max_age_s` refuses a report older than that, `rev` one of another rev or commit; both raise InconclusiveError:
    a stale report proves nothing about today's data.
    """
    from datassay.report.artifact import read_report

    found = report if isinstance(report, Report) else read_report(Path(report))
    if rev is not None and not _is_of_rev(found, rev):
        from datassay.datasets.git import resolve_commit

        has, wanted = (
            f"{name}{f' ({commit[:10]})' if commit and commit != name else ''}"
            for name, commit in (
                (found.dataset.rev, found.dataset.commit),
                (rev, None if found.dataset.repo else resolve_commit(Path.cwd(), rev)),
            )
        )
        raise InconclusiveError(
            f"The report of {found.dataset.name} is of rev {has}, not {wanted}.",
            hint=f"Run 'datassay audit {as_argument(found.dataset.name)} --rev {as_argument(rev)}'.",
        )
    age = datetime.now(UTC) - datetime.fromisoformat(found.run.started_at)
    if max_age_s is not None and age > timedelta(seconds=max_age_s):
        raise InconclusiveError(
            f"The report of {found.dataset.name} is {_say(age)} old, the most allowed is "
            f"{_say(timedelta(seconds=max_age_s))}.",
            hint=f"Run 'datassay audit {as_argument(found.dataset.name)}' again.",
        )
    return found.gate


def _is_of_rev(report: Report, rev: str) -> bool:
    """Tell whether `rev` names the report's commit in the repository around us, or, where nobody knows, its rev."""
    from datassay.datasets.git import resolve_commit

    dataset, here = report.dataset, Path.cwd()
    is_ours = dataset.commit is not None and (rev == "HEAD" or resolve_commit(here, dataset.commit) is not None)
    if dataset.repo is None and is_ours:
        # HEAD and branches move on: what they were called when the audit ran says nothing of today. A repository that
        # does not hold the commit is another one, whose names say nothing either.
        commit = resolve_commit(here, rev)
        if commit is not None:
            return commit == dataset.commit
    return rev in {dataset.rev, dataset.commit}


def _say(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours >= 48:
        return f"{hours / 24:.1f} days"
    if hours >= 1:
        return f"{hours:.1f} hours"
    seconds = round(hours * 3600)
    return f"{hours * 60:.0f} minutes" if seconds >= 120 else f"{seconds} second{'' if seconds == 1 else 's'}"
