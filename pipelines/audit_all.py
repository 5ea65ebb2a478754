"""Audit every dataset that has a definition and write an index page; a failed one does not stop the others."""

from __future__ import annotations

import sys
from pathlib import Path

# Prefect's loader and datassay's put this folder on the path only while they load this file.
sys.path.insert(0, str(Path(__file__).parent))
from audit_dataset import audit_dataset

sys.path.pop(0)

from prefect import flow, get_run_logger

from datassay.errors import DatassayError, MeasureError
from datassay.project import find_project
from datassay.report.artifact import read_report, write_text
from datassay.report.index import render_index
from datassay.results import Report


@flow(name="audit-all")
def audit_all(rev: str | None = None, root: str | None = None) -> dict[str, str]:
    """Audit all datasets in turn; returns each one's gate outcome.

    Raises MeasureError at the end, after the index is written, where a dataset could not be audited.
    """
    project = find_project(Path(root) if root else Path(__file__).parent)
    entries: list[tuple[str, Report | str]] = []
    for name in project.names():
        try:
            done = audit_dataset(name, rev=rev, root=str(project.root))
            entries.append((name, read_report(Path(done["folder"]) / "report.json")))
        except DatassayError as exc:
            get_run_logger().error("%s: %s", name, exc)
            entries.append((name, str(exc)))
        except Exception as exc:  # noqa: BLE001 - a crash of one engine on one dataset must not stop the night
            get_run_logger().exception("%s: crashed", name)
            entries.append((name, f"stopped by {type(exc).__name__}"))
    write_text(project.reports / "index.html", render_index(entries))
    failed = [name for name, entry in entries if isinstance(entry, str)]
    if failed:
        index = project.reports / "index.html"
        raise MeasureError(
            f"{len(failed)} of {len(entries)} datasets could not be audited: {', '.join(failed)}; see {index}."
        )
    return {name: entry.gate.outcome for name, entry in entries if isinstance(entry, Report)}


if __name__ == "__main__":
    audit_all()
