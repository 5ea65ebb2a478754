"""`datassay suggest`: rules for a dataset, drafted from its data or taken over from another tool's file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datassay.cli.common import complete_names, prepare_environment
from datassay.project import find_project
from datassay.words import as_argument, plural

if TYPE_CHECKING:
    from datassay.scaffold.suggesting import Suggested

_MOST_LINES = 30


@click.command("suggest")
@click.argument("name", shell_complete=complete_names)
@click.option(
    "--from",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of rules: dbt, pandera, dataframely, ODCS, Soda, or an older suite.",
)
@click.option(
    "--as",
    "kind",
    type=click.Choice(["dbt", "pandera", "dataframely", "odcs", "soda", "gx"]),
    help="What that file is, where it does not show.",
)
@click.option("--table", help="The table, model or class in that file; default: the dataset's name, or the only one.")
@click.option("--accept", is_flag=True, help="Take the proposals into the dataset's suite.")
@click.option("--print", "is_shown_only", is_flag=True, help="Print the proposed suite; write nothing.")
@click.option("--rev", help="Branch, tag or commit of the data; 'workspace' reads the file as it lies.")
@click.option("--json", "is_json", is_flag=True, help="Print what was proposed and left out as JSON.")
@click.pass_obj
def command(
    options: dict[str, Any],
    *,
    name: str,
    path: Path | None,
    kind: str | None,
    table: str | None,
    accept: bool,
    is_shown_only: bool,
    rev: str | None,
    is_json: bool,
) -> int:
    r"""Propose a Great Expectations suite for dataset NAME.

    Rules are learned on one half of the rows and tried on the other; those that fail there are false alarms, counted
    and left out. With --from they come from a file that another tool reads; what cannot be carried over is listed, and
    no code in it runs. Every rule has a reason and is marked as proposed. A suite that is there is never written over:
    proposals lie beside it in NAME.proposed.json, which no audit reads, until you have read and corrected them.

    \b
    datassay suggest adult                         expectations/adult.json, or adult.proposed.json beside it
    datassay suggest adult --accept                into the suite; rules it has already stay as they are
    datassay suggest orders --from schema.yml      dbt's tests as expectations
    """
    from datassay.scaffold.suggesting import Source, accept_suite, suggest_suite

    if path is None and (kind is not None or table is not None):
        raise click.UsageError("--as and --table go with --from FILE.")
    if accept and is_shown_only:
        raise click.UsageError("--accept writes the suite, --print writes nothing: choose one.")
    project = find_project()
    prepare_environment(project, is_verbose=options["verbose"])
    source = Source(path, kind, table)
    if accept:
        done = accept_suite(project, name, source=source, rev=rev)
        if is_json:
            return _print_json({"suite": str(done.suite), "n_added": done.n_added, "n_there": done.n_there})
        click.echo(f"{plural(done.n_added, 'rule')} accepted into {_show(done.suite)}.")
        if done.n_there:
            there = plural(done.n_there, "proposal is of a rule", "proposals are of rules")
            click.echo(f"{there} that it has already and keeps.")
        if done.proposals is not None:
            click.echo(f"removed  {_show(done.proposals)}")
        click.echo(f"Next: datassay audit {as_argument(name)}")
        return 0
    found = suggest_suite(project, name, source=source, rev=rev, is_shown_only=is_shown_only)
    if is_json:
        parts = {"written": found.written and str(found.written), "suite": found.content}
        return _print_json({**parts, "tried": found.tried, "left_out": found.left_out})
    if is_shown_only:
        _tell(found, err=True)
        return _print_json(found.content)
    _tell(found, err=False)
    if found.written is not None:
        click.echo(f"written  {_show(found.written)}")
        click.echo(f"Next: read and correct it, then 'datassay suggest {as_argument(name)} --accept'")
    return 0


def _tell(found: Suggested, *, err: bool) -> None:
    meta = found.content["meta"]
    n_rules = len(found.content["expectations"])
    if "false_alarms" in meta:
        alarms = meta["false_alarms"]
        click.echo(f"{plural(n_rules, 'rule')} proposed from {plural(found.n_rows, 'row')}.", err=err)
        click.echo(
            f"False alarms: {alarms['n_failed']} of {plural(alarms['n_tried'], 'rule')} ({100 * alarms['rate']:.1f} %) "
            f"that {plural(meta['chosen_on_rows'], 'row')} taught failed on the other {meta['tried_on_rows']:,}.",
            err=err,
        )
        for entry in meta["left_out"][:_MOST_LINES]:
            click.echo(_clean(f"left out  {entry['type']} {entry['column'] or ''} ({entry['outcome']})"), err=err)
        return
    click.echo(_clean(f"{plural(n_rules, 'expectation')} carried over from {meta['kind']}, {meta['table']}."), err=err)
    tried = ", ".join(f"{count:,} {outcome}" for outcome, count in found.tried.items() if count)
    if tried:
        click.echo(f"On the data as it is: {tried}.", err=err)
    if found.left_out:
        left = plural(len(found.left_out), "rule or part of a rule", "rules or parts of rules")
        click.echo(f"{left} cannot be carried over:", err=err)
    for part in found.left_out[:_MOST_LINES]:
        click.echo(_clean(f"  {part['where']}: {part['rule']}: {part['reason']}"), err=err)
    if len(found.left_out) > _MOST_LINES:
        click.echo(f"  and {len(found.left_out) - _MOST_LINES:,} more: meta.left_out names them all", err=err)


def _clean(text: str) -> str:
    """Return text for a terminal: a file's names may hold characters that steer it."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _show(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _print_json(content: dict[str, Any]) -> int:
    import json

    click.echo(json.dumps(content, indent=2, default=str, ensure_ascii=False))
    return 0
