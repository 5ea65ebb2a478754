"""Actions on whole rows: copies and labels that look wrong are left out of the training parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from datassay.datasets.snapshot import read_rows
from datassay.errors import DataError, InconclusiveError
from datassay.results import Labels, OtherAction, Snapshot
from datassay.value.actions.bench import Bench, Mask, Trial
from datassay.value.actions.nested import count_fits, flag_anew
from datassay.value.actions.reading import name_outcome, read_differences
from datassay.value.grid import Floats, Ints
from datassay.value.wording import name_unit, write_gains

#: Metrics that only look at the likeliest class.
OF_CLASSES = ("accuracy", "balanced_accuracy", "f1_macro")

DROP_LABELS = "Drop the labels that look wrong"
DEDUPLICATE = "Drop exact copies of rows"


def read_flagged(bench: Bench, labels: Labels) -> Mask:
    """Return which rows (n,) the worklist calls label issues; raises where it cannot be read."""
    if labels.worklist_path is None:
        raise InconclusiveError("There is no worklist that says which labels look wrong.")
    try:
        table = pl.read_parquet(labels.worklist_path, columns=["row", "is_issue"])
    except (OSError, pl.exceptions.PolarsError) as exc:
        raise DataError("The worklist cannot be read from the cache.", hint="Run the audit again.") from exc
    return np.isin(bench.row, table.filter("is_issue")["row"].to_numpy())


def drop_labels(bench: Bench, flagged: Mask) -> OtherAction:
    """Measure training without rows that look wrong against training with them; `flagged` (n,) are the audit's own.

    For each held-out part rows are flagged anew by models that have not seen it. Held-out labels are as given: agreeing
    with an error counts as right, so that the gain is rather told too low. Scored on the rows that are not flagged,
    agreeing with the model that flagged counts, which is the one that keeps all rows; that view is told in words.
    """
    n_rows = round(int(flagged.sum()) * bench.scale)
    shared: dict[str, Any] = {"name": DROP_LABELS, "kind": "drop_labels", "n_rows": n_rows}
    if not flagged.any():
        nothing = "No label is flagged, so nothing would be dropped."
        return OtherAction(**shared, outcome="does nothing measurable", measured=nothing)
    views = (np.ones(len(flagged), dtype=bool), ~flagged)
    also = "roc_auc" if bench.metric in OF_CLASSES else None
    anew = flag_anew(bench)
    scores = bench.run(Trial(lambda: bench.today, may_train=lambda i: ~anew[i], views=views, also=also))
    on_all, on_unflagged = (scores[:, j] - bench.baseline(view) for j, view in enumerate(views))
    gain, p_gains = read_differences(on_all, bench.n_folds)
    outcome = name_outcome(gain, bench.smallest_gain)
    other = on_unflagged[np.isfinite(on_unflagged)]
    told = write_gains(bench.metric, gain.estimate, float(other.mean()) if len(other) else 0.0)
    return OtherAction(
        **shared,
        gain=gain,
        p_gains=p_gains,
        n_fits=bench.n_folds + count_fits(bench.n_folds),
        outcome=outcome,
        caveat=_doubt_ranking(bench, scores[:, -1]) if also and outcome == "helps" else None,
        measured=(
            "Cross-validation with and without them in the training parts, flagged anew by models that have not seen "
            "the held-out rows, and scored on all labels of these as given, which rewards agreeing with errors: "
            f"{told[0]} {name_unit(bench.metric)}. On those that are not flagged, which rewards agreeing with the "
            f"model that keeps all: {told[1]}."
        ),
    )


def _doubt_ranking(bench: Bench, ranking: Floats) -> str | None:
    """Return a caveat where rows are ranked no better than before: then only the answers' balance has moved.

    Doubtful rows of a common class lie near the boundary. Without them answers move towards the rare class, which
    balanced accuracy rewards; the model itself need not know any more than it did.
    """
    change = ranking - bench.baseline(metric="roc_auc")
    if np.isfinite(change).sum() < 2 or read_differences(change, bench.n_folds)[0].low > 0:
        return None
    return "ROC AUC does not gain: what moves is the balance between the classes, which class weights may give too"


def find_copies(bench: Bench, snapshot: Snapshot) -> Ints:
    """Return a code (n,) for each row; rows share one that are equal in all columns but the id."""
    names = [column.name for column in snapshot.columns if column.name != bench.spec.id]
    rows = read_rows(snapshot, bench.row, names)
    hashes = rows.select(pl.struct(pl.all()).hash(20_011).alias("hash"))["hash"]
    return np.unique(hashes.to_numpy(), return_inverse=True)[1].astype(np.int64)


def deduplicate(bench: Bench, copies: Ints) -> OtherAction:
    """Measure training with one row of each kind against training with all copies.

    Each test part holds one row of a kind, and no kind that is tested is trained on, in either arm.
    """
    n_kinds = int(copies.max()) + 1
    is_first = _is_first(copies)
    is_tested = _is_first(copies * bench.n_folds + bench.fold)
    straddles = np.zeros(n_kinds, dtype=bool)
    first_fold = np.full(n_kinds, -1)
    first_fold[copies[is_first]] = bench.fold[is_first]
    straddles[copies[bench.fold != first_fold[copies]]] = True

    def apart(i: int) -> Mask:
        in_test = np.zeros(n_kinds, dtype=bool)
        in_test[copies[bench.fold == i]] = True
        return ~in_test[copies]

    views = (is_tested,)
    if straddles.any():
        kept = bench.run(Trial(lambda: bench.today, may_train=apart, views=views))[:, 0]
    else:
        kept = bench.baseline(is_tested)
    dropped = bench.run(Trial(lambda: bench.today, may_train=lambda i: apart(i) & is_first, views=views))[:, 0]
    gain, p_gains = read_differences(dropped - kept, bench.n_folds)
    return OtherAction(
        name=DEDUPLICATE,
        kind="deduplicate",
        n_rows=round(int((~is_first).sum()) * bench.scale),
        gain=gain,
        p_gains=p_gains,
        n_fits=bench.n_folds * (1 + bool(straddles.any())),
        outcome=name_outcome(gain, bench.smallest_gain),
        measured=(
            "Cross-validation with and without copies in the training parts; test parts hold one row of each kind, "
            "none of which is trained on."
        ),
    )


def _is_first(codes: Ints) -> Mask:
    first = np.zeros(len(codes), dtype=bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return first
