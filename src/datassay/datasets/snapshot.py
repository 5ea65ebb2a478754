"""A dataset's content at one rev: pulled, hashed and described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import PrivateAttr

from datassay.datasets import content, csv_table, dvc, frames, git, parquet, tables
from datassay.datasets.hashing import hash_table
from datassay.datasets.reading import collect, reading, writing
from datassay.errors import DataError, DatassayError
from datassay.results import Snapshot, StoredColumn
from datassay.spec import DatasetSpec

#: Fixed, so that equal tables have equal bytes however they were cut into chunks.
_ROW_GROUP_ROWS = 100_000
#: A table in memory is no file that could be got back.
_CONVERT = "Look at it with frame.collect(), and give each column one type."


def take_snapshot(
    dataset: DatasetSpec, *, name: str, root: Path | None, cache_dir: Path, rev: str | None = None
) -> Snapshot:
    """Pull `dataset` at `rev` (None: the definition's own) and describe it.

    `root` is the project's folder (None: the current one). Content at a rev is copied into `cache_dir` once; a
    csv file is parsed once, into a typed Parquet copy there. Raises what `dvc.fetch` raises, and DataError
    where the content is no table.
    """
    asked = rev if rev is not None else dataset.rev
    fetched = dvc.fetch(dataset.path, asked, dataset.repo, root, cache_dir, is_bound=dataset.is_bound)
    with _called(fetched, dataset.path):
        format_ = tables.detect_format(fetched.local_path)
        local_path = fetched.local_path
        if format_ == "csv":
            local_path = cache_dir / f"{fetched.md5}{csv_table.COPY_SUFFIX}"
            csv_table.copy_csv(fetched.local_path, local_path)
            n_rows = parquet.measure_parquet(local_path)[0]
            stored_bytes, columns = tables.describe_csv(
                fetched.local_path, parquet.scan_parquet(local_path), csv_table.read_text_bytes(local_path)
            )
        else:
            _, n_rows, stored_bytes, columns = tables.describe(local_path)
    return Snapshot(
        name=name,
        path=Path(dataset.path).as_posix(),
        repo=None if dataset.repo is None else git.redact(dataset.repo),
        rev=fetched.rev,
        commit=fetched.commit,
        md5=fetched.md5,
        format=format_,
        n_rows=n_rows,
        stored_bytes=stored_bytes,
        columns=columns,
        local_path=str(local_path.absolute()),
    )


class _Held(Snapshot):
    """The content of a table in memory, which is looked at where it lies."""

    _table: pl.DataFrame = PrivateAttr()

    def __init__(self, table: pl.DataFrame, **facts: Any) -> None:
        super().__init__(**facts)
        self._table = table

    @property
    def table(self) -> pl.DataFrame:
        """The table."""
        return self._table


def hold_frame(table: pl.LazyFrame, *, name: str) -> Snapshot:
    """Take a snapshot of a table in memory without a copy on disk: it lives as long as the record does.

    It has no md5 (""): nobody asks whether it was seen before. Raises DataError and MeasureError where the table cannot
    be collected.
    """
    with reading(f"Table {name!r}", _CONVERT):
        frame = table.collect()
    columns = [
        StoredColumn(
            name=column.name,
            dtype=tables.name_type(column.dtype),
            stored_bytes=column.estimated_size(),
            is_bytes_estimated=True,
        )
        for column in frame
    ]
    return _Held(
        frame,
        **_name_frame(name),
        md5="",
        format="memory",
        n_rows=frame.height,
        stored_bytes=sum(column.stored_bytes for column in columns),
        columns=columns,
        local_path="",
    )


def snapshot_frame(frame: Any, *, name: str, cache_dir: Path) -> Snapshot:
    """Take a snapshot of a polars, pandas or Arrow table, kept as a Parquet file in `cache_dir`.

    Equal tables have equal md5. Raises UsageError and DataError as `to_polars` does, and MeasureError or ProjectError
    where the cache cannot be written.
    """
    table = frames.to_polars(frame)
    with content.temporary(cache_dir) as fresh:
        with reading(f"Table {name!r}", _CONVERT), writing(cache_dir, has_source=True):
            table.sink_parquet(fresh, row_group_size=_ROW_GROUP_ROWS, compression="zstd")
        md5 = hash_table(fresh)
        local_path = cache_dir / f"{md5}.parquet"
        with writing(cache_dir):
            fresh.replace(local_path)
    _, n_rows, stored_bytes, columns = tables.describe(local_path)
    return Snapshot(
        **_name_frame(name),
        md5=md5,
        format="parquet",
        n_rows=n_rows,
        stored_bytes=stored_bytes,
        columns=columns,
        local_path=str(local_path.absolute()),
    )


def _name_frame(name: str) -> dict[str, Any]:
    """Return what a snapshot says of the origin of a table that lies in no repository."""
    return {"name": name, "path": name, "repo": None, "rev": dvc.WORKSPACE, "commit": None}


def scan(snapshot: Snapshot) -> pl.LazyFrame:
    """Return a lazy frame over the snapshot's content: only columns that are asked for are read.

    Raises DataError where the content is no longer there.
    """
    if isinstance(snapshot, _Held):
        return snapshot.table.lazy()
    path = Path(snapshot.local_path)
    if not path.exists():
        raise DataError(
            f"The content of {snapshot.name!r} is no longer at {path}.", hint="Run the audit again to pull it."
        )
    return tables.scan_table(path)


def read_rows(snapshot: Snapshot, positions: Sequence[int] | NDArray[np.int64], columns: Sequence[str]) -> pl.DataFrame:
    """Return some columns of the rows at `positions` (distinct), in that order; raises DataError."""
    index = "row"
    while index in columns:
        index += "_"
    rows = pl.Series(index, positions, dtype=pl.UInt32)
    # Not gather: that would hold whole columns in memory.
    wanted = scan(snapshot).select(columns).with_row_index(index).filter(pl.col(index).is_in(rows.implode()))
    found = collect(wanted, snapshot.name, engine="streaming")
    return rows.to_frame().join(found, on=index, how="left", maintain_order="left").drop(index)


@contextmanager
def _called(fetched: dvc.Fetched, path: str) -> Iterator[None]:
    """Run a block whose errors should name the file as the user does, and not its copy in the cache."""
    try:
        yield
    except DatassayError as exc:
        shown = path if fetched.commit is None else f"{path} (rev {fetched.rev})"
        raise type(exc)(exc.what.replace(str(fetched.local_path), shown), hint=exc.hint) from exc
