"""Parts of the value tests: grids with a known surface, records, and a table whose truth is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.results import (
    Cleaning,
    CleaningPoint,
    Collecting,
    CollectingPoint,
    Interval,
    Labels,
    PrecisionPoint,
    Predictions,
    Snapshot,
    Value,
)
from datassay.spec import AuditSpec, CleaningSpec, CollectingSpec
from datassay.value.budget import Prices
from datassay.value.grid import Grid, Rehearsal
from datassay.value.uncertainty import Draws, draw_worlds
from datassay.value.weights import Error, Weights

#: What is wrong where a rehearsal is planted, and what the drawn worklist repairs of it down to a tenth of the rows.
DOSE, FOUND, FAR = 0.08, 0.035, 0.06
#: Weights that let a planted surface through as it is.
PLAIN = Weights(listed=1.0, rows_by=1.0, labels=Error(level=0.0, share=0.3), rows=Error(level=0.0, share=0.2))


@pytest.fixture
def make_grid() -> Callable[..., Grid]:
    """Return a builder of grids on the surface `a - b (rows (1 - c q)^g / n)^-d`, with fold effects and noise."""

    def make(
        b: float = 0.05,
        d: float = 0.5,
        g: float = 2.0,
        *,
        c: float = 2.0,
        n: int = 1000,
        sd: float = 0.0,
        seed: int = 0,
    ) -> Grid:
        rng = np.random.default_rng(seed)
        sizes = n * np.array([0.28, 0.4, 0.56, 0.68, 0.8])
        fold = rng.normal(0, 5 * sd, (10, 1))

        def at(rows: Any, dose: Any) -> Any:
            return 0.9 - b * (rows / n * (1 - c * dose) ** g) ** -d

        def change(before: float, after: float) -> Any:
            return at(sizes[-1], after) - at(sizes[-1], before) + rng.normal(0, sd, (2, 5))

        return Grid(
            sizes=sizes,
            size_scores=at(sizes, 0.0) + fold + rng.normal(0, sd, (10, 5)),
            rehearsal=Rehearsal(first := change(DOSE, DOSE - FOUND), change(DOSE, DOSE - FAR) - first),
            depth=0.1,
            deep=0.4,
            test_fraction=0.25,
            n_fits=100,
        )

    return make


@pytest.fixture
def make_draws(make_grid: Callable[..., Grid]) -> Callable[..., Draws]:
    """Return a builder of draws for 1,000 rows, a tenth of whose labels are wrong."""

    def make(grid: Grid | None = None, *, precision: float = 0.5, reviewer: float = 0.95, **options: Any) -> Draws:
        settings: dict[str, Any] = {
            "n_now": 1000,
            "n_rows": 1000,
            "n_classes": 2,
            "ceiling": 1.0,
            "noise_rate": Interval(estimate=0.1, low=0.07, high=0.14),
            "most_noise": 1.0,
            "is_reviewed": False,
            "precision": [
                PrecisionPoint(k=k, precision=Interval(estimate=p, low=0.7 * p, high=min(1.2 * p, 0.999)))
                for k, p in ((20, precision), (100, 0.8 * precision))
            ],
            "p_wrong": np.sort(np.random.default_rng(1).beta(0.5, 4.5, 1000))[::-1],
            "reviewer_accuracy": reviewer,
            "weights": PLAIN,
            "seed": 0,
        }
        return draw_worlds(grid or make_grid(sd=0.002), **(settings | options))

    return make


@pytest.fixture(name="make_prices")
def _make_prices() -> Callable[..., Prices]:
    return make_prices


def make_prices(
    cost_per_hour: float = 40,
    cost_per_day: float = 600,
    setup_cost: float = 0,
    *,
    labels: float = 20,
    rows: float = 100,
) -> Prices:
    """Return prices of an hour and a day for the 1,000 rows of `make_draws`."""
    return Prices(
        CleaningSpec(labels_per_hour=labels, cost_per_hour=cost_per_hour),
        CollectingSpec(rows_per_day=rows, cost_per_day=cost_per_day, setup_cost=setup_cost),
        n_worklist=1000,
        n_now=1000,
    )


@pytest.fixture
def spec() -> AuditSpec:
    """Return a definition with all costs given."""
    return make_spec()


def make_spec(**options: Any) -> AuditSpec:
    content: dict[str, Any] = {
        "dataset": {"path": "data/x.parquet"},
        "label": "y",
        "cleaning": {"labels_per_hour": 90, "cost_per_hour": 40, "reviewer_accuracy": 0.97},
        "collecting": {"rows_per_day": 500, "cost_per_day": 600, "setup_cost": 0},
    }
    return AuditSpec.model_validate(content | options)


@pytest.fixture(name="make_spec")
def _make_spec() -> Callable[..., AuditSpec]:
    return make_spec


@pytest.fixture
def make_value() -> Callable[..., Value]:
    """Return a builder of value records."""

    def make(
        hour: tuple[float, float, float] = (0.0031, 0.0018, 0.0045),
        day: tuple[float, float, float] = (0.0008, 0.0002, 0.0015),
        **options: Any,
    ) -> Value:
        per_hour, per_day = (Interval(estimate=x[0], low=x[1], high=x[2]) for x in (hour, day))
        content: dict[str, Any] = {
            "metric": "balanced_accuracy",
            "baseline": 0.81,
            "n_train": 58_842,
            "n_fits": 35,
            "anchors": [],
            "cleaning": Cleaning(
                per_hour=per_hour,
                labels_per_hour=90,
                cost_per_hour=40,
                reviewer_accuracy=0.97,
                n_wrong_per_hour=41.3,
                curve=[CleaningPoint(labels=90, hours=1, cost=40, gain=hour[0], low=hour[1], high=hour[2])],
            ),
            "collecting": Collecting(
                per_day=per_day,
                rows_per_day=500,
                cost_per_day=600,
                setup_cost=0,
                curve=[CollectingPoint(rows=500, days=1, cost=600, gain=day[0], low=day[1], high=day[2])],
            ),
            "p_cleaning_beats_collecting": 0.93,
            "p_cleaning_beats_collecting_per_cost": 0.98,
            "exchange_rate": Interval(estimate=6.1, low=3.2, high=9.9),
            "exchange_rate_closed_form": 4.6,
            "best_split": [],
            "break_even_hours": 6.2,
            "evpi": 0.0001,
            "expected_regret": 0.0001,
        }
        return Value(**(content | options))

    return make


@pytest.fixture
def make_labels() -> Callable[..., Labels]:
    """Return a builder of label estimates."""

    def make(**options: Any) -> Labels:
        content: dict[str, Any] = {
            "n_labelled": 58_842,
            "n_issues": 4000,
            "noise_rate": Interval(estimate=0.068, low=0.051, high=0.087),
            "noise_rate_source": "model",
            "transition_matrix": [[0.95, 0.05], [0.13, 0.87]],
            "classes": ["<=50K", ">50K"],
            "per_class": [],
            "detector_precision": [
                PrecisionPoint(k=90, precision=Interval(estimate=0.46, low=0.3, high=0.6)),
            ],
            "worklist_path": None,
        }
        return Labels(**(content | options))

    return make


class Table:
    """A table with known true labels, its noisy copy, and what the earlier stages would have said of it."""

    def __init__(
        self, folder: Path, *, n: int, rate: float, task: str = "classification", seed: int = 0, strength: float = 1.0
    ) -> None:
        rng = np.random.default_rng(seed)
        self.X = rng.normal(size=(n + 8000, 6)).astype(np.float32)
        signal = strength * (self.X[:, 0] + np.sin(2 * self.X[:, 1]) + self.X[:, 2] * self.X[:, 3])
        self.is_classes = task == "classification"
        self.learner = Learner("classification" if self.is_classes else "regression", 2 * self.is_classes, seed=seed)
        noise = rng.logistic(0, 0.3, len(signal))
        self.true = (signal + noise > 0).astype(np.int64) if self.is_classes else signal + noise
        self.given = self.true.copy()
        wrong = rng.choice(len(signal), round(rate * len(signal)), replace=False)
        self.given[wrong] = 1 - self.true[wrong] if self.is_classes else rng.permutation(self.true)[wrong]
        self.rows, self.test, self.extra = np.split(np.arange(len(signal)), [n, n + 5000])
        self.rate, self.metric = rate, "accuracy" if self.is_classes else "r2"
        self.features = Features(matrix=self.X)
        self._write(folder, n)

    def _write(self, folder: Path, n: int) -> None:
        fold, given = np.arange(n) % 5, self.given[:n]
        pred = np.zeros((n, 2)) if self.is_classes else np.zeros(n)
        with fitting():
            for i in range(5):
                train, test = np.flatnonzero(fold != i), np.flatnonzero(fold == i)
                pred[test] = self.learner.fit_predict(self.features, self.given, train, test)
        doubt = 1 - pred[np.arange(n), given] if self.is_classes else np.abs(pred - given)
        self.order = np.argsort(-doubt, kind="stable")
        is_wrong = (given != self.true[:n])[self.order]
        depths = [n // 50, n // 20, n // 10, n // 4]
        found = [is_wrong[:k].mean() for k in depths]
        # Smooth and falling, as a calibrated detector would give it.
        p_wrong = np.interp(np.arange(n), [0, *depths, n], [found[0], *found, 0.0])
        suggested = 1 - given if self.is_classes else pred
        pl.DataFrame(
            {
                "rank": np.arange(1, n + 1),
                "row": self.order,
                "p_wrong": p_wrong,
                "is_reviewed": np.zeros(n, dtype=bool),
                "suggested_label": [str(x) for x in suggested[self.order]],
            }
        ).write_parquet(folder / "worklist.parquet")
        np.savez(folder / "predictions.npz", row=np.arange(n), given=given, pred=pred, fold=fold)
        np.save(folder / "features.npy", self.X[:n])
        names = ["0", "1"] if self.is_classes else []
        self.snapshot = Snapshot(
            name="x", path="x.parquet", repo=None, rev="workspace", commit=None, md5="0", format="parquet",
            n_rows=n, stored_bytes=0, columns=[], local_path="x.parquet",
        )  # fmt: skip
        self.predictions = Predictions(
            task="classification" if self.is_classes else "regression", path=str(folder / "predictions.npz"),
            matrix_path=str(folder / "features.npy"), classes=names, n_rows=n, n_missing_labels=0, n_folds=5, n_fits=5,
            splits="stratified" if self.is_classes else "random", metric=self.metric,
            score=score(self.metric, given, pred), prior_score=0.0, estimator="lightgbm", n_near_duplicates=0,
        )  # fmt: skip
        self.labels = Labels(
            n_labelled=n, n_issues=0, noise_rate=_around(self.rate), noise_rate_source="review",
            transition_matrix=[[1 - self.rate, self.rate], [self.rate, 1 - self.rate]] if names else [], classes=names,
            per_class=[], worklist_path=str(folder / "worklist.parquet"), n_reviews=100,
            detector_precision=[
                PrecisionPoint(k=k, precision=_around(float(p))) for k, p in zip(depths, found, strict=True)
            ],
        )  # fmt: skip

    def really_clean(self, k: int, accuracy: float) -> float:
        """Return the gain of really reviewing the `k` worst labels, on the true labels of fresh rows."""
        rows = self.order[:k]
        is_right = np.random.default_rng(7).random(k) < accuracy
        y = self.given.copy()
        y[rows] = np.where(is_right, self.true[rows], 1 - self.true[rows]) if self.is_classes else self.true[rows]
        return self._score(y, self.rows) - self._score(self.given, self.rows)

    def really_collect(self, m: int) -> float:
        """Return the gain of really adding `m` rows at today's noise."""
        more = np.concatenate([self.rows, self.extra[:m]])
        return self._score(self.given, more) - self._score(self.given, self.rows)

    def _score(self, y: Any, rows: Any) -> float:
        with fitting():
            return score(self.metric, self.true[self.test], self.learner.fit_predict(self.features, y, rows, self.test))


def _around(share: float) -> Interval:
    return Interval(estimate=share, low=max(share - 0.03, 0.0), high=min(share + 0.03, 1.0))


@pytest.fixture
def make_table(tmp_path: Path) -> Callable[..., Table]:
    """Return a builder of tables in a fresh folder."""
    return lambda **options: Table(tmp_path, **options)
