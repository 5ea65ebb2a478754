"""Run a suite of Great Expectations on a snapshot, each expectation on its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import reading
from datassay.datasets.snapshot import scan
from datassay.errors import suggest
from datassay.expectations.backends import Backend, EngineName, Request, open_backend
from datassay.expectations.checks import Check, Suite, explain_absent, read_suite
from datassay.expectations.engine import RawResult, build, explain_arguments, list_types
from datassay.expectations.frames import fit_times, format_value
from datassay.expectations.words import describe_arguments
from datassay.results import ExpectationResult, Expectations, Outcome, Snapshot

if TYPE_CHECKING:
    import polars as pl

#: Most unexpected values kept of a column that may be shown.
_N_SAMPLES = 5
#: Meaningful on a column without a single value.
_NULLS_COUNT = (
    "expect_column_values_to_be_null",
    "expect_column_values_to_not_be_null",
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_unique_value_count_to_be_between",
    "expect_column_type_to_be",
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_in_type_list",
)


def run_suite(
    snapshot: Snapshot, suite_path: Path, *, show_values: list[str], engine: EngineName = "polars"
) -> Expectations:
    """Evaluate the suite in `suite_path` on the snapshot with Great Expectations, on the given engine.

    Only the columns that the suite needs are read. `success` is True where every expectation passed, False where
    one failed, None where nothing failed but something could not be evaluated, or there was nothing to evaluate.
    Unexpected values are kept for the columns in `show_values` only.
    Raises SpecError where the file is no suite, DataError or MeasureError where the table cannot be read, and
    EngineError where Great Expectations cannot start; anything else that goes wrong is the one expectation's `unknown`.
    """
    suite = read_suite(suite_path)
    results = evaluate(suite, scan(snapshot), show_values=show_values, engine=engine)
    return _summarize(suite, results, engine)


def evaluate(
    suite: Suite, table: pl.LazyFrame, *, show_values: list[str], engine: EngineName = "polars"
) -> list[ExpectationResult]:
    """Return one result per expectation of `suite`, in its order.

    Raises DataError or MeasureError where the table cannot be read, and EngineError where Great Expectations cannot
    start.
    """
    import polars as pl

    with reading("The checked table"):
        schema = table.collect_schema()
        known = schema.names()
        needed = {name for check in suite.checks if check.problem is None for name in check.reads(known)}
        n_rows = int(table.select(pl.len()).collect().item())
    if n_rows == 0:
        return [_unknown(check, "0 rows: nothing to check", show_values) for check in suite.checks]
    if not suite.checks:
        return []
    columns = [name for name in known if name in needed]
    with open_backend(engine, table, columns, n_rows) as backend:
        return _Runner(suite, schema, n_rows, backend, show_values).run()


@dataclass
class _Runner:
    """One run of a suite: the engine that holds the table, and what is known of the columns."""

    suite: Suite
    schema: pl.Schema
    n_rows: int
    backend: Backend
    show_values: list[str]
    types: list[str] = field(default_factory=list)

    def run(self) -> list[ExpectationResult]:
        self.types = list_types()
        prepared = [self._prepare(check) for check in self.suite.checks]
        requests = [item for item in prepared if isinstance(item, Request)]
        answers = iter(self.backend.validate(requests, self.suite.parameters))
        return [
            self._read(check, next(answers)) if isinstance(item, Request) else item
            for check, item in zip(self.suite.checks, prepared, strict=True)
        ]

    def _prepare(self, check: Check) -> Request | ExpectationResult:
        problem = check.problem or self._find_problem(check)
        if problem is not None:
            return _unknown(check, problem, self.show_values)
        kwargs = check.kwargs
        if isinstance(kwargs.get("column"), str) and kwargs["column"] in self.schema:
            kwargs = fit_times(kwargs, self.schema[kwargs["column"]])
        try:
            expectation = build(check.type, kwargs)
        except Exception as exc:  # noqa: BLE001 - whatever is wrong with one expectation is its own result
            return _unknown(check, f"bad arguments: {explain_arguments(exc)}", self.show_values)
        return Request(expectation, check.frame, n_samples=_N_SAMPLES if self._is_shown(check) else 0)

    def _find_problem(self, check: Check) -> str | None:
        if check.type not in self.types:
            hint = suggest(check.type, self.types)
            return f"unknown expectation type. {hint}"
        for name in check.columns:
            if name not in self.schema:
                return explain_absent(name, self.schema.names())
            if name in self.backend.refused:
                return f"column {name!r} of type {self.backend.refused[name]} cannot be handed to Great Expectations"
        return None

    def _is_shown(self, check: Check) -> bool:
        return bool(check.columns) and set(check.columns) <= set(self.show_values)

    def _read(self, check: Check, raw: RawResult) -> ExpectationResult:
        if raw.error is not None:
            types = ", ".join(f"{name!r} is {self.schema[name]}" for name in check.columns)
            reason = f"Great Expectations raised {raw.error}" + (f" ({types})" if types else "")
            return _unknown(check, reason, self.show_values)
        result = raw.result
        n_evaluated = self._count_evaluated(check, result)
        if raw.success is None:
            return _unknown(check, "Great Expectations gave no answer", self.show_values)
        # Of no values, everything is true: a vacuous pass (and a vacuous failure) says nothing.
        is_vacuous = n_evaluated == 0 or self._holds_nothing(check) or _is_empty_answer(result)
        if is_vacuous and not (check.type in _NULLS_COUNT and result.get("element_count") != 0):
            return _unknown(check, "no values to check", self.show_values)
        n_unexpected = result.get("unexpected_count")
        return ExpectationResult(
            type=check.type,
            column=check.label,
            severity=check.severity,
            outcome="passed" if raw.success else "failed",
            n_evaluated=n_evaluated,
            n_unexpected=n_unexpected,
            # Great Expectations' percentages carry a rounding error that counts do not have.
            unexpected_fraction=n_unexpected / n_evaluated if n_evaluated and n_unexpected is not None else None,
            detail=describe_arguments(check.type, check.kwargs, show_values=self._is_shown(check)),
            samples=self._sample(check, result),
        )

    def _count_evaluated(self, check: Check, result: dict[str, Any]) -> int | None:
        if result.get("element_count") is not None:
            return int(result["element_count"]) - int(result.get("missing_count") or 0)
        if result.get("unexpected_count") is not None:
            return None  # distinct values were counted, not rows
        if check.frame == "rows":
            return self.n_rows
        # An aggregate reports no counts; under a condition nobody knows how many rows it saw.
        if check.frame == "data" and len(check.columns) == 1 and not check.kwargs.get("row_condition"):
            return self.n_rows - self.backend.n_missing[check.columns[0]]
        return None

    def _holds_nothing(self, check: Check) -> bool:
        if check.frame != "data" or not check.columns:
            return False
        return all(self.backend.n_missing[name] == self.n_rows for name in check.columns)

    def _sample(self, check: Check, result: dict[str, Any]) -> list[str]:
        if not self._is_shown(check):
            return []
        dtype = self.schema[check.columns[0]] if len(check.columns) == 1 else None
        values = result.get("partial_unexpected_list") or []
        return list(dict.fromkeys(format_value(value, dtype) for value in values))[:_N_SAMPLES]


def _is_empty_answer(result: dict[str, Any]) -> bool:
    if "observed_value" not in result or "unexpected_count" in result:
        return False
    value = result["observed_value"]
    # NaN is the mean of nothing.
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124


def _unknown(check: Check, reason: str, show_values: list[str]) -> ExpectationResult:
    is_shown = bool(check.columns) and set(check.columns) <= set(show_values)
    return ExpectationResult(
        type=check.type,
        column=check.label,
        severity=check.severity,
        outcome="unknown",
        detail=describe_arguments(check.type, check.kwargs, show_values=is_shown),
        reason=" ".join(reason.split())[:300],
    )


def _summarize(suite: Suite, results: list[ExpectationResult], engine: EngineName) -> Expectations:
    def count(outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in results)

    n_failed, n_unknown = count("failed"), count("unknown")
    success = False if n_failed else True if results and not n_unknown else None
    return Expectations(
        engine=f"great_expectations {version('great-expectations')} on {engine}",
        suite=suite.name,
        success=success,
        n_evaluated=count("passed") + n_failed,
        n_failed=n_failed,
        n_unknown=n_unknown,
        results=results,
    )
