"""How query logs of common engines call their columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datassay.errors import SpecError, suggest


@dataclass(frozen=True)
class Preset:
    """Names of a log's columns, folded; the first that is there is taken."""

    query: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    #: When a shape was first seen, where a row stands for many queries.
    first: tuple[str, ...] = ()
    #: How often it was run, where a row stands for many queries.
    calls: tuple[str, ...] = ()
    #: (column, values) of queries that failed, and so have read nothing.
    failed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: (column, value) of the only rows that are queries.
    only: tuple[str, str] | None = None
    #: JSON lists of the objects and columns that were read.
    accessed: tuple[str, ...] = ()
    dialect: str | None = None
    #: Columns that tell this preset from others.
    marks: tuple[str, ...] = ()


PRESETS: dict[str, Preset] = {
    "snowflake_access": Preset(
        user=("user_name",),
        time=("query_start_time",),
        accessed=("base_objects_accessed", "direct_objects_accessed"),
        dialect="snowflake",
        marks=("base_objects_accessed",),
    ),
    "snowflake": Preset(
        query=("query_text",),
        user=("user_name",),
        time=("start_time", "end_time"),
        failed=(("execution_status", ("fail", "incident", "failed_with_error")),),
        dialect="snowflake",
        marks=("query_text", "user_name"),
    ),
    "bigquery": Preset(
        query=("query",),
        user=("user_email",),
        time=("creation_time", "start_time"),
        failed=(("state", ("failed",)),),
        dialect="bigquery",
        marks=("query", "user_email"),
    ),
    "databricks": Preset(
        query=("statement_text",),
        user=("executed_by", "executed_as"),
        time=("start_time", "end_time"),
        failed=(("execution_status", ("failed", "canceled")),),
        dialect="databricks",
        marks=("statement_text",),
    ),
    "redshift": Preset(
        query=("querytxt", "query_text"),
        user=("username", "usename", "userid", "user_id"),
        time=("starttime", "start_time"),
        failed=(("aborted", ("1",)), ("status", ("failed", "canceled"))),
        dialect="redshift",
        marks=("querytxt",),
    ),
    "pg_stat_statements": Preset(
        query=("query",),
        user=("rolname", "usename", "userid"),
        time=("last_seen", "stats_until"),
        calls=("calls",),
        dialect="postgres",
        marks=("query", "calls"),
    ),
    "mysql": Preset(
        query=("query_sample_text", "digest_text"),
        time=("last_seen",),
        first=("first_seen",),
        calls=("count_star",),
        dialect="mysql",
        marks=("digest_text",),
    ),
    "duckdb": Preset(
        query=("message",),
        time=("timestamp",),
        only=("type", "querylog"),
        dialect="duckdb",
        marks=("message", "timestamp", "type"),
    ),
    "generic": Preset(
        query=("query", "sql", "statement", "query_text", "text"),
        user=("user", "user_name", "username", "user_email", "who"),
        time=("time", "timestamp", "started_at", "start_time", "executed_at", "date", "at"),
        calls=("n_queries", "count"),
    ),
}


def choose_preset(name: object, columns: Iterable[str]) -> tuple[str, Preset] | None:
    """Return the preset of that name, or for None the one that the columns show; None where none fits.

    Raises SpecError for a name that is no preset.
    """
    if name is not None:
        if not isinstance(name, str) or name not in PRESETS:
            raise SpecError(f"Unknown preset {name!r} of a query log.", hint=suggest(str(name), list(PRESETS)))
        return name, PRESETS[name]
    folded = {column.lower() for column in columns}
    for known, preset in PRESETS.items():
        if preset.marks and folded.issuperset(preset.marks):
            return known, preset
    return ("generic", PRESETS["generic"]) if folded & set(PRESETS["generic"].query) else None
