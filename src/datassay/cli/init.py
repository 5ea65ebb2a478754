"""`datassay init`: a project around the user's data, and a first definition drafted from it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.option(
    "--from",
    "table",
    type=click.Path(path_type=Path),
    help="Draft a definition and a first suite from this .parquet or .csv file, or folder of .parquet files.",
)
@click.option("--label", help="The column to predict; without it only checks and columns are audited.")
def command(*, table: Path | None, label: str | None) -> int:
    """Turn the DVC repository around you into a datassay project.

    Writes folders, flows, a commented example and the ignore files of its own folders. Overwrites nothing: what is
    there is kept and listed. With --from it also drafts audits/NAME.yaml and expectations/NAME.json from the data,
    marked as proposed, for you to read and correct.
    """
    from datassay.errors import ProjectError
    from datassay.project import find_project
    from datassay.scaffold.draft import draft_definition
    from datassay.scaffold.init import init_project

    if label is not None and table is None:
        raise click.UsageError("--label goes with --from FILE.")
    written = []
    try:
        root = find_project().root
    except ProjectError:
        root = Path.cwd()
        written.append(init_project(root))
    else:
        # In a project --from only drafts; init alone restores what is missing.
        written += [init_project(root)] if table is None else []
    notes: list[str] = []
    if table is not None:
        drafted = draft_definition(find_project(root), table, label)
        written.append(drafted.written)
        notes = drafted.notes
    for part in written:
        for path in part.created:
            click.echo(f"created  {path.relative_to(root)}")
        for path in part.kept:
            click.echo(f"kept     {path.relative_to(root)}")
    for note in notes:
        click.echo(note)
    return 0
