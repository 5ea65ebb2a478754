"""The formats by name, and which of them a file that came back is in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datassay.datasets.reading import no_such_file, reading
from datassay.errors import DataError
from datassay.labels.exchange import argilla, label_studio, tables
from datassay.labels.exchange.answers import Answer
from datassay.labels.exchange.sheet import Writer, aliases

#: Writers by the name of their format.
FORMATS: dict[str, Writer] = {
    "csv": tables.write_csv,
    "parquet": tables.write_parquet,
    "label-studio": label_studio.write,
    "argilla": argilla.write,
}


def read_answers(path: Path) -> list[Answer]:
    """Read what reviewers sent back: CSV, Parquet, or the JSON of Label Studio or Argilla.

    Raises DataError where the file is none of them, or holds no question of ours.
    """
    if not path.is_file():
        raise no_such_file(path, "Name the file that reviewers sent back.")
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv"}:
        answers = tables.read_csv(path)
    elif suffix in {".parquet", ".pq"}:
        answers = tables.read_parquet(path)
    elif suffix == ".json":
        answers = _read_json(path)
    else:
        raise DataError(f"{path}: not a format that reviews come back in.", hint="Use .csv, .parquet or .json.")
    if not any(answer.review_id or answer.id for answer in answers):
        raise DataError(
            f"{path}: no row has a review_id or an id.", hint="Import a file that 'datassay review export' has made."
        )
    return answers


def class_aliases(classes: list[str]) -> dict[str, str]:
    """Return the classes by what stands for them in any tool."""
    found: dict[str, str] = {}
    for is_plain in (label_studio.is_plain, argilla.is_plain):
        found |= {alias: name for name, alias in aliases(classes, is_plain).items()}
    return found


def _read_json(path: Path) -> list[Answer]:
    with reading(str(path)):
        text = path.read_text(encoding="utf-8-sig")
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as exc:
        line = f" line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise DataError(f"{path}{line}: not valid JSON.", hint="Export it again.") from exc
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise DataError(f"{path}: neither a Label Studio export nor Argilla records.", hint="Export it as JSON.")
    is_argilla = any("fields" in one and "responses" in one for one in content)
    return argilla.read(content) if is_argilla else label_studio.read(content)
