"""Files of a usage source: which, what they say, and when they last changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from datassay.errors import SpecError

#: Other people's code and caches; a pattern that names them finds them all the same.
_SKIPPED = ("node_modules", "site-packages", "__pycache__", "venv")
#: Most reasons that one source gives for what it could not read.
MOST_REASONS = 20
#: Longest list of paths for one command line; beyond, Git is asked for all files.
_MOST_ARGUMENT_BYTES = 100_000


def find_files(root: Path, pattern: object, key: str) -> list[Path]:
    """Return the files below `root` that match the glob, sorted, without hidden and installed folders.

    A list is several globs; a Path in it is a file, wherever it lies. Raises SpecError for what is no relative glob.
    """
    if isinstance(pattern, list) and pattern:
        found = [path for each in pattern for path in find_files(root, each, key)]
        return list(dict.fromkeys(found))
    if isinstance(pattern, Path):
        return [pattern] if pattern.is_file() else []
    if not isinstance(pattern, str) or not pattern.strip():
        raise SpecError(f"usage.sources: {key!r} is a glob such as 'queries/**/*.{key[:3]}'.")
    named = set(PurePosixPath(pattern).parts)
    try:
        found = sorted(path for path in root.glob(pattern) if path.is_file())
    except (NotImplementedError, ValueError, IndexError) as exc:
        raise SpecError(
            f"usage.sources: {key!r} pattern {pattern!r} cannot be used.",
            hint="Give a glob relative to the project's root.",
        ) from exc
    return [path for path in found if not _is_skipped(path.relative_to(root).parts, named)]


def show_pattern(pattern: object) -> str:
    """Return globs as one text."""
    if isinstance(pattern, list):
        shown = [show_pattern(each) for each in pattern[:3]]
        return ", ".join(shown) + (f" and {len(pattern) - 3} more" if len(pattern) > 3 else "")
    return pattern.name if isinstance(pattern, Path) else str(pattern)


def cut(reasons: list[str], most: int) -> list[str]:
    """Return the first `most` reasons, and how many more there are."""
    n_more = len(reasons) - most
    return [*reasons[:most], f"and {n_more} more"] if n_more > 0 else reasons


def _is_skipped(parts: tuple[str, ...], named: set[str]) -> bool:
    return any(part not in named and (part in _SKIPPED or part.startswith(".")) and part != ".." for part in parts)


def read_text(path: Path) -> str | None:
    """Return a file's text, or None where it is none or cannot be opened."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def show_path(path: Path, root: Path) -> str:
    """Return the path as evidence names it: relative to the project, with slashes."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


def date_files(root: Path, files: Iterable[Path]) -> dict[Path, date]:
    """Return the UTC date of each file's last commit, or of its last change on disk where Git does not know it."""
    paths = list(files)
    inside = [show_path(path, root) for path in paths if path.is_relative_to(root)]
    committed = _ask_git(root, inside) if inside else {}
    return {path: committed.get(show_path(path, root)) or _date_on_disk(path) for path in paths}


def _date_on_disk(path: Path) -> date:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError:
        return datetime.now(UTC).date()


def _ask_git(root: Path, names: list[str]) -> dict[str, date]:
    """Read the last commit of all files with one call; newest commits come first."""
    # Names are data: no magic pathspecs, no pager, no hooks of the repository's own settings.
    command = ["git", "--literal-pathspecs", "--no-pager", "-c", "core.fsmonitor=false", "log"]
    command += ["--no-show-signature", "--format=%x01%cI", "--name-only", "-z", "--relative"]
    if sum(len(os.fsencode(name)) + 1 for name in names) <= _MOST_ARGUMENT_BYTES:
        command += ["--", *names]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return {}
    if done.returncode != 0:
        return {}
    dates: dict[str, date] = {}
    for block in os.fsdecode(done.stdout).split("\x01")[1:]:
        stamp, _, listed = block.partition("\0")
        try:
            committed = datetime.fromisoformat(stamp.strip()).astimezone(UTC).date()
        except ValueError:
            continue
        for name in listed.removeprefix("\n").split("\0"):
            if name:
                dates.setdefault(name, committed)
    return dates
