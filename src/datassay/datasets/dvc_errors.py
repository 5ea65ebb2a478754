"""What DVC and the storage behind it raise, in one line that says what to do."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datassay.datasets.git import redact
from datassay.datasets.reading import FORBIDDEN, FULL
from datassay.errors import DataError, DatassayError, EngineError, RevError, StorageError, suggest

#: DVC gives a repository without a remote one that is its own cache.
_OWN_CACHE = "auto-generated-upstream"
_ABSENT = (FileNotFoundError, NotADirectoryError)
_ACCESS = ("forbidden", "unauthorized", "authentication", "credential", "access denied", "permission denied")
_NETWORK = ("connect", "timed out", "timeout", "resolve host", "name or service", "unreachable", "network")


def explain(exc: BaseException, *, where: str, rev: str | None = None, revs: Sequence[str] = ()) -> DatassayError:
    """Return the error for whatever DVC raised while it was about `where` at `rev`; `revs` are known ones."""
    chain = list(_chain(exc))
    names = {cls.__name__ for link in chain for cls in type(link).__mro__}
    words = " ".join(str(link) for link in chain).lower()
    said = _first_line(exc)
    if isinstance(exc, OSError) and exc.errno in FULL:
        return StorageError(f"{where}: the disk is full.", hint="Free some space and run again.")
    if isinstance(exc, OSError) and exc.errno in FORBIDDEN and exc.filename:
        return RevError(f"{where}: no access to {exc.filename}.", hint="Check its access rights.")
    if "RevError" in names and rev is not None:
        return no_such_rev(rev, list(revs), where=where.removesuffix(f" (rev {rev})"))
    if "NotDvcRepoError" in names:
        return RevError(f"{where}: not in a DVC repository ({said}).", hint="Run 'dvc init' there.")
    if names & {"NoRemoteError", "RemoteNotFoundError"}:
        return RevError(f"{where}: no DVC remote is set.", hint="Run 'dvc remote add -d NAME URL'.")
    if "RemoteMissingDepsError" in names or ("requires" in words and "installed" in words):
        return RevError(f"{where}: {said}.", hint="Install DVC with support for this remote.")
    if names & {"AuthError", "GitAuthError"} or any(word in words for word in _ACCESS):
        return RevError(f"{where}: access was refused ({said}).", hint="Check your credentials for the remote.")
    if names & {"ConnectionError", "TimeoutError", "ClientError", "gaierror"} or any(w in words for w in _NETWORK):
        return RevError(f"{where}: the remote cannot be reached ({said}).", hint="Check the network and try again.")
    if names & {"ConfigError", "YAMLFileCorruptedError", "YAMLValidationError", "StageFileDoesNotExistError"}:
        return DataError(f"{where}: a DVC file cannot be read ({said}).", hint="Run 'dvc status' to find out.")
    return EngineError(f"{where}: DVC failed ({type(exc).__name__}: {said}).", hint="Try 'dvc get' by hand.")


def no_such_rev(rev: str, revs: list[str], *, where: str) -> RevError:
    """Return the error for a rev that is none, with the nearest tag or branch."""
    return RevError(f"{where}: rev {rev!r} does not exist.", hint=suggest(rev, revs) or "Run 'git fetch --tags'.")


def explain_missing_path(
    fs: Any, inside: str, *, path: str, rev: str | None, workspace: Path | None
) -> RevError | DataError:
    """Return the error for a path that a rev does not hold, with the nearest name that it does hold."""
    where = place(path, rev)
    if workspace is not None and (workspace / path).exists():
        hint = "It is in the workspace: track it with 'dvc add' and commit, or use 'rev: null'."
    else:
        hint = suggest(posixpath.basename(inside), _names_near(fs, inside))
    if rev is None:
        return DataError(f"{where}: no such file or folder, and DVC does not track it.", hint=hint)
    return RevError(f"{where}: no such file or folder at that rev.", hint=hint)


def is_content_missing(exc: BaseException) -> bool:
    """Return whether DVC raised `exc` because tracked content lies neither in its cache nor in the remote."""
    if type(exc).__name__ == "DataIndexDirError":
        # A folder's list of files could not be read; the cause says why, and is None where there is no storage.
        return exc.__cause__ is None or isinstance(exc.__cause__, _ABSENT)
    return isinstance(exc, _ABSENT)


def explain_missing_content(info: dict[str, Any], *, path: str, rev: str | None) -> DatassayError:
    """Return the error for tracked content that lies neither in the cache nor in a remote that can be used."""
    where = place(path, rev)
    entry = (info.get("dvc_info") or {}).get("entry")
    if entry is not None and entry.hash_info is None:
        return RevError(
            f"{where}: declared in dvc.yaml, but no version of it is recorded.",
            hint="Run 'dvc repro' and commit dvc.lock.",
        )
    config = info["repo"].config
    name = config["core"].get("remote")
    if not name or name == _OWN_CACHE:
        return RevError(
            f"{where}: not in the DVC cache, and no DVC remote is set.",
            hint="Run 'dvc remote add -d NAME URL', then 'dvc push' where the data is.",
        )
    silence = ask_remote(info["repo"].cloud.get_remote(name))
    if silence is not None and not isinstance(silence, _ABSENT):
        return explain(silence, where=where)
    url = str(config["remote"].get(name, {}).get("url", ""))
    if url.startswith("/") and not Path(url).exists():
        return RevError(
            f"{where}: the DVC remote {name!r} at {url} does not exist.",
            hint="Mend its URL with 'dvc remote modify', or run 'dvc push' where the data is.",
        )
    return RevError(
        f"{where}: tracked, but not in the DVC cache nor in the remote {name!r} at {redact(url)}.",
        hint="Run 'dvc push' where the data is.",
    )


def ask_remote(remote: Any) -> BaseException | None:
    """Return why a remote's folder cannot be seen, a FileNotFoundError where the remote answers; None if it can.

    `exists` does not do: over HTTP it takes a host that cannot be reached for one that does not have the file.
    """
    try:
        remote.fs.info(remote.path)
    except Exception as exc:  # noqa: BLE001  # whatever it is, it is the answer
        return exc.__cause__ if isinstance(exc, _ABSENT) and exc.__cause__ is not None else exc
    return None


def _names_near(fs: Any, inside: str) -> list[str]:
    """Return the names in the nearest folder above `inside` that exists."""
    folder = posixpath.dirname(inside)
    while True:
        try:
            return [posixpath.basename(name) for name in fs.ls(folder or "/", detail=False)]
        except _ABSENT:
            if not folder:
                return []
            folder = posixpath.dirname(folder)


def place(path: str, rev: str | None) -> str:
    """Return how errors call a path at a rev."""
    return f"{path} (workspace)" if rev is None else f"{path} (rev {rev})"


def _chain(exc: BaseException) -> list[BaseException]:
    links, link = [], exc
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or link.__context__  # type: ignore[assignment]
    return links


def _first_line(exc: BaseException) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return redact(lines[0].rstrip(".") if lines else type(exc).__name__)[:200]
