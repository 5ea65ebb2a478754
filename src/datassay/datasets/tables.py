"""Tables in any format a dataset may have: scan them lazily, describe them, and take them from memory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl
from polars.datatypes import DataTypeClass

from datassay.datasets import csv_table, parquet
from datassay.datasets.hashing import hash_table
from datassay.datasets.reading import collect, no_such_file, reading
from datassay.errors import DataError
from datassay.results import StoredColumn

Format = Literal["parquet", "parquet_folder", "csv"]

__all__ = [
    "Format",
    "check_suffix",
    "collect",
    "describe",
    "describe_csv",
    "detect_format",
    "hash_table",
    "name_type",
    "scan_table",
]

_LFS_MARK = b"version https://git-lfs"


def detect_format(path: Path) -> Format:
    """Return the format of the table at `path`: a folder holds Parquet files, a file says it in its name.

    Raises DataError for a missing path, another format, and a pointer that Git LFS or DVC left in place of data.
    """
    with reading(str(path)):
        if path.is_dir():
            return "parquet_folder"
        if not path.exists():
            raise no_such_file(path)
        suffix = path.suffix.lower()
        check_suffix(suffix, str(path))
        with path.open("rb") as file:
            if file.read(len(_LFS_MARK)) == _LFS_MARK:
                raise DataError(f"{path}: only a Git LFS pointer, not the data.", hint="Run 'git lfs pull'.")
        return "csv" if suffix in csv_table.SUFFIXES else "parquet"


def check_suffix(suffix: str, what: str) -> None:
    """Raise DataError unless files that end in `suffix`, in lower case and with its dot, can be read."""
    if suffix not in {*parquet.SUFFIXES, *csv_table.SUFFIXES}:
        raise DataError(
            f"{what}: not a format that can be read.",
            hint="Use .parquet, .csv, .tsv, or a folder of .parquet files.",
        )


def scan_table(path: Path, format: Format | None = None) -> pl.LazyFrame:  # noqa: A002  # the record's own word
    """Return a lazy frame over the table at `path`; None detects the format.

    Zero rows are readable. Raises DataError where the table cannot be read, or has no columns.
    """
    if (format or detect_format(path)) == "csv":
        return csv_table.open_csv(path).table
    return parquet.scan_parquet(path)


def name_type(dtype: pl.DataType | DataTypeClass) -> str:
    """Return a data type as text, without the categories of an Enum, which are cell values."""
    if isinstance(dtype, pl.Enum):
        return "Enum"
    if isinstance(dtype, pl.Struct):
        inner = ", ".join(f"{field.name!r}: {name_type(field.dtype)}" for field in dtype.fields)
        return f"Struct({{{inner}}})"
    if isinstance(dtype, pl.Array):
        return f"Array({name_type(dtype.inner)}, shape={dtype.shape})"
    return f"List({name_type(dtype.inner)})" if isinstance(dtype, pl.List) else str(dtype)


def describe(path: Path) -> tuple[Format, int, int, list[StoredColumn]]:
    """Return format, number of rows, bytes on disk, and the stored columns of the table at `path`.

    Bytes by column come from Parquet footers (compressed; nested columns summed up; 0 for a column that only
    folder names hold); for csv they are an estimate, the file's bytes shared out by length of text. Raises
    DataError.
    """
    format_ = detect_format(path)
    if format_ == "csv":
        content = csv_table.open_csv(path)
        return format_, content.n_rows, *describe_csv(path, content.table, content.text_bytes)
    schema = parquet.scan_parquet(path).collect_schema()
    n_rows, stored_bytes, by_column = parquet.measure_parquet(path)
    sizes = csv_table.share_bytes(stored_bytes, dict.fromkeys(schema, 1)) if by_column is None else by_column
    columns = [
        StoredColumn(
            name=name, dtype=name_type(dtype), stored_bytes=sizes.get(name, 0), is_bytes_estimated=by_column is None
        )
        for name, dtype in schema.items()
    ]
    return format_, n_rows, stored_bytes, columns


def describe_csv(path: Path, table: pl.LazyFrame, text_bytes: dict[str, int]) -> tuple[int, list[StoredColumn]]:
    """Return the bytes of a csv file and its columns, from its typed `table` and bytes of text by column."""
    with reading(str(path)):
        stored_bytes = path.stat().st_size
        schema = table.collect_schema()
    shares = csv_table.share_bytes(stored_bytes, text_bytes)
    return stored_bytes, [
        StoredColumn(name=name, dtype=name_type(dtype), stored_bytes=shares.get(name, 0), is_bytes_estimated=True)
        for name, dtype in schema.items()
    ]
