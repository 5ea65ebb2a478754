"""What votes of several annotators show, `python -m benchmarks.verdict --votes`.

Tables of all families that have few classes, voted on by people of known accuracy: how often each of them is right,
which labels are, and how many labels are wrong, beside what cleanlab's CROWDLAB says of the same votes and model.
Errors fall on any row alike, or mostly on rows that are hard for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import predict
from benchmarks.verdict.tables import tabulate
from benchmarks.verdict.tasks import CHOOSING, FROZEN, load_task
from numpy.typing import NDArray

from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.crowd import Ballot, Crowd, hear, judge_votes
from datassay.labels.estimator import Learner, fitting
from datassay.labels.places import find_places, look_around
from datassay.labels.transition import to_transition

#: Annotators, and votes on each row.
DESIGNS = ((3, 2), (3, 3), (5, 2), (20, 3))
ERRORS = ("anywhere", "hard rows")
#: Share of hard rows, and how many times as often votes on them are wrong.
HARD, TIMES = 0.3, 2.0
LOWEST, HIGHEST = 0.65, 0.97
MOST_CLASSES, N_ROWS = 26, 800
SEED = 61


@dataclass(frozen=True)
class Poll:
    """Votes on rows of a table, and the truth."""

    true: NDArray[np.int64]
    ballot: Ballot
    #: What each annotator is right in, of all rows.
    accuracy: NDArray[np.float64]
    given: NDArray[np.int64]


def poll(true: NDArray, k: int, design: tuple[int, int], errors: str, rng: np.random.Generator) -> Poll:
    """Return votes of annotators drawn anew, and as labels one vote per row."""
    (m, per_row), n = design, len(true)
    wrong = 1 - rng.uniform(LOWEST, HIGHEST, m)
    factor = np.ones(n)
    if errors == "hard rows":
        factor = np.where(rng.random(n) < HARD, TIMES, (1 - HARD * TIMES) / (1 - HARD))
    who = np.argsort(rng.random((n, m)), axis=1)[:, :per_row]
    is_wrong = rng.random((n, per_row)) < wrong[who] * factor[:, None]
    code = np.where(is_wrong, (true[:, None] + rng.integers(1, k, (n, per_row))) % k, true[:, None])
    row = np.repeat(np.arange(n), per_row)
    ballot = Ballot(row, who.ravel(), code.ravel(), n, [f"a{j}" for j in range(m)])
    return Poll(true, ballot, 1 - wrong, code[:, 0].copy())


def measure(family: str, learner: str, design: tuple[int, int], errors: str) -> dict[str, Any]:
    """Return one row of figures, shares all of them."""
    task = load_task(family)
    K = task.n_classes
    key = [SEED, *map(ord, family), len(learner), *design, len(errors)]
    rng = np.random.default_rng(key)
    rows = rng.permutation(len(task.y))[:N_ROWS]
    X, found = task.X[rows], poll(task.y[rows], K, design, errors, rng)
    model = Learner("classification", K, estimator=PATHS[learner], seed=0)
    with fitting():
        pred = predict(model, X, found.given, key)
    noise = find_class_noise(found.given, pred, look_around(find_places(X), found.given))
    judged = judge_classes(found.given, noise, to_transition(noise.joint, noise.rate.estimate), noise.rate)
    crowd = hear(found.ballot, found.given, pred, judged, classes=[str(i) for i in range(K)], seed=0)
    rate = judge_votes(crowd, found.given, judged).noise_rate
    real = float((found.given != found.true).mean())
    return {
        "design": f"{design[1]} of {design[0]}",
        "errors": errors,
        **_judge_annotators(found, crowd),
        "right": float((crowd.belief.argmax(axis=1) == found.true).mean()),
        "consensus": float((crowd.consensus == found.true).mean()),
        "first": 1 - real,
        "rate_off": abs(rate.estimate - real),
        "model_off": abs(judged.noise_rate.estimate - real),
        "rate_holds": float(rate.low <= real <= rate.high),
    }


def _judge_annotators(found: Poll, crowd: Crowd) -> dict[str, float]:
    by_name = {one.name: one for one in crowd.annotators}
    told = [by_name[name] for name in found.ballot.names]
    holds = [a.accuracy.low <= real <= a.accuracy.high for a, real in zip(told, found.accuracy, strict=True)]
    off = [abs(a.accuracy.estimate - real) for a, real in zip(told, found.accuracy, strict=True)]
    best = int(found.accuracy.argmax())
    return {
        "holds": float(np.mean(holds)),
        "best_holds": float(holds[best]),
        "off": float(np.mean(off)),
    }


def report_votes(n_jobs: int) -> None:
    """Print one line for each design and kind of errors."""
    from joblib import Parallel, delayed

    families = [name for name in (*CHOOSING, *FROZEN) if load_task(name).n_classes <= MOST_CLASSES]
    turns = [(family, list(PATHS)[i % len(PATHS)]) for i, family in enumerate(families)]
    asked = [(*turn, design, errors) for errors in ERRORS for design in DESIGNS for turn in turns]
    table = pl.DataFrame(Parallel(n_jobs=n_jobs)(delayed(measure)(*one) for one in asked))
    rows = []
    for errors in ERRORS:
        for design in [f"{v} of {m}" for m, v in DESIGNS]:
            some = table.filter((pl.col("errors") == errors) & (pl.col("design") == design))
            mean = some.select(pl.col(pl.Float64).mean()).row(0, named=True)
            rows.append(
                [
                    errors,
                    design,
                    *(f"{mean[key]:.2f}" for key in ("holds", "best_holds")),
                    f"{100 * mean['off']:.1f}",
                    *(f"{100 * mean[key]:.1f}" for key in ("right", "consensus", "first")),
                    *(f"{100 * mean[key]:.1f}" for key in ("rate_off", "model_off")),
                    f"{mean['rate_holds']:.2f}",
                ]
            )
    print(
        f"{len(asked)} tables of {N_ROWS} rows, {len(families)} families, boosted trees and a linear model in turn.\n"
    )
    print(
        tabulate(
            [
                "errors",
                "votes of annotators",
                "accuracies hold",
                "the best one's",
                "off, points",
                "right labels, %",
                "CROWDLAB's",
                "first votes'",
                "rate off",
                "model's off",
                "rate holds",
            ],
            rows,
        )
    )
