"""Checks: failed first, then those that could not be evaluated, grouped by severity; and the gate."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import (
    Block,
    Cell,
    Column,
    Fold,
    Missing,
    Prose,
    Section,
    Table,
    mark,
    name,
    num,
    text,
)
from datassay.report.facts import checks_fact, why_missing
from datassay.results import ExpectationResult, GateRule, Report

_SEVERITIES = ("critical", "warning", "info")


def checks_section(report: Report) -> Section:
    """Return the section of the suite's results and of the gate's rules."""
    checks = report.expectations
    gate = _gate(report)
    if checks is None:
        told, outcome = why_missing(report, "check")
        return Section(
            "checks", "Checks", "", (Missing.because("Not evaluated", told, outcome), *gate), how="how-checks"
        )
    told, outcome, _ = checks_fact(report)
    blocks: list[Block] = []
    if checks.n_evaluated == 0:
        blocks.append(Missing(f"{told[0].upper()}{told[1:]}: that is not a pass.", outcome))
    failed = [result for result in checks.results if result.outcome == "failed"]
    unknown = [result for result in checks.results if result.outcome == "unknown"]
    rest = [result for result in checks.results if result.outcome not in {"failed", "unknown"}]
    for severity in _SEVERITIES:
        mine = [result for result in failed if result.severity == severity]
        if mine:
            blocks.append(_failed(f"{say.plural(len(mine), 'failed check')}, {severity}", mine))
    if unknown:
        blocks.append(_unknown(unknown))
    blocks += gate
    if rest:
        blocks.append(Fold(f"{say.plural(len(rest), 'check')} passed", (_passed(rest),)))
    suite = say.visible(checks.suite)
    finding = f"{told[0].upper()}{told[1:]}, from {suite}, evaluated by {say.visible(checks.engine)}."
    return Section("checks", "Checks", finding, tuple(blocks), how="how-checks")


def check_words(result: ExpectationResult) -> str:
    """Return the expectation in words: "values to be between 16 and 100"."""
    short = say.visible(result.type.removeprefix("expect_").removeprefix("column_").replace("_", " "))
    detail = say.visible(result.detail, 200)
    if not detail:
        return short
    last = short.rpartition(" ")[2]
    # "to be between" with "between 16 and 100" says the word once.
    return f"{short}{detail.removeprefix(last)}" if detail.startswith(f"{last} ") else f"{short}: {detail}"


def _column(result: ExpectationResult) -> Cell:
    return name(say.visible(result.column)) if result.column is not None else text("the table")


def _failed(caption: str, results: list[ExpectationResult]) -> Table:
    rows = tuple(
        (
            _column(result),
            Cell(check_words(result), more=tuple(say.visible(sample) for sample in result.samples)),
            num("" if result.n_unexpected is None else say.count(result.n_unexpected)),
            num("" if result.n_evaluated is None else say.count(result.n_evaluated)),
            num("" if result.unexpected_fraction is None else say.percent(result.unexpected_fraction)),
            mark("failed"),
        )
        for result in sorted(results, key=lambda each: -(each.n_unexpected or 0))
    )
    columns = (
        Column("column"),
        Column("expected"),
        Column("unexpected", is_number=True),
        Column("of", is_number=True),
        Column("share", is_number=True),
        Column("outcome"),
    )
    return Table(caption, columns, rows, n_printed=20)


def _unknown(results: list[ExpectationResult]) -> Table:
    rows = tuple(
        (
            _column(result),
            text(check_words(result)),
            text(result.severity),
            text(say.visible(result.reason or "no reason was given", 300)),
            mark("unknown"),
        )
        for result in results
    )
    columns = (Column("column"), Column("expected"), Column("severity"), Column("why not"), Column("outcome"))
    return Table(f"{say.plural(len(rows), 'check')} could not be evaluated", columns, rows, n_printed=20)


def _passed(results: list[ExpectationResult]) -> Table:
    rows = tuple(
        (
            _column(result),
            text(check_words(result)),
            text(result.severity),
            num("" if result.n_evaluated is None else say.count(result.n_evaluated)),
            num("" if result.n_unexpected is None else say.count(result.n_unexpected)),
            mark(result.outcome),
        )
        for result in sorted(results, key=lambda each: _SEVERITIES.index(each.severity))
    )
    columns = (
        Column("column"),
        Column("expected"),
        Column("severity"),
        Column("evaluated", is_number=True),
        Column("unexpected", is_number=True),
        Column("outcome"),
    )
    return Table("Passed and skipped checks", columns, rows)


def _gate(report: Report) -> tuple[Block, ...]:
    if not report.gate.rules:
        return (Prose("The definition sets no rule, so the gate cannot pass.", anchor="gate", lead="The gate."),)
    order = {"failed": 0, "unknown": 1, "skipped": 2, "passed": 3}
    rows = tuple(
        (
            text(say.visible(rule.name.replace("_", " "))),
            num(_figure(rule, rule.value)),
            num(_figure(rule, rule.threshold)),
            text(say.visible(rule.reason, 300)),
            mark(rule.outcome),
        )
        for rule in sorted(report.gate.rules, key=lambda each: order[each.outcome])
    )
    columns = (
        Column("rule"),
        Column("measured", is_number=True),
        Column("allowed", is_number=True),
        Column("remark"),
        Column("outcome"),
    )
    outcome = report.gate.outcome
    n = sum(rule.outcome == outcome for rule in report.gate.rules)
    told = f"{say.count(n)} of {say.plural(len(rows), 'rule')} {outcome}, so the gate is {outcome}. "
    told += "Its thresholds are the definition's; the verdict above is advice."
    return Prose(told, anchor="gate", lead="The gate."), Table("Rules of the gate, failed first", columns, rows)


def _figure(rule: GateRule, value: float | str | None) -> str:
    if value is None:
        return "unknown" if rule.outcome == "unknown" else "–"
    if isinstance(value, str):
        return say.visible(value.replace("_", " "), 80)
    return say.percent(value) if rule.name.endswith("_rate") else say.number(value)
