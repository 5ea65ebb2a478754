"""What the benchmark taught: how much each rehearsal counts, and how far estimates were off.

Chosen on one half of the families of `python -m benchmarks.verdict` and frozen; the other half is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

How = Literal["slope", "capped"]
#: Scores against what is believed of the true labels, and against the given ones.
BELIEVED, GIVEN = 0, 1


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
    """Weights of what rehearsals gained; together they need not be 1."""

    by: Mapping[tuple[str, int, How], float]
    #: Of the rehearsal on the list itself, against believed and against given labels.
    listed_by: tuple[float, float]
    labels: Error
    rows: Error
    #: Of what the learning curve says that new rows gain.
    rows_by: float = 1.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of replays that count."""
        return tuple(dict.fromkeys(kind for kind, _, _ in self.by))

    @property
    def listed(self) -> float:
        """The whole weight of the rehearsal on the list."""
        return sum(self.listed_by)

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return sum(self.by.values()) + self.listed

    def of(self, kind: str, scored: int, how: How | None = None) -> float:
        """Return the weight of one kind by one score, of one way of scaling or of both."""
        hows: tuple[How, ...] = (how,) if how else ("slope", "capped")
        return sum(self.by.get((kind, scored, one), 0.0) for one in hows)


#: Rehearsals show a little less than what is gained, for drawn labels are right or wrong one by one where real ones are
#: so together, and beliefs that are less sure make every difference smaller. Weights and widths are those of lessons,
#: families left out; without reviews hours count a little less, and the long tail above is not taken over in full, as
#: the choosing half's own cases say. Days, and hours with reviews, are spread wider than lessons were off: the families
#: of lessons are few, and others may differ by more.
MODEL_ONLY = Weights(
    by={},
    listed_by=(1.05, 0.0),
    labels=Error(level=0.004, share=0.52, above=1.3, below=1.08),
    rows=Error(level=0.0057, share=0.42, above=1.15, below=1.1),
    rows_by=0.92,
)
REVIEWED = Weights(
    by={},
    listed_by=(1.1, 0.0),
    labels=Error(level=0.0055, share=0.3, above=1.6, below=1.0),
    rows=Error(level=0.0052, share=0.42, above=1.2, below=1.05),
    rows_by=1.12,
)
#: Both ways of scaling alike. Swapped targets are milder than wrong ones often are, and the noise rate of numbers is
#: told too low, so that hours were told too small by far (`--numbers`, choosing families): rehearsals count double, and
#: intervals reach high.
NUMBERS = Weights(
    by={("numbers", GIVEN, "slope"): 1.0, ("numbers", GIVEN, "capped"): 1.0},
    listed_by=(0.0, 0.0),
    labels=Error(level=0.008, share=0.55, above=1.8),
    rows=Error(level=0.007, share=0.5, above=1.45),
)


def choose_weights(*, is_regression: bool, is_reviewed: bool) -> Weights:
    """Return the weights for a task, and for what is known of its labels."""
    if is_regression:
        return NUMBERS
    return REVIEWED if is_reviewed else MODEL_ONLY
