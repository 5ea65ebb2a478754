"""`datassay demo`: a real dataset with planted faults, audited, and what was found of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from datassay.cli.audit import audit_dataset, render


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="datassay-demo", type=click.Path(path_type=Path))
@click.pass_obj
def command(options: dict[str, Any], *, folder: Path) -> int:
    """Build a demo project in DIR (default ./datassay-demo) and audit it.

    The data is the real Adult census table under Git and DVC with three tagged revs: v1 as published, v2 with more
    rows, v3 with faults planted by a fixed seed. The audit of v3 knows nothing of them; the table at the end tells what
    was planted and what was found.
    """
    from datassay.project import find_project
    from datassay.scaffold.demo import build_demo, check_published
    from datassay.scaffold.found import compare_planted, render_found

    started = time.perf_counter()
    if not options["quiet"]:
        click.echo(f"Building a Git and DVC repository with three revs of the Adult table in {folder} …", err=True)
    demo = build_demo(folder)
    if not options["quiet"]:
        click.echo(f"built in {time.perf_counter() - started:.0f} s; auditing {demo.rev} …", err=True)
    project = find_project(demo.root)
    report = audit_dataset(project, demo.dataset, rev=demo.rev, against=demo.against, options=options)
    reports = project.reports / demo.dataset
    click.echo(render(report, reports))
    published = check_published(demo, project.cache)
    rows = compare_planted(report, reports / "worklist.parquet", demo.truth, published=published)
    click.echo(f"\n{render_found(rows)}")
    click.echo(f"\nDone in {time.perf_counter() - started:.0f} s. Look around: cd {folder} && datassay list")
    return 0
