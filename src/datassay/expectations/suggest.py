"""Draft a first suite from the data: a proposal for a person to correct, not a truth."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import collect
from datassay.errors import DataError, SpecError, suggest
from datassay.expectations.checks import Suite, parse_check
from datassay.expectations.formats import propose_format
from datassay.expectations.frames import to_pandas
from datassay.expectations.proposals import (
    Proposal,
    is_all_distinct,
    propose_classes,
    propose_label_nulls,
    propose_nulls,
    propose_order,
    propose_table,
    propose_type,
    propose_unique,
    propose_values,
)
from datassay.expectations.suite import evaluate
from datassay.results import ExpectationResult
from datassay.words import plural

if TYPE_CHECKING:
    import polars as pl

_SEED = 0


def draft_suite(table: pl.LazyFrame, *, name: str, label: str | None, id_column: str | None) -> dict[str, Any]:
    """Return a suite as Great Expectations' JSON, every expectation with meta.proposed = true and meta.reason.

    Rules are chosen on a random half of the rows and tried on the other: `meta.held_out` says how that went, and a
    rule that failed there is a false alarm, counted in the suite's `meta.false_alarms` and left out, unless it is about
    the label, the id or the set of columns. What is kept passes on the whole table. Bounds are the 1 % and 99 %
    quantiles, widened by half their distance and rounded outwards, so that no smallest or largest value is written
    down. Raises SpecError where `label` or `id_column` is no column, and DataError where there is nothing to draft
    from.
    """
    import numpy as np
    import polars as pl

    data = collect(table, f"Table {name!r}")
    for role, column in (("label", label), ("id", id_column)):
        if column is not None and column not in data.columns:
            raise SpecError(f"{name!r} has no {role} column {column!r}.", hint=suggest(column, data.columns))
    if data.height < 2 or data.width == 0:
        raise DataError(f"The table {name!r} holds {plural(data.height, 'row')}: nothing to draft a suite from.")
    is_chosen = np.zeros(data.height, dtype=bool)
    is_chosen[np.random.default_rng(_SEED).permutation(data.height)[: data.height // 2]] = True
    mask = pl.Series(is_chosen)
    proposals = _propose(data, data.filter(mask), label=label, id_column=id_column)
    held_out = data.filter(~mask)
    tried = [proposal for proposal in proposals if proposal.is_tried]
    trials = dict(zip(map(id, tried), _try(name, tried, held_out), strict=True))
    finals = _try(name, proposals, data)
    kept, left_out = [], []
    for proposal, final in zip(proposals, finals, strict=True):
        trial = trials.get(id(proposal))
        failed = next((r for r in (trial, final) if r is not None and r.outcome != "passed"), None)
        if failed is None or (final.outcome != "failed" and proposal.severity == "critical"):
            kept.append(_describe(proposal, trial, held_out.height))
        else:
            left_out.append(_name_result(failed) | {"reason": proposal.reason})
    n_alarms = sum(trial.outcome == "failed" for trial in trials.values())
    return {
        "name": name,
        "expectations": kept,
        "meta": {
            "great_expectations_version": version("great-expectations"),
            "proposed": True,
            "chosen_on_rows": int(is_chosen.sum()),
            "tried_on_rows": held_out.height,
            "false_alarms": {"n_tried": len(tried), "n_failed": n_alarms, "rate": round(n_alarms / len(tried), 6)},
            "left_out": left_out,
        },
    }


def _propose(data: pl.DataFrame, chosen: pl.DataFrame, *, label: str | None, id_column: str | None) -> list[Proposal]:
    proposals = propose_table(data)
    frame, refused = to_pandas(data)
    for name in data.columns:
        if name in refused or not name:
            continue
        column, half = data[name], chosen[name]
        proposals += propose_type(column, str(frame[name].dtype))
        # Counted in all rows for the id and the label: a critical rule is kept, so its own table must pass it.
        if name in {label, id_column}:
            if not column.null_count():
                proposals += propose_nulls(column, "critical")
            elif name == label:
                proposals += propose_label_nulls(column)
        else:
            proposals += propose_nulls(half, "warning")
        if name == id_column:
            proposals += [*propose_unique(column, "critical"), *propose_format(half)]
        elif name == label:
            proposals += propose_classes(column)
            continue
        else:
            is_name = is_all_distinct(half)
            # Whole numbers that all differ and only rise are a counter, which no range holds for long.
            is_counter = is_name and column.dtype.is_integer() and bool(propose_order(half))
            proposals += propose_format(half) or ([] if is_counter else propose_values(half))
            proposals += propose_unique(half, "info") if is_name else []
        proposals += propose_order(half)
    return proposals


def _try(name: str, proposals: list[Proposal], table: pl.DataFrame) -> list[ExpectationResult]:
    suite = Suite(name, [parse_check(proposal.to_item()) for proposal in proposals])
    return evaluate(suite, table.lazy(), show_values=[], engine="pandas")


def _describe(proposal: Proposal, trial: ExpectationResult | None, n_rows: int) -> dict[str, Any]:
    meta: dict[str, Any] = {"proposed": True, "reason": proposal.reason}
    if trial is not None:
        found = {"outcome": trial.outcome, "unexpected_fraction": trial.unexpected_fraction}
        meta["held_out"] = {"n_rows": n_rows, **found}
    return {**proposal.to_item(), "meta": meta}


def _name_result(result: ExpectationResult) -> dict[str, Any]:
    return {
        "type": result.type,
        "column": result.column,
        "outcome": result.outcome,
        "unexpected_fraction": result.unexpected_fraction,
    }
