"""Tables with known label errors, for the tests of labels/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from datassay.results import Labels, Predictions, Snapshot
from datassay.spec import AuditSpec, DatasetSpec


@dataclass
class Audited:
    """Everything the room makes of one table."""

    snapshot: Snapshot
    spec: AuditSpec
    predictions: Predictions
    labels: Labels
    worklist: pl.DataFrame


@dataclass
class Planted:
    """A table with planted label errors and the truth."""

    frame: pl.DataFrame
    true: np.ndarray
    is_wrong: np.ndarray


def make_spec(**parts: Any) -> AuditSpec:
    return AuditSpec(dataset=DatasetSpec(path="data/x.parquet"), **parts)


def numbers(X: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(X.astype(np.float32), schema=[f"x{j}" for j in range(X.shape[1])])


def plant(kind: str, y: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Flip labels: evenly, or only from the first half of the classes to the next class."""
    rng = np.random.default_rng(seed)
    k = int(y.max()) + 1
    given = y.copy()
    if kind == "even":
        hit = rng.random(len(y)) < rate
        given[hit] = (y[hit] + rng.integers(1, k, hit.sum())) % k
        return given
    prone = y < max(1, k // 2)
    hit = prone & (rng.random(len(y)) < rate / prone.mean())
    given[hit] = (y[hit] + 1) % k
    return given


def planted(name: str, kind: str, rate: float, *, n: int = 700, seed: int = 0) -> Planted:
    from sklearn.datasets import load_breast_cancer, load_digits

    content = {"digits": load_digits, "cancer": load_breast_cancer}[name]()
    rows = np.random.default_rng(seed).permutation(len(content.target))[:n]
    X, y = content.data[rows], content.target[rows]
    given = plant(kind, y, rate, seed + 1)
    label = pl.Series("label", [f"class {code}" for code in given])
    return Planted(numbers(X).with_columns(label), np.array([f"class {code}" for code in y]), given != y)
