"""Write new files, all or none, and never over an existing one; read the packaged templates."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Traversable
from importlib.resources import files
from pathlib import Path

from datassay.errors import DeliveryError
from datassay.report.files import what_to_do


@dataclass(frozen=True)
class Written:
    """What a scaffold command did with its files; all paths are absolute."""

    created: list[Path]
    #: Files that were there before, and that were left as they are.
    kept: list[Path]


def write_new(contents: Mapping[Path, bytes]) -> Written:
    """Write every file of `contents` that does not exist yet, with its folders.

    Raises DeliveryError where one cannot be written; then none is left behind.
    """
    kept = [path for path in contents if os.path.lexists(path)]
    created: list[Path] = []
    with _undone_on_failure() as made:
        for path, content in contents.items():
            if path in kept:
                continue
            try:
                for folder in reversed([f for f in path.parents if not f.exists()]):
                    folder.mkdir()
                    made.append(folder)
                # "x": a file that appeared since the look above is not written over either.
                with path.open("xb") as file:
                    made.append(path)
                    file.write(content)
            except OSError as exc:
                raise DeliveryError(
                    f"Cannot write {path}: {exc.strerror or type(exc).__name__}.",
                    hint=f"Nothing was changed. {what_to_do(exc)}",
                ) from exc
            created.append(path)
    return Written(created, kept)


def templates(*parts: str) -> dict[str, bytes]:
    """Return the packaged files below `templates/<parts>` by their path in it; empty where there is no such folder."""
    folder = files("datassay.scaffold").joinpath("templates", *parts)
    return dict(sorted(_walk(folder, ""))) if folder.is_dir() else {}


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            # Kept without its dot in the package: a .gitignore there would act on this repository.
            yield f"{prefix}{'.gitignore' if entry.name == 'gitignore' else entry.name}", entry.read_bytes()


@contextmanager
def _undone_on_failure() -> Iterator[list[Path]]:
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            try:
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
            except OSError:  # the first error is the one to tell
                continue
        raise
