"""Relations as a graph: what each output is made of, and which base columns a demand on it reaches.

A column behind `WITH x AS (SELECT *)` is not used because the query names `x`; it is used where something that is read
names it. So every output keeps edges to what it is made of, and a demand walks them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from datassay.swamp.evidence import TableSchema

#: The output that stands for "there are rows": filters, joins and groups hang on it.
ROWS = -1
#: Demands that stay what they are on the whole way.
_STICKY = ("derived", "doubt")


class Token(NamedTuple):
    """A demand: how, by which statement, in which line of it (0 is its first).

    A kind such as "*projected" is of a demand that nobody has put in words yet: an outermost select takes all outputs
    along. It becomes "projected" where a query names the column, and "starred" where none does.
    """

    kind: str
    statement: int
    line: int


class Edge(NamedTuple):
    """What an output, or the rows, of a relation are made of."""

    rel: Rel
    out: int
    #: How the column is used; None where its plain value is handed on, and whoever takes it says how.
    kind: str | None
    line: int
    #: Whether the query names the column; False where a star or a position hands it on.
    is_named: bool = True


class Rel:
    """Something with columns: a base table, a query, a view."""

    __slots__ = ("demands", "index", "is_open", "names", "outs", "rows", "statement", "stray", "table", "title")

    def __init__(self, statement: int = -1, *, title: str = "", table: TableSchema | None = None) -> None:
        """Begin without outputs; `statement` is where its edges are written, -1 for nowhere."""
        self.statement = statement
        self.title = title
        self.table = table
        self.names: list[str] = []
        self.outs: list[list[Edge]] = []
        #: Folded name -> outputs; several where a name repeats or differs by case only.
        self.index: dict[str, list[int]] = {}
        self.rows: list[Edge] = []
        #: Whether it may have columns that we do not know.
        self.is_open = False
        #: What a name that is not found may stand for.
        self.stray: list[Edge] = []
        self.demands: dict[int, set[Token]] = {}

    def add(self, name: str, edges: list[Edge]) -> int:
        """Add an output; an empty name cannot be referred to."""
        place = len(self.outs)
        self.names.append(name)
        self.outs.append(edges)
        if name:
            self.index.setdefault(name.lower(), []).append(place)
        return place

    def find(self, name: str, *, is_exact: bool = False) -> list[int]:
        """Return the outputs of that name, without case; of a quoted name the exact one where there are several."""
        found = self.index.get(name.lower(), [])
        if is_exact and len(found) > 1:
            found = [place for place in found if self.names[place] == name] or found
        return found

    def claim(self, name: str) -> list[int]:
        """Return the outputs of that name, made up where a relation may have it without our knowing."""
        found = self.find(name)
        if found or not self.is_open:
            return found
        return [self.add(name, list(self.stray))]

    def pass_on(self, source: Rel, names: Iterable[str] = ()) -> None:
        """Take over all outputs of `source` by position, under other names where given."""
        renamed = list(names)
        for place, name in enumerate(source.names):
            self.add(renamed[place] if place < len(renamed) else name, [Edge(source, place, None, 0, is_named=False)])
        for name in renamed[len(source.names) :]:
            self.add(name, list(source.stray))
        self.rows.append(Edge(source, ROWS, None, 0))
        self.is_open = self.is_open or source.is_open
        self.stray += source.stray


def follow(seeds: Iterable[tuple[Rel, int, Token]]) -> None:
    """Let demands walk to all that they reach; each is left in `Rel.demands` on its way."""
    stack = list(seeds)
    while stack:
        rel, out, token = stack.pop()
        seen = rel.demands.get(out)
        if seen is None:
            seen = rel.demands[out] = set()
        if token in seen:
            continue
        seen.add(token)
        if out == ROWS:
            edges = rel.rows
        else:
            edges = rel.outs[out]
            stack.append((rel, ROWS, _of_rows(token)))
        own = rel.statement
        stack += [(edge.rel, edge.out, _hand_on(token, edge, own)) for edge in edges]


def _of_rows(token: Token) -> Token:
    return Token(token.kind if token.kind in _STICKY else "*projected", token.statement, 0)


def _hand_on(token: Token, edge: Edge, own: int) -> Token:
    kind, statement, line = token
    if kind in _STICKY:
        return token
    if edge.out == ROWS:
        return _of_rows(token)
    at = edge.line if own == statement else line
    if edge.kind is None:
        if edge.is_named and kind[0] == "*":
            return Token(kind[1:], statement, at)
        return token
    if edge.kind == "projected" and kind in {"*exported", "*shown"}:
        return Token(kind[1:], statement, at)
    return Token(edge.kind, statement, at)
