"""Classification tasks whose labels count as true: public tables of ../shared/data, scikit-learn's, and made ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
#: Columns that name rows or were made by whoever published the table.
NOT_FEATURES = ("row_id", "split", "package", "text", "No")
#: Categories with more values than this become the rank of their frequency.
MOST_ONE_HOT = 12
#: Rows kept of a table: training rows, new rows, and up to 5,000 test rows come out of them.
MOST_ROWS = 16_000
SEED = 20_261_124
_TEXT = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True)
class Task:
    """A pool of rows with true labels."""

    name: str
    #: (N, d)
    X: NDArray[np.float32]
    #: (N,) codes
    y: NDArray[np.int64]
    #: Rows that an analyst has today.
    n: int
    #: (N,) labels as people gave them; None where noise is planted.
    given: NDArray[np.int64] | None = None

    @property
    def n_classes(self) -> int:
        return int(self.y.max()) + 1


def encode(frame: pl.DataFrame) -> NDArray[np.float32]:
    """Return numbers: flags of small categories, frequency ranks of large ones, everything else as it is."""
    parts = []
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, _TEXT):
            text = column.cast(pl.String).fill_null("missing")
            counts = text.value_counts(sort=True)
            values = counts[name].to_list()
            if len(values) <= MOST_ONE_HOT:
                parts += [(text == value).to_numpy().astype(np.float32) for value in sorted(values)[1:]]
            else:
                ranks = {value: i for i, value in enumerate(values)}
                parts.append(np.array([ranks[value] for value in text.to_list()], dtype=np.float32))
        else:
            parts.append(column.cast(pl.Float32).fill_null(column.cast(pl.Float32).median()).to_numpy())
    return np.column_stack(parts).astype(np.float32)


def _codes(values: NDArray) -> NDArray[np.int64]:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _sample(X: NDArray, y: NDArray, n: int = MOST_ROWS) -> tuple[NDArray, NDArray]:
    order = np.random.default_rng(SEED).permutation(len(y))[:n]
    return X[order], y[order]


def read_table(folder: str, label: str, *, drop: tuple[str, ...] = (), bins: int = 0, n_classes: int = 0) -> tuple:
    frame = pl.read_parquet(SHARED / folder / "data.parquet").drop_nulls(label)
    target = frame[label]
    values = target.cast(pl.String).to_numpy() if isinstance(target.dtype, _TEXT) else target.to_numpy()
    if bins:
        # Ranks: equal values may part, but every class has its share.
        edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
        values = np.searchsorted(edges, values, side="right")
    X = encode(frame.drop(label, *(c for c in (*NOT_FEATURES, *drop) if c in frame.columns)))
    y = _codes(values)
    if n_classes:
        largest = np.argsort(-np.bincount(y), kind="stable")[:n_classes]
        kept = np.isin(y, largest)
        X, y = X[kept], _codes(y[kept])
    return _sample(X, y)


def make_classes(
    n_classes: int, n_informative: int, seed: int, *, sep: float, weights: list[float] | None = None
) -> tuple:
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples=9000, n_features=n_informative + 6, n_informative=n_informative, n_redundant=2, n_classes=n_classes,
        n_clusters_per_class=2, class_sep=sep, weights=weights, flip_y=0.0, random_state=seed,
    )  # fmt: skip
    return X.astype(np.float32), y.astype(np.int64)


def read_letters(first: int, last: int) -> tuple:
    """Return the letters of these ranks by number of rows."""
    frame = pl.read_parquet(SHARED / "c_letter" / "data.parquet").drop_nulls("target")
    X, y = encode(frame.drop("target", *(c for c in NOT_FEATURES if c in frame.columns))), _codes(frame["target"])
    kept = np.isin(y, np.argsort(-np.bincount(y), kind="stable")[first:last])
    return _sample(X[kept], _codes(y[kept]))


def _digits() -> tuple:
    from sklearn.datasets import load_digits

    content = load_digits()
    return _sample(content.data.astype(np.float32), content.target.astype(np.int64))


def _cancer() -> tuple:
    from sklearn.datasets import load_breast_cancer

    content = load_breast_cancer()
    return _sample(content.data.astype(np.float32), content.target.astype(np.int64))


def _human(folder: str) -> tuple:
    """Return features, true labels and labels as given by people or rules, of the rows where both are known."""
    data = pl.read_parquet(SHARED / folder / "data.parquet")
    truth = pl.read_parquet(SHARED / folder / "truth.parquet")
    frame = data.join(truth.select("row_id", "true_label"), on="row_id").filter(
        pl.col("true_label").is_not_null() & pl.col("given_label").is_not_null()
    )
    names = sorted(set(frame["true_label"].to_list()) | set(frame["given_label"].to_list()))
    codes = {name: i for i, name in enumerate(names)}
    X = frame.select(c for c in frame.columns if c[0] == "f" and c[1:].isdigit()).to_numpy().astype(np.float32)
    y, given = (np.array([codes[v] for v in frame[c].to_list()], dtype=np.int64) for c in ("true_label", "given_label"))
    order = np.random.default_rng(SEED).permutation(len(y))
    return X[order], y[order], given[order]


#: Families for choosing forms, weights and widths; everything else is frozen.
CHOOSING: dict[str, tuple[int, Callable[[], tuple]]] = {
    "adult": (1200, lambda: read_table("c_adult", "income", drop=("fnlwgt",))),
    "letter": (1500, lambda: read_table("c_letter", "target", n_classes=10)),
    "digits": (500, _digits),
    "houses": (1200, lambda: read_table("c_houses", "target", bins=3)),
    "check_times": (1000, lambda: read_table("c_check_times", "check_time", bins=2)),
    "clusters": (900, lambda: make_classes(4, 8, 3, sep=1.1)),
    "rare": (1500, lambda: make_classes(2, 6, 5, sep=0.9, weights=[0.85])),
}
FROZEN: dict[str, tuple[int, Callable[[], tuple]]] = {
    "magic": (1200, lambda: read_table("c_magic", "target")),
    "bank": (1500, lambda: read_table("c_bank", "subscribed")),
    "fars": (1500, lambda: read_table("c_fars", "target", n_classes=5)),
    "banking77": (850, lambda: read_table("c_banking77", "category", n_classes=12)),
    "pollution": (1200, lambda: read_table("c_pollution_beijing", "pm2.5", bins=4)),
    "flights": (1200, lambda: read_table("c_flights_nyc13", "arr_delay", drop=("tailnum", "year"), bins=2)),
    "mushroom": (600, lambda: read_table("c_mushroom", "target", drop=("odor", "spore-print-color"))),
    "cancer": (180, _cancer),
}
#: Labels by people or by rules, with the truth beside them.
HUMAN: dict[str, tuple[int, Callable[[], tuple]]] = {
    "cifar10h": (1500, lambda: _human("cifar10h")),
    "yoruba": (500, lambda: _human("distant_yoruba")),
}
#: More of the choosing families, to learn from; the name's first word is the family.
VARIATIONS: dict[str, tuple[int, Callable[[], tuple]]] = {
    "letter k-p": (1500, lambda: read_letters(10, 16)),
    "letter q-u": (1500, lambda: read_letters(16, 21)),
    "houses in 2": (1200, lambda: read_table("c_houses", "target", bins=2)),
    "houses in 5": (1200, lambda: read_table("c_houses", "target", bins=5)),
    "check_times in 4": (1000, lambda: read_table("c_check_times", "check_time", bins=4)),
    "clear": (900, lambda: make_classes(2, 5, 11, sep=1.2)),
    "hard": (900, lambda: make_classes(2, 10, 12, sep=0.6)),
    "uneven": (900, lambda: make_classes(3, 7, 13, sep=1.0, weights=[0.7, 0.2])),
    "six": (900, lambda: make_classes(6, 9, 14, sep=1.4)),
    "shuttle": (1200, lambda: read_table("c_shuttle", "target", n_classes=3)),
}
FAMILIES = CHOOSING | VARIATIONS | FROZEN | HUMAN


@cache
def load_task(name: str) -> Task:
    """Return a task; the same rows in the same order each time."""
    n, load = FAMILIES[name]
    X, y, *given = load()
    return Task(name, X, y, n, given[0] if given else None)
