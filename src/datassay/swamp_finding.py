"""`SwampFinding`: which columns are stored and never used, as frozen frames."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datassay.results import Swamp, SwampColumn

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class SwampFinding:
    """What `find_swamp_columns` found."""

    #: The record that a report would hold.
    swamp: Swamp = field(repr=False)
    #: Whether there was data, and so bytes and money.
    has_data: bool = False
    #: What could not be read of the schema.
    notes: tuple[str, ...] = ()
    #: sqlglot's name of the SQL that a plan is written in; None for quotes as ANSI has them.
    dialect: str | None = None

    @property
    def window(self) -> str | None:
        """How recent use had to be; None for any age."""
        return self.swamp.window

    @property
    def unsearched(self) -> str | None:
        """Why nothing was searched for use: no source is named, or none could be read; None where one was."""
        return self.swamp.unsearched

    @property
    def columns(self) -> pl.DataFrame:
        """One row per column: table, column, status, reason, advice, kinds, reasons, last use, bytes, money."""
        import polars as pl

        schema: dict[str, Any] = {
            "table": pl.String, "column": pl.String, "status": pl.String, "reason": pl.String, "advice": pl.String,
            "kinds": pl.List(pl.String), "reasons": pl.List(pl.String), "last_used_at": pl.String,
            "n_queries": pl.Int64, "n_users": pl.Int64, "stored_bytes": pl.Int64, "history_bytes": pl.Int64,
            "cost_per_month": pl.Float64, "check_cost_per_month": pl.Float64, "n_checks": pl.Int64,
            "is_protected": pl.Boolean,
        }  # fmt: skip
        rows = [
            {**{key: getattr(each, key) for key in schema if key != "column"}, "column": each.name}
            for each in self.swamp.columns
        ]
        return pl.DataFrame(rows, schema=schema)

    @property
    def evidence(self) -> pl.DataFrame:
        """One row per piece of evidence: table, column, kind, source, last_used_at, n_queries, users."""
        import polars as pl

        schema: dict[str, Any] = {
            "table": pl.String, "column": pl.String, "kind": pl.String, "source": pl.String,
            "last_used_at": pl.String, "n_queries": pl.Int64, "users": pl.List(pl.String),
        }  # fmt: skip
        rows = [
            {"table": each.table, "column": each.name, **piece.model_dump()}
            for each in self.swamp.columns
            for piece in each.evidence
        ]
        return pl.DataFrame(rows, schema=schema)

    @property
    def coverage(self) -> pl.DataFrame:
        """One row per source: files and statements, and how many of them could be read and resolved."""
        import polars as pl

        return pl.DataFrame([each.model_dump() for each in self.swamp.coverage], infer_schema_length=None)

    @property
    def unused(self) -> list[tuple[str, str]]:
        """(table, column) of all columns that nothing uses, dearest first."""
        return [(each.table, each.name) for each in self.swamp.columns if each.status == "unused"]

    def removal_plan(self, form: Literal["sql", "polars"] = "sql") -> str:
        """Return the statements that would drop what is to be dropped, to be read by a person; nothing is run.

        Names are quoted as `dialect` quotes them. Raises SpecError for a dialect that sqlglot does not know.
        """
        from datassay.swamp.plan import write_plan

        return write_plan(self.swamp.columns, self.swamp.coverage, form=form, dialect=self.dialect)

    def to_dict(self) -> dict[str, Any]:
        """Return what `datassay swamp --json` prints."""
        swamp = self.swamp
        sources = [each.model_dump() for each in swamp.coverage]
        totals = {
            key: sum(source[key] for source in sources)
            for key in ("n_files", "n_statements", "n_statements_parsed", "n_statements_resolved", "n_unresolved")
        }
        n = totals["n_statements"]
        share = totals["n_statements_resolved"] / n if n else None
        return {
            "window": swamp.window,
            "coverage": {
                **totals,
                "n_files_read": sum(source["n_parsed"] for source in sources),
                "resolved_fraction": share,
                "first_at": min((source["first_at"] for source in sources if source["first_at"]), default=None),
                "last_at": max((source["last_at"] for source in sources if source["last_at"]), default=None),
                "sources": sources,
                "unsearched": self.unsearched,
                "notes": list(self.notes),
            },
            "columns": [self._column(each) for each in swamp.columns],
            "totals": {
                "n_used": swamp.n_used,
                "n_unused": swamp.n_unused,
                "n_unknown": swamp.n_unknown,
                "unused_bytes": swamp.unused_bytes if self.has_data else None,
                "unused_history_bytes": swamp.unused_history_bytes if swamp.history else None,
                "unused_cost_per_month": swamp.unused_cost_per_month if self.has_data else None,
                "unused_cost_per_year": swamp.unused_cost_per_month * 12 if self.has_data else None,
                "currency": swamp.currency,
                "history": swamp.history.model_dump() if swamp.history else None,
            },
        }

    def _column(self, column: SwampColumn) -> dict[str, Any]:
        return {
            "table": column.table,
            "column": column.name,
            "status": column.status,
            "reason": column.reason,
            "advice": column.advice,
            "kinds": column.kinds,
            "evidence": [each.model_dump() for each in column.evidence],
            "last_used_at": column.last_used_at,
            "n_queries": column.n_queries,
            "n_users": column.n_users,
            "stored_bytes": column.stored_bytes if self.has_data else None,
            "history_bytes": column.history_bytes if self.swamp.history else None,
            "cost_per_month": column.cost_per_month if self.has_data else None,
            "check_cost_per_month": column.check_cost_per_month if self.has_data else None,
            "n_checks": column.n_checks,
            "reasons": column.reasons,
            "is_protected": column.is_protected,
        }

    def save_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` as JSON, at once or not at all."""
        import json

        target = Path(path)
        fresh = target.with_name(f".{target.name}.tmp")
        fresh.write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")
        fresh.replace(target)
        return target
