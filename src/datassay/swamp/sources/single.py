"""Whether a text may read a table: what the reader of Python scripts asks of strings that no parser follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.tables import is_dataset_path

_GLOB = re.compile(r"['\"`]([^'\"`\n]*[*?\[][^'\"`\n]*)['\"`]")


def may_read(text: str, table: TableSchema, definitions: Iterable[str] = ()) -> bool:
    """Say whether a text names the dataset, its file, a glob of its file, or something defined by it."""
    if mentions(text, [*table.names, Path(table.path).name, *definitions]):
        return True
    return any(is_dataset_path(glob, table) for glob in _GLOB.findall(text))


def mentions(text: str, names: list[str]) -> bool:
    """Say whether a text holds one of the names as a word, without case."""
    return any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)
