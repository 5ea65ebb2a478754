"""Content at a rev through real Git and DVC repositories."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from datassay.datasets import content, dvc
from datassay.datasets.hashing import hash_table
from datassay.errors import DataError, EngineError, ProjectError, RevError, StorageError, UsageError


def fetch(root, cache, path="data/people.parquet", rev=None, repo=None):
    return dvc.fetch(path, rev, repo, root, cache)


def never(*_args, **_options):
    pytest.fail("called, though the cache has the answer")


def names(folder):
    return {path.name for path in folder.iterdir()}


def drop_cache(repo, *, remote=False):
    shutil.rmtree(repo.root / ".dvc/cache")
    if remote:
        shutil.rmtree(repo.root.parent / "store/files")


@pytest.mark.parametrize(("rev", "n_rows"), [("v1", 60), ("v2", 80), ("HEAD", 80), ("main", 80), ("HEAD~1", 60)])
def test_content_is_that_of_the_rev(farm, cache, rev, n_rows):
    """Each way to name a rev gives the content at its commit."""
    fetched = fetch(farm / "proj", cache, rev=rev)

    assert n_rows == pl.scan_parquet(fetched.local_path).select(pl.len()).collect().item()
    assert rev == fetched.rev
    assert len(fetched.commit) == 40
    assert fetched.md5 == hash_table(fetched.local_path)


def test_head_is_read_exactly_though_the_workspace_differs(copied, cache):
    """HEAD is the committed content, and no rev is the file as it lies."""
    pl.DataFrame({"other": [1]}).write_parquet(copied.root / "data/people.parquet")

    assert pl.read_parquet(fetch(copied.root, cache, rev="HEAD").local_path).height == 80
    workspace = fetch(copied.root, cache)
    assert copied.root / "data/people.parquet" == workspace.local_path
    assert (workspace.commit, workspace.rev) == (None, "workspace")


def test_workspace_is_not_touched(copied, cache):
    """Fetching another rev leaves HEAD, index and files alone."""
    before = (copied.git("status", "--porcelain"), hash_table(copied.root / "data/people.parquet"))

    fetch(copied.root, cache, rev="v1")

    assert before == (copied.git("status", "--porcelain"), hash_table(copied.root / "data/people.parquet"))


def test_second_fetch_asks_neither_dvc_nor_the_remote(copied, cache, monkeypatch):
    """A commit that was fetched once is served from the cache, even when all storage is gone."""
    first = fetch(copied.root, cache, rev="v1")
    drop_cache(copied, remote=True)
    monkeypatch.setattr(dvc, "_open", never)

    assert first == fetch(copied.root, cache, rev="v1")


def test_cut_cache_file_is_fetched_again(farm, cache):
    """A file of the cache that is not whole is not used."""
    first = fetch(farm / "proj", cache, rev="v1")
    first.local_path.write_bytes(b"PAR1")

    assert first.md5 == hash_table(fetch(farm / "proj", cache, rev="v1").local_path)


def test_file_tracked_by_git_alone(farm, cache):
    """A file that only Git tracks is read at its rev."""
    fetched = fetch(farm / "proj", cache, "data/notes.csv", "v1")

    assert (farm / "proj/data/notes.csv").read_bytes() == fetched.local_path.read_bytes()
    assert fetched.md5 == hash_table(fetched.local_path)


def test_folder_has_the_hash_that_dvc_records(farm, cache):
    """A tracked folder keeps DVC's hash, at a rev and in the workspace, and only its tables are copied."""
    fetched = fetch(farm / "proj", cache, "data/parts/", "v2")

    assert f"md5: {fetched.md5}" in (farm / "proj/data/parts.dvc").read_text()
    assert fetched.md5 == fetch(farm / "proj", cache, "data/parts").md5
    assert sorted(p.name for p in fetched.local_path.iterdir()) == ["a.parquet", "b.parquet"]
    assert fetched == fetch(farm / "proj", cache, "data/parts/", "v2")


def test_file_inside_a_tracked_folder(farm, cache):
    """One file of a tracked folder is a dataset too."""
    assert pl.read_parquet(fetch(farm / "proj", cache, "data/parts/a.parquet", "v2").local_path).height == 20


@pytest.mark.parametrize("path", ["data/people.parquet", "data/parts"])
def test_absent_workspace_file_comes_from_the_remote_into_the_cache(copied, cache, path):
    """A tracked file that was never checked out is read without being put into the workspace."""
    drop_cache(copied)
    local = copied.root / path
    shutil.rmtree(local) if local.is_dir() else local.unlink()

    fetched = fetch(copied.root, cache, path)

    assert cache == fetched.local_path.parent
    assert not local.exists()
    assert fetched.rev == "workspace"


def test_dvc_repository_below_the_top_of_the_git_repository(tmp_path, cache, new_repo, people):
    """A DVC repository and a project in a sub-folder work at a rev, with the sub-folder's own relative remote."""
    repo = new_repo(tmp_path / "mono")
    (repo.root / "team/proj/data").mkdir(parents=True)
    repo.git("init", "-q")
    people(7).write_parquet(repo.root / "team/proj/data/p.parquet")
    repo.dvc("init --subdir", "remote add -d store ../../store", "add proj/data/p.parquet", "push", cwd="team")
    commit = repo.commit("v1")
    shutil.rmtree(repo.root / "team/.dvc/cache")
    (repo.root / "team/proj/data/p.parquet").unlink()

    at_rev = fetch(repo.root / "team/proj", cache, "data/p.parquet", "v1")
    at_top = fetch(repo.root, cache, "team/proj/data/p.parquet", "v1")
    lying = fetch(repo.root / "team/proj", cache, "data/p.parquet")

    assert commit == at_rev.commit
    assert pl.read_parquet(at_rev.local_path).height == 7
    assert at_rev.md5 == at_top.md5 == lying.md5


def test_files_that_dvc_2_has_added_are_read(tmp_path, cache, new_repo):
    """Old pointers hold the hash of the text without carriage returns, and other folders of the cache."""
    repo = new_repo(tmp_path / "old")
    (repo.root / ".dvc").mkdir(parents=True)
    repo.git("init", "-q")
    (repo.root / ".dvc/config").touch()
    recorded = hashlib.md5(b"a,b\n1,2\n").hexdigest()
    kept = repo.root / f".dvc/cache/{recorded[:2]}/{recorded[2:]}"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a,b\r\n1,2\r\n")
    (repo.root / ".gitignore").write_text("/.dvc/cache\n")
    (repo.root / "x.csv.dvc").write_text(f"outs:\n- md5: {recorded}\n  size: 10\n  path: x.csv\n")
    repo.commit("v1")

    for rev in ("v1", "v1", None):
        assert fetch(repo.root, cache, "x.csv", rev).md5 == hashlib.md5(b"a,b\r\n1,2\r\n").hexdigest()


def test_linked_working_trees_are_repositories_too(copied, cache, tmp_path):
    """A second working tree of a repository has its own workspace and shares the revs."""
    copied.set_remote(f"url = {copied.root.parent}/store")
    copied.commit("v3")
    copied.git("worktree", "add", "-q", str(tmp_path / "tree"), "v3")
    (tmp_path / "tree/data/notes.csv").write_text("other\n1\n")

    assert pl.read_parquet(fetch(tmp_path / "tree", cache, rev="v3").local_path).height == 80
    assert pl.read_csv(fetch(tmp_path / "tree", cache, "data/notes.csv").local_path).columns == ["other"]


@pytest.mark.parametrize("rev", ["v1", "HEAD", None, "main", "<sha>", "<short>"])
def test_url_is_cloned_into_the_cache_and_leaves_nothing_behind(copied, cache, tmp_path, monkeypatch, rev):
    """Any Git URL serves as repository, by tag, branch, commit or default branch; the clone is removed."""
    copied.set_remote(f"url = {copied.root.parent}/store")
    sha = copied.commit("v3")
    subprocess.run(["git", "clone", "-q", "--bare", copied.root, tmp_path / "bare.git"], check=True)
    rev = {"<sha>": sha, "<short>": sha[:9]}.get(rev, rev)
    path = "data/notes.csv" if rev == "v1" else "data/people.parquet"

    fetched = fetch(tmp_path, cache, path, rev, f"file://{tmp_path}/bare.git")

    assert copied.git("rev-parse", "v1" if rev == "v1" else "v3") == fetched.commit
    assert {"revs", fetched.local_path.name} == names(cache)
    monkeypatch.setattr(dvc.git, "clone", never)
    if rev != sha[:9]:
        assert fetched == fetch(tmp_path, cache, path, rev, f"file://{tmp_path}/bare.git")


def test_path_of_another_project_serves_as_repository(farm, cache, tmp_path):
    """`repo` may be a folder, whose revs and workspace are read."""
    repo = os.path.relpath(farm / "proj", tmp_path)

    assert pl.read_parquet(fetch(tmp_path, cache, rev="v1", repo=repo).local_path).height == 60
    assert farm / "proj/data/people.parquet" == fetch(tmp_path, cache, repo=repo).local_path


def _no_git(repo, cache):
    fetch(cache, cache, rev="v1")


def _no_commit(repo, cache):
    (cache / "new").mkdir()
    subprocess.run(["git", "init", "-q", cache / "new"], check=True)
    fetch(cache / "new", cache, rev="HEAD")


def _no_dvc_and_no_file(repo, cache):
    fetch(cache, cache)


def _rev_of_url(repo, cache):
    fetch(cache, cache, rev="v9", repo=f"file://{repo.root}/.git")


def _url_down(repo, cache):
    fetch(cache, cache, rev="v1", repo="https://bob:hunter2@127.0.0.1:9/x.git")


def _content_missing(repo, cache):
    drop_cache(repo, remote=True)
    fetch(repo.root, cache, rev="v1")


def _folder_missing(repo, cache):
    drop_cache(repo, remote=True)
    fetch(repo.root, cache, "data/parts", rev="v2")


def _no_remote(repo, cache):
    repo.set_remote(None)
    drop_cache(repo)
    fetch(repo.root, cache, rev="v1")


def _remote_folder_gone(repo, cache):
    drop_cache(repo)
    shutil.rmtree(repo.root.parent / "store")
    fetch(repo.root, cache, rev="v1")


def _remote_without_driver(repo, cache):
    repo.set_remote("url = s3://nowhere/x")
    drop_cache(repo)
    fetch(repo.root, cache, rev="HEAD")


def _remote_down(repo, cache):
    repo.set_remote("url = https://bob:hunter2@127.0.0.1:9/x")
    drop_cache(repo)
    fetch(repo.root, cache, rev="HEAD")


def _workspace_untracked(repo, cache):
    fetch(repo.root, cache, "data/poeple.parquet")


def _broken_pointer(repo, cache):
    (repo.root / "data/people.parquet.dvc").write_text("outs: [")
    repo.commit("v3")
    fetch(repo.root, cache, rev="v3")


def _damaged_content(repo, cache):
    drop_cache(repo)
    for file in (repo.root.parent / "store/files").rglob("*"):
        if file.is_file() and not file.name.endswith(".dir"):
            file.chmod(0o644)
            file.write_bytes(b"PAR1 other PAR1")
    fetch(repo.root, cache, rev="v1")


def _other_format(repo, cache):
    fetch(repo.root, cache, "data/people.parquet.dvc", rev="v1")


def _not_yet_produced(repo, cache):
    (repo.root / "dvc.yaml").write_text("stages: {a: {cmd: x, outs: [data/made.parquet]}}")
    repo.commit("v3")
    fetch(repo.root, cache, "data/made.parquet", rev="v3")


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (_no_git, RevError, ["not in a Git repository", "'v1'", "rev: null"]),
        (_no_commit, RevError, ["'HEAD' does not exist"]),
        (_no_dvc_and_no_file, DataError, ["people.parquet: no such file"]),
        (
            lambda r, c: fetch(r.root, c, rev="v11"),
            RevError,
            ["people.parquet: rev 'v11' does not exist.", "Did you mean 'v1'?"],
        ),
        (lambda r, c: fetch(r.root, c, rev="--help"), RevError, ["rev '--help' does not exist", "'v2'"]),
        (_rev_of_url, RevError, ["rev 'v9' does not exist", "'v"]),
        (_url_down, RevError, ["https://127.0.0.1:9/x.git", "cannot be read"]),
        (lambda r, c: fetch(r.root, c, rev="v1", repo="nowhere"), RevError, ["neither a folder nor a Git URL"]),
        (lambda r, c: fetch(r.root, c, "data/poeple.parquet", "v1"), RevError, ["(rev v1)", "'people.parquet'?"]),
        (lambda r, c: fetch(r.root, c, "dat/people.parquet", "v1"), RevError, ["no such file or folder at that rev"]),
        (lambda r, c: fetch(r.root, c, "data/parts", "v1"), RevError, ["in the workspace", "dvc add"]),
        (lambda r, c: fetch(r.root, c, "../x.parquet", "v1"), UsageError, ["leads out of the repository"]),
        (_content_missing, RevError, ["not in the DVC cache nor in the remote 'store'", "dvc push"]),
        (_folder_missing, RevError, ["data/parts (rev v2)", "dvc push"]),
        (_no_remote, RevError, ["no DVC remote is set", "dvc remote add -d"]),
        (_remote_folder_gone, RevError, ["remote 'store' at", "does not exist"]),
        (_remote_without_driver, RevError, ["s3", "Install DVC with support"]),
        (_remote_down, RevError, ["the remote cannot be reached", "Check the network"]),
        (_workspace_untracked, DataError, ["no such file", "Did you mean 'people.parquet'?"]),
        (_broken_pointer, DataError, ["people.parquet (rev v3)", "cannot be read"]),
        (_damaged_content, DataError, ["data/people.parquet (rev v1): the stored content has md5", "damaged"]),
        (_other_format, DataError, ["not a format that can be read"]),
        (_not_yet_produced, RevError, ["dvc.yaml", "dvc repro"]),
    ],
)
def test_each_failure_is_one_clear_line(copied, cache, capfd, *, act, error, words):
    """Every way to fail says what, where and what to do in one line, and prints nothing by itself."""
    with pytest.raises((DataError, RevError, EngineError, UsageError)) as caught:
        act(copied, cache)

    text = str(caught.value)
    assert error is caught.type, text
    assert [word for word in words if word not in text] == [], text
    assert "\n" not in text
    assert "hunter2" not in text
    assert capfd.readouterr() == ("", "")
    assert not any(name.startswith(".tmp") for name in names(cache))


@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (errno.ENOSPC, StorageError, "the disk is full"),
        (errno.EACCES, ProjectError, "cannot be written"),
        (errno.EROFS, ProjectError, "cannot be written"),
    ],
)
def test_cache_that_cannot_be_written_is_told_from_a_remote_that_cannot_be_read(
    farm, cache, monkeypatch, *, number, error, words
):
    """A full or forbidden disk is named, and no part of a file stays."""
    real = Path.open

    def failing(self, mode="r", *args, **kwargs):
        if mode == "xb":
            raise OSError(number, os.strerror(number), str(self))
        return real(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", failing)

    with pytest.raises(error, match=words):
        fetch(farm / "proj", cache, rev="v1")
    assert names(cache) == set()


def test_interrupt_leaves_no_part_of_a_file(farm, cache, monkeypatch):
    """Ctrl-C in the middle of a copy removes what was written so far."""

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(content.Path, "replace", interrupt)

    with pytest.raises(KeyboardInterrupt):
        fetch(farm / "proj", cache, rev="v1")
    assert names(cache) == set()


@pytest.mark.parametrize("name", ["../evil.parquet", "/evil.parquet", "a/../../evil.parquet"])
def test_recorded_names_cannot_lead_out_of_the_cache(cache, name):
    """A folder's list of files is data from the remote, and may not name files elsewhere."""
    with pytest.raises(DataError, match=r"^data/parts: the recorded file name .* leads out of its folder"):
        content.keep_folder({name: (lambda: pytest.fail("opened"), None)}, cache, md5=None, what="data/parts")


def test_telemetry_is_off_unless_the_user_says_otherwise(monkeypatch):
    """DVC's usage data is switched off, without overruling the user."""
    monkeypatch.delenv("DVC_NO_ANALYTICS", raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "0")

    dvc.switch_off_telemetry()

    assert (os.environ["DVC_NO_ANALYTICS"], os.environ["DO_NOT_TRACK"]) == ("1", "0")


def test_dvc_itself_agrees_that_telemetry_is_off(farm, monkeypatch):
    """DVC reads the variable that is set."""
    from dvc.analytics import is_enabled

    monkeypatch.delenv("DVC_TEST", raising=False)
    dvc.switch_off_telemetry()

    assert not is_enabled()


def test_repositories_and_revs_are_found(farm, cache):
    """A folder below a DVC repository belongs to it, and its tags and branches are listed."""
    assert dvc.is_dvc_repo(farm / "proj/data")
    assert not dvc.is_dvc_repo(cache)
    assert {"main", "v1", "v2"} == set(dvc.list_revs(farm / "proj"))
    assert dvc.list_revs(cache) == []


def test_probe_says_whether_the_remote_answers(copied, cache):
    """The doctor's probe tells a remote that answers from one that is unset, gone, or no repository."""
    good = dvc.probe_remote(copied.root)
    shutil.rmtree(copied.root.parent / "store")
    gone = dvc.probe_remote(copied.root)
    copied.set_remote(None)
    unset = dvc.probe_remote(copied.root)

    assert (good[0], gone[0], unset[0], dvc.probe_remote(cache)[0]) == (True, False, False, False)
    assert "'store'" in good[1]
    assert "does not exist" in gone[1]
    assert "no default DVC remote" in unset[1]


def test_hooks_environment_does_not_mislead(farm, cache, monkeypatch):
    """Inside a Git hook, which sets GIT_DIR, the right repository is asked."""
    monkeypatch.setenv("GIT_DIR", str(cache))

    assert fetch(farm / "proj", cache, rev="v1").rev == "v1"


def test_dvc_is_not_imported_before_it_is_needed():
    """Importing the module does not load DVC, which costs a second."""
    code = "import sys, datassay.datasets.snapshot; sys.exit('dvc.api' in sys.modules or 'pyarrow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
