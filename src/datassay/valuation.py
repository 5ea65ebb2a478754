"""`estimate_value`: what cleaning and collecting are worth for one table, without project, suite or server."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from datassay.arguments import Chosen, check_rows, choose_columns, count_jobs, name_factory, take_annotators
from datassay.bars import Listener, listen
from datassay.errors import DataError, InconclusiveError, UsageError
from datassay.progress import get_reporter
from datassay.results import Labels, Predictions, Value, next_votes_path
from datassay.spec import AuditSpec, parse_spec
from datassay.value_estimate import NEXT_VOTES, WORKLIST, ValueEstimate, compose

R = TypeVar("R")
#: What errors and sentences call the caller's table, and the call itself.
TABLE, CALL = "the table", "estimate_value(...)"


def estimate_value(
    frame: Any,
    *,
    label: str,
    id: str | None = None,  # noqa: A002 - the definition's key
    features: Sequence[str] | Mapping[str, Any] | None = None,
    task: str | None = None,
    cleaning: Mapping[str, Any] | None = None,
    collecting: Mapping[str, Any] | None = None,
    metric: str | None = None,
    estimator: str | Callable[[], Any] | None = None,
    reviews: Any = None,
    annotators: Any = None,
    seed: int = 0,
    n_jobs: int | None = None,
    progress: bool | Listener | None = None,
) -> ValueEstimate:
    """Say whether an hour of cleaning or a day of collecting is worth more for `frame`, by how much and how surely.

    `frame` is a polars DataFrame or LazyFrame, a pandas or an Arrow table, and is not changed. `label`, `id` (None: row
    numbers from 0), `task`, `metric`, `cleaning`, `collecting` and `estimator` are as in an audit definition; an
    estimator may also be a function or class that can be imported and called without arguments. `features` are the
    only columns that the model may see (None: all but label and id), or the definition's mapping with time and groups.
    `reviews` is a table of verified labels: the id (named as in `frame`, or `id`), `true_label`, `drawn` ("random" or
    "worklist"), optionally `reviewer`; a row may occur in it repeatedly. `annotators` are names of columns, one per
    annotator, or a table of votes with the id, `annotator` and `label`, or the definition's mapping with a table or a
    path as `votes`; rows without a label then get the majority of their votes, and `label` need not be a column.
    `n_jobs` fits run side by side (None: two, -1: as many as there are processors); the same table, arguments and
    seed give the same figures whatever it is, unless the estimator draws without a seed, as a note then says.
    `progress` is shown on a terminal (None), always or never (True, False), or told to a callable(stage, done,
    total).

    What cannot be measured has no figures and the verdict `not_applicable`, with the reason; the noise rate is told
    where reviews of random rows give it. Raises UsageError where
    an argument is wrong or does not fit the table, DataError where the table cannot be read, EngineError where the
    estimator fails.
    """
    content = {
        "dataset": {"path": TABLE, "rev": None},
        "label": label,
        "id": id,
        "task": task,
        "metric": metric,
        "estimator": name_factory(estimator),
        "seed": seed,
        **{key: part for key, part in (("cleaning", cleaning), ("collecting", collecting)) if part is not None},
    }
    # Nothing that is returned lies in a file: the folder is gone before the caller has the result.
    with tempfile.TemporaryDirectory(prefix="datassay-") as scratch:
        votes = take_annotators(annotators, Path(scratch), id_name=id)
        chosen = choose_columns(frame, label=label, id_name=id, features=features, votes=votes)
        spec = parse_spec({**content, **votes, "features": chosen.features}, TABLE, CALL)
        if spec.task == "none":
            raise UsageError("task 'none' has no value to estimate.", hint="Use classification, regression or None.")
        jobs = count_jobs(n_jobs)
        with listen(progress):
            return _estimate(chosen, spec, reviews, Path(scratch), jobs)


def _estimate(chosen: Chosen, spec: AuditSpec, reviews: Any, scratch: Path, n_jobs: int) -> ValueEstimate:
    import polars as pl

    from datassay.datasets.snapshot import hold_frame, snapshot_frame
    from datassay.labels.confident import estimate_labels
    from datassay.labels.pred_probs import predict
    from datassay.labels.sample import read_sample
    from datassay.value.estimate import estimate_value_stage
    from datassay.value.verdict import decide

    if chosen.is_in_memory:
        snapshot = hold_frame(chosen.table, name=TABLE)
    else:
        # Read once, and in pieces: what a plan reads may be larger than memory.
        snapshot = snapshot_frame(chosen.table, name=TABLE, cache_dir=scratch)
    predictions: Predictions | None = None
    labels: Labels | None = None
    value: Value | None = None
    reason, sample = None, None
    try:
        spec = check_rows(snapshot, spec, reviews, scratch)
        predictions = _run("predict", partial(predict, snapshot, spec, cache_dir=scratch, n_jobs=n_jobs))
        judge = partial(estimate_labels, snapshot, predictions, spec, root=None, cache_dir=scratch)
        labels = _run("labels", judge)
        weigh = partial(estimate_value_stage, snapshot, predictions, labels, spec, n_jobs=n_jobs)
        value = _run("value", weigh)
    except (DataError, InconclusiveError) as exc:
        # A table that holds too little to measure is an answer; everything else is the caller's to mend.
        reason = str(exc)
    if labels is None:
        # What people said of random rows is known without any model.
        with suppress(DataError):
            sample = read_sample(snapshot, spec, root=None)
    if labels is None or labels.worklist_path is None:
        worklist = pl.DataFrame(schema=WORKLIST)
    else:
        worklist = pl.read_parquet(labels.worklist_path, columns=list(WORKLIST))
    if labels is None or labels.annotators is None or labels.worklist_path is None:
        next_votes = pl.DataFrame(schema=NEXT_VOTES)
    else:
        next_votes = pl.read_parquet(next_votes_path(Path(labels.worklist_path)))
    return compose(
        decide(value, labels, spec, reason_unknown=reason),
        spec=spec,
        predictions=predictions,
        labels=labels,
        value=value,
        sample=sample,
        # A Categorical was text on the way.
        worklist=worklist.cast({"id": chosen.id_type}),
        next_votes=next_votes.cast({"id": chosen.id_type}),
    )


def _run(stage: str, function: Callable[[], R]) -> R:
    """Run one stage, and tell the reporter when it begins and how it ended."""
    reporter, started = get_reporter(), time.perf_counter()
    if reporter is None:
        return function()
    reporter.start(stage, None)
    outcome = "unknown"
    try:
        result = function()
        outcome = "passed"
    finally:
        reporter.finish(stage, outcome, time.perf_counter() - started, "")
    return result
