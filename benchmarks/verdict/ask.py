"""Ask datassay about every case of a half, and keep the answers."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from benchmarks.verdict.analyst import estimate
from benchmarks.verdict.cases import list_cases
from benchmarks.verdict.truth import CACHE, KEY, RESULTS


def run_estimates(half: str, n_jobs: int) -> None:
    """Estimate what is not in the cache yet, and write the committed table; `--fresh` answers need an empty cache."""
    from joblib import Parallel, delayed

    path = CACHE / f"answers-{half}.jsonl"
    CACHE.mkdir(exist_ok=True)
    done = {_name(row) for row in _read(half)}
    wanted = [case for case in list_cases(half) if (*vars(case.setting).values(), case.metric) not in done]
    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(delayed(estimate)(case) for case in wanted)
    with path.open("a") as file:
        for i, rows in enumerate(jobs, start=1):
            file.writelines(json.dumps(row, default=float) + "\n" for row in rows)
            file.flush()
            if i % 10 == 0 or i == len(wanted):
                print(f"{half}: {i} of {len(wanted)} cases", flush=True)
    answers = pl.DataFrame(_read(half), infer_schema_length=None).sort(*KEY, "n_reviews")
    answers.write_csv(table_of(half), float_precision=5)


def table_of(half: str) -> Any:
    """Return the path of the committed answers."""
    return RESULTS / f"verdict_answers_{half}.csv"


def _read(half: str) -> list[dict[str, Any]]:
    path = CACHE / f"answers-{half}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in KEY)
