"""Types of ids: which of them can name rows at all, and one table's ids written as another one has them."""

from __future__ import annotations

import polars as pl

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import SpecError
from datassay.labels.naming import to_classes
from datassay.results import Snapshot
from datassay.spec import AuditSpec


def check_id(snapshot: Snapshot, spec: AuditSpec) -> None:
    """Raise SpecError where the definition's id column holds what cannot be written as text.

    Worklists, reviews and reports name rows by the text of their ids. Whether the column is there is asked elsewhere.
    """
    if spec.id is None or spec.id not in {column.name for column in snapshot.columns}:
        return
    dtype = scan(snapshot).select(spec.id).collect_schema()[spec.id]
    if dtype.is_nested() or dtype == pl.Object:
        told, how = "lists or records", "one text for each"
    elif dtype == pl.Binary and not _is_text(collect(scan(snapshot).select(spec.id), snapshot.name).to_series()):
        told, how = "bytes that are no text", "their hexadecimal digits"
    else:
        return
    raise SpecError(
        f"The id column {spec.id!r} of {snapshot.name} holds {told}, which no worklist could name rows by.",
        hint=f"Write {how} into it, or leave id out for row numbers.",
    )


def write_like(ids: pl.Series, stored: pl.DataType) -> pl.Series:
    """Return ids as the text that the same ids have in a column of the type `stored`; as they are where they have none.

    Each is turned over only where nothing of it is lost: 7 is 7.0 among floats, and a time in microseconds is the same
    one in nanoseconds, but 7.5 is no whole number. Text is taken for a number where that is written so: "7", not "007".
    """
    if not _is_text(ids):
        # No row has such an id; that is told by the first of them.
        return pl.Series(ids.name, [None if each is None else str(each) for each in ids.to_list()], dtype=pl.String)
    plain = ids.cast(pl.String)
    if ids.dtype == stored or not _is_like(ids.dtype, stored):
        return plain
    turned = ids.cast(stored, strict=False)
    written = turned.cast(pl.String)
    if ids.dtype == pl.String:
        is_kept = (written == plain) | (to_classes(turned.cast(pl.Float64)) == plain)
    else:
        is_kept = turned.cast(ids.dtype, strict=False) == ids
    return pl.select(pl.when(is_kept).then(written).otherwise(plain)).to_series()


def _is_like(dtype: pl.DataType, stored: pl.DataType) -> bool:
    """Tell whether two types may hold the same ids."""
    if stored.is_numeric():
        return dtype.is_numeric() or dtype == pl.String
    days = (pl.Date, pl.Datetime)
    if not (isinstance(dtype, days) and isinstance(stored, days)):
        return False
    # A time without a zone is not the same as one with it.
    return getattr(dtype, "time_zone", None) == getattr(stored, "time_zone", None)


def _is_text(ids: pl.Series) -> bool:
    try:
        ids.cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return not ids.dtype.is_nested()
