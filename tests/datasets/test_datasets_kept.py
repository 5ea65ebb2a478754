"""What DVC keeps of a dataset at other revs, in real Git and DVC repositories."""

import shutil

import polars as pl
import pyarrow.parquet as pq
import pytest

from datassay.datasets.kept import measure_kept
from datassay.datasets.snapshot import take_snapshot
from datassay.spec import DatasetSpec


def kept(repo, cache, path="data/people.parquet", rev="HEAD"):
    snapshot = take_snapshot(DatasetSpec(path=path, rev=rev), name="people", root=repo, cache_dir=cache)
    return measure_kept(snapshot, repo)


def footer(path):
    group = pq.read_metadata(path).row_group(0)
    return {group.column(i).path_in_schema: group.column(i).total_compressed_size for i in range(group.num_columns)}


@pytest.fixture
def first(people, tmp_path):
    """The content of rev v1, as a file."""
    people(60).write_parquet(tmp_path / "first.parquet")
    return tmp_path / "first.parquet"


def test_other_revs_cost_what_their_footers_say(farm, cache, first):
    """The content of an earlier tag counts, column by column, and the one at hand does not."""
    found = kept(farm / "proj", cache)

    assert found.by_column == footer(first)
    assert (found.record.n_revs, found.record.n_files, found.record.n_files_measured) == (1, 1, 1)
    assert found.record.stored_bytes == first.stat().st_size
    assert (found.record.gone_bytes, found.record.reason) == (0, None)


@pytest.mark.parametrize("where", ["cache", "remote"])
def test_footers_are_read_wherever_dvc_keeps_the_file(copied, cache, first, where):
    """The cache is enough, and so is the remote."""
    shutil.rmtree(copied.root / ".dvc/cache" if where == "remote" else copied.root.parent / "store")

    found = kept(copied.root, cache, rev="workspace")

    assert found.by_column == footer(first)
    assert found.record.n_files_measured == 1


def test_a_file_that_is_kept_no_more_costs_nothing(copied, cache):
    """What neither the cache nor a remote that answers holds, was removed."""
    shutil.rmtree(copied.root / ".dvc/cache")
    shutil.rmtree(copied.root.parent / "store/files")

    found = kept(copied.root, cache, rev="workspace")

    assert (found.by_column, found.record.n_revs, found.record.n_files) == ({}, 1, 0)
    assert found.record.reason is None


def test_a_remote_that_is_away_leaves_an_estimate(copied, cache, first):
    """The recorded size is shared out as today's columns are, and no footer is said to have been read."""
    shutil.rmtree(copied.root / ".dvc/cache")
    shutil.rmtree(copied.root.parent / "store")

    found = kept(copied.root, cache, rev="workspace")

    assert found.record.stored_bytes == first.stat().st_size
    assert sum(found.by_column.values()) == pytest.approx(first.stat().st_size, abs=len(found.by_column))
    assert (found.record.n_files, found.record.n_files_measured) == (1, 0)


def test_columns_that_the_table_no_longer_has_are_told_apart(copied, cache, people):
    """A column that was dropped is still paid for, and belongs to no column of today."""
    path = copied.root / "data/people.parquet"
    people(90).select("id", "age").write_parquet(path)
    copied.dvc("add data/people.parquet")
    copied.commit("v3")

    found = kept(copied.root, cache)

    assert set(found.by_column) == {"id", "age"}
    assert found.record.n_revs == 2
    assert 0 < found.record.gone_bytes < found.record.stored_bytes


def test_files_that_revs_of_a_folder_share_count_once(copied, cache, people):
    """Of a folder only the files count that the content at hand has not."""
    parts = copied.root / "data/parts"
    old = footer(parts / "a.parquet")
    people(30, seed=2).write_parquet(parts / "a.parquet")
    copied.dvc("add data/parts")
    copied.commit("v3")

    found = kept(copied.root, cache, path="data/parts")

    assert found.by_column == old
    assert (found.record.n_revs, found.record.n_files) == (1, 1)


def test_a_file_inside_a_tracked_folder_has_a_past(copied, cache, people):
    """The list that DVC keeps of a folder says which content a file of it had."""
    parts = copied.root / "data/parts"
    old = footer(parts / "a.parquet")
    people(30, seed=2).write_parquet(parts / "a.parquet")
    copied.dvc("add data/parts")
    copied.commit("v3")

    assert kept(copied.root, cache, path="data/parts/a.parquet").by_column == old


def test_a_csv_file_is_shared_out(copied, cache, people):
    """A text file has no footer: its size is shared out by the columns of today."""
    path = copied.root / "data/people.csv"
    size = path.stat().st_size
    people(50).write_csv(path)
    copied.dvc("add data/people.csv")
    copied.commit("v3")

    found = kept(copied.root, cache, path="data/people.csv")

    assert found.record.stored_bytes == size
    assert sum(found.by_column.values()) == pytest.approx(size, abs=len(found.by_column))
    assert found.record.n_files_measured == 0


def test_outputs_of_stages_have_a_past(copied, cache, people):
    """A dataset that a stage writes is named by dvc.lock, at any commit of any branch."""
    write = "import polars as pl; pl.DataFrame({'a': list(range(%d))}).write_parquet('made.parquet')"
    for n in (10, 20):
        (copied.root / "make.py").write_text(write % n)
        (copied.root / "dvc.yaml").write_text(
            "stages: {make: {cmd: python make.py, deps: [make.py], outs: [made.parquet]}}"
        )
        copied.dvc("repro")
        copied.git("checkout", "-q", "-B", f"branch{n}")
        copied.commit(f"made{n}")
    pl.DataFrame({"a": list(range(10))}).write_parquet(cache / "ten.parquet")

    assert kept(copied.root, cache, path="made.parquet").by_column == footer(cache / "ten.parquet")


def test_unknown_pasts_say_why(copied, cache, people, tmp_path):
    """A file of Git alone, one outside a repository and one of another repository have no known past."""
    people(5).write_parquet(copied.root / "data/plain.parquet")
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    people(5).write_parquet(lonely / "people.parquet")
    snapshot = take_snapshot(
        DatasetSpec(path="data/people.parquet", rev="v1", repo=str(copied.root)), name="p", root=lonely, cache_dir=cache
    )

    told = [
        kept(copied.root, cache, path="data/plain.parquet", rev="workspace"),
        kept(lonely, cache, path="people.parquet", rev="workspace"),
        measure_kept(snapshot, lonely),
    ]

    reasons = [each.record.reason for each in told]
    assert "no commit names it" in reasons[0]
    assert "not in a Git repository" in reasons[1]
    assert "another repository" in reasons[2]
    assert all((each.by_column, each.record.n_files) == ({}, 0) for each in told)
