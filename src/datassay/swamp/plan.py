"""A plan to remove columns: SQL or Polars, to be read and run by a person; nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from datassay.results import SourceCoverage, SwampColumn


def write_plan(
    columns: Iterable[SwampColumn], coverage: Iterable[SourceCoverage], *, form: Literal["sql", "polars"] = "sql"
) -> str:
    """Return statements that drop the columns whose advice is to drop, with what was consulted as comments.

    Columns to archive or to ask about are comments only. An empty plan says so.
    """
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
            drops = ",\n".join(f"  DROP COLUMN {_quote(column.name)}" for column in dropped)
            lines.append(f"ALTER TABLE {'.'.join(_quote(part) for part in table.split('.'))}\n{drops};")
        elif dropped:
            names = ", ".join(_literal(column.name) for column in dropped)
            lines.append(f"{_identifier(table)} = {_identifier(table)}.drop([{names}])")
    if not n_dropped:
        lines.append(f"{mark} No column is to be dropped.")
    return "\n".join(lines) + "\n"


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


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(name: str) -> str:
    return repr(name)


def _identifier(name: str) -> str:
    told = "".join(char if char.isalnum() else "_" for char in name)
    return told if told and not told[0].isdigit() else f"t_{told}"
