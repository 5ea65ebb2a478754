"""The order of rows along a column that the definition names: of time, or of groups."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.times import read_times
from datassay.errors import DataError, SpecError
from datassay.results import Snapshot
from datassay.words import plural


def rank_column(snapshot: Snapshot, column: str, rows: NDArray[np.int64], key: str) -> NDArray[np.int64]:
    """Return dense ranks of a column's values in `rows` (n,), from 0; `key` is what errors call the column's place.

    Text is ranked by letters where `key` asks for groups, and as the times that it stands for where it asks for time.
    Raises SpecError where a column has no order that can be told, DataError where it has nulls or NaN.
    """
    values = collect(scan(snapshot).select(column), snapshot.name).to_series().gather(rows)
    if values.dtype.is_float():
        values = values.fill_nan(None)
    if values.null_count():
        raise DataError(
            f"{key}: the column {column!r} is null in {plural(values.null_count(), 'labelled row')}.", hint="Fill it."
        )
    if isinstance(values.dtype, pl.List | pl.Array | pl.Struct | pl.Object):
        raise SpecError(f"{key}: the column {column!r} holds {values.dtype}, which has no order.")
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if key == "features.time" and values.dtype == pl.String:
        values = read_times(values, f"{key}: the column {column!r}")
    ranks: NDArray[np.int64] = values.rank("dense").to_numpy().astype(np.int64) - 1
    return ranks
