"""A plan to remove columns: SQL or Polars, to be read and run by a person; nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from datassay.results import SourceCoverage, SwampColumn
from datassay.swamp.sources.parsing import check_dialect, quote_name

#: Dialects in which one ALTER TABLE drops several columns; the others get a statement for each.
_DROP_SEVERAL = (None, "bigquery", "clickhouse", "doris", "mysql", "postgres", "starrocks")


def write_plan(
    columns: Iterable[SwampColumn],
    coverage: Iterable[SourceCoverage],
    *,
    form: Literal["sql", "polars"] = "sql",
    dialect: str | None = None,
) -> str:
    """Return statements that drop the columns whose advice is to drop, with what was consulted as comments.

    Columns to archive or to ask about are comments only. An empty plan says so. Names are quoted as `dialect` quotes
    them (None: as ANSI does). Raises SpecError for a dialect that sqlglot does not know.
    """
    dialect = check_dialect(dialect)
    mark = "--" if form == "sql" else "#"
    lines = [f"{mark} Nothing here has been run. Ask whoever owns these tables before you do."]
    lines += [f"{mark} consulted: {_line(_told(each))}" for each in coverage]
    by_table: dict[str, list[SwampColumn]] = {}
    columns = list(columns)
    if any(column.history_bytes and column.advice == "drop" for column in columns):
        lines.append(f"{mark} Earlier revs keep these columns until 'dvc gc' removes what no rev needs any more.")
    for column in columns:
        if column.status != "used" and not column.is_protected:
            by_table.setdefault(column.table, []).append(column)
    n_dropped = 0
    for table, mine in sorted(by_table.items()):
        dropped = sorted((c for c in mine if c.advice == "drop"), key=lambda c: c.name)
        n_dropped += len(dropped)
        lines.append("")
        for column in sorted(mine, key=lambda c: (c.advice, c.name)):
            reasons = "; ".join([column.reason, *(each for each in column.reasons if each not in column.reason)])
            lines.append(f"{mark} {column.advice} {_line(column.name)}: {_line(reasons)}")
        if dropped and form == "sql":
            lines += _write_drops(table, [column.name for column in dropped], dialect)
        elif dropped:
            names = ", ".join(_literal(column.name) for column in dropped)
            lines.append(f"{_identifier(table)} = {_identifier(table)}.drop([{names}])")
    if not n_dropped:
        lines.append(f"{mark} No column is to be dropped.")
    return "\n".join(lines) + "\n"


def _write_drops(table: str, names: list[str], dialect: str | None) -> list[str]:
    start = f"ALTER TABLE {'.'.join(quote_name(part, dialect) for part in table.split('.'))}"
    drops = [f"DROP COLUMN {quote_name(name, dialect)}" for name in names]
    if dialect in _DROP_SEVERAL:
        return [start, *(f"  {drop}," for drop in drops[:-1]), f"  {drops[-1]};"]
    return [f"{start} {drop};" for drop in drops]


def _told(each: SourceCoverage) -> str:
    said = f"{each.source}, {each.n_files} files"
    if each.n_statements:
        said += f", {each.n_statements_resolved} of {each.n_statements} statements resolved"
    if each.first_at and each.last_at:
        said += f", {each.first_at[:10]} to {each.last_at[:10]}"
    return said


def _line(text: str) -> str:
    """Return a text that cannot end the comment it stands in."""
    return " ".join(text.split())


def _literal(name: str) -> str:
    return repr(name)


def _identifier(name: str) -> str:
    told = "".join(char if char.isalnum() else "_" for char in name)
    return told if told and not told[0].isdigit() else f"t_{told}"
