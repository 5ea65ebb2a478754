"""The demo is a real repository whose three revs differ exactly as it says."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from datassay.datasets.snapshot import take_snapshot
from datassay.errors import DeliveryError, EngineError, UsageError
from datassay.expectations.suite import run_suite
from datassay.project import find_project
from datassay.scaffold import demo as demo_module
from datassay.scaffold import repository
from datassay.scaffold.demo import N_TRAINING_ROWS, build_demo, check_published, truth_path
from datassay.scaffold.faults import DISGUISED, N_DUPLICATES, NEVER_READ, find_boundary, plant_faults
from datassay.scaffold.repository import git
from datassay.spec import read_spec

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def published():
    """The packaged table."""
    return demo_module._read_published()


@pytest.fixture(scope="session")
def snapshots(demo, tmp_path_factory):
    """The demo's three revs as an audit gets them: through DVC, without a checkout."""
    spec = read_spec(demo.root / "audits" / "adult.yaml")
    cache = tmp_path_factory.mktemp("cache")
    return {
        rev: take_snapshot(spec.dataset, name="adult", root=demo.root, cache_dir=cache, rev=rev)
        for rev in ("v1", "v2", "v3")
    }


def test_packaged_table_is_the_published_one(published):
    """The packaged table is Adult value for value, its training file first."""
    path = SHARED / "c_adult" / "data.parquet"
    if not path.is_file():
        pytest.skip("the shared copy of Adult is not here")
    original = pl.read_parquet(path)
    assert published.equals(original.drop("split"))
    assert original["split"].head(N_TRAINING_ROWS).unique().to_list() == ["train"]
    assert (original["split"] == "train").sum() == N_TRAINING_ROWS


def test_packaged_table_is_small():
    """The wheel stays light."""
    path = Path(demo_module.__file__).parent / "demo_data" / "adult.parquet"
    assert path.stat().st_size < 600_000


def test_three_revs(snapshots, published, demo):
    """v1 is the training file, v2 the whole table, v3 holds the copies and the two columns on top."""
    assert [snapshots[rev].n_rows for rev in ("v1", "v2", "v3")] == [32_561, 48_842, 48_842 + N_DUPLICATES]
    frames = {rev: pl.read_parquet(snapshot.local_path) for rev, snapshot in snapshots.items()}
    assert frames["v1"].equals(published.head(N_TRAINING_ROWS))
    assert frames["v2"].equals(published)
    assert set(frames["v3"].columns) - set(published.columns) == set(NEVER_READ)
    assert git(demo.root, "tag").split() == ["v1", "v2", "v3"]
    assert git(demo.root, "branch", "--show-current").strip() == "main"


def test_repository_is_clean_and_whole(demo):
    """After the build nothing is left to commit, and the remote holds all three revs."""
    assert git(demo.root, "status", "--porcelain") == ""
    pushed = [path for path in (demo.root / "remote" / "files").rglob("*") if path.is_file()]
    assert len(pushed) == 3
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--cloud"],
        cwd=demo.root, capture_output=True, text=True, check=True, env={**os.environ, "DVC_NO_ANALYTICS": "1"},
    )  # fmt: skip
    assert "in sync" in done.stdout


def test_is_a_project(demo):
    """The demo is a project with a definition for the rev in hand, flows and usage evidence."""
    project = find_project(demo.root)
    assert project.root == demo.root
    assert project.names() == ["adult"]
    spec = read_spec(project.definition("adult"))
    assert (spec.dataset.rev, spec.cleaning.labels_per_hour, spec.cleaning.reviewer_accuracy) == ("v3", 90, 0.97)
    assert (spec.collecting.rows_per_day, spec.collecting.cost_per_day) == (500, 600)
    assert "rev: v1}" in git(demo.root, "show", "v1:audits/adult.yaml")
    assert (project.pipelines / "audit_dataset.py").is_file()


def test_nothing_an_audit_reads_names_the_faults(demo):
    """Definition, suite, queries and scripts do not know the planted columns or stand-ins; the record is not in Git."""
    tracked = [demo.root / name for name in git(demo.root, "ls-files").splitlines()]
    assert truth_path(demo.root).is_file()
    assert truth_path(demo.root) not in tracked
    for path in tracked:
        if path.suffix in {".yaml", ".sql", ".py"} or path.name == "adult.json":
            text = path.read_text(encoding="utf-8")
            assert not [word for word in (*NEVER_READ, "demo_truth", '"N/A"') if word in text], path


def test_suite_passes_as_published(demo, tmp_path):
    """No check fails on the published table: every failure in v3 is a planted fault's."""
    result = check_published(demo, tmp_path)
    assert (result.n_failed, result.n_unknown) == (0, 0)
    assert result.n_evaluated >= 30


def test_suite_fails_where_faults_are(demo, snapshots):
    """In v3 the failed checks are those of the planted columns and of the whole table."""
    result = run_suite(snapshots["v3"], demo.root / "expectations" / "adult.json", show_values=[])
    failed = {r.column for r in result.results if r.outcome == "failed"}
    assert {"age", "marital_status", "hours_per_week", None} <= failed
    assert result.n_unknown == 0


def test_record_is_the_difference(published, snapshots, demo):
    """Undoing every recorded fault gives the published table back: the record is complete, and nothing more."""
    faulty, truth = pl.read_parquet(snapshots["v3"].local_path), demo.truth
    copies = truth.filter(pl.col("fault") == "duplicate")["row_id"]
    mended = faulty.filter(~pl.col("row_id").is_in(copies.implode())).drop(NEVER_READ)
    for column in truth.filter(pl.col("row_id").is_not_null())["column"].drop_nulls().unique():
        right = truth.filter(pl.col("column") == column).select("row_id", "true_value")
        assert right["row_id"].is_unique().all()
        was = pl.col("true_value").cast(mended.schema[column])
        mended = (
            mended.join(right, on="row_id", how="left", maintain_order="left")
            .with_columns(pl.coalesce(was, pl.col(column)).alias(column))
            .drop("true_value")
        )
    assert mended.equals(published)


def test_copies_are_exact(snapshots, demo):
    """A copy differs from its row in nothing but the id."""
    faulty = pl.read_parquet(snapshots["v3"].local_path)
    pairs = demo.truth.filter(pl.col("fault") == "duplicate").select(
        "row_id", origin=pl.col("true_value").cast(pl.Int64)
    )
    rows = pairs.join(faulty, on="row_id", maintain_order="left").drop("row_id", "origin")
    origins = pairs.join(faulty, left_on="origin", right_on="row_id", maintain_order="left").drop("row_id", "origin")
    assert rows.height == N_DUPLICATES
    assert rows.equals(origins)


def test_planted_shares(published):
    """Noise depends on the class, is higher near the boundary, and every fault has about its share."""
    planted = plant_faults(published, seed=3)
    n = published.height
    counts = dict(planted.truth.group_by("fault").len().iter_rows())
    flipped = planted.truth.filter(pl.col("fault") == "wrong_label_by_class")
    of_above = (flipped["true_value"] == ">50K").sum() / (published["income"] == ">50K").sum()
    of_below = (flipped["true_value"] == "<=50K").sum() / (published["income"] == "<=50K").sum()
    assert of_above == pytest.approx(0.10, abs=0.012)
    assert of_below == pytest.approx(0.03, abs=0.004)
    near = find_boundary(published)
    rows = planted.truth.filter(pl.col("fault") == "wrong_label_near_boundary", pl.col("row_id") < n)["row_id"]
    assert near.gather(rows).all()
    assert len(rows) / near.sum() == pytest.approx(0.15, abs=0.02)
    expected = n * sum(share for share, _ in DISGUISED.values())
    assert counts["disguised_missing"] == pytest.approx(expected, rel=0.1)
    assert counts["duplicate"] == N_DUPLICATES
    assert counts["never_read_column"] == len(NEVER_READ)


def test_added_columns_cost_bytes(snapshots):
    """Nothing compresses the never-read columns away."""
    stored = {column.name: column.stored_bytes for column in snapshots["v3"].columns}
    assert all(stored[name] > 4 * snapshots["v3"].n_rows for name in NEVER_READ)


def test_same_seed_same_bytes(demo, tmp_path, monkeypatch):
    """A second build has the same md5s, also for a user without a name, who signs commits and links DVC's cache."""
    settings = tmp_path / "dvc-settings"
    settings.mkdir()
    (settings / "config").write_text("[cache]\n    type = symlink\n[core]\n    remote = mine\n", encoding="utf-8")
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(settings))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "commit.gpgSign")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    again = build_demo(tmp_path / "again")
    assert not (again.root / "data" / "adult.parquet").is_symlink()
    assert again.truth.equals(demo.truth)
    for rev in ("v1", "v2", "v3"):
        name = f"{rev}:data/adult.parquet.dvc"
        assert git(again.root, "show", name) == git(demo.root, "show", name)


def test_other_seed_other_faults(published):
    """The seed decides which rows are faulty."""
    small = published.head(2000)
    first, second = plant_faults(small, 1), plant_faults(small, 2)
    assert not first.truth.equals(second.truth)
    assert plant_faults(small, 1).table.equals(first.table)


def test_refuses_a_folder_that_holds_something(tmp_path):
    """A folder with content is left alone, with a line that says what to do."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"is not empty\. Name a new or empty folder"):
        build_demo(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        build_demo(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_refuses_its_own_demo(demo):
    """A folder with a demo says so, and how to go on."""
    with pytest.raises(UsageError, match=r"holds a demo already\. Run 'datassay audit adult' in it"):
        build_demo(demo.root)


@pytest.mark.parametrize("is_there", [True, False])
def test_failure_leaves_nothing(tmp_path, monkeypatch, is_there):
    """After a failure or an interrupt in the middle the folder is as it was."""
    folder = tmp_path / "d"
    if is_there:
        folder.mkdir()

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_module, "plant_faults", stop)
    with pytest.raises(KeyboardInterrupt):
        build_demo(folder)
    assert folder.exists() == is_there
    assert not is_there or list(folder.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path):
    """A parent that is a file is told in one line."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DeliveryError, match="Cannot make"):
        build_demo(tmp_path / "file" / "demo")


def test_without_git(tmp_path, monkeypatch):
    """A machine without Git gets one line that says so, and no half demo."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"Git was not found\. Install Git"):
        build_demo(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_dvc_errors_are_one_line(dvc_repo):
    """What DVC says becomes one line."""
    with pytest.raises(EngineError) as caught:
        repository.commit_rev(dvc_repo, dvc_repo / "absent.parquet", tag="v1", message="x")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("DVC failed in")
