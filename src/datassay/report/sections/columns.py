"""Columns nobody uses: coverage first, then money, then the evidence for every column."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import (
    Block,
    Cell,
    Column,
    Fold,
    Missing,
    Points,
    Prose,
    Section,
    Table,
    flag,
    mark,
    name,
    num,
)
from datassay.report.facts import why_missing
from datassay.report.kept import tell_costs
from datassay.results import ColumnAdvice, ColumnStatus, Evidence, Report, SourceCoverage, Swamp, SwampColumn
from datassay.swamp.plan import write_plan

_HEADING = "Columns nobody uses"
_MOST_EVIDENCE = 12


def columns_section(report: Report) -> Section:
    """Return the section of columns that are stored and paid for, by money."""
    swamp = report.swamp
    if swamp is None:
        told, outcome = why_missing(report, "swamp")
        return Section("columns", _HEADING, "", (Missing.because("Not looked for", told, outcome),), how="how-columns")
    groups = {advice: _by_money(swamp, advice) for advice in ("drop", "archive", "ask", "keep")}
    blocks: list[Block] = [_coverage(swamp)]
    if any(column.is_bytes_estimated for column in swamp.columns):
        told = (
            "A csv file stores no columns apart: the bytes of each are estimated, the file's own shared out by length "
        )
        blocks.append(Prose(f"{told}of text."))
    costs = tell_costs(swamp)
    if costs:
        blocks.append(Prose(" ".join(costs)))
    if groups["drop"]:
        blocks.append(_table(f"To drop, by money: {_total(groups['drop'], swamp)}", groups["drop"], swamp))
    if groups["archive"]:
        told = f"To archive, read before the window but not in it: {_total(groups['archive'], swamp)}"
        blocks.append(_table(told, groups["archive"], swamp))
    if groups["ask"]:
        blocks.append(_table("To ask the owner about, by money", groups["ask"], swamp))
    if groups["keep"]:
        n = say.plural(len(groups["keep"]), "column")
        table = _table("To keep, by money", groups["keep"], swamp)
        blocks.append(Fold(f"{n} to keep, with the evidence", (table,)))
    if groups["drop"]:
        blocks.append(_plan(swamp, report.dataset.name))
    return Section("columns", _HEADING, _finding(swamp), tuple(blocks), how="how-columns")


def advise(column: SwampColumn) -> ColumnAdvice:
    """Return what to do about a column; reports from before there was advice have their status only."""
    if column.advice != "keep" or column.is_protected or column.status == "used":
        return column.advice
    return "drop" if column.status == "unused" else "ask"


def _total(columns: list[SwampColumn], swamp: Swamp) -> str:
    currency = say.visible(swamp.currency)
    month = sum(column.cost_per_month for column in columns)
    size = say.size(sum(column.stored_bytes + column.history_bytes for column in columns))
    return f"{say.money(month, currency)} a month, {say.money(month * 12, currency)} a year, {size}"


def _plan(swamp: Swamp, dataset: str) -> Block:
    """Show what a person may run; nothing here runs it."""
    advised = [
        column.model_copy(update={"advice": advise(column), "table": column.table or dataset})
        for column in swamp.columns
    ]
    folds: list[Block] = []
    for form, lead in (("sql", "As SQL"), ("polars", "In Polars")):
        lines = write_plan(advised, swamp.coverage, form="sql" if form == "sql" else "polars").splitlines()
        folds.append(Points(lead, tuple(say.visible(line, 400) for line in lines if line.strip())))
    return Fold("A plan to remove them, to be read and run by a person", tuple(folds))


def _by_money(swamp: Swamp, advice: ColumnAdvice) -> list[SwampColumn]:
    mine = [column for column in swamp.columns if advise(column) == advice]
    # Personal data that nobody uses is a risk to name first.
    return sorted(mine, key=lambda each: (not _is_personal(each), -each.cost_per_month, -each.stored_bytes, each.name))


def _is_personal(column: SwampColumn) -> bool:
    return column.status != "used" and any(reason.startswith("likely personal") for reason in column.reasons)


def _finding(swamp: Swamp) -> str:
    n = len(swamp.columns)
    window = say.recent(swamp.window) if swamp.window else "in anything that was read, of any age"
    told = f"Of {say.plural(n, 'column')}, {say.count(swamp.n_unused)} show no use {say.visible(window)}"
    told += f", {say.count(swamp.n_used)} are used" if swamp.n_used else ""
    told += f" and of {say.count(swamp.n_unknown)} it is unknown" if swamp.n_unknown else ""
    hint = " Unused is a candidate until a person confirms it." if swamp.n_unused else ""
    return f"{told}.{hint}"


def _coverage(swamp: Swamp) -> Block:
    if not swamp.coverage:
        return Missing("No usage source was read, so nothing is known of use.", "unknown")
    rows = tuple(
        (
            Cell(say.visible(each.source), "name", more=tuple(say.visible(why, 200) for why in each.reasons)),
            num(say.count(each.n_files)),
            num(say.count(each.n_parsed)),
            num(_resolved(each)),
            mark(
                "passed" if each.n_parsed == each.n_files and not each.n_unresolved else "unknown",
                _read(each.n_parsed, each.n_files),
            ),
        )
        for each in swamp.coverage
    )
    columns = (
        Column("source"),
        Column("files", is_number=True),
        Column("read", is_number=True),
        Column("statements resolved", is_number=True),
        Column("coverage"),
    )
    return Table("Where use was looked for, and how much of it could be read", columns, rows)


def _resolved(each: SourceCoverage) -> str:
    if each.n_statements:
        return f"{say.count(each.n_statements_resolved)} of {say.count(each.n_statements)}"
    return f"all but {say.count(each.n_unresolved)}" if each.n_unresolved else "all"


def _read(n_parsed: int, n_files: int) -> str:
    if n_files == 0:
        return "nothing to read"
    return "all read" if n_parsed == n_files else f"{say.count(n_files - n_parsed)} not read"


def _table(caption: str, columns: list[SwampColumn], swamp: Swamp) -> Table:
    currency = say.visible(swamp.currency)
    has_past = swamp.history is not None and swamp.history.stored_bytes > 0
    rows = tuple(
        (
            name(say.visible(column.name)),
            num(say.money(column.cost_per_month * 12, currency)),
            num(say.size(column.stored_bytes)),
            *([num(say.size(column.history_bytes) if column.history_bytes else "none")] if has_past else []),
            num(say.percent(column.null_fraction)),
            num("not measured" if column.importance is None else say.number(float(f"{column.importance:.2g}"))),
            Cell(_why(column), more=_evidence(column)),
            _status(column.status),
        )
        for column in columns
    )
    heads = (
        Column("column"),
        Column("a year", is_number=True),
        Column("stored", is_number=True),
        *([Column("at other revs", is_number=True)] if has_past else []),
        Column("missing", is_number=True),
        Column("importance", is_number=True),
        Column("why"),
        Column("status"),
    )
    return Table(caption, heads, rows)


def _status(status: ColumnStatus) -> Cell:
    # Unused is a finding, not a failed check: it gets no mark of its own.
    return flag(status) if status == "unused" else mark("passed" if status == "used" else "unknown", status)


def _why(column: SwampColumn) -> str:
    protected = " (protected)" if column.is_protected else ""
    # A column of nulls says so in its reason already.
    beside = [each for each in column.reasons if each not in column.reason]
    if column.n_checks and column.status != "used":
        beside.append(f"read by {say.plural(column.n_checks, 'expectation')}")
    return say.visible("; ".join([column.reason, *beside]), 200) + protected


def _who(each: Evidence) -> str:
    if not each.users:
        return ""
    told = f", {say.plural(each.n_queries, 'query', 'queries')}" if each.n_queries > 1 else ""
    more = f" and {say.count(len(each.users) - 3)} more" if len(each.users) > 3 else ""
    return f"{told} by {', '.join(say.visible(user) for user in each.users[:3])}{more}"


def _evidence(column: SwampColumn) -> tuple[str, ...]:
    lines = [
        f"{each.kind} in {say.visible(each.source)}{_who(each)}"
        + (f", {say.moment(each.last_used_at).removesuffix(' 00:00 UTC')}" if each.last_used_at else ", undated")
        for each in column.evidence[:_MOST_EVIDENCE]
    ]
    n_more = len(column.evidence) - len(lines)
    return (*lines, f"{say.count(n_more)} more in report.json") if n_more > 0 else tuple(lines)
