"""Put a new file under version control: its content under DVC's, its pointer under Git's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from datassay.datasets import git
from datassay.datasets.dvc import is_dvc_repo
from datassay.datasets.dvc_errors import explain
from datassay.datasets.dvc_session import inside_dvc
from datassay.errors import DatassayError, RevError, UsageError

__all__ = ["check_tag", "commit", "is_dvc_repo", "track"]

_GIT_S = 600


def track(path: Path) -> list[Path]:
    """Add a file or folder to the DVC repository that holds it; return the files that Git has to know of.

    Raises what `dvc_errors.explain` makes of DVC's errors.
    """
    start = next(folder for folder in path.absolute().parents if folder.is_dir())
    try:
        with inside_dvc():
            from dvc.repo import Repo

            with Repo(str(_top(start))) as repo:
                repo.add([str(path)])
    except DatassayError:
        raise
    except Exception as exc:
        raise explain(exc, where=f"dvc add {path.name}") from exc
    pointer, ignore = path.with_name(f"{path.name}.dvc"), path.with_name(".gitignore")
    return [file for file in (pointer, ignore) if file.is_file()]


def check_tag(folder: Path, tag: str) -> None:
    """Raise UsageError where the Git repository at `folder` has a rev `tag` already, or cannot have one."""
    if git.find_top(folder) is None:
        raise UsageError(f"{folder} is not in a Git repository, so it can have no tag {tag!r}.")
    if _git(folder, "check-ref-format", f"refs/tags/{tag}") is not None or tag.startswith("-"):
        raise UsageError(f"{tag!r} is no name for a tag.", hint="Use letters, digits, '-', '.' and '_'.")
    if tag in git.list_revs(folder):
        raise UsageError(f"A rev {tag!r} exists already.", hint="Choose another --rev-tag.")


def commit(folder: Path, files: list[Path], *, message: str, tag: str) -> None:
    """Commit `files`, and nothing else that may be staged, and tag the commit; raises RevError in Git's words."""
    names = [str(file) for file in files]
    for args in (
        ["add", "--", *names],
        ["commit", "--quiet", f"--message={message}", "--only", "--", *names],
        ["tag", "--", tag],
    ):
        said = _git(folder, *args)
        if said is not None:
            raise RevError(f"git {args[0]} failed in {folder} ({said:.200}).", hint="The new file stays: commit it.")


def _top(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if (one / ".dvc").is_dir())


def _git(folder: Path, *args: str) -> str | None:
    """Return what Git complains of; None where it is content."""
    done = subprocess.run(
        ["git", "-C", str(folder), *args],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_GIT_S, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return None
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return git.redact(lines[-1]) if lines else f"code {done.returncode}"
