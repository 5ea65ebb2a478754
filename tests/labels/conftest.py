"""Snapshots of frames, and the whole room run on one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from labels_support import Audited, make_spec

from datassay.datasets.snapshot import snapshot_frame
from datassay.labels.confident import estimate_labels
from datassay.labels.pred_probs import predict
from datassay.results import Snapshot

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def snap(tmp_path: Path) -> Callable[[pl.DataFrame], Snapshot]:
    """Take a snapshot of a frame."""
    return lambda frame: snapshot_frame(frame, name="table", cache_dir=tmp_path / "cache")


@pytest.fixture
def audit(snap, tmp_path: Path) -> Callable[..., Audited]:
    """Run the whole room on a frame."""

    def run(frame: pl.DataFrame, *, root: Path | None = None, n_jobs: int = 2, **parts: Any) -> Audited:
        snapshot, spec = snap(frame), make_spec(label=parts.pop("label", "label"), **parts)
        predictions = predict(snapshot, spec, cache_dir=tmp_path / "cache", n_jobs=n_jobs)
        labels = estimate_labels(snapshot, predictions, spec, root=root, cache_dir=tmp_path / "cache")
        return Audited(snapshot, spec, predictions, labels, pl.read_parquet(labels.worklist_path))

    return run


@pytest.fixture
def data_file() -> Callable[[str], Path]:
    """Return a file of the shared real datasets, or skip where they are absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the shared dataset {name} is not on this machine")
        return path

    return find
