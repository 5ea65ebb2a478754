"""What a caller of `estimate_value` passes, checked and turned into what a definition would say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.errors import DataError, DatassayError, EngineError, SpecError, UsageError, suggest
from datassay.results import Snapshot
from datassay.spec import AuditSpec
from datassay.words import plural

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Chosen:
    """The part of a caller's table that is looked at."""

    table: pl.LazyFrame
    #: The definition's `features`.
    features: dict[str, Any]
    #: Type of the id as the caller has it, or of row numbers.
    id_type: Any
    #: Whether the caller holds the content, and not only a plan of how to read it.
    is_in_memory: bool


def choose_columns(
    frame: Any,
    *,
    label: str,
    id_name: str | None,
    features: Iterable[str] | Mapping[str, Any] | None,
    votes: Mapping[str, Any],
) -> Chosen:
    """Return the columns that take part; `votes` is what `take_annotators` made of the annotators.

    Raises UsageError where a name is wrong or there is no feature, DataError where the table cannot be read.
    """
    if label is None:
        raise UsageError("label is None.", hint="Name the column that a model predicts.")
    import polars as pl

    from datassay.datasets.frames import to_polars
    from datassay.datasets.reading import reading

    try:
        with reading("The table"):
            table = to_polars(frame)
            schema = (frame if isinstance(frame, pl.DataFrame | pl.LazyFrame) else table).collect_schema()
    except EngineError as exc:
        raise UsageError("The lazy frame does not fit its source.", hint="Try frame.collect() by itself.") from exc
    named = votes.get("annotators", {}).get("columns", [])
    columns = list(named) if isinstance(named, Sequence) and not isinstance(named, str) else []
    for key, names in (("label", [] if votes else [label]), ("id", [id_name]), ("annotators", columns)):
        for name in names:
            if name is not None:
                _check_name(name, schema.names(), key)
    if id_name == label:
        raise UsageError(f"id and label both name the column {label!r}.", hint="Leave id out for row numbers.")
    id_type = schema[id_name] if id_name else pl.Int64
    is_in_memory = not isinstance(frame, pl.LazyFrame)
    if features is None or isinstance(features, Mapping):
        return Chosen(table, dict(features or {}), id_type, is_in_memory)
    if isinstance(features, str):
        raise UsageError("features is one name.", hint=f"Pass a list: features=[{features!r}].")
    wanted = _list_names(features)
    if not wanted:
        raise UsageError("features is empty.", hint="Name the columns that the model may see, or pass None for all.")
    for name in wanted:
        _check_name(name, schema.names(), "features")
        if name in {label, id_name}:
            role = "label" if name == label else "id"
            raise UsageError(f"features names the {role} {name!r}.", hint="Leave it out: it is no feature.")
        if name in columns:
            raise UsageError(f"features names the annotator {name!r}.", hint="Leave it out: votes are no features.")
    # In the table's order, so that the order of the list changes nothing.
    kept = [name for name in schema.names() if name in {*wanted, *columns, label, id_name}]
    return Chosen(table.select(pl.col(kept)), {}, id_type, is_in_memory)


def take_annotators(annotators: Any, scratch: Path, *, id_name: str | None) -> dict[str, Any]:
    """Return what a definition would say of a caller's annotators, empty for None.

    A table of votes is written into `scratch`. Raises UsageError where it is neither names, table nor mapping.
    """
    if annotators is None:
        return {}
    if isinstance(annotators, str):
        raise UsageError("annotators is one name.", hint="Name two columns or more, or pass a table of votes.")
    if isinstance(annotators, Mapping):
        content = dict(annotators)
    elif isinstance(annotators, Sequence):
        return {"annotators": {"columns": list(annotators)}, "show_values": list(annotators)}
    else:
        content = {"votes": annotators}
    votes = content.get("votes")
    if votes is not None and not isinstance(votes, str | os.PathLike):
        table = _read_table(votes, "annotators")
        path = scratch / "votes.parquet"
        table.write_parquet(path)
        content["votes"] = str(path)
        if "id" not in content and id_name is not None and id_name in table.columns:
            content["id"] = id_name
    elif votes is not None:
        content["votes"] = str(Path(votes).absolute())
    # The caller holds the table: there is nobody to hide annotators and votes from.
    columns = content.get("columns")
    shown = [content.get("annotator", "annotator"), content.get("label", "label")]
    shown += columns if isinstance(columns, list) else []
    return {"annotators": content, "show_values": shown}


def _read_table(table: Any, what: str) -> pl.DataFrame:
    from datassay.datasets.frames import to_polars
    from datassay.datasets.reading import collect, reading

    try:
        with reading(what):
            return collect(to_polars(table), what)
    except DatassayError as exc:
        raise UsageError(f"{what}: {exc.what}", hint=exc.hint) from exc


def _list_names(features: Any) -> list[Any]:
    """Return the members of any collection, once for all: a generator gives them only once."""
    try:
        return list(features)
    except TypeError:
        raise UsageError(
            f"features is {features!r:.60}, which is no collection of names.",
            hint="Pass a list of columns' names, the definition's mapping, or None for all.",
        ) from None


def _check_name(name: Any, names: list[str], key: str) -> None:
    if not isinstance(name, str):
        raise UsageError(f"{key} holds {name!r:.60}, which is no column's name.", hint="Column names are text.")
    if name not in names:
        raise SpecError(f"{key} names the column {name!r}, which the table has not.", hint=suggest(name, names))


def check_rows(snapshot: Snapshot, spec: AuditSpec, reviews: Any, scratch: Path) -> AuditSpec:
    """Return the definition with the reviews in it, after making sure that ids, votes, bonds and reviews fit the rows.

    Raises UsageError where they do not: before any model is fitted, and not after.
    """
    from datassay.datasets.reading import collect
    from datassay.datasets.snapshot import scan
    from datassay.labels.ballots import read_ballots
    from datassay.labels.id_types import check_id

    check_id(snapshot, spec)
    if spec.id is not None:
        ids = collect(scan(snapshot).select(spec.id), snapshot.name).to_series()
        if ids.null_count():
            raise UsageError(f"The id {spec.id!r} is missing in {plural(ids.null_count(), 'row')}.", hint="Fill it.")
        if ids.n_unique() < len(ids):
            raise UsageError(
                f"The id {spec.id!r} has only {plural(ids.n_unique(), 'different value')} in {len(ids):,} rows.",
                hint="Name a column that is different in every row, or leave id out for row numbers.",
            )
    try:
        read_ballots(snapshot, spec)
    except (DataError, SpecError) as exc:
        kind = SpecError if isinstance(exc, SpecError) else UsageError
        raise kind(exc.what.replace("votes.parquet", "the table of votes"), hint=exc.hint) from None
    _check_bonds(snapshot, spec)
    if reviews is None:
        return spec
    from datassay.labels.review import read_reviews
    from datassay.labels.target import read_target

    path = scratch / "reviews.parquet"
    n_reviews = _write_reviews(reviews, spec, path)
    if not n_reviews:
        return spec
    spec = spec.model_copy(update={"trusted": spec.trusted.model_copy(update={"reviews": str(path)})})
    target = read_target(snapshot, spec)
    try:
        read_reviews(snapshot, spec, root=None, rows=target.rows, classes=target.classes)
    except (DataError, SpecError) as exc:
        raise UsageError(exc.what.replace(str(path), "reviews"), hint=exc.hint) from None
    return spec


def _check_bonds(snapshot: Snapshot, spec: AuditSpec) -> None:
    """Raise UsageError where the columns of time or groups leave a labelled row without a value."""
    from datassay.labels.ranks import rank_column
    from datassay.labels.target import read_target

    bonds = {"features.time": spec.features.time, "features.groups": spec.features.groups}
    known = {column.name for column in snapshot.columns}
    for key, name in bonds.items():
        # A name that is wrong is told with all others.
        if name is None or name not in known:
            continue
        rows = read_target(snapshot, spec).rows
        try:
            rank_column(snapshot, name, rows, key)
        except DataError as exc:
            raise UsageError(exc.what, hint=exc.hint) from None


def _write_reviews(reviews: Any, spec: AuditSpec, path: Path) -> int:
    """Write the caller's reviews as the file that the definition would name, and return how many there are."""
    table = _read_table(reviews, "reviews")
    own = spec.id or "id"
    for name in ("true_label", "drawn"):
        if name not in table.columns:
            raise UsageError(f"reviews: the column {name!r} is missing.", hint=suggest(name, table.columns))
    if own in table.columns and own != "id":
        # The frame's name for it wins over a column that is called id by chance.
        table = table.drop("id", strict=False).rename({own: "id"})
    if "id" not in table.columns:
        raise UsageError(f"reviews: the column {own!r} is missing.", hint=suggest(own, table.columns))
    table.write_parquet(path)
    return table.height


def name_factory(estimator: str | Callable[[], Any] | None) -> str | None:
    """Return the import path of an estimator's factory: fits are described by plain data, never by live objects.

    Raises UsageError where it has none.
    """
    if estimator is None or isinstance(estimator, str):
        return estimator
    module, name = getattr(estimator, "__module__", None), getattr(estimator, "__qualname__", None)
    if callable(estimator) and module and name:
        if getattr(sys.modules.get(module), name, None) is estimator:
            return f"{module}:{name}"
        raise UsageError(
            f"estimator: {name!r} cannot be imported from {module!r}.",
            hint="Pass a function or class at the top level of a module, not one made inside a function.",
        )
    raise UsageError(
        f"estimator: a {type(estimator).__name__} is no factory.",
        hint="Pass an import path 'package.module:factory', or a function without arguments that returns a new one.",
    )


def count_jobs(n_jobs: Any) -> int:
    """Return how many fits run side by side; raises UsageError where that is no such number."""
    from datassay.labels.pred_probs import N_JOBS

    if n_jobs is None:
        return N_JOBS
    # True is no number of fits, and integers of numpy are.
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral) or n_jobs < -1 or n_jobs == 0:
        raise UsageError(f"n_jobs is {n_jobs!r:.60}.", hint="Use a number from 1, -1 for all processors, or None.")
    return (os.cpu_count() or 1) if n_jobs == -1 else int(n_jobs)
