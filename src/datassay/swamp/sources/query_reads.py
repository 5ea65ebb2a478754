"""What SQL texts read of all tables, together: uses, doubts and how much of the text was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from datassay.results import UsageKind
from datassay.swamp.evidence import Tables, Use
from datassay.swamp.sources.parsing import Piece, parse_text
from datassay.swamp.sources.resolving.graph import ROWS
from datassay.swamp.sources.resolving.reads import Graph, Statement, build_graph, note_dead_ends
from datassay.swamp.sources.resolving.statements import find_target
from datassay.swamp.sources.words import Vocabulary

#: Most places kept of one column and kind; a star over a wide table is found in many.
_MOST_PLACES = 50


@dataclass(frozen=True)
class SqlText:
    """A text of SQL, and where and when it was run."""

    text: str
    #: What evidence calls it: "queries/age.sql".
    place: str
    day: date | None = None
    #: The name under which other texts read its query, if it is a model: "stg_orders".
    name: str | None = None
    #: Whether a model is shown to people; None where it is unless something else reads it.
    is_exposed: bool | None = None
    users: tuple[str, ...] = ()
    n_queries: int = 1
    #: Whether only what it defines counts: views and models, but no query that it runs.
    defines_only: bool = False
    #: Whether `place` takes a line number.
    has_lines: bool = True


@dataclass
class QueryReads:
    """What texts read."""

    uses: list[Use] = field(default_factory=list)
    doubts: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Statements that read one of the tables, in the end.
    n_reads: int = 0
    n_statements: int = 0
    n_parsed: int = 0
    n_resolved: int = 0
    #: Statements that name one of the tables and could not be parsed or followed.
    n_unresolved: int = 0
    #: Texts of which every statement was parsed.
    n_whole_texts: int = 0
    #: Places of the texts of which a statement was parsed, those that only define views left out.
    parsed_places: set[str] = field(default_factory=set)
    #: What could not be parsed or resolved, with its place.
    reasons: list[str] = field(default_factory=list)


def read_texts(texts: Sequence[SqlText], tables: Tables, dialect: str | None = None) -> QueryReads:
    """Return what `texts` read of `tables`, through the views and tables that they define.

    A text that is one query and has a `name` is a model: what other texts read of it counts. `dialect` is one of
    sqlglot's and is tried first; None tries the common ones. What cannot be parsed or followed puts the columns in
    doubt that it names.
    """
    found = QueryReads()
    pieces: list[tuple[SqlText, Piece]] = []
    statements: list[Statement] = []
    owners: list[tuple[SqlText, int]] = []
    cache: dict[str, list[Piece]] = {}
    for text in texts:
        parsed = cache.get(text.text)
        if parsed is None:
            parsed = cache[text.text] = parse_text(text.text, dialect)
        pieces += [(text, piece) for piece in parsed]
        found.n_whole_texts += all(piece.problem is None for piece in parsed)
        for piece in parsed:
            is_model = text.name is not None and len(parsed) == 1 and piece.is_single_query
            for tree in piece.trees:
                if text.defines_only and not is_model and find_target(tree) is None:
                    continue
                statements.append(Statement(tree, text.place, text.name if is_model else None, text.is_exposed))
                owners.append((text, piece.line_of(tree)))
    graph = build_graph(statements, tables)
    note_dead_ends(graph)
    vocabulary = Vocabulary(tables, graph)
    _collect_uses(graph, owners, found)
    for text, piece in pieces:
        if text.defines_only:
            continue
        found.n_statements += piece.n_statements
        if piece.problem is None and piece.trees:
            found.n_parsed += len(piece.trees)
            found.parsed_places.add(text.place)
        if piece.problem is not None:
            _doubt(found, vocabulary, piece.text, _place(text, piece.line), piece.problem)
    for each, (text, line) in zip(statements, owners, strict=True):
        if each.problem is not None:
            _doubt(found, vocabulary, each.tree, _place(text, line), each.problem)
        elif each.context is not None and each.context.murky:
            at, why = each.context.murky[0]
            found.reasons.append(f"{_place(text, at or line)}: {why}")
            found.n_unresolved += 1
        else:
            found.n_resolved += not text.defines_only
    return found


def _place(text: SqlText, line: int) -> str:
    return f"{text.place}:{line}" if text.has_lines else text.place


def _doubt(found: QueryReads, vocabulary: Vocabulary, said: Any, place: str, why: str) -> None:
    """Put what a statement names in doubt; one that names none of the tables cannot read them."""
    columns = vocabulary.find(said)
    found.reasons.append(f"{place}: {why}" + (", names none of the tables" if columns is None else ""))
    if columns is None:
        return
    found.n_unresolved += 1
    for key in columns:
        found.doubts.setdefault(key, f"may be read in {place}: {why}")


def _collect_uses(graph: Graph, owners: list[tuple[SqlText, int]], found: QueryReads) -> None:
    readers: set[int] = set()
    for entry in graph.catalog.base:
        rel = entry.rel
        table = entry.rel.title
        for out, tokens in sorted(rel.demands.items()):
            readers |= {token.statement for token in tokens if token.kind != "derived"}
            if out == ROWS:
                continue
            column = rel.names[out]
            n_places: dict[str, int] = {}
            for token in sorted(tokens):
                text, first = owners[token.statement]
                place = _place(text, token.line or first)
                if token.kind == "doubt":
                    found.doubts.setdefault((table, column), f"may be read in {place}")
                    continue
                kind = _kind(token.kind)
                n_places[kind] = n_places.get(kind, 0) + 1
                if n_places[kind] <= _MOST_PLACES or text.users:
                    found.uses.append(Use(table, column, kind, place, text.day, text.n_queries, text.users))
    found.uses += _written(graph, owners)
    found.n_reads = len(readers)


def _kind(kind: str) -> UsageKind:
    return "starred" if kind.startswith("*") else kind  # type: ignore[return-value]


def _written(graph: Graph, owners: list[tuple[SqlText, int]]) -> list[Use]:
    uses = []
    seen: set[tuple[int, str]] = set()
    for number, each in enumerate(graph.statements):
        for rel, name, line in each.context.written if each.context is not None else []:
            if rel.table is None or (id(rel), name.lower()) in seen:
                continue
            seen.add((id(rel), name.lower()))
            text, first = owners[number]
            place = _place(text, line or first)
            uses += [Use(rel.title, rel.names[out], "written", place, text.day) for out in rel.find(name)]
    return uses
