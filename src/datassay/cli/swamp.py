"""`datassay swamp`: columns that are stored and never used, of a dataset or a whole schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from datassay.cli.common import complete_names
from datassay.errors import InconclusiveError, UsageError, suggest

if TYPE_CHECKING:
    from datassay.swamp_finding import SwampFinding

#: Option -> key of the source in a definition, and its help.
_SOURCES = {
    "sql": "Glob of SQL files, or of dbt models.",
    "query-log": "Glob of query logs: csv, parquet or jsonl.",
    "dbt": "dbt's manifest.json.",
    "python": "Glob of Python scripts.",
    "notebook": "Glob of notebooks.",
    "code": "Glob of scripts in other languages: their words, at most a doubt.",
    "model": "Glob of saved models.",
    "feast": "Glob of Feast definitions.",
    "lookml": "Glob of LookML files.",
    "tableau": "Glob of Tableau workbooks.",
    "declared": "YAML list of columns that somebody vouches for, or one column.",
}
_ORDER = ("drop", "archive", "ask", "keep")


def _source_options(function: Any) -> Any:
    for name, told in reversed(_SOURCES.items()):
        function = click.option(f"--{name}", name.replace("-", "_"), multiple=True, metavar="GLOB", help=told)(function)
    return function


@click.command("swamp")
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--schema", "schemas", multiple=True, metavar="FILE", help="CREATE TABLE statements; no data is needed.")
@click.option("--tables", multiple=True, metavar="GLOB", help="Csv or Parquet files.")
@_source_options
@click.option(
    "--dialect", help="The SQL dialect, of what is read and of a plan, such as postgres; else several are tried."
)
@click.option("--preset", help="The form of the query logs, such as snowflake; else it is told by its columns.")
@click.option("--window", metavar="DAYS", help="Only use this recent counts, such as 90d.")
@click.option("--protect", multiple=True, metavar="COLUMN", help="Never proposed for removal: column or table.column.")
@click.option("--cost-per-gb-month", type=click.FloatRange(min=0), help="Default: the definition's, else 0.023.")
@click.option("--currency", help="Default: the definition's, else EUR.")
@click.option("--plan", type=click.Choice(["sql", "polars"]), help="Print a plan to remove columns; it is not run.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(name: str | None, *, is_json: bool, plan: str | None, **options: Any) -> int:
    r"""Find columns that are stored, paid for and never used, with the evidence.

    \b
    datassay swamp adult                               a dataset of this project, from its definition
    datassay swamp --schema schema.sql --sql 'queries/*.sql' --dialect postgres --json
    datassay swamp --tables 'data/*.csv' --python 'src/**/*.py' --notebook '**/*.ipynb'

    Exits 4 where no usage source is named, or none that is searched could be read at all: the result is printed and
    says 'unknown', and one line on stderr says why.
    """
    sources = [{key.replace("-", "_"): value} for key in _SOURCES for value in options.pop(key.replace("-", "_"))]
    found = _find_named(name, sources, options) if name is not None else _find_free(sources, options)
    if plan is not None:
        click.echo(found.removal_plan("polars" if plan == "polars" else "sql"), nl=False)
    elif is_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        for line in say_finding(found):
            click.echo(line)
    check_searched(found)
    return 0


def _find_free(sources: list[dict[str, Any]], options: dict[str, Any]) -> SwampFinding:
    from datassay.swamp_search import find_swamp_columns

    tables = [*options["schemas"], *options["tables"]]
    if not tables:
        raise UsageError("Name a dataset, or tables with --schema or --tables.")
    return find_swamp_columns(
        tables,
        _settle(sources, options),
        window=options["window"],
        dialect=options["dialect"],
        protected=options["protect"],
        **{key: options[key] for key in ("cost_per_gb_month", "currency") if options[key] is not None},
    )


def _settle(sources: list[dict[str, Any]], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Give logs their preset, and columns named one by one a list."""
    settled: list[dict[str, Any]] = []
    for source in sources:
        key, value = next(iter(source.items()))
        if key == "query_log" and options["preset"]:
            settled.append({key: {"path": value, "preset": options["preset"]}})
        elif key == "declared" and not value.lower().endswith((".yaml", ".yml")):
            settled.append({key: [value]})
        else:
            settled.append(source)
    return settled


def _find_named(name: str, sources: list[dict[str, Any]], options: dict[str, Any]) -> SwampFinding:
    from datassay.api import find_suite
    from datassay.datasets.snapshot import take_snapshot
    from datassay.project import find_project
    from datassay.spec import read_spec
    from datassay.swamp.columns import find_swamp
    from datassay.swamp.money import Prices, count_checks
    from datassay.swamp_finding import SwampFinding
    from datassay.swamp_search import check_window

    if options["schemas"] or options["tables"]:
        raise UsageError("Name a dataset, or tables with --schema or --tables, not both.")
    check_window(options["window"])
    project = find_project()
    spec = read_spec(project.definition(name))
    usage = spec.usage
    if sources:
        given = [*usage.sources, *type(usage).model_validate({"sources": _settle(sources, options)}).sources]
        usage = usage.model_copy(update={"sources": given})
    if options["window"] is not None:
        usage = type(usage).model_validate({**usage.model_dump(exclude_none=True), "window": options["window"]})
    snapshot = take_snapshot(spec.dataset, name=spec.name, root=project.root, cache_dir=project.cache)
    names = [column.name for column in snapshot.columns]
    for column in options["protect"]:
        if column not in names:
            raise UsageError(f"No column is called {column!r}, so it cannot be protected.", hint=suggest(column, names))
    bound = (spec.label, spec.id, spec.features.time, spec.features.groups, spec.trusted.column)
    price = options["cost_per_gb_month"]
    swamp = find_swamp(
        snapshot,
        usage,
        root=project.root,
        protected=[*(column for column in bound if column), *options["protect"]],
        prices=Prices(
            (spec.storage.cost_per_gb_month if price is None else price) * spec.storage.replicas,
            spec.storage.cost_per_gb_read,
            spec.storage.checks_per_month,
            count_checks(find_suite(spec, project)),
        ),
        currency=options["currency"] or spec.currency,
        time=spec.features.time,
    )
    return SwampFinding(swamp, has_data=True, dialect=options["dialect"])


def check_searched(found: SwampFinding) -> None:
    """Raise InconclusiveError where no usage source could be read: a job must not take the result for an answer."""
    from datassay.report import numbers as say

    why = found.unsearched
    if why is not None:
        hint = "Correct the source, or name another one." if found.swamp.coverage else "Name some, such as --sql FILES."
        raise InconclusiveError(f"Nothing was searched for use: {say.visible(why, 400)}.", hint=hint)


def say_finding(found: SwampFinding) -> list[str]:
    """Return the finding as lines: what to do with which columns, the dearest first, and what was read."""
    from datassay.report import numbers as say
    from datassay.report.kept import tell_costs

    swamp = found.swamp
    within = say.recent(swamp.window) if swamp.window else "of any age"
    counts = f"{swamp.n_unused} unused, {swamp.n_unknown} unknown, {swamp.n_used} used"
    lines = [f"{say.plural(len(swamp.columns), 'column')}: {counts} ({within})"]
    if found.has_data and swamp.n_unused:
        month = say.money(swamp.unused_cost_per_month, swamp.currency)
        year = say.money(swamp.unused_cost_per_month * 12, swamp.currency)
        lines.append(f"unused: {say.size(swamp.unused_bytes)}, {month} a month, {year} a year")
        lines += tell_costs(swamp)
    for advice in _ORDER:
        mine = [column for column in swamp.columns if column.advice == advice]
        if not mine:
            continue
        lines += ["", f"{advice} ({len(mine)})"]
        names = [f"{column.table}.{column.name}" if column.table else column.name for column in mine]
        width = min(max(len(each) for each in names), 48)
        for column, shown in zip(mine, names, strict=True):
            beside = [each for each in column.reasons if each not in column.reason]
            told = "; ".join([column.reason, *beside])
            size = f"  {say.size(column.stored_bytes):>9}" if found.has_data else ""
            lines.append(f"  {say.visible(shown).ljust(width)}{size}  {say.visible(told, 160)}")
    lines += ["", "read"]
    for each in swamp.coverage:
        told = f"  {say.visible(each.source, 160)}: {say.count(each.n_parsed)} of {say.plural(each.n_files, 'file')}"
        if each.n_statements:
            told += f", {say.plural(each.n_statements, 'statement')}, {say.count(each.n_statements_parsed)} parsed"
            told += f", {say.count(each.n_statements_resolved)} resolved"
        lines.append(told)
        lines += [f"    {say.visible(reason, 160)}" for reason in each.reasons]
    if not swamp.coverage:
        lines.append("  nothing: name sources such as --sql or --python")
    return [*lines, *(f"  {say.visible(note, 160)}" for note in found.notes)]
