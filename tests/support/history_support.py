"""A real Git and DVC project whose revs hold wrong labels, corrected labels and new rows, for the ledger's tests."""

from pathlib import Path

import numpy as np
import polars as pl
from e2e_support import dvc, git
from labels_support import numbers

DEFINITION = """\
dataset: {path: data/cells.parquet, rev: HEAD}
label: kind
id: row
cleaning: {labels_per_hour: 60, cost_per_hour: 40, reviewer_accuracy: 0.97}
collecting: {rows_per_day: 100, cost_per_day: 300}
"""
KINDS = np.array(["malignant", "benign"])


def cells(*, n_rows: int = 569, n_wrong: int = 95, n_corrected: int = 0) -> pl.DataFrame:
    """Return the breast cancer table with wrong labels, of which the first `n_corrected` are corrected."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    X, y = X[order], y[order]
    wrong = rng.choice(len(y), n_wrong, replace=False)
    y[wrong[n_corrected:]] ^= 1
    frame = numbers(X).insert_column(0, pl.Series("row", np.arange(len(y))))
    return frame.with_columns(pl.Series("kind", KINDS[y])).head(n_rows)


def make_project(root: Path) -> Path:
    """Make a project without any content yet; its remote lies beside it."""
    (root / "data").mkdir(parents=True)
    (root / "audits").mkdir()
    git(root, "init", "-b", "main")
    dvc(root, "init")
    dvc(root, "remote", "add", "-d", "store", "../store")
    (root / "datassay.toml").touch()
    (root / ".gitignore").write_text(".datassay/\n", encoding="utf-8")
    (root / "audits" / "cells.yaml").write_text(DEFINITION, encoding="utf-8")
    return root


def commit(root: Path, frame: pl.DataFrame, tag: str) -> None:
    """Add a content of the table, push it to the remote and tag it."""
    frame.write_parquet(root / "data" / "cells.parquet")
    dvc(root, "add", "data/cells.parquet")
    dvc(root, "push")
    git(root, "add", "-A")
    git(root, "commit", "-m", tag)
    git(root, "tag", tag)
