"""What definitions of dashboards and feature stores say of columns, gathered by table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from datassay.results import SourceCoverage, UsageKind
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.query_reads import SqlText, read_texts


@dataclass
class Found:
    """Evidence so far, with the place and day of the file that is being read."""

    tables: Tables
    place: str = ""
    day: date | None = None
    uses: list[Use] = field(default_factory=list)
    doubts: dict[tuple[str, str], str] = field(default_factory=dict)
    texts: list[SqlText] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    n_reads: int = 0
    n_parsed: int = 0
    n_unresolved: int = 0

    def table(self, name: str) -> TableSchema | None:
        """Return the table that a definition calls `name`: a name with or without schema, or a path."""
        wanted = [part.casefold() for part in _split(name)]
        if not wanted:
            return None
        for table in self.tables:
            own = [[part.casefold() for part in _split(each)] for each in table.names]
            if any(wanted[-len(each) :] == each or each[-len(wanted) :] == wanted for each in own):
                return table
            if table.path and PurePosixPath(table.path).name.casefold() == _file_name(name):
                return table
        return None

    def add(self, table: TableSchema | None, column: str, kind: UsageKind, at: str = "") -> None:
        """Note the use of a column; one that is none of the table's is nobody's business here."""
        if table is None:
            return
        known = column if column in table.columns else _without_case(column, table)
        if known is not None:
            self.uses.append(Use(table.name, known, kind, f"{self.place}{at}", self.day))

    def add_query(self, sql: str, at: str = "") -> None:
        """Note a query in SQL; all are read together at the end."""
        self.texts.append(SqlText(sql, f"{self.place}{at}", self.day, has_lines=False))

    def fail(self, why: str) -> None:
        """Note that the present file could not be read: it may read any column."""
        self.n_unresolved += 1
        self.reasons.append(f"{self.place}: {why}")
        for table in self.tables:
            for column in table.columns:
                self.doubts.setdefault((table.name, column), f"may be read in {self.place}, which is {why}")

    def finish(self, source: str, value: Any, n_files: int) -> SourceResult:
        """Return the result of the whole source."""
        if self.texts:
            reads = read_texts(self.texts, self.tables)
            self.uses += reads.uses
            self.doubts |= reads.doubts
            self.n_reads += reads.n_reads
            self.n_unresolved += reads.n_unresolved
            self.reasons += reads.reasons
        reasons = self.reasons if n_files else ["no file matches"]
        coverage = SourceCoverage(
            source=f"{source}: {files.show_pattern(value)}",
            n_files=n_files,
            n_parsed=self.n_parsed,
            n_unresolved=self.n_unresolved,
            reasons=files.cut(reasons, files.MOST_REASONS),
        )
        blind = None if n_files else "no file matches"
        return SourceResult(make_evidence(self.uses), coverage, self.doubts, self.n_reads, blind=blind)


def open_files(root: Path, value: Any, key: str, tables: Tables) -> tuple[Found, list[Path], dict[Path, date]]:
    """Return an empty `Found`, the files of a glob, and their dates."""
    found = files.find_files(root, value, key)
    return Found(tables), found, files.date_files(root, found)


def _split(name: str) -> list[str]:
    """Return the parts of a name: [public].[orders], `p.d.orders`, "public"."orders", orders#csv, orders$."""
    bare = re.sub(r"[\[\]`\"]", "", name).strip()
    bare = re.sub(r"#(?:csv|txt|xlsx?|parquet)$|\$$", "", bare)
    if "/" in bare or "\\" in bare:
        return [PurePosixPath(bare.replace("\\", "/")).stem]
    return [part for part in re.split(r"[.:]", re.sub(r"\.(?:csv|parquet|xlsx?)$", "", bare)) if part]


def _file_name(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name.casefold()


def _without_case(column: str, table: TableSchema) -> str | None:
    same = [known for known in table.columns if known.casefold() == column.casefold()]
    return same[0] if len(same) == 1 else None
