"""How good the audit's label estimates are on this very table: planted errors against what is found of them."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from datassay.datasets.snapshot import read_rows, snapshot_frame
from datassay.errors import DatassayError, UsageError
from datassay.labels.confident import estimate_labels
from datassay.labels.pred_probs import MAX_ROWS, load_arrays, predict
from datassay.labels.target import Target, read_target
from datassay.planting import KINDS, Kind, plant, write_label, write_planted
from datassay.progress import get_reporter
from datassay.results import Interval, Labels, Predictions, Record, Snapshot
from datassay.spec import AuditSpec, TrustedSpec

#: More planted errors than this are no longer a few among many right labels.
MOST_RATE = 0.4

UNLIKE = (
    "Only errors like the planted ones were looked for. Errors that are like none of these, such as those that follow "
    "a column the model does not see, may be found better or worse."
)
ALREADY_WRONG = (
    "Labels that were wrong before count as right here: precision is at least what is seen, and the rate to be met is "
    "itself an estimate, the rate told without planting plus the planted share."
)


class Depth(Record):
    """What the first `k` rows of the worklist hold."""

    k: int
    #: Why this depth: as many as planted, an hour's labels, a tenth of the rows.
    name: Literal["planted", "hour", "tenth"]
    #: Share of all planted labels that are among the k, and what the best order and chance would reach.
    found_fraction: float
    best_fraction: float
    chance_fraction: float
    #: Share of the k that was planted: a lower bound of the precision.
    seen_precision: float
    #: What the audit says of its precision there; None where it names no figure for this depth.
    told_precision: Interval | None = None


class Trial(Record):
    """One planting and what the audit made of it."""

    kind: Kind | Literal["swapped"]
    repeat: int
    #: Planted among the rows that were judged, and their share.
    n_planted: int = 0
    planted_rate: float = 0.0
    depths: list[Depth] = Field(default_factory=list)
    #: Told with the planted labels, and what should have been told: the rate without them plus the planted share.
    noise_rate: Interval | None = None
    expected_rate: float | None = None
    is_covered: bool | None = None
    #: Why there is no result.
    problem: str | None = None


class SelfTest(Record):
    """All trials on one snapshot."""

    dataset: str
    rev: str
    md5: str
    task: str
    estimator: str
    n_rows: int
    n_judged: int
    rate: float
    seed: int
    #: What the audit says of the labels as they are, without reviews.
    noise_rate: Interval
    trials: list[Trial]
    limits: list[str] = Field(default_factory=lambda: [UNLIKE, ALREADY_WRONG])
    notes: list[str] = Field(default_factory=list)


def run_selftest(
    snapshot: Snapshot,
    spec: AuditSpec,
    *,
    rate: float,
    kinds: tuple[Kind, ...] = KINDS,
    repeats: int = 1,
    cache_dir: Path,
) -> SelfTest:
    """Plant wrong labels in copies of a snapshot and run the audit's label estimates on each.

    `rate` is the share of labelled rows to be planted, in (0, 0.4]. Reviews and trusted columns are left out, for they
    would give planted labels away; of annotators' votes only the label that their majority makes is kept. For
    regression there is one kind, rows that swap their numbers. Nothing but temporary files below `cache_dir` is
    written. Raises UsageError for a rate or a kind that makes no sense here, and what `predict` raises where the table
    as it is cannot be judged; a planting that cannot be is told in its trial.
    """
    if not 0 < rate <= MOST_RATE:
        raise UsageError(f"A rate of {rate:g} cannot be planted.", hint=f"Give a share above 0, at most {MOST_RATE:g}.")
    if repeats < 1:
        raise UsageError("At least one repeat is needed.")
    voted = None if spec.annotators is None else read_target(snapshot, spec)
    spec, notes = _without_reviews(spec)
    target = voted or read_target(snapshot, spec)
    if target.task == "regression" and "even" not in kinds:
        raise UsageError(
            f"The kind {kinds[0]!r} needs classes; numbers are planted by swapping.", hint="Use --kind even."
        )
    cache_dir.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="selftest-", dir=cache_dir))
    try:
        # Planted errors need a label column of its own, and not one that every reading makes of the votes again.
        whole = snapshot if voted is None else write_label(snapshot, spec.label or "", voted, scratch)
        table = _shorten(whole, target, spec, scratch)
        target = target if table is snapshot else read_target(table, spec)
        predictions, labels = _judge(table, spec, scratch, "as it is")
        # All labelled rows are judged, in the order in which they lie.
        pred = load_arrays(predictions).pred
        chosen = ("even",) if target.task == "regression" else kinds
        trials = [
            _try(table, spec, target, kind, repeat, rate=rate, pred=pred, base=labels, scratch=scratch)
            for kind in chosen
            for repeat in range(repeats)
        ]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if table is not whole:
        notes.append(f"Run on a random {predictions.n_rows:,} of {snapshot.n_rows:,} rows, as an audit's fits are.")
    if target.task == "regression" and set(kinds) - {"even"}:
        notes.append("The label is a number: rows swap their numbers; by-class and near-boundary are for classes.")
    return SelfTest(
        dataset=snapshot.name,
        rev=snapshot.rev,
        md5=snapshot.md5,
        task=predictions.task,
        estimator=predictions.estimator,
        n_rows=snapshot.n_rows,
        n_judged=predictions.n_rows,
        rate=rate,
        seed=spec.seed,
        noise_rate=labels.noise_rate,
        trials=trials,
        notes=notes,
    )


def _without_reviews(spec: AuditSpec) -> tuple[AuditSpec, list[str]]:
    if spec.trusted.column is None and spec.trusted.reviews is None and spec.annotators is None:
        return spec, []
    known = (*spec.annotator_columns, *((spec.trusted.column,) if spec.trusted.column is not None else ()))
    hidden = [name for name in known if name not in spec.features.exclude]
    features = spec.features.model_copy(update={"exclude": [*spec.features.exclude, *hidden]})
    what, made = "Reviews", ""
    if spec.annotators is not None:
        what, made = "Votes and reviews", " Where a label is made of votes, their majority is the label."
    note = (
        f"{what} are left out: they would give planted labels away. With them an audit knows more than is shown.{made}"
    )
    without = {"trusted": TrustedSpec(), "annotators": None, "features": features}
    return spec.model_copy(update=without), [note]


def _judge(snapshot: Snapshot, spec: AuditSpec, folder: Path, stage: str) -> tuple[Predictions, Labels]:
    """Run the audit's own two stages, with a line of progress."""
    started, reporter = time.perf_counter(), get_reporter()
    predictions = predict(snapshot, spec, cache_dir=folder)
    labels = estimate_labels(snapshot, predictions, spec, root=None, cache_dir=folder)
    if reporter:
        reporter.finish("predict", "passed", time.perf_counter() - started, stage)
    return predictions, labels


def _shorten(snapshot: Snapshot, target: Target, spec: AuditSpec, folder: Path) -> Snapshot:
    """Return a copy with at most as many rows as an audit fits, so that all planted labels are judged."""
    most = spec.max_rows or MAX_ROWS
    if len(target.rows) <= most:
        return snapshot
    rows = np.sort(np.random.default_rng([spec.seed, 43]).choice(target.rows, size=most, replace=False))
    table = read_rows(snapshot, rows, [column.name for column in snapshot.columns])
    return snapshot_frame(table, name=snapshot.name, cache_dir=folder)


def _try(
    snapshot: Snapshot,
    spec: AuditSpec,
    target: Target,
    kind: Kind,
    repeat: int,
    *,
    rate: float,
    pred: NDArray[np.float64],
    base: Labels,
    scratch: Path,
) -> Trial:
    name: Kind | Literal["swapped"] = "swapped" if target.task == "regression" else kind
    rng = np.random.default_rng([spec.seed, 41, KINDS.index(kind), repeat])
    folder = scratch / f"{kind}-{repeat}"
    try:
        planting = plant(kind, target, rate, rng, pred=pred)
        copy = write_planted(snapshot, spec.label or "", target, planting, folder)
        _, labels = _judge(copy, spec, folder, f"{name}, repeat {repeat + 1}")
        rows = target.rows[planting.rows]
        return _score(Trial(kind=name, repeat=repeat), rows, labels, base.noise_rate.estimate, spec)
    except DatassayError as exc:
        return Trial(kind=name, repeat=repeat, problem=str(exc))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _score(trial: Trial, planted: NDArray[np.int64], labels: Labels, rate_before: float, spec: AuditSpec) -> Trial:
    """Compare the worklist and the rate with the rows (positions in the table) whose labels were planted."""
    assert labels.worklist_path is not None
    order = pl.read_parquet(labels.worklist_path, columns=["row", "rank"]).sort("rank")["row"].to_numpy()
    is_planted = np.isin(order, planted)
    n, m = len(order), int(is_planted.sum())
    told = {point.k: point.precision for point in labels.detector_precision}
    found = np.cumsum(is_planted)
    wanted: list[tuple[Literal["planted", "hour", "tenth"], int]]
    wanted = [("planted", m), ("hour", round(spec.cleaning.labels_per_hour)), ("tenth", n // 10)]
    depths = []
    for name, depth in wanted:
        k = min(max(depth, 1), n)
        depths.append(
            Depth(
                k=k,
                name=name,
                found_fraction=float(found[k - 1] / m) if m else 0.0,
                best_fraction=min(1.0, k / m) if m else 0.0,
                chance_fraction=k / n,
                seen_precision=float(found[k - 1] / k),
                told_precision=told.get(k),
            )
        )
    expected = min(1.0, rate_before + m / n)
    return trial.model_copy(
        update={
            "n_planted": m,
            "planted_rate": m / n,
            "depths": depths,
            "noise_rate": labels.noise_rate,
            "expected_rate": expected,
            "is_covered": labels.noise_rate.low <= expected <= labels.noise_rate.high,
        }
    )
