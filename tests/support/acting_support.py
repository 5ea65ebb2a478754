"""Small tables with faults, and the stage of other actions on them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl

from datassay.datasets.snapshot import snapshot_frame
from datassay.labels.confident import estimate_labels
from datassay.labels.pred_probs import predict
from datassay.quality.profile import profile_columns
from datassay.results import OtherActions
from datassay.spec import parse_spec
from datassay.value.actions.stage import measure_actions


def make_frame(n=500, *, seed=0, task="classification") -> pl.DataFrame:
    """Return a table whose label follows `signal` and `other`; `noise` tells nothing."""
    rng = np.random.default_rng(seed)
    signal, other, noise = rng.normal(size=(3, n))
    score = signal + 0.5 * other + 0.2 * rng.normal(size=n)
    label = pl.Series("y", np.where(score > 0, "yes", "no")) if task == "classification" else pl.Series("y", score)
    return pl.DataFrame({"id": np.arange(n), "signal": signal, "other": other, "noise": noise}).with_columns(label)


def prepare(folder, frame, **definition) -> SimpleNamespace:
    """Run the stages before, on a frame."""
    spec = parse_spec({"dataset": {"path": "x", "rev": None}, "label": "y", "id": "id"} | definition, "x", "test")
    snapshot = snapshot_frame(frame, name="x", cache_dir=folder)
    predictions = predict(snapshot, spec, cache_dir=folder)
    labels = estimate_labels(snapshot, predictions, spec, root=None, cache_dir=folder)
    profile = profile_columns(snapshot, show_values=[], label="y", id_column="id")
    return SimpleNamespace(spec=spec, snapshot=snapshot, predictions=predictions, labels=labels, profile=profile)


def measure(at, *, n_jobs=2, expectations=None, spec=None) -> OtherActions:
    """Run the stage."""
    return measure_actions(
        at.snapshot, at.predictions, at.labels, spec or at.spec,
        profile=at.profile, expectations=expectations, n_jobs=n_jobs,
    )  # fmt: skip


def pick(found: OtherActions, name: str, column: str | None = None):
    """Return the one action of this name, on this column."""
    (action,) = [each for each in found.actions if each.name == name and (column is None or each.columns == [column])]
    return action


def spoil(column: str, share: float, value, *, seed=1) -> pl.Expr:
    """Return the column with this share of its cells overwritten."""
    return (
        pl.when(pl.int_range(pl.len()).shuffle(seed) < share * pl.len()).then(pl.lit(value)).otherwise(column)
    ).alias(column)
