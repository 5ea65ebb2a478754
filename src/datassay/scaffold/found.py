"""What the audit of the demo found of what was planted, and what it called a fault that is none."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from datassay.report.numbers import count, percent, percent_interval, plural
from datassay.results import ExpectationResult, Expectations, Report
from datassay.scaffold.faults import NEVER_READ

#: Checks of the whole table that a planted fault rightly fails.
TABLE_CHECKS = {
    "expect_table_columns_to_match_set": "never_read_column",
    "expect_compound_columns_to_be_unique": "duplicate",
}
TITLE = "Planted and found: the audit knew nothing of what was planted."
LABEL_FAULTS = ["wrong_label_by_class", "wrong_label_near_boundary"]


@dataclass(frozen=True)
class FoundRow:
    """One kind of fault: what was planted, what was found, and what that is judged by."""

    fault: str
    planted: str
    found: str
    judged_by: str
    #: The same in numbers; None where nothing can be counted.
    n_planted: int | None = None
    n_found: int | None = None


def compare_planted(
    report: Report, worklist: Path | None, truth: pl.DataFrame, *, published: Expectations | None = None
) -> list[FoundRow]:
    """Compare an audit of the demo's last rev with the record of its faults.

    `worklist` is the full worklist (parquet: id, rank, …) that came with `report`, if any did; `truth` has the columns
    of `faults.TRUTH`; `published` are the results of the same suite on the table as published, for false alarms.
    What the audit could not measure is said, never left out.
    """
    return [
        *_labels(report, worklist, truth),
        *(_values(report, truth, column, fault) for fault, column in _value_faults(truth)),
        _duplicates(report, truth),
        _columns(report, truth),
        *_false_alarms(report, truth, published),
    ]


def render_found(rows: list[FoundRow], *, width: int = 100) -> str:
    """Return the table as plain text of at most `width` characters a line (at least 60)."""
    headers = ("fault", "planted", "found")
    first = max(len(row.fault) for row in rows)
    second = max(len(headers[1]), *(len(row.planted) for row in rows))
    third = max(24, max(width, 60) - first - second - 6)
    lines = [TITLE, "", f"  {headers[0]:<{first}}  {headers[1]:>{second}}  {headers[2]}"]
    for row in rows:
        cells = textwrap.wrap(f"{row.found} ({row.judged_by})", third) or [""]
        lines.append(f"  {row.fault:<{first}}  {row.planted:>{second}}  {cells[0]}")
        lines += [f"  {'':<{first}}  {'':>{second}}  {cell}" for cell in cells[1:]]
    return "\n".join(lines)


def _labels(report: Report, worklist: Path | None, truth: pl.DataFrame) -> list[FoundRow]:
    wrong = truth.filter(pl.col("fault").is_in(LABEL_FAULTS))
    n_wrong, n_rows = wrong["row_id"].n_unique(), report.dataset.n_rows
    planted = f"{count(n_wrong)} ({percent(n_wrong / n_rows)})"
    if worklist is None or not worklist.is_file() or report.labels is None:
        record = report.stages.get("labels")
        reason = record.reason if record and record.reason else "labels were not estimated"
        return [FoundRow("wrong labels", planted, "not measured", reason, n_wrong, None)]
    ranked = pl.read_parquet(worklist, columns=["id", "rank"]).sort("rank").with_columns(pl.col("id").cast(pl.String))
    ids = wrong.select(id=pl.col("row_id").cast(pl.String), fault=pl.col("fault"))
    hour = min(round(report.value.cleaning.labels_per_hour), ranked.height) if report.value else min(90, ranked.height)
    worst = ranked.head(n_wrong).join(ids, on="id")
    n_worst = min(n_wrong, ranked.height)
    first = ranked.head(hour).join(ids, on="id").height
    rows = [
        FoundRow(
            "wrong labels, first hour",
            planted,
            f"{count(first)} of the first {count(hour)} rows",
            f"worklist; {count(round(hour * n_wrong / n_rows))} by chance",
            n_wrong,
            first,
        )
    ]
    for fault, name in zip(LABEL_FAULTS, ("… by class", "… near the boundary"), strict=True):
        n_planted, n_found = ids.filter(pl.col("fault") == fault).height, worst.filter(pl.col("fault") == fault).height
        rows.append(
            FoundRow(
                name,
                count(n_planted),
                f"{count(n_found)} among the first {count(n_worst)} rows ({percent(n_found / n_planted)})",
                "worklist; there a wrong label looks like a rare case" if fault == LABEL_FAULTS[1] else "worklist",
                n_planted,
                n_found,
            )
        )
    noise = report.labels.noise_rate
    shown, interval = percent_interval(noise)
    holds = noise.low <= n_wrong / n_rows <= noise.high
    rows.append(
        FoundRow(
            "share of wrong labels",
            percent(n_wrong / n_rows),
            f"{shown} {interval}: the interval {'holds' if holds else 'misses'} what was planted",
            "estimate; errors of Adult's own, which nobody knows, count in it",
        )
    )
    return rows


def _value_faults(truth: pl.DataFrame) -> list[tuple[str, str]]:
    kinds = truth.filter(pl.col("fault").is_in(["disguised_missing", "unit_slip"]))
    return sorted(kinds.select("fault", "column").unique().iter_rows())


def _values(report: Report, truth: pl.DataFrame, column: str, fault: str) -> FoundRow:
    n_planted = truth.filter((pl.col("fault") == fault) & (pl.col("column") == column)).height
    failed = [r for r in _failed(report.expectations) if r.column == column]
    by_check = max((r.n_unexpected or 0 for r in failed), default=0)
    said = [f"{count(by_check)} by {plural(len(failed), 'failed check')}" if failed else "no check failed"]
    by_profile = 0
    if fault == "disguised_missing":
        profile = next((c for c in report.profile.columns if c.name == column), None) if report.profile else None
        by_profile = round(profile.disguised_missing_fraction * report.dataset.n_rows) if profile else 0
        said.append(f"{count(by_profile)} by the profile" if profile else "no profile")
    name = f"{'missing in disguise' if fault == 'disguised_missing' else 'minutes for hours'}: {column}"
    names = ", ".join(_short(r.type) for r in failed)
    return FoundRow(
        name,
        count(n_planted),
        ", ".join(said),
        names or "suite",
        n_planted,
        min(n_planted, max(by_check, by_profile)),
    )


def _duplicates(report: Report, truth: pl.DataFrame) -> FoundRow:
    n_planted = truth.filter(pl.col("fault") == "duplicate").height
    if report.profile is None:
        return FoundRow("copies of rows", count(n_planted), "not measured", "no profile", n_planted, None)
    n_found = report.profile.n_duplicate_rows
    failed = [r for r in _failed(report.expectations) if TABLE_CHECKS.get(r.type) == "duplicate"]
    return FoundRow(
        "copies of rows",
        count(n_planted),
        f"{count(n_found)} by the profile, {'a check failed' if failed else 'no check failed'}",
        "rows alike in all but the id; Adult's own 52 differ in the added columns",
        n_planted,
        min(n_planted, n_found),
    )


def _columns(report: Report, truth: pl.DataFrame) -> FoundRow:
    planted = truth.filter(pl.col("fault") == "never_read_column")["column"].to_list()
    if report.swamp is None:
        return FoundRow("columns nobody reads", str(len(planted)), "not measured", "no usage", len(planted), None)
    found = [c for c in report.swamp.columns if c.status == "unused" and c.name in planted]
    stored = sum(c.stored_bytes for c in found)
    share = percent(stored / report.dataset.stored_bytes) if report.dataset.stored_bytes else "0 %"
    names = ", ".join(c.name for c in found) or "none"
    return FoundRow(
        "columns nobody reads", str(len(planted)), names, f"usage; {share} of the bytes", len(planted), len(found)
    )


def _false_alarms(report: Report, truth: pl.DataFrame, published: Expectations | None) -> list[FoundRow]:
    rows = []
    if report.swamp is not None:
        wrong = [c.name for c in report.swamp.columns if c.status == "unused" and c.name not in NEVER_READ]
        n_read = len(report.swamp.columns) - len(NEVER_READ)
        rows.append(_alarm("read columns called unused", wrong, f"of {n_read} columns that are read"))
    if report.expectations is not None:
        touched = set(truth["column"].drop_nulls())
        wrong = [
            _short(r.type) + (f" of {r.column}" if r.column else "")
            for r in _failed(report.expectations)
            if r.type not in TABLE_CHECKS and r.column not in touched
        ]
        rows.append(_alarm("checks failed without a fault", wrong, f"of {len(report.expectations.results)} checks"))
    if published is not None:
        wrong = [_short(r.type) + (f" of {r.column}" if r.column else "") for r in _failed(published)]
        rows.append(
            _alarm("checks failed as published", wrong, f"of {published.n_evaluated} checks of v1, before any fault")
        )
    return rows


def _alarm(name: str, wrong: list[str], judged_by: str) -> FoundRow:
    shown = f"{len(wrong)}: {', '.join(wrong)}" if wrong else "0"
    return FoundRow(name, "0", shown, judged_by, 0, len(wrong))


def _failed(expectations: Expectations | None) -> list[ExpectationResult]:
    return [r for r in expectations.results if r.outcome == "failed"] if expectations else []


def _short(expectation_type: str) -> str:
    return expectation_type.removeprefix("expect_column_").removeprefix("expect_").replace("_", " ")
