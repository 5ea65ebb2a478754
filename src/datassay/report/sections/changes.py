"""What changed between revs."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import Block, Column, Fold, Missing, Points, Section, Table, flag, mark, name, num, text
from datassay.report.facts import labels_moved, name_before, why_missing
from datassay.results import ColumnDrift, Drift, Report

_HEADING = "What changed between revs"
_MEASURES = {
    "ks": "Kolmogorov-Smirnov distance",
    "total_variation": "total variation distance",
    "null_fraction": "change of the missing share",
    "added": "column added",
    "removed": "column removed",
    "retyped": "type changed",
}
_MOST_STEADY = 5


def changes_section(report: Report) -> Section:
    """Return the section that compares with the rev audited before."""
    drift = report.drift
    if drift is None:
        told, outcome = why_missing(report, "drift")
        return Section("changes", _HEADING, "", (Missing.because("Not compared", told, outcome),), how="how-drift")
    blocks: list[Block] = []
    drifted = [column for column in drift.columns if column.is_drifted]
    steady = [column for column in drift.columns if not column.is_drifted]
    if drifted:
        blocks.append(_table("Drifted columns, largest effect first", drifted))
    for lead, checks in (("Newly failed checks", drift.newly_failed), ("Newly passed checks", drift.newly_passed)):
        if checks:
            blocks.append(Points(lead, tuple(_check(check) for check in checks)))
    if steady:
        shown = sorted(steady, key=lambda each: -each.effect_size)[:_MOST_STEADY]
        table = _table("Steady columns, largest effect first", shown)
        blocks.append(Fold(f"The nearest to drift among {say.plural(len(steady), 'steady column')}", (table,)))
    return Section("changes", _HEADING, _finding(report, drift), tuple(blocks), how="how-drift")


def _finding(report: Report, drift: Drift) -> str:
    grown = drift.n_rows_now - drift.n_rows_before
    rows = f"{say.signed(grown, 0)} {'row' if abs(grown) == 1 else 'rows'}" if grown else "as many rows"
    told = f"Against {name_before(report.dataset, drift)}: {rows}, drift in {say.count(drift.n_drifted)} of "
    told += say.plural(len(drift.columns), "column")
    moved = labels_moved(report)
    told += f", {moved}" if moved else ""
    return f"{told}. A column counts from an effect size of {say.number(drift.threshold)} on."


def _check(check: str) -> str:
    kind, _, column = check.partition(":")
    told = say.visible(kind.removeprefix("expect_").removeprefix("column_").replace("_", " "))
    return f"{say.visible(column)}: {told}" if column else f"the table: {told}"


def _table(caption: str, columns: list[ColumnDrift]) -> Table:
    rows = tuple(
        (
            name(say.visible(column.name)),
            text(_MEASURES[column.measure]),
            num("–" if column.measure in {"added", "removed", "retyped"} else say.number(round(column.effect_size, 3))),
            num("–" if column.p_value is None else _p(column.p_value)),
            flag("drifted") if column.is_drifted else mark("passed", "steady"),
        )
        for column in sorted(columns, key=lambda each: (-each.effect_size, each.name))
    )
    heads = (
        Column("column"),
        Column("measure"),
        Column("effect size", is_number=True),
        Column("p (corrected)", is_number=True),
        Column("status"),
    )
    return Table(caption, heads, rows)


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else say.fixed(value, 3)
