"""`datassay history`: what was audited, what was predicted, and what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from datassay.cli.common import complete_names, prepare_environment
from datassay.cli.progress import show_progress
from datassay.project import find_project
from datassay.words import as_argument

if TYPE_CHECKING:
    from datassay.forecasts import Comparison, Coverage
    from datassay.history import Past
    from datassay.report.numbers import Metric
    from datassay.results import Interval


@click.command("history")
@click.argument("name", shell_complete=complete_names)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option(
    "--measure/--no-measure", "is_measured", default=True, help="Measure what was not measured yet (default), or not."
)
@click.pass_obj
def command(options: dict[str, Any], *, name: str, is_json: bool, is_measured: bool) -> int:
    r"""Show the audits of dataset NAME, and what came of their forecasts.

    An audit predicts what reviewed labels and new rows will gain. When a later rev holds other labels or more rows,
    what they gained is measured: the same model, cross-validated on the rows that both revs have, with the labels of
    before and of after, and with and without the new rows. That costs some fits, once; the result is kept with the
    forecasts in reports/NAME/history.jsonl, which can be committed.

    \b
    datassay audit adult --rev v1     # predicts
    datassay audit adult --rev v2     # holds corrected labels
    datassay history adult            # predicted against realised
    """
    from datassay.forecasts import compare_forecasts, count_coverage
    from datassay.history import History
    from datassay.spec import read_spec

    project = find_project()
    spec = read_spec(project.definition(name)).anchored(project.root)
    prepare_environment(project, is_verbose=options["verbose"])
    history = History(project.cache, name, reports=project.reports)
    audits = history.audits()
    with show_progress(is_quiet=options["quiet"]):
        found = compare_forecasts(project, spec, history, is_measured=is_measured)
    coverage = count_coverage(found)
    if is_json:
        content = {
            "dataset": name,
            "audits": [past.model_dump(mode="json") for past in audits],
            "forecasts": [each.model_dump(mode="json") for each in found],
            "coverage": coverage.model_dump(mode="json"),
        }
        click.echo(json.dumps(content, indent=2))
    else:
        click.echo(render(name, audits, found, coverage))
    return 0


def render(name: str, audits: list[Past], found: list[Comparison], coverage: Coverage) -> str:
    """Return the two tables as text."""
    from datassay.report import numbers as say

    if not audits:
        return f"{name} was not audited yet. Run 'datassay audit {as_argument(name)}'."
    shown = say.visible(name)
    lines = [
        f"{shown}: {say.plural(len(audits), 'audit')} of {say.plural(len({p.md5 for p in audits}), 'content')}",
        "",
    ]
    columns = ("audited", "rev", "rows", "verdict", "noise rate", "metric", "an hour predicts", "a day predicts")
    lines += _table(columns, [_audit_row(past) for past in audits])
    used = [past.forecast.metric for past in audits if past.forecast]
    if used:
        units = ", ".join(dict.fromkeys(say.metric_words(metric).unit for metric in used))
        lines += ["", f"Gains count {units}, with 80 % intervals."]
    if not found:
        return "\n".join([*lines, "", "No later content was audited yet, so nothing came of these forecasts so far."])
    lines += ["", "Forecasts and what came of them", ""]
    compared = [each for each in found if each.predicted is not None]
    if compared:
        sides = ("from", "to", "what changed", "metric", "predicted", "realised", "inside its 80 % interval")
        lines += _table(sides, [_comparison_row(each) for each in compared])
    lines += [
        f"{' > '.join(_ends(each))}: not compared: {say.visible(each.reason, 300)}" for each in found if each.reason
    ]
    notes = dict.fromkeys(note for each in compared for note in each.notes)
    lines += [f"Note: {say.visible(note, 300)}" for note in notes]
    if coverage.n_forecasts:
        missed = f"; {coverage.n_apart} clearly missed" if coverage.n_apart else ""
        told = say.plural(coverage.n_forecasts, "forecast")
        lines += ["", f"So far {coverage.n_inside} of {told} inside their 80 % interval{missed}."]
    return "\n".join(lines)


def _audit_row(past: Past) -> tuple[str, ...]:
    from datassay.report import numbers as say

    forecast = past.forecast
    metric = say.metric_words(forecast.metric) if forecast else None
    gains = [_gain(each, metric) for each in (forecast.per_hour, forecast.per_day)] if forecast and metric else ["", ""]
    return (
        say.moment(past.at),
        say.visible(past.rev, 20),
        "" if past.n_rows is None else say.count(past.n_rows),
        past.action or "",
        "" if past.noise_rate is None else say.percent(past.noise_rate),
        metric.name if metric else "",
        *gains,
    )


def _comparison_row(each: Comparison) -> tuple[str, ...]:
    from datassay.report import numbers as say

    metric = say.metric_words(each.metric or "")
    if each.side == "cleaning":
        n = say.count(round(each.n_reviewed or 0))
        told = f"{say.plural(each.amount or 0, 'label')} changed (as if the worst {n} were reviewed)"
    else:
        told = say.plural(each.amount or 0, "new row")
    held = "yes" if each.is_inside else "no, clearly missed" if each.is_apart else "no, within measurement error"
    gains = [_gain(interval, metric) for interval in (each.predicted, each.realised) if interval is not None]
    return *_ends(each), told, metric.name, *gains, held


def _ends(each: Comparison) -> list[str]:
    """Return both revs; with the beginning of their contents' hashes where they go by one name, as HEAD does."""
    from datassay.report import numbers as say

    revs = [say.visible(rev, 20) for rev in (each.before_rev, each.after_rev)]
    if each.before_rev != each.after_rev:
        return revs
    return [f"{rev} ({md5[:7]})" for rev, md5 in zip(revs, (each.before_md5, each.after_md5), strict=True)]


def _gain(gain: Interval, metric: Metric) -> str:
    from datassay.report import numbers as say

    estimate, low, high = (value * metric.scale for value in (gain.estimate, gain.low, gain.high))
    digits = say.gain_digits(estimate, low, high)
    return f"{say.signed(estimate, digits)} {say.span(low, high, digits)}"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    return [
        "  ".join((cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *rows)
    ]
