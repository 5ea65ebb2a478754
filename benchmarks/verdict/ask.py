"""Ask datassay about every case of a half, and keep the answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.verdict.analyst import DESIGNS, estimate
from benchmarks.verdict.cases import Case, list_cases
from benchmarks.verdict.truth import CACHE, KEY, RESULTS, measure_all


def run_estimates(half: str, n_jobs: int) -> None:
    """Estimate what is not in the cache yet, and write the committed table; fresh answers need an empty cache."""
    answers = collect(list_cases(half), CACHE / f"answers-{half}.jsonl", DESIGNS, n_jobs)
    answers.write_csv(table_of(half), float_precision=5)


def collect(cases: Sequence[Case], path: Path, designs: Sequence[tuple[int, int]], n_jobs: int) -> pl.DataFrame:
    """Return answers to all cases with each design of reviews; the cache at `path` is added to."""
    CACHE.mkdir(exist_ok=True)
    done = {_name(row) for row in _read(path)}
    wanted = [(case, designs) for case in cases if (*vars(case.setting).values(), case.metric) not in done]
    measure_all(estimate, wanted, path, n_jobs)
    return pl.DataFrame(_read(path), infer_schema_length=None).sort(*KEY, "n_reviews")


def table_of(half: str) -> Any:
    """Return the path of the committed answers."""
    return RESULTS / f"verdict_answers_{half}.csv"


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in KEY)
