"""Csv files as typed, lazy tables, and their typed Parquet copies in the run's cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import polars as pl

from datassay.datasets.csv_layout import CsvLayout, find_stray_quote, read_layout
from datassay.datasets.csv_types import checks, choose_kind, possible_kinds, typed
from datassay.datasets.parquet import read_note
from datassay.datasets.reading import reading, writing
from datassay.errors import DataError

SUFFIXES = (".csv", ".tsv")
#: Ends the names of typed copies; count it up when types come to be decided otherwise, so that old ones are not used.
COPY_SUFFIX = ".csv-1.parquet"
_SAMPLED_ROWS = 100
#: Columns per pass, so that a table of thousands of columns does not become one plan of 50,000 expressions.
_BATCH = 200
_NOTE = "datassay.text_bytes"


@dataclass(frozen=True)
class CsvTable:
    """A csv file whose rows and types are known."""

    table: pl.LazyFrame
    n_rows: int
    #: Bytes of text by column, without separators and quotes.
    text_bytes: dict[str, int]


@dataclass
class _Look:
    """What one pass over the rows has shown, by column."""

    n_rows: int
    kinds: list[list[str]]
    has_values: list[bool]
    text_bytes: list[int]


def open_csv(path: Path) -> CsvTable:
    """Check a csv file, decide the types of its columns from all rows, and return it as a lazy table.

    Types are integers, floats (with a decimal comma too, where the separator is none), Booleans, dates and
    times; an empty field is null; all else, and identifiers with leading zeros, stays text. Raises DataError
    as `read_layout` does, and where quotes are unbalanced.
    """
    layout = read_layout(path)
    with reading(str(path)):
        text = _scan_text(path, layout)
        try:
            # Most kinds fall away within a few rows, so that few are left to be checked on all of them.
            kinds = possible_kinds(text.head(_SAMPLED_ROWS).collect())
            seen = _look(text, layout.names, kinds)
        except (pl.exceptions.ComputeError, pl.exceptions.SchemaError) as exc:
            raise _quote_error(path, layout) from exc
        if seen.n_rows != layout.n_rows:
            raise _quote_error(path, layout)
        table = text.select(
            typed(name, choose_kind(kinds, separator=layout.separator) if has_values else None)
            for name, kinds, has_values in zip(layout.names, seen.kinds, seen.has_values, strict=True)
        )
        return CsvTable(table, seen.n_rows, dict(zip(layout.names, seen.text_bytes, strict=True)))


def copy_csv(path: Path, copy: Path) -> None:
    """Write the csv file as a typed Parquet file to `copy`, at once or not at all; keep a copy that is there.

    All later reads are lazy, by column and without another look at the text. Raises DataError as `open_csv`
    does, MeasureError for a full disk and ProjectError where `copy` cannot be written.
    """
    if copy.is_file():
        return
    content = open_csv(path)
    temporary = copy.with_name(f".tmp-{uuid4().hex}")
    try:
        with writing(copy.parent):
            content.table.sink_parquet(temporary, metadata={_NOTE: json.dumps(content.text_bytes)})
            temporary.replace(copy)
    finally:
        temporary.unlink(missing_ok=True)


def read_text_bytes(copy: Path) -> dict[str, int]:
    """Return the bytes of text by column that `copy_csv` has noted in its copy."""
    note = read_note(copy, _NOTE)
    return {} if note is None else {str(name): int(size) for name, size in json.loads(note).items()}


def share_bytes(stored_bytes: int, text_bytes: dict[str, int]) -> dict[str, int]:
    """Share the bytes of a csv file out to its columns by length of text; the shares add up exactly."""
    total = sum(text_bytes.values()) or 1
    shares, given, seen = {}, 0, 0
    for name, size in text_bytes.items():
        seen += size
        upto = stored_bytes * seen // total
        shares[name] = upto - given
        given = upto
    return shares


def _scan_text(path: Path, layout: CsvLayout) -> pl.LazyFrame:
    table = pl.scan_csv(
        path,
        has_header=False,
        skip_lines=layout.n_header_lines,
        schema=dict.fromkeys(layout.names, pl.String),
        separator=layout.separator,
        eol_char=layout.line_end,
        glob=False,
    )
    if layout.has_blank_lines:
        # To Polars a blank line is a row of nulls.
        table = table.filter(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != "")))
    return table


def _look(text: pl.LazyFrame, names: list[str], kinds: list[list[str]]) -> _Look:
    """Return what all rows of `text` say of its columns; `kinds` are those still possible, by column."""
    look = _Look(0, [], [], [])
    for start in range(0, len(names), _BATCH):
        batch = list(zip(names[start : start + _BATCH], kinds[start : start + _BATCH], strict=True))
        aggregates = [
            check.alias(f"{i}.{j}")
            for i, (name, options) in enumerate(batch)
            for j, check in enumerate(checks(name, options))
        ]
        sizes = [pl.col(name).str.len_bytes().sum().alias(f"bytes.{i}") for i, (name, _) in enumerate(batch)]
        row = text.select(pl.len().alias("n"), *sizes, *aggregates).collect(engine="streaming").row(0, named=True)
        look.n_rows = row["n"]
        for i, (_, options) in enumerate(batch):
            look.text_bytes.append(row[f"bytes.{i}"])
            look.kinds.append([kind for j, kind in enumerate(options) if row[f"{i}.{j}"]])
            look.has_values.append(row[f"{i}.{len(options)}"])
    return look


def _quote_error(path: Path, layout: CsvLayout) -> DataError:
    line = find_stray_quote(path, layout.separator)
    where = f"line {line:,}" if line else "the file"
    return DataError(
        f"{path}: {where} has quotes that do not pair up.",
        hint='Put quotes around the whole field and write a quote inside it twice: "".',
    )
