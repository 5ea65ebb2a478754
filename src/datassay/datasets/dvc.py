"""Get content at a rev through DVC, without a checkout: the one module that calls DVC."""

from __future__ import annotations

import os
import posixpath
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from datassay.datasets import content, git
from datassay.datasets.dvc_errors import (
    ask_remote,
    explain,
    explain_missing_content,
    explain_missing_path,
    is_content_missing,
    no_such_rev,
    place,
)
from datassay.datasets.dvc_session import inside_dvc, switch_off_telemetry
from datassay.datasets.hashing import hash_table
from datassay.datasets.parquet import SUFFIXES
from datassay.datasets.reading import no_such_file
from datassay.datasets.tables import check_suffix
from datassay.errors import DatassayError, RevError, UsageError

__all__ = ["WORKSPACE", "Fetched", "fetch", "is_dvc_repo", "list_revs", "probe_remote", "switch_off_telemetry"]

WORKSPACE = "workspace"
_URL = re.compile(r"(https?|ssh|git|git\+ssh|file)://.+|[\w.-]+@[\w.-]+:.+")
_PROBE_S = 20.0


@dataclass(frozen=True)
class Fetched:
    """Content of a path at a rev, on this machine."""

    local_path: Path
    #: Full SHA; None for the workspace.
    commit: str | None
    #: The rev asked for, or "workspace".
    rev: str
    #: As DVC records it: of the bytes of a file, or "<md5>.dir" of a folder.
    md5: str


def is_dvc_repo(path: Path) -> bool:
    """Return whether `path` lies in a DVC repository."""
    here = path.resolve()
    return any((folder / ".dvc").is_dir() for folder in (here, *here.parents))


def list_revs(root: Path) -> list[str]:
    """Return the names of all tags and branches of the Git repository that holds `root`."""
    return git.list_revs(root)


def fetch(
    path: str, rev: str | None, repo: str | None, root: Path | None, cache_dir: Path, *, is_bound: bool = False
) -> Fetched:
    """Return the content of `path` at `rev`, copied into `cache_dir` unless it lies there already.

    `path` is relative to the project at `root`, or to `repo`, a folder or Git URL, where that is given. A rev of
    None, or "workspace", reads the file as it lies; a file that is not there but tracked is got through DVC.
    Files that are tracked by Git alone work too. At a rev, or where it `is_bound`, the path has to stay in the
    repository. Raises UsageError (it does not), RevError (no such rev, path, remote, or content), DataError (no such
    file, damaged content), EngineError (anything else in DVC), and StorageError or ProjectError where the cache cannot
    be written.
    """
    folder = _find_folder(repo, root)
    if folder is None:
        return _fetch_url(path, rev or "HEAD", str(repo), cache_dir)
    if rev in {None, WORKSPACE}:
        if is_bound:
            _inside(folder / path, git.find_top(folder) or folder, path)
        return _fetch_workspace(path, folder, cache_dir)
    return _fetch_local(path, str(rev), folder, cache_dir)


def probe_remote(root: Path) -> tuple[bool, str]:
    """Return whether the default DVC remote of the repository at `root` answers, and a line that says so."""
    answer: list[tuple[bool, str]] = []
    # A cloud that does not answer is asked again and again for minutes, and cannot be interrupted.
    prober = threading.Thread(target=lambda: answer.append(_probe(root)), daemon=True)
    prober.start()
    prober.join(_PROBE_S)
    return answer[0] if answer else (False, f"the DVC remote did not answer within {_PROBE_S:g} s")


def _find_folder(repo: str | None, root: Path | None) -> Path | None:
    """Return the local folder that paths are relative to; None for a repository that has to be cloned."""
    base = (root or Path.cwd()).resolve()
    if repo is None:
        return base
    parts = urlsplit(repo)
    local = unquote(parts.path) if parts.scheme == "file" else repo
    folder = (base / Path(local).expanduser()).resolve()
    if folder.is_dir():
        return None if git.has_no_files(folder) else folder
    if _URL.fullmatch(repo):
        return None
    raise RevError(
        f"Repository {git.redact(repo)!r} is neither a folder nor a Git URL.", hint="Check 'repo' in the definition."
    )


def _fetch_workspace(path: str, folder: Path, cache_dir: Path) -> Fetched:
    local = folder / path
    if local.exists():
        return Fetched(local.absolute(), None, WORKSPACE, hash_table(local))
    if not is_dvc_repo(local):
        raise no_such_file(local, "Check the path.")
    # DVC looks for its repository from an existing folder upwards.
    start = next(parent for parent in local.absolute().parents if parent.is_dir())
    with _open(start, None, path=path) as fs:
        inside = _inside(local, Path(fs.repo.root_dir), path)
        kept, md5 = _copy(fs, inside, cache_dir, path=path, rev=None)
        return Fetched(kept, None, WORKSPACE, md5)


def _fetch_local(path: str, rev: str, folder: Path, cache_dir: Path) -> Fetched:
    top = git.find_top(folder)
    if top is None:
        raise RevError(
            f"{folder} is not in a Git repository, so it has no rev {rev!r}.",
            hint="Use 'rev: null' to read the file as it lies, or start with 'git init' and 'dvc init'.",
        )
    inside = _inside(folder / path, top, path)
    commit = git.resolve_commit(top, rev)
    if commit and (known := content.recall(cache_dir, commit, inside)):
        return Fetched(known[0], commit, rev, known[1])
    # Where Git knows no such rev, DVC may: an experiment.
    with _open(top, commit or rev, path=path, asked=rev) as fs:
        commit = commit or str(fs.repo.get_rev())
        kept, md5 = _copy(fs, inside, cache_dir, path=path, rev=rev, workspace=folder)
    content.remember(cache_dir, commit, inside, kept, md5)
    return Fetched(kept, commit, rev, md5)


def _fetch_url(path: str, rev: str, url: str, cache_dir: Path) -> Fetched:
    inside = posixpath.normpath(path)
    if inside.startswith(("/", "..")):
        raise UsageError(f"Path {path!r} leads out of the repository.", hint="Give it relative to the repository.")
    refs = {rev: rev} if git.is_full_sha(rev) else git.list_remote_refs(url)
    if rev not in refs and not git.is_short_sha(rev):
        raise no_such_rev(rev, list(refs), where=f"{path} in {url}")
    commit = refs.get(rev)
    if commit and (known := content.recall(cache_dir, commit, inside)):
        return Fetched(known[0], commit, rev, known[1])
    with content.temporary(cache_dir) as folder:
        # Servers hand out single branches and tags, but not any commit: for one, all of the history is needed.
        is_named = rev in refs and rev != commit
        git.clone(url, folder, rev if is_named else None)
        # The branch may have moved since it was listed: what was cloned counts.
        commit = git.resolve_commit(folder, "HEAD" if is_named else rev)
        if commit is None:
            raise no_such_rev(rev, list(refs), where=f"{path} in {url}")
        with _open(folder, commit, path=path, asked=rev) as fs:
            kept, md5 = _copy(fs, inside, cache_dir, path=path, rev=rev)
    content.remember(cache_dir, commit, inside, kept, md5)
    return Fetched(kept, commit, rev, md5)


def _inside(local: Path, top: Path, path: str) -> str:
    """Return where `local` lies below `top`, with `/`; raises UsageError where it lies elsewhere."""
    try:
        return Path(os.path.normpath(local)).relative_to(top.resolve()).as_posix()
    except ValueError:
        raise UsageError(
            f"Path {path!r} leads out of the repository {top}.", hint="Give it relative to the project."
        ) from None


@contextmanager
def _open(folder: Path, rev: str | None, *, path: str, asked: str | None = None) -> Iterator[Any]:
    """Give DVC's file system over the repository at `folder`; at a rev, paths are relative to its top.

    Errors speak of the rev that was `asked` for.
    """
    with ExitStack() as stack:
        stack.enter_context(inside_dvc())
        with _explained(path, asked, revs=git.list_revs(folder)):
            from dvc.api import DVCFileSystem
            from dvc.repo.open_repo import erepo_factory

            fs = DVCFileSystem(
                str(folder), rev=rev, subrepos=True,
                # DVC repositories below the top of a Git repository need their own remote's settings.
                repo_factory=erepo_factory(str(folder), "/", {}) if rev else None,
            )  # fmt: skip
            stack.callback(fs.close)
            _ = fs.repo
        yield fs


def _copy(
    fs: Any, inside: str, cache_dir: Path, *, path: str, rev: str | None, workspace: Path | None = None
) -> tuple[Path, str]:
    """Copy a file or folder from DVC's file system into the cache; return its path there and its md5."""
    info: dict[str, Any] = {"repo": fs.repo}
    with _explained(path, rev):
        try:
            info = fs.info(inside)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise explain_missing_path(fs, inside, path=path, rev=rev, workspace=workspace) from exc
        except Exception as exc:
            if is_content_missing(exc):
                raise explain_missing_content(info, path=path, rev=rev) from exc
            raise
        try:
            if info["type"] == "directory":
                return _copy_folder(fs, inside, info, cache_dir, place(path, rev))
            suffix = PurePosixPath(inside).suffix.lower()
            check_suffix(suffix, path)
            opener, md5, size = partial(fs.open, inside, "rb"), info.get("md5"), info.get("size")
            return content.keep_file(opener, cache_dir, suffix, md5=md5, size=size, what=place(path, rev))
        except Exception as exc:
            if is_content_missing(exc):
                raise explain_missing_content(info, path=path, rev=rev) from exc
            raise


def _copy_folder(fs: Any, inside: str, info: dict[str, Any], cache_dir: Path, what: str) -> tuple[Path, str]:
    md5 = info.get("md5")
    if md5 is not None and (cache_dir / md5).is_dir():
        return cache_dir / md5, str(md5)
    found = fs.find(inside, detail=True)
    names = {posixpath.relpath(name, inside): (name, entry) for name, entry in found.items()}
    openers = {
        short: (partial(fs.open, name, "rb"), entry.get("md5"))
        for short, (name, entry) in sorted(names.items())
        # Only these are read; where DVC knows the hash of the whole, the others are not needed for it.
        if md5 is None or PurePosixPath(short).suffix.lower() in SUFFIXES
    }
    if not names:
        raise FileNotFoundError(inside)
    return content.keep_folder(openers, cache_dir, md5=md5, what=what)


@contextmanager
def _explained(path: str, rev: str | None, *, revs: list[str] | None = None) -> Iterator[None]:
    """Run a block that calls DVC, and turn whatever it raises into one line."""
    try:
        yield
    except DatassayError:
        raise
    except Exception as exc:
        raise explain(exc, where=place(path, rev), rev=rev, revs=revs or []) from exc


def _probe(root: Path) -> tuple[bool, str]:
    if not is_dvc_repo(root):
        return False, f"{root} is not a DVC repository; run 'dvc init'"
    try:
        with inside_dvc():
            from dvc.repo import Repo

            with Repo(str(root)) as repo:
                name = repo.config["core"].get("remote")
                if not name:
                    return False, "no default DVC remote is set; run 'dvc remote add -d NAME URL'"
                remote = repo.cloud.get_remote(name)
                where = f"DVC remote {name!r} at {git.redact(str(remote.path))}"
                silence = ask_remote(remote)
                if silence is None:
                    return True, f"{where} answers"
                if not isinstance(silence, FileNotFoundError):
                    return False, str(explain(silence, where=where))
                # An empty bucket has no folders either, but a folder of this machine that is gone is a fault.
                if remote.fs.protocol == "local":
                    return False, f"{where} does not exist; run 'dvc push', or mend its URL"
                return True, f"{where} answers, but has no such folder yet"
    except Exception as exc:  # noqa: BLE001  # a probe answers, whatever happens
        return False, str(explain(exc, where=f"DVC remote of {root}"))
