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
    from collections.abc import Mapping

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
    forecasts in reports/NAME/history.jsonl, which can be committed. Forecasts of one rev that was audited with and
    without reviews are held against the same gain.

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
    names = _name_apart(audits)
    lines += _table(columns, [_audit_row(past, rev) for past, rev in zip(audits, names, strict=True)])
    used = [past.forecast.metric for past in audits if past.forecast]
    if used:
        units = ", ".join(dict.fromkeys(say.metric_words(metric).unit for metric in used))
        lines += ["", f"Gains count {units}, with 80 % intervals."]
    if not found:
        return "\n".join([*lines, "", "No later content was audited yet, so nothing came of these forecasts so far."])
    lines += ["", "Forecasts and what came of them", ""]
    # The last one of each content: two audits of one content are one end of a forecast.
    named = {(past.rev, past.md5): rev for past, rev in zip(audits, names, strict=True)}
    compared = [each for each in found if each.predicted is not None]
    if compared:
        sides = ("from", "to", "forecast with", "what changed", "metric", "predicted", "realised")
        rows = [_comparison_row(each, named, found) for each in compared]
        lines += _table((*sides, "inside its 80 % interval"), rows)
    # Several forecasts of one content mostly have one reason.
    lines += dict.fromkeys(
        f"{' > '.join(_ends(each, named))}: not compared: {say.visible(each.reason, 300)}"
        for each in found
        if each.reason
    )
    notes = dict.fromkeys(note for each in compared for note in each.notes)
    lines += [f"Note: {say.visible(note, 300)}" for note in notes]
    if coverage.n_forecasts:
        missed = f"; {coverage.n_apart} clearly missed" if coverage.n_apart else ""
        told = say.plural(coverage.n_forecasts, "forecast")
        lines += ["", f"So far {coverage.n_inside} of {told} inside their 80 % interval{missed}."]
    return "\n".join(lines)


def _name_apart(audits: list[Past]) -> list[str]:
    """Return a name for every audit: its rev, with the path and the commit where several go by one rev."""
    from datassay.report import numbers as say

    names = []
    for past in audits:
        alike = [each for each in audits if each.rev == past.rev]
        parts = [say.visible(past.path, 40)] if len({each.path for each in alike}) > 1 else []
        if len({each.commit or each.md5 for each in alike if each.path == past.path}) > 1:
            parts.append(say.visible((past.commit or past.md5)[:7]))
        rev = say.visible(past.rev, 20)
        names.append(f"{rev} ({', '.join(parts)})" if parts else rev)
    return names


def _audit_row(past: Past, rev: str) -> tuple[str, ...]:
    from datassay.report import numbers as say

    forecast = past.forecast
    metric = say.metric_words(forecast.metric) if forecast else None
    gains = [_gain(each, metric) for each in (forecast.per_hour, forecast.per_day)] if forecast and metric else ["", ""]
    return (
        say.moment(past.at),
        rev,
        "" if past.n_rows is None else say.count(past.n_rows),
        past.action or "",
        "" if past.noise_rate is None else say.percent(past.noise_rate),
        metric.name if metric else "",
        *gains,
    )


def _comparison_row(each: Comparison, named: Mapping[tuple[str, str], str], found: list[Comparison]) -> tuple[str, ...]:
    from datassay.report import numbers as say

    metric = say.metric_words(each.metric or "")
    if each.side == "cleaning":
        n = say.count(round(each.n_reviewed or 0))
        told = f"{say.plural(each.amount or 0, 'label')} changed (as if the worst {n} were reviewed)"
    else:
        told = say.plural(each.amount or 0, "new row")
    held = "yes" if each.is_inside else "no, clearly missed" if each.is_apart else "no, within measurement error"
    gains = [_gain(interval, metric) for interval in (each.predicted, each.realised) if interval is not None]
    return *_ends(each, named), _tell_forecast(each, found), told, metric.name, *gains, held


def _tell_forecast(each: Comparison, found: list[Comparison]) -> str:
    """Return how many reviews a forecast rests on, with its time where the same two contents have another such one."""
    from datassay.report import numbers as say

    ends = (each.before_md5, each.after_md5, each.n_reviews)
    times = {other.forecast_at for other in found if (other.before_md5, other.after_md5, other.n_reviews) == ends}
    parts = [] if each.n_reviews is None else [say.plural(each.n_reviews, "review")]
    if len(times) > 1 and each.forecast_at is not None:
        parts.append(say.moment(each.forecast_at))
    return ", ".join(parts)


def _ends(each: Comparison, named: Mapping[tuple[str, str], str]) -> list[str]:
    """Return both revs; where they go by one name, as HEAD does, with what tells their audits apart, or the hashes."""
    from datassay.report import numbers as say

    ends = [(each.before_rev, each.before_md5), (each.after_rev, each.after_md5)]
    revs = [say.visible(rev, 20) for rev, _ in ends]
    if each.before_rev != each.after_rev:
        return revs
    found = [named.get(end, rev) for end, rev in zip(ends, revs, strict=True)]
    if found[0] != found[1]:
        return found
    return [f"{rev} ({md5[:7]})" for rev, (_, md5) in zip(revs, ends, strict=True)]


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
