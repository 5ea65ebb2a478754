"""The base of all records, and what every part of a report shares."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1.0"

Outcome = Literal["passed", "failed", "unknown", "skipped"]


class Record(BaseModel):
    """Base of all records: frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")


class Interval(Record):
    """An estimate with its 80 % interval."""

    estimate: float
    low: float
    high: float


class StageRecord(Record):
    """How one stage ended.

    Its seconds are in `run.stage_seconds`, so that the rest of a report is reproducible.
    """

    outcome: Outcome
    #: Why it is unknown, failed or skipped; None where it passed.
    reason: str | None = None


class RunInfo(Record):
    """The one part of a report that differs between two audits of the same data."""

    id: str
    started_at: str
    duration_s: float
    seed: int
    stage_seconds: dict[str, float]
    #: Stages whose result came from an earlier run with the same data, definition and seed.
    cached_stages: list[str] = Field(default_factory=list)
    #: Names and versions of datassay and of every engine.
    versions: dict[str, str]


class StoredColumn(Record):
    """A column as it lies in the file."""

    name: str
    #: The Polars data type, as text.
    dtype: str
    stored_bytes: int
    #: True where the format does not store columns apart (csv): the bytes are shared out by text length.
    is_bytes_estimated: bool


class Snapshot(Record):
    """The content of a dataset at one rev: small enough to hand from task to task."""

    name: str
    #: The path in the repository, as the definition gives it.
    path: str
    repo: str | None
    #: The rev asked for; "workspace" where a file was read as it lies.
    rev: str
    commit: str | None
    md5: str
    #: "memory" for a table that a caller holds.
    format: Literal["parquet", "parquet_folder", "csv", "memory"]
    n_rows: int
    stored_bytes: int
    columns: list[StoredColumn]
    #: Where the content lies on this machine; never written into a report.
    local_path: str


class DatasetInfo(Record):
    """What a report says of the snapshot."""

    name: str
    path: str
    repo: str | None
    rev: str
    commit: str | None
    md5: str
    format: str
    n_rows: int
    n_columns: int
    stored_bytes: int
