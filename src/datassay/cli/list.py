"""`datassay list`: the project's datasets and how their last audit ended."""

from __future__ import annotations

import json

import click

from datassay.cli.common import tell_misnamed
from datassay.project import find_project


@click.command("list")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(*, is_json: bool) -> int:
    """List the project's datasets, where their data lies, and how their last audit ended.

    An audit of another file, label, id, task or rev than the definition now names is marked as stale.
    """
    from datassay.errors import DatassayError
    from datassay.report.artifact import read_report
    from datassay.spec import read_spec
    from datassay.staleness import find_difference

    project = find_project()
    tell_misnamed(project)
    rows = []
    for name in project.names():
        row = dict.fromkeys(("dataset", "path", "rev", "audited_at", "verdict", "gate", "stale", "problem"), "")
        row["dataset"] = name
        try:
            spec = read_spec(project.definition(name))
            row |= {"path": spec.dataset.path, "rev": spec.dataset.rev or "workspace"}
            last = project.reports / name / "report.json"
            if last.is_file():
                report = read_report(last)
                differs = find_difference(spec, report, project.root)
                row |= {
                    "rev": report.dataset.rev,
                    "audited_at": report.run.started_at,
                    "verdict": report.verdict.action,
                    "gate": report.gate.outcome,
                    "stale": "" if differs is None else f"report of {differs}",
                }
        except DatassayError as exc:
            row["problem"] = str(exc)
        rows.append(row)
    if is_json:
        click.echo(json.dumps(rows, indent=2))
        return 0
    if not rows:
        click.echo(f"No definitions in {project.audits}. Write one with 'datassay init --from FILE --label COLUMN'.")
        return 0
    columns = [key for key in rows[0] if any(row[key] for row in rows)]
    width = {key: max(len(key), *(len(row[key]) for row in rows)) for key in columns}
    click.echo("  ".join(key.ljust(width[key]) for key in columns).rstrip())
    for row in rows:
        click.echo("  ".join((row[key] or "-").ljust(width[key]) for key in columns).rstrip())
    return 0
