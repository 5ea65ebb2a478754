"""Flat numbers for `dvc metrics show` and tables for `dvc plots`."""

from __future__ import annotations

import csv
import io

from datassay.results import Report


def flat_metrics(report: Report) -> dict[str, float | None]:
    """Return the figures that a team follows over time: one flat mapping, the same keys in every report.

    A figure that was not measured is None, which DVC leaves out. Units are those of report.json: gains are in units of
    the metric.
    """
    labels, value, swamp, drift = report.labels, report.value, report.swamp, report.drift
    checks, profile = report.expectations, report.profile
    return {
        "n_rows": report.dataset.n_rows,
        "n_columns": report.dataset.n_columns,
        "stored_bytes": report.dataset.stored_bytes,
        "gate_passed": {"passed": 1, "failed": 0}.get(report.gate.outcome),
        "n_checks": len(checks.results) if checks else None,
        "n_checks_failed": checks.n_failed if checks else None,
        "n_checks_unknown": checks.n_unknown if checks else None,
        "noise_rate": labels.noise_rate.estimate if labels else None,
        "noise_rate_low": labels.noise_rate.low if labels else None,
        "noise_rate_high": labels.noise_rate.high if labels else None,
        "n_label_issues": labels.n_issues if labels else None,
        "score": value.baseline if value else None,
        "gain_per_hour_of_cleaning": value.cleaning.per_hour.estimate if value else None,
        "gain_per_day_of_collecting": value.collecting.per_day.estimate if value else None,
        "p_cleaning_beats_collecting": value.p_cleaning_beats_collecting if value else None,
        "n_unused_columns": swamp.n_unused if swamp else None,
        "n_unknown_columns": swamp.n_unknown if swamp else None,
        "unused_cost_per_month": swamp.unused_cost_per_month if swamp else None,
        "n_drifted_columns": drift.n_drifted if drift else None,
        "n_duplicate_rows": profile.n_duplicate_rows if profile else None,
    }


def plot_tables(report: Report) -> dict[str, str]:
    """Return the CSV texts for `dvc plots` by path; with headers only where nothing was measured."""
    value = report.value
    cleaning = value.cleaning.curve if value else []
    collecting = value.collecting.curve if value else []
    anchors = value.anchors if value else []
    return {
        "plots/cleaning.csv": _csv(
            ("labels", "hours", "cost", "gain", "low", "high"),
            [(p.labels, p.hours, p.cost, p.gain, p.low, p.high) for p in cleaning],
        ),
        "plots/collecting.csv": _csv(
            ("rows", "days", "cost", "gain", "low", "high"),
            [(p.rows, p.days, p.cost, p.gain, p.low, p.high) for p in collecting],
        ),
        "plots/learning_curve.csv": _csv(
            ("train_rows", "score", "score_sd", "n_fits"),
            [(a.train_rows, a.score, a.score_sd, a.n_fits) for a in anchors],
        ),
    }


def _csv(head: tuple[str, ...], rows: list[tuple[float, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
