"""Which cases there are: a family, a learner, noise of a kind and rate, a metric, and what a day brings."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from benchmarks.verdict.tasks import CHOOSING, FROZEN, HUMAN

LEARNERS = ("boosted", "linear")
METRICS = ("accuracy", "balanced_accuracy")
#: New rows of a day, and labels reviewed in an hour, in shares of today's rows.
GROWTHS, HOURS = (0.1, 0.3, 1.0), (0.03, 0.1)
#: Hours and days that are asked about in turn, such that really cleaning and really collecting win about as often in
#: either half (`units.py`). Reviews gain more where classes weigh alike, so that longer days are needed there for an
#: open question.
_BALANCED = ((0.1, 1.0), (0.03, 0.3), (0.03, 1.0), (0.1, 1.0), (0.03, 0.3))
TURNS = {
    "choosing": {
        "accuracy": ((0.1, 1.0), (0.03, 0.1), (0.1, 0.3), (0.1, 1.0), (0.03, 0.3)),
        "balanced_accuracy": _BALANCED,
    },
    "frozen": {
        "accuracy": ((0.1, 0.1), (0.03, 0.3), (0.1, 0.3), (0.1, 0.1), (0.03, 0.1)),
        "balanced_accuracy": _BALANCED,
    },
}
#: Orders of review are compared, and reviews drawn from a list, at this share of today's labels.
HOUR = 0.1
REVIEWER_ACCURACY = 0.95
#: Reviews of a case "with 100 reviews": drawn at random, and from the first hour's rows.
N_RANDOM, N_LISTED = 60, 40
#: The halves differ in their rates too, so that nothing is chosen for a rate that is then scored.
NOISE = {
    "choosing": (("symmetric", 0.08), ("symmetric", 0.2), ("class", 0.15), ("boundary", 0.1), ("pocket", 0.08),
                 ("annotator", 0.15)),
    "frozen": (("symmetric", 0.03), ("symmetric", 0.3), ("class", 0.1), ("class", 0.25), ("boundary", 0.15),
               ("pocket", 0.06), ("annotator", 0.2)),
}  # fmt: skip
#: Boosted trees of this many classes and columns take minutes and are left out.
TOO_SLOW = {("banking77", "boosted"), ("cifar10h", "boosted")}


@dataclass(frozen=True, order=True)
class Setting:
    """What the truth depends on, save the action."""

    family: str
    learner: str
    kind: str
    rate: float

    @property
    def half(self) -> str:
        return "choosing" if self.family in CHOOSING else "frozen"

    @property
    def key(self) -> list[int]:
        """Return numbers that seed this setting's draws."""
        return [crc32(f"{self.family} {self.learner} {self.kind} {self.rate}".encode())]


@dataclass(frozen=True, order=True)
class Case:
    """One question: this hour or this day, each in shares of today's rows."""

    setting: Setting
    metric: str
    growth: float
    hour: float = HOUR


def list_settings(half: str) -> list[Setting]:
    """Return all settings of a half, `choosing` or `frozen`."""
    families = CHOOSING if half == "choosing" else FROZEN
    found = [
        Setting(family, learner, kind, rate)
        for family in families
        for learner in LEARNERS
        for kind, rate in NOISE[half]
        if (family, learner) not in TOO_SLOW
    ]
    if half == "frozen":
        found += [Setting(name, e, "human", 0.0) for name in HUMAN for e in LEARNERS if (name, e) not in TOO_SLOW]
    return found


def list_cases(half: str) -> list[Case]:
    """Return one case per setting; metrics and days take turns, so that neither action is right by habit."""
    cases = []
    for position, setting in enumerate(list_settings(half)):
        metric = METRICS[(position + position // len(NOISE[half])) % 2]
        turns = TURNS[half][metric]
        hour, growth = turns[position // 2 % len(turns)]
        cases.append(Case(setting, metric, growth, hour))
    return cases
