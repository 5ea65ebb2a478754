"""What checking, predicting and label estimation return."""

from __future__ import annotations

from pathlib import Path
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

    @property
    def why_unknown(self) -> str | None:
        """Why checks were not evaluated; where they have different reasons, how many and the first."""
        reasons = list(dict.fromkeys(each.reason for each in self.results if each.outcome == "unknown" and each.reason))
        if len(reasons) > 1:
            return f"{len(reasons)} reasons, such as {reasons[0]}"
        return reasons[0] if reasons else None


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
    #: Score lost, in units of the metric, where a column's values are scrambled among held-out rows.
    importances: dict[str, Interval] = Field(default_factory=dict)
    #: The column that foresees the label of every row by itself, whatever the model makes of it; None without one.
    given_away_by: str | None = None
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


class Annotator(Record):
    """How well one annotator labels."""

    #: The column's name; for a table of votes a number, unless the definition's `show_values` names that column.
    name: str
    n_votes: int
    #: In [0, 1], by CROWDLAB; None for whoever shares no row with another annotator.
    quality: float | None
    #: How often the annotator is right, drawn together with the true labels.
    accuracy: Interval
    #: The class that the annotator gets wrong most often; None where no vote seems wrong.
    worst_class: str | None


class Annotators(Record):
    """What the votes of several annotators say."""

    n_annotators: int
    n_votes: int
    #: Rows with at least one vote, and with two or more.
    n_rows: int
    n_shared_rows: int
    #: Share of the pairs of votes on one row that agree; None where no row has two votes.
    agreement_rate: float | None
    #: Rows whose votes are led by two labels alike.
    n_tied: int
    #: Rows whose given label is not the consensus, and rows whose label was made of the votes.
    n_differing: int
    n_made: int
    #: Share of the consensus labels that are wrong, expected.
    consensus_error_rate: Interval
    #: Least quality first.
    annotators: list[Annotator]
    #: Of the first 100 of next_votes, the rows that have a label already, and those that have none.
    n_relabel: int
    n_label_new: int


class Labels(Record):
    """Label noise of the snapshot."""

    n_labelled: int
    n_issues: int
    noise_rate: Interval
    #: "review" where labels drawn at random were verified, "votes" where annotators share rows.
    noise_rate_source: Literal["model", "review", "votes"]
    #: P(given = j | true = i), rows sum to 1; empty for regression.
    transition_matrix: list[list[float]]
    classes: list[str]
    per_class: list[PerClass]
    detector_precision: list[PrecisionPoint]
    #: parquet file: id, given_label, suggested_label, p_wrong, label_quality, rank; most valuable review first.
    worklist_path: str | None
    n_reviews: int = 0
    #: How often reviewers are right, by the definition and rows that two of them saw; None without such rows.
    reviewer_accuracy: Interval | None = None
    #: Pairs of answers by two reviewers to one row, and how many of them are the same.
    n_pairs: int = 0
    n_agree: int = 0
    #: As how many independent ones these count: n answers to one row as no more than n - 1.
    pairs_worth: float = 0.0
    agree_worth: float = 0.0
    #: Whether verified labels count as right: a trusted column's, or those of reviewers of whom nothing is known.
    is_verified_certain: bool = False
    #: None where the definition names no annotators.
    annotators: Annotators | None = None
    #: Fits beside the cross-validation: one where rows without a label compete for the next vote.
    n_fits: int = 0
    #: Both ends of the 80 % intervals of the transition matrix, entry by entry; empty for regression.
    transition_low: list[list[float]] = Field(default_factory=list)
    transition_high: list[list[float]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


def next_votes_path(worklist: Path) -> Path:
    """Return where the ranking of the next votes lies: beside the worklist, under its name."""
    return worklist.with_name(f"{worklist.stem}-votes.parquet")


def voices_path(worklist: Path) -> Path:
    """Return where the annotators' votes lie as they count: beside the worklist, under its name."""
    return worklist.with_name(f"{worklist.stem}-voices.npz")
