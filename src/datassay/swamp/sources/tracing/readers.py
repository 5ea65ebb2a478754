"""Follow the calls that read a table from a path or a database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from datassay.swamp.sources.tables import is_dataset_path
from datassay.swamp.sources.tracing.expressions import Expressions
from datassay.swamp.sources.tracing.frames import Frame, merge_frames
from datassay.swamp.sources.tracing.shaping import given_names
from datassay.swamp.sources.tracing.values import Const, Foreign, Pattern, Rows, Seq, Text, Value, frames_in
from datassay.swamp.sources.tracing.verbs import PATHS, READER_COLUMNS, READER_PATHS, TABLES, TEXT_READERS


class Readers(Expressions):
    """Evaluation of reads."""

    def read_table(
        self, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call, *, receiver: Value
    ) -> Value:
        """Return the dataset, a table from elsewhere, or a path that is handed on to a reader."""
        given = [*args[:1], *(kwargs[key] for key in READER_PATHS if key in kwargs)]
        given = [part for value in given for part in (value.items if isinstance(value, Seq) else (value,))]
        if name in PATHS or name == "join":
            parts = [receiver, *args] if isinstance(receiver, Text) else args
            texts = [part for part in parts if isinstance(part, Text)]
            return _join_path(texts) if texts else None
        frame = merge_frames(part for value in given for part in frames_in(value))
        if frame is not None:
            return frame
        texts = [text for part in given if (text := _as_path(part)) is not None]
        if name == "DictReader":
            return Rows(self.whole(), is_paired=False) if any(self.is_path(part) for part in texts) else None
        if any(is_dataset_path(part.text, self.table) for part in texts):
            return self._narrow_read(self.whole(), name, kwargs, node)
        lasts = [last for part in texts if (last := _last_part(part.text)) in self.copies]
        if lasts:
            copies = [self.copies[last] for last in lasts]
            self.notes.copies_read.update(lasts)
            self.notes.n_reads += 1
            return self._narrow_read(merge_frames(copies) or copies[0], name, kwargs, node)
        if name in TABLES and any(part.text.rpartition(".")[2].casefold() in self._table_names for part in texts):
            return self._narrow_read(self.whole(), name, kwargs, node)
        if len(texts) == len(given) and (given or name in TABLES):
            known = (each for each in self.others if any(is_dataset_path(part.text, each) for part in texts))
            other = next(known, None)
            return Foreign(frozenset(other.columns) if other is not None else frozenset())
        # A path from the command line may well be that of the dataset.
        is_table = name.startswith(("read_", "scan_")) and not name.startswith(TEXT_READERS)
        return self._narrow_read(self.maybe(node), name, kwargs, node) if is_table and given else None

    def is_path(self, value: Value) -> bool:
        """Say whether a value is the dataset's path."""
        return isinstance(value, Text) and "." in value.text and is_dataset_path(value.text, self.table)

    def read_raw(self, values: Iterable[Value], node: ast.AST, how: str) -> None:
        """Doubt every column where something else than a reader of tables gets the dataset's path."""
        if any(self.is_path(value) for value in values):
            self.notes.n_reads += 1
            self.doubt(self.table.columns, node, f"the table's file is {how}")

    @property
    def _table_names(self) -> set[str]:
        return {name.casefold() for name in self.table.names}

    def _narrow_read(self, frame: Frame, name: str, kwargs: dict[str, Value], node: ast.Call) -> Value:
        table: Value = replace(frame, is_nested=name == "load_dataset" or "sheet_name" in kwargs)
        self.use(frame, given_names([kwargs.get("filters")]), "filtered", node)  # pyarrow: [("month", "=", 3)]
        for key in READER_COLUMNS:
            if key in kwargs and not isinstance(kwargs[key], Const):
                table = self.pick_value(frame, kwargs[key], node, "projected")
        return Seq((table,)) if {"chunksize", "iterator", "batch_size"} & set(kwargs) else table


def _last_part(path: str) -> str:
    return re.split(r"[\\/]", path)[-1].casefold()


def _join_path(parts: Iterable[Text]) -> Text:
    listed = list(parts)
    return Text("/".join(part.text for part in listed), listed[0].is_exact)


def _as_path(value: Value) -> Text | None:
    """Return a path of which at least the last part is known."""
    if isinstance(value, Text):
        return value
    if isinstance(value, Pattern) and value.pieces[-1] is not None and re.search(r"[\\/]", value.pieces[-1]):
        return Text(value.pieces[-1], is_exact=False)
    return None
