"""Outputs: all of them or none, and an old report stays whole."""

from __future__ import annotations

import csv
import errno
import json
import logging
import os
import stat
import subprocess
from pathlib import Path

import polars as pl
import pytest

from datassay.errors import DataError, DeliveryError
from datassay.report import files
from datassay.report.artifact import OUTPUTS, read_report, write_outputs, write_text

pytestmark = pytest.mark.usefixtures("no_charts")


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below `folder` with their content."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def worklist(tmp_path, sample) -> Path:
    """A worklist with hostile labels."""
    path = tmp_path / "cache" / "worklist.parquet"
    path.parent.mkdir()
    rows = sample.make_worklist_head(40)
    for row, label in zip(
        rows, ["=1+1", "@SUM(A1)", "-1", "+2.5", "-1+cmd|' /C calc'!A0", "\tx", "a,b", '"q"'], strict=False
    ):
        row["given_label"] = label
    pl.DataFrame(rows).reverse().write_parquet(path)
    return path


def test_all_outputs(tmp_path, report, worklist):
    """Every file is there, in the returned order, readable by all whom the umask admits, and nothing else."""
    paths = write_outputs(report, tmp_path / "out", worklist=worklist)

    assert [str(path.relative_to(tmp_path / "out")) for path in paths] == list(OUTPUTS)
    assert set(tree(tmp_path / "out")) == set(OUTPUTS)
    assert read_report(tmp_path / "out") == report
    umask = os.umask(0)
    os.umask(umask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o666 & ~umask}


def test_outputs_do_not_change(tmp_path, report, worklist):
    """The same report gives the same bytes, into a new folder or over itself, from its own worklist too."""
    write_outputs(report, tmp_path / "a", worklist=worklist)
    write_outputs(report, tmp_path / "b", worklist=worklist)
    first = tree(tmp_path / "a")
    write_outputs(read_report(tmp_path / "a"), tmp_path / "a", worklist=tmp_path / "a" / "worklist.parquet")

    assert tree(tmp_path / "b") == first
    assert tree(tmp_path / "a") == first


def test_outputs_of_an_earlier_report_do_not_stay(tmp_path, report, worklist, sample):
    """A report without a worklist leaves an empty one, and files of others alone."""
    write_outputs(report, tmp_path / "out", worklist=worklist)
    (tmp_path / "out" / ".gitignore").write_text("/report.html\n")
    write_outputs(sample.make_unlabelled_report(), tmp_path / "out", worklist=None)

    assert set(tree(tmp_path / "out")) == {*OUTPUTS, ".gitignore"}
    assert pl.read_parquet(tmp_path / "out" / "worklist.parquet").height == 0
    assert (tmp_path / "out" / "worklist.csv").read_text().count("\n") == 1


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", range(0, 9, 2))
def test_a_stop_while_moving_is_undone(*, tmp_path, report, worklist, sample, monkeypatch, failure, after):
    """Whatever stops the moving, at whichever file, the old report is whole and no temporary file is left."""
    folder = tmp_path / "out"
    write_outputs(report, folder, worklist=worklist)
    before, n_moved = tree(folder), 0
    really_replace = os.replace

    def replace(source, target):
        nonlocal n_moved
        if "new" in Path(source).parts and n_moved == after:
            raise failure
        n_moved += "new" in Path(source).parts
        really_replace(source, target)

    monkeypatch.setattr(files.os, "replace", replace)
    expected = KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else DeliveryError
    other = sample.make_report(gate=sample.make_unlabelled_report().gate)
    with pytest.raises(expected):
        write_outputs(other, folder, worklist=worklist)

    assert tree(folder) == before


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_stop_while_writing_touches_nothing(tmp_path, report, monkeypatch, failure):
    """A full disk or an interrupt before the last byte leaves the old report, or no folder where there was none."""
    write_outputs(report, tmp_path / "old", worklist=None)
    before = tree(tmp_path / "old")
    really_write = Path.write_text

    def write(self, *args, **kwargs):
        if self.name == "metrics.json":
            raise failure
        return really_write(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", write)
    for folder in (tmp_path / "old", tmp_path / "new"):
        with pytest.raises((DeliveryError, KeyboardInterrupt)):
            write_outputs(report, folder, worklist=None)

    assert tree(tmp_path / "old") == before
    assert not (tmp_path / "new").exists()


def test_a_file_where_the_folder_should_be(tmp_path, report):
    """A folder that cannot be made is one clear line, and exit code 5."""
    (tmp_path / "out").write_text("in the way")

    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(DeliveryError, match=r"Cannot write the report to .*: move it away") as caught:
            write_outputs(report, folder, worklist=None)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 5
    assert (tmp_path / "out").read_text() == "in the way"


def test_a_folder_where_a_file_should_be(tmp_path, report):
    """Something else in a file's place stops the delivery and undoes it."""
    write_outputs(report, tmp_path, worklist=None)
    (tmp_path / "report.html").unlink()
    (tmp_path / "report.html").mkdir()
    before = tree(tmp_path)

    with pytest.raises(DeliveryError):
        write_outputs(report, tmp_path, worklist=None)
    assert tree(tmp_path) == before


def test_no_hard_links(tmp_path, report, sample, monkeypatch):
    """On a file system without hard links old files are kept by copying."""
    monkeypatch.setattr(Path, "hardlink_to", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
    write_outputs(report, tmp_path, worklist=None)
    write_outputs(sample.make_unknown_report(), tmp_path, worklist=None)

    assert read_report(tmp_path) == sample.make_unknown_report()


def test_linked_outputs_are_replaced_not_written_through(tmp_path, report):
    """DVC may link outputs to its cache: a new report replaces the link and leaves the cached file."""
    (tmp_path / "cached.html").write_text("cached")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").symlink_to(tmp_path / "cached.html")
    write_outputs(report, tmp_path / "out", worklist=None)

    assert (tmp_path / "cached.html").read_text() == "cached"
    assert not (tmp_path / "out" / "report.html").is_symlink()


def test_csv_runs_no_formula(tmp_path, report, worklist):
    """Text that a spreadsheet would run gets an apostrophe; labels that are plain numbers stay what they are."""
    write_outputs(report, tmp_path / "out", worklist=worklist)
    with (tmp_path / "out" / "worklist.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert [row["rank"] for row in rows] == [str(i + 1) for i in range(40)]
    assert [row["given_label"] for row in rows[:8]] == [
        "'=1+1", "'@SUM(A1)", "-1", "+2.5", "'-1+cmd|' /C calc'!A0", "'\tx", "a,b", '"q"',
    ]  # fmt: skip
    assert list(rows[0]) == ["rank", "id", "given_label", "suggested_label", "p_wrong", "label_quality"]


@pytest.mark.parametrize(("n_rows", "n_issues", "n_written"), [(500, 3, 500), (3_000, 3, 1_000), (3_000, 2_000, 2_000)])
def test_csv_is_of_a_sensible_size(tmp_path, report, n_rows, n_issues, n_written):
    """The CSV holds all label issues, at least 1,000 rows; the parquet file holds every row."""
    path = tmp_path / "worklist.parquet"
    pl.DataFrame({"rank": range(1, n_rows + 1), "id": range(n_rows), "p_wrong": [0.1] * n_rows}).write_parquet(path)
    labels = report.labels.model_copy(update={"n_issues": n_issues})
    write_outputs(report.model_copy(update={"labels": labels}), tmp_path / "out", worklist=path)

    assert len((tmp_path / "out" / "worklist.csv").read_text().splitlines()) == n_written + 1
    assert pl.read_parquet(tmp_path / "out" / "worklist.parquet").height == n_rows


def test_broken_worklist(tmp_path, report):
    """A worklist that is no parquet file stops before anything is written."""
    (tmp_path / "worklist.parquet").write_bytes(b"not parquet")

    with pytest.raises(DataError, match="Cannot read the worklist"):
        write_outputs(report, tmp_path / "out", worklist=tmp_path / "worklist.parquet")
    assert not (tmp_path / "out").exists()


def test_write_text(tmp_path):
    """One file, whole or not at all."""
    write_text(tmp_path / "reports" / "index.html", "one\n")
    write_text(tmp_path / "reports" / "index.html", "two\n")

    assert tree(tmp_path) == {"reports/index.html": b"two\n"}
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryError):
        write_text(tmp_path / "file" / "index.html", "x")


def test_metrics_are_flat_numbers_with_fixed_keys(tmp_path, report, sample):
    """metrics.json has the same keys in every report and only numbers or null."""
    write_outputs(report, tmp_path / "a", worklist=None)
    write_outputs(sample.make_unknown_report(), tmp_path / "b", worklist=None)
    full, empty = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in "ab")

    assert list(full) == list(empty)
    assert all(isinstance(value, int | float) for value in full.values())
    assert (full["noise_rate"], full["n_checks_failed"], full["gate_passed"]) == (0.068, 3, 0)
    assert (empty["noise_rate"], empty["n_rows"], empty["gate_passed"]) == (None, 58_842, None)


def test_dvc_reads_metrics_and_plots(tmp_path, report, caplog):
    """`dvc metrics show` and `dvc plots` understand the files."""
    from dvc.repo import Repo

    # DVC keeps the stream that was there at its first import: another test's, which is closed by now.
    caplog.set_level(logging.ERROR, logger="dvc")
    write_outputs(report, tmp_path / "reports" / "adult", worklist=None)
    (tmp_path / "dvc.yaml").write_text(
        "metrics: [reports/adult/metrics.json]\nplots:\n  - reports/adult/plots/cleaning.csv: {x: hours, y: gain}\n"
    )
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with Repo.init(str(tmp_path)) as repo:
        metrics = repo.metrics.show()[""]["data"]["reports/adult/metrics.json"]["data"]
        plots = repo.plots.show()["workspace"]["sources"]["data"]["reports/adult/plots/cleaning.csv"]["data"]

    assert metrics["noise_rate"] == 0.068
    assert len(plots) == 11
