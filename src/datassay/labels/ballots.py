"""What several annotators said of the rows: their votes, read from columns or from a table of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.tables import scan_table
from datassay.errors import DataError, SpecError, suggest
from datassay.labels.id_types import write_like
from datassay.labels.naming import to_classes, to_text
from datassay.results import Snapshot
from datassay.spec import AnnotatorSpec, AuditSpec
from datassay.words import plural

#: Cells of a matrix of rows by annotators from which it takes more memory than the features.
MOST_CELLS = 50_000_000


@dataclass(frozen=True)
class Ballots:
    """All votes; one annotator has at most one per row."""

    #: (v,) positions in the snapshot.
    row: NDArray[np.int64]
    #: (v,) positions in `names`.
    who: NDArray[np.int64]
    #: (v,) class names.
    label: NDArray[np.str_]
    names: list[str]
    notes: list[str] = field(default_factory=list)


def read_ballots(snapshot: Snapshot, spec: AuditSpec) -> Ballots | None:
    """Return the votes that the definition names, None where it names no annotators.

    Empty votes are none. Where one annotator voted on a row twice, the later vote in the file counts, and a note says
    so. Raises SpecError where a column is missing, DataError where there is no vote, or an id is none of the rows'.
    """
    named = spec.annotators
    if named is None:
        return None
    notes: list[str] = []
    table = _read_wide(snapshot, named) if named.columns else _read_long(snapshot, spec, named)
    table = table.drop_nulls()
    if table.is_empty():
        raise DataError("The annotators gave no label at all.", hint="Check what annotators names in the definition.")
    once = table.unique(["row", "who"], keep="last", maintain_order=True)
    if once.height < table.height:
        notes.append(
            f"{plural(table.height - once.height, 'vote is', 'votes are')} of an annotator who voted on the same row "
            "again; the later vote counts."
        )
    names = list(named.columns) or once["who"].unique().sort().to_list()
    silent = sorted(set(names) - set(once["who"].to_list()))
    if silent:
        notes.append(f"Annotators without a vote are left out: {', '.join(silent[:6])}.")
        names = [name for name in names if name not in set(silent)]
    codes = {name: code for code, name in enumerate(names)}
    once = once.sort("row", maintain_order=True)
    who = np.array([codes[name] for name in once["who"].to_list()], dtype=np.int64)
    return Ballots(
        once["row"].to_numpy().astype(np.int64), who, np.array(once["label"].to_list(), dtype=str), names, notes
    )


def fill_label(classes: pl.Series | None, ballots: Ballots, n_rows: int) -> tuple[pl.Series, int]:
    """Return class names (n,) with the majority of the votes where there was none, and how many were filled.

    `classes` is the label column as names, None where the table has none. Where two labels lead a row alike, the one
    that is rarer over all votes is taken, as cleanlab does, then the first by name: never one by chance.
    """
    votes = pl.DataFrame({"row": ballots.row, "label": pl.Series(ballots.label.tolist(), dtype=pl.String)})
    votes = votes.with_columns(overall=pl.len().over("label"))
    counts = votes.group_by("row", "label").agg(n=pl.len(), overall=pl.first("overall"))
    first = counts.sort("row", "n", "overall", "label", descending=[False, True, False, False])
    chosen = first.unique("row", keep="first", maintain_order=True)
    made = pl.DataFrame({"row": np.arange(n_rows)}).join(
        chosen.select("row", "label"), on="row", how="left", maintain_order="left"
    )["label"]
    if classes is None:
        return made, int(made.is_not_null().sum())
    filled = pl.select(pl.coalesce(classes, made)).to_series()
    return filled, int((classes.is_null() & filled.is_not_null()).sum())


def sort_classes(names: pl.Series) -> list[str]:
    """Return the distinct class names, numbers by value, other names by code point."""
    distinct = names.drop_nulls().unique().sort()
    values = distinct.cast(pl.Float64, strict=False)
    if values.null_count():
        return distinct.to_list()
    return distinct.gather(values.arg_sort()).to_list()


def _read_wide(snapshot: Snapshot, named: AnnotatorSpec) -> pl.DataFrame:
    known = [column.name for column in snapshot.columns]
    for name in named.columns:
        if name not in known:
            raise SpecError(
                f"annotators.columns names {name!r}, which {snapshot.name} lacks.", hint=suggest(name, known)
            )
    table = collect(scan(snapshot).select(named.columns), snapshot.name)
    parts = []
    for name in named.columns:
        column = table[name]
        if column.dtype.is_float():
            column = column.fill_nan(None)
        rows = pl.Series("row", np.arange(table.height), dtype=pl.Int64)
        parts.append(pl.DataFrame({"row": rows, "who": [name] * table.height, "label": to_classes(column)}))
    return pl.concat(parts)


def _read_long(snapshot: Snapshot, spec: AuditSpec, named: AnnotatorSpec) -> pl.DataFrame:
    from datassay.labels.review import match_ids

    path = Path(str(named.votes))
    if not path.exists():
        raise SpecError(f"annotators.votes: {path.name} does not exist.", hint="Correct the path.")
    table = collect(scan_table(path), path.name)
    own = named.id or (spec.id if spec.id in table.columns else None) or "id"
    for key, name in (("id", own), ("annotator", named.annotator), ("label", named.label)):
        if name not in table.columns:
            raise SpecError(f"annotators.{key}: {path.name} has no column {name!r}.", hint=suggest(name, table.columns))
    label = table[named.label]
    if label.dtype.is_float():
        label = label.fill_nan(None)
    ids = table[own]
    if ids.dtype.is_float():
        # A pandas column of whole numbers that once had gaps: 7.0 is the row 7.
        ids = to_classes(ids)
    votes = pl.DataFrame({"id": ids, "who": to_text(table[named.annotator], path.name)})
    votes = votes.with_columns(label=to_classes(label).rename("label")).drop_nulls()
    rows = match_ids(votes["id"], "votes", snapshot, spec)
    unknown = [position for position, row in enumerate(rows) if row < 0]
    if unknown:
        name = write_like(votes["id"], pl.String())[unknown[0]]
        others = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        raise DataError(
            f"{path.name}: the id {name!r}{others} is not in {snapshot.name}.",
            hint="Check that the votes belong to this dataset and rev.",
        )
    return votes.with_columns(pl.Series("row", rows, dtype=pl.Int64)).select("row", "who", "label")
