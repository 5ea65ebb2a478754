"""The few questions to Git that need no DVC: which commit a rev is, which revs there are, a clone without files."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from datassay.errors import RevError

_FULL_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
#: Set by Git while a hook runs; they would lead `git -C folder` to the hook's repository.
_INHERITED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
_QUESTION_S = 60
_CLONE_S = 1800


def find_top(folder: Path) -> Path | None:
    """Return the top folder of the Git working tree that holds `folder`; None where there is none."""
    answer = _ask("-C", str(folder), "rev-parse", "--show-toplevel")
    return Path(answer) if answer else None


def has_no_files(folder: Path) -> bool:
    """Return whether `folder` is a Git repository's own folder, without a working tree: bare, or a ".git"."""
    return _ask("-C", str(folder), "rev-parse", "--is-inside-git-dir") == "true"


def resolve_commit(folder: Path, rev: str) -> str | None:
    """Return the full SHA of the commit that `rev` names in a local repository; None where it names none."""
    return _ask("-C", str(folder), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")


def resolve_object(folder: Path, commit: str, path: str) -> str | None:
    """Return the SHA of what a commit holds at `path`, relative to `folder`; None where it holds nothing there."""
    return _ask("-C", str(folder), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:./{path}")


def list_revs(folder: Path) -> list[str]:
    """Return the names of all tags and branches of the repository that holds `folder`."""
    answer = _ask(
        "-C", str(folder), "for-each-ref", "--format=%(refname:short)", "refs/tags", "refs/heads", "refs/remotes"
    )
    return answer.splitlines() if answer else []


def read_commit_time(folder: Path, commit: str) -> str | None:
    """Return when a commit was made, as ISO text in UTC; None where the local repository does not hold it."""
    answer = _ask("-C", str(folder), "show", "-s", "--format=%ct", "--end-of-options", f"{commit}^{{commit}}")
    return datetime.fromtimestamp(int(answer), UTC).isoformat() if answer and answer.isdigit() else None


def find_commits(folder: Path, text: str, patterns: list[str]) -> list[str]:
    """Return the commits of all branches that brought `text` into a file, or took it out, newest first.

    Only files that match one of `patterns`, anywhere in the repository, are looked at.
    """
    paths = [f":(top,glob)**/{pattern}" for pattern in patterns]
    answer = _ask("-C", str(folder), "log", "--all", "--format=%H", f"-S{text}", "--", *paths)
    return answer.splitlines() if answer else []


def read_versions(folder: Path, patterns: list[str]) -> list[tuple[str, str]]:
    """Return path and text of each version of the files that match `patterns`, in any commit of any ref, newest first.

    Paths are relative to the top of the repository; what cannot be read is left out.
    """
    paths = [f":(top,glob)**/{pattern}" for pattern in patterns]
    log = ("log", "--all", "-m", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=", "--", *paths)
    answer = _ask("-C", str(folder), *log)
    # ":100644 100644 <old> <new> M", the path, and so on, with a zero byte after each.
    fields = [field.strip("\n") for field in (answer or "").split("\0")]
    found = dict.fromkeys(
        (path, header.split()[3])
        for header, path in itertools.pairwise(fields)
        if header.startswith(":") and not header.endswith(" D")
    )
    texts = _read_blobs(folder, list(dict.fromkeys(blob for _, blob in found)))
    return [(path, texts[blob]) for path, blob in found if blob in texts]


def list_remote_refs(url: str) -> dict[str, str]:
    """Return full SHAs of commits by name of tag or branch, and of "HEAD", of the repository at `url`.

    Raises RevError where it cannot be reached or is no Git repository.
    """
    patterns = ("HEAD", "refs/heads/*", "refs/tags/*")
    answer = _run("ls-remote", "--", url, *patterns, timeout_s=_QUESTION_S, what=f"{redact(url)}: cannot be read")
    refs: dict[str, str] = {}
    for line in answer.splitlines():
        sha, _, name = line.partition("\t")
        short = name.removeprefix("refs/heads/").removeprefix("refs/tags/")
        # An annotated tag is listed twice; "^{}" marks the commit it points to.
        if short.endswith("^{}") or short not in refs:
            refs[short.removesuffix("^{}")] = sha
    return refs


def clone(url: str, folder: Path, name: str | None) -> None:
    """Clone the repository at `url` without checking out any file.

    Of a tag, a branch or "HEAD" only its last commit is cloned; None clones all of the history. Raises RevError
    where it cannot be cloned.
    """
    depth = [] if name is None else ["--depth=1"]
    branch = [] if name in {None, "HEAD"} else [f"--branch={name}"]
    _run(
        "clone", "--quiet", "--no-checkout", *depth, *branch, "--", url, str(folder),
        timeout_s=_CLONE_S, what=f"{redact(url)}: cannot be cloned",
    )  # fmt: skip


def is_full_sha(rev: str) -> bool:
    """Return whether `rev` is a commit's full name, which never moves."""
    return _FULL_SHA.fullmatch(rev) is not None


def is_short_sha(rev: str) -> bool:
    """Return whether `rev` may be the beginning of a commit's name."""
    return re.fullmatch(r"[0-9a-f]{4,64}", rev) is not None


def redact(text: str) -> str:
    """Return `text` without the user names and passwords of URLs in it."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)


def _ask(*args: str) -> str | None:
    """Return Git's answer, stripped; None where it has none."""
    try:
        done = _call(*args, timeout_s=_QUESTION_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _read_blobs(folder: Path, blobs: list[str]) -> dict[str, str]:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "cat-file", "--batch"],
            env=_environment(), input="\n".join(blobs).encode(), capture_output=True, timeout=_QUESTION_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return {}
    texts: dict[str, str] = {}
    rest = done.stdout
    while rest:
        # "<sha> blob <size>", the content, a line's end; or "<sha> missing".
        header, _, rest = rest.partition(b"\n")
        parts = header.decode().split()
        if len(parts) == 3:
            size = int(parts[2])
            texts[parts[0]] = rest[:size].decode("utf-8", "replace")
            rest = rest[size + 1 :]
    return texts


def _run(*args: str, timeout_s: int, what: str) -> str:
    try:
        done = _call(*args, timeout_s=timeout_s)
    except FileNotFoundError as exc:
        raise RevError(f"{what}: Git is not installed.", hint="Install git.") from exc
    except subprocess.TimeoutExpired as exc:
        raise RevError(f"{what}: no answer within {timeout_s} s.", hint="Try again later.") from exc
    if done.returncode == 0:
        return done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("fatal:")] or [done.stderr.strip()]
    reason = redact(lines[0].removeprefix("fatal: "))
    raise RevError(f"{what} ({reason:.200}).", hint="Check the URL, the network and your access: try 'git ls-remote'.")


def _call(*args: str, timeout_s: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *args],
        env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        timeout=timeout_s, check=False,
    )  # fmt: skip


def _environment() -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if key not in _INHERITED}
    # Nobody may be there to answer a question for a password; LC_ALL keeps "fatal:" English.
    env.update(GIT_TERMINAL_PROMPT="0", LC_ALL="C")
    return env
