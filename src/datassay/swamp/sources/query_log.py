"""Usage source: logs of the queries that were really run, with who and when; equal shapes are parsed once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.log_presets import choose_preset
from datassay.swamp.sources.log_rows import read_rows
from datassay.swamp.sources.query_reads import QueryReads, SqlText, read_texts
from datassay.swamp.sources.settings import read_settings

_MOST_REASONS = 20
#: Numbers of rows at which exports are cut off without a word.
_CUT_OFF = (5_000, 10_000)
_MOST_USERS = 100
#: Statements whose literals are SQL or paths, so that a shape without them says nothing.
_LITERAL_MATTERS = r"(?i)\b(?:execute|unload|read_\w+|scan_\w+|columns|query_table)\b|\bfrom\s+'"


@dataclass
class _Log:
    """All rows of all files, as far as they are queries."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    accessed: list[pl.DataFrame] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    dialect: str | None = None
    n_read: int = 0
    blind: str | None = None


def read_query_log(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the queries of the logs in `value` read, with last use, number of queries and users.

    `value` is a glob of csv, Parquet or JSON-lines files, or {path, preset, dialect, views, complete}: `preset` names
    the log's form (None: told by its columns), `views` are SQL files whose views and models the queries read. A log of
    exactly 5,000 or 10,000 rows was probably cut off, and its silence says nothing, unless `complete` is true. Raises
    SpecError for a bad glob, an unknown preset or dialect.
    """
    settings = read_settings(value, "query_log", {"path", "preset", "dialect", "views", "complete"})
    from datassay.swamp.sources.parsing import check_dialect

    dialect = check_dialect(settings.get("dialect"))
    if settings.get("preset") is not None:
        choose_preset(settings["preset"], ())  # a name that is none is told, even where no file is there
    found = files.find_files(root, settings["path"], "query_log")
    log = _Log()
    for path in found:
        _read_file(path, files.show_path(path, root), settings, log)
    reads = QueryReads()
    shapes = _shape(log)
    if shapes is not None:
        texts = [*_views(root, settings), *_texts(shapes)]
        reads = read_texts(texts, tables, dialect or log.dialect)
    uses = [*reads.uses, *(use for frame in log.accessed for use in _read_accessed(frame, tables))]
    days = [
        day for frame in [*log.frames, *log.accessed] for column in ("first", "day") for day in _ends(frame, column)
    ]
    n_rows = sum(frame.height for frame in log.frames)
    coverage = SourceCoverage(
        source=f"query_log: {files.show_pattern(settings['path'])}",
        n_files=len(found),
        n_parsed=log.n_read,
        n_unresolved=reads.n_unresolved,
        reasons=files.cut([*([] if found else ["no file matches"]), *log.reasons, *reads.reasons], _MOST_REASONS),
        n_statements=n_rows,
        n_statements_parsed=_weigh(n_rows, reads.n_parsed, reads.n_statements),
        n_statements_resolved=_weigh(n_rows, reads.n_resolved, reads.n_statements),
        first_at=min(days).isoformat() if days else None,
        last_at=max(days).isoformat() if days else None,
    )
    blind = "no file matches" if not found else log.blind
    n_reads = reads.n_reads + len({use.source for use in uses if use.source.endswith("accessed")})
    is_read = reads.n_parsed > 0 or any(not frame.is_empty() for frame in log.accessed)
    return SourceResult(make_evidence(uses), coverage, reads.doubts, n_reads, blind=blind, is_read=is_read)


def _weigh(n_rows: int, part: int, whole: int) -> int:
    """Return how many rows the shapes that were understood stand for, at least."""
    return n_rows if part == whole else min(n_rows - 1, round(n_rows * part / whole)) if whole else 0


def _ends(frame: pl.DataFrame, column: str) -> list[date]:
    if column not in frame.columns or frame.is_empty():
        return []
    return [day for day in (frame[column].min(), frame[column].max()) if isinstance(day, date)]


def _read_file(path: Path, name: str, settings: dict[str, Any], log: _Log) -> None:
    try:
        raw = read_rows(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as exc:
        log.reasons.append(f"{name}: cannot be read as csv, Parquet or JSON lines ({type(exc).__name__})")
        log.blind = log.blind or f"{name} could not be read"
        return
    chosen = choose_preset(settings.get("preset"), raw.columns)
    folded = {column.lower(): column for column in raw.columns}
    if chosen is None:
        log.reasons.append(f"{name}: no column holds queries; name a preset")
        log.blind = log.blind or f"{name} has no column of queries"
        return
    if raw.height in _CUT_OFF and not settings.get("complete"):
        log.reasons.append(f"{name}: exactly {raw.height:,} rows, probably cut off")
        log.blind = log.blind or f"{name} has exactly {raw.height:,} rows and was probably cut off"
    title, preset = chosen

    def pick(names: tuple[str, ...]) -> str | None:
        return next((folded[each] for each in names if each in folded), None)

    column = pick(preset.query) or pick(preset.accessed)
    if column is None:
        log.reasons.append(f"{name}: lacks the columns of a {title} log")
        log.blind = log.blind or f"{name} has no column of queries"
        return
    user, time, first, calls = (pick(names) for names in (preset.user, preset.time, preset.first, preset.calls))
    rows = raw.with_row_index("row")
    for key, bad in preset.failed:
        if key in folded:
            rows = rows.filter(
                ~pl.col(folded[key]).cast(pl.String).str.to_lowercase().is_in(bad).fill_null(value=False)
            )
    if preset.only is not None and preset.only[0] in folded:
        rows = rows.filter(pl.col(folded[preset.only[0]]).cast(pl.String).str.to_lowercase() == preset.only[1])
    rows = rows.select(
        pl.col(column).cast(pl.String).alias("query"),
        (pl.col(user).cast(pl.String) if user else pl.lit(None, pl.String)).alias("user"),
        _as_day(time, raw).alias("day"),
        _as_day(first or time, raw).alias("first"),
        (pl.col(calls).cast(pl.Int64, strict=False).fill_null(1) if calls else pl.lit(1, pl.Int64)).alias("calls"),
        pl.format("{}#{}", pl.lit(name), pl.col("row") + 1).alias("place"),
    ).filter(pl.col("query").str.strip_chars().str.len_bytes() > 0)
    n_undated = int(rows["day"].null_count())
    if n_undated and time is not None:
        log.reasons.append(f"{name}: {n_undated} rows have no date that can be read")
    log.n_read += 1
    log.dialect = log.dialect or preset.dialect
    (log.frames if pick(preset.query) else log.accessed).append(rows)


def _as_day(column: str | None, raw: pl.DataFrame) -> pl.Expr:
    if column is None:
        return pl.lit(None, pl.Date)
    dtype, value = raw.schema[column], pl.col(column)
    if dtype == pl.String:
        return value.str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if dtype.is_numeric():
        # Seconds, milli- or microseconds since 1970, by their size.
        seconds = pl.when(value > 1e14).then(value / 1e6).when(value > 1e11).then(value / 1e3).otherwise(value)
        return (seconds * 1000).cast(pl.Int64).cast(pl.Datetime("ms")).dt.date()
    return value.cast(pl.Date, strict=False)


def _shape(log: _Log) -> pl.DataFrame | None:
    """Return one row per shape: a query of it, last use, numbers of queries and users."""
    if not log.frames:
        return None
    rows = pl.concat(log.frames)
    query = pl.col("query")
    bare = query.str.replace_all(r"--[^\n]*|(?s)/\*.*?\*/", " ").str.replace_all(r"\s+", " ").str.strip_chars(" ;")
    masked = (
        bare.str.replace_all(r"'(?:[^']|'')*'", "'?'")
        .str.replace_all(r"\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b", "0")
        .str.replace_all(r"\(\s*(?:0|'\?')(?:\s*,\s*(?:0|'\?'))*\s*\)", "(0)")
    )
    # Quoted names keep their case; the other names have none.
    folded = pl.when(masked.str.contains(r'["`\[]')).then(masked).otherwise(masked.str.to_lowercase())
    shape = pl.when(query.str.contains(_LITERAL_MATTERS)).then(query).otherwise(folded)
    return (
        rows.with_columns(shape.hash(seed=0).alias("shape"))
        .group_by("shape", maintain_order=True)
        .agg(
            query.first(),
            pl.col("place").first(),
            pl.col("day").max(),
            pl.col("calls").sum(),
            pl.col("user").drop_nulls().unique().sort().head(_MOST_USERS).alias("users"),
        )
    )


def _texts(shapes: pl.DataFrame) -> list[SqlText]:
    return [
        SqlText(query, place, day, users=tuple(users), n_queries=calls, has_lines=False)
        for query, place, day, calls, users in shapes.select("query", "place", "day", "calls", "users").rows()
    ]


def _views(root: Path, settings: dict[str, Any]) -> list[SqlText]:
    """Return the SQL files whose views and models the queries may read."""
    if not settings.get("views"):
        return []
    texts = []
    for path in files.find_files(root, settings["views"], "query_log"):
        text = files.read_text(path)
        if text is not None:
            name = files.show_path(path, root)
            texts.append(SqlText(text, name, name=path.stem, is_exposed=False, defines_only=True))
    return texts


def _read_accessed(frame: pl.DataFrame, tables: Tables) -> list[Use]:
    """Return what Snowflake's ACCESS_HISTORY says was read; a query that reads all columns may have said star."""
    from datassay.swamp.sources.resolving.catalog import Catalog

    catalog = Catalog(tables)
    found: dict[tuple[str, str, str], list[Any]] = {}
    for text, user, day in frame.select("query", "user", "day").rows():
        try:
            objects = json.loads(text)
        except ValueError:
            continue
        for each in objects if isinstance(objects, list) else []:
            name = str(each.get("objectName", "")).replace('"', "").lower()
            entry = catalog.find(tuple(name.split("."))) if name else None
            if entry is None or entry.rel.table is None:
                continue
            names = [str(column.get("columnName", "")) for column in each.get("columns") or []]
            places = [place for name in names for place in entry.rel.find(name)]
            kind = "starred" if len(set(places)) == len(entry.rel.names) > 1 else "projected"
            for place in places:
                known = found.setdefault((entry.rel.title, entry.rel.names[place], kind), [None, 0, set()])
                known[0] = max((each for each in (known[0], day) if each is not None), default=None)
                known[1] += 1
                known[2] |= {user} if user else set()
    return [
        Use(table, column, kind, "objects accessed", day, n, tuple(sorted(users)[:_MOST_USERS]))  # type: ignore[arg-type]
        for (table, column, kind), (day, n, users) in found.items()
    ]
