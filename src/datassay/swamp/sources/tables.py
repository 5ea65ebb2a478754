"""Whether a path or a name is the dataset's."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath

from datassay.swamp.evidence import TableSchema


def is_dataset_path(path: str, table: TableSchema) -> bool:
    """Say whether a file path or glob names the dataset: by its last part, wherever the folder is mounted."""
    own = PurePosixPath(table.path).name.casefold()
    parts = [part.casefold() for part in PurePosixPath(path.replace("\\", "/")).parts]
    if not own or not parts:
        return False
    # data/flights/*.parquet reads the folder data/flights, and data/*.parquet reads data/adult.parquet.
    return own in parts or (fnmatch.fnmatchcase(own, parts[-1]) and any(char in parts[-1] for char in "*?["))


def is_dataset_name(name: str, table: TableSchema) -> bool:
    """Say whether a table name is one of the dataset's, without case."""
    return name.casefold() in {known.casefold() for known in table.names}
