"""`datassay suggest`: propose rules for a dataset, from data or a file of rules, and take them into its suite."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.errors import DeliveryError, SpecError, UsageError
from datassay.project import Project
from datassay.report.files import what_to_do
from datassay.scaffold.writing import write_new
from datassay.spec import AuditSpec, read_spec
from datassay.words import as_argument

if TYPE_CHECKING:
    from datassay.expectations.importers import Imported
    from datassay.results import ExpectationResult, Snapshot

_COLUMN_KEYS = ("column", "column_A", "column_B", "column_list")


@dataclass(frozen=True)
class Source:
    """Where proposals come from: a file of rules, or the data where `path` is None."""

    path: Path | None = None
    kind: str | None = None
    table: str | None = None


@dataclass(frozen=True)
class Suggested:
    """Proposals for one dataset, and where they went."""

    content: dict[str, Any]
    #: The dataset's suite, which proposals go beside.
    suite: Path
    #: The file that was written; None where proposals were only shown.
    written: Path | None
    #: What of a file of rules cannot be carried over: where, rule and reason.
    left_out: list[dict[str, str]] = field(default_factory=list)
    #: How proposals of a file did on the data, by outcome.
    tried: dict[str, int] = field(default_factory=dict)
    n_rows: int = 0


@dataclass(frozen=True)
class Accepted:
    """What became of proposals that were taken into a suite."""

    suite: Path
    n_added: int
    #: Proposals of rules that the suite has already: its own stay.
    n_there: int
    #: The file they came from, which is gone; None where they were drafted on the spot.
    proposals: Path | None


def suggest_suite(
    project: Project, name: str, *, source: Source, rev: str | None = None, is_shown_only: bool = False
) -> Suggested:
    """Propose a suite for dataset `name` and write it where no file is: as its suite, or beside that.

    Raises UsageError where a proposal is there already, SpecError for a bad definition, MeasureError where the data
    cannot be read, and DeliveryError where the file cannot be written.
    """
    from datassay.datasets.snapshot import take_snapshot

    spec = read_spec(project.definition(name))
    suite = find_target(spec, project)
    target = suite if not suite.exists() else beside(suite)
    if not is_shown_only and target.exists():
        raise UsageError(
            f"{target} is there already.",
            hint=f"Accept it with 'datassay suggest {as_argument(name)} --accept', or remove it to get a new proposal.",
        )
    snapshot = take_snapshot(spec.dataset, name=name, root=project.root, cache_dir=project.cache, rev=rev)
    suggested = _propose(spec, snapshot, source, suite, None if is_shown_only else target)
    if suggested.written is not None:
        write_new({target: _dump(suggested.content)})
    return suggested


def accept_suite(project: Project, name: str, *, source: Source, rev: str | None = None) -> Accepted:
    """Take proposals into the suite of dataset `name`: those beside it, as corrected, or else fresh ones.

    A rule whose type and columns the suite has already is not taken: a person's own bounds stay. Raises SpecError
    where the suite cannot be read whole, UsageError where there is no suite to add to and none was proposed, and
    DeliveryError where the suite cannot be written.
    """
    spec = read_spec(project.definition(name))
    suite = find_target(spec, project)
    proposals = beside(suite)
    if proposals.exists():
        if source.path is not None:
            raise UsageError(
                f"{proposals} waits to be accepted.", hint="Accept it first, without --from, or remove it."
            )
        content = _read(proposals)
    else:
        if suite.exists() and _is_proposed(_read(suite)):
            return _accept_all(suite)
        content = suggest_suite(project, name, source=source, rev=rev, is_shown_only=True).content
    existing = _read(suite) if suite.exists() else {**content, "expectations": []}
    there = {_key(item) for item in existing["expectations"]}
    fresh = [_settle(item) for item in content["expectations"] if _key(item) not in there]
    merged = {**existing, "expectations": [*existing["expectations"], *fresh]}
    merged["meta"] = {key: value for key, value in (merged.get("meta") or {}).items() if key != "proposed"}
    _replace(suite, _dump(merged))
    is_gone = proposals.exists()
    if is_gone:
        proposals.unlink()
    n_there = len(content["expectations"]) - len(fresh)
    return Accepted(suite, len(fresh), n_there, proposals if is_gone else None)


def find_target(spec: AuditSpec, project: Project) -> Path:
    """Return the path of a dataset's suite, whether it is there yet or not."""
    from datassay.api import find_suite

    return find_suite(spec, project) or project.expectations / f"{spec.name}.json"


def beside(suite: Path) -> Path:
    """Return where proposals for a suite are kept until they are accepted; no audit reads that."""
    return suite.with_name(f"{suite.stem}.proposed.json")


def _propose(spec: AuditSpec, snapshot: Snapshot, source: Source, suite: Path, target: Path | None) -> Suggested:
    from datassay.datasets.snapshot import scan
    from datassay.expectations.suggest import draft_suite

    table = scan(snapshot)
    if source.path is None:
        content = draft_suite(table, name=spec.name, label=spec.label, id_column=spec.id)
        return Suggested(content, suite, target, n_rows=snapshot.n_rows)
    from datassay.expectations.checks import parse_suite
    from datassay.expectations.importers import import_rules
    from datassay.expectations.suite import evaluate

    columns = [column.name for column in snapshot.columns]
    found = import_rules(source.path, kind=source.kind, table=source.table, dataset=spec.name, columns=columns)
    if not found.items and not found.left_out:
        raise UsageError(f"{source.path}: {found.table} has no rules.")
    content = {"name": spec.name, "expectations": found.items, "meta": _describe(found, source.path)}
    results = evaluate(parse_suite(content, str(source.path)), table, show_values=[], engine="pandas")
    left_out = content["meta"]["left_out"]
    return Suggested(content, suite, target, left_out, _count(results), snapshot.n_rows)


def _describe(found: Imported, path: Path) -> dict[str, Any]:
    left_out = [{"where": each.where, "rule": each.rule, "reason": each.reason} for each in found.left_out]
    return {
        "proposed": True,
        "imported_from": path.name,
        "kind": found.kind,
        "table": found.table,
        "left_out": left_out,
    }


def _count(results: list[ExpectationResult]) -> dict[str, int]:
    return {outcome: sum(r.outcome == outcome for r in results) for outcome in ("passed", "failed", "unknown")}


def _read(path: Path) -> dict[str, Any]:
    """Read a suite whole; raises SpecError where it is none, or where one of its rules would be lost in writing."""
    from datassay.expectations.checks import read_suite
    from datassay.expectations.legacy import is_legacy, modernize

    suite = read_suite(path)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if not is_legacy(content):
        return content
    lost = next((check for check in suite.checks if check.problem is not None), None)
    if lost is not None:
        raise SpecError(f"{path}: {lost.type}: {lost.problem}.", hint="Correct it, then accept proposals.")
    return modernize(content)


def _is_proposed(content: dict[str, Any]) -> bool:
    meta = content.get("meta")
    return isinstance(meta, dict) and meta.get("proposed") is True


def _accept_all(suite: Path) -> Accepted:
    """Settle a suite that was proposed as a whole, because there was none: it has been read and corrected in place."""
    content = _read(suite)
    content["expectations"] = [_settle(item) for item in content["expectations"]]
    content["meta"] = {key: value for key, value in content["meta"].items() if key != "proposed"}
    _replace(suite, _dump(content))
    return Accepted(suite, len(content["expectations"]), 0, None)


def _settle(item: Any) -> Any:
    """Return a rule that somebody has accepted: it is a proposal no longer."""
    meta = item.get("meta") if isinstance(item, dict) else None
    return {**item, "meta": {**meta, "proposed": False}} if isinstance(meta, dict) and "proposed" in meta else item


def _key(item: Any) -> str:
    """Return what makes two rules the same rule: the type and the columns, whatever the bounds."""
    if not isinstance(item, dict) or not isinstance(item.get("kwargs"), dict):
        return json.dumps(item, sort_keys=True, default=str)
    kwargs = item["kwargs"]
    domain = {key: kwargs[key] for key in (*_COLUMN_KEYS, "row_condition") if key in kwargs}
    return json.dumps([item.get("type"), domain], sort_keys=True, default=str)


def _dump(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once, so that no reader sees half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            fresh = Path(folder) / path.name
            fresh.write_bytes(content)
            fresh.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            fresh.replace(path)
    except OSError as exc:
        raise DeliveryError(
            f"Cannot write {path}: {exc.strerror or type(exc).__name__}.",
            hint=f"What was there before is untouched. {what_to_do(exc)}",
        ) from exc
