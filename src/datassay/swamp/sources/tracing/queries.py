"""SQL inside a Python script."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.sql import may_read, read_statement
from datassay.swamp.sources.statements import parse_sql
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.values import Pattern, Text, Value

if TYPE_CHECKING:
    from datassay.swamp.sources.tracing.state import State

#: How a query begins; prose may hold the same words further in.
_SQL = re.compile(
    r"""^\s*(?:(?:--[^\n]*\n|/\*.*?\*/|\()\s*)*
    (?:select\b|with\s.+?\bas\b.*?\(|insert\s+(?:into|overwrite)\b|update\s+\S+.*?\bset\b|delete\s+from\b|merge\s+into\b
    |create\s+\w+|copy\s*\S+|pivot\s|unpivot\s|summarize\s|explain\s|from\s+\S+\s*(?:$|;|select|where|group|order|limit|join))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_INSIDE = re.compile(r"\bselect\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)


def read_query(state: State, value: Value, node: ast.AST) -> Value:
    """Note what a string reads where it is a query on the dataset, and return the table that it yields.

    A query may also name a frame of the script, as DuckDB allows. None where the string is no such query.
    """
    if isinstance(value, Pattern):
        text = "".join("?" if piece is None else piece for piece in value.pieces)
    elif isinstance(value, Text):
        text = value.text
    else:
        return None
    frames = {name: held for name, held in state.env.items() if isinstance(held, Frame)}
    names = [*state.table.names, *(name for name in frames if "." not in name)]
    table = TableSchema(tuple(names), state.table.path, state.table.columns)
    if not (_SQL.search(text) or (isinstance(value, Pattern) and _INSIDE.search(text))) or not may_read(text, table):
        return None
    line = getattr(node, "lineno", 1)
    parsed = parse_sql(text)
    is_resolved = isinstance(value, Text) and parsed.problem is None
    outputs: dict[str, str | None] = {}
    n_tables = 0
    for statement in parsed.statements:
        reads = read_statement(statement, table)
        n_tables += reads.n_tables
        state.notes.uses.update((column, kind, line) for column, kind, _ in reads.named)
        outputs |= dict.fromkeys((column for column, _, _ in reads.named), None)
        outputs |= {column: column for column in reads.swept}
        is_resolved = is_resolved and reads.is_resolved
        for column in reads.doubts:
            state.notes.doubts.setdefault(column, line)
    if n_tables == 0 and parsed.problem is None and isinstance(value, Text):
        return None
    state.notes.n_reads += 1
    if not is_resolved:
        state.doubt(state.table.columns, node, "a query is put together at run time or could not be resolved")
        return Frame({column: column for column in state.table.columns})
    # A column that the query names has been counted; its output keeps the name.
    return Frame({name: base or (name if name in state.known else None) for name, base in outputs.items()})
