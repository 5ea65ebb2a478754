"""Git and DVC for the demo: a repository that owes nothing to the user's own settings."""

from __future__ import annotations

import logging
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datassay.errors import EngineError

REMOTE = "remote"

#: The cache is named too: a user may share one between all repositories, or link files out of it.
DVC_CONFIG = f"""\
[core]
    remote = {REMOTE}
    analytics = false
    check_update = false
[cache]
    dir = cache
    type = "reflink,copy"
['remote "{REMOTE}"']
    url = ../{REMOTE}
"""

#: Users may have no name set, sign commits, run hooks, ignore data files everywhere or rewrite line ends.
GIT_SETTINGS = {
    "user.name": "datassay demo",
    "user.email": "demo@datassay.invalid",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "core.hooksPath": os.devnull,
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
}


def git(root: Path, *args: str) -> str:
    """Run Git in `root` and return what it prints; raises EngineError in one line where it fails or is missing."""
    settings = [part for key, value in GIT_SETTINGS.items() for part in ("-c", f"{key}={value}")]
    # Git run from a hook or an alias hands on its own folder by these.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *settings, *args], cwd=root, env=environment, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as exc:
        raise EngineError("Git was not found.", hint="Install Git and run again.") from exc
    except subprocess.CalledProcessError as exc:
        lines = exc.stderr.strip().splitlines()
        raise EngineError(f"git {args[0]} failed in {root}: {lines[-1] if lines else exc.returncode}.") from exc
    return done.stdout


def create_repository(root: Path) -> None:
    """Make `root` a Git and DVC repository with a local DVC remote in `remote/`, ignored by Git."""
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    with _dvc(root) as repo_class:
        repo_class.init(str(root)).close()
    (root / ".dvc" / "config").write_text(DVC_CONFIG, encoding="utf-8")
    remote = root / REMOTE
    remote.mkdir()
    (remote / ".gitignore").write_text("*\n", encoding="utf-8")


def commit_rev(root: Path, path: Path, *, tag: str, message: str) -> None:
    """Track `path` with DVC, push it, commit everything and tag the commit."""
    with _dvc(root) as repo_class, repo_class(str(root)) as repo:
        repo.add([str(path)])
        repo.push([str(path)])
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", f"--message={message}")
    git(root, "tag", tag)


@contextmanager
def _dvc(root: Path) -> Iterator[Any]:
    """Yield DVC's Repo class; its errors become one line, and its progress bars stay off the terminal."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    logger = logging.getLogger("dvc")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # DVC 3.67 calls what pygtrie 2.5 will drop.
            warnings.filterwarnings("ignore", message="_NoneStep", category=DeprecationWarning)
            yield Repo
    except DvcException as exc:
        raise EngineError(f"DVC failed in {root}: {str(exc).splitlines()[0]}.") from exc
    finally:
        logger.setLevel(level)
