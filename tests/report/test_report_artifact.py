"""report.json: written without loss, read with clear errors."""

from __future__ import annotations

import json
import math

import pytest

from datassay.errors import DataError, EngineError, UsageError
from datassay.report.artifact import dump_report, json_schema, read_report
from datassay.results import Interval


@pytest.fixture
def written(tmp_path, report):
    """A path with the sample's report.json."""
    path = tmp_path / "report.json"
    path.write_text(dump_report(report), encoding="utf-8")
    return path


def test_round_trip(written, report, sample):
    """What is read is what was written; a folder stands for the report in it."""
    assert read_report(written) == report
    assert read_report(written.parent) == report
    written.write_text(dump_report(sample.make_unknown_report()), encoding="utf-8")
    assert read_report(written) == sample.make_unknown_report()


def test_dump_is_plain_and_stable(sample, report):
    """UTF-8, keys in the records' order, two spaces, one final line break, the same bytes each time."""
    text = dump_report(sample.make_report(sample.HOSTILE_NAMES))

    assert list(json.loads(text))[:4] == ["schema_version", "run", "dataset", "context"]
    assert text.startswith('{\n  "schema_version": "1.0",\n')
    assert text.endswith("}\n")
    assert "Größe 中文" in text
    assert dump_report(report) == dump_report(sample.make_report())


def test_no_path_of_this_machine(report):
    """Where the worklist lay while it was made is nobody's business."""
    labels = report.labels.model_copy(update={"worklist_path": "/home/someone/cache/worklist.parquet"})

    assert "/home/someone" not in dump_report(report.model_copy(update={"labels": labels}))


def test_nan_is_never_written(report):
    """An optional figure that is no number becomes null; a required one is refused, by name."""
    column = report.profile.columns[0].model_copy(update={"mean": math.nan})
    profile = report.profile.model_copy(update={"columns": [column]})
    rate = report.labels.model_copy(update={"noise_rate": Interval(estimate=math.nan, low=0, high=1)})

    assert (
        json.loads(dump_report(report.model_copy(update={"profile": profile})))["profile"]["columns"][0]["mean"] is None
    )
    with pytest.raises(EngineError, match=r"no number at labels\.noise_rate\.estimate"):
        dump_report(report.model_copy(update={"labels": rate}))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda text: text[: len(text) // 2], DataError, r"report\.json line \d+: not valid JSON"),
        (lambda _: "[1, 2]", DataError, "no datassay report"),
        (lambda _: '{"a": 1}', DataError, "no datassay report"),
        (lambda text: text.replace('"schema_version": "1.0"', '"schema_version": 1'), DataError, "no datassay report"),
        (lambda text: text.replace('"schema_version": "1.0"', '"schema_version": "2.0"'), UsageError, "reads 1.0"),
        (lambda text: text.replace('"run": {', '"ran": {', 1), DataError, r"'run' is missing|unknown key 'ran'"),
        (lambda text: text.replace('"seed": 0', '"seed": 0, "sead": 1'), DataError, "unknown key 'run.sead'"),
        (lambda text: text.replace('"seed": 0', '"seed": "zero"'), DataError, "'run.seed'"),
        (lambda text: text.replace('"baseline": 0.7812', '"baseline": NaN'), DataError, "not valid JSON"),
        (lambda _: "[" * 100_000, DataError, "not valid JSON"),
    ],
)  # fmt: skip
def test_broken_reports_are_explained(written, change, error, message):
    """Each way to be broken gets one line that says what and where."""
    written.write_text(change(written.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(error, match=message) as caught:
        read_report(written)
    assert "\n" not in str(caught.value)


def test_newer_minor_version_is_named(written):
    """A key from a later minor version is explained by that version."""
    text = written.read_text(encoding="utf-8").replace('"schema_version": "1.0"', '"schema_version": "1.7", "later": 1')
    written.write_text(text, encoding="utf-8")

    with pytest.raises(
        DataError, match=r"unknown key 'later'. It was written with schema 1\.7, this datassay reads 1\.0"
    ):
        read_report(written)


def test_missing_and_unreadable_files(tmp_path):
    """No report is a usage error, one that is not text a data error."""
    with pytest.raises(UsageError, match=r"No report at .*report\.json\. Make one with 'datassay audit NAME'"):
        read_report(tmp_path)
    (tmp_path / "report.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not valid JSON"):
        read_report(tmp_path)


def test_schema_describes_every_key(report):
    """The JSON Schema is closed: it names every key that a report has."""
    schema = json_schema()

    assert set(json.loads(dump_report(report))) == set(schema["properties"])
    assert schema["additionalProperties"] is False
