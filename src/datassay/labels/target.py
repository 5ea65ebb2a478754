"""The label column as codes or numbers, and which task it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.errors import DataError, SpecError, suggest
from datassay.labels.ballots import fill_label, read_ballots, sort_classes
from datassay.labels.naming import LEAST_SQUARED, MOST_SQUARED, to_classes
from datassay.results import Snapshot
from datassay.spec import CLASSIFICATION_METRICS, REGRESSION_METRICS, AuditSpec
from datassay.words import plural

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

    Classes are sorted: numbers by value, text by code point. Null and NaN count as missing. Where the definition names
    annotators, rows without a label get the majority of their votes, and a label column that is not there is made of
    these alone.
    Raises SpecError where the definition does not fit the column, DataError where there is nothing to learn from.
    """
    label = check_label(snapshot, spec)
    series = read_label(snapshot, label)
    if spec.annotators is not None:
        series = _fill(series, snapshot, spec)
    assert series is not None  # check_label: only annotators may do without the column
    where = f"The label {label!r} of {snapshot.name}"
    if series.is_empty():
        raise DataError(f"{snapshot.name} has no rows.")
    rows = np.flatnonzero(series.is_not_null().to_numpy())
    present = series.gather(rows)
    if not len(rows):
        raise DataError(f"{where} is missing in all rows.", hint="Name another label column.")
    if len(rows) < FEWEST_ROWS:
        raise DataError(f"{where} is given in {plural(len(rows), 'row')}; at least {FEWEST_ROWS} are needed.")
    task = spec.task if spec.task in {"classification", "regression"} else infer_task(present)
    _check_metric(spec, task, label)
    n_missing = len(series) - len(rows)
    if task == "regression":
        return Target("regression", rows, _numbers(present, where), [], n_missing)
    if present.dtype.is_float() and not present.is_finite().all():
        raise _infinite(where, int((~present.is_finite()).sum()))
    classes = to_classes(present)
    names = _sorted_names(present) if spec.annotators is None else sort_classes(classes)
    codes = classes.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64).to_numpy()
    if len(names) == 1:
        raise DataError(f"{where} has one class only: {names[0]!r}.", hint="There is nothing to tell apart.")
    return Target("classification", rows, codes, names, n_missing)


def check_label(snapshot: Snapshot, spec: AuditSpec) -> str:
    """Return the label column's name; raises SpecError where there is none, naming the nearest column.

    With annotators the column need not exist; a name that is nearly one of the table's is still taken for a slip.
    """
    names = [column.name for column in snapshot.columns]
    if spec.label is None:
        raise SpecError("The definition names no label.", hint="Set 'label' to the column that a model predicts.")
    if spec.label not in names and (spec.annotators is None or get_close_matches(spec.label, names, cutoff=0.8)):
        raise SpecError(f"The label {spec.label!r} is no column of {snapshot.name}.", hint=suggest(spec.label, names))
    return spec.label


def read_label(snapshot: Snapshot, label: str) -> pl.Series | None:
    """Return the label column with NaN as null; None where the table has none."""
    if label not in {column.name for column in snapshot.columns}:
        return None
    series = collect(scan(snapshot).select(label), snapshot.name).to_series()
    return series.fill_nan(None) if series.dtype.is_float() else series


def _fill(series: pl.Series | None, snapshot: Snapshot, spec: AuditSpec) -> pl.Series:
    """Return the label as class names, with the majority of the votes where there is none."""
    is_number = series is not None and spec.task is None and infer_task(series.drop_nulls()) == "regression"
    if spec.task == "regression" or is_number:
        raise SpecError(
            f"annotators vote on classes, and the label {spec.label!r} is a number.",
            hint="Leave annotators out, or set task: classification.",
        )
    ballots = read_ballots(snapshot, spec)
    assert ballots is not None
    classes = None if series is None else to_classes(series)
    return fill_label(classes, ballots, snapshot.n_rows)[0].alias(str(spec.label))


def _sorted_names(present: pl.Series) -> list[str]:
    if isinstance(present.dtype, pl.Categorical | pl.Enum):
        present = present.cast(pl.String)
    names: list[str] = to_classes(present.unique().sort()).to_list()
    return names


def infer_task(present: pl.Series) -> Literal["classification", "regression"]:
    """Return the task that labels (n,), none of them missing, ask for where the definition names none."""
    if not present.dtype.is_numeric():
        return "classification"
    numbers = present.cast(pl.Float64)
    is_whole = bool((numbers == numbers.floor()).all())
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
        # What cannot be classes either gets another hint.
        to_classes(present.head(0))
        raise SpecError(f"{where} holds {present.dtype}, not numbers.", hint="Set task: classification.")
    y = present.cast(pl.Float64).to_numpy().astype(np.float64)
    if not np.isfinite(y).all():
        raise _infinite(where, int((~np.isfinite(y)).sum()))
    if y.min() == y.max():
        raise DataError(f"{where} has the same value in all rows.", hint="There is nothing to predict.")
    # Before a model is blamed for what becomes of sums of squares.
    if np.abs(y).max() > MOST_SQUARED:
        told = plural(int((np.abs(y) > MOST_SQUARED).sum()), "row")
        raise DataError(
            f"{where} is beyond {MOST_SQUARED:g} in {told}: squares of such numbers are too large to be summed up.",
            hint="Rescale it, as by dividing it by its largest value, or correct these labels.",
        )
    if np.ptp(y) < LEAST_SQUARED:
        raise DataError(
            f"{where} differs by less than {LEAST_SQUARED:g}: squares of such numbers are too small to be summed up.",
            hint="Rescale it, as by multiplying it by a constant.",
        )
    return y


def _infinite(where: str, n_rows: int) -> DataError:
    told = f"{where} is infinite in {plural(n_rows, 'row')}."
    return DataError(told, hint="Correct these labels, or leave them empty.")


def _check_metric(spec: AuditSpec, task: str, label: str) -> None:
    allowed = CLASSIFICATION_METRICS if task == "classification" else REGRESSION_METRICS
    if spec.metric is not None and spec.metric not in allowed:
        raise SpecError(
            f"metric {spec.metric!r} is not for {task}, which the label {label!r} asks for.",
            hint=f"Use one of {', '.join(allowed)}, or set 'task'.",
        )
