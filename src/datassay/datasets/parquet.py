"""Parquet files and folders of them: lazy scans, and what each column takes on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from datassay.datasets.reading import reading
from datassay.errors import DataError

SUFFIXES = (".parquet", ".pq")


def list_files(path: Path) -> list[Path]:
    """Return the Parquet files at `path`, a file or a folder, in the order in which their rows count.

    Names that start with `_` or `.` are left out, as Spark's and Hive's own files are. Raises DataError where
    there is none.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(("_", ".")) for part in file.relative_to(path).parts)
    )
    if not files:
        raise DataError(f"{path}: the folder holds no Parquet file.", hint="Point the definition at the right folder.")
    return files


def scan_parquet(path: Path) -> pl.LazyFrame:
    """Return a lazy frame over the file or folder at `path`.

    Raises DataError for a damaged file, a file that does not fit the others, and a table without columns.
    """
    files = list_files(path)
    with reading(str(path)):
        first = _schema(files[0])
        if not first:
            raise DataError(f"{files[0]}: the table has no columns.", hint="Write the file again.")
        for file in files[1:]:
            _check_same(files[0], first, file, _schema(file))
        hive = path.is_dir() and any("=" in part for part in files[0].relative_to(path).parts[:-1])
        table = pl.scan_parquet(files, hive_partitioning=hive, glob=False)
        table.collect_schema()
        return table


def measure_parquet(path: Path) -> tuple[int, int, dict[str, int] | None]:
    """Return the rows, the bytes on disk, and the compressed bytes of each top-level column, from the footers.

    Nested columns are summed up. The bytes by column are None where a column has a type that pyarrow does not
    know, such as integers of 128 bits. Raises DataError where a footer cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = list_files(path)
    n_rows, stored_bytes = 0, 0
    by_column: Counter[str] = Counter()
    with reading(str(path)):
        stored_bytes = sum(file.stat().st_size for file in files)
    for file in files:
        with reading(str(file)):
            try:
                footer = pq.read_metadata(file)
                by_column += _sum_columns(footer)
            except pa.ArrowNotImplementedError:
                return scan_parquet(path).select(pl.len()).collect().item(), stored_bytes, None
            n_rows += footer.num_rows
    return n_rows, stored_bytes, dict(by_column)


def measure_footer(file: Any) -> dict[str, int] | None:
    """Return the compressed bytes of each top-level column of an open Parquet file; None where it is none.

    Only the footer is read, so that an open file of a remote costs a few kilobytes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return dict(_sum_columns(pq.read_metadata(file)))
    except (pa.ArrowException, OSError):
        return None


def read_note(path: Path, key: str) -> str | None:
    """Return the text that was stored under `key` in the footer of a Parquet file."""
    import pyarrow.parquet as pq

    with reading(str(path)):
        value = (pq.read_metadata(path).metadata or {}).get(key.encode())
        return None if value is None else str(value.decode())


def _schema(file: Path) -> dict[str, pl.DataType]:
    with reading(str(file)):
        return pl.read_parquet_schema(file)


def _check_same(first: Path, wanted: dict[str, pl.DataType], file: Path, found: dict[str, pl.DataType]) -> None:
    for name in [*wanted, *found]:
        if name not in found or name not in wanted:
            other = file if name not in found else first
            raise DataError(
                f"{other}: column {name!r} is missing, but another file of the folder has it.",
                hint="Write all files with the same columns.",
            )
        if wanted[name] != found[name]:
            raise DataError(
                f"{file}: column {name!r} is {found[name]}, but {wanted[name]} in {first.name}.",
                hint="Write all files with the same types.",
            )


def _sum_columns(footer: Any) -> Counter[str]:
    """Return the compressed bytes of each top-level column; raises ArrowNotImplementedError for an unknown type."""
    owners = _leaf_owners(footer.schema.to_arrow_schema())
    by_column: Counter[str] = Counter()
    for group in range(footer.num_row_groups):
        chunks = footer.row_group(group)
        for leaf, owner in enumerate(owners):
            by_column[owner] += chunks.column(leaf).total_compressed_size
    return by_column


def _leaf_owners(schema: Any) -> list[str]:
    """Return the top-level column of every stored leaf, in file order.

    Counted by type and not by the leaf's path: "a.b" may be a field of `a` or a column of that very name.
    """
    return [field.name for field in schema for _ in range(_count_leaves(field.type))]


def _count_leaves(dtype: Any) -> int:
    import pyarrow as pa

    if isinstance(dtype, pa.BaseExtensionType):
        return _count_leaves(dtype.storage_type)
    if pa.types.is_map(dtype):
        return _count_leaves(dtype.key_type) + _count_leaves(dtype.item_type)
    if pa.types.is_nested(dtype):
        return sum(_count_leaves(dtype.field(i).type) for i in range(dtype.num_fields))
    return 1
