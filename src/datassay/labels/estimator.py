"""The model under audit: rows in, out-of-sample predictions out, the same for every stage that fits."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from datassay.errors import DataError
from datassay.labels import factory as factories
from datassay.labels.trees import Bins, OwnBins, Trees
from datassay.results import Predictions, Snapshot

if TYPE_CHECKING:
    import pandas as pd

TREES = "lightgbm"
LINEAR = "linear"
#: The defaults by the name that `Predictions.estimator` gives them; anything else is an import path.
DEFAULTS = (TREES, LINEAR)
#: Rows from which fits of the default trees share bins. In a small table every set of rows has its own: a bin of few
#: rows that spans a gap between two classes, as held-out rows may make one, costs more than cutting anew.
SHARED_BINS = 10_000
#: The defaults take labels further away as lying at this distance: a slip of units in one label of fifty otherwise
#: takes all of R2, and the audit that is to find it (docs/methods.md).
MOST_RANGES = 10.0


@dataclass(frozen=True)
class Features:
    """What the model sees of the labelled rows: a float32 matrix (n, d), or a pandas table where it wants one."""

    matrix: NDArray[np.float32] | None = None
    table: pd.DataFrame | None = None

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self.content)

    @property
    def content(self) -> Any:
        """The matrix or the table, whichever there is."""
        return self.matrix if self.table is None else self.table

    def take(self, rows: NDArray[Any]) -> Any:
        """Return the rows at these positions, as an estimator takes them."""
        return self.content[rows] if self.table is None else self.table.iloc[rows]

    @cached_property
    def bins(self) -> Bins | OwnBins:
        """The matrix cut into bins for the default trees, once for all fits or, if it is small, for all on one set."""
        return Bins(self.content) if self.n_rows >= SHARED_BINS else OwnBins(self.content)


@dataclass(frozen=True)
class Learner:
    """How to fit: plain data, so that it can be compared, hashed and handed to threads."""

    task: Literal["classification", "regression"]
    #: 0 for regression.
    n_classes: int
    #: "lightgbm", "linear", or the import path of a factory.
    estimator: str = TREES
    seed: int = 0
    #: Whether the estimator takes the feature table and not the encoded matrix.
    wants_table: bool = False

    @property
    def is_default(self) -> bool:
        """Whether it is one of ours, which take missing values."""
        return self.estimator in DEFAULTS

    def fit_predict(
        self, features: Features, y: NDArray[Any], train_rows: NDArray[Any], test_rows: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Fit on some rows and predict others, all by position.

        `y` holds int codes below `n_classes`, or floats, for all rows of `features`. Returns probabilities
        (n_test, n_classes), columns in code order with zeros for classes that the training part lacks, rows summing
        to 1; for regression floats (n_test,). Call it inside `fitting()`. Raises EngineError where the estimator fails.
        """
        return self.fit_predict_each(features, y, train_rows, [features.take(test_rows)])[0]

    def fit_predict_each(
        self, features: Features, y: NDArray[Any], train_rows: NDArray[Any], asked: Sequence[Any]
    ) -> list[NDArray[np.float64]]:
        """Fit once, as `fit_predict` does, and predict each of the tables or matrices that are `asked`."""
        train = features.bins.take(train_rows) if self.estimator == TREES else features.take(train_rows)
        if self.task == "regression":
            labels = _tame(y[train_rows]) if self.estimator in DEFAULTS else y[train_rows]
            model = factories.fit(self._make(len(train_rows)), train, labels, self.estimator)
            return [factories.predict_numbers(model, each, self.estimator) for each in asked]
        present, codes = np.unique(y[train_rows], return_inverse=True)
        answers = [np.zeros((len(each), self.n_classes)) for each in asked]
        if len(present) == 1:
            # A model of one class cannot be fitted by most estimators; there is one answer anyway.
            for out in answers:
                out[:, present[0]] = 1.0
            return answers
        # Contiguous codes: XGBoost and others refuse gaps.
        model = factories.fit(self._make(len(train_rows), len(present)), train, codes, self.estimator)
        for out, each in zip(answers, asked, strict=True):
            out[:, present] = factories.predict_probabilities(model, each, len(present), self.estimator)
        return answers

    def _make(self, n_train: int, n_present: int = 0) -> Any:
        if self.estimator == TREES:
            return _make_trees(self.task, n_train, n_present, self.seed)
        if self.estimator == LINEAR:
            return _make_linear(self.task)
        return factories.make(self.estimator, self.seed)


def load_learner(predictions: Predictions, seed: int) -> Learner:
    """Return the learner that made `predictions`, to fit more of the same."""
    return Learner(
        task=predictions.task,
        n_classes=len(predictions.classes),
        estimator=predictions.estimator,
        seed=seed,
        wants_table=predictions.matrix_path is None,
    )


def load_features(snapshot: Snapshot, predictions: Predictions) -> Features:
    """Return the features of the rows of `predictions`, in their order.

    The encoded matrix comes from the run's cache, a table is read from the snapshot again.
    Raises DataError where the cache's file is gone.
    """
    if predictions.matrix_path is not None:
        return Features(matrix=load_matrix(Path(predictions.matrix_path)))
    from datassay.labels.features import read_features, to_pandas

    with np.load(predictions.path, allow_pickle=False) as arrays:
        rows = arrays["row"]
    return Features(table=to_pandas(read_features(snapshot, predictions.feature_columns, rows).frame))


def load_matrix(path: Path) -> NDArray[np.float32]:
    """Return an encoded matrix of the run's cache; raises DataError where it cannot be read."""
    try:
        matrix: NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as exc:
        raise DataError(
            f"The encoded features {path.name} cannot be read from the cache.", hint="Run the audit again."
        ) from exc
    return matrix


@contextmanager
def fitting() -> Iterator[None]:
    """Wrap fits, in threads or not: one BLAS and OpenMP thread each, and no chatter of engines.

    Enter it once, around all fits: both settings belong to the process, not to a thread.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        # A fit that stops at its iteration limit is as good as the budget allows, and said nowhere else.
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _tame(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return labels drawn in to 10 interquartile ranges from the median; as they are where that range is zero."""
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
    reach = MOST_RANGES * (high - low)
    tamed: NDArray[np.float64] = np.clip(y, middle - reach, middle + reach) if reach > 0 else y
    return tamed


def _make_trees(task: str, n_train: int, n_present: int, seed: int) -> Trees:
    settings, n_rounds = choose_trees(task, n_train, n_present, seed)
    return Trees(settings, n_rounds, 0 if task == "regression" else n_present)


def choose_trees(task: str, n_train: int, n_present: int, seed: int) -> tuple[dict[str, Any], int]:
    """Return LightGBM's settings, and the number of rounds, for a training part of this size and these classes."""
    settings: dict[str, Any] = {
        "learning_rate": 0.15,
        "num_leaves": 15,
        # The default of 20 rows per leaf leaves nothing to split in a table of 100 rows.
        "min_child_samples": int(np.clip(n_train // 50, 3, 20)),
        "random_state": seed,
        "n_jobs": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    if task == "regression":
        return settings, 60
    # Without it leaves of sure rows have next to no curvature, and scores of three and more classes run away.
    settings["reg_lambda"] = 2.0
    if n_present > 20:
        # One tree per class and round: fewer rounds, so that 77 classes stay affordable.
        return settings | {"learning_rate": 0.25}, 30
    return settings, 60


def _make_linear(task: str) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = Ridge(alpha=10.0) if task == "regression" else LogisticRegression(C=0.1, max_iter=200)
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), model)
