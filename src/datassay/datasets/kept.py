"""What DVC keeps of a dataset beside the content at hand: every other content that a commit names costs, too."""

from __future__ import annotations

import json
import posixpath
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from datassay.datasets import git, parquet
from datassay.datasets.dvc_session import inside_dvc
from datassay.results import KeptHistory, Snapshot

#: Git looks for these anywhere in the repository.
_POINTERS = ("*.dvc", "dvc.lock")
#: A remote that is slow to answer must not hold up what the local cache knows.
_REMOTE_S = 20.0
#: Most footers that are read; what is beyond is shared out like the content at hand.
_MOST_FOOTERS = 500
_DIR = ".dir"


@dataclass
class Kept:
    """Bytes of earlier contents by column, and how they were found."""

    record: KeptHistory
    #: By column of the content at hand.
    by_column: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Content:
    """One content as a pointer names it."""

    md5: str
    size: int | None
    #: Where the dataset lies inside it; "" where it is the dataset itself.
    below: str


def measure_kept(snapshot: Snapshot, root: Path | None) -> Kept:
    """Return the bytes that DVC keeps of `snapshot`'s dataset at other revs of the local repository at `root`.

    Contents are those that a .dvc file or a dvc.lock of any commit on any branch or tag names, as far as DVC's cache or
    its remote still holds them; each file counts once, as DVC stores it once. Bytes by column come from the Parquet
    footers; those of other files are shared out as today's are, and so is the recorded size of a file that may lie in
    a remote that has not answered within 20 s. Says why where nothing is known; never raises for a repository that is
    not there.
    """
    folder = (root or Path.cwd()).resolve()
    if snapshot.repo is not None:
        return Kept(KeptHistory(reason="the dataset lies in another repository, whose revs were not looked at"))
    top = git.find_top(folder)
    if top is None:
        return Kept(KeptHistory(reason="not in a Git repository"))
    try:
        inside = (folder / snapshot.path).resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        return Kept(KeptHistory(reason="outside the project's repository"))
    contents = list(dict.fromkeys(_find_contents(top, inside)))
    if not contents:
        return Kept(KeptHistory(reason="no commit names it in a .dvc file or a dvc.lock"))
    earlier = [each for each in contents if each.below or each.md5 != snapshot.md5]
    if not earlier:
        return Kept(KeptHistory())
    try:
        with inside_dvc():
            from dvc.repo import Repo

            with Repo(str(_find_repo(folder, top))) as repo:
                return _measure(snapshot, earlier, _Stores(repo, Path(snapshot.local_path).parent))
    except Exception as exc:  # noqa: BLE001 - what the past costs is told beside the finding and must not stop it
        return Kept(KeptHistory(n_revs=len(earlier), reason=f"DVC could not be asked ({type(exc).__name__})"))


def _find_repo(folder: Path, top: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if (one / ".dvc").is_dir()), top)


def _find_contents(top: Path, inside: str) -> Iterator[_Content]:
    """Give each content of the dataset that a pointer file of any commit names, newest first."""
    import yaml

    # Safe either way; the C parser is ten times as fast, and there may be a pointer for every commit of years.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path, text in git.read_versions(top, list(_POINTERS)):
        try:
            held = loader(text).get_single_data()
        except yaml.YAMLError:
            continue
        if not isinstance(held, dict):
            continue
        stages = held.get("stages") if path.endswith("dvc.lock") else {"": held}
        for stage in (stages or {}).values() if isinstance(stages, dict) else ():
            outs = stage.get("outs") if isinstance(stage, dict) else None
            for out in outs if isinstance(outs, list) else ():
                if isinstance(out, dict) and isinstance(out.get("path"), str) and isinstance(out.get("md5"), str):
                    here = posixpath.join(posixpath.dirname(path), str(stage.get("wdir") or ""), out["path"])
                    where = posixpath.normpath(here)
                    size = out.get("size") if isinstance(out.get("size"), int) else None
                    if where == inside:
                        yield _Content(out["md5"], size, "")
                    elif out["md5"].endswith(_DIR) and inside.startswith(f"{where}/"):
                        yield _Content(out["md5"], None, inside[len(where) + 1 :])


class _Stores:
    """Where a content may lie: DVC's cache, the run's own, and the remote as long as it answers."""

    def __init__(self, repo: Any, own: Path) -> None:
        self._repo, self._own = repo, own
        self._remote: Any = None
        self._until: float | None = None
        #: Whether what was not found may lie in a remote that did not answer.
        self.is_unsure = False

    def open(self, md5: str) -> Any:
        """Return the open file; None where it is nowhere, or not to be had."""
        cache = self._repo.cache
        local = [Path(odb.oid_to_path(md5)) for odb in (cache.local, cache.legacy)]
        for path in (*local, *(self._own / f"{md5}{suffix}" for suffix in parquet.SUFFIXES)):
            if path.is_file():
                return path.open("rb")
        return None if self.is_unsure else self._ask(md5)

    def _ask(self, md5: str) -> Any:
        # A remote that does not answer is asked again for minutes by its own library, and cannot be interrupted.
        if self._until is None:
            self._until = time.monotonic() + _REMOTE_S
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(self._open_distant(md5)), daemon=True)
        asking.start()
        asking.join(max(0.0, self._until - time.monotonic()))
        answer = answers[0] if answers else TimeoutError()
        self.is_unsure |= isinstance(answer, Exception)
        return None if isinstance(answer, Exception) else answer

    def _open_distant(self, md5: str) -> Any:
        try:
            if self._remote is None:
                if not self._repo.config["core"].get("remote"):
                    return None
                self._remote = self._repo.cloud.get_remote()
            fs, path = self._remote.fs, self._remote.odb.oid_to_path(md5)
            if fs.exists(path):
                return fs.open(path, "rb")
            # A folder of this machine that is gone has no answer either.
            return None if fs.protocol != "local" or fs.exists(self._remote.path) else FileNotFoundError()
        except Exception as exc:  # noqa: BLE001 - whatever a remote's library raises, it has no answer
            return exc


def _measure(snapshot: Snapshot, earlier: list[_Content], stores: _Stores) -> Kept:
    now = {snapshot.md5, *(_files_of(_Content(snapshot.md5, None, ""), stores) or ())}
    files: dict[str, int | None] = {}
    n_lost = 0
    for content in earlier:
        found = _files_of(content, stores)
        if found is not None:
            files.update(dict.fromkeys(found))
        elif content.below or stores.is_unsure:
            n_lost += 1  # the list of a folder's files is gone, or out of reach
    files.update({content.md5: content.size for content in earlier if content.md5 in files})
    total = sum(column.stored_bytes for column in snapshot.columns) or 1
    by_column: Counter[str] = Counter()
    known = {column.name for column in snapshot.columns}
    n_files = n_measured = stored = gone = 0
    for md5, size in files.items():
        if md5 in now:
            continue
        taken, footer = _weigh(md5, stores, opens=n_files < _MOST_FOOTERS)
        taken = size if taken is None and stores.is_unsure else taken
        if taken is None:
            n_lost += stores.is_unsure  # else it is kept no more, and costs nothing
            continue
        n_files += 1
        stored += taken
        n_measured += footer is not None
        if footer is None:
            footer = {c.name: round(taken * c.stored_bytes / total) for c in snapshot.columns}
        gone += sum(each for name, each in footer.items() if name not in known)
        by_column.update({name: each for name, each in footer.items() if name in known})
    record = KeptHistory(
        n_revs=len(earlier),
        n_files=n_files,
        n_files_measured=n_measured,
        stored_bytes=stored,
        gone_bytes=gone,
        reason=_tell_lost(n_lost) if n_lost else None,
    )
    return Kept(record, dict(by_column))


def _tell_lost(n: int) -> str:
    return f"DVC's remote did not answer, and {n:,} of them {'has' if n == 1 else 'have'} no recorded size"


def _weigh(md5: str, stores: _Stores, *, opens: bool) -> tuple[int | None, dict[str, int] | None]:
    """Return the bytes of a file, and those of each column; None where it is not found, or no Parquet file."""
    file = stores.open(md5)
    if file is None:
        return None, None
    with file:
        footer = parquet.measure_footer(file) if opens else None
        return int(file.seek(0, 2)), footer


def _files_of(content: _Content, stores: _Stores) -> list[str] | None:
    """Return the files, by md5, that hold the dataset in a content; None where the list of a folder is not found."""
    if not content.md5.endswith(_DIR):
        return [content.md5]
    file = stores.open(content.md5)
    if file is None:
        return None
    with file:
        listing = {str(each["relpath"]): str(each["md5"]) for each in json.loads(file.read())}
    if content.below in listing:
        return [listing[content.below]]
    inside = f"{content.below}/" if content.below else ""
    return [
        md5
        for name, md5 in listing.items()
        if name.startswith(inside) and PurePosixPath(name).suffix.lower() in parquet.SUFFIXES
    ]
