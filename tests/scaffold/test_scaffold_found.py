"""The table at the end of the demo counts honestly: what was found, what was missed, and what was no fault."""

import polars as pl
import pytest

from datassay.results import (
    ColumnProfile,
    Context,
    DatasetInfo,
    ExpectationResult,
    Expectations,
    Gate,
    Interval,
    Labels,
    Profile,
    Report,
    RunInfo,
    StageRecord,
    Swamp,
    SwampColumn,
    Verdict,
)
from datassay.scaffold.faults import TRUTH
from datassay.scaffold.found import compare_planted, render_found

N_ROWS = 1000


@pytest.fixture
def truth():
    """Ten wrong labels, five missing values in disguise, four slips, three copies and two columns."""
    rows = [("wrong_label_by_class", i, "income", ">50K") for i in range(6)]
    rows += [("wrong_label_near_boundary", i, "income", ">50K") for i in range(6, 10)]
    rows += [("disguised_missing", i, "age", "40") for i in range(20, 25)]
    rows += [("unit_slip", i, "hours_per_week", "40") for i in range(30, 34)]
    rows += [("duplicate", 1000 + i, None, str(i)) for i in range(3)]
    rows += [("never_read_column", None, name, None) for name in ("legacy_batch_code", "ingest_checked_at")]
    return pl.DataFrame(rows, schema=TRUTH, orient="row")


@pytest.fixture
def worklist(tmp_path):
    """A worklist whose first ten rows hold five of the planted wrong labels: 0 to 4."""
    path = tmp_path / "worklist.parquet"
    ids = [0, 1, 2, 3, 500, 4, 501, 502, 503, 504, *range(5, 10), *range(600, 700)]
    pl.DataFrame({"id": ids, "rank": range(1, len(ids) + 1)}).sample(fraction=1, shuffle=True, seed=0).write_parquet(
        path
    )
    return path


def check(kind, column, outcome="failed", n_unexpected=None):
    """Return one result of a suite."""
    return ExpectationResult(type=kind, column=column, severity="critical", outcome=outcome, n_unexpected=n_unexpected)


def checks(*results):
    """Return a suite's results."""
    failed = sum(r.outcome == "failed" for r in results)
    return Expectations(
        engine="x", suite="x", success=not failed, n_evaluated=len(results), n_failed=failed, n_unknown=0,
        results=list(results),
    )  # fmt: skip


def swamp(**status):
    """Return a finding with columns of 100 bytes."""
    columns = [
        SwampColumn(
            name=name, status=value, reason="", evidence=[], stored_bytes=100, cost_per_month=0.0, null_fraction=0.0
        )
        for name, value in status.items()
    ]
    return Swamp(
        window=None, columns=columns, coverage=[], n_used=0, n_unused=0, n_unknown=0, unused_bytes=0,
        unused_cost_per_month=0.0, currency="EUR",
    )  # fmt: skip


def make_report(**parts):
    """Return a report of the demo with these parts."""
    labels = Labels(
        n_labelled=N_ROWS, n_issues=12, noise_rate=Interval(estimate=0.012, low=0.008, high=0.02),
        noise_rate_source="model", transition_matrix=[], classes=[], per_class=[], detector_precision=[],
        worklist_path=None,
    )  # fmt: skip
    profile = Profile(
        columns=[
            ColumnProfile(name="age", dtype="Int64", null_fraction=0, n_distinct=70, disguised_missing_fraction=0.004)
        ],
        n_duplicate_rows=3,
    )
    given = {
        "expectations": checks(
            check("expect_column_values_to_be_between", "age", n_unexpected=5),
            check("expect_column_values_to_be_between", "hours_per_week", "passed", 0),
            check("expect_table_columns_to_match_set", None),
        ),
        "labels": labels,
        "profile": profile,
        "swamp": swamp(age="used", income="used", legacy_batch_code="unused", ingest_checked_at="unused"),
        "stages": {"labels": StageRecord(outcome="passed")},
    }
    return Report(
        run=RunInfo(id="x", started_at="2026-11-23T03:00:00", duration_s=1, seed=0, stage_seconds={}, versions={}),
        dataset=DatasetInfo(
            name="adult", path="x", repo=None, rev="v3", commit=None, md5="x", format="parquet", n_rows=N_ROWS,
            n_columns=17, stored_bytes=1000,
        ),
        context=Context(label="income", id="row_id", task="classification", metric="x", currency="EUR", estimator=None),
        verdict=Verdict(action="clean", sentence="", reasons=[], assumptions=[]),
        gate=Gate(outcome="failed", rules=[]),
        **{**given, **parts},
    )  # fmt: skip


def by_fault(rows):
    """Return the rows by what they are about."""
    return {row.fault: row for row in rows}


def test_counts_by_hand(truth, worklist):
    """Every count is the one that counting by hand gives."""
    rows = by_fault(compare_planted(make_report(), worklist, truth))
    counted = {name: (row.n_planted, row.n_found) for name, row in rows.items()}
    assert counted == {
        "wrong labels, first hour": (10, 10),
        "… by class": (6, 5),
        "… near the boundary": (4, 0),
        "share of wrong labels": (None, None),
        "missing in disguise: age": (5, 5),
        "minutes for hours: hours_per_week": (4, 0),
        "copies of rows": (3, 3),
        "columns nobody reads": (2, 2),
        "read columns called unused": (0, 0),
        "checks failed without a fault": (0, 0),
    }
    assert rows["wrong labels, first hour"].found == "10 of the first 90 rows"
    assert "5 by 1 failed check, 4 by the profile" in rows["missing in disguise: age"].found
    assert rows["minutes for hours: hours_per_week"].found == "no check failed"
    assert "20.0 % of the bytes" in rows["columns nobody reads"].judged_by


@pytest.mark.parametrize(("low", "high", "word"), [(0.008, 0.02, "holds"), (0.011, 0.02, "misses")])
def test_interval_is_judged(truth, worklist, low, high, word):
    """Whether the interval holds what was planted is said either way."""
    report = make_report()
    noise = Interval(estimate=0.015, low=low, high=high)
    report = report.model_copy(update={"labels": report.labels.model_copy(update={"noise_rate": noise})})
    assert word in by_fault(compare_planted(report, worklist, truth))["share of wrong labels"].found


def test_misses_are_shown(truth, worklist):
    """What nothing found is a row with zero, not a row less."""
    report = make_report(expectations=checks(check("x", "age", "passed")), swamp=swamp(age="used"))
    rows = by_fault(compare_planted(report, worklist, truth))
    assert rows["columns nobody reads"].found == "none"
    assert (rows["columns nobody reads"].n_planted, rows["columns nobody reads"].n_found) == (2, 0)
    assert "no check failed" in rows["missing in disguise: age"].found


def test_false_alarms_are_named(truth, worklist):
    """A read column called unused, and checks that fail without a fault, are named."""
    report = make_report(
        expectations=checks(check("expect_column_values_to_be_in_set", "sex", n_unexpected=1)),
        swamp=swamp(age="unused", legacy_batch_code="unused", ingest_checked_at="unused"),
    )
    published = checks(check("expect_column_values_to_be_between", "age", n_unexpected=1))
    rows = by_fault(compare_planted(report, worklist, truth, published=published))
    assert rows["read columns called unused"].found == "1: age"
    assert rows["checks failed without a fault"].found == "1: values to be in set of sex"
    assert rows["checks failed as published"].found == "1: values to be between of age"


def test_not_measured_is_said(truth):
    """Stages without a result are rows that say so, with the reason where there is one."""
    report = make_report(
        labels=None,
        profile=None,
        swamp=None,
        expectations=None,
        stages={"labels": StageRecord(outcome="unknown", reason="the model is no better than the prior")},
    )
    rows = by_fault(compare_planted(report, None, truth))
    assert rows["wrong labels"].found == "not measured"
    assert rows["wrong labels"].judged_by == "the model is no better than the prior"
    assert rows["copies of rows"].found == rows["columns nobody reads"].found == "not measured"
    assert "checks failed without a fault" not in rows


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_text_fits(truth, worklist, width):
    """The text keeps to its width and holds every row."""
    rows = compare_planted(make_report(), worklist, truth)
    text = render_found(rows, width=width)
    first = max(len(row.fault) for row in rows) + max(len(row.planted) for row in rows) + 6
    assert max(map(len, text.splitlines())) <= max(width, first + 24)
    assert all(row.fault in text for row in rows)
