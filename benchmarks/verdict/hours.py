"""How well can an hour be foreseen at all? The second table of `python -m benchmarks.verdict --ceiling`.

On every other lesson the rehearsal of cleaning runs again with what no verdict can know: which of the listed labels are
wrong, then all true labels, then with twice the folds as well.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.verdict import analyst
from benchmarks.verdict.cases import Case
from benchmarks.verdict.ceiling import EVERY
from benchmarks.verdict.learn import N_LESSONS, N_REPEATS, leave_out
from benchmarks.verdict.oracle import ANALYST_DRAW, deal_folds
from benchmarks.verdict.own import do_really, lay_out
from benchmarks.verdict.school import list_lessons, name_family
from benchmarks.verdict.truth import CACHE
from numpy.typing import NDArray

from datassay.value import fits
from datassay.value.jobs import Runner
from datassay.value.rehearsals import Folds, Worklist, change_list, rehearse_list, validate

HOURS = CACHE / "hours.jsonl"
N_SETS = 6
WAYS = {
    "told": "a verdict",
    "listed": "... that knows which listed labels are wrong",
    "all": "... that knows all true labels",
    "often": "... and has twice the folds",
}


def measure_hour(case: Case, n: int) -> list[dict[str, Any]]:
    """Return what each way says that an hour gains, and what it really gained, in points; without and with reviews."""
    table = lay_out(case.setting, ANALYST_DRAW, n)
    truth = np.eye(table.task.n_classes)[table.task.y[table.today]]
    found = []

    def rehearse(runner: Runner, worklist: Worklist, sets: list[Folds], **often: int) -> Any:
        told = rehearse_list(runner, worklist, sets, **often)
        judge, n_lists = runner.judge, often["n_lists"]
        listed = worklist.rows[: max(1, round(worklist.depth * len(truth)))]
        known = np.array(judge.belief)
        known[listed] = truth[listed]
        gains = {"told": float(told.gain[0].mean())}
        for name, belief in (("listed", known), ("all", truth)):
            runner.judge = replace(judge, belief=belief)
            gains[name] = _change(runner, worklist, sets, n_lists)
        # The runner's judge knows everything by now.
        gains["often"] = _change(runner, worklist, _cut(runner, judge.given), N_SETS)
        runner.judge = judge
        found.append({name: 100 * gain for name, gain in gains.items()})
        return told

    with patch.object(fits, "rehearse_list", rehearse), patch.object(analyst, "judge_simply", lambda *_: {}):
        answers = analyst.ask(case, table)
    hours = {str(i): worklist[: round(case.hour * table.n)] for i, (_, worklist) in enumerate(answers)}
    done = do_really(table, case.metric, hours, [], N_REPEATS)
    return [
        {**part, "true": float(done[str(i)].mean()), "n_reviews": row["n_reviews"], "family": case.setting.family}
        for i, ((row, _), part) in enumerate(zip(answers, found, strict=False))
    ]


def _change(runner: Runner, worklist: Worklist, sets: list[Folds], n_lists: int) -> float:
    lists = [change_list(runner, worklist, worklist.depth, np.random.default_rng([9, i])) for i in range(n_lists)]
    cut = [sets[i % len(sets)] for i in range(n_lists)]
    scores = [scored for scored, _ in validate(runner, lists, sets)]
    return float(np.mean([(one - folds.score(runner))[0].mean() for one, folds in zip(scores, cut, strict=True)]))


def _cut(runner: Runner, given: NDArray[Any]) -> list[Folds]:
    """Return folds dealt anew, with the predictions by models of the given labels."""
    sets, rng = [], np.random.default_rng(4)
    for _ in range(N_SETS):
        fold = deal_folds(given, rng)
        empty = Folds(fold, np.zeros((len(given), runner.learner.n_classes)))
        sets.append(Folds(fold, empty.assemble(runner.run(empty.jobs(given))[1])))
    return sets


def run_hours(n_jobs: int) -> None:
    """Measure the lessons, where they are not in the cache."""
    from joblib import Parallel, delayed

    if HOURS.exists():
        return
    jobs = Parallel(n_jobs=n_jobs)(delayed(measure_hour)(case, n) for case, n in list_lessons(N_LESSONS)[::EVERY])
    HOURS.write_text("".join(json.dumps(row) + "\n" for rows in jobs for row in rows))


def report_hours() -> None:
    """Print how far hours are off, each way with a weight fitted on the other families."""
    rows = [json.loads(line) for line in HOURS.read_text().splitlines()]
    sides = [[row for row in rows if row["n_reviews"] == n] for n in (0, 100)]
    count = " and ".join(str(len(side)) for side in sides)
    print(f"| {count} hours | error, points, 0 reviews | 100 reviews | correlation, 0 reviews | 100 reviews |")
    print("| --- |" + " ---: |" * 4)
    truths = [np.array([row["true"] for row in side]) for side in sides]
    print(f"| no gain | {' | '.join(f'{np.abs(true).mean():.2f}' for true in truths)} | | |")
    for key, name in WAYS.items():
        errors, fits_well = [], []
        for side, true in zip(sides, truths, strict=True):
            x, family = np.array([row[key] for row in side]), np.array([name_family(row["family"]) for row in side])
            left_out = leave_out(x[:, None], true, family)
            errors.append(f"{np.abs(true - left_out).mean():.2f}")
            fits_well.append(f"{np.corrcoef(left_out, true)[0, 1]:.2f}")
        print(f"| {name} | {' | '.join([*errors, *fits_well])} |")
