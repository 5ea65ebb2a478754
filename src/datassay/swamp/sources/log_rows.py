"""Files of a query log as frames."""

from __future__ import annotations

from pathlib import Path

import polars as pl


def read_rows(path: Path) -> pl.DataFrame:
    """Return all rows of a csv, Parquet or JSON-lines file; csv stays text.

    Raises ValueError for another kind of file, and what Polars raises for one that is broken.
    """
    suffix = path.suffix.lower()
    if suffix in {".parquet", ".pq"}:
        return pl.read_parquet(path)
    if suffix in {".jsonl", ".ndjson"}:
        return pl.read_ndjson(path, infer_schema_length=None)
    if suffix == ".json":
        text = path.read_text(encoding="utf-8-sig").lstrip()
        if text.startswith("["):
            return pl.read_json(text.encode())
        return pl.read_ndjson(text.encode(), infer_schema_length=None)
    if suffix in {".csv", ".tsv", ".txt"}:
        separator = "\t" if suffix == ".tsv" else ","
        return pl.read_csv(path, infer_schema=False, separator=separator)
    raise ValueError(suffix)
