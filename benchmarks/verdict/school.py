"""Tables to learn from: the choosing families and variations of them, with noise, size and learner drawn at random.

What is learned from each is told against really done hours and days on the analyst's own table; nothing of the frozen
half is among them.
"""

from __future__ import annotations

import numpy as np
from benchmarks.verdict.cases import GROWTHS, HOURS, LEARNERS, METRICS, Case, Setting
from benchmarks.verdict.noise import KINDS
from benchmarks.verdict.tasks import CHOOSING, VARIATIONS

LEAST_ROWS, MOST_ROWS = 400, 1800
LEAST_RATE, MOST_RATE = 0.03, 0.32
SEED = 31


def name_family(name: str) -> str:
    """Return the family that a table belongs to."""
    return name.split(maxsplit=1)[0]


def list_lessons(n: int) -> list[tuple[Case, int]]:
    """Return `n` cases with the rows that their analyst has; the same ones each time."""
    rng = np.random.default_rng(SEED)
    names = [*CHOOSING, *VARIATIONS]
    found = []
    for i in range(n):
        rate = float(np.exp(rng.uniform(np.log(LEAST_RATE), np.log(MOST_RATE))))
        setting = Setting(
            names[i % len(names)], LEARNERS[rng.integers(2)], KINDS[rng.integers(len(KINDS))], round(rate, 3)
        )
        size = int(np.exp(rng.uniform(np.log(LEAST_ROWS), np.log(MOST_ROWS))))
        case = Case(setting, METRICS[rng.integers(2)], GROWTHS[rng.integers(3)], HOURS[rng.integers(2)])
        found.append((case, size))
    return found
