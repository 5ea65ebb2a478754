"""Tables handed over in memory: polars, pandas or Arrow, all turned into one kind."""

from __future__ import annotations

from typing import Any

import polars as pl

from datassay.errors import DataError, UsageError


def to_polars(obj: Any) -> pl.LazyFrame:
    """Return a polars, pandas or Arrow table as a lazy polars frame.

    A named pandas index becomes columns, an unnamed one is dropped. Raises UsageError for anything else, for
    column names that are not text or not unique, and DataError for columns that hold mixed types.
    """
    if isinstance(obj, pl.LazyFrame):
        frame = obj
    elif isinstance(obj, pl.DataFrame):
        frame = obj.lazy()
    elif _is_from(obj, "pandas") and hasattr(obj, "columns"):
        frame = _from_pandas(obj)
    # One column alone, such as a Series, streams as Arrow too.
    elif hasattr(obj, "__arrow_c_stream__") and (hasattr(obj, "schema") or hasattr(obj, "columns")):
        frame = _from_arrow(obj)
    else:
        raise UsageError(
            f"A {type(obj).__module__}.{type(obj).__qualname__} is not a table.",
            hint="Pass a polars, pandas or Arrow table.",
        )
    schema = frame.collect_schema()
    if not schema:
        raise DataError("The table has no columns.", hint="Pass a table with a label and features.")
    for name, dtype in schema.items():
        # Polars would take it for a pattern and give another column without a word.
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            raise UsageError(f"Column name {name!r} is a pattern to polars.", hint="Rename it, as by frame.rename.")
        if dtype == pl.Object:
            raise DataError(f"Column {name!r} holds Python objects.", hint="Turn it into text, numbers or lists.")
    plain = [_plain(name, dtype) for name, dtype in schema.items() if isinstance(dtype, pl.BaseExtension | pl.Map)]
    frame = frame.with_columns(plain)
    # The order of a Categorical's codes depends on the process; as text, equal tables have equal bytes.
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))


def _plain(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return the column without what polars cannot take through a file: pandas' periods and intervals, Arrow's maps."""
    if isinstance(dtype, pl.Map):
        return pl.col(name).cast(pl.List(pl.Struct({"key": dtype.key, "value": dtype.value})))
    return pl.col(name).ext.storage()


def _from_pandas(frame: Any) -> pl.LazyFrame:
    index = [name for name in frame.index.names if name is not None]
    _check_names([*index, *frame.columns])
    try:
        return pl.from_pandas(frame, include_index=bool(index)).lazy()
    except Exception as exc:
        bad = next((name for name in frame.columns if not _converts(frame[[name]])), None)
        raise _explain(bad, exc) from exc


def _from_arrow(table: Any) -> pl.LazyFrame:
    names = getattr(getattr(table, "schema", None), "names", None)
    if names is not None:
        _check_names(list(names))
    try:
        return pl.DataFrame(table).lazy()
    except Exception as exc:
        raise _explain(None, exc) from exc


def _converts(frame: Any) -> bool:
    try:
        pl.from_pandas(frame)
    except Exception:  # noqa: BLE001  # any failure answers the question
        return False
    return True


def _check_names(names: list[Any]) -> None:
    seen = set()
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"Column name {name!r} is not text.", hint="Rename it, as with frame.rename(columns=str).")
        if name in seen:
            raise UsageError(f"Two columns have the name {name!r}.", hint="Rename one of them.")
        seen.add(name)


def _explain(column: str | None, exc: Exception) -> DataError:
    """Return the error of a failed conversion; the engine's own words may quote cell values."""
    return DataError(
        f"{'A column' if column is None else f'Column {column!r}'} cannot be read ({type(exc).__name__}).",
        hint="Give each column one type, such as text or numbers.",
    )


def _is_from(obj: Any, package: str) -> bool:
    return type(obj).__module__.split(".")[0] == package
