"""What a table's columns probably are: id, embeddings, time, and those that are no features."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from datassay.datasets.tables import collect
from datassay.errors import UsageError, suggest

#: Guesses look at no more than so many rows, save where a column must be unique in all of them.
MOST_ROWS = 100_000
#: "row_id", "ID", "PassengerId", "userID"; not "paid" or "Madrid".
_ID_NAME = re.compile(r"(?i:(^|_)(id|uuid|guid|key|index|rowid)$)|[a-z0-9](Id|ID|Key)$")
_FIRST_IDS = ("id", "row_id", "rowid", "uuid", "guid", "index", "key")
_SPLIT_NAME = re.compile(r"^(split|fold|subset|partition|set|is_train|is_test|train_test)$", re.IGNORECASE)
#: A class whose share is below this part of its fair share makes accuracy flatter.
_RARE = 0.5
#: A column of which so many values are different was meant to name rows.
_NEARLY_UNIQUE = 0.9


@dataclass(frozen=True)
class Guess:
    """Proposals for a definition; a person corrects them."""

    task: str
    metric: str | None = None
    id: str | None = None
    #: The column that would be the id, did not some of its values repeat or lack; None where there is no such.
    broken_id: str | None = None
    #: Columns that are probably no features, with the reason.
    excluded: dict[str, str] = field(default_factory=dict)
    embeddings: list[str] = field(default_factory=list)
    time: str | None = None


def guess_definition(table: pl.LazyFrame, label: str | None, *, where: str) -> Guess:
    """Look at `table`, which errors call `where`, and propose what a definition says of it.

    Raises UsageError where `label` is no column, naming the nearest, and DataError where the table cannot be read.
    """
    schema = table.collect_schema()
    if label is not None and label not in schema:
        raise UsageError(f"{where} has no column {label!r}.", hint=suggest(label, list(schema)))
    head = collect(table.head(MOST_ROWS), where)
    task, metric = _guess_task(head[label]) if label is not None else ("none", None)
    id_column, broken_id = _guess_id(table, head, label, where)
    embeddings = [name for name, dtype in schema.items() if _is_vector(dtype)]
    others = [name for name in schema if name not in {label, id_column, *embeddings}]
    excluded = {name: reason for name in others if (reason := _why_no_feature(head, name, label, task))}
    if broken_id is not None:
        excluded[broken_id] = "names rows, though some of its values repeat or lack"
    times = [name for name in others if isinstance(schema[name], pl.Date | pl.Datetime) and name not in excluded]
    return Guess(task, metric, id_column, broken_id, excluded, embeddings, times[0] if times else None)


def _guess_task(label: pl.Series) -> tuple[str, str]:
    from datassay.labels.target import infer_task

    present = label.drop_nulls()
    if present.dtype.is_float():
        present = present.drop_nans()
    if infer_task(present) == "regression":
        return "regression", "r2"
    shares = present.unique_counts() / max(len(present), 1)
    smallest = shares.min()
    is_imbalanced = isinstance(smallest, float) and smallest < _RARE / len(shares)
    return "classification", "balanced_accuracy" if is_imbalanced else "accuracy"


def _guess_id(table: pl.LazyFrame, head: pl.DataFrame, label: str | None, where: str) -> tuple[str | None, str | None]:
    """Return the id, and the column that would be it did its values not repeat; one of them at most."""
    named = [
        name
        for name, dtype in head.schema.items()
        if name != label and _ID_NAME.search(name) and (dtype.is_integer() or dtype == pl.String)
    ]
    # Cheap first: a column that repeats itself in the first rows is not unique in all.
    candidates = [name for name in named if head.height and head[name].n_unique() >= _NEARLY_UNIQUE * head.height]
    candidates.sort(key=lambda name: (name.lower() not in _FIRST_IDS, head.columns.index(name)))
    for name in candidates:
        if head[name].n_unique() < head.height:
            continue
        counts = table.select(n=pl.len(), distinct=pl.col(name).n_unique(), nulls=pl.col(name).null_count())
        n, distinct, nulls = collect(counts, where).row(0)
        if n == distinct and not nulls:
            return name, None
    return None, next((name for name in candidates if name.lower() in _FIRST_IDS), None)


def _why_no_feature(head: pl.DataFrame, name: str, label: str | None, task: str) -> str | None:
    series = head[name]
    if series.dtype.is_nested() or series.dtype in {pl.Binary, pl.Object}:
        return None  # the audit itself leaves out what no model reads
    n_distinct = series.n_unique()
    if n_distinct <= 1:
        return "constant"
    if _SPLIT_NAME.match(name) and n_distinct <= 10:
        return "says which split a row belongs to"
    if _ID_NAME.search(name) and n_distinct == head.height:
        return "different in every row, like an id"
    if label is not None and task == "classification" and n_distinct == head[label].n_unique():
        is_twin = head.select(pl.struct(name, label).n_unique()).item() == n_distinct
        if is_twin:
            return "one to one with the label: it would give it away"
    return None


def _is_vector(dtype: pl.DataType) -> bool:
    return (
        isinstance(dtype, pl.Array)
        and len(dtype.shape) == 1
        and isinstance(dtype.inner, pl.DataType)
        and dtype.inner.is_numeric()
    )
