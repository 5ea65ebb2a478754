"""The Python calls on frames, files and reports."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pytest
from e2e_support import make_flowers

import datassay as da
from datassay.datasets.snapshot import snapshot_frame
from datassay.errors import DataError, GateError, InconclusiveError, SpecError, UsageError
from datassay.results import Report
from datassay.run import check_columns
from datassay.spec import parse_spec


@pytest.fixture(scope="module")
def result():
    """One audit of a frame with planted wrong labels."""
    return da.audit(make_flowers(400, n_wrong=30), label="kind", id="row", seed=3)


def test_a_frame_needs_no_project(result):
    """A frame and the name of its label give a verdict, a worklist and what could not be checked."""
    assert result.verdict.action in {"clean", "collect", "review_first", "neither"}
    assert str(result.verdict) == f"{result.verdict.action}: {result.verdict.sentence}"
    assert result.labels.columns[:3] == ["id", "given_label", "suggested_label"]
    assert result.labels.height == 400
    assert result.value.cleaning.curve
    assert result.label_noise.noise_rate.low <= 30 / 400 <= result.label_noise.noise_rate.high
    assert result.report.stages["check"].outcome == "skipped"


def test_other_actions_are_measured_with_every_audit(result):
    """Dropping doubtful labels is among the actions of an audit that nobody asked for more; `measure: false` skips."""
    assert result.report.stages["actions"].outcome == "passed"
    assert "drop_labels" in {action.kind for action in result.report.actions}

    without = da.audit(make_flowers(200), label="kind", id="row", actions={"measure": False}).report

    assert (without.stages["actions"].outcome, without.actions) == ("skipped", [])


def test_a_gate_that_checked_nothing_does_not_pass(result):
    """Without a suite the default gate is not passed, and `assert_passing` is an AssertionError that says so."""
    assert not result.passed
    with pytest.raises(AssertionError, match="expectations_critical unknown"):
        result.assert_passing()
    with pytest.raises(GateError):
        result.assert_passing()


def test_results_can_be_saved_and_read_again(result, tmp_path):
    """`save` writes every file; the JSON is the report that `to_json` gives."""
    paths = result.save(tmp_path / "out")
    assert {path.name for path in paths} >= {"report.json", "report.html", "summary.md", "metrics.json"}
    saved = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    assert json.loads(saved) == json.loads(result.to_json())
    assert Report.model_validate_json(saved) == result.report


@pytest.mark.parametrize("convert", [pl.DataFrame.lazy, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
def test_other_tables_give_the_same_report(result, convert):
    """A lazy, pandas or Arrow table is audited like the polars frame that it holds."""
    other = da.audit(convert(make_flowers(400, n_wrong=30)), label="kind", id="row", seed=3).report
    assert other.labels == result.report.labels
    assert other.value == result.report.value


def test_row_order_of_worklist_and_seed_are_reproducible(result):
    """The same frame and seed give the same report, save `run`."""
    again = da.audit(make_flowers(400, n_wrong=30), label="kind", id="row", seed=3).report
    assert again.model_dump(exclude={"run"}) == result.report.model_dump(exclude={"run"})


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_path_is_read_where_it_lies(tmp_path, suffix, monkeypatch):
    """A path needs neither project nor repository; without a label there is a profile and no verdict."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"flowers.{suffix}"
    frame = make_flowers(50)
    frame.write_parquet(path) if suffix == "parquet" else frame.write_csv(path)

    result = da.audit(path)

    assert result.report.dataset.n_rows == 50
    assert result.verdict.action == "not_applicable"
    assert {column.name for column in result.report.profile.columns} == set(frame.columns)
    assert list(tmp_path.iterdir()) == [path]
    # Bytes by column are measured in Parquet; of csv they are estimated, and the page says so.
    assert {column.is_bytes_estimated for column in result.report.swamp.columns} == {suffix == "csv"}
    result.save(tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert ("the bytes of each are estimated" in page) == (suffix == "csv")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("metric: r2", "metric 'r2' is not for classification"),
        ("features: {time: petal, groups: site}", "features.time and features.groups are both set"),
        ("estimator: nowhere:make", "the estimator 'nowhere:make' cannot be imported"),
        ("id: rows", "id names the column 'rows'"),
    ],
)
def test_a_definition_that_does_not_fit_its_data_is_named(tmp_path, line, told):
    """What shows only when the data is read is told with the file in which it is to be mended."""
    (tmp_path / "audits").mkdir()
    (tmp_path / "datassay.toml").touch()
    make_flowers(50).write_parquet(tmp_path / "flowers.parquet")
    path = tmp_path / "audits" / "flowers.yaml"
    path.write_text(f"dataset: {{path: flowers.parquet, rev: null}}\nlabel: kind\n{line}\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        da.audit(path)
    assert str(caught.value).startswith(f"{path}: {told}")


def test_wrong_calls_are_one_line(tmp_path):
    """Wrong keys, labels and tables are told as by the command line."""
    frame = make_flowers(50)
    with pytest.raises(SpecError, match="Did you mean 'label'"):
        da.audit(frame, lable="kind")
    with pytest.raises(UsageError, match="'kind'"):
        da.audit(frame, label="kinds")
    with pytest.raises(
        SpecError, match=r"show_values names the column 'sites', which .* has not\. Did you mean 'site'"
    ):
        da.audit(frame, show_values=["sites"])
    with pytest.raises(SpecError, match=r"features\.embeddings: the column 'petal' is no array .* but Float64"):
        da.audit(frame, features={"embeddings": ["petal"]})
    with pytest.raises(SpecError, match=r"audit\(\.\.\.\): the id column 'uuid' .* holds bytes that are no text"):
        da.audit(frame.with_columns(uuid=pl.lit(b"\xff")), id="uuid")
    with pytest.raises(SpecError, match=r"audit\(\.\.\.\): metric 'r2' is not for classification, which the label"):
        da.audit(frame, label="kind", metric="r2")
    with pytest.raises(UsageError, match="no revs"):
        da.audit(frame, label="kind", rev="v1")
    with pytest.raises(InconclusiveError, match="no rows"):
        da.audit(frame.head(0), label="kind")
    with pytest.raises((DataError, UsageError), match="list"):
        da.audit([1, 2, 3], label="kind")
    with pytest.raises(DataError, match=r"none\.parquet"):
        da.audit(tmp_path / "none.parquet")


def test_who_voted_may_be_shown(tmp_path):
    """The annotators' column is one of the table of votes, so `show_values` may name it; another name is a slip."""
    snapshot = snapshot_frame(make_flowers(5), name="flowers", cache_dir=tmp_path)
    content = {"dataset": {"path": "x.parquet"}, "label": "kind", "annotators": {"votes": "v.csv", "annotator": "who"}}

    check_columns(parse_spec({**content, "show_values": ["site", "who"]}, "x", "x.yaml"), snapshot)
    with pytest.raises(SpecError, match="show_values names the column 'whom'"):
        check_columns(parse_spec({**content, "show_values": ["whom"]}, "x", "x.yaml"), snapshot)


def test_gate_refuses_a_stale_report(result, tmp_path):
    """A report that is too old, or of another rev, proves nothing and is inconclusive."""
    result.save(tmp_path)
    path = tmp_path / "report.json"
    assert da.gate(path).outcome == "unknown"
    assert da.gate(path, max_age_s=3600).rules == result.gate.rules

    old = result.report.run.model_copy(update={"started_at": (datetime.now(UTC) - timedelta(days=3)).isoformat()})
    with pytest.raises(InconclusiveError, match=r"3\.0 days old"):
        da.gate(result.report.model_copy(update={"run": old}), max_age_s=86400)
    with pytest.raises(InconclusiveError, match=r"the most allowed is 1 second\."):
        da.gate(result.report.model_copy(update={"run": old}), max_age_s=1)
    with pytest.raises(InconclusiveError, match="not v7"):
        da.gate(path, rev="v7")


def test_arrow_table_with_nulls_in_the_label_counts_them():
    """Rows without a label are left out of the estimate and counted."""
    frame = make_flowers(300).with_columns(pl.when(pl.col("row") % 10 == 0).then(None).otherwise("kind").alias("kind"))
    assert isinstance(frame.to_arrow(), pa.Table)
    assert da.audit(frame.to_arrow(), label="kind", id="row").label_noise.n_labelled == 270
