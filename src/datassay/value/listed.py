"""The worklist as the value stage reads it: rows to review, and what was said of those that were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.errors import DataError, InconclusiveError
from datassay.labels.pred_probs import Arrays
from datassay.results import Labels
from datassay.value.grid import Floats, Ints


@dataclass(frozen=True)
class Listed:
    """The rows to review, in the order of the worklist."""

    #: (m,) positions among the rows of the predictions; rows that were reviewed are not listed.
    rows: Ints
    #: (m,) P(wrong) of these.
    p_wrong: Floats
    #: (m,) squared differences of numbers from what is suggested; None for classes, where a wrong label is wrong.
    off: Floats | None
    #: (n,) P(wrong) by position, of all rows.
    p_wrong_of_all: Floats
    #: (n,) verified class codes by position, -1 where not reviewed; for numbers what was said, and NaN.
    verified: NDArray[Any]
    #: (n,) labels as they were when they were reviewed, those of today where nobody has looked.
    asked: NDArray[Any]
    #: (n, 2) how reviewers voted on each row: the lead of the verified label, and the votes for it.
    votes: NDArray[np.int64]

    @property
    def is_verified(self) -> NDArray[np.bool_]:
        """(n,) whether a row was reviewed, by position."""
        is_number = self.verified.dtype.kind == "f"
        return np.asarray(~np.isnan(self.verified) if is_number else self.verified >= 0, dtype=bool)


def read_worklist(labels: Labels, arrays: Arrays, classes: list[str]) -> Listed:
    """Return the worklist of `labels` by position; raises DataError where there is none to read."""
    if labels.worklist_path is None or not labels.detector_precision:
        raise InconclusiveError("There is no worklist, so reviewing it cannot be valued.")
    try:
        table = pl.read_parquet(labels.worklist_path).sort("rank")
        p_wrong = table["p_wrong"].cast(pl.Float64).to_numpy()
        position = np.searchsorted(arrays.row, table["row"].to_numpy())
        is_reviewed = table["is_reviewed"].to_numpy()
        reviewed = table.filter(is_reviewed)
        said = _read_labels(reviewed["suggested_label"], classes)
        was, cast = said, np.ones((0, 2), dtype=np.int64)
        if reviewed.height:
            # Without any review there may be no such columns.
            was = _read_labels(reviewed["reviewed_label"], classes)
            cast = reviewed.select("lead", "votes").to_numpy().astype(np.int64)
        likely = None if classes else _read_labels(table["suggested_label"].filter(~is_reviewed), classes)
    except (OSError, pl.exceptions.PolarsError) as exc:
        raise DataError("The worklist cannot be read from the cache.", hint="Run the audit again.") from exc
    if not len(p_wrong) or not np.isfinite(p_wrong).all() or is_reviewed.all():
        raise InconclusiveError("The worklist is empty or holds rows without a probability of being wrong.")
    p_wrong = np.clip(p_wrong, 0.0, 1.0)
    p_wrong_of_all = np.zeros(len(arrays.given))
    p_wrong_of_all[position] = p_wrong
    verified = np.full(len(arrays.given), -1, dtype=np.int64) if classes else np.full(len(arrays.given), np.nan)
    verified[position[is_reviewed]] = said
    asked = arrays.given.copy()
    asked[position[is_reviewed]] = was
    votes = np.ones((len(arrays.given), 2), dtype=np.int64)
    votes[position[is_reviewed]] = cast
    rows = position[~is_reviewed]
    off = None if likely is None else (arrays.given[rows] - likely) ** 2
    return Listed(rows, p_wrong[~is_reviewed], off, p_wrong_of_all, verified, asked, votes)


def _read_labels(names: pl.Series, classes: list[str]) -> NDArray[Any]:
    """Return labels (n,) as codes, or as numbers where there are no classes."""
    if not classes:
        return names.cast(pl.Float64).to_numpy()
    return names.replace_strict(classes, list(range(len(classes))), return_dtype=pl.Int64).to_numpy()
