"""What the value stage and the verdict return."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datassay.results.core import Interval, Record

#: From this probability on a verdict commits to a side.
SURE = 0.75

#: Of a budget of which less than this is spent, the rest is said to be kept.
MOSTLY = 0.9

Action = Literal["clean", "collect", "review_first", "neither", "not_applicable"]
ActionKind = Literal["repair", "spread", "pollution", "deduplicate", "drop_labels"]
ActionOutcome = Literal["helps", "harms", "at most", "does nothing measurable", "not measured"]


class CleaningPoint(Record):
    """Gain after so many reviewed labels; gains are in units of the metric."""

    labels: int
    hours: float
    cost: float
    gain: float
    low: float
    high: float


class CollectingPoint(Record):
    """Gain after so many new rows; gains are in units of the metric."""

    rows: int
    days: float
    cost: float
    gain: float
    low: float
    high: float


class Cleaning(Record):
    """The value of reviewing labels in the order of the worklist."""

    per_hour: Interval
    labels_per_hour: float
    cost_per_hour: float
    reviewer_accuracy: float
    #: Of one hour's labels, how many are expected to be really wrong.
    n_wrong_per_hour: float
    curve: list[CleaningPoint]

    @property
    def labels_in_hour(self) -> float:
        """The labels of one hour, of which there may be fewer than a reviewer would manage."""
        return _amount_in_one(self.labels_per_hour, self.curve[0].hours if self.curve else 1.0)


class Collecting(Record):
    """The value of new labelled rows from the same source."""

    per_day: Interval
    rows_per_day: float
    cost_per_day: float
    setup_cost: float
    curve: list[CollectingPoint]

    @property
    def rows_in_day(self) -> float:
        """The rows of one day, as far as the curves are followed."""
        return _amount_in_one(self.rows_per_day, self.curve[0].days if self.curve else 1.0)


def _amount_in_one(pace: float, first: float) -> float:
    # A curve that begins before its first hour or day ends there.
    return round(pace * min(first, 1.0), 9)


class Split(Record):
    """The best way to spend one budget."""

    budget_cost: float
    cleaning_fraction: float
    hours: float
    days: float
    gain: Interval


class Anchor(Record):
    """One measured size of the learning curve, mean over folds and repeats."""

    train_rows: int
    #: 0, kept for older reports: no labels are spoiled any more, and no grid over added noise is fitted.
    added_noise_rate: float
    score: float
    #: Standard deviation over folds and repeats.
    score_sd: float
    n_fits: int


class ReviewPlan(Record):
    """A review of labels before the choice: how large, and what is to be expected of it."""

    n_reviews: int
    #: Of them drawn at random; the others are of the head of the worklist.
    n_random: int
    hours: float
    cost: float
    #: P(one side gains more with at least 75 % once the answers are there); a rough figure, high ones are too high.
    p_settles: float
    #: Whether that is at least one half; False where no size up to `most_reviews` reaches it.
    is_expected: bool
    #: What the answers are expected to add to the gain of the better choice, in units of the metric.
    gain: float
    #: What that costs otherwise, and what the labels that the review repairs would; None where no money buys any.
    answers_worth: float | None = None
    repairs_worth: float | None = None
    #: False where hardly any answers would settle the choice, or where these are worth clearly less than the review
    #: costs beyond what it repairs.
    is_worthwhile: bool = True
    #: The largest size that was tried.
    most_reviews: int


class Value(Record):
    """What cleaning and collecting are worth, in units of the metric."""

    metric: str
    #: Score against labels as given, held-out ones as well; gains are not counted from here.
    baseline: float
    #: Score against what is believed of the true labels, from which all gains are counted: the mean over folds and
    #: repeats. None in reports of earlier versions.
    baseline_believed: float | None = None
    n_train: int
    n_fits: int
    anchors: list[Anchor]
    cleaning: Cleaning
    collecting: Collecting
    #: P(one hour of cleaning gains more than one day of collecting).
    p_cleaning_beats_collecting: float
    #: The same for the same money on each.
    p_cleaning_beats_collecting_per_cost: float
    #: New rows that equal one fixed label, measured.
    exchange_rate: Interval
    #: False where the listed labels are hardly ever wrong, so that the closed form stands in for a measurement.
    is_exchange_rate_measured: bool = True
    #: The same by the closed form 2c / (1 - c * noise rate), c = K / (K - 1).
    exchange_rate_closed_form: float | None
    best_split: list[Split]
    #: Hours of cleaning after which one more hour gains less than one day of collecting; None where never.
    break_even_hours: float | None
    #: Expected gain of knowing the truth before choosing, in units of the metric.
    evpi: float
    #: Expected loss of the better choice, near a tie the larger expected gain, against the truly better one, in units
    #: of the metric.
    expected_regret: float
    #: The review that is expected to settle the choice; None in reports of earlier versions.
    review: ReviewPlan | None = None
    notes: list[str] = Field(default_factory=list)

    def find_kept(self, split: Split) -> float:
        """Return the share of a split's budget that neither its hours nor its days cost, the set-up counted."""
        spent = split.hours * self.cleaning.cost_per_hour + split.days * self.collecting.cost_per_day
        spent += self.collecting.setup_cost if split.days else 0.0
        return max(1 - spent / split.budget_cost, 0.0) if split.budget_cost > 0 else 0.0

    def has_rest(self, split: Split) -> bool:
        """Return whether so much of a split's budget is kept that it has to be said."""
        return 1 - self.find_kept(split) < MOSTLY


class OtherAction(Record):
    """A way to spend time other than on labels and rows, and what it gains in units of the metric."""

    #: In plain words, without names of columns: "Write disguised missing values as missing".
    name: str
    kind: ActionKind
    columns: list[str] = Field(default_factory=list)
    #: Cells, or whole rows, that the action touches in the snapshot.
    n_cells: int = 0
    n_rows: int = 0
    hours: float = 0.0
    cost: float = 0.0
    #: None where it could not be measured.
    gain: Interval | None = None
    #: Gain over hours; None where it takes no time or could not be measured.
    gain_per_hour: float | None = None
    #: P(gain > 0); one half where nothing changes at all, None for bounds.
    p_gains: float | None = None
    #: True where the gain is only known to be at most `gain.high`.
    is_bound: bool = False
    n_fits: int = 0
    outcome: ActionOutcome
    #: How it was measured, in words.
    measured: str = ""
    #: What to know before doing it.
    caveat: str | None = None
    #: Why it could not be measured.
    reason: str | None = None


class OtherActions(Record):
    """What the stage `actions` returns."""

    actions: list[OtherAction]
    n_fits: int


class Verdict(Record):
    """The recommendation; not a gate."""

    action: Action
    sentence: str
    reasons: list[str]
    assumptions: list[str]

    def __str__(self) -> str:
        """Return the action and its sentence."""
        return f"{self.action}: {self.sentence}"
