"""The default boosted trees, called through LightGBM's own interface: the same models for less time.

LightGBM's scikit-learn classes check every table anew and write each model to text and back after it is fitted, which
takes as long as a third of a fit of two thousand rows. Of a fit of fifty thousand rows a third is spent on cutting
numbers into bins, of two thousand a tenth, which need not be done for each fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What bins depend on. LightGBM's filter would drop columns by the leaves of one model, and fits differ in theirs.
_BINNING = {"feature_pre_filter": False, "force_row_wise": True, "verbose": -1}
#: Cells of a matrix, a byte each, that may be kept in bins of their own.
MOST_CELLS = 20_000_000


class Bins:
    """A matrix (n, d) cut into LightGBM's bins once, for fits on any of its rows."""

    def __init__(self, matrix: NDArray[np.float32]) -> None:
        """Keep the matrix; it is cut when the first fit asks."""
        self._matrix = matrix
        self._table: Any = None
        self._lock = Lock()

    def take(self, rows: NDArray[Any]) -> BinnedRows:
        """Return the rows at these positions (m,)."""
        from lightgbm import Dataset

        with self._lock:
            if self._table is None:
                self._table = Dataset(self._matrix, label=np.zeros(len(self._matrix)), params=_BINNING).construct()
        return BinnedRows(self._table, np.asarray(rows))


class OwnBins:
    """A small matrix (n, d) whose every set of rows is cut into bins of its own, once for all fits on these rows."""

    def __init__(self, matrix: NDArray[np.float32]) -> None:
        """Keep the matrix; rows are cut when a fit asks for them."""
        self._matrix = matrix
        self._tables: dict[bytes, Any] = {}
        self._n_left = MOST_CELLS

    def take(self, rows: NDArray[Any]) -> BinnedRows:
        """Return the rows at these positions (m,)."""
        from lightgbm import Dataset

        key = np.asarray(rows, dtype=np.int64).tobytes()
        table = self._tables.get(key)
        if table is None:
            # Two fits that ask at once cut the same rows twice, to the same bins.
            table = Dataset(self._matrix[rows], label=np.zeros(len(rows)), params=_BINNING).construct()
            if table.num_data() * table.num_feature() <= self._n_left:
                self._n_left -= table.num_data() * table.num_feature()
                self._tables[key] = table
        return BinnedRows(table, np.arange(len(rows)))


@dataclass(frozen=True)
class BinnedRows:
    """Rows of a table that LightGBM has cut into bins."""

    table: Any
    #: (m,) positions.
    rows: NDArray[Any]

    def build(self, y: NDArray[Any], settings: dict[str, Any]) -> Any:
        """Return LightGBM's dataset of these rows with labels (m,)."""
        # LightGBM sorts the rows, and would leave the labels as they are.
        order = np.argsort(self.rows, kind="stable")
        return self.table.subset(self.rows[order], params=settings).construct().set_label(y[order])


class Trees:
    """A model of `n_classes` classes given as codes 0 to n_classes - 1, or of numbers where that is 0."""

    def __init__(self, settings: dict[str, Any], n_rounds: int, n_classes: int) -> None:
        """Keep LightGBM's parameters; nothing is fitted yet."""
        # LightGBM keeps labels as 32-bit floats: times in milliseconds would lose all that tells them apart.
        self._center, self._scale = 0.0, 1.0
        self.settings = {**_BINNING, **settings, "objective": _objective(n_classes)}
        if n_classes > 2:
            self.settings["num_class"] = n_classes
        self.n_rounds = n_rounds
        self.classes_ = np.arange(n_classes)
        self._booster: Any = None

    def fit(self, X: NDArray[np.float32] | BinnedRows, y: NDArray[Any]) -> Trees:
        """Fit on a matrix (n, d) with NaN for missing values, or on rows that have been cut into bins."""
        from lightgbm import Dataset, train

        if not len(self.classes_):
            self._center, self._scale = float(np.mean(y)), float(np.std(y)) or 1.0
            y = (y - self._center) / self._scale
        table = X.build(y, self.settings) if isinstance(X, BinnedRows) else Dataset(X, label=y, params=self.settings)
        self._booster = train(self.settings, table, num_boost_round=self.n_rounds, keep_training_booster=True)
        return self

    def predict(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return numbers (n,)."""
        found: NDArray[np.float64] = np.asarray(self._booster.predict(X, num_threads=1), dtype=np.float64)
        return found * self._scale + self._center

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return probabilities (n, k)."""
        found = self.predict(X)
        return found if found.ndim == 2 else np.column_stack([1 - found, found])


def _objective(n_classes: int) -> str:
    if n_classes == 0:
        return "regression"
    return "binary" if n_classes == 2 else "multiclass"
