"""The truth of one analyst's own table: its worklist really reviewed, new rows really added, scored on true labels.

An analyst asks about the table and the worklist at hand, and after reviews worklists differ by what the reviews
happened to find: what others gain on other tables is not the answer. What is repeated here is what the analyst cannot
know: which rows arrive, where the reviewer slips, which rows are tested, and, by leaving a few of today's rows out, how
the fit falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.verdict.cases import Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.noise import plant
from benchmarks.verdict.oracle import MOST_TEST_ROWS, review
from benchmarks.verdict.tasks import Task, load_task
from numpy.typing import NDArray

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score

#: Share of today's rows that a repeat leaves out, of all actions alike.
LEFT_OUT = 0.05
N_REPEATS = 20
#: Seeds of the learner.
N_SEEDS = 2
SEED = 97


@dataclass(frozen=True)
class Table:
    """A table as an analyst has it, and the rows that may arrive or be tested."""

    setting: Setting
    draw: int
    task: Task
    #: (n,) rows of the task that are there today, and all others.
    today: NDArray[np.int64]
    rest: NDArray[np.int64]
    #: (N,) labels as given, by row of the task.
    given: NDArray[np.int64]
    rng: np.random.Generator

    @property
    def n(self) -> int:
        return len(self.today)


def lay_out(setting: Setting, draw: int, n: int | None = None) -> Table:
    """Return a draw's table; `n` rows are there today, those of the task where it is not said."""
    task = load_task(setting.family)
    n = task.n if n is None else min(n, len(task.y) // 3)
    rng = np.random.default_rng([draw, *setting.key])
    rows = rng.permutation(len(task.y))
    given = np.empty(len(task.y), dtype=np.int64)
    given[rows] = plant(task, rows, setting.kind, setting.rate, rng)
    return Table(setting, draw, task, rows[:n], rows[n:], given, rng)


def do_really(
    table: Table,
    metric: str,
    hours: Mapping[str, NDArray[np.int64]],
    growths: Sequence[float],
    n_repeats: int = N_REPEATS,
) -> dict[str, NDArray[np.float64]]:
    """Return really made gains in points, one per repeat, by name: `hours` and "day G" for every growth.

    Each of `hours` holds the rows of the table (positions) that the hour reviews. Days longer than the rows that are
    left are not among the answers.
    """
    task, n, K = table.task, table.n, table.task.n_classes
    features, true = Features(matrix=task.X), task.y[table.today]
    gains: dict[str, list[float]] = {}
    for repeat in range(n_repeats):
        rng = np.random.default_rng([SEED, repeat, table.draw, *table.setting.key])
        # Two seeds in turn, ten draws each; today's learners draw nothing, so that all twenty differ by the draw.
        learner = Learner("classification", K, estimator=PATHS[table.setting.learner], seed=repeat % N_SEEDS)
        kept = rng.permutation(n)[round(LEFT_OUT * n) :]
        said = review(true, K, rng)
        # Small pools are shared between new rows and test rows.
        rest = rng.permutation(table.rest)
        n_test = min(MOST_TEST_ROWS, len(rest) // 2)
        test, new = np.sort(rest[:n_test]), rest[n_test:]

        def rate(labels: NDArray, train: NDArray, test: NDArray = test, learner: Learner = learner) -> float:
            pred = learner.fit_predict(features, labels, np.sort(train), test)
            return 100 * score(metric, task.y[test], pred)

        with fitting():
            today = rate(table.given, table.today[kept])
            for name, rows in hours.items():
                labels = table.given.copy()
                labels[table.today[rows]] = said[rows]
                gains.setdefault(name, []).append(rate(labels, table.today[kept]) - today)
            for growth in growths:
                size = round(growth * len(kept))
                if size <= len(new):
                    more = rate(table.given, np.concatenate([table.today[kept], new[:size]]))
                    gains.setdefault(f"day {growth:g}", []).append(more - today)
    return {name: np.array(values) for name, values in gains.items()}
