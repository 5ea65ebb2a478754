"""All statements of a source together: what is read at the end, and what only feeds things that nothing reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datassay.swamp.evidence import Tables
from datassay.swamp.sources.resolving.catalog import Catalog, Entry
from datassay.swamp.sources.resolving.graph import ROWS, Rel, Token, follow
from datassay.swamp.sources.resolving.scopes import Context
from datassay.swamp.sources.resolving.selects import resolve_query
from datassay.swamp.sources.resolving.statements import (
    NotFollowedError,
    find_entry,
    find_target,
    read_statement,
    resolve_definition,
)
from datassay.swamp.sources.resolving.writes import fill


@dataclass
class Statement:
    """One statement, and what came of it."""

    tree: Any
    file: str
    #: The name under which others read it, if it is a model.
    name: str | None = None
    #: Whether it is shown to people: True, False, or None where it is if nothing else reads it.
    is_exposed: bool | None = None
    context: Context | None = None
    entry: Entry | None = None
    is_run: bool = False
    #: Why it could not be followed; None where it could.
    problem: str | None = None
    is_definition: bool = False

    def run(self) -> None:
        """Resolve it, once."""
        if self.is_run:
            return
        self.is_run = True
        ctx = self.context
        if ctx is None:
            return
        try:
            if self.name is not None and self.entry is not None:
                fill(self.entry, resolve_query(ctx, self.tree, None, {}), [])
            elif self.is_definition and self.entry is not None:
                resolve_definition(ctx, self.tree, self.entry)
            else:
                read_statement(ctx, self.tree, kind="*shown" if self.is_exposed else "*projected")
        except NotFollowedError:
            self.problem = "what it reads cannot be told"
        except RecursionError:
            self.problem = "nested too deeply"
        except (ValueError, KeyError, AttributeError, TypeError, IndexError) as exc:
            # A tree of a shape that we do not know: the statement is unresolved, not unused.
            self.problem = f"of a form that is not known ({type(exc).__name__})"


@dataclass
class Graph:
    """What all statements say together."""

    catalog: Catalog
    statements: list[Statement]
    rels: list[Rel] = field(default_factory=list)


def build_graph(statements: list[Statement], tables: Tables) -> Graph:
    """Resolve all statements, definitions before what reads them, and follow what is read."""
    catalog = Catalog(tables)
    graph = Graph(catalog, statements)
    for number, each in enumerate(statements):
        each.context = ctx = Context(catalog, number, each.file, graph.rels)
        each.is_definition = find_target(each.tree) is not None
        each.entry = _model_entry(ctx, each) if each.name is not None else find_entry(ctx, each.tree)
        if each.entry is not None:
            each.entry.definers.append(each.run)
        elif each.name is not None:
            each.name = None
    for each in statements:
        each.run()
    seeds = [
        (rel, out, Token(kind, number, 0))
        for number, each in enumerate(statements)
        if each.context is not None
        for rel, out, kind in each.context.always
    ]
    follow(seeds)
    _show_exposed(graph)
    _export_ends(graph)
    return graph


def _model_entry(ctx: Context, each: Statement) -> Entry | None:
    """Return the entry of a query that others may read by its file's name; a base table of that name is not it."""
    parts = tuple((each.name or "").lower().split("."))
    known = ctx.catalog.find(parts, ctx.file)
    if known is not None and known.sort == "base":
        return None
    entry = ctx.catalog.define(parts, "model")
    entry.writers.add(ctx.statement)
    return entry


def _show_exposed(graph: Graph) -> None:
    for number, each in enumerate(graph.statements):
        if each.entry is not None and each.name is not None and each.is_exposed:
            follow(_seeds(each.entry, "*shown", number))


def _seeds(entry: Entry, kind: str, statement: int | None = None) -> list[tuple[Rel, int, Token]]:
    return [
        (query, out, Token(kind, query.statement if statement is None else statement, 0))
        for query in entry.fillings
        for out in (ROWS, *range(len(query.outs)))
    ]


def is_read(entry: Entry) -> bool:
    """Say whether something else than what fills it reads a relation, in the end."""
    return any(
        token.statement not in entry.writers and token.kind != "derived"
        for tokens in entry.rel.demands.values()
        for token in tokens
    )


def _export_ends(graph: Graph) -> None:
    """Take stored tables and models that nothing reads for end products: what they name is used.

    Of several that feed each other, the last are the end products. A view that nothing reads is none, nor is a
    temporary table.
    """
    waiting = [
        entry
        for entry in graph.catalog.derived()
        if entry.fillings and entry.sort in {"stored", "model", "base"} and not _is_kept(graph, entry)
    ]
    while True:
        waiting = [entry for entry in waiting if not is_read(entry)]
        if not waiting:
            return
        feeds = _reach(graph)
        ends = [
            entry
            for entry in waiting
            if not any(id(entry.rel) in feeds.get(id(other.rel), set()) for other in waiting if other is not entry)
        ]
        for entry in ends or waiting:
            follow(_seeds(entry, "*projected" if entry.sort == "model" else "*exported"))
        if not ends:
            return
        waiting = [entry for entry in waiting if entry not in ends]


def _is_kept(graph: Graph, entry: Entry) -> bool:
    """Say whether somebody has said that a model is not shown to anybody."""
    said = [
        graph.statements[number].is_exposed for number in entry.writers if graph.statements[number].name is not None
    ]
    return bool(said) and all(each is False for each in said)


def _reach(graph: Graph) -> dict[int, set[int]]:
    """Return which named relations each named relation is made of, through others."""
    direct: dict[int, set[int]] = {}
    for each in graph.statements:
        if each.entry is not None and each.context is not None:
            direct.setdefault(id(each.entry.rel), set()).update(each.context.reads)
    reach: dict[int, set[int]] = {}
    for start, first in direct.items():
        seen: set[int] = set()
        stack = list(first)
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack += direct.get(here, ())
        reach[start] = seen
    return reach


def note_dead_ends(graph: Graph) -> None:
    """Mark what is named in queries, and reaches nothing that is read, as "derived": it is no use, but no silence."""
    seeds: list[tuple[Rel, int, Token]] = []
    for rel in graph.rels:
        for out, edges in enumerate(rel.outs):
            if out not in rel.demands and any(edge.is_named for edge in edges):
                seeds.append((rel, out, Token("derived", rel.statement, 0)))
        if ROWS not in rel.demands and rel.rows:
            seeds.append((rel, ROWS, Token("derived", rel.statement, 0)))
    follow(seeds)
