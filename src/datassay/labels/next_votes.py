"""Where the next vote is worth most: relabel a row that has votes, or label one that has none (ActiveLab)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.content import temporary
from datassay.datasets.reading import writing
from datassay.labels import encoding, features
from datassay.labels.crowd import Ballot, quietly, untie
from datassay.labels.estimator import Features, fitting, load_learner
from datassay.labels.posterior import Floats
from datassay.results import Predictions, Snapshot
from datassay.spec import AuditSpec

#: Rows without a label of which a random sample of this size competes for the next vote.
MOST_UNLABELLED = 20_000
#: How far down the ranking is summed up.
HEAD = 100


@dataclass(frozen=True)
class NextVotes:
    """The ranking, and what was done for it."""

    table: pl.DataFrame
    n_fits: int
    notes: list[str]

    @property
    def head(self) -> dict[str, int]:
        """How many of the first 100 rows have a label, and how many have none."""
        actions = self.table["action"].head(HEAD)
        return {"n_relabel": int((actions == "relabel").sum()), "n_label_new": int((actions == "label new").sum())}


def rank_next_votes(
    snapshot: Snapshot,
    predictions: Predictions,
    spec: AuditSpec,
    *,
    ballot: Ballot,
    rows: NDArray[np.int64],
    pred: Floats,
    consensus: NDArray[np.int64],
    ids: pl.Series,
) -> NextVotes:
    """Rank rows by ActiveLab's score (Goh and Mueller 2023), the lowest first.

    Rows with votes and rows without a label are compared; `ids` are those of all rows of the snapshot. Rows whose given
    label nobody voted for have no votes to be compared and are left out. The table has id, action ("relabel" or "label
    new"), n_votes, consensus_label, score and rank. One fit where there are rows without a label. Raises EngineError.
    """
    from cleanlab.multiannotator import get_active_learning_scores

    voted = np.flatnonzero(ballot.per_row > 0)
    bare, notes = _find_unlabelled(snapshot, predictions, spec, rows)
    pred_bare = _predict(snapshot, predictions, spec, rows, bare) if len(bare) else None
    with quietly():
        scores, bare_scores = get_active_learning_scores(
            ballot.matrix(voted), untie(pred[voted]), None if pred_bare is None else untie(pred_bare)
        )
    names = [predictions.classes[code] for code in consensus[voted]]
    position = np.concatenate([rows[voted], bare])
    table = pl.DataFrame(
        {
            "id": ids.gather(position),
            "action": ["relabel"] * len(voted) + ["label new"] * len(bare),
            "n_votes": np.concatenate([ballot.per_row[voted], np.zeros(len(bare), dtype=np.int64)]),
            "consensus_label": pl.Series([*names, *[None] * len(bare)], dtype=pl.String),
            "score": np.concatenate([scores, bare_scores]),
            "row": position,
        }
    ).sort("score", "row")
    ranked = table.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)).drop("row")
    return NextVotes(ranked, int(len(bare) > 0), notes)


def write_next_votes(table: pl.DataFrame, path: Path) -> None:
    """Write the ranking beside the worklist."""
    with temporary(path.parent) as fresh, writing(path.parent):
        table.write_parquet(fresh)
        fresh.replace(path)


def _find_unlabelled(
    snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[str]]:
    from datassay.labels.target import read_target

    if not predictions.n_missing_labels:
        return np.array([], dtype=np.int64), []
    # Rows that have a label but were not sampled are labelled all the same.
    labelled = rows
    if len(rows) + predictions.n_missing_labels < snapshot.n_rows:
        labelled = read_target(snapshot, spec).rows
    bare = np.setdiff1d(np.arange(snapshot.n_rows, dtype=np.int64), labelled)
    if len(bare) <= MOST_UNLABELLED:
        return bare, []
    chosen = np.sort(np.random.default_rng([spec.seed, 17]).choice(bare, size=MOST_UNLABELLED, replace=False))
    return chosen, [f"Of {len(bare):,} rows without a label a random {MOST_UNLABELLED:,} compete for the next vote."]


def _predict(
    snapshot: Snapshot, predictions: Predictions, spec: AuditSpec, rows: NDArray[np.int64], bare: NDArray[np.int64]
) -> Floats:
    """Return probabilities of rows without a label by the audit's learner, fitted on all that have one."""
    together = np.concatenate([rows, bare])
    table = features.read_features(snapshot, predictions.feature_columns, together)
    learner = load_learner(predictions, spec.seed)
    content: Features
    with fitting():
        if learner.wants_table:
            content = Features(table=features.to_pandas(table.frame))
        else:
            matrix = encoding.encode(table.frame, spec.seed).matrix
            content = Features(matrix=matrix if learner.is_default else encoding.impute(matrix))
        given: NDArray[Any] = np.zeros(len(together), dtype=np.int64)
        with np.load(predictions.path, allow_pickle=False) as arrays:
            given[: len(rows)] = arrays["given"]
        n = len(rows)
        return learner.fit_predict(content, given, np.arange(n), np.arange(n, len(together)))
