"""What correcting cells that fail a check is told to gain, against really doing it; a part of `benchmarks.actions`.

Samples of public tables of ../shared/data in which a fifth of the cells of one telling column is wrong: in other units,
far outside of what can be, mistyped, or a fixed number in their place. A suite with one expectation finds them. Really
correcting them is fitting once with and once without them, scored on fresh rows that are as wrong as the training rows,
or as right. Told twice: with spoiled cells drawn from those that fail, and, as it was before, from other rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.tasks import SHARED

from datassay.datasets.snapshot import snapshot_frame
from datassay.expectations.suite import run_suite
from datassay.labels.encoding import encode
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.pred_probs import predict
from datassay.results import OtherAction
from datassay.spec import parse_spec
from datassay.value.actions.bench import load_bench
from datassay.value.actions.failing import Failing, find_failing
from datassay.value.actions.pollution import find_targets, measure_pollution

ROWS, FRESH, SHARE, SEEDS = 2_000, 10_000, 0.2, 6
#: By task: the default, boosted trees, and a learner that minds the size of numbers.
LEARNERS = {
    "classification": {"trees": None, "linear": "benchmarks.verdict.learners:linear"},
    "regression": {"trees": None, "linear": "benchmarks.verdict.learners:linear_numbers"},
}
BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
#: Columns that name rows, tell nothing or say the same as the spoiled one.
_DROPPED = ("row_id", "split", "fnlwgt", "emp_var_rate", "nr_employed")


@dataclass(frozen=True)
class Case:
    """One column of one table, one way to be wrong, and the check that fails."""

    name: str
    table: str
    label: str
    column: str
    #: (values, rng) -> what is written in their place.
    spoil: Callable[[pl.Series, np.random.Generator], pl.Series]
    #: Type of the expectation, and its arguments; a set is that of the column.
    check: str
    kwargs: dict[str, Any]
    task: str = "classification"
    metric: str = "balanced_accuracy"


def _times(factor: float) -> Callable[[pl.Series, np.random.Generator], pl.Series]:
    return lambda values, _: values * factor


def _far_out(values: pl.Series, rng: np.random.Generator) -> pl.Series:
    return pl.Series(values.name, rng.uniform(200, 9_999, len(values)))


def _fixed(values: pl.Series, _: np.random.Generator) -> pl.Series:
    return pl.Series(values.name, [999] * len(values), dtype=values.dtype)


def _mistype(values: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Return texts of which one of the first four letters is left out: few enough to stay categories."""
    places = rng.integers(0, 4, len(values)).tolist()
    return pl.Series(values.name, [text[:i] + text[i + 1 :] for text, i in zip(values, places, strict=True)])


CASES = (
    Case("dollars for thousands", "c_houses", "target", "median_income", _times(1000), BETWEEN,
         {"min_value": 0, "max_value": 20}, "regression", "r2"),
    Case("basis points for percent", "c_bank", "subscribed", "euribor3m", _times(100), BETWEEN,
         {"min_value": 0, "max_value": 10}),
    Case("far out", "c_magic", "target", "FAlpha", _far_out, BETWEEN, {"min_value": 0, "max_value": 90}),
    Case("999", "c_adult", "income", "age", _fixed, BETWEEN, {"min_value": 0, "max_value": 120}),
    Case("typos", "c_adult", "income", "marital_status", _mistype, IN_SET, {}),
    # Nothing was chosen by the following three.
    Case("sign lost", "c_houses", "target", "longitude", _times(-1), BETWEEN,
         {"min_value": -130, "max_value": -110}, "regression", "r2"),
    Case("a zero too many", "c_adult", "income", "hours_per_week", _times(10), BETWEEN,
         {"min_value": 0, "max_value": 99}),
    Case("typos", "c_bank", "subscribed", "poutcome", _mistype, IN_SET, {}),
)  # fmt: skip


def make_tables(case: Case, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the table as it should be and as it is: training rows first, then fresh ones."""
    clean = pl.read_parquet(SHARED / case.table / "data.parquet")
    clean = clean.drop([name for name in _DROPPED if name in clean.columns])
    clean = clean.sample(ROWS + FRESH, seed=seed, shuffle=True)
    rng = np.random.default_rng([seed, 7])
    is_wrong = pl.Series(rng.random(clean.height) < SHARE)
    wrong = case.spoil(clean[case.column], rng)
    return clean, clean.with_columns(pl.when(is_wrong).then(wrong).otherwise(clean[case.column]).alias(case.column))


def told(case: Case, clean: pl.DataFrame, dirty: pl.DataFrame, estimator: str | None, seed: int) -> list[OtherAction]:
    """Return what is told of correcting the column: by cells that fail, and by values of other rows."""
    content = {
        "dataset": {"path": "x", "rev": None}, "label": case.label, "id": "row", "task": case.task,
        "metric": case.metric, "estimator": estimator, "seed": seed,
    }  # fmt: skip
    spec = parse_spec(content, "x", "benchmark")
    kwargs = {"column": case.column, **case.kwargs}
    if case.check == IN_SET:
        kwargs["value_set"] = clean[case.column].unique().sort().to_list()
    with tempfile.TemporaryDirectory() as folder:
        cache, suite = Path(folder), Path(folder) / "suite.json"
        suite.write_text(json.dumps({"name": "x", "expectations": [{"type": case.check, "kwargs": kwargs}]}))
        snapshot = snapshot_frame(dirty.head(ROWS).with_row_index("row"), name="x", cache_dir=cache)
        checked = run_suite(snapshot, suite, show_values=[])
        predictions = predict(snapshot, spec, cache_dir=cache)
        bench = load_bench(snapshot, predictions, spec, n_jobs=2)
        known = find_failing(bench, snapshot, checked, suite)
        with fitting():
            return [
                measure_pollution(bench, target)
                for failing in (known, {name: Failing(each.share, None) for name, each in known.items()})
                for target in find_targets(bench, None, failing)
                if target.shape == "failing"
            ]


def really(case: Case, clean: pl.DataFrame, dirty: pl.DataFrame, estimator: str | None, seed: int) -> float:
    """Return what correcting the column really gains on the fresh rows."""
    labels = clean[case.label]
    classes = labels.unique().sort().to_list()
    y = labels.to_numpy() if case.task == "regression" else np.array([classes.index(each) for each in labels])
    n_classes = 0 if case.task == "regression" else len(classes)
    learner = Learner(case.task, n_classes, seed=seed, **({"estimator": estimator} if estimator else {}))
    train, fresh = np.arange(ROWS), np.arange(ROWS, ROWS + FRESH)

    def fit(frame: pl.DataFrame) -> float:
        features = Features(matrix=encode(frame.drop(case.label), seed).matrix)
        return score(case.metric, y[fresh], learner.fit_predict(features, y, train, fresh))

    with fitting():
        return fit(clean) - fit(dirty)


def summarise(pairs: list[tuple[float, OtherAction]]) -> str:
    """Return the cells of one way of telling."""
    gains = np.array([gain for gain, _ in pairs]) * 100
    intervals = [each.gain for _, each in pairs if each.gain]
    estimates = np.array([each.estimate for each in intervals]) * 100
    held = sum(each.low <= gain <= each.high for (gain, _), each in zip(pairs, intervals, strict=True))
    words = [each.outcome for _, each in pairs]
    outcomes = " / ".join(str(words.count(word)) for word in ("helps", "does nothing measurable", "harms"))
    return f"{estimates.mean():+.2f} | {np.abs(estimates - gains).mean():.2f} | {held} of {len(pairs)} | {outcomes}"


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    told_columns = "told, mean | mean error | interval holds it | helps / nothing / harms"
    yield f"| wrong cells | column | metric | learner | spoiled cells drawn from | really, mean | {told_columns} |"
    yield "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for case in CASES:
        for learner, estimator in LEARNERS[case.task].items():
            gains, found = [], []
            for seed in range(SEEDS):
                clean, dirty = make_tables(case, seed)
                gains.append(really(case, clean, dirty, estimator, seed))
                found.append(told(case, clean, dirty, estimator, seed))
            head = f"| {case.name} | {case.table[2:]}.{case.column} | {case.metric} | {learner} "
            for way, actions in zip(("those that fail", "other rows"), zip(*found, strict=True), strict=True):
                cells = summarise(list(zip(gains, actions, strict=True)))
                yield f"{head}| {way} | {np.mean(gains) * 100:+.2f} | {cells} |"
