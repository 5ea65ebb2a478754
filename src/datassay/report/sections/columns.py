"""Columns nobody uses: coverage first, then money, then the evidence for every column."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import (
    Block,
    Cell,
    Column,
    Fold,
    Missing,
    Section,
    Table,
    flag,
    mark,
    name,
    num,
)
from datassay.report.facts import why_missing
from datassay.results import ColumnStatus, Report, Swamp, SwampColumn

_HEADING = "Columns nobody uses"
_MOST_EVIDENCE = 12


def columns_section(report: Report) -> Section:
    """Return the section of columns that are stored and paid for, by money."""
    swamp = report.swamp
    if swamp is None:
        told, outcome = why_missing(report, "swamp")
        return Section(
            "columns", _HEADING, "", (Missing(f"Not looked for because {told}.", outcome),), how="how-columns"
        )
    by_status = {status: _by_money(swamp, status) for status in ("unused", "unknown", "used")}
    blocks: list[Block] = [_coverage(swamp)]
    if by_status["unused"]:
        total = say.money(swamp.unused_cost_per_month * 12, say.visible(swamp.currency))
        told = f"Unused columns by money: {total} a year in {say.size(swamp.unused_bytes)}"
        blocks.append(_table(told, by_status["unused"], swamp))
    if by_status["unknown"]:
        blocks.append(_table("Columns whose use is unknown, by money", by_status["unknown"], swamp))
    if by_status["used"]:
        n = say.plural(len(by_status["used"]), "column")
        table = _table("Used columns, by money", by_status["used"], swamp)
        blocks.append(Fold(f"{n} used, with the evidence", (table,)))
    return Section("columns", _HEADING, _finding(swamp), tuple(blocks), how="how-columns")


def _by_money(swamp: Swamp, status: ColumnStatus) -> list[SwampColumn]:
    mine = [column for column in swamp.columns if column.status == status]
    return sorted(mine, key=lambda each: (-each.cost_per_month, -each.stored_bytes, each.name))


def _finding(swamp: Swamp) -> str:
    n = len(swamp.columns)
    window = (
        f"in the last {swamp.window.removesuffix('d')} days"
        if swamp.window
        else "in anything that was read, of any age"
    )
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
            num(say.count(each.n_unresolved)),
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
        Column("statements not resolved", is_number=True),
        Column("coverage"),
    )
    return Table("Where use was looked for, and how much of it could be read", columns, rows)


def _read(n_parsed: int, n_files: int) -> str:
    if n_files == 0:
        return "nothing to read"
    return "all read" if n_parsed == n_files else f"{say.count(n_files - n_parsed)} not read"


def _table(caption: str, columns: list[SwampColumn], swamp: Swamp) -> Table:
    currency = say.visible(swamp.currency)
    rows = tuple(
        (
            name(say.visible(column.name)),
            num(say.money(column.cost_per_month * 12, currency)),
            num(say.size(column.stored_bytes)),
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
    return say.visible(column.reason, 200) + protected


def _evidence(column: SwampColumn) -> tuple[str, ...]:
    lines = [
        f"{each.kind} in {say.visible(each.source)}"
        + (f", {say.moment(each.last_used_at).removesuffix(' 00:00 UTC')}" if each.last_used_at else ", undated")
        for each in column.evidence[:_MOST_EVIDENCE]
    ]
    n_more = len(column.evidence) - len(lines)
    return (*lines, f"{say.count(n_more)} more in report.json") if n_more > 0 else tuple(lines)
