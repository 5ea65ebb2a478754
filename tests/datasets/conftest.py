"""Real Git and DVC repositories with a local remote, made once and copied where a test changes them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest


def make_people(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": [f"{i:05d}" for i in range(n)],
            "age": rng.integers(17, 90, n),
            "pay": np.round(rng.normal(40, 9, n), 2),
            "job": rng.choice(["clerk", "nurse", "smith"], n),
        }
    )


class Repo:
    """A project folder with commands to change it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *args: str) -> str:
        return subprocess.run(["git", *args], cwd=self.root, check=True, capture_output=True, text=True).stdout.strip()

    def dvc(self, *commands: str, cwd: str = ".") -> None:
        """Run commands in one process: importing DVC takes longer than most of them."""
        code = "import sys; from dvc.cli import main; sys.exit(any(main([*c.split(), '-q']) for c in sys.argv[1:]))"
        subprocess.run([sys.executable, "-c", code, *commands], cwd=self.root / cwd, check=True, capture_output=True)

    def set_remote(self, line: str | None) -> None:
        """Give the remote another setting, or remove it."""
        text = "" if line is None else f"[core]\n    remote = store\n['remote \"store\"']\n    {line}\n"
        (self.root / ".dvc/config").write_text(text)

    def commit(self, tag: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", tag)
        self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="session", autouse=True)
def _quiet_tools(tmp_path_factory):
    """Keep the user's own Git and DVC settings out of the tests, and the tests out of the user's caches."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for key in [key for key in os.environ if key.startswith(("GIT_", "DVC_"))]:
        patch.delenv(key)
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "Test")
        patch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("DVC_NO_ANALYTICS", "1")
    patch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
    patch.setenv("DVC_GLOBAL_CONFIG_DIR", str(home / "global"))
    patch.setenv("DVC_SYSTEM_CONFIG_DIR", str(home / "system"))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def farm(tmp_path_factory):
    """A folder with `proj` (two revs, v1 and v2, pushed) and its remote `store`; never change it."""
    folder = tmp_path_factory.mktemp("farm")
    repo = Repo(folder / "proj")
    (repo.root / "data").mkdir(parents=True)
    repo.git("init", "-q", "-b", "main")
    (folder / "store").mkdir()
    make_people(60).write_parquet(repo.root / "data/people.parquet")
    # Not 'push --all-tags' at the end: at a rev, DVC takes a relative remote to be relative to "/".
    repo.dvc("init", "remote add -d store ../store", "add data/people.parquet", "push")
    make_people(4).write_csv(repo.root / "data/notes.csv")
    repo.commit("v1")
    make_people(80).write_parquet(repo.root / "data/people.parquet")
    (repo.root / "data/parts/y=1").mkdir(parents=True)
    make_people(10).write_parquet(repo.root / "data/parts/b.parquet")
    make_people(20, seed=1).write_parquet(repo.root / "data/parts/a.parquet")
    make_people(5).write_csv(repo.root / "data/people.csv")
    (repo.root / "data/parts/README.md").write_text("Parts.")
    (repo.root / "data/parts/y=1").rmdir()
    repo.dvc("add data/people.parquet data/parts data/people.csv", "push")
    repo.commit("v2")
    return folder


@pytest.fixture
def copied(farm, tmp_path):
    """A copy of the project that a test may change, with its own remote."""
    shutil.copytree(farm, tmp_path / "farm", symlinks=True)
    return Repo(tmp_path / "farm" / "proj")


@pytest.fixture
def people():
    """Make a small table of people with so many rows."""
    return make_people


@pytest.fixture
def new_repo():
    """Make a handle on a folder that is to become a repository."""
    return Repo


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


@pytest.fixture
def data_file():
    """Find a file of the real datasets beside the repository."""
    shared = Path(__file__).parents[2].parent / "shared" / "data"

    def find(name: str) -> Path:
        if not (shared / name).exists():
            pytest.skip(f"the real datasets are not here: {name}")
        return shared / name

    return find
