"""Write a set of files so that a reader sees all of the old ones or all of the new ones."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from datassay.errors import DeliveryError, ProjectError, StorageError

#: What to do about an answer of the file system.
HINTS = {
    errno.ENOSPC: "Free some space and run again.",
    errno.EDQUOT: "Free some space and run again.",
    errno.EEXIST: "A file lies where the folder should be: move it away.",
    errno.ENOTDIR: "A file lies where the folder should be: move it away.",
}
OTHERWISE = "Check that you may write there, or choose another folder."


def deliver(
    folder: Path, write: Callable[[Path], None], *, known: Sequence[str], what: str = "the report"
) -> list[Path]:
    """Let `write` fill an empty folder, then move its files into `folder` in the order of `known`; return their paths.

    Each of `known` (paths below the folder) is replaced, or removed where `write` made none; other files stay. Until
    the last byte is written nothing is touched, and whatever stops the moving, an interrupt too, is undone.
    Raises DeliveryError for whatever the file system refuses; its message calls the files `what`.
    """
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder: a mounted folder is a file system of its own, and only within one is a move atomic.
        staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as exc:
        raise _explain(exc, folder, what) from exc
    try:
        fresh = staging / "new"
        fresh.mkdir()
        with _polars_errors_as_os_errors():
            write(fresh)
        return _move(fresh, folder, staging / "old", known)
    except OSError as exc:
        raise _explain(exc, folder, what) from exc
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new:
            # Only succeeds where nothing was delivered.
            with suppress(OSError):
                folder.rmdir()


def write_text(path: Path, text: str) -> None:
    """Write one file whole or not at all; raises DeliveryError for whatever the file system refuses."""

    def write(staging: Path) -> None:
        (staging / path.name).write_text(text, encoding="utf-8", newline="")

    deliver(path.parent, write, known=[path.name], what=path.name)


@contextmanager
def delivering() -> Iterator[None]:
    """Run a block that writes a file of the user's by means of the cache's; raises DeliveryError for their errors."""
    try:
        yield
    except (StorageError, ProjectError) as exc:
        raise DeliveryError(exc.what, hint=exc.hint) from exc


def what_to_do(exc: OSError) -> str:
    """Return what the reader can do about an answer of the file system."""
    return HINTS.get(exc.errno or 0, OTHERWISE)


@contextmanager
def _polars_errors_as_os_errors() -> Iterator[None]:
    """Let what Polars cannot write be told as what Python cannot write."""
    try:
        yield
    except OSError:
        raise
    except Exception as exc:
        from datassay.datasets.reading import system_error

        number = system_error(exc)
        if number is None:
            raise
        raise OSError(number, os.strerror(number)) from exc


def _move(fresh: Path, folder: Path, backup: Path, known: Sequence[str]) -> list[Path]:
    """Replace the known files one by one; on any failure put the old ones back."""
    written = [name for name in known if (fresh / name).exists()]
    for name in known:
        (folder / name).parent.mkdir(exist_ok=True)
        (backup / name).parent.mkdir(parents=True, exist_ok=True)
    touched: list[str] = []
    try:
        for name in known:
            target = folder / name
            if target.exists():
                _keep(target, backup / name)
            touched.append(name)
            if name in written:
                os.replace(fresh / name, target)  # noqa: PTH105 - one name for the system call that is atomic
            else:
                target.unlink(missing_ok=True)
    except BaseException:
        for name in touched:
            if (backup / name).exists():
                os.replace(backup / name, folder / name)  # noqa: PTH105
            else:
                (folder / name).unlink(missing_ok=True)
        _remove_empty(folder, known)
        raise
    _remove_empty(folder, known)
    return [folder / name for name in written]


def _remove_empty(folder: Path, known: Sequence[str]) -> None:
    """Remove folders below `folder` that hold none of the known files, as after a failure or without plots."""
    for parent in {(folder / name).parent for name in known} - {folder}:
        with suppress(OSError):
            parent.rmdir()


def _keep(target: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(target)
    except OSError:
        # Not every file system has hard links.
        shutil.copy2(target, copy)


def _explain(exc: OSError, folder: Path, what: str) -> DeliveryError:
    where = (
        f" ({exc.filename})"
        if exc.filename and str(exc.filename) != str(folder) and ".writing-" not in str(exc.filename)
        else ""
    )
    return DeliveryError(
        f"Cannot write {what} to {folder}{where}: {exc.strerror or exc}.",
        hint=f"What was there before is untouched. {what_to_do(exc)}",
    )
