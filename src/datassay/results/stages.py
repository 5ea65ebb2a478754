"""What checking, predicting and label estimation return."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datassay.results.core import Interval, Outcome, Record

Severity = Literal["critical", "warning", "info"]


class ExpectationResult(Record):
    """One expectation and what it found."""

    type: str
    column: str | None
    severity: Severity
    outcome: Outcome
    #: Rows or values that were looked at.
    n_evaluated: int | None = None
    n_unexpected: int | None = None
    unexpected_fraction: float | None = None
    #: The expectation's arguments in words, such as "between 0 and 120"; no cell values.
    detail: str = ""
    #: Why it could not be evaluated, one line, without cell values.
    reason: str | None = None
    #: Unexpected values; empty unless the definition allows the column.
    samples: list[str] = Field(default_factory=list)


class Expectations(Record):
    """A suite's results."""

    engine: str
    suite: str
    #: None where nothing could be evaluated.
    success: bool | None
    n_evaluated: int
    n_failed: int
    n_unknown: int
    results: list[ExpectationResult]


class Predictions(Record):
    """Out-of-sample predictions of all labelled rows, by reference to a file of the run's cache."""

    task: Literal["classification", "regression"]
    #: npz file: row (position in the snapshot), given (int codes or floats), pred (n, k) or (n,), fold (n,).
    path: str
    #: npy file: (n, d) float32 encoded features of the same rows; None where the estimator takes the table.
    matrix_path: str | None
    #: Class names in the order of the columns of pred; empty for regression.
    classes: list[str]
    n_rows: int
    n_missing_labels: int
    n_folds: int
    n_fits: int
    #: What cuts the folds: "stratified", "random", "groups: …", "time: …".
    splits: str
    metric: str
    #: Metric of the out-of-sample predictions against the given labels.
    score: float
    #: Metric of a model that only knows the labels' distribution.
    prior_score: float
    estimator: str
    #: Rows that were kept together because they are near duplicates of each other.
    n_near_duplicates: int
    #: The columns of the snapshot that the model sees.
    feature_columns: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


class PerClass(Record):
    """Label quality of one given class."""

    label: str
    n_given: int
    #: Share of the rows with this given label that are wrong.
    noise_rate: float
    n_issues: int


class PrecisionPoint(Record):
    """Share of the first `k` rows of the worklist that are truly wrong."""

    k: int
    precision: Interval


class Labels(Record):
    """Label noise of the snapshot."""

    n_labelled: int
    n_issues: int
    noise_rate: Interval
    noise_rate_source: Literal["model", "review"]
    #: P(given = j | true = i), rows sum to 1; empty for regression.
    transition_matrix: list[list[float]]
    classes: list[str]
    per_class: list[PerClass]
    detector_precision: list[PrecisionPoint]
    #: parquet file: id, given_label, suggested_label, p_wrong, label_quality, rank; most valuable review first.
    worklist_path: str | None
    n_reviews: int = 0
    #: How often reviewers are right, from rows that two of them saw; None where there are none.
    reviewer_accuracy: Interval | None = None
    notes: list[str] = Field(default_factory=list)
