"""What is known of the columns: use, profile, drift."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datassay.results.core import Record

ColumnStatus = Literal["used", "unused", "unknown"]
#: What to do about a column: nothing reads it; something did before the window; nobody can tell; leave it.
ColumnAdvice = Literal["drop", "archive", "ask", "keep"]
UsageKind = Literal[
    # uses
    "projected", "filtered", "joined", "grouped", "ordered", "aggregated", "modelled", "shown", "exported", "declared",
    # may hide a use: taken along by a star, bound to a dashboard but not shown, a word in a language we do not follow
    "starred", "bound", "mentioned",
    # no use: thrown away, only written, read by a check only, handed to a view or table that nothing reads
    "dropped", "written", "tested", "derived",
]  # fmt: skip


class Evidence(Record):
    """A dated, sourced proof that a column was read."""

    #: "starred", "bound" and "mentioned" may hide a use; "dropped", "written", "tested" and "derived" are none.
    kind: UsageKind
    #: File and line, or the name of the list: "queries/age.sql:3".
    source: str
    #: UTC date of the last use known: the source's date in Git or on disk; None where unknown.
    last_used_at: str | None
    #: Queries of a log that did so; 1 for a line of code.
    n_queries: int = 1
    #: Who did so, where the source tells.
    users: list[str] = Field(default_factory=list)


class SourceCoverage(Record):
    """How much of one usage source could be read."""

    #: The source as the definition names it: "sql: queries/**/*.sql".
    source: str
    n_files: int
    n_parsed: int
    #: Statements that read the dataset but whose columns could not be resolved.
    n_unresolved: int
    reasons: list[str] = Field(default_factory=list)
    #: Statements, calls or cells that were met, understood as such, and resolved to columns; 0 where a source has none.
    n_statements: int = 0
    n_statements_parsed: int = 0
    n_statements_resolved: int = 0
    #: UTC dates between which a log tells of use; None for files.
    first_at: str | None = None
    last_at: str | None = None


class SwampColumn(Record):
    """One column and whether anything reads it."""

    name: str
    status: ColumnStatus
    #: Why it has this status, in one line.
    reason: str
    evidence: list[Evidence]
    stored_bytes: int
    #: Storage of all revs times replicas, and the checks that read the column.
    cost_per_month: float
    null_fraction: float
    #: Score lost where its values are scrambled among held-out rows of the audited model; None where not measured.
    importance: float | None = None
    #: Bytes that DVC keeps of it at other revs.
    history_bytes: int = 0
    #: Expectations of the suite that read it.
    n_checks: int = 0
    #: The part of `cost_per_month` that is for checking it.
    check_cost_per_month: float = 0.0
    #: Keys, label and columns the definition protects.
    is_protected: bool = False
    #: The table, where several are looked at.
    table: str = ""
    #: How it is used, inside the window.
    kinds: list[UsageKind] = Field(default_factory=list)
    #: What else is known of it, beside the status: constant, a copy, likely personal data.
    reasons: list[str] = Field(default_factory=list)
    #: UTC date of the last use known, inside the window or before it.
    last_used_at: str | None = None
    #: Uses inside the window: queries of a log, lines of code; and by how many users, where the source tells.
    n_queries: int = 0
    n_users: int = 0
    advice: ColumnAdvice = "keep"
    #: True where the format stores no columns apart (csv): the file's bytes are shared out by length of text.
    is_bytes_estimated: bool = False


class KeptHistory(Record):
    """What DVC keeps of the dataset at other revs than the audited one."""

    #: Other contents that a commit of any branch or tag names.
    n_revs: int = 0
    #: Files of theirs that the audited content does not share, and of how many a Parquet footer was read.
    n_files: int = 0
    n_files_measured: int = 0
    #: What these files take; of those without a footer the recorded size, shared out as today's columns are.
    stored_bytes: int = 0
    #: The part of it in columns that the table no longer has.
    gone_bytes: int = 0
    #: Why it is not known, or not all of it.
    reason: str | None = None


class Swamp(Record):
    """Columns that are stored and paid for, and what reads them."""

    window: str | None
    columns: list[SwampColumn]
    coverage: list[SourceCoverage]
    n_used: int
    n_unused: int
    n_unknown: int
    unused_bytes: int
    unused_cost_per_month: float
    currency: str
    #: What DVC keeps of unused columns at other revs.
    unused_history_bytes: int = 0
    #: None where no data was looked at, and in reports from before there was history.
    history: KeptHistory | None = None
    #: Why nothing was searched for use: no usage source is named, or none could be read; None where one was.
    unsearched: str | None = None


class TopValue(Record):
    """One frequent value; the value itself only where the definition allows the column."""

    value: str | None
    fraction: float


class ColumnProfile(Record):
    """One column in numbers."""

    name: str
    dtype: str
    null_fraction: float
    n_distinct: int
    #: Rounded to three significant digits; None for columns that are not numbers or dates.
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    #: At 5, 25, 50, 75 and 95 %.
    quantiles: list[float] = Field(default_factory=list)
    top_values: list[TopValue] = Field(default_factory=list)
    #: Share of values that look like a missing value in disguise ("?", "N/A", -999), and which ones by kind.
    disguised_missing_fraction: float = 0.0
    disguised_missing_kinds: list[str] = Field(default_factory=list)
    is_constant: bool = False


class Profile(Record):
    """All columns, and the rows as a whole."""

    columns: list[ColumnProfile]
    #: Rows that repeat an earlier row in every column but the id.
    n_duplicate_rows: int
    #: What measured missing and distinct values, extremes, means and quantiles; all else is measured by Polars.
    engine: str = "polars"
    #: Columns of which that engine could not measure all of these; Polars did.
    not_by_engine: list[str] = Field(default_factory=list)


class ColumnDrift(Record):
    """How far a column has moved against the previous audited rev."""

    name: str
    #: "ks" for numbers, "total_variation" for categories; both in [0, 1].
    measure: Literal["ks", "total_variation", "null_fraction", "added", "removed", "retyped"]
    effect_size: float
    #: After Benjamini-Hochberg over all columns.
    p_value: float | None
    is_drifted: bool


class Drift(Record):
    """Change against the previous audited rev."""

    against_rev: str
    against_md5: str
    #: None for the workspace, and in reports of earlier versions.
    against_commit: str | None = None
    #: None where it is the dataset's own.
    against_path: str | None = None
    n_rows_before: int
    n_rows_now: int
    n_drifted: int
    #: Effect size from which a column counts as drifted.
    threshold: float
    columns: list[ColumnDrift]
    noise_rate_before: float | None = None
    #: "type:column" of checks that passed before and fail now.
    newly_failed: list[str] = Field(default_factory=list)
    newly_passed: list[str] = Field(default_factory=list)
