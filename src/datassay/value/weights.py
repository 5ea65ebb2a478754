"""What the benchmark taught: how much each rehearsal counts, and how far estimates were off.

Chosen on one half of the families of `python -m benchmarks.verdict` and frozen; the other half is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Error:
    """Spread of the truth around an estimate: sqrt((level x)^2 + (share estimate)^2), wider above than below.

    x is 1 where a tenth of the labels is reviewed, or where the rows are doubled, and proportional to it elsewhere. It
    comes on top of what draws of scores and rates spread by themselves: that part alone knows how small a table is.
    """

    level: float
    share: float
    above: float = 1.0
    below: float = 1.0


@dataclass(frozen=True)
class Weights:
    """How much what was measured counts."""

    #: Of what the rehearsal on the list gained, and of what the learning curve says that new rows gain.
    listed: float
    rows_by: float
    labels: Error
    rows: Error


#: Rehearsals show a little less than what is gained, for drawn labels are right or wrong one by one where real ones
#: are so together, and beliefs that are less sure make every difference smaller. Weights are those of lessons, families
#: left out; without reviews hours count a little less and days a little more, as the choosing half's own cases say.
#: Intervals of hours are as wide as it takes to hold in four of five lessons and choosing cases: without reviews nearly
#: all of that is what draws of rates and precisions spread. Days are spread wider than lessons were off: the families
#: of lessons are few, and others may differ by more.
MODEL_ONLY = Weights(
    listed=1.06,
    rows_by=1.0,
    labels=Error(level=0.002, share=0.12, above=1.0, below=0.85),
    rows=Error(level=0.0057, share=0.42, above=1.15, below=1.1),
)
REVIEWED = Weights(
    listed=1.1,
    rows_by=1.2,
    labels=Error(level=0.0035, share=0.19, above=1.3, below=0.82),
    rows=Error(level=0.0052, share=0.42, above=1.2, below=1.05),
)
#: Of the choosing families of `--numbers`, whose errors are all kinds but those that no residual shows.
NUMBERS = Weights(
    listed=1.0,
    rows_by=0.85,
    labels=Error(level=0.006, share=0.5, above=1.4),
    rows=Error(level=0.007, share=0.5, above=1.2),
)


#: What hours and days count for by another metric than those of the lessons, beside the weights above: by the choosing
#: half of `--metrics`.
BY_METRIC = {"average_precision": (1.0, 0.8)}
#: The same for log loss, without and with reviews. Probabilities improve early along a learning curve, and beliefs that
#: are not sure hide what repaired labels do to them; hours are off by more, so that narrower intervals would hold too
#: rarely.
BY_LOG_LOSS = (
    replace(MODEL_ONLY, listed=1.25, rows_by=0.75, labels=Error(level=0.004, share=0.52, above=1.3, below=1.08)),
    replace(REVIEWED, listed=1.375, rows_by=0.9, labels=Error(level=0.0055, share=0.3, above=1.6)),
)


def choose_weights(metric: str, *, is_regression: bool, is_reviewed: bool) -> Weights:
    """Return the weights for a task and its metric, and for what is known of its labels."""
    if is_regression:
        return NUMBERS
    if metric == "neg_log_loss":
        return BY_LOG_LOSS[is_reviewed]
    weights = REVIEWED if is_reviewed else MODEL_ONLY
    hours, days = BY_METRIC.get(metric, (1.0, 1.0))
    return replace(weights, listed=hours * weights.listed, rows_by=days * weights.rows_by)
