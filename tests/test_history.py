"""What was predicted before, kept beside the reports, and held against what came of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from e2e_support import script
from history_support import cells, commit, make_project

from datassay import forecasts
from datassay.cli.history import render
from datassay.datasets.hashing import hash_table
from datassay.datasets.snapshot import snapshot_frame
from datassay.errors import DataError, InconclusiveError
from datassay.forecasts import Comparison, compare_forecasts, count_coverage, judge, read_off, to_reviews
from datassay.history import Forecast, History, Past, Point, Realised
from datassay.matching import match_rows
from datassay.project import find_project
from datassay.realised import measure
from datassay.results import Interval, PrecisionPoint
from datassay.spec import AuditSpec

OLD_LINE = (
    '{"at":"2026-01-05T03:00:00+00:00","rev":"v0","commit":null,"repo":null,"path":"data/cells.parquet",'
    '"md5":"0","noise_rate":0.04,"failed":[],"passed":["expect_x:kind"]}\n'
)
ONE = Interval(estimate=0.01, low=0.0, high=0.03)


def make_forecast(**parts):
    content = {
        "metric": "balanced_accuracy", "baseline": 0.9, "task": "classification", "model": "lightgbm", "seed": 0,
        "n_labelled": 400, "labels_per_hour": 60, "reviewer_accuracy": 1.0, "rows_per_day": 100,
        "per_hour": ONE, "per_day": ONE,
        "cleaning": [Point(amount=60, gain=0.02, low=0.01, high=0.04), Point(amount=120, gain=0.03, low=0, high=0.06)],
        "collecting": [Point(amount=100, gain=0.01, low=0.0, high=0.02)],
        "precision": [PrecisionPoint(k=60, precision=Interval(estimate=0.5, low=0.2, high=0.8))],
    }  # fmt: skip
    return Forecast(**(content | parts))


def make_realised(**parts):
    content = {
        "md5_before": "a", "md5_after": "b", "label": "kind", "id": "row", "metric": "balanced_accuracy",
        "model": "lightgbm", "seed": 0, "matched_by": "id", "n_common": 400, "n_changed": 0, "n_added": 0,
        "n_removed": 0,
    }  # fmt: skip
    return Realised(**(content | parts))


def make_spec(**parts):
    return AuditSpec.model_validate({"dataset": {"path": "x.parquet"}, "label": "kind", "id": "row"} | parts)


@pytest.fixture
def snap(tmp_path):
    return lambda frame: snapshot_frame(frame, name="cells", cache_dir=tmp_path / "cache")


@pytest.fixture(scope="session")
def audited(tmp_path_factory) -> Path:
    """A project whose second rev has corrected labels and new rows; the first was audited last."""
    root = make_project(tmp_path_factory.mktemp("ledger") / "project")
    commit(root, cells(n_rows=400), "v1")
    commit(root, cells(n_corrected=70), "v2")
    audit(root, "v2", "v1")
    return root


def audit(root: Path, *revs: str) -> None:
    """Audit these revs by the Python call, in a process of its own."""
    code = "import sys, datassay\nfor rev in sys.argv[1:]: datassay.audit('audits/cells.yaml', rev=rev)"
    python = str(Path(script()).parent / "python")
    subprocess.run([python, "-c", code, *revs], cwd=root, check=True, capture_output=True)


def history(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [script(), "history", "cells", *args],
        cwd=root, env=env, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
def test_corrected_labels_and_new_rows_are_held_against_the_forecast(audited):
    """The gain of corrected labels and of new rows is measured, told with its interval, and judged."""
    found = json.loads(history(audited, "--json").stdout)

    cleaning, collecting = found["forecasts"]
    assert (cleaning["before_rev"], cleaning["after_rev"], cleaning["side"]) == ("v1", "v2", "cleaning")
    before, after = cells(n_rows=400), cells(n_rows=400, n_corrected=70)
    assert cleaning["amount"] == int((before["kind"] != after["kind"]).sum())
    assert cleaning["realised"]["low"] > 0
    assert cleaning["n_reviewed"] > cleaning["amount"]
    assert (collecting["side"], collecting["amount"]) == ("collecting", 169)
    for each in found["forecasts"]:
        inside = each["predicted"]["low"] <= each["realised"]["estimate"] <= each["predicted"]["high"]
        assert each["is_inside"] is inside
    assert found["coverage"]["n_forecasts"] == 2
    assert [(past["rev"], past["n_reviews"]) for past in found["audits"]] == [("v2", 0), ("v1", 0)]

    told = history(audited).stdout
    assert "labels changed" in told
    assert "169 new rows" in told
    assert f"So far {found['coverage']['n_inside']} of 2 forecasts inside their 80 % interval" in told


@pytest.mark.slow
def test_what_was_measured_survives_an_emptied_cache_and_is_not_measured_again(audited, tmp_path):
    """The ledger beside the report holds forecasts and measurements; without the cache the answer is the same."""
    first = json.loads(history(audited, "--json").stdout)
    root = tmp_path / "copy"
    shutil.copytree(audited, root, symlinks=True)
    shutil.rmtree(root / ".datassay")

    again = history(root, "--json", "--no-measure")

    assert json.loads(again.stdout) == first
    assert "fits" not in again.stderr


@pytest.mark.slow
def test_nothing_is_measured_where_that_is_asked_for(audited, tmp_path):
    """With --no-measure a pair without a stored measurement says so, and the ledger stays as it is."""
    root = tmp_path / "copy"
    shutil.copytree(audited, root, symlinks=True)
    ledger = root / "reports" / "cells" / "history.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if '"kind":"realised"' not in line)
    ledger.write_text(kept, encoding="utf-8")

    told = history(root, "--no-measure").stdout

    assert "not measured yet" in told
    assert "So far" not in told
    assert ledger.read_text(encoding="utf-8") == kept


@pytest.mark.slow
def test_a_workspace_that_was_committed_later_is_found_by_its_content(tmp_path):
    """An audit of the workspace knows no commit; its content is found where DVC recorded it, or is said to be gone."""
    root = make_project(tmp_path / "project")
    path = root / "data" / "cells.parquet"
    commit(root, cells(n_rows=300), "first")
    md5s = [hash_table(path)]
    cells(n_rows=300, n_corrected=95).write_parquet(path)
    md5s.append(hash_table(path))
    ledger = root / "reports" / "cells" / "history.jsonl"
    ledger.parent.mkdir(parents=True)
    past = Past.model_validate_json(OLD_LINE)
    parts = {"rev": "workspace", "label": "kind", "id": "row", "forecast": make_forecast(model="linear")}
    lines = [past.model_copy(update=parts | {"md5": md5, "at": f"2026-01-0{i}"}) for i, md5 in enumerate(md5s, 1)]
    ledger.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")

    (cleaning,) = json.loads(history(root, "--json").stdout)["forecasts"]

    assert (cleaning["side"], cleaning["reason"]) == ("cleaning", None)
    assert cleaning["realised"]["estimate"] > 0

    ledger.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
    cells(n_rows=300, n_corrected=50).write_parquet(path)
    assert "is in no commit and not in the workspace" in history(root).stdout


def test_lines_of_before_forecasts_were_kept_still_load(tmp_path):
    """An old line is an audit without a forecast; a line that was cut short is none."""
    path = tmp_path / "history" / "cells.jsonl"
    path.parent.mkdir()
    path.write_text(OLD_LINE + '{"at": "cut', encoding="utf-8")

    (past,) = History(tmp_path, "cells").audits()

    assert (past.rev, past.noise_rate, past.forecast, past.action) == ("v0", 0.04, None, None)


@pytest.mark.slow
def test_an_old_ledger_is_told_without_forecasts(audited, tmp_path):
    """Audits of before forecasts were kept stand in the table, and their pair says why it is not compared."""
    root = tmp_path / "copy"
    shutil.copytree(audited, root, symlinks=True)
    cached = root / ".datassay" / "history" / "cells.jsonl"
    cached.write_text(OLD_LINE + cached.read_text(encoding="utf-8"), encoding="utf-8")

    told = history(root, "--no-measure").stdout

    assert "3 audits of 3 contents" in told
    assert "v0 > v1: not compared: no forecast" in told


def test_a_cut_line_does_not_swallow_the_next(tmp_path):
    """A measurement after a line that a full disk cut short stands on a line of its own."""
    history = History(tmp_path / "cache", "cells", reports=tmp_path / "reports")
    history.keep(make_realised())
    ledger = tmp_path / "reports" / "cells" / "history.jsonl"
    ledger.write_text(ledger.read_text(encoding="utf-8") + '{"at": "cut', encoding="utf-8")

    history.keep(make_realised(n_changed=3))

    assert [each.n_changed for each in history.realised()] == [0, 3]
    assert history.audits() == []


def test_the_same_audit_twice_is_one_line_of_the_ledger(tmp_path, monkeypatch):
    """A nightly audit of the same content adds to the cache, and nothing to the ledger that is committed."""
    past = Past.model_validate_json(OLD_LINE)
    later = past.model_copy(update={"at": "2026-01-06T03:00:00+00:00"})
    other = later.model_copy(update={"noise_rate": 0.05})
    lines = iter([past, later, other])
    monkeypatch.setattr(Past, "of", lambda _report: next(lines))
    history = History(tmp_path / "cache", "cells", reports=tmp_path / "reports")
    for _ in range(3):
        history.add(None)

    ledger = tmp_path / "reports" / "cells" / "history.jsonl"
    assert [json.loads(line)["at"] for line in ledger.read_text(encoding="utf-8").splitlines()] == [past.at, other.at]
    assert [each.at for each in history.audits()] == [past.at, later.at, other.at]


def test_a_forecast_is_read_off_between_the_points_of_its_curve():
    """Between two points the gain and both ends lie on straight lines; nothing done gains nothing; the end is told."""
    curve = make_forecast().cleaning
    assert read_off(curve, 90)[0] == Interval(estimate=0.025, low=0.005, high=0.05)
    assert read_off(curve, 0)[0] == Interval(estimate=0.0, low=0.0, high=0.0)
    assert read_off(curve, 30) == (Interval(estimate=0.01, low=0.005, high=0.02), False)
    assert read_off(curve, 1000) == (Interval(estimate=0.03, low=0.0, high=0.06), True)


def test_changed_labels_tell_how_many_were_reviewed():
    """Where half of the worst are wrong and the reviewer is right, twice as many were looked at as changed."""
    assert to_reviews(make_forecast(), 15) == pytest.approx(30)
    assert to_reviews(make_forecast(), 60) == pytest.approx(120)
    # Nobody can have reviewed more than there is.
    assert to_reviews(make_forecast(), 399) == 400


@pytest.mark.parametrize(
    ("realised", "is_inside", "is_apart"),
    [((0.02, 0.01, 0.03), True, False), ((0.09, 0.03, 0.15), False, False), ((-0.05, -0.06, -0.04), False, True)],
)
def test_a_miss_within_the_measurement_error_is_no_clear_miss(realised, is_inside, is_apart):
    """Inside asks for the estimate; a clear miss is one whose interval has nothing in common with the forecast's."""
    gain = Interval(estimate=realised[0], low=realised[1], high=realised[2])
    pair = Comparison(before_rev="a", after_rev="b", before_md5="a", after_md5="b")
    (found,) = judge(pair, make_forecast(), make_realised(n_changed=30, cleaning=gain))
    assert (found.is_inside, found.is_apart) == (is_inside, is_apart)
    coverage = count_coverage([found])
    assert (coverage.n_forecasts, coverage.n_inside, coverage.n_apart) == (1, is_inside, is_apart)


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """Return a function that compares the forecasts of (md5, what differs) audits, and what was measured for it."""
    measured = []

    def measure_once(_project, _spec, before, after, forecast):
        measured.append(forecast.model)
        if forecast.model == "broken":
            raise DataError("The rows cannot be matched.")
        parts = {"n_changed": 30, "n_added": 100, "cleaning": ONE, "collecting": ONE, "model": forecast.model}
        return make_realised(md5_before=before.md5, md5_after=after.md5, **parts)

    monkeypatch.setattr(forecasts, "_measure", measure_once)

    def compare_audits(*audits, is_measured=True):
        history = History(tmp_path / "cache", "cells", reports=tmp_path / "reports")
        ledger = tmp_path / "reports" / "cells" / "history.jsonl"
        ledger.parent.mkdir(parents=True)
        past, common = Past.model_validate_json(OLD_LINE), {"label": "kind", "id": "row"}
        lines = [
            past.model_copy(update=common | {"rev": md5, "md5": md5, "at": f"2026-01-0{i}T03:00:00+00:00"} | parts)
            for i, (md5, parts) in enumerate(audits, 1)
        ]
        ledger.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
        (tmp_path / "datassay.toml").touch()
        found = compare_forecasts(find_project(tmp_path), make_spec(), history, is_measured=is_measured)
        return found, render("cells", history.audits(), found, count_coverage(found)), measured

    return compare_audits


def test_every_forecast_of_a_content_is_held_against_one_measurement(compare):
    """Audited without reviews, again the next night, and with them: two forecasts, each judged by the same gain."""
    after_reviews = make_forecast(cleaning=[Point(amount=60, gain=0.05, low=0.04, high=0.06)])
    found, told, measured = compare(
        ("a", {"forecast": make_forecast(), "n_reviews": 0}),
        ("a", {"forecast": make_forecast(baseline=0.9 + 1e-12), "n_reviews": 0}),
        ("a", {"forecast": after_reviews, "n_reviews": 60}),
        ("b", {"forecast": make_forecast(), "n_reviews": 0}),
    )

    assert measured == ["lightgbm"]
    assert [(each.side, each.n_reviews, each.is_inside) for each in found] == [
        ("cleaning", 0, True), ("collecting", 0, True), ("cleaning", 60, False), ("collecting", 60, True),
    ]  # fmt: skip
    assert found[0].realised == found[2].realised
    assert count_coverage(found).n_forecasts == 4
    column = next(line for line in told.splitlines() if line.startswith("from")).index("forecast with")
    rows = [line[column:].split("  ")[0] for line in told.splitlines() if line.startswith("a ")]
    assert rows == ["0 reviews", "0 reviews", "60 reviews", "60 reviews"]
    assert "So far 3 of 4 forecasts inside" in told


def test_forecasts_of_other_models_are_measured_by_their_own(compare):
    """What fails for one model fails once, is told once, and leaves the forecasts of another one to be judged."""
    broken = {"model": "broken", "baseline": 0.7}
    found, told, measured = compare(
        ("a", {"forecast": make_forecast()}),
        ("a", {"forecast": make_forecast(model="broken")}),
        ("a", {"forecast": make_forecast(**broken)}),
        ("a", {"forecast": make_forecast(baseline=0.8)}),
        ("b", {}),
    )

    assert measured == ["lightgbm", "broken"]
    assert [each.reason is None for each in found] == [True, True, False, False, True, True]
    assert told.count("not compared: The rows cannot be matched.") == 1
    # Lines of before reviews were counted are told apart by their time.
    assert "1 Jan 2026 03:00 UTC" in told
    assert "4 Jan 2026 03:00 UTC" in told


def test_a_content_without_a_forecast_says_so_once(compare):
    """Audits that measured no gain are one line, and where another one did it alone is compared."""
    none, told, _ = compare(("a", {}), ("a", {"noise_rate": 0.1}), ("b", {}))

    assert [each.reason is None for each in none] == [False]
    assert "a > b: not compared: no forecast" in told


def test_two_contents_of_one_name_are_told_apart():
    """HEAD of today is not that of yesterday: where both ends go by one name, their hashes stand beside it."""
    pair = Comparison(before_rev="HEAD", after_rev="HEAD", before_md5="0123456789", after_md5="abcdef0123", reason="x")
    named = pair.model_copy(update={"after_rev": "v2"})

    told = render("cells", [Past.model_validate_json(OLD_LINE)], [pair, named], count_coverage([]))

    assert "HEAD (0123456) > HEAD (abcdef0): not compared: x" in told
    assert "HEAD > v2: not compared: x" in told


def test_audits_of_one_name_are_told_apart():
    """Rows of the table that all go by HEAD bear their commit, and their path where that differs; others do not."""
    past = Past.model_validate_json(OLD_LINE)
    audits = [
        past.model_copy(update={"rev": rev, "commit": commit, "md5": md5, "path": path})
        for rev, commit, md5, path in (
            ("HEAD", "a" * 40, "0", "data/x.csv"),
            ("HEAD", "b" * 40, "1", "data/x.csv"),
            ("HEAD", "c" * 40, "2", "data/y.csv"),
            ("v1", "a" * 40, "0", "data/x.csv"),
            ("v1", "a" * 40, "0", "data/x.csv"),
        )
    ]
    pair = Comparison(before_rev="HEAD", after_rev="HEAD", before_md5="0", after_md5="1", reason="x")

    told = render("cells", audits, [pair], count_coverage([])).splitlines()

    names = ["HEAD (data/x.csv, aaaaaaa)", "HEAD (data/x.csv, bbbbbbb)", "HEAD (data/y.csv)", "v1", "v1"]
    start = told[2].index("rev")
    assert [line[start:].split("  ")[0] for line in told[3:8]] == names
    assert f"{names[0]} > {names[1]}: not compared: x" in told


def test_where_nothing_changed_the_reason_is_told():
    """A content that differs in neither labels nor rows is no test of a forecast, and does not count as one."""
    pair = Comparison(before_rev="a", after_rev="b", before_md5="a", after_md5="b")
    (found,) = judge(pair, make_forecast(), make_realised(n_removed=7))
    assert "none of the 400 rows" in found.reason
    assert "7 rows were taken out" in found.reason
    assert count_coverage([found]).n_forecasts == 0


def test_rows_are_matched_by_id_whatever_their_order(snap):
    """Shuffled rows keep their labels; one change, one new row and one removed row are counted as such."""
    before = cells(n_rows=100)
    flipped = pl.when(pl.col("row") == 7).then(pl.lit("other")).otherwise(pl.col("kind")).alias("kind")
    after = cells(n_rows=101).filter(pl.col("row") != 3).with_columns(flipped).sample(fraction=1, shuffle=True, seed=1)

    found = match_rows(snap(before), snap(after), make_spec())

    assert (int(found.is_changed.sum()), len(found.added), found.n_removed) == (1, 1, 1)
    assert set(found.classes) == {"benign", "malignant", "other"}
    changed = found.common[found.is_changed]
    assert after["row"].gather(changed).to_list() == [7]


def test_rows_without_an_id_are_matched_by_content_and_that_is_said(snap):
    """Without an id the features name a row; equal rows are told apart by their order."""
    before = cells(n_rows=100).drop("row")
    before = pl.concat([before, before.head(1)])
    kind = before["kind"].to_list()
    kind[50] = "benign" if kind[50] == "malignant" else "malignant"
    after = pl.concat([before.with_columns(pl.Series("kind", kind)), cells(n_rows=110).drop("row").tail(10)])

    found = match_rows(snap(before), snap(after), make_spec(id=None))

    assert (int(found.is_changed.sum()), len(found.added), found.n_removed) == (1, 10, 0)
    assert any("matched by their content" in note for note in found.notes)


def test_ids_that_name_nothing_are_refused(snap):
    """Repeated ids, and contents without a common id, are explained instead of compared."""
    frame = cells(n_rows=60)
    with pytest.raises(DataError, match="share no ids"):
        match_rows(snap(frame), snap(frame.with_columns(pl.col("row") + 1000)), make_spec())
    with pytest.raises(DataError, match="nulls or repeats"):
        match_rows(snap(frame), snap(frame.with_columns(pl.lit(1).alias("row"))), make_spec())
    with pytest.raises(DataError, match="held classes before and holds numbers"):
        match_rows(snap(frame), snap(frame.with_columns(kind=pl.col("x0"))), make_spec())


def test_too_few_common_rows_are_not_measured(snap):
    """A handful of shared rows is told instead of a gain."""
    with pytest.raises(InconclusiveError, match="Only 30 labelled rows"):
        measure(
            snap(cells(n_rows=30)),
            snap(cells(n_rows=200).head(200)),
            make_spec(),
            make_forecast(model="linear"),
            stage="a > b",
        )


def test_a_measurement_is_reproducible_whatever_n_jobs(snap):
    """Labels that were right before and are wrong after cost score; the same contents give the same figures."""
    before, after = snap(cells(n_wrong=0)), snap(cells(n_wrong=0, n_corrected=0))
    assert measure(before, after, make_spec(), make_forecast(model="linear"), stage="same").cleaning is None

    # Corrected backwards: trained with the right labels of before, and judged by the wrong ones of after.
    clean, half = snap(cells(n_wrong=95, n_corrected=95)), snap(cells(n_wrong=95))
    forward = measure(half, clean, make_spec(), make_forecast(model="linear"), stage="forward", n_jobs=1)
    assert forward.n_changed == 95
    assert forward.cleaning.low > 0
    assert forward == measure(half, clean, make_spec(), make_forecast(model="linear"), stage="forward", n_jobs=2)


def test_corrected_numbers_gain_too(snap):
    """For regression the same is measured in the forecast's metric."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.choice(len(y), 60, replace=False)
    given = y.copy()
    given[wrong] = rng.permutation(y[wrong]) + 300
    frame = pl.DataFrame(X, schema=[f"x{j}" for j in range(X.shape[1])]).with_row_index("row")
    spec = make_spec(label="y", task="regression")
    forecast = make_forecast(metric="r2", task="regression", model="linear")

    found = measure(
        snap(frame.with_columns(y=pl.Series(given))), snap(frame.with_columns(y=pl.Series(y))), spec, forecast,
        stage="numbers",
    )  # fmt: skip

    assert 55 <= found.n_changed <= 60
    assert found.cleaning.low > 0
    assert found.collecting is None
