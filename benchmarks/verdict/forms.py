"""What simpler forms say of an hour on the lessons' tables: the second table of `python -m benchmarks.verdict --learn`.

Labels are spoiled on purpose in four ways, models see fewer rows, and what an hour gains is read off a line, a curve or
a surface. Each is judged by the given labels, as an analyst could, and by the true ones, which nobody has. All are told
how many net repairs a verdict expects of the hour, so that they differ in what a repair is worth alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from benchmarks.verdict.baselines import LEAST_RATE
from benchmarks.verdict.cases import Case
from benchmarks.verdict.learners import PATHS
from benchmarks.verdict.oracle import N_FOLDS, deal_folds, lead_of_given
from benchmarks.verdict.own import Table
from numpy.typing import NDArray

from datassay.labels.confident import find_class_noise, judge_classes
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.places import find_places, look_around
from datassay.labels.transition import to_transition
from datassay.value.collecting import fit_log_slope

FRACTIONS = (0.35, 0.5, 0.7, 1.0)
#: Noise that is added, in multiples of today's.
DOSES = (0.5, 1.0)
SPOILED = ("at random", "by T", "by score band", "near the boundary")
N_BANDS, NEAREST, N_WORLDS = 10, 0.25, 3
MOST_NOISE = 0.9


class Bench:
    """One lesson's table, cross-validated with other labels or fewer rows."""

    def __init__(self, table: Table, case: Case) -> None:
        self.n, self.metric, self.n_classes = table.n, case.metric, table.task.n_classes
        self.given, self.true = table.given[table.today], table.task.y[table.today]
        self.rng = np.random.default_rng([13, table.draw, *case.setting.key])
        self.fold, self.rank = deal_folds(self.given, self.rng), self.rng.permutation(self.n) / self.n
        self.learner = Learner("classification", self.n_classes, estimator=PATHS[case.setting.learner])
        self.features = Features(matrix=table.task.X[table.today])
        self.today = self.predict(self.given)
        around = look_around(find_places(table.task.X[table.today]), self.given)
        found = find_class_noise(self.given, self.today, around)
        self.transition = to_transition(found.joint, found.rate.estimate)
        self.judged = judge_classes(self.given, found, self.transition, found.rate)
        self.rate = max(found.rate.estimate, LEAST_RATE)

    def predict(self, labels: NDArray[np.int64], share: float = 1.0) -> NDArray[np.float64]:
        """Return out-of-sample probabilities (n, K) by models of a share of the rows, with these labels (n,)."""
        pred = np.zeros((self.n, self.n_classes))
        for i in range(N_FOLDS):
            test, train = np.flatnonzero(self.fold == i), np.flatnonzero(self.fold != i)
            limit = np.quantile(self.rank[train], share)
            pred[test] = self.learner.fit_predict(self.features, labels, train[self.rank[train] <= limit], test)
        return pred

    def spoil(self, way: str, dose: float) -> NDArray[np.int64]:
        """Return the given labels (n,) with a share `dose` of the rows spoiled in this way."""
        rows = np.arange(self.n)
        own, others = self.today[rows, self.given], self.today.copy()
        others[rows, self.given] = -1
        chance, runner_up = np.ones((self.n, self.n_classes)), others.argmax(axis=1)
        weight = np.ones(self.n)
        if way == "by T":
            chance = self.transition[self.given]
            weight = 1 - chance[rows, self.given]
        elif way == "by score band":
            band = np.argsort(np.argsort(own, kind="stable")) * N_BANDS // self.n
            found = np.bincount(band, self.judged.p_wrong, N_BANDS) / np.bincount(band, minlength=N_BANDS)
            weight, chance = found[band], np.eye(self.n_classes)[runner_up]
        elif way == "near the boundary":
            margin = np.abs(lead_of_given(self.today, self.given))
            weight, chance = margin <= np.quantile(margin, NEAREST), np.eye(self.n_classes)[runner_up]
        chance = chance * (1 - np.eye(self.n_classes)[self.given]) + 1e-9
        weight = weight + 1e-9
        chosen = self.rng.choice(self.n, round(dose * self.n), replace=False, p=weight / weight.sum())
        labels = self.given.copy()
        shares = (chance[chosen] / chance[chosen].sum(axis=1, keepdims=True)).cumsum(axis=1)
        labels[chosen] = (self.rng.random(len(chosen))[:, None] > shares[:, :-1]).sum(axis=1)
        return labels

    def clean_worlds(self, listed: NDArray[np.int64]) -> float:
        """Return the mean gain, in points, of repairing the listed rows where drawn labels are the truth."""
        rows = np.arange(self.n)
        belief = self.today.copy()
        belief[rows, self.given] = 0
        belief *= (self.judged.p_wrong / np.maximum(belief.sum(axis=1), 1e-12))[:, None]
        belief[rows, self.given] = 1 - self.judged.p_wrong
        gains = []
        for _ in range(N_WORLDS):
            world = (self.rng.random(self.n)[:, None] > belief.cumsum(axis=1)[:, :-1]).sum(axis=1)
            labels = self.given.copy()
            labels[listed] = world[listed]
            before, after = (score(self.metric, world, pred) for pred in (self.today, self.predict(labels)))
            gains.append(100 * (after - before))
        return float(np.mean(gains))


def measure_forms(table: Table, case: Case, listed: NDArray[np.int64], nets: Sequence[float]) -> list[dict[str, float]]:
    """Return for each share of net repairs in `nets` what every form says that they gain, in points."""
    with fitting():
        bench = Bench(table, case)
        worlds = bench.clean_worlds(listed)
        fewer = [bench.predict(bench.given, share) for share in FRACTIONS[:-1]]
        doses = [dose * bench.rate for dose in DOSES]
        noisy = {way: [bench.predict(bench.spoil(way, dose)) for dose in doses] for way in SPOILED}
    sizes = np.array(FRACTIONS) * bench.n * (N_FOLDS - 1) / N_FOLDS
    told: list[dict[str, float]] = [{"whole worlds": worlds} if i == 0 else {} for i in range(len(nets))]
    for name, labels in (("given", bench.given), ("true", bench.true)):

        def rate(pred: NDArray[Any], labels: NDArray[np.int64] = labels) -> float:
            return 100 * score(case.metric, labels, pred)

        today = rate(bench.today)
        curve = np.array([*map(rate, fewer), today])
        lines = {way: -np.polyfit([0.0, *doses], [today, *map(rate, preds)], 1)[0] for way, preds in noisy.items()}
        read = _fit_surface(sizes, curve, doses, [rate(pred) for pred in noisy["at random"]], bench)
        c = bench.n_classes / (bench.n_classes - 1)
        slope = fit_log_slope(sizes, curve[None])[0]
        for found, net in zip(told, nets, strict=True):
            clean = [1 - min(c * rate, MOST_NOISE) for rate in (bench.rate - net, bench.rate)]
            forms = {f"line, spoiled {way}": steep * net for way, steep in lines.items()}
            forms["effective sample size"] = slope * 2 * float(np.log(clean[0] / clean[1]))
            forms["surface of size and noise"] = read(net)
            forms["mean of line, sample size, surface"] = float(
                np.mean([forms[f"line, spoiled {SPOILED[0]}"], *list(forms.values())[-2:]])
            )
            found.update({f"{form}, {name} labels": value for form, value in forms.items()})
    return told


def _fit_surface(
    sizes: NDArray[np.float64], curve: NDArray[np.float64], doses: list[float], noisy: list[float], bench: Bench
) -> Any:
    """Return what a share of net repairs gains by a - b (rows (1 - c noise)^g / n)^-d, all four fitted."""
    from scipy.optimize import least_squares

    c, n = bench.n_classes / (bench.n_classes - 1), bench.n
    rows = np.concatenate([sizes, np.full(len(doses), sizes[-1])]) / n
    noise = bench.rate + np.concatenate([np.zeros(len(sizes)), doses])
    scores = np.concatenate([curve, noisy])

    def read(at: NDArray[np.float64], rows: Any, noise: Any) -> Any:
        a, b, g, d = at
        return a - b * (rows * np.maximum(1 - c * noise, 1 - MOST_NOISE) ** g) ** -d

    start = [curve[-1] + 1, 1.0, 2.0, 0.4]
    limits = ([-np.inf, 0.0, 0.3, 0.1], [np.inf, np.inf, 4.0, 2.0])
    at = least_squares(lambda at: read(at, rows, noise) - scores, start, bounds=limits).x
    return lambda net: float(read(at, 1.0, bench.rate - net) - read(at, 1.0, bench.rate))
