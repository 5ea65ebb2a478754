"""A dataset, files beside it, and the finding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from datassay.datasets.snapshot import snapshot_frame
from datassay.results import Swamp
from datassay.spec import UsageSpec
from datassay.swamp.columns import find_swamp
from datassay.swamp.evidence import TableSchema
from datassay.swamp.money import Prices

COLUMNS = ("id", "age", "income", "Sex", "score", "select")


@pytest.fixture
def table() -> TableSchema:
    """The dataset `people` in data/people.parquet."""
    return TableSchema(names=("people",), path="data/people.parquet", columns=COLUMNS)


@pytest.fixture
def frame() -> pl.DataFrame:
    """A table with the columns of `table`; later columns are larger."""
    return pl.DataFrame({name: [i * 7 + row for row in range(20)] for i, name in enumerate(COLUMNS)})


@pytest.fixture
def find(tmp_path: Path, frame: pl.DataFrame) -> Callable[..., Swamp]:
    """Write files, and find the swamp columns of `people` with the usage sources that are given."""

    def find(
        *sources: dict[str, Any],
        files: dict[str, str] | None = None,
        table: pl.DataFrame | None = None,
        usage: dict[str, Any] | None = None,
        **options: Any,
    ) -> Swamp:
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        cache = tmp_path / ".cache"
        cache.mkdir(exist_ok=True)
        snapshot = snapshot_frame(frame if table is None else table, name="people", cache_dir=cache)
        snapshot = snapshot.model_copy(update={"path": "data/people.parquet"})
        settings = {"root": tmp_path, "protected": [], "prices": Prices(0.023), "currency": "EUR"}
        spec = UsageSpec.model_validate({"sources": list(sources), **(usage or {})})
        return find_swamp(snapshot, spec, **{**settings, **options})

    return find


@pytest.fixture
def statuses() -> Callable[[Swamp], dict[str, str]]:
    """Return status by column."""
    return lambda swamp: {column.name: column.status for column in swamp.columns}
