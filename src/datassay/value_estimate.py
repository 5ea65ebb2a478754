"""What `estimate_value` returns: every figure of the value of labels and rows, and None for what was not measured."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from datassay.results import (
    Annotators,
    CleaningPoint,
    CollectingPoint,
    Interval,
    Labels,
    PrecisionPoint,
    Predictions,
    ReviewPlan,
    Split,
    Value,
    Verdict,
)
from datassay.results.core import Record
from datassay.spec import AuditSpec

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from datassay.labels.sample import Sample

#: Columns of a worklist that a caller sees; the id's type is the table's own.
WORKLIST: dict[str, type] = {
    "id": int, "given_label": str, "suggested_label": str, "p_wrong": float, "label_quality": float, "rank": int,
}  # fmt: skip

#: Columns of the ranking of the next votes.
NEXT_VOTES: dict[str, type] = {
    "id": int, "action": str, "n_votes": int, "consensus_label": str, "score": float, "rank": int,
}  # fmt: skip


class NoiseRate(Interval):
    """Share of given labels that are wrong, with its 80 % interval."""

    #: "review" where labels drawn at random were verified, else the "model" alone.
    #: "votes" where annotators share most rows.
    source: Literal["model", "review", "votes"]


@dataclass(frozen=True, eq=False)
class CleaningValue:
    """The value of reviewing labels; gains are in units of the metric."""

    #: None where it could not be measured, as all figures but the prices.
    per_hour: Interval | None
    #: Of one hour's labels, how many are expected to be really wrong.
    n_wrong_per_hour: float | None
    #: labels, hours, cost, gain, low, high; no rows where it could not be measured.
    curve: pl.DataFrame
    labels_per_hour: float
    cost_per_hour: float
    reviewer_accuracy: float


@dataclass(frozen=True, eq=False)
class CollectingValue:
    """The value of new labelled rows from the same source; gains are in units of the metric."""

    #: None where it could not be measured.
    per_day: Interval | None
    #: rows, days, cost, gain, low, high; no rows where it could not be measured.
    curve: pl.DataFrame
    rows_per_day: float
    cost_per_day: float
    setup_cost: float


@dataclass(frozen=True, eq=False, repr=False)
class ValueEstimate:
    """What an hour of cleaning and a day of collecting are worth, and what to do.

    Gains are in units of `metric`, intervals hold 80 %. What could not be measured is None, an empty frame in the
    case of tables; the verdict's action is then `not_applicable`, and its sentence says why.
    """

    verdict: Verdict
    #: None where labels could not be judged, and no random row was reviewed.
    noise_rate: NoiseRate | None
    cleaning: CleaningValue
    collecting: CollectingValue
    #: P(one hour of cleaning gains more than one day of collecting).
    p_cleaning_beats_collecting: float | None
    #: The same for the same money on each.
    p_cleaning_beats_collecting_per_cost: float | None
    #: New rows that equal one fixed label.
    exchange_rate: Interval | None
    #: The best way to spend each of a few budgets.
    best_split: tuple[Split, ...]
    #: Hours of cleaning after which one more hour gains less than one day of collecting; None where never.
    break_even: float | None
    #: Expected gain of knowing the truth before choosing.
    evpi: float | None
    #: Expected loss of the better choice (near a tie that of the larger expected gain) against the truly better one.
    expected_regret: float | None
    #: The review that is expected to settle a close call: its size, cost, and what it adds; None without a worklist.
    review: ReviewPlan | None
    #: id, given_label, suggested_label, p_wrong, label_quality, rank: every labelled row, first to be reviewed first.
    worklist: pl.DataFrame
    #: What the votes of several annotators say; None without any.
    annotators: Annotators | None
    #: id, action ("relabel" or "label new"), n_votes, consensus_label, score, rank: where the next vote is worth most,
    #: by ActiveLab; no rows without annotators.
    next_votes: pl.DataFrame
    #: Class names in the order of `transition_matrix`; empty for regression.
    classes: tuple[str, ...]
    #: (k, k) P(given = j | true = i), rows sum to 1; None for regression.
    transition_matrix: NDArray[np.float64] | None
    #: (k, k) both ends of the 80 % intervals of its entries.
    transition_low: NDArray[np.float64] | None
    transition_high: NDArray[np.float64] | None
    #: How often reviewers are right, from rows that two of them saw; None where there are none.
    reviewer_accuracy: Interval | None
    #: k, precision, low, high: the share of the first `k` of the worklist that is truly wrong.
    detector_precision: pl.DataFrame
    task: str | None
    metric: str | None
    #: Metric of the out-of-sample predictions against the given labels, some of which are wrong: no gain is counted
    #: from here.
    baseline: float | None
    #: The same against what is believed of the true labels, which gains are counted from: the mean over folds and
    #: repeats. None where it could not be measured.
    baseline_believed: float | None
    #: All model fits that it took, cross-validation included; None where none was finished.
    n_fits: int | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all but worklist and next votes as plain lists, dicts, text and numbers; frames as lists of rows.

        Those two are tables of all rows: write them with `write_parquet`.
        """
        told = [field.name for field in fields(self) if field.name not in {"worklist", "next_votes"}]
        return {name: _plain(getattr(self, name)) for name in told}

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def __repr__(self) -> str:
        """Return the action and the sentence of the verdict."""
        return f"ValueEstimate({self.verdict})"


def compose(
    verdict: Verdict,
    *,
    spec: AuditSpec,
    predictions: Predictions | None,
    labels: Labels | None,
    value: Value | None,
    sample: Sample | None,
    worklist: pl.DataFrame,
    next_votes: pl.DataFrame,
) -> ValueEstimate:
    """Return the stages' records as one result; a stage that has none leaves its figures None.

    `sample` is what reviews say by themselves, where labels could not be judged.
    """
    cleaning, collecting = spec.cleaning, spec.collecting
    spent = [each.n_fits for each in (predictions, labels, value) if each is not None]
    # Labels repeat what the predictions rest on; a reader needs each note once.
    notes = [*(labels or predictions).notes] if labels or predictions else []  # type: ignore[union-attr]
    notes = [*(sample.notes if sample else []), *notes]
    return ValueEstimate(
        verdict=verdict,
        noise_rate=_noise_rate(labels, sample),
        cleaning=CleaningValue(
            per_hour=value.cleaning.per_hour if value else None,
            n_wrong_per_hour=value.cleaning.n_wrong_per_hour if value else None,
            curve=_frame(value.cleaning.curve if value else [], CleaningPoint),
            labels_per_hour=cleaning.labels_per_hour,
            cost_per_hour=cleaning.cost_per_hour,
            reviewer_accuracy=value.cleaning.reviewer_accuracy if value else cleaning.reviewer_accuracy,
        ),
        collecting=CollectingValue(
            per_day=value.collecting.per_day if value else None,
            curve=_frame(value.collecting.curve if value else [], CollectingPoint),
            rows_per_day=collecting.rows_per_day,
            cost_per_day=collecting.cost_per_day,
            setup_cost=collecting.setup_cost,
        ),
        p_cleaning_beats_collecting=value.p_cleaning_beats_collecting if value else None,
        p_cleaning_beats_collecting_per_cost=value.p_cleaning_beats_collecting_per_cost if value else None,
        exchange_rate=value.exchange_rate if value else None,
        best_split=tuple(value.best_split) if value else (),
        break_even=value.break_even_hours if value else None,
        evpi=value.evpi if value else None,
        expected_regret=value.expected_regret if value else None,
        review=value.review if value else None,
        worklist=worklist,
        annotators=labels.annotators if labels else None,
        next_votes=next_votes,
        classes=tuple(predictions.classes) if predictions else (),
        transition_matrix=_matrix(labels.transition_matrix if labels else []),
        transition_low=_matrix(labels.transition_low if labels else []),
        transition_high=_matrix(labels.transition_high if labels else []),
        reviewer_accuracy=told.reviewer_accuracy if (told := labels or sample) else None,
        detector_precision=_precision(labels.detector_precision if labels else []),
        task=predictions.task if predictions else None,
        metric=predictions.metric if predictions else None,
        baseline=predictions.score if predictions else None,
        baseline_believed=value.baseline_believed if value else None,
        n_fits=sum(spent) if spent else None,
        notes=tuple(dict.fromkeys([*notes, *(value.notes if value else [])])),
    )


def _noise_rate(labels: Labels | None, sample: Sample | None) -> NoiseRate | None:
    if labels is None:
        alone = sample.noise_rate if sample else None
        return NoiseRate(**alone.model_dump(), source="review") if alone else None
    return NoiseRate(**labels.noise_rate.model_dump(), source=labels.noise_rate_source)


def _matrix(rows: list[list[float]]) -> NDArray[np.float64] | None:
    import numpy as np

    if not rows:
        return None
    matrix = np.array(rows, dtype=np.float64)
    matrix.setflags(write=False)
    return matrix


def _frame(points: list[Any], model: type[Record]) -> pl.DataFrame:
    import polars as pl

    schema = {name: pl.Int64 if field.annotation is int else pl.Float64 for name, field in model.model_fields.items()}
    return pl.DataFrame([point.model_dump() for point in points], schema=schema)


def _precision(points: list[PrecisionPoint]) -> pl.DataFrame:
    import polars as pl

    rows = [(p.k, p.precision.estimate, p.precision.low, p.precision.high) for p in points]
    schema = {"k": pl.Int64, "precision": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _plain(value: Any) -> Any:
    import numpy as np
    import polars as pl

    match value:
        case Record():
            return _plain(value.model_dump())
        case CleaningValue() | CollectingValue():
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case pl.DataFrame():
            return _plain(value.to_dicts())
        case np.ndarray():
            return _plain(value.tolist())
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float() if not math.isfinite(value):
            # JSON knows no such number.
            return None
        case _:
            return value
