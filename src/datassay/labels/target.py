"""The label column as codes or numbers, and which task it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import DataError, SpecError, suggest
from datassay.results import Snapshot
from datassay.spec import CLASSIFICATION_METRICS, REGRESSION_METRICS, AuditSpec

#: Whole numbers with at most so many distinct values are classes, unless the definition says otherwise.
MOST_INTEGER_CLASSES = 20
#: More of them are classes where they number off from 0 or 1 and each has between half and twice its fair share of the
#: rows, and on average so many: coded letters or products, and no counts, ages or prices, whose tails are thin.
MOST_NUMBERED_CLASSES, FEWEST_NUMBERED_ROWS = 200, 20
#: Rows that carry labels below which nothing can be estimated.
FEWEST_ROWS = 20


@dataclass(frozen=True)
class Target:
    """The labelled rows of a snapshot."""

    task: Literal["classification", "regression"]
    #: Positions in the snapshot, ascending.
    rows: NDArray[np.int64]
    #: Int codes in the order of `classes`, or floats.
    y: NDArray[Any]
    #: Class names in code order; empty for regression.
    classes: list[str]
    n_missing: int


def read_target(snapshot: Snapshot, spec: AuditSpec) -> Target:
    """Read the label column.

    Classes are sorted: numbers by value, text by code point. Null and NaN count as missing.
    Raises SpecError where the definition does not fit the column, DataError where there is nothing to learn from.
    """
    label = check_label(snapshot, spec)
    series = collect(scan(snapshot).select(label), snapshot.name).to_series()
    if series.dtype.is_float():
        series = series.fill_nan(None)
    where = f"The label {label!r} of {snapshot.name}"
    if series.is_empty():
        raise DataError(f"{snapshot.name} has no rows.")
    rows = np.flatnonzero(series.is_not_null().to_numpy())
    present = series.gather(rows)
    if not len(rows):
        raise DataError(f"{where} is missing in all rows.", hint="Name another label column.")
    if len(rows) < FEWEST_ROWS:
        raise DataError(f"{where} is given in {len(rows)} rows; at least {FEWEST_ROWS} are needed.")
    task = spec.task if spec.task in {"classification", "regression"} else infer_task(present)
    _check_metric(spec, task, label)
    n_missing = len(series) - len(rows)
    if task == "regression":
        return Target("regression", rows, _numbers(present, where), [], n_missing)
    classes = to_classes(present)
    names = _sorted_names(present)
    codes = classes.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64).to_numpy()
    if len(names) == 1:
        raise DataError(f"{where} has one class only: {names[0]!r}.", hint="There is nothing to tell apart.")
    return Target("classification", rows, codes, names, n_missing)


def check_label(snapshot: Snapshot, spec: AuditSpec) -> str:
    """Return the label column's name; raises SpecError where there is none, naming the nearest column."""
    names = [column.name for column in snapshot.columns]
    if spec.label is None:
        raise SpecError("The definition names no label.", hint="Set 'label' to the column that a model predicts.")
    if spec.label not in names:
        raise SpecError(f"The label {spec.label!r} is no column of {snapshot.name}.", hint=suggest(spec.label, names))
    return spec.label


def to_classes(series: pl.Series) -> pl.Series:
    """Return labels as class names: whole numbers without a decimal point, booleans as true and false."""
    if series.dtype.is_float() and (series.drop_nulls() == series.drop_nulls().floor()).all():
        # A column of whole numbers with gaps often comes as floats; "1" and not "1.0" is what people call the class.
        series = series.cast(pl.Int64)
    if isinstance(series.dtype, pl.List | pl.Array | pl.Struct | pl.Binary | pl.Object):
        raise SpecError(f"The label {series.name!r} holds {series.dtype}, which is neither classes nor numbers.")
    return series.cast(pl.String)


def _sorted_names(present: pl.Series) -> list[str]:
    if isinstance(present.dtype, pl.Categorical | pl.Enum):
        present = present.cast(pl.String)
    names: list[str] = to_classes(present.unique().sort()).to_list()
    return names


def infer_task(present: pl.Series) -> Literal["classification", "regression"]:
    """Return the task that labels (n,), none of them missing, ask for where the definition names none."""
    if not present.dtype.is_numeric():
        return "classification"
    is_whole = bool((present == present.cast(pl.Float64).floor()).all())
    if is_whole and (present.n_unique() <= MOST_INTEGER_CLASSES or _is_numbered_off(present)):
        return "classification"
    return "regression"


def _is_numbered_off(present: pl.Series) -> bool:
    sizes = present.value_counts()["count"].to_numpy()
    first, last, k = float(present.min()), float(present.max()), len(sizes)  # type: ignore[arg-type]
    fair = len(present) / k
    return (
        k <= MOST_NUMBERED_CLASSES
        and fair >= FEWEST_NUMBERED_ROWS
        and first in {0.0, 1.0}
        and last - first == k - 1
        and bool(sizes.min() >= fair / 2 and sizes.max() <= 2 * fair)
    )


def _numbers(present: pl.Series, where: str) -> NDArray[np.float64]:
    if not present.dtype.is_numeric():
        raise SpecError(f"{where} holds {present.dtype}, not numbers.", hint="Set task: classification.")
    y = present.cast(pl.Float64).to_numpy().astype(np.float64)
    if not np.isfinite(y).all():
        raise DataError(f"{where} is infinite in {int((~np.isfinite(y)).sum())} rows.")
    if y.min() == y.max():
        raise DataError(f"{where} has the same value in all rows.", hint="There is nothing to predict.")
    return y


def _check_metric(spec: AuditSpec, task: str, label: str) -> None:
    allowed = CLASSIFICATION_METRICS if task == "classification" else REGRESSION_METRICS
    if spec.metric is not None and spec.metric not in allowed:
        raise SpecError(
            f"metric {spec.metric!r} is not for {task}, which the label {label!r} asks for.",
            hint=f"Use one of {', '.join(allowed)}, or set 'task'.",
        )
