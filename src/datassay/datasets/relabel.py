"""Write a table again with some labels changed and every other cell as it was."""

from __future__ import annotations

import math
import re
import shutil
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from datassay.datasets.csv_layout import read_layout
from datassay.datasets.parquet import list_files
from datassay.datasets.reading import collect, reading, writing
from datassay.datasets.tables import detect_format, scan_table
from datassay.errors import DataError, EngineError


def relabel(source: Path, target: Path, column: str, donors: Mapping[int, int], numbers: Mapping[int, float]) -> None:
    """Write the table at `source` to `target`, which does not exist, with other values in some rows of one column.

    `donors` names by position the row whose value is taken over, so that a class is written as the data writes it;
    `numbers` are values by position: a decimal is written where it is exactly the number, a float as the nearest of its
    type. Format, order of columns, types and row groups stay, and so does every other byte of a csv file. The copy is
    read again and compared before this returns. Raises DataError where the column cannot hold a value, EngineError
    where the copy is not what it should be, MeasureError or ProjectError where it cannot be written.
    """
    format_ = detect_format(source)
    old = collect(scan_table(source, format_).select(column), str(source)).to_series()
    changes: dict[int, Any] = {row: old[donor] for row, donor in donors.items()}
    changes |= {row: _fit(value, old.dtype, f"{source}: the column {column!r}") for row, value in numbers.items()}
    if format_ == "csv":
        _relabel_csv(source, target, column, donors, numbers)
    elif format_ == "parquet":
        _relabel_parquet(source, target, column, changes)
    else:
        with writing(target.parent):
            shutil.copytree(source, target)
        _relabel_folder(source, target, column, changes)
    _compare(source, target, column, old, changes)


def _relabel_folder(source: Path, target: Path, column: str, changes: Mapping[int, Any]) -> None:
    start = 0
    for file in list_files(source):
        n_rows = collect(scan_table(file).select(pl.len()), str(file)).item()
        inside = {row - start: value for row, value in changes.items() if start <= row < start + n_rows}
        if inside:
            copy = target / file.relative_to(source)
            # A new file, never through a link into a cache.
            copy.unlink()
            _relabel_parquet(file, copy, column, inside)
        start += n_rows


def _relabel_parquet(source: Path, target: Path, column: str, changes: Mapping[int, Any]) -> None:
    import pyarrow.parquet as pq

    with reading(str(source)), pq.ParquetFile(source) as file:
        schema, meta = file.schema_arrow, file.metadata
        where = schema.get_field_index(column)
        if where < 0:
            raise DataError(f"{source}: the label {column!r} is no column of the file itself.")
        group = meta.row_group(0)
        codecs = {c.path_in_schema: _codec(c.compression) for c in map(group.column, range(group.num_columns))}
        start = 0
        with writing(target.parent), pq.ParquetWriter(target, schema, compression=codecs) as writer:
            for i in range(meta.num_row_groups):
                table = file.read_row_group(i)
                labels = table.column(where).to_pylist()
                for row in range(start, start + len(labels)):
                    if row in changes:
                        labels[row - start] = changes[row]
                fresh = _as_type(labels, schema.field(where).type, f"{source}: the column {column!r}")
                table = table.set_column(where, schema.field(where), fresh)
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
                start += table.num_rows


def _fit(value: float, dtype: pl.DataType, what: str) -> Any:
    """Return a number as the column writes it: a decimal where that is exactly it, else the nearest of its floats."""
    if isinstance(dtype, pl.Decimal):
        exact = Decimal(repr(value))
        # Up to here a float is one decimal and no other.
        if len(exact.normalize().as_tuple().digits) > sys.float_info.dig:
            raise _cannot_hold(what, dtype)
        return exact
    if dtype == pl.Float32:
        nearest = float(pl.Series([value]).cast(dtype).item())
        if math.isinf(nearest):
            raise _cannot_hold(what, dtype)
        return nearest
    return value


def _as_type(values: list[Any], dtype: Any, what: str) -> Any:
    import pyarrow as pa

    try:
        fresh = pa.array(values, type=dtype)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as exc:
        raise _cannot_hold(what, dtype) from exc
    # Arrow cuts a float down to an integer without a word.
    if fresh.null_count != sum(value is None for value in values) or (
        pa.types.is_integer(dtype) and any(isinstance(value, float) and value % 1 for value in values)
    ):
        raise _cannot_hold(what, dtype)
    return fresh


def _cannot_hold(what: str, dtype: Any) -> DataError:
    return DataError(
        f"{what} holds {dtype} and cannot hold a verified label.",
        hint="Write the column with a type that can, such as float64.",
    )


def _codec(name: str) -> str:
    return "none" if name == "UNCOMPRESSED" else name.lower()


def _relabel_csv(
    source: Path, target: Path, column: str, donors: Mapping[int, int], numbers: Mapping[int, float]
) -> None:
    layout = read_layout(source)
    where = layout.names.index(column)
    with reading(str(source)), source.open(encoding="utf-8", newline="") as file:
        text = file.read()
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    records = _split(text.removeprefix(mark), layout.separator)
    # As the reader counts: blank lines are no rows, nor are rows of blanks where there are blank lines.
    rows = [
        i for i, (fields, _) in enumerate(records)
        if len(fields) > 1 or fields[0] not in {"", '""'} or (len(layout.names) == 1 and not layout.has_blank_lines)
        if not (layout.has_blank_lines and all(field in {"", '""'} for field in fields))
    ][1:]  # fmt: skip
    old = {row: records[rows[donor]][0][where] for row, donor in donors.items()}
    for row, raw in [*old.items(), *((row, repr(value)) for row, value in numbers.items())]:
        records[rows[row]][0][where] = raw
    with writing(target.parent), target.open("x", encoding="utf-8", newline="") as file:
        file.write(mark)
        file.writelines(layout.separator.join(fields) + end for fields, end in records)


def _split(text: str, separator: str) -> list[tuple[list[str], str]]:
    """Return the records of a csv text, each with its fields as they stand there and its line end."""
    field = re.compile(rf'("(?:[^"]|"")*"[^{re.escape(separator)}\r\n]*|[^{re.escape(separator)}\r\n]*)')
    records: list[tuple[list[str], str]] = []
    fields: list[str] = []
    at = 0
    while at < len(text) or fields:
        found = field.match(text, at)
        assert found is not None  # it matches the empty string
        fields.append(found[0])
        at = found.end()
        if text.startswith(separator, at):
            at += len(separator)
            if at == len(text):
                fields.append("")
                records.append((fields, ""))
                break
            continue
        end = "\r\n" if text.startswith("\r\n", at) else text[at : at + 1]
        records.append((fields, end))
        fields, at = [], at + len(end)
    return records


def _compare(source: Path, target: Path, column: str, old: pl.Series, changes: Mapping[int, Any]) -> None:
    """Raise EngineError unless the copy differs in the changed labels and nowhere else."""
    before, after = scan_table(source), scan_table(target)
    schema = before.collect_schema()
    is_same = schema == after.collect_schema() or source.suffix.lower() == ".csv"
    for name in schema if is_same else ():
        one = collect(before.select(name), str(source)).to_series()
        other = collect(after.select(name), str(target)).to_series()
        if name == column:
            wanted = old.to_list()
            for row, value in changes.items():
                wanted[row] = value
            is_same = is_same and other.to_list() == wanted
        else:
            is_same = is_same and one.equals(other, null_equal=True)
    if not is_same:
        raise EngineError(
            f"{target.name}: the corrected copy of {source.name} differs in more than its labels.",
            hint="Nothing was kept. Please report this, and correct the labels where the table is written.",
        )
