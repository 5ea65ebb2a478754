"""What is in sight inside a query, and which columns a name means there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.catalog import Catalog
from datassay.swamp.sources.resolving.graph import ROWS, Edge, Rel

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass
class Context:
    """What the resolving of one statement shares."""

    catalog: Catalog
    statement: int
    file: str
    #: Relations made on the way.
    rels: list[Rel]
    #: Named relations that the statement reads.
    reads: dict[int, Rel] = field(default_factory=dict)
    #: What happens whatever reads it: an update, a query that is run. (relation, output, kind of demand)
    always: list[tuple[Rel, int, str]] = field(default_factory=list)
    #: Columns that are written: (relation, column, line).
    written: list[tuple[Rel, str, int]] = field(default_factory=list)
    #: Tables and columns of the tree that were looked at, by id.
    seen: set[int] = field(default_factory=set)
    #: What could not be told, with the line.
    murky: list[tuple[int, str]] = field(default_factory=list)

    def new_rel(self) -> Rel:
        """Make a relation whose edges are written in this statement."""
        rel = Rel(self.statement)
        self.rels.append(rel)
        return rel


@dataclass(slots=True)
class Source:
    """A relation in a FROM, by its alias."""

    alias: str
    rel: Rel
    #: The name that the query gives, folded.
    parts: tuple[str, ...] = ()
    #: The right side of a semi join is seen in its condition only.
    is_hidden: bool = False


class Scope:
    """A query's sources, outputs and surroundings."""

    __slots__ = ("aliases", "ctes", "lambdas", "merged", "outputs", "parent", "rel", "sources", "summed")

    def __init__(self, parent: Scope | None, ctes: dict[str, Rel], rel: Rel) -> None:
        """Begin without sources inside `parent`, whose names a subquery may use."""
        self.parent = parent
        self.ctes = ctes
        self.rel = rel
        self.sources: list[Source] = []
        #: Columns that USING and NATURAL have made one.
        self.merged: dict[str, list[tuple[Rel, int]]] = {}
        #: Outputs by explicit alias, and by any name.
        self.aliases: dict[str, int] = {}
        self.outputs: dict[str, int] = {}
        #: Aliases of aggregates: GROUP BY cannot mean them.
        self.summed: set[str] = set()
        self.lambdas: frozenset[str] = frozenset()

    def hits(self, name: str, *, is_exact: bool = False) -> list[tuple[Rel, int]]:
        """Return the columns of that name in all sources."""
        if name in self.merged:
            return self.merged[name]
        found = []
        for source in self.sources:
            if not source.is_hidden:
                found += [(source.rel, place) for place in source.rel.find(name, is_exact=is_exact)]
        return found

    def named(self, alias: str, db: str = "") -> Source | None:
        """Return the source of that alias; of two tables of one name the one in `db`."""
        found = [source for source in self.sources if source.alias == alias]
        if db and found:
            fits = [source for source in found if len(source.parts) < 2 or source.parts[-2] == db]
            return fits[0] if fits else None
        return found[0] if found else None

    def outwards(self) -> Iterator[Scope]:
        """Yield this scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


def line_of(node: Any) -> int:
    """Return the line of a column or name; 0 where the parser has noted none."""
    name = node.this
    meta = getattr(name, "meta", None) or node.meta
    return int(meta.get("line", 0))


def read_column(
    ctx: Context, scope: Scope, column: exp.Column, kind: str | None, into: list[Edge], mode: str = ""
) -> None:
    """Add edges to what a column name means; `mode` is "order" or "group" where an output's name comes first."""
    parts = [part for part in (column.args.get(key) for key in ("catalog", "db", "table")) if part is not None]
    ctx.seen.add(id(column))
    name = column.this
    line = line_of(column)
    if not hasattr(name, "name") or type(name).__name__ == "Parameter":
        return _read_all(scope, column.table.lower(), into, line)  # $1: a column by its position
    if parts:
        return _read_qualified(ctx, scope, [part.name.lower() for part in parts], name, kind, line, into)
    return _read_bare(ctx, scope, name, kind, line, into, mode)


def _read_all(scope: Scope, alias: str, into: list[Edge], line: int) -> None:
    for source in scope.sources:
        if not alias or source.alias == alias:
            into += [Edge(source.rel, place, None, line, is_named=False) for place in range(len(source.rel.outs))]
            into.append(Edge(source.rel, ROWS, None, line))


def _read_bare(ctx: Context, scope: Scope, name: Any, kind: str | None, line: int, into: list[Edge], mode: str) -> None:
    text = name.this.lower()
    if text in scope.lambdas:
        return
    own = scope.outputs if mode == "order" else scope.aliases
    is_summed = text in scope.summed
    if mode == "group" and text in own and _is_column(scope, name, text):
        own = {}  # GROUP BY means the table's column where an alias has the same name
    if text in own and (mode == "order" or (mode == "group" and not is_summed) or (mode == "having" and is_summed)):
        into.append(Edge(scope.rel, own[text], kind or "projected", line))
        return
    is_doubtful = False
    for around in scope.outwards():
        found = around.hits(text, is_exact=bool(name.args.get("quoted")))
        if found:
            # One name that differs by case only is several outputs of one relation, and all are meant.
            is_one = text in around.merged or len({id(rel) for rel, _ in found}) == 1
            if not is_one and text in around.outputs and around is scope:
                into.append(Edge(scope.rel, scope.outputs[text], kind or "projected", line))
                return
            if not is_one:
                ctx.murky.append((line, "a name that several tables have"))
            said = kind if is_one and not is_doubtful else "doubt"
            into += [Edge(rel, place, said, line) for rel, place in found]
            return
        if text in around.aliases:
            into.append(Edge(around.rel, around.aliases[text], kind or "projected", line))
            return
        row = around.named(text)
        if row is not None:
            _read_all(around, text, into, line)  # a whole row, as in to_json(t)
            return
        opened = [source.rel for source in around.sources if source.rel.is_open and not source.is_hidden]
        if len(opened) == 1 and (len(around.sources) == 1 or opened[0].stray):
            # Whoever fills it later may give it this column.
            said = kind if around is scope else "doubt"
            into += [Edge(opened[0], place, said, line) for place in opened[0].claim(text)]
        elif opened:
            for rel in opened:
                into += [Edge(rel, place, "doubt", line) for place in rel.claim(text) if rel.stray]
        # select id from people where id in (select id from other): the inner table's, most likely.
        is_doubtful = is_doubtful or bool(opened)


def _is_column(scope: Scope, name: Any, text: str) -> bool:
    """Say whether one relation of the FROM has a column of that name."""
    found = scope.hits(text, is_exact=bool(name.args.get("quoted")))
    return text in scope.merged or len({id(rel) for rel, _ in found}) == 1


def _read_qualified(
    ctx: Context, scope: Scope, parts: list[str], name: Any, kind: str | None, line: int, into: list[Edge]
) -> None:
    if parts[0] in scope.lambdas:
        return
    db = parts[-2] if len(parts) > 1 else ""
    for around in scope.outwards():
        source = around.named(parts[-1], db)
        if source is not None:
            places = source.rel.find(name.this, is_exact=bool(name.args.get("quoted")))
            places = places or source.rel.claim(name.this.lower())
            if not places and source.rel.find(parts[-1]):
                places = source.rel.find(parts[-1])  # a field of a struct that bears its table's name
            if not places and source.rel.table is None and source.rel.outs:
                ctx.murky.append((line, f"{parts[-1]!r} has no {name.this!r} here"))
                into += [Edge(source.rel, place, "doubt", line) for place in range(len(source.rel.outs))]
            into += [Edge(source.rel, place, kind, line) for place in places]
            return
    # A field of a struct: alias.column.field, or column.field.
    for at, part in enumerate(parts[:-1]):
        for around in scope.outwards():
            source = around.named(part)
            if source is not None:
                places = source.rel.claim(parts[at + 1])
                into += [Edge(source.rel, place, kind or "projected", line) for place in places]
                return
    for around in scope.outwards():
        found = around.hits(parts[0])
        if found:
            into += [Edge(rel, place, kind or "projected", line) for rel, place in found]
            return
    for around in scope.outwards():
        for source in around.sources:
            if source.parts and source.parts[-1] == parts[-1]:  # the table's own name in spite of an alias
                into += [Edge(source.rel, place, kind, line) for place in source.rel.claim(name.this.lower())]
                return
    if any(source.rel.is_open for around in scope.outwards() for source in around.sources):
        return
    found = [hit for around in scope.outwards() for hit in around.hits(name.this.lower())]
    if found:
        ctx.murky.append((line, f"no table is called {parts[-1]!r} here"))
        into += [Edge(rel, place, "doubt", line) for rel, place in found]
