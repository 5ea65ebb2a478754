"""What a name in a Python script may stand for, as far as the dataset is concerned."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias


@dataclass(frozen=True)
class Frame:
    """A table that comes from the dataset: its columns now, and the dataset's column behind each."""

    #: By name now; None for a column that the script made.
    columns: Mapping[str, str | None]
    #: True for an array, whose keys are positions and no names.
    is_matrix: bool = False
    #: False where the table may be another one: its path is not known before run time.
    is_certain: bool = True
    #: False where some of the columns may have gone: what is left cannot be listed.
    is_exact: bool = True
    #: True between groupby and the aggregation.
    is_grouped: bool = False

    @property
    def live(self) -> list[str]:
        """The dataset's columns that are still in it."""
        return [column for column in self.columns.values() if column is not None]

    def keep(self, names: Iterable[str]) -> Frame:
        """Return it with these columns only; a new name is one that the script made."""
        return replace(self, columns={name: self.columns.get(name) for name in names}, is_grouped=False)

    def drop(self, names: Iterable[str]) -> Frame:
        """Return it without these columns."""
        gone = set(names)
        return replace(self, columns={name: base for name, base in self.columns.items() if name not in gone})

    def add(self, names: Iterable[str]) -> Frame:
        """Return it with new columns; one that is there keeps what is behind it."""
        return replace(self, columns={**dict.fromkeys(names), **self.columns})

    def loosely(self) -> Frame:
        """Return it as a table of which some columns may have gone."""
        return replace(self, is_exact=False, is_grouped=False)

    def as_matrix(self, *, is_matrix: bool = True) -> Frame:
        """Return it as an array, or as a table again."""
        return replace(self, is_matrix=is_matrix)

    def rename(self, names: Mapping[str, str]) -> Frame:
        """Return it with other names."""
        return replace(self, columns={names.get(name, name): base for name, base in self.columns.items()})


@dataclass(frozen=True)
class Foreign:
    """A table that is read from elsewhere."""


@dataclass(frozen=True)
class Series:
    """Values made of columns that have been accounted for; `name` is that of the output."""

    name: str | None = None
    #: Columns that an expression names before it meets its table: CONDITION = pl.col("age") > 3.
    pending: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Accessor:
    """`frame.loc` and its kin."""

    frame: Frame
    kind: str


@dataclass(frozen=True)
class Rows:
    """An iterator over rows; `is_paired` where it yields (index, row)."""

    frame: Frame
    is_paired: bool


@dataclass(frozen=True)
class Text:
    """A string; where `is_exact` is False, something unknown stands before it."""

    text: str
    is_exact: bool = True


@dataclass(frozen=True)
class Pattern:
    """A string with holes, as an f-string makes it: the known pieces in order, None for a hole."""

    pieces: tuple[str | None, ...]


@dataclass(frozen=True)
class Names:
    """Names that come from the table itself and not from the script: `df.columns`."""

    names: tuple[str, ...]
    #: False where it is some of them, nobody knows which.
    is_exact: bool = True


@dataclass(frozen=True)
class OneOf:
    """One of several names; `is_written` where the script lists them."""

    names: tuple[str, ...]
    is_written: bool


@dataclass(frozen=True)
class Seq:
    """A list or tuple of values."""

    items: tuple[Value, ...]
    #: False where some may be missing.
    is_exact: bool = True


@dataclass(frozen=True)
class Map:
    """A dict with strings for keys."""

    items: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Const:
    """A number, bool or None."""

    value: int | float | bool | None


@dataclass(frozen=True)
class Function:
    """A function or lambda of this file."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


#: None is anything that is not followed.
Value: TypeAlias = (
    Frame | Foreign | Series | Accessor | Rows | Text | Pattern | Names | OneOf | Seq | Map | Const | Function | None
)


def written_names(value: Value) -> list[str] | None:
    """Return the names that the script itself lists in `value`, or None where it is no list of names."""
    if isinstance(value, Text):
        return [value.text] if value.is_exact else None
    if isinstance(value, OneOf) and value.is_written:
        return list(value.names)
    if isinstance(value, Map):
        return list(value.items)
    if isinstance(value, Seq):
        parts = [written_names(item) for item in value.items]
        return [name for part in parts for name in part or []] if all(part is not None for part in parts) else None
    return None


def exact_names(value: Value) -> list[str] | None:
    """Return the names in `value` where it is certain that it is these; else None, and nothing may be dropped by it."""
    if isinstance(value, Names):
        return list(value.names) if value.is_exact else None
    if isinstance(value, OneOf) or (isinstance(value, Seq) and not value.is_exact):
        return None
    if isinstance(value, Seq):
        parts = [exact_names(item) for item in value.items]
        return [name for part in parts for name in part or []] if all(part is not None for part in parts) else None
    return written_names(value)


def join(one: Value, other: Value) -> Value:
    """Return what holds after either of two ways: a frame keeps every column that may be left."""
    if one == other:
        return one
    if isinstance(one, Seq) and isinstance(other, Seq) and len(one.items) == len(other.items):
        items = tuple(join(a, b) for a, b in zip(one.items, other.items, strict=True))
        return Seq(items, one.is_exact and other.is_exact)
    if isinstance(one, Series) and isinstance(other, Series):
        return Series(None, one.pending | other.pending)
    frame = merge_frames([*frames_in(one), *frames_in(other)])
    # Two different things without a table in them are nothing that can be followed.
    return frame if frame is not None else one if other is None else other if one is None else None


def join_all(values: Iterable[Value]) -> Value:
    """Return what holds after any of several ways."""
    result: Value = None
    for i, value in enumerate(values):
        result = value if i == 0 else join(result, value)
    return result


def frames_in(value: Value) -> Iterator[Frame]:
    """Yield every frame in a value, also in lists and dicts."""
    if isinstance(value, Frame):
        yield value
    elif isinstance(value, Accessor | Rows):
        yield value.frame
    elif isinstance(value, Seq):
        for item in value.items:
            yield from frames_in(item)
    elif isinstance(value, Map):
        for item in value.items.values():
            yield from frames_in(item)


def merge_frames(frames: Iterable[Frame]) -> Frame | None:
    """Return one frame with the columns of all; None of none."""
    columns: dict[str, str | None] = {}
    found = list(frames)
    for frame in found:
        columns = {**columns, **{name: base or columns.get(name) for name, base in frame.columns.items()}}
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    return Frame(
        columns,
        is_matrix=all(frame.is_matrix for frame in found),
        is_certain=any(frame.is_certain for frame in found),
        is_exact=all(frame.is_exact and set(frame.columns) == set(columns) for frame in found),
        is_grouped=any(frame.is_grouped for frame in found),
    )


def pending_in(values: Iterable[Value]) -> frozenset[str]:
    """Return the columns that expressions in `values` name and no table has answered for."""
    found: frozenset[str] = frozenset()
    for value in values:
        if isinstance(value, Series):
            found |= value.pending
        elif isinstance(value, Seq):
            found |= pending_in(value.items)
    return found
