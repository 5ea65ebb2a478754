"""What is noted while a script is followed."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from datassay.results import UsageKind
from datassay.swamp.evidence import Tables, TableSchema
from datassay.swamp.sources.tracing.frames import Frame
from datassay.swamp.sources.tracing.values import Function, Map, Names, Seq, Value, frames_in

#: Statements after which a script is followed coarsely; ordinary ones have hundreds.
_MOST_STEPS = 20_000
Env: TypeAlias = dict[str, Value]


@dataclass
class Notes:
    """What one script says of the dataset."""

    #: (column, kind, line)
    uses: set[tuple[str, UsageKind, int]] = field(default_factory=set)
    #: Columns that are thrown away or taken along: (column, kind, line).
    swept: set[tuple[str, UsageKind, int]] = field(default_factory=set)
    #: Columns that may be read in a way that cannot be followed, with the first line.
    doubts: dict[str, int] = field(default_factory=dict)
    #: Columns named on a table of unknown origin: (column, kind, line).
    loose: set[tuple[str, UsageKind, int]] = field(default_factory=set)
    #: Attributes that bear a column's name, on anything: (column, line).
    attributes: set[tuple[str, int]] = field(default_factory=set)
    n_reads: int = 0
    #: Lines at which a table is used in a way that cannot be followed, and why.
    unresolved: dict[int, str] = field(default_factory=dict)
    #: True where the dataset is handed to code outside the script.
    is_handed_on: bool = False
    #: Files that the dataset was copied to, by the last part of their path, with the columns of the copy.
    copies: dict[str, Frame] = field(default_factory=dict)
    #: What is written to files: (last part of the path, column, kind if no script reads the file, line).
    exports: set[tuple[str, str, UsageKind, int]] = field(default_factory=set)
    #: Files of other scripts that this one reads, by the last part of their path.
    copies_read: set[str] = field(default_factory=set)


class State(ABC):
    """The names in sight and the notes; the base of everything that follows a script."""

    def __init__(
        self, table: TableSchema, copies: dict[str, Frame], *, names_dataset: bool, others: Tables = ()
    ) -> None:
        """Begin with nothing in sight; `copies` are files that other scripts have copied the dataset to."""
        self.table = table
        self.others = others
        self.copies = copies
        #: Whether the dataset's path stands somewhere in the script, as a default or in a settings dict.
        self.names_dataset = names_dataset
        self.known = frozenset(table.columns)
        self.notes = Notes()
        self.env: Env = {}
        #: What was in sight where the functions that are being followed were called, innermost last.
        self.outers: list[Env] = []
        #: Calls of which the script picks columns at once: df.groupby("sex").mean()["age"].
        self.picked: set[ast.AST] = set()
        #: Subscripts of which the script wants the type or the number of nulls only: df[c].dtype.
        self.told: set[ast.AST] = set()
        #: Loops that give every column new values: (name of the table, name of the loop's variable).
        self.rewritten: list[tuple[str, str]] = []
        #: Queries so far that make tables or views, and the names of those.
        self.definitions: list[str] = []
        self.defined: set[str] = set()
        #: Names of classes that are imported from pyspark.ml.
        self.spark_models: set[str] = set()
        #: Tables whose columns the expressions inside a call may name.
        self.context: list[Frame | None] = []
        self.called: set[ast.AST] = set()
        #: Functions that are being followed, innermost last.
        self.active: list[ast.AST] = []
        #: Parameters of a function that the script itself never calls, by whose names they may be tables.
        self.strangers: frozenset[str] = frozenset()
        self.depth = 0
        self.n_steps = 0

    @property
    def is_tired(self) -> bool:
        """Whether so many statements were followed that loops and calls are no longer taken one by one."""
        return self.n_steps > _MOST_STEPS

    def whole(self) -> Frame:
        """Return the dataset as it is read."""
        self.notes.n_reads += 1
        return Frame({column: column for column in self.table.columns})

    def maybe(self, node: ast.AST) -> Frame:
        """Return a table that may be the dataset; it is where the script holds its path anyway."""
        if self.names_dataset:
            return self.whole()
        self.notes.unresolved.setdefault(_line(node), "a path is not known before run time")
        return Frame({column: column for column in self.table.columns}, is_certain=False)

    def use(self, frame: Frame, names: Iterable[str], kind: UsageKind, node: ast.AST) -> None:
        """Note the use of columns by their present names."""
        for name in names:
            base = frame.base(name)
            if base is not None and frame.is_certain:
                self.notes.uses.add((base, kind, _line(node)))
            elif base is not None:
                self.notes.doubts.setdefault(base, _line(node))
            elif frame.is_renamed and frame.find(name) is None:
                self.doubt_table(frame, node, "columns are renamed at run time")

    def use_names(self, frame: Frame, values: Iterable[Value], kind: UsageKind, node: ast.AST) -> None:
        """Note the use of columns by lists made of the table's own names; all of them choose nothing."""
        for value in values:
            for each in value.items if isinstance(value, Seq) else (value,):
                if isinstance(each, Names) and each.is_exact and not set(frame.columns) <= set(each.names):
                    self.use(frame, each.names, kind, node)
                elif isinstance(each, Names) and not each.is_exact:
                    self.doubt(filter(None, map(frame.base, each.names)), node, "columns are chosen at run time")

    def use_all(self, frame: Frame, kind: UsageKind, node: ast.AST) -> None:
        """Note the use of every column that is left."""
        self.use(frame, frame.columns, kind, node)

    def sweep(self, frame: Frame, names: Iterable[str], node: ast.AST, kind: UsageKind) -> None:
        """Note that columns are dropped or taken along."""
        for name in names:
            base = frame.base(name)
            if base is not None and frame.is_certain:
                self.notes.swept.add((base, kind, _line(node)))

    def export(self, frame: Frame, path: str, node: ast.AST) -> None:
        """Note that a table is written to a file: a copy as it is proves nothing, a choice of columns is a use."""
        kind: UsageKind = "exported" if frame.is_narrowed else "starred"
        if frame.is_certain and not frame.is_overview:
            self.notes.exports.update((path, column, kind, _line(node)) for column in frame.live)
        else:
            self.doubt_table(frame, node, "a table that may be the dataset is written")

    def change(self, old: Frame, new: Value) -> None:
        """Give a table that was changed in place its new columns under every name that it has."""
        for env in (self.env, *self.outers):
            for name, value in env.items():
                env[name] = _swap(value, old, new)

    def snapshot(self) -> list[Env]:
        """Return copies of all that is in sight."""
        return [dict(env) for env in (*self.outers, self.env)]

    def restore(self, snapshot: list[Env]) -> None:
        """Put a snapshot back."""
        *outers, env = (dict(each) for each in snapshot)
        for kept, each in zip(self.outers, outers, strict=False):
            kept.clear()
            kept.update(each)
        self.env = env

    def doubt(self, columns: Iterable[str], node: ast.AST, why: str) -> None:
        """Note that columns may be read here."""
        for column in columns:
            self.notes.doubts.setdefault(column, _line(node))
        self.notes.unresolved.setdefault(_line(node), why)

    def doubt_table(self, frame: Frame, node: ast.AST, why: str) -> None:
        """Note that any column of a table may be read here; what only tells about a table holds none."""
        if not frame.is_overview:
            self.doubt(frame.live, node, why)

    def mention(self, names: Iterable[str], kind: UsageKind, node: ast.AST) -> None:
        """Note columns that are named on a table of unknown origin."""
        self.notes.loose.update((name, kind, _line(node)) for name in names if name in self.known)

    def name_columns(self, names: Iterable[str], kind: UsageKind, node: ast.AST) -> None:
        """Note columns named in an expression such as pl.col("age"): they are of the table it is handed to."""
        frame = self.context[-1] if self.context else None
        if frame is None:
            self.mention(names, kind, node)
        else:
            self.use(frame, names, kind, node)

    def hand_on(self, frames: Iterable[Frame], node: ast.AST, why: str) -> None:
        """Note that tables go where they cannot be followed."""
        for frame in frames:
            self.notes.is_handed_on = self.notes.is_handed_on or (frame.is_certain and not frame.is_overview)
            self.doubt_table(frame, node, why)

    @abstractmethod
    def eval(self, node: ast.expr | None, kind: UsageKind = "projected") -> Value:
        """Return what an expression stands for, and note what it reads."""

    @abstractmethod
    def pick_value(self, frame: Frame, value: Value, node: ast.AST, kind: UsageKind) -> Value:
        """Follow `frame[value]`."""

    @abstractmethod
    def inline(self, function: Function, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """Follow a call of a function of this file, and return what it returns."""


def _swap(value: Value, old: Frame, new: Value) -> Value:
    """Return a value with `new` where it holds the very table `old`, also inside lists and dicts."""
    if value is old:
        return new
    if isinstance(value, Seq) and any(each is old for each in frames_in(value)):
        return Seq(tuple(_swap(item, old, new) for item in value.items), value.is_exact)
    if isinstance(value, Map) and any(each is old for each in frames_in(value)):
        return Map({key: _swap(item, old, new) for key, item in value.items.items()})
    return value


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
