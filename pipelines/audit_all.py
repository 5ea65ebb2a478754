"""Audit every dataset that has a definition and write an index page; a failed one does not stop the others."""

from __future__ import annotations

import sys
from pathlib import Path

# Prefect's loader and datassay's put this folder on the path only while they load this file.
sys.path.insert(0, str(Path(__file__).parent))
from audit_dataset import audit_dataset

sys.path.pop(0)

from prefect import flow, get_run_logger

from datassay.errors import DatassayError, MeasureError, first_to_tell
from datassay.project import find_project
from datassay.report.artifact import read_report, write_text
from datassay.report.index import render_index
from datassay.results import Report
from datassay.words import plural


@flow(name="audit-all")
def audit_all(rev: str | None = None, root: str | None = None) -> dict[str, str]:
    """Audit all datasets in turn; returns each one's gate outcome.

    Where datasets could not be audited, the error that speaks for all of them is raised at the end, after the index is
    written.
    """
    project = find_project(Path(root) if root else Path(__file__).parent)
    entries: list[tuple[str, Report | str]] = []
    failures: dict[str, DatassayError] = {}
    for name in project.names():
        try:
            done = audit_dataset(name, rev=rev, root=str(project.root))
            entries.append((name, read_report(Path(done["folder"]) / "report.json")))
        except DatassayError as exc:
            get_run_logger().error("%s: %s", name, exc)
            failures[name] = exc
        except Exception as exc:  # noqa: BLE001 - a crash of one engine on one dataset must not stop the night
            get_run_logger().exception("%s: crashed", name)
            failures[name] = MeasureError(f"stopped by {type(exc).__name__}")
        if name in failures:
            entries.append((name, str(failures[name])))
    write_text(project.reports / "index.html", render_index(entries))
    if failures:
        index = project.reports / "index.html"
        told = f"{len(failures)} of {plural(len(entries), 'dataset')} could not be audited: {', '.join(failures)}"
        raise type(first_to_tell(failures.values()))(f"{told}; see {index}.")
    return {name: entry.gate.outcome for name, entry in entries if isinstance(entry, Report)}


if __name__ == "__main__":
    audit_all()
