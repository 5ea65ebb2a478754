"""`datassay review`: give rows to reviewers, take their answers back, correct the labels."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datassay.cli.common import complete_names, prepare_environment
from datassay.project import Project, find_project
from datassay.words import as_argument, plural

if TYPE_CHECKING:
    from datassay.reviewing.apply import Applied
    from datassay.reviewing.status import Status

NAME = click.argument("name", shell_complete=complete_names)
REV = click.option("--rev", help="Branch, tag or commit of the data; 'workspace' reads the file as it lies.")
JSON = click.option("--json", "is_json", is_flag=True, help="Print the result as JSON.")
FORMATS = ("csv", "parquet", "label-studio", "argilla")


@click.group("review")
def command() -> None:
    r"""Review labels: a hundred of them make the verdict far surer.

    \b
    datassay audit adult                          which labels look wrong
    datassay review export adult --size 100       a file for reviewers
    datassay review import adult answered.csv     their answers, into reviews/adult.jsonl
    datassay audit adult                          noise rate, precision and verdict with the reviews
    datassay review apply adult                   a new dataset file with the corrected labels
    """


@command.command("export")
@NAME
@click.option("--size", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Answers to ask for.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; never one that exists.")
@click.option("--reviewer", help="Who answers; repeats are left open for somebody else.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the draw; default: the definition's.")
@click.option("--columns", help="Columns that reviewers see, with commas between them; default: the features.")
@click.option("--suggest", "show_suggestions", is_flag=True, help="Show what the audit suggests for worklist rows.")
@JSON
def export(
    *,
    name: str,
    size: int,
    file_format: str,
    out: Path | None,
    reviewer: str | None,
    seed: int | None,
    columns: str | None,
    show_suggestions: bool,
    is_json: bool,
) -> int:
    r"""Draw rows of dataset NAME from its last audit and write them for reviewers.

    60 % are drawn at random, for the noise rate; the rest from the worklist by depth, for its precision; one in twenty
    is asked twice, for the reviewers' accuracy: give rows with is_repeat to a second person. Reviewers fill in
    true_label (or 'unsure') and reviewer. What the audit suggests is not shown, for it sways; --suggest shows it for
    rows of the worklist, never for the random ones.

    The file HOLDS CELL VALUES of the data, which is its purpose: treat it as you treat the data. Nothing in a CSV cell
    runs as a spreadsheet's formula. For label-studio the labelling interface, for argilla the settings lie beside the
    JSON file.

    \b
    Example: datassay review export adult --size 100 --format label-studio --out tasks.json
    """
    from datassay.reviewing.export import export_review

    project = _project()
    done = export_review(
        project,
        name,
        size=size,
        file_format=file_format,
        out=out,
        reviewer=reviewer,
        seed=seed,
        columns=[column.strip() for column in columns.split(",")] if columns else None,
        show_suggestions=show_suggestions,
    )
    if is_json:
        return _print_json({**asdict(done), "size": done.size})
    click.echo(
        f"{plural(done.size, 'answer')} to give: {plural(done.n_random, 'row')} at random, {done.n_worklist:,} of the "
        f"worklist, {plural(done.n_repeats, 'repeat')} for a second reviewer."
    )
    if done.size < size:
        click.echo(f"There are no more rows to review than that; {size:,} were asked for.")
    for path in done.paths:
        click.echo(f"written  {_show(path)}")
    click.echo(f"Commit {_show(done.exports)}: an import finds there what was asked.")
    click.echo(f"Next: datassay review import {as_argument(name)} ANSWERED_FILE{_rev_option(done.import_rev)}")
    return 0


@command.command("import")
@NAME
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reviewer", help="Who answered, where the file does not say it.")
@REV
@click.option(
    "--skip-changed", is_flag=True, help="Leave out rows that have changed or are gone, and import the others."
)
@JSON
def import_(*, name: str, file: Path, reviewer: str | None, rev: str | None, skip_changed: bool, is_json: bool) -> int:
    r"""Check the answers in FILE and append them to reviews/NAME.jsonl.

    Reads CSV, Parquet, Label Studio's JSON, JSON-MIN and CSV exports, and Argilla's records. All of it is imported, or
    nothing: rows that are not in the data, whose content has changed, or whose answer is no class are counted and the
    first is named, and so are two different answers of one reviewer to one question. Blank answers are skipped, a file
    of nothing else exits with 4; 'unsure' is kept as such, and the same answers again add nothing. The next audit uses
    the ledger by itself.

    \b
    Example: datassay review import adult answered.csv --reviewer ann
    """
    from datassay.reviewing.collect import import_review

    done = import_review(_project(), name, file, reviewer=reviewer, rev=rev, skip_changed=skip_changed)
    if is_json:
        return _print_json(asdict(done))
    click.echo(f"{plural(done.n_added, 'answer')} added to reviews/{name}.jsonl, {done.n_unsure:,} of them unsure.")
    for count, told in (
        (done.n_already_there, "there already"),
        (done.n_replaced, "in place of another label that the same reviewer gave before"),
        (done.n_empty, "blank, skipped"),
        (done.n_changed, "on rows that have changed or are gone, left out"),
    ):
        if count:
            click.echo(f"{plural(count, 'answer')} {told}.")
    if done.n_marked:
        click.echo(f"Drawn at random too, and reviewed earlier: {plural(done.n_marked, 'row')}.")
    if done.n_added or done.n_marked:
        audit = f"datassay audit {as_argument(name)}{_rev_option(rev)}"
        click.echo(f"Next: git add reviews/{as_argument(name)}*.jsonl && {audit}")
    return 0


@command.command("apply")
@NAME
@click.option("--out", type=click.Path(path_type=Path), help="New file or folder; default: NAME.reviewed.SUFFIX.")
@REV
@click.option("--rev-tag", "tag", metavar="TAG", help="Commit the new file's pointer, and nothing else, and tag it.")
@click.option("--dry-run", is_flag=True, help="Only say how many labels would change.")
@JSON
def apply(*, name: str, out: Path | None, rev: str | None, tag: str | None, dry_run: bool, is_json: bool) -> int:
    r"""Write a NEW file of dataset NAME with the corrected labels; the old one stays as it is.

    Changes only labels on which a majority of the reviewers agrees and that are still the ones that were reviewed.
    Format, columns, types and every other cell stay. In a DVC repository the new file is added to DVC.

    \b
    Example: datassay review apply adult --rev-tag adult-reviewed
    """
    from datassay.reviewing.apply import apply_review

    done = apply_review(_project(), name, out=out, rev=rev, tag=tag, dry_run=dry_run)
    if is_json:
        return _print_json(asdict(done))
    did, are = ("would change" if dry_run else "changed"), ("is" if done.n_right == 1 else "are")
    click.echo(f"{plural(done.n_changed, 'label')} {did}; {done.n_right:,} {are} right.")
    if done.n_moved:
        one, many = (
            "label is not the one that was reviewed, and stays",
            "labels are not those that were reviewed, and stay",
        )
        click.echo(f"{plural(done.n_moved, one, many)}.")
    for told in done.left_out:
        click.echo(told)
    if done.path is not None:
        click.echo(f"written  {_show(done.path)}")
        _tell_next(done, name)
    return 0


@command.command("status")
@NAME
@JSON
def status(*, name: str, is_json: bool) -> int:
    """Show how far the reviews of dataset NAME are: answers, reviewers, agreement, open questions."""
    from datassay.reviewing.status import review_status

    found = review_status(_project(), name)
    click.echo(found.model_dump_json(indent=2) if is_json else _describe(found))
    return 0


def _project() -> Project:
    project = find_project()
    prepare_environment(project, is_verbose=False)
    return project


def _describe(found: Status) -> str:
    if not found.n_answers and found.last_export is None:
        return f"{found.dataset}: no reviews yet. Start with 'datassay review export {as_argument(found.dataset)}'."
    answers, rows = plural(found.n_answers, "answer"), plural(found.n_rows, "row")
    lines = [f"{found.dataset}: {answers} to {rows}, {found.n_wrong:,} found wrong"]
    lines += [f"  {drawn:<10} {plural(count, 'answer')}" for drawn, count in found.by_drawn.items()]
    lines += [f"  {who or '(no name)':<10} {plural(count, 'answer')}" for who, count in found.by_reviewer.items()]
    if found.n_pairs:
        lines.append(f"  {found.n_agree:,} of {plural(found.n_pairs, 'pair')} of answers to one row agree")
    if found.n_undecided:
        undecided = plural(found.n_undecided, "row undecided: its", "rows undecided: their")
        lines.append(f"  {undecided} answers contradict each other")
    if found.n_unsure:
        lines.append(f"  {plural(found.n_unsure, 'answer')} unsure")
    last = found.last_export
    if last is not None:
        still = ", ".join(f"{count:,} {kind}" for kind, count in last.open.items()) or "nothing"
        lines.append(f"last export {last.export}: {last.n_answered:,} of {last.n_asked:,} answered; open: {still}")
    return "\n".join(lines)


def _tell_next(done: Applied, name: str) -> None:
    assert done.path is not None
    if not done.pointers:
        click.echo("The file is in no DVC repository: keep it under version control yourself.")
    elif done.tag is None:
        click.echo(f"Next: git add {' '.join(as_argument(_show(path)) for path in done.pointers)} && git commit")
    else:
        click.echo(f"committed and tagged {done.tag}")
    if done.pointers:
        click.echo("      dvc push")
    click.echo(f"      point 'dataset: {{path: ...}}' in audits/{name}.yaml to {_show(done.path)}, and audit it")


def _rev_option(rev: str | None) -> str:
    return "" if rev is None else f" --rev {as_argument(rev)}"


def _show(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _print_json(content: dict[str, object]) -> int:
    import json

    click.echo(json.dumps(content, indent=2, default=str))
    return 0
