"""`datassay audit`: run the project's flow and print the first screen of its report."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from datassay.cli.common import check_write_access, complete_names, prepare_environment, tell_misnamed
from datassay.cli.flows import load_flow
from datassay.cli.progress import show_progress
from datassay.cli.server import embedded_server
from datassay.progress import get_reporter
from datassay.project import Project, find_project
from datassay.results import Report


@click.command("audit")
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--all", "is_all", is_flag=True, help="Audit every dataset and write reports/index.html.")
@click.option("--rev", help="Branch, tag or commit; 'workspace' reads the files as they lie.")
@click.option("--against", metavar="REV", help="Rev to compare with; default: the one audited before.")
@click.option("--json", "is_json", is_flag=True, help="Print report.json to stdout.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whenever a report was written; for stages of dvc.yaml.")
@click.pass_obj
def command(
    options: dict[str, Any],
    *,
    name: str | None,
    is_all: bool,
    rev: str | None,
    against: str | None,
    is_json: bool,
    exit_zero: bool,
) -> int:
    """Audit dataset NAME and write reports/NAME/.

    Pulls the rev through DVC without touching the workspace, runs the suite, estimates label noise and the value of
    cleaning and collecting, looks for unused columns, and decides. What has been computed for the same content,
    definition and seed is taken from the cache. Exits 4 where a stage could not be measured: the report is written
    and says why. Whether the data is good enough is what 'datassay gate NAME' answers.

    With --all one dataset that fails does not stop the others. The exit code is 3 if trying again may help one of them,
    else the first of 5, 2 and 4 that one of them has.
    """
    if (name is None) == (not is_all):
        raise click.UsageError("Name one dataset, or say --all.")
    if is_all and (against is not None or is_json):
        option = "--json" if is_json else "--against"
        raise click.UsageError(f"{option} is for one dataset: name it in place of --all.")
    project = find_project()
    if is_all:
        from datassay.report.artifact import read_report

        tell_misnamed(project)
        check_write_access(project)
        prepare_environment(project, is_verbose=options["verbose"])
        done = run_flow(project, "audit_all", options, rev=rev, root=str(project.root))
        click.echo(f"Reports: {project.reports / 'index.html'}")
        reports = [read_report(project.reports / each) for each in done or ()]
        return 0 if exit_zero or all(map(_is_measured, reports)) else 4
    assert name is not None
    report = audit_dataset(project, name, rev=rev, against=against, options=options)
    folder = project.reports / name
    click.echo(report.model_dump_json(indent=2) if is_json else render(report, folder))
    add_step_summary(folder / "summary.md")
    return 0 if exit_zero or _is_measured(report) else 4


def _is_measured(report: Report) -> bool:
    """Tell whether no stage is unknown; the gate's own outcome is for 'datassay gate' to tell."""
    return all(record.outcome != "unknown" for stage, record in report.stages.items() if stage != "gate")


def audit_dataset(
    project: Project, name: str, *, rev: str | None, against: str | None, options: dict[str, Any]
) -> Report:
    """Run the project's flow on one dataset, with progress, and return the report that it wrote."""
    from datassay.report.artifact import read_report

    # A wrong name or definition is told before any engine is loaded.
    from datassay.spec import read_spec

    read_spec(project.definition(name))
    check_write_access(project)
    prepare_environment(project, is_verbose=options["verbose"])
    done = run_flow(project, "audit_dataset", options, name=name, rev=rev, against=against, root=str(project.root))
    return read_report(Path(done["folder"]) / "report.json")


def run_flow(project: Project, flow_name: str, options: dict[str, Any], **parameters: Any) -> Any:
    """Run one of the project's flows, with progress, on the user's Prefect API or on a server of its own."""
    with (
        embedded_server(project) as server,
        show_progress(is_quiet=options["quiet"]),
        load_flow(project, flow_name) as flow,
    ):
        if server is not None:
            reporter, started = get_reporter(), time.perf_counter()
            if reporter:
                reporter.start("server", None)
            server.wait()
            if reporter:
                reporter.finish("server", "passed", time.perf_counter() - started, "")
        return flow(**parameters)


def render(report: Report, folder: Path) -> str:
    """Return the first screen of a report as text, and where the rest is."""
    import shutil
    import sys

    from datassay.report.terminal import render_terminal

    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    return f"{render_terminal(report, width=width, color=is_coloured)}\n\nReport: {folder / 'report.html'}"


def add_step_summary(summary: Path) -> None:
    """Append the summary to the page of a GitHub Actions step, where there is one."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target and summary.is_file():
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(summary.read_text(encoding="utf-8") + "\n")
