"""`datassay selftest`: how much of what is wrong the audit finds on this very table, shown with planted errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from datassay.cli.common import complete_names, prepare_environment
from datassay.cli.progress import show_progress
from datassay.project import find_project

if TYPE_CHECKING:
    from datassay.selftesting import SelfTest, Trial

NAMES = {"planted": "as many as planted", "hour": "an hour's labels", "tenth": "a tenth of the rows"}


@click.command("selftest")
@click.argument("name", shell_complete=complete_names)
@click.option("--rate", default=0.05, show_default=True, help="Share of the labels to plant, above 0, at most 0.4.")
@click.option(
    "--kind",
    type=click.Choice(["even", "by-class", "near-boundary", "all"]),
    default="all",
    show_default=True,
    help="Any rows; some classes always to the same other; rows the model is unsure of.",
)
@click.option("--repeats", default=1, show_default=True, type=click.IntRange(1, 20), help="Plantings of each kind.")
@click.option("--rev", help="Branch, tag or commit; 'workspace' reads the files as they lie.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    options: dict[str, Any], *, name: str, rate: float, kind: str, repeats: int, rev: str | None, is_json: bool
) -> int:
    r"""Plant known wrong labels in a copy of dataset NAME and show what the audit finds of them.

    Nothing is written into the data: the copies are temporary. Each kind of error is planted, the same model and the
    same estimates run as in an audit, and what they find is counted: the share of planted labels at the top of the
    worklist, the precision, and the noise rate that is told against the one that should be.

    \b
    datassay selftest adult                                # all kinds, 5 % of the labels
    datassay selftest adult --rate 0.1 --kind even --repeats 5
    """
    from datassay.datasets.snapshot import take_snapshot
    from datassay.planting import KINDS
    from datassay.run import check_columns, importable
    from datassay.selftesting import run_selftest
    from datassay.spec import blaming, read_spec

    project = find_project()
    spec = read_spec(project.definition(name)).anchored(project.root)
    prepare_environment(project, is_verbose=options["verbose"])
    kinds = KINDS if kind == "all" else tuple(each for each in KINDS if each == kind)
    with (
        show_progress(is_quiet=options["quiet"]),
        importable(project.root if spec.estimator else None),
        blaming(spec),
    ):
        snapshot = take_snapshot(spec.dataset, name=name, root=project.root, cache_dir=project.cache, rev=rev)
        check_columns(spec, snapshot)
        found = run_selftest(snapshot, spec, rate=rate, kinds=kinds, repeats=repeats, cache_dir=project.cache)
    click.echo(found.model_dump_json(indent=2) if is_json else render(found))
    return 0


def render(found: SelfTest) -> str:
    """Return what was planted and found as text: one block per kind, means over its repeats."""
    from datassay.report import numbers as say

    rate, span = say.percent_interval(found.noise_rate)
    judged = f"{say.count(found.n_judged)} labelled rows, judged by {say.visible(found.estimator)}"
    lines = [
        f"{say.visible(found.dataset)} at {say.visible(found.rev)}: {judged}.",
        f"As it is, without reviews, the audit tells {rate} {span} wrong labels.",
        f"Planted into copies: {say.percent(found.rate)} of the labels. The data is as it was.",
    ]
    by_kind: dict[str, list[Trial]] = {}
    for trial in found.trials:
        by_kind.setdefault(trial.kind, []).append(trial)
    for kind, trials in by_kind.items():
        lines += ["", *_describe(kind, trials)]
    lines += ["", "What this does not show", *(f"- {text}" for text in found.limits)]
    return "\n".join([*lines, *(f"Note: {say.visible(note, 300)}" for note in found.notes)])


def _describe(kind: str, trials: list[Trial]) -> list[str]:
    from datassay.report import numbers as say

    done = [trial for trial in trials if trial.problem is None]
    failed = [f"{kind}: {say.visible(trial.problem, 300)}" for trial in trials if trial.problem is not None]
    if not done:
        return failed
    planted = _mean([trial.n_planted for trial in done])
    times = f", mean of {len(done)} plantings" if len(done) > 1 else ""
    share = say.percent(_mean([trial.planted_rate for trial in done]))
    lines = [f"{kind}: {planted:,.0f} planted, {share} of the labels{times}"]
    for i, depth in enumerate(done[0].depths):
        same = [trial.depths[i] for trial in done]
        k = round(_mean([each.k for each in same]))
        shares = (
            _mean([getattr(each, key) for each in same])
            for key in ("found_fraction", "best_fraction", "chance_fraction", "seen_precision")
        )
        hit, best, chance, seen = map(say.percent, shares)
        told = [each.told_precision for each in same if each.told_precision is not None]
        claim = ""
        if told:
            ends = [_mean([getattr(each, end) for each in told]) for end in ("estimate", "low", "high")]
            claim = f" (the audit tells {say.percent(ends[0])} {say.span(100 * ends[1], 100 * ends[2], 0)})"
        of = f"{hit} of the planted (best order {best}, chance {chance})"
        lines += [
            f"  first {k:,} of the worklist ({NAMES[depth.name]}): {of};",
            f"    of these {k:,} at least {seen} are wrong{claim}",
        ]
    rates = [trial.noise_rate for trial in done if trial.noise_rate is not None]
    ends = [_mean([getattr(each, end) for each in rates]) for end in ("estimate", "low", "high")]
    expected = _mean([trial.expected_rate or 0.0 for trial in done])
    n_covered = sum(bool(trial.is_covered) for trial in done)
    held = ("covered" if n_covered else "not covered") if len(done) == 1 else f"covered in {n_covered} of {len(done)}"
    lines.append(
        f"  noise rate told {say.percent(ends[0])} {say.span(100 * ends[1], 100 * ends[2], 1)}, to be met "
        f"{say.percent(expected)}: off by {say.signed(100 * (ends[0] - expected), 1)} points, {held}"
    )
    return lines + failed


def _mean(values: list[Any]) -> float:
    return float(sum(values)) / len(values)
