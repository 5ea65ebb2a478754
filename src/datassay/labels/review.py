"""Labels that people have verified: read, matched to rows, and checked before anything rests on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datassay.datasets.reading import collect
from datassay.datasets.snapshot import scan
from datassay.datasets.tables import scan_table
from datassay.errors import DataError, SpecError, suggest
from datassay.labels.agreement import tell_accuracy, tell_contradictions
from datassay.labels.content_hash import hash_rows
from datassay.labels.id_types import write_like
from datassay.labels.ledger import latest, read_decisions
from datassay.labels.likeness import Likeness
from datassay.labels.naming import code_or_none, to_codes, to_text
from datassay.labels.reviewers import Accuracy
from datassay.labels.target import check_label, read_label
from datassay.labels.votes import Vote, count_votes
from datassay.results import Snapshot
from datassay.spec import AuditSpec
from datassay.words import plural

DRAWN = ("random", "worklist")
#: Share of the labelled rows from which verified ones are a census, and no longer a choice of somebody.
CENSUS = 0.95


@dataclass(frozen=True)
class Reviews:
    """Verified labels of some of the labelled rows."""

    #: (m,) positions among the labelled rows, ascending.
    rows: NDArray[np.int64]
    #: (m,) int codes or floats.
    true: NDArray[Any]
    #: (m,) whether a row was drawn at random, and not because it looked wrong; true of every row of a census.
    is_random: NDArray[np.bool_]
    notes: list[str] = field(default_factory=list)
    #: (m,) given labels as they were when they were reviewed; None: as they are.
    given: NDArray[Any] | None = None
    #: How often reviewers are right; None where nothing is said of it and no row was reviewed twice.
    accuracy: Accuracy | None = None
    #: Pairs of answers by two reviewers to one row, and how many of them are the same.
    n_pairs: int = 0
    n_agree: int = 0
    #: As how many independent ones these count (`votes.Tally`).
    pairs_worth: float = 0.0
    agree_worth: float = 0.0
    #: (m, 2) votes by which each verified label leads, and for it (`votes.Settled`); None where there is one of each.
    votes: NDArray[np.int64] | None = None

    @property
    def heard(self) -> Accuracy | None:
        """How surely `rows` are verified, None where for certain: guesses verify none, and leave the trusted column."""
        return None if self.accuracy is not None and self.accuracy.is_guess else self.accuracy


def read_ids(snapshot: Snapshot, spec: AuditSpec, rows: NDArray[np.int64]) -> pl.Series:
    """Return the ids of rows (positions in the snapshot): the definition's id column, or the row numbers from 0."""
    if spec.id is None:
        return pl.Series("id", rows, dtype=pl.Int64)
    ids = collect(scan(snapshot).select(spec.id), snapshot.name).to_series().alias("id")
    return ids.gather(rows)


def read_reviews(
    snapshot: Snapshot,
    spec: AuditSpec,
    *,
    root: Path | None,
    rows: NDArray[np.int64],
    classes: list[str],
) -> Reviews | None:
    """Return the verified labels that the definition names and those in the project's ledger; None without any.

    `rows` (n,) are the labelled rows' positions in the snapshot; `classes` is empty for regression. Where a row is in
    both the reviews and the trusted column, the reviews count. Several answers to one row are settled by the majority.
    Answers of people who are right no more often than guesses verify no row.
    Reviews of rows that are not among `rows` (no given label, or not sampled), and those in the ledger of rows that
    have changed since, are counted in a note. Raises SpecError where a name is wrong, DataError where an id, a label
    or a way of drawing is none.
    """
    trusted: list[Vote] = []
    votes: list[Vote] = []
    notes: list[str] = []
    if spec.trusted.column is not None:
        trusted = _from_column(snapshot, spec.trusted.column, rows, classes)
    if spec.trusted.reviews is not None:
        path = (root or Path.cwd()) / spec.trusted.reviews
        votes += _from_file(path, snapshot=snapshot, spec=spec, rows=rows, classes=classes, notes=notes)
    if root is not None:
        votes += read_ledger(root, snapshot=snapshot, spec=spec, rows=rows, classes=classes, notes=notes)
    if not trusted and not votes:
        return Reviews(np.array([], np.int64), np.array([]), np.array([], bool), notes) if notes else None
    alike = _likeness(snapshot, spec, rows, classes)
    tally = count_votes(votes, alike)
    tell_contradictions(tally, notes)
    accuracy = tell_accuracy(tally, spec, len(classes), notes) if tally.settled or tally.n_pairs else None
    column = count_votes(trusted, alike).settled
    heard = {} if accuracy is not None and accuracy.is_guess else tally.settled
    found = {**column, **heard}
    order = sorted(found)
    # Where hardly a row is left out, nobody has chosen any, whatever they were reviewed for.
    is_census = len(order) >= CENSUS * len(rows)
    if column and not is_census:
        notes.insert(0, _tell_column(spec, len(column)))
    true = np.array([found[i].label for i in order])
    # Where the label was not kept with the review it is taken to be the one that is there now: NaN, or -1.
    unknown = np.nan if not classes else -1
    given = np.array([unknown if found[i].given is None else found[i].given for i in order], dtype=true.dtype)
    return Reviews(
        rows=np.array(order, dtype=np.int64),
        true=true,
        is_random=np.array([is_census or found[i].is_random for i in order], dtype=bool),
        notes=notes,
        given=given,
        accuracy=accuracy,
        n_pairs=tally.n_pairs,
        n_agree=tally.n_agree,
        pairs_worth=tally.pairs_worth,
        agree_worth=tally.agree_worth,
        votes=np.array([found[i].votes for i in order], dtype=np.int64),
    )


def match_ids(names: pl.Series | list[str], where: str, snapshot: Snapshot, spec: AuditSpec) -> list[int]:
    """Return the position in the snapshot of each row named, -1 for names that it has not.

    Ids are compared as text, whatever type of number or time either side has them in (`write_like`). Raises DataError
    where the id column does not tell rows apart.
    """
    stored = read_ids(snapshot, spec, np.arange(snapshot.n_rows, dtype=np.int64))
    ids = stored.cast(pl.String)
    if ids.drop_nulls().n_unique() < snapshot.n_rows:
        raise DataError(
            f"The id column {spec.id!r} of {snapshot.name} has nulls or repeats, so {where} cannot be matched to rows.",
            hint="Name a column that is different in every row.",
        )
    lookup = {name: position for position, name in enumerate(ids.to_list())}
    asked = write_like(names if isinstance(names, pl.Series) else pl.Series(names, dtype=pl.String), stored.dtype)
    return [lookup.get(name, -1) for name in asked]


def _from_column(snapshot: Snapshot, column: str, rows: NDArray[np.int64], classes: list[str]) -> list[Vote]:
    values = collect(scan(snapshot).select(column), snapshot.name).to_series().gather(rows)
    if values.dtype.is_float():
        values = values.fill_nan(None)
    positions = np.flatnonzero(values.is_not_null().to_numpy())
    labels = to_codes(values.gather(positions), classes, f"trusted.column {column!r}")
    return [Vote(int(i), label, is_random=False) for i, label in zip(positions, labels, strict=True)]


def _tell_column(spec: AuditSpec, n: int) -> str:
    return (
        f"{n:,} verified labels of the column {spec.trusted.column!r} correct P(wrong); the noise rate follows "
        "them only in part, for the column does not say how its rows were drawn."
    )


def _from_file(
    path: Path,
    *,
    snapshot: Snapshot,
    spec: AuditSpec,
    rows: NDArray[np.int64],
    classes: list[str],
    notes: list[str],
) -> list[Vote]:
    if not path.exists():
        raise SpecError(f"trusted.reviews: {path} does not exist.", hint="Correct the path, or leave it out.")
    # What pandas has for a blank is one in any column.
    table = collect(scan_table(path).with_columns(pl.selectors.float().fill_nan(None)), str(path))
    for name in ("id", "true_label", "drawn"):
        if name not in table.columns:
            raise DataError(f"{path}: the column {name!r} is missing.", hint=suggest(name, table.columns))
    # A worklist that is half filled in: rows without an answer are no reviews.
    n_asked, table = table.height, table.filter(pl.col("true_label").is_not_null())
    n_blank = n_asked - table.height
    if n_blank == n_asked > 0:
        notes.append(f"The table of reviews holds no answer yet: true_label is blank in {plural(n_asked, 'row')}.")
    elif n_blank:
        notes.append(f"Left out, for true_label is blank: {plural(n_blank, 'row')} of the table of reviews.")
    table = table.with_columns(
        to_text(table[name], str(path)) for name in ("drawn", "reviewer") if name in table.columns
    )
    odd = table.filter(~pl.col("drawn").is_in(DRAWN).fill_null(value=False)).height
    if odd:
        told = plural(odd, "row says", "rows say")
        raise DataError(
            f"{path}: {told} neither 'random' nor 'worklist' in the column 'drawn'.",
            hint="Write how each row was drawn, 'worklist' where that is not known.",
        )
    positions = match_ids(table["id"], "reviews", snapshot, spec)
    unknown = [row for row, position in enumerate(positions) if position < 0]
    if unknown:
        name = write_like(table["id"], pl.String())[unknown[0]]
        others = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise DataError(
            f"{path}: the id {name!r}{others} is not in {snapshot.name}.",
            hint="Check that the reviews belong to this dataset and rev.",
        )
    labels = to_codes(table["true_label"], classes, str(path))
    reviewers = table["reviewer"].to_list() if "reviewer" in table.columns else [None] * table.height
    drawn = (table["drawn"] == "random").to_list()
    place = _places(rows, snapshot.n_rows)
    votes = [
        Vote(int(place[position]), label, is_random, reviewer)
        for position, label, is_random, reviewer in zip(positions, labels, drawn, reviewers, strict=True)
        if place[position] >= 0
    ]
    if len(votes) < table.height:
        told = plural(table.height - len(votes), "review is", "reviews are")
        notes.append(f"{told} of rows without a given label, or not in the sample.")
    return votes


def read_ledger(
    root: Path,
    *,
    snapshot: Snapshot,
    spec: AuditSpec,
    rows: NDArray[np.int64],
    classes: list[str],
    notes: list[str],
) -> list[Vote]:
    """Return the decisions of the project's ledger that speak of `rows` as they are; the others are told in `notes`.

    Raises DataError where the ledger is damaged, or the id column does not tell rows apart.
    """
    decisions = latest(read_decisions(root, spec.name))
    if not decisions:
        return []
    positions = match_ids([decision.id for decision in decisions], "reviews", snapshot, spec)
    distinct = sorted({position for position in positions if position >= 0})
    content = dict(zip(distinct, hash_rows(snapshot, spec, distinct), strict=True))
    place = _places(rows, snapshot.n_rows)
    votes: list[Vote] = []
    n_gone = n_changed = n_outside = n_unsure = n_strange = 0
    for decision, position in zip(decisions, positions, strict=True):
        if position < 0:
            n_gone += 1
        elif content[position] != decision.content_hash:
            n_changed += 1
        elif place[position] < 0:
            n_outside += 1
        elif decision.is_unsure:
            n_unsure += 1
        elif decision.true_label is not None and code_or_none(decision.true_label, classes) is None:
            # A class that this rev has not, or has no longer.
            n_strange += 1
        else:
            label, given = (code_or_none(one, classes) for one in (decision.true_label, decision.given_label))
            votes.append(Vote(int(place[position]), label, decision.drawn == "random", decision.reviewer, given))
    for count, told in (
        (n_gone, "rows that this rev does not have"),
        (n_changed, "rows whose content has changed since"),
        (n_outside, "rows without a given label, or not in the sample"),
        (n_unsure, "rows of which the reviewer was unsure"),
        (n_strange, "rows whose verified label is no class of this rev"),
    ):
        if count:
            notes.append(f"Left out, for they are of {told}: {plural(count, 'review')} of the ledger.")
    return votes


def _likeness(snapshot: Snapshot, spec: AuditSpec, rows: NDArray[np.int64], classes: list[str]) -> Likeness:
    """Return which labels of `rows` are the same."""
    series = None if classes else read_label(snapshot, check_label(snapshot, spec))
    if series is None:
        return Likeness()
    return Likeness.of(series.gather(rows).cast(pl.Float64).to_numpy())


def _places(rows: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """Return (n_rows,) each row's position among the labelled rows, -1 for those that are not among them."""
    place = np.full(n_rows, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return place
