"""Relations by name: the tables that are looked for, and what statements define."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from datassay.swamp.evidence import Tables
from datassay.swamp.sources.resolving.graph import Edge, Rel

#: "stored": a table that a statement fills; "model": a query file that others name.
Sort: TypeAlias = Literal["base", "view", "stored", "temporary", "model", "foreign"]
#: Schemas that an unqualified name means before others.
_DEFAULTS = ("public", "dbo", "main", "default")


@dataclass
class Entry:
    """A relation with a name."""

    parts: tuple[str, ...]
    rel: Rel
    sort: Sort
    #: Resolves one statement that defines or fills it, when it is first read.
    definers: list[Callable[[], None]] = field(default_factory=list)
    #: Queries that fill it, with the statement.
    fillings: list[Rel] = field(default_factory=list)
    #: Statements that write to it.
    writers: set[int] = field(default_factory=set)
    #: The only file that sees it.
    file: str | None = None

    def settle(self) -> None:
        """Resolve what defines it; what it reads of itself in between is claimed by name."""
        todo, self.definers = self.definers, []
        was_open, self.rel.is_open = self.rel.is_open, self.rel.is_open or bool(todo)
        for define in todo:
            define()
        if todo:
            self.rel.is_open = was_open or any(filling.is_open for filling in self.fillings)


class Catalog:
    """All names; a name of fewer parts means any that ends in it."""

    def __init__(self, tables: Tables) -> None:
        """Begin with the tables that are looked for."""
        self.entries: dict[str, list[Entry]] = {}
        self.by_path: list[tuple[str, Entry]] = []
        self.base: list[Entry] = []
        #: Entries by the relation that they name.
        self.by_rel: dict[int, Entry] = {}
        for table in tables:
            rel = Rel(title=table.name, table=table)
            for column in table.columns:
                rel.add(column, [])
            first: Entry | None = None
            for name in table.names:
                entry = Entry(tuple(name.lower().split(".")), rel, "base") if first is None else first
                first = first or entry
                parts = tuple(name.lower().split("."))
                self.entries.setdefault(parts[-1], []).append(entry if parts == entry.parts else _alias(entry, parts))
            if first is not None:
                self.base.append(first)
                self.by_rel[id(rel)] = first
                own = PurePosixPath(table.path).name.lower()
                if own:
                    self.by_path.append((own, first))

    def find(self, parts: tuple[str, ...], file: str = "") -> Entry | None:
        """Return what a name of folded parts means in `file`; None for a stranger."""
        found = [
            entry
            for entry in self.entries.get(parts[-1], [])
            if _fits(entry.parts, parts) and entry.file in {None, file}
        ]
        if len(found) > 1:
            found = [entry for entry in found if entry.file == file] or found
            found = [entry for entry in found if len(entry.parts) == len(parts)] or found
            found = [entry for entry in found if len(entry.parts) > 1 and entry.parts[-2] in _DEFAULTS] or found
            found = [entry for entry in found if entry.sort == "base"] or found
        distinct = {id(entry.rel): entry for entry in found}
        if len(distinct) > 1:
            return self._merge(list(distinct.values()), parts)
        return self.by_rel.get(id(found[0].rel), found[0]) if found else None

    def _merge(self, found: list[Entry], parts: tuple[str, ...]) -> Entry:
        """Return a stand-in for several tables that a name may mean: each of them may be read."""
        rel = Rel(title=".".join(parts))
        for entry in found:
            entry.settle()
            for place, name in enumerate(entry.rel.names):
                rel.add(name, [Edge(entry.rel, place, "doubt", 0)])
            rel.is_open = rel.is_open or entry.rel.is_open
        return Entry(parts, rel, "foreign")

    def find_file(self, path: str) -> Entry | None:
        """Return the table that a file path or glob names: by its last part, wherever the folder is mounted."""
        parts = [part.lower() for part in PurePosixPath(path.replace("\\", "/")).parts]
        if not parts:
            return None
        is_glob = any(char in parts[-1] for char in "*?[")
        for own, entry in self.by_path:
            if own in parts or (is_glob and fnmatch.fnmatchcase(own, parts[-1])):
                return entry
        return None

    def define(self, parts: tuple[str, ...], sort: Sort, *, file: str | None = None) -> Entry:
        """Return the entry that a statement defines or fills, made where there is none."""
        for known in self.entries.get(parts[-1], []):
            entry = self.by_rel.get(id(known.rel), known)
            if _fits(entry.parts, parts) and entry.file == file and (entry.sort != "model" or sort == "model"):
                if entry.sort == "foreign":
                    entry.sort = sort
                return entry
        entry = Entry(parts, Rel(title=".".join(parts)), sort, file=file)
        self.entries.setdefault(parts[-1], []).append(entry)
        self.by_rel[id(entry.rel)] = entry
        return entry

    def derived(self) -> list[Entry]:
        """Return all that statements define or fill, base tables among them where they do."""
        return [entry for entry in self.by_rel.values() if entry.fillings or entry.definers]


def _alias(entry: Entry, parts: tuple[str, ...]) -> Entry:
    return Entry(parts, entry.rel, entry.sort)


def _fits(known: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    n = min(len(known), len(asked))
    return known[-n:] == asked[-n:]
