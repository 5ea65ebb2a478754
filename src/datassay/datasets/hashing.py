"""Content hashes equal to those that DVC records, so that a workspace file and a rev can be told to be the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from datassay.datasets.reading import reading

CHUNK_BYTES = 1 << 20


def hash_table(path: Path) -> str:
    """Return the md5 of a file, or DVC's `<md5>.dir` of a folder; raises DataError where it cannot be read."""
    with reading(str(path)):
        if path.is_dir():
            return hash_listing({f.relative_to(path).as_posix(): _hash_file(f) for f in _files(path)})
        return _hash_file(path)


def hash_listing(md5_by_name: dict[str, str]) -> str:
    """Return the hash that DVC gives a folder with these files: names relative to it, with `/`.

    DVC hashes the JSON text of its list of files, sorted by name (dvc_data.hashfile.tree).
    """
    listing = [{"md5": md5_by_name[name], "relpath": name} for name in sorted(md5_by_name)]
    text = json.dumps(listing, sort_keys=True).encode()
    return f"{hashlib.md5(text, usedforsecurity=False).hexdigest()}.dir"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
