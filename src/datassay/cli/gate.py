"""`datassay gate`: the last report as an exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datassay.cli.common import Age, check_report_of, complete_names, report_path
from datassay.project import find_project
from datassay.words import as_argument

if TYPE_CHECKING:
    from datassay.results import Gate


@click.command("gate")
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--report", "path", type=click.Path(path_type=Path), help="Read this report.json instead of NAME's last.")
@click.option("--max-age", type=Age(), help="Refuse a report older than this (90m, 24h, 7d).")
@click.option("--rev", help="Refuse a report of any other rev or commit.")
@click.option("--json", "is_json", is_flag=True, help="Print the gate as JSON.")
def command(*, name: str | None, path: Path | None, max_age: float | None, rev: str | None, is_json: bool) -> int:
    r"""Turn the last report of dataset NAME into an exit code.

    \b
    0  every rule passed
    1  a rule failed: the data is not good enough
    4  a rule could not be measured, nothing was checked, or the report is stale

    The rules are those of the definition as they are now; with --report, those of the report's own audit. A report is
    stale where the definition now names another file, label, id, task or rev; for HEAD ask with --rev HEAD.
    """
    from datassay.api import gate
    from datassay.errors import InconclusiveError
    from datassay.report.artifact import read_report
    from datassay.rules import EXIT_CODES, evaluate_again
    from datassay.spec import read_spec
    from datassay.staleness import find_difference

    found_at = report_path(name, path)
    report = read_report(found_at)
    check_report_of(name, report, found_at)
    found = gate(report, max_age_s=max_age, rev=rev)
    if name is not None and path is None:
        project = find_project()
        spec = read_spec(project.definition(name))
        differs = find_difference(spec, report, project.root, is_rev_asked=rev is not None)
        if differs is not None:
            raise InconclusiveError(
                f"The last report of {name} is of {differs}.", hint=f"Run 'datassay audit {as_argument(name)}' again."
            )
        now = evaluate_again(spec.gate, report)
        if _list_rules(now) != _list_rules(found):
            click.echo(
                f"{name}: the rules of its definition have changed since the audit; these are today's.", err=True
            )
        found = now
    if is_json:
        of = {"dataset": report.dataset.name, "rev": report.dataset.rev, "commit": report.dataset.commit}
        click.echo(json.dumps(of | found.model_dump(), indent=2))
    else:
        click.echo(f"{report.dataset.name} at {report.dataset.rev}: gate {found.outcome}")
        for rule in found.rules:
            value = "not measured" if rule.value is None else _show(rule.value)
            limit = "" if rule.threshold is None else f" (allowed: {_show(rule.threshold)})"
            click.echo(f"  {rule.outcome:<8} {rule.name}: {value}{limit}{f' - {rule.reason}' if rule.reason else ''}")
    return EXIT_CODES[found.outcome]


def _list_rules(gate: Gate) -> list[tuple[str, float | str | None]]:
    """Return what a gate asks for; the outcomes may differ without a change of the definition."""
    return [(rule.name, rule.threshold) for rule in gate.rules if not rule.name.startswith("stage_")]


def _show(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
