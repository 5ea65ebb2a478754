"""`datassay report`: render report.json again."""

from __future__ import annotations

from pathlib import Path

import click

from datassay.cli.common import check_report_of, complete_names, report_path


@click.command("report")
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--report", "path", type=click.Path(path_type=Path), help="Render this report.json instead.")
@click.option("--open", "is_open", is_flag=True, help="Open the page in the browser.")
def command(*, name: str | None, path: Path | None, is_open: bool) -> int:
    """Render the last report of dataset NAME again, beside its report.json, and say where it is."""
    from datassay.report.artifact import read_report, write_outputs

    found = report_path(name, path)
    report = read_report(found)
    check_report_of(name, report, found)
    worklist = found.parent / "worklist.parquet"
    write_outputs(report, found.parent, worklist=worklist if worklist.is_file() else None)
    page = found.parent / "report.html"
    click.echo(str(page))
    if is_open:
        click.launch(str(page))
    return 0
