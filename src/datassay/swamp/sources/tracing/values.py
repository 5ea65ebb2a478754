"""What a name in a Python script may stand for, as far as the dataset is concerned."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from datassay.swamp.sources.tracing.frames import Frame, merge_frames


@dataclass(frozen=True)
class Foreign:
    """A table that is read from elsewhere."""

    #: Its columns, where it is another known table.
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Chart:
    """A plot of a table: what is named on it is shown."""

    frame: Frame


@dataclass(frozen=True)
class Model:
    """An estimator that takes some columns of a table only: a ColumnTransformer, or a pipeline that begins with one."""

    columns: tuple[str, ...]
    #: False where it may take further ones.
    is_exact: bool = True
    #: True where what it returns holds the table's other columns too, as in Spark.
    keeps_rest: bool = False


@dataclass(frozen=True)
class Instance:
    """An object of a class of this file."""

    name: str


@dataclass(frozen=True)
class Class:
    """A class of this file."""

    node: ast.ClassDef


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
    #: The table's other names, where they are known: what `~` makes of it.
    rest: tuple[str, ...] | None = None


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
    Frame
    | Foreign
    | Chart
    | Model
    | Instance
    | Class
    | Series
    | Accessor
    | Rows
    | Text
    | Pattern
    | Names
    | OneOf
    | Seq
    | Map
    | Const
    | Function
    | None
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
    if isinstance(one, Seq) and isinstance(other, Seq) and _lists_names(one) and _lists_names(other):
        return Seq((*one.items, *(item for item in other.items if item not in one.items)), is_exact=False)
    if isinstance(one, OneOf) and isinstance(other, OneOf):
        return OneOf(tuple(dict.fromkeys([*one.names, *other.names])), one.is_written and other.is_written)
    if isinstance(one, Series) and isinstance(other, Series):
        return Series(None, one.pending | other.pending)
    frame = merge_frames([*frames_in(one), *frames_in(other)])
    # Two different things without a table in them are nothing that can be followed.
    return frame if frame is not None else one if other is None else other if one is None else None


def collected(value: Value) -> Value:
    """Return what a list holds once a loop over a table's names has put some of them into it."""
    if isinstance(value, OneOf) and not value.is_written:
        return Names(value.names, is_exact=False)
    return Seq(tuple(map(collected, value.items)), value.is_exact) if isinstance(value, Seq) else value


def _lists_names(value: Seq) -> bool:
    return all(isinstance(item, Names) or written_names(item) is not None for item in value.items)


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


def pending_in(values: Iterable[Value]) -> frozenset[str]:
    """Return the columns that expressions in `values` name and no table has answered for."""
    found: frozenset[str] = frozenset()
    for value in values:
        if isinstance(value, Series):
            found |= value.pending
        elif isinstance(value, Seq):
            found |= pending_in(value.items)
    return found
