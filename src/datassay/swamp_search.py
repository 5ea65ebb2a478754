"""`find_swamp_columns`: which columns of one table or a whole schema nothing reads, without a project."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from datassay.errors import DataError, UsageError, suggest
from datassay.spec.parts import DatasetSpec, UsageSpec
from datassay.spec.wording import tell
from datassay.swamp.columns import Subject, find_columns
from datassay.swamp.evidence import TableSchema
from datassay.swamp.money import Prices
from datassay.swamp_finding import SwampFinding

_DATA = (".csv", ".tsv", ".parquet", ".pq")
#: Sources whose value is a glob; what it is to others, only they know.
_GLOBS = ("sql", "query_log", "python", "notebook", "code", "model", "dbt", "feast", "lookml", "tableau")


def find_swamp_columns(
    tables: Any,
    sources: Sequence[Mapping[str, Any]],
    *,
    window: str | None = None,
    dialect: str | None = None,
    protected: Iterable[str] = (),
    cost_per_gb_month: float = 0.023,
    currency: str = "EUR",
    root: str | os.PathLike[str] | None = None,
) -> SwampFinding:
    """Say of every column of `tables` whether `sources` show a use, and what it costs where there is data.

    `tables` is a schema file (`schema.sql`), a glob or a list of csv and Parquet files, one table in memory, or a
    mapping of names to files, tables or lists of columns. `sources` are those of a definition:
    `[{"sql": "queries/*.sql"}, {"python": "src/**/*.py"}]`; relative globs begin at `root` (None: the current folder).
    `window` counts only use this recent, such as "90d" (None: of any age). `dialect` is sqlglot's name of the SQL,
    tried first, and of a removal plan. `protected` names columns ("column" or "table.column") that are never proposed
    for removal. Where nothing could be searched, every column is unknown and the finding's `unsearched` says why.
    Raises UsageError where an argument is wrong or names no file, DataError where a table or schema cannot be read.
    """
    folder = Path(root or Path.cwd()).resolve()
    usage = _check_usage(window, sources)
    with tempfile.TemporaryDirectory(prefix="datassay-") as scratch:
        subjects, views, notes = _read_tables(tables, folder, Path(scratch), dialect, set(protected))
        asked = _join_sql([_place(dict(each), folder) for each in usage], views, dialect)
        swamp = find_columns(
            subjects,
            asked,
            root=folder,
            window=window,
            prices=Prices(cost_per_gb_month),
            currency=currency,
        )
    has_data = any(subject.snapshot is not None for subject in subjects)
    return SwampFinding(swamp, has_data, tuple(notes), dialect)


def check_window(window: str | None) -> None:
    """Raise UsageError unless `window` is a number of days, such as "90d", or None."""
    if window is not None and not re.fullmatch(r"[1-9]\d*d", window):
        raise UsageError(f"{window!r} is no window.", hint="Write a number of days, such as 90d.")


def _check_usage(window: str | None, sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    from pydantic import ValidationError

    check_window(window)
    if isinstance(sources, Mapping | str):
        raise UsageError("sources is a list.", hint="Pass [{'sql': 'queries/*.sql'}].")
    try:
        usage = UsageSpec.model_validate({"window": window, "sources": [_plain(each) for each in sources]})
    except ValidationError as exc:
        problem = exc.errors()[0]
        key, told, hint = tell({**problem, "loc": ("usage", *problem["loc"])})
        raise UsageError(f"{key.removeprefix('usage.')}: {told}", hint=hint) from None
    return [source.model_dump(exclude_none=True) for source in usage.sources]


def _plain(source: Any) -> Any:
    if not isinstance(source, Mapping):
        return source
    return {key: os.fspath(value) if isinstance(value, os.PathLike) else value for key, value in source.items()}


def _place(source: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Turn globs that leave the folder into the files they mean: only a definition's may not."""
    return {key: _expand(value, folder) if key in _GLOBS else value for key, value in source.items()}


def _expand(value: Any, folder: Path) -> Any:
    if isinstance(value, Mapping):
        paths = ("path", "manifest", "catalog", "views")
        return {key: _expand(each, folder) if key in paths else each for key, each in value.items()}
    if isinstance(value, list):
        return [each for one in value for each in _as_list(_expand(one, folder))]
    if (
        isinstance(value, str)
        and not any(char in value for char in "*?[")
        and not (folder / Path(value).expanduser()).exists()
    ):
        raise UsageError(f"There is no {value!r}.", hint="Check the path, or name files by a glob.")
    if isinstance(value, str) and (Path(value).is_absolute() or value.startswith("~") or ".." in Path(value).parts):
        found = _glob(folder / Path(value).expanduser())
        return [each for each in found if each.is_file()] or [Path(value)]
    return value


def _glob(pattern: Path) -> list[Path]:
    """Return what a whole path with wildcards means, wherever it lies."""
    parts = pattern.parts
    fixed = next((at for at, part in enumerate(parts) if any(char in part for char in "*?[")), len(parts))
    if fixed == len(parts):
        return [pattern] if pattern.exists() else []
    return sorted(Path(*parts[:fixed]).glob(str(Path(*parts[fixed:]))))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _join_sql(sources: list[dict[str, Any]], views: list[Path], dialect: str | None) -> list[dict[str, Any]]:
    """Read all SQL as one source, so that a view of one folder is seen by another; a log is told of the views too."""
    files: list[Any] = []
    named: list[Any] = []
    joined: list[dict[str, Any]] = []
    for source in sources:
        value = source.get("sql")
        if value is None:
            joined.append(source)
        elif isinstance(value, Mapping) and value.get("dialect") not in {None, dialect}:
            joined.append({"sql": {**value, "views": [*_as_list(value.get("views") or []), *views]}})
        else:
            files += _as_list(value["path"] if isinstance(value, Mapping) else value)
            named += _as_list(value.get("views") or []) if isinstance(value, Mapping) else []
    if files:
        joined.insert(0, {"sql": {"path": files, "views": [*named, *views], "dialect": dialect}})
    for source in joined:
        if "query_log" in source:
            value = source["query_log"]
            settings = dict(value) if isinstance(value, Mapping) else {"path": value}
            settings.setdefault("dialect", dialect)
            settings.setdefault("views", [*files, *views])
            source["query_log"] = settings
    return joined


def _read_tables(
    tables: Any, folder: Path, scratch: Path, dialect: str | None, protected: set[str]
) -> tuple[list[Subject], list[Path], list[str]]:
    named: dict[str, Any] = {}
    subjects: list[Subject] = []
    views: list[Path] = []
    notes: list[str] = []
    items = tables if isinstance(tables, list | tuple) else [tables]
    for item in items:
        if isinstance(item, Mapping):
            named.update(item)
        elif isinstance(item, str | os.PathLike):
            for path in _find_tables(os.fspath(item), folder):
                if path.suffix.lower() == ".sql":
                    found, has_views, problems = _read_schema(path, dialect)
                    subjects += found
                    notes += problems
                    views += [path] if has_views else []
                else:
                    named[path.stem] = path
        else:
            named["frame"] = item
    subjects += [_read_table(str(name), value, folder, scratch) for name, value in named.items()]
    if not subjects:
        raise UsageError("No table is named.", hint="Name a schema file, data files or a table.")
    names = [subject.schema.name for subject in subjects]
    columns = [name for subject in subjects for name in subject.schema.columns]
    whole = [f"{subject.schema.name}.{name}" for subject in subjects for name in subject.schema.columns]
    for name in sorted(protected - {*columns, *whole}):
        # A bare name may be a slip in a bare one; what is listed otherwise says of which table it is.
        is_slip = "." not in name and get_close_matches(name, columns, n=1, cutoff=0.5)
        hint = suggest(name, columns if is_slip else whole)
        raise UsageError(f"No column is called {name!r}, so it cannot be protected.", hint=hint)
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two tables are called {name!r}.", hint="Pass a mapping with a name for each.")
    return [_protect(subject, protected) for subject in subjects], views, notes


def _protect(subject: Subject, protected: set[str]) -> Subject:
    table = subject.schema
    mine = {name for name in table.columns if name in protected or f"{table.name}.{name}" in protected}
    return replace(subject, protected=frozenset(mine))


def _find_tables(pattern: str, folder: Path) -> list[Path]:
    if not pattern.strip():
        raise UsageError("An empty path names no table.")
    whole = folder / Path(pattern).expanduser()
    found = [whole] if whole.exists() else _glob(whole)
    found = [path for path in found if path.is_dir() or path.suffix.lower() in {*_DATA, ".sql"}]
    if not found:
        # What does not exist was typed wrong: trying again does not help.
        raise UsageError(f"No table at {pattern}.", hint="Name csv or Parquet files, or a schema of CREATE TABLE.")
    return found


def _read_schema(path: Path, dialect: str | None) -> tuple[list[Subject], bool, list[str]]:
    from datassay.swamp.sources.parsing import check_dialect
    from datassay.swamp.sources.schema import read_schema

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageError(f"The schema {path} is no text.", hint="Give CREATE TABLE statements in UTF-8.") from exc
    except OSError as exc:
        raise DataError(f"The schema {path} cannot be read: {type(exc).__name__}.") from exc
    found = read_schema(text, path.name, check_dialect(dialect))
    subjects = [
        Subject(table, notes=tuple((column, note) for name, column, note in found.notes if name == table.name))
        for table in found.tables
    ]
    return subjects, found.has_views, found.problems


def _read_table(name: str, value: Any, folder: Path, scratch: Path) -> Subject:
    from datassay.datasets.snapshot import snapshot_frame, take_snapshot

    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        if not value:
            raise UsageError(f"Table {name!r} has no columns.")
        return Subject(TableSchema((name,), "", tuple(value)))
    if isinstance(value, str | os.PathLike):
        path = Path(value)
        whole = path if path.is_absolute() else folder / path
        snapshot = take_snapshot(
            DatasetSpec(path=str(whole), rev=None, repo=None), name=name, root=folder, cache_dir=scratch
        )
        shown = str(path)
    else:
        whole = folder
        snapshot = snapshot_frame(value, name=name, cache_dir=scratch)
        shown = ""
    unnamed = _name_like_pandas(whole, [column.name for column in snapshot.columns]) if shown else {}
    columns = tuple(unnamed.get(column.name, column.name) for column in snapshot.columns)
    names = tuple(dict.fromkeys((name, Path(shown).stem or name)))
    return Subject(TableSchema(names, shown, columns), snapshot, unnamed=tuple(unnamed.items()))


def _name_like_pandas(path: Path, columns: list[str]) -> dict[str, str]:
    """Return what code calls the columns that a csv file leaves without a name: "Unnamed: 3", counted from 0."""
    import csv

    if path.suffix.lower() not in {".csv", ".tsv"}:
        return {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    for separator in ",;\t|":
        header = next(csv.reader([first], delimiter=separator), [])
        if len(header) == len(columns):
            return {columns[at]: f"Unnamed: {at}" for at, cell in enumerate(header) if not cell.strip()}
    return {}
