"""SQL inside a Python script."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from datassay.swamp.evidence import NO_USE, WEAK, TableSchema
from datassay.swamp.sources.query_reads import SqlText, read_texts
from datassay.swamp.sources.single import may_read
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
_MAKES = re.compile(
    r"\b(?:create\s[^()]*?\b(?:table|view)\s+(?:if\s+not\s+exists\s+)?|insert\s+(?:into|overwrite)\s+)([\w.\"`\[\]]+)",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\bselect\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)


#: What may stand before a hole that is filled by a value: limit {n}, age > {least}, '{day}', in ({ids}).
_VALUE = re.compile(
    r"(?:'[^']*|\blimit|\boffset|[<>=]|\blike|\bbetween|\band|\bin\s*\(|\binterval|\(|,)\s*$", re.IGNORECASE
)
_LIST = re.compile(r"\bselect\b(?:(?!\bfrom\b)[^()])*$", re.IGNORECASE | re.DOTALL)


def read_query(state: State, value: Value, node: ast.AST) -> Value:
    """Note what a string reads where it is a query on the dataset, and return the table that it yields.

    A query may also name a frame of the script, as DuckDB allows. None where the string is no such query.
    """
    if not isinstance(value, Text | Pattern):
        return None
    text, is_whole = _fill(value)
    frames = {name: held for name, held in state.env.items() if isinstance(held, Frame) and name.isidentifier()}
    names = (*state.table.names, *frames, *state.defined)
    if not (_SQL.search(text) or (isinstance(value, Pattern) and _INSIDE.search(text))):
        return None
    if not may_read(text, TableSchema(names, state.table.path, ())):
        return None
    # A frame of the script hides a table of the same name.
    own = {name: TableSchema((name,), "", tuple(frame.columns)) for name, frame in frames.items()}
    known = [
        table for table in (state.table, *state.others) if not {name.casefold() for name in table.names} & set(own)
    ]
    texts = [SqlText(each, "query", has_lines=False) for each in (*state.definitions, text)]
    reads = read_texts(texts, (*own.values(), *known))
    made = _MAKES.findall(text)
    if made:
        state.definitions.append(text)
        state.defined.update(name.rpartition(".")[2].strip('"`[]') for name in made)
    if not reads.n_reads and not reads.doubts and reads.n_unresolved == 0 and is_whole:
        return None
    state.notes.n_reads += 1
    if not is_whole or (reads.n_statements == 0 and reads.n_unresolved):
        state.doubt(state.table.columns, node, "a query is put together at run time or could not be resolved")
        return Frame({column: column for column in state.table.columns})
    outputs: dict[str, str | None] = {}
    for use in reads.uses:
        frame = frames.get(use.table) or (_whole(state) if use.table == state.table.name else None)
        if frame is None:
            outputs.setdefault(use.column, None)
        elif use.kind in WEAK:
            outputs[use.column] = frame.base(use.column)
        elif use.kind not in NO_USE:
            state.use(frame, [use.column], use.kind, node)
            outputs.setdefault(use.column, None)
    for table, column in reads.doubts:
        frame = frames.get(table) or (_whole(state) if table == state.table.name else None)
        if frame is not None and frame.base(column) is not None:
            state.doubt([frame.base(column) or column], node, "a query could not be resolved")
    # A column that the query names has been counted; only what a star takes along is still the dataset's.
    return Frame(outputs, is_exact=False)


def _whole(state: State) -> Frame:
    return Frame({column: column for column in state.table.columns})


def _fill(value: Text | Pattern) -> tuple[str, bool]:
    """Return a query with its holes filled by values, and whether all of them are values."""
    if isinstance(value, Text):
        return value.text, True
    text, is_whole = "", True
    for piece in value.pieces:
        if piece is not None:
            text += piece
            continue
        is_whole = is_whole and bool(_VALUE.search(text)) and not _LIST.search(text)
        text += "1"
    return text, is_whole
