"""What tells noise from a model's own doubt: `python -m benchmarks.verdict --signs`.

Tables of the choosing families with planted noise; what it prints stands in `datassay.labels.noise_rate` and
`datassay.labels.word`. The frozen half is never read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from benchmarks.verdict.cases import LEARNERS, Setting
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.noise import KINDS
from benchmarks.verdict.oracle import predict
from benchmarks.verdict.own import lay_out
from benchmarks.verdict.school import name_family
from benchmarks.verdict.tasks import CHOOSING, VARIATIONS
from numpy.typing import NDArray

from datassay.labels import noise_rate as rates
from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.deconvolution import infer_true
from datassay.labels.estimator import Learner, fitting
from datassay.labels.places import find_places, look_around
from datassay.labels.posterior import logit, rescale
from datassay.labels.transition import to_transition
from datassay.labels.word import NEIGHBOURS, OWN_WORD, SUREST

LEAST_ROWS, MOST_ROWS = 300, 2500
LEAST_RATE, MOST_RATE = 0.015, 0.36
#: Draws that no other part of the benchmark looks at begin here.
DRAW = 2000
#: Rows of a table whose labels are judged one by one.
N_JUDGED = 250
SEED = 77
RIDGE = 5.0
SIGNS = ("counted", "contradicted", "surest_tenth", "at_tenth", "at_quarter", "disagreement")


def list_tables(n: int) -> list[tuple[Setting, int, int]]:
    """Return settings with their rows and draw; the same ones each time."""
    rng = np.random.default_rng(SEED)
    names = [*CHOOSING, *VARIATIONS]
    tables = []
    for i in range(n):
        rate = round(float(np.exp(rng.uniform(np.log(LEAST_RATE), np.log(MOST_RATE)))), 3)
        setting = Setting(names[i % len(names)], LEARNERS[rng.integers(2)], KINDS[rng.integers(len(KINDS))], rate)
        size = int(np.exp(rng.uniform(np.log(LEAST_ROWS), np.log(MOST_ROWS))))
        tables.append((setting, size, DRAW + int(rng.integers(50))))
    return tables


def measure_table(setting: Setting, n: int, draw: int) -> dict[str, Any]:
    """Return signs, rates and judged rows of one table."""
    table = lay_out(setting, draw, n)
    task, today, n, rng = table.task, table.today, table.n, table.rng
    given = table.given[today]
    is_wrong = given != task.y[today]
    learner = Learner("classification", task.n_classes, estimator=PATHS[setting.learner], seed=draw)
    with fitting():
        pred = predict(learner, task.X[today], given, [draw, *setting.key])
    found = find_class_noise(given, pred, look_around(find_places(task.X[today]), given))
    counted = rates.from_model(
        int(found.is_issue.sum()), n, anchor_rate=found.anchor_rate, disagreement=found.disagreement
    )
    transition = to_transition(found.joint, found.rate.estimate)
    judged = judge_classes(given, found, transition, found.rate)
    posterior = infer_true(given, pred, transition)
    rows = np.arange(n)
    own = rescale(logit(1 - posterior[rows, given]), max(found.rate.estimate, 0.5 / n))
    posterior[rows, given] = -1.0
    some = rng.permutation(n)[:N_JUDGED]
    around = found.around
    second = np.zeros(n) if around is None else around.share(posterior.argmax(axis=1)) - around.share(given)
    return {
        "family": name_family(setting.family),
        "true": float(is_wrong.mean()),
        "rate": found.rate,
        "counted": counted.estimate,
        "disagreement": found.disagreement,
        **vars(found.signs),
        "own": logit(own)[some],
        "second": second[some],
        "judged": judged.p_wrong[some],
        "is_wrong": is_wrong[some],
    }


def report_signs(n_tables: int, n_jobs: int) -> None:
    """Measure, and print weights; errors are those of families that were left out in turn."""
    from joblib import Parallel, delayed

    tables = Parallel(n_jobs=n_jobs)(delayed(measure_table)(*one) for one in list_tables(n_tables))
    family = np.array([table["family"] for table in tables])
    true = np.array([table["true"] for table in tables])
    told = np.array([table["rate"].estimate for table in tables])
    holds = np.mean([table["rate"].low <= table["true"] <= table["rate"].high for table in tables])
    signs = _logit(np.array([[table[name] for name in SIGNS] for table in tables]))
    left_out = np.empty(len(true))
    for one in np.unique(family):
        is_one = family == one
        weights, constant = _regress(signs[~is_one], _logit(true[~is_one]))
        left_out[is_one] = 1 / (1 + np.exp(-(signs[is_one] @ weights + constant)))
    weights, constant = _regress(signs, _logit(true))
    print(f"{len(tables)} tables of the choosing families")
    counted = np.array([table["counted"] for table in tables])
    print(f"rate, error in points: counted {_points(counted - true)}, told {_points(told - true)}, ", end="")
    print(f"by signs with families left out {_points(left_out - true)}; intervals told hold {holds:.2f}")
    print(f"  weights {dict(zip(SIGNS, weights.round(2).tolist(), strict=True))}, constant {constant:.2f}")
    own, second, judged, is_wrong = (
        np.concatenate([table[name] for table in tables]) for name in ("own", "second", "judged", "is_wrong")
    )
    of = np.concatenate([np.full(len(table["own"]), i) for i, table in enumerate(tables)])
    print(f"single labels, log loss: model's word {_loss(1 / (1 + np.exp(-own)), is_wrong):.4f}, ", end="")
    print(f"with neighbours {_loss(judged, is_wrong):.4f}")
    shares = [round(_precision(score, is_wrong, of), 3) for score in (own, judged)]
    print(f"  wrong among the likeliest tenth: {shares[0]}, {shares[1]}")
    print(f"  weights used {OWN_WORD}, {NEIGHBOURS}; fitted {_fit_word(own, second, is_wrong, told[of])}")


def _points(error: NDArray) -> str:
    return f"{100 * np.abs(error).mean():.1f}"


def _logit(share: NDArray) -> NDArray:
    held = np.clip(share, rates.LEAST_SIGN, 1 - rates.LEAST_SIGN)
    return np.log(held / (1 - held))


def _regress(X: NDArray, y: NDArray) -> tuple[NDArray, float]:
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(X)
    ridge = Ridge(RIDGE).fit(scaler.transform(X), y)
    weights = ridge.coef_ / scaler.scale_
    return weights, float(ridge.intercept_ - weights @ scaler.mean_)


def _fit_word(own: NDArray, second: NDArray, is_wrong: NDArray, rate: NDArray) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    X = np.column_stack([np.clip(own, -SUREST, SUREST), second, _logit(rate)])
    return [round(float(weight), 2) for weight in LogisticRegression(C=100, max_iter=500).fit(X, is_wrong).coef_[0][:2]]


def _loss(p: NDArray, is_wrong: NDArray) -> float:
    held = np.clip(p, 1e-3, 1 - 1e-3)
    return float(-np.where(is_wrong, np.log(held), np.log1p(-held)).mean())


def _precision(score: NDArray, is_wrong: NDArray, of: NDArray) -> float:
    shares = []
    for i in np.unique(of):
        rows = np.flatnonzero(of == i)
        best = rows[np.argsort(-score[rows], kind="stable")[: len(rows) // 10]]
        shares.append(is_wrong[best].mean())
    return float(np.mean(shares))
