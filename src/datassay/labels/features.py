"""The columns that the model may see, and the table made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.snapshot import read_rows
from datassay.errors import DataError, SpecError, suggest
from datassay.results import Snapshot
from datassay.spec import AuditSpec

if TYPE_CHECKING:
    import pandas as pd

#: Values that are looked at first where it is asked whether a column holds more than one.
N_GLANCED_AT = 1000
#: In so few rows whole numbers may go up one by one by chance.
FEWEST_COUNTED = 20


@dataclass(frozen=True)
class Table:
    """What the model may see of some rows."""

    frame: pl.DataFrame
    #: For each column of the frame, the column of the snapshot that it is or comes from.
    sources: list[str]
    notes: list[str]


def choose_columns(snapshot: Snapshot, spec: AuditSpec) -> list[str]:
    """Return the columns that may be features, in the snapshot's order.

    Left out are the label, the id, the verified labels, votes, the columns of time and groups, and those that the
    definition excludes. Raises SpecError where the definition names a column that the snapshot lacks, or an embedding
    that is none, DataError where none is left.
    """
    names = [column.name for column in snapshot.columns]
    wanted = {
        "label": spec.label,
        "id": spec.id,
        "trusted.column": spec.trusted.column,
        "features.time": spec.features.time,
        "features.groups": spec.features.groups,
    }
    for key, name in wanted.items():
        # A label that is made of votes is no column.
        if name is not None and not (key == "label" and spec.annotators is not None):
            _check(key, name, names, snapshot)
    for key, several in (
        ("features.exclude", spec.features.exclude),
        ("features.embeddings", spec.features.embeddings),
    ):
        for name in several:
            _check(key, name, names, snapshot)
    check_embeddings(snapshot, spec)
    # Votes would give the label away.
    out = {*spec.features.exclude, *spec.annotator_columns, *(name for name in wanted.values() if name is not None)}
    left = [name for name in names if name not in out]
    if not left:
        raise DataError(f"{snapshot.name} has no column left that could be a feature.")
    return left


def check_embeddings(snapshot: Snapshot, spec: AuditSpec) -> None:
    """Raise SpecError where an embedding of the definition is a column of single values: it would have no effect."""
    dtypes = {column.name: column.dtype for column in snapshot.columns}
    for name in spec.features.embeddings:
        if not dtypes[name].startswith(("Array", "List")):
            raise SpecError(
                f"features.embeddings: the column {name!r} is no array of numbers of one length, but {dtypes[name]}.",
                hint="Leave it out there: a column of single values is a feature as it is.",
            )


def read_features(snapshot: Snapshot, columns: list[str], rows: NDArray[Any]) -> Table:
    """Read these columns of these rows (positions in the snapshot), ready for a model.

    Every column of the result holds numbers, booleans, dates or text: fixed-size arrays become one column per element
    (`name_0`, `name_1`, …), decimals and durations become floats, categories text; infinities are nulls.
    Left out, and noted, are columns of other types (structs, ragged lists, binary), columns with one value or none, and
    a column that only counts the rows, which would leak the label of a sorted table.
    Raises DataError where nothing is left, with the same notes.
    """
    raw = read_rows(snapshot, rows, columns)
    kept: dict[str, pl.Series] = {}
    sources: list[str] = []
    flat, counts, odd = [], [], []
    for name in columns:
        parts = _prepare(raw[name])
        telling = [part for part in parts if _tells_apart(part.drop_nulls())]
        if not parts:
            odd.append(name)
        elif not telling:
            flat.append(name)
        elif _is_row_number(raw[name], rows):
            counts.append(name)
        else:
            for part in telling:
                kept[_free(part.name, kept, columns if part.name != name else [])] = part
                sources.append(name)
    reasons = {"constant or empty": flat, "row numbers": counts, "neither numbers nor text": odd}
    notes = [f"Left out as {reason}: {_listed(names)}." for reason, names in reasons.items() if names]
    if not kept:
        told = f"No column of {snapshot.name} tells the rows apart, so nothing can be predicted."
        hint = "Lists serve where all are of one length, structs as a column for each field." if odd else None
        raise DataError(" ".join([told, *notes]), hint=hint)
    return Table(pl.DataFrame([part.alias(name) for name, part in kept.items()]), sources, notes)


def _tells_apart(values: pl.Series) -> bool:
    # The first rows nearly always do; only of a column that looks constant is every value counted.
    return values.head(N_GLANCED_AT).n_unique() > 1 or values.n_unique() > 1


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Return the table as an estimator of the user takes it: floats with NaN, text, datetimes, categories as text."""
    nullable = [
        pl.col(name).cast(pl.Float64)
        for name, dtype in frame.schema.items()
        if dtype == pl.Boolean and frame[name].null_count()
    ]
    return frame.with_columns(nullable).to_pandas()


def _check(key: str, name: str, names: list[str], snapshot: Snapshot) -> None:
    if name not in names:
        raise SpecError(f"{key} names the column {name!r}, which {snapshot.name} lacks.", hint=suggest(name, names))


def _prepare(series: pl.Series) -> list[pl.Series]:
    dtype = series.dtype
    if isinstance(dtype, pl.Array | pl.List):
        return _expand(series)
    if isinstance(dtype, pl.Boolean | pl.String | pl.Date | pl.Datetime | pl.Null):
        return [series]
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return [series.cast(pl.String)]
    # pandas has no integers of 128 bits.
    if isinstance(dtype, pl.Decimal | pl.Int128 | pl.UInt128):
        return [series.cast(pl.Float64)]
    if isinstance(dtype, pl.Duration):
        return [series.dt.total_microseconds().cast(pl.Float64) / 1e6]
    if isinstance(dtype, pl.Time):
        return [series.to_physical().cast(pl.Float64) / 1e9]
    if dtype.is_float():
        return [pl.select(pl.when(series.is_finite()).then(series).alias(series.name)).to_series()]
    return [series] if dtype.is_numeric() else []


def _expand(series: pl.Series) -> list[pl.Series]:
    inner = getattr(series.dtype, "inner", None)
    if inner is None or not inner.is_numeric():
        return []
    if isinstance(series.dtype, pl.List):
        lengths = series.list.len().drop_nulls().unique()
        if len(lengths) != 1 or not lengths[0]:
            return []
        series = series.list.to_array(int(lengths[0]))
    if len(getattr(series.dtype, "shape", ())) != 1:
        return []
    fields = [f"{series.name}_{i}" for i in range(series.dtype.shape[0])]  # type: ignore[attr-defined]
    parts = series.arr.to_struct(fields=fields).struct.unnest()
    return [s for field in fields for s in _prepare(parts[field])]


def _is_row_number(series: pl.Series, rows: NDArray[Any]) -> bool:
    # Asked of the table as it lies, rows that are left out included: a counter that was shuffled tells nothing.
    if not series.dtype.is_integer() or series.null_count() or len(series) < FEWEST_COUNTED:
        return False
    steps, gaps = np.diff(series.cast(pl.Float64).to_numpy()), np.diff(rows)
    return bool((steps == gaps).all()) or bool((steps == -gaps).all())


def _free(name: str, taken: dict[str, pl.Series], columns: list[str]) -> str:
    while name in taken or name in columns:
        name += "_"
    return name


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
