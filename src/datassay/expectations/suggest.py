"""Draft a first suite from the data: a proposal for a person to correct, not a truth."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import collect
from datassay.errors import DataError, SpecError, suggest
from datassay.expectations.checks import Suite, parse_check
from datassay.expectations.frames import to_pandas
from datassay.expectations.suite import evaluate
from datassay.results import ExpectationResult, Severity

if TYPE_CHECKING:
    import polars as pl

#: Most distinct values of a column whose values are listed.
_MOST_VALUES = 20
#: A value that fewer rows hold could name a person, and is no pattern.
_FEWEST_ROWS = 5
#: Share of values a proposed rule asks for, by the share that met it on the chosen half.
_MOSTLY = ((0.995, 0.99), (0.97, 0.95))
_SEED = 0


def draft_suite(table: pl.LazyFrame, *, name: str, label: str | None, id_column: str | None) -> dict[str, Any]:
    """Return a suite as Great Expectations' JSON, every expectation with meta.proposed = true.

    Rules are chosen on a random half of the rows and tried on the other; `meta.held_out` says how that went, and a
    rule that failed there is left out unless it is about the label, the id or the set of columns. Bounds are the 1 %
    and 99 % quantiles, widened by half their distance and rounded outwards, so that no smallest or largest value is
    written down.
    Raises SpecError where `label` or `id_column` is no column, and DataError where there is nothing to draft from.
    """
    import numpy as np
    import polars as pl

    data = collect(table, f"Table {name!r}")
    for role, column in (("label", label), ("id", id_column)):
        if column is not None and column not in data.columns:
            raise SpecError(f"{name!r} has no {role} column {column!r}.", hint=suggest(column, data.columns))
    if data.height < 2 or data.width == 0:
        raise DataError(f"The table {name!r} holds {data.height} rows: nothing to draft a suite from.")
    is_chosen = np.zeros(data.height, dtype=bool)
    is_chosen[np.random.default_rng(_SEED).permutation(data.height)[: data.height // 2]] = True
    mask = pl.Series(is_chosen)
    proposals = _propose(data, data.filter(mask), label=label, id_column=id_column)
    held_out = data.filter(~mask)
    trials = evaluate(Suite(name, [parse_check(item) for item in proposals]), held_out.lazy(), show_values=[])
    kept, left_out = _keep(proposals, trials, held_out.height)
    return {
        "name": name,
        "expectations": kept,
        "meta": {
            "great_expectations_version": version("great-expectations"),
            "proposed": True,
            "chosen_on_rows": int(is_chosen.sum()),
            "tried_on_rows": held_out.height,
            "left_out": left_out,
        },
    }


def _keep(
    proposals: list[dict[str, Any]], trials: list[ExpectationResult], n_rows: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    kept, left_out = [], []
    for item, trial in zip(proposals, trials, strict=True):
        if trial.outcome == "passed" or item["severity"] == "critical":
            held_out = {
                "n_rows": n_rows,
                "outcome": trial.outcome,
                "unexpected_fraction": trial.unexpected_fraction,
            }
            kept.append({**item, "meta": {"proposed": True, "held_out": held_out}})
        else:
            left_out.append(
                {
                    "type": trial.type,
                    "column": trial.column,
                    "outcome": trial.outcome,
                    "unexpected_fraction": trial.unexpected_fraction,
                }
            )
    return kept, left_out


def _propose(
    data: pl.DataFrame, chosen: pl.DataFrame, *, label: str | None, id_column: str | None
) -> list[dict[str, Any]]:
    proposals = [
        # More columns break nobody; drift names them.
        _item("expect_table_columns_to_match_set", "critical", column_set=data.columns, exact_match=False)
    ]
    frame, refused = to_pandas(data)
    for column in data.columns:
        if column in refused or not column:
            continue
        proposals += _propose_type(data[column], str(frame[column].dtype))
        # Counted in all rows for the id and the label: a critical rule is kept, so its own table must pass it.
        is_key = column in {label, id_column}
        if not (data if is_key else chosen)[column].null_count():
            severity: Severity = "critical" if is_key else "warning"
            proposals.append(_item("expect_column_values_to_not_be_null", severity, column=column))
        elif column == label and (mostly := _choose_mostly(1 - data[column].null_count() / data.height)):
            # Rows that nobody has labelled yet are no fault; a sudden lot of them is.
            proposals.append(_item("expect_column_values_to_not_be_null", "warning", column=column, mostly=mostly))
        if column == id_column:
            proposals.append(_item("expect_column_values_to_be_unique", "critical", column=column))
        elif column == label:
            proposals += _propose_classes(data[column])
        else:
            proposals += _propose_values(chosen[column])
    return proposals


def _propose_type(column: pl.Series, pandas_type: str) -> list[dict[str, Any]]:
    import polars as pl

    dtype = column.dtype
    name = column.name
    if dtype.is_integer():
        # A first null turns int64 into float64, which is the not-null rule's business.
        types = list(dict.fromkeys([str(dtype).lower(), pandas_type, "float64"]))
        return [_item("expect_column_values_to_be_in_type_list", "warning", column=name, type_list=types)]
    if dtype == pl.Boolean:
        return [_item("expect_column_values_to_be_in_type_list", "warning", column=name, type_list=["bool"])]
    if isinstance(dtype, pl.Date | pl.Datetime) and getattr(dtype, "time_zone", None) is None:
        pandas_type = "datetime64"  # whatever the unit
    elif dtype.is_nested() or pandas_type == "object":
        return []
    return [_item("expect_column_type_to_be", "warning", column=name, type_=pandas_type)]


def _propose_classes(column: pl.Series) -> list[dict[str, Any]]:
    """Propose the set of classes: all that occur, because a label is not sampled but defined."""
    if column.dtype.is_nested() or column.dtype.is_temporal() or column.n_unique() > _MOST_VALUES + 1:
        return _propose_values(column)
    values = column.drop_nulls().unique().sort().to_list()
    if not values:
        return []
    return [_item("expect_column_values_to_be_in_set", "critical", column=column.name, value_set=_plain(values))]


def _propose_values(column: pl.Series) -> list[dict[str, Any]]:
    import polars as pl

    dtype = column.dtype
    present = column.drop_nulls()
    if present.is_empty():
        return []
    if dtype.is_numeric():
        return _propose_bounds(present.cast(pl.Float64), is_whole=dtype.is_integer())
    if not isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return []
    counts = present.cast(pl.String).value_counts()
    if counts.height > _MOST_VALUES:
        return []
    common = counts.filter(pl.col("count") >= _FEWEST_ROWS)
    mostly = _choose_mostly(int(common["count"].sum()) / len(present))
    if mostly is None:
        return []
    values = common[column.name if column.name in common.columns else common.columns[0]].sort().to_list()
    return [_item("expect_column_values_to_be_in_set", "warning", column=column.name, value_set=values, mostly=mostly)]


def _propose_bounds(values: pl.Series, *, is_whole: bool) -> list[dict[str, Any]]:
    finite = values.filter(values.is_finite())
    if finite.is_empty():
        return []
    low, high = (finite.quantile(q, "linear") or 0.0 for q in (0.01, 0.99))
    span = high - low
    if not 0 < span < math.inf:
        return []
    unit = 10.0 ** math.floor(math.log10(span))
    bottom = math.floor((low - span / 2) / unit) * unit
    top = math.ceil((high + span / 2) / unit) * unit
    smallest = finite.min()
    if bottom < 0 and isinstance(smallest, float) and smallest >= 0:
        bottom = 0.0
    mostly = _choose_mostly(float(values.is_between(bottom, top).mean() or 0))  # type: ignore[arg-type]
    if mostly is None:
        return []
    bounds = [int(bound) if is_whole else float(f"{bound:.12g}") for bound in (bottom, top)]
    return [
        _item(
            "expect_column_values_to_be_between",
            "warning",
            column=values.name,
            min_value=bounds[0],
            max_value=bounds[1],
            mostly=mostly,
        )
    ]


def _choose_mostly(share: float) -> float | None:
    return next((mostly for met, mostly in _MOSTLY if share >= met), None)


def _plain(values: list[Any]) -> list[Any]:
    return [value if isinstance(value, bool | int | float) else str(value) for value in values]


def _item(name: str, severity: Severity, /, **kwargs: Any) -> dict[str, Any]:
    return {"type": name, "kwargs": kwargs, "severity": severity}
