"""The table of orders of review: draws kept in a cache, their means and standard errors committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.verdict.cases import Setting, list_settings
from benchmarks.verdict.oracle import measure

RESULTS = Path(__file__).resolve().parents[1] / "results"
CACHE = Path(__file__).resolve().parents[1] / ".cache"
TABLE = RESULTS / "verdict_oracle.csv"
KEY = ["family", "learner", "kind", "rate", "metric"]
#: Points, so that tables read well.
SCALE = 100.0


def run_oracle(half: str, n_draws: int, n_jobs: int) -> None:
    """Measure what is not in the cache yet, draw by draw."""
    from joblib import Parallel, delayed

    CACHE.mkdir(exist_ok=True)
    wanted = [(setting, draw) for draw in range(n_draws) for setting in list_settings(half)]
    missing = [(setting, draw) for setting, draw in wanted if not _path(setting, draw).exists()]
    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    for done, _ in enumerate(jobs(delayed(_keep)(*each) for each in missing), start=1):
        if done % 50 == 0 or done == len(missing):
            print(f"{half}: {done} of {len(missing)} draws", flush=True)


def measure_all(measure: Callable[..., list[dict[str, Any]]], wanted: Sequence[tuple], path: Path, n_jobs: int) -> None:
    """Append the rows that `measure` returns for each of `wanted` to the lines of `path`, as they come."""
    from joblib import Parallel, delayed

    jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(delayed(measure)(*each) for each in wanted)
    with path.open("a") as file:
        for done, rows in enumerate(jobs, start=1):
            file.writelines(json.dumps(row, default=float) + "\n" for row in rows)
            file.flush()
            if done % 10 == 0 or done == len(wanted):
                print(f"{done} of {len(wanted)}", flush=True)


def _path(setting: Setting, draw: int) -> Path:
    return CACHE / f"{setting.family}-{setting.learner}-{setting.kind}-{setting.rate:g}-{draw}.parquet"


def _keep(setting: Setting, draw: int) -> None:
    rows = measure(setting, draw)
    path = _path(setting, draw)
    fresh = path.with_suffix(".tmp")
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(fresh)
    fresh.replace(path)


def summarise_draws() -> pl.DataFrame:
    """Return gains in points by setting, metric and order of review: mean, standard error, draws."""
    draws = pl.concat([pl.read_parquet(path) for path in sorted(CACHE.glob("*.parquet"))], how="vertical_relaxed")
    today = draws.filter(pl.col("action") == "today").select(*KEY, "draw", today="score")
    gains = draws.join(today, on=[*KEY, "draw"]).with_columns(gain=(pl.col("score") - pl.col("today")) * SCALE)
    gain = pl.col("gain")
    described = (
        gains.filter(pl.col("action") != "today")
        .group_by(*KEY, "action")
        .agg(
            gain=gain.mean().round(4),
            se=(gain.std() / gain.len().sqrt()).round(4),
            n_draws=gain.len(),
            wrong_among_reviewed=pl.col("wrong_among_reviewed").mean().round(4),
        )
    )
    return described.sort(*KEY, "action")


def write_table() -> None:
    """Write the committed table."""
    summarise_draws().write_csv(TABLE)


def read_table() -> pl.DataFrame:
    """Return the committed table."""
    return pl.read_csv(TABLE)
