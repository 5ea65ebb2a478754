"""How stages are run: nothing is hidden, nothing spreads."""

from pathlib import Path

import pytest

from datassay.errors import DataError, SpecError, StorageError
from datassay.history import History, Past
from datassay.progress import advance, report_to
from datassay.results import Interval, Predictions, StageRecord
from datassay.staging import Stages, call_inline, has_its_files

ONE = Interval(estimate=1.0, low=0.0, high=2.0)


def raise_(error):
    raise error


def test_a_failed_stage_is_unknown_with_its_reason(tmp_path):
    """A stage that cannot be measured is unknown, and says why."""
    stages = Stages(call_inline, tmp_path)
    assert stages.run("labels", lambda: raise_(DataError("one class only.", hint="Add another.")), Interval) is None
    assert stages.records["labels"].outcome == "unknown"
    assert stages.records["labels"].reason == "one class only. Add another."


def test_a_crash_tells_its_type_and_keeps_values_out(tmp_path):
    """An engine's crash becomes unknown; its message, which may quote data, goes to a log and not into the report."""
    stages = Stages(call_inline, tmp_path / "cache" / "logs")
    assert stages.run("check", lambda: raise_(ValueError("secret-cell-value")), Interval) is None

    reason = stages.records["check"].reason
    assert "ValueError" in reason
    assert "secret-cell-value" not in reason
    assert "secret-cell-value" in (tmp_path / "cache" / "logs" / "crash_check.txt").read_text(encoding="utf-8")


def test_a_wrong_definition_stops_the_audit(tmp_path):
    """A usage error is raised, never turned into an unknown stage."""
    with pytest.raises(SpecError):
        Stages(call_inline, tmp_path).run("predict", lambda: raise_(SpecError("no column 'y'")), Interval)


def test_a_full_disk_stops_the_audit(tmp_path):
    """What follows could not be kept either: the audit ends with what to do, and the last report stays."""
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(StorageError, match="Free some space"):
        Stages(call_inline, tmp_path / "cache" / "logs").run("predict", lambda: full.write(b"x"), Interval)


def test_a_stage_with_a_result_may_still_be_unknown(tmp_path):
    """Whoever judges a record decides how the stage ended, and the listener hears that, with the reason."""
    heard = []

    class Listener:
        def start(self, stage, total):
            pass

        def finish(self, stage, outcome, seconds, note):
            heard.append((stage, outcome, note))

    stages = Stages(call_inline, tmp_path)
    doubt = StageRecord(outcome="unknown", reason="one of two")
    with report_to(Listener()):
        assert stages.run("check", lambda: ONE, Interval, judge=lambda _: doubt) == ONE

    assert stages.records["check"] == doubt
    assert heard == [("check", "unknown", "one of two")]


def test_a_stage_that_must_succeed_raises(tmp_path):
    """Without data there is no audit: the pull's error is raised."""
    with pytest.raises(DataError):
        Stages(call_inline, tmp_path).run("pull", lambda: raise_(DataError("gone")), Interval, must_succeed=True)


def test_progress_reaches_the_listener_and_only_while_it_listens(tmp_path):
    """Starts, counts and ends of stages are reported inside the block and nowhere else."""
    heard = []

    class Listener:
        def start(self, stage, total):
            heard.append(("start", stage))

        def advance(self, stage, done, total):
            heard.append(("advance", stage, done, total))

        def finish(self, stage, outcome, seconds, note):
            heard.append(("finish", stage, outcome))

    def work():
        advance("value", 1, 2)
        return ONE

    with report_to(Listener()):
        Stages(call_inline, tmp_path).run("value", work, Interval)
    work()

    assert heard == [("start", "value"), ("advance", "value", 1, 2), ("finish", "value", "passed")]


def test_a_cached_record_without_its_files_is_noticed(tmp_path):
    """A record that points to a file which is gone has not all its files."""
    there = tmp_path / "pred.npz"
    there.touch()
    record = Predictions(
        task="classification", path=str(there), matrix_path=None, classes=["a", "b"], n_rows=2, n_missing_labels=0,
        n_folds=2, n_fits=2, splits="stratified", metric="accuracy", score=1.0, prior_score=0.5, estimator="e",
        n_near_duplicates=0,
    )  # fmt: skip
    assert has_its_files(record)
    there.unlink()
    assert not has_its_files(record)


def test_history_skips_the_same_content_and_broken_lines(tmp_path):
    """The predecessor of a snapshot is the last audit of other content; a cut line is no history."""
    history = History(tmp_path, "adult")
    assert history.before("m1") is None

    path = tmp_path / "history" / "adult.jsonl"
    path.parent.mkdir()
    base = {"at": "2026-11-23", "rev": "v1", "commit": "c1", "repo": None, "path": "p", "noise_rate": None}
    lines = [
        Past(**base, md5="m1", failed=[], passed=[]).model_dump_json(),
        Past(**{**base, "rev": "v2"}, md5="m2", failed=[], passed=[]).model_dump_json(),
        '{"at": "cut',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")

    assert history.before("m2").rev == "v1"
    assert history.before("m3").rev == "v2"
    assert history.of_content("m1").rev == "v1"
