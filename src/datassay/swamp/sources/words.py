"""What a text that nobody can follow may read: the columns that it names as words, of the tables that it names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from datassay.swamp.evidence import Tables
from datassay.swamp.sources.resolving.graph import Rel
from datassay.swamp.sources.resolving.reads import Graph

_WORD = re.compile(r"\w+")
_PLAIN = re.compile(r"\w+\Z")
#: A star that takes columns along, not a product or count(*).
_STAR = re.compile(
    r"(?:\bselect\b(?:\s+(?:distinct|all|top\s+\d+))?|[,.])\s*\*(?!\s*\d)|^\*$|\b(?!count\b)\w+\s*\(\s*\*\s*\)",
    re.MULTILINE,
)


class Vocabulary:
    """The names of all tables, of what is made of them, and of their columns."""

    def __init__(self, tables: Tables, graph: Graph | None = None) -> None:
        """Collect the names; `graph` adds those of views and other derived tables."""
        self.columns: dict[str, list[tuple[str, str]]] = {}
        self.tables: dict[str, set[str]] = {}
        #: Names that are no single word.
        self.odd: dict[str, list[tuple[str, str]]] = {}
        for table in tables:
            for name in [*table.names, PurePosixPath(table.path).name]:
                last = name.rpartition(".")[2] if name in table.names else name
                if last:
                    self.tables.setdefault(last.lower(), set()).add(table.name)
            for column in table.columns:
                home = self.columns if _PLAIN.match(column) else self.odd
                home.setdefault(column.lower(), []).append((table.name, column))
        for entry in graph.catalog.derived() if graph is not None else []:
            if entry.sort != "base":
                self.tables.setdefault(entry.parts[-1], set()).update(_bases(entry.rel))

    def find(self, said: Any) -> list[tuple[str, str]] | None:
        """Return the columns that a text, or a statement's tree, may read; None where it names no table."""
        text = (said if isinstance(said, str) else list_words(said)).lower()
        words = set(_WORD.findall(text))
        named = {table for name, home in self.tables.items() if _is_in(name, words, text) for table in home}
        if not named:
            return None
        # Without a query in it, a call such as refresh('people') may read anything.
        if _STAR.search(text) or "natural" in words or "select" not in words:
            every = [*self.columns.values(), *self.odd.values()]
            return sorted(key for keys in every for key in keys if key[0] in named)
        found = [key for word in words for key in self.columns.get(word, []) if key[0] in named]
        found += [key for name, keys in self.odd.items() if name in text for key in keys if key[0] in named]
        return sorted(found)


def _is_in(name: str, words: set[str], text: str) -> bool:
    return name in words if _PLAIN.match(name) else name in text


def _bases(rel: Rel) -> set[str]:
    found: set[str] = set()
    seen: set[int] = set()
    stack = [rel]
    while stack:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.table is not None:
            found.add(here.title)
        stack += [edge.rel for edges in [here.rows, *here.outs] for edge in edges]
    return found


def list_words(statement: Any) -> str:
    """Return all names, literals and stars of a statement as one text."""
    from sqlglot import exp

    words: list[str] = []
    for node in statement.walk():
        if isinstance(node, exp.Identifier | exp.Literal | exp.Var):
            words.append(str(node.this))
        elif isinstance(node, exp.Star):
            words.append("*")
        elif isinstance(node, exp.Command):
            words += [str(node.this), str(node.expression)]
    return "\n".join(words)
