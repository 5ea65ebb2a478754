"""Content in the run's cache, named by its md5, written at once or not at all, and what is known of each commit."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from datassay.datasets.hashing import CHUNK_BYTES, hash_listing
from datassay.datasets.reading import writing
from datassay.errors import DataError

Opener = Callable[[], BinaryIO]


@contextmanager
def temporary(cache_dir: Path) -> Iterator[Path]:
    """Give a path in the cache that does not exist yet; whatever lies there at the end is removed."""
    path = cache_dir / f".tmp-{uuid4().hex}"
    with writing(cache_dir):
        cache_dir.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def keep_file(
    opener: Opener, cache_dir: Path, suffix: str, *, md5: str | None, size: int | None, what: str
) -> tuple[Path, str]:
    """Copy what `opener` opens into the cache, unless it is there in full `size`; return its path and md5.

    `what` is what errors call it. Raises DataError where the content is not the one that was recorded as `md5`, and
    MeasureError or ProjectError where the cache cannot be written.
    """
    if md5 is not None and (kept := cache_dir / f"{md5}{suffix}").is_file() and size in {None, _size(kept)}:
        return kept, md5
    with temporary(cache_dir) as path:
        found = _copy(opener, path, md5, what)
        target = cache_dir / f"{found}{suffix}"
        with writing(cache_dir):
            path.replace(target)
    return target, found


def keep_folder(
    openers: Mapping[str, tuple[Opener, str | None]], cache_dir: Path, *, md5: str | None, what: str
) -> tuple[Path, str]:
    """Copy files, by name relative to their folder, into one folder of the cache; return its path and md5.

    `what` is what errors call the folder. Raises DataError as `keep_file` does, and for a name that would lead out of
    the folder.
    """
    for name in openers:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            raise DataError(
                f"{what}: the recorded file name {name!r} leads out of its folder.", hint="Do not trust it."
            )
    with temporary(cache_dir) as folder:
        found = {}
        for name, (opener, recorded) in openers.items():
            target = folder / name
            with writing(cache_dir):
                target.parent.mkdir(parents=True, exist_ok=True)
            found[name] = _copy(opener, target, recorded, f"{what}: {name}")
        name = md5 or hash_listing(found)
        kept = cache_dir / name
        with writing(cache_dir):
            if not kept.is_dir():
                folder.replace(kept)
    return kept, name


def remember(cache_dir: Path, commit: str, path: str, kept: Path, md5: str) -> None:
    """Note where the content of `path` at `commit` lies; neither ever changes, so that DVC need not be asked again."""
    note = _note(cache_dir, commit, path)
    text = json.dumps({"name": kept.name, "md5": md5, "size": _size(kept)})
    with temporary(cache_dir) as fresh, writing(cache_dir):
        note.parent.mkdir(exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(note)


def recall(cache_dir: Path, commit: str, path: str) -> tuple[Path, str] | None:
    """Return path and md5 of what `remember` has noted, if it still lies there in its full size."""
    try:
        note = json.loads(_note(cache_dir, commit, path).read_text(encoding="utf-8"))
        kept = cache_dir / Path(str(note["name"])).name
        fits = _size(kept) == note["size"]
        return (kept, str(note["md5"])) if fits else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _copy(opener: Opener, target: Path, md5: str | None, what: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with opener() as source:
        with writing(target.parent):
            file = target.open("xb")
        with file:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                with writing(target.parent):
                    file.write(chunk)
                    file.flush()
    found = digest.hexdigest()
    if md5 is not None and found != md5:
        raise DataError(
            f"{what}: the stored content has md5 {found}, but {md5} is recorded: it was damaged or changed.",
            hint="Run 'dvc fetch' and 'dvc push --force' where the data is whole.",
        )
    return found


def _note(cache_dir: Path, commit: str, path: str) -> Path:
    key = hashlib.sha256(f"{commit}\0{path}".encode()).hexdigest()
    return cache_dir / "revs" / f"{key[:40]}.json"


def _size(kept: Path) -> int:
    if kept.is_dir():
        return sum(file.stat().st_size for file in kept.rglob("*") if file.is_file())
    return kept.stat().st_size
