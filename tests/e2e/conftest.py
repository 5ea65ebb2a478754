"""A real Git + DVC project with a local remote, the installed console script, and one shared Prefect server."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_support import DEFINITION, SUITE, Console, commit_data, dvc, git, make_flowers


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all tests: each start costs ten seconds and more."""
    from datassay.cli.server import EmbeddedServer

    home = tmp_path_factory.mktemp("prefect")
    before = os.environ.get("PREFECT_HOME")
    os.environ["PREFECT_HOME"] = str(home)
    server = EmbeddedServer(home / "server.txt")
    try:
        # Not wait(): it imports the engines into this process, where every warning is an error.
        while not server.is_ready():
            time.sleep(0.2)
        yield server.url
    finally:
        server.stop()
        if before is None:
            del os.environ["PREFECT_HOME"]
        else:
            os.environ["PREFECT_HOME"] = before


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that every test gets a copy of."""
    folder = tmp_path_factory.mktemp("template") / "project"
    for name in ("data", "audits", "expectations", "queries"):
        (folder / name).mkdir(parents=True)
    git(folder, "init", "-b", "main")
    dvc(folder, "init")
    dvc(folder, "remote", "add", "-d", "store", "../store")
    (folder / "datassay.toml").touch()
    (folder / ".gitignore").write_text(".datassay/\nreports/\n", encoding="utf-8")
    (folder / "audits" / "flowers.yaml").write_text(DEFINITION, encoding="utf-8")
    (folder / "expectations" / "flowers.json").write_text(json.dumps(SUITE), encoding="utf-8")
    (folder / "queries" / "sites.sql").write_text(
        "select site, avg(petal) from flowers where sepal > 0 group by site;", encoding="utf-8"
    )
    commit_data(folder, make_flowers(400), "v1")
    commit_data(folder, make_flowers(500, n_wrong=40), "v2")
    return folder


def copy_project(template: Path, target: Path, server_url: str) -> Console:
    """Copy the project and its remote, and name the shared server."""
    shutil.copytree(template, target / "project", symlinks=True)
    shutil.copytree(template.parent / "store", target / "store")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "PYTEST"))}
    return Console(target / "project", {**env, "PREFECT_API_URL": server_url, "COLUMNS": "100"})


@pytest.fixture
def console(template: Path, tmp_path: Path, server_url: str) -> Console:
    """A fresh copy of the project, and the script in it."""
    return copy_project(template, tmp_path, server_url)


@pytest.fixture(scope="session")
def first_audit(
    template: Path, tmp_path_factory: pytest.TempPathFactory, server_url: str
) -> tuple[Console, subprocess.CompletedProcess[str]]:
    """A project whose dataset has been audited once, and what the command said."""
    console = copy_project(template, tmp_path_factory.mktemp("audited"), server_url)
    done = console("audit", "flowers")
    assert done.returncode == 0, done.stderr
    return console, done


@pytest.fixture(scope="session")
def audited(first_audit: tuple[Console, subprocess.CompletedProcess[str]]) -> Console:
    """A project whose dataset has been audited; for tests that leave its report as it is, save `run`."""
    return first_audit[0]
