"""The same verdicts on real dirty tables, by Great Expectations' pandas engine and by the Polars engine.

python -m benchmarks.gx.dirty DATA    writes benchmarks/results/gx_dirty.md

DATA holds folders dc_beers, dc_boston_target and dc_hospital, each with dirty.csv and clean.csv (the tables of Raha's
and mlbench's repositories). Each engine reads the file by itself, as its users would. Ends with 1 where a verdict or a
count of unexpected values differs.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks.gx.dirty_suites import SUITES

RESULTS = Path(__file__).parents[1] / "results" / "gx_dirty.md"


def main() -> None:
    data = Path(sys.argv[1])
    lines = [
        "# Real dirty tables: the same verdicts as pandas",
        "",
        "`python -m benchmarks.gx.dirty DATA`; each engine reads the csv file by itself, pandas' nulls are null.",
        "",
        "| table | file | expectations | met | not met | raised | verdicts that differ | counts that differ |",
        "|---|---|---|---|---|---|---|---|",
    ]
    told: list[str] = []
    for name, suite in SUITES.items():
        for file in ("dirty.csv", "clean.csv"):
            cells, differing = _compare(data / name / file, suite)
            lines.append(f"| {name} | {file} | {' | '.join(map(str, cells))} |")
            told += [f"- {name}/{file}: {line}" for line in differing]
    RESULTS.write_text("\n".join([*lines, "", *(told or ["No difference."]), ""]), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    sys.exit(bool(told))


def _compare(path: Path, suite: list[tuple[str, dict[str, Any]]]) -> tuple[list[int], list[str]]:
    by_pandas, by_polars = _run_pandas(path, suite), _run_polars(path, suite)
    pairs = list(zip(suite, by_pandas, by_polars, strict=True))
    differing = [(case, left, right) for case, left, right in pairs if left != right]
    verdicts = [left[0] for left in by_pandas]
    counts = [verdicts.count(verdict) for verdict in (True, False, None)]
    n_verdicts = sum(left[0] != right[0] for _, left, right in differing)
    cells = [len(suite), *counts, n_verdicts, len(differing) - n_verdicts]
    return cells, [f"{name} {kwargs}: pandas {left}, Polars {right}" for (name, kwargs), left, right in differing]


def _run_pandas(path: Path, suite: list[tuple[str, dict[str, Any]]]) -> list[tuple[bool | None, int | None]]:
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas(str(path)).add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.read_csv(path)})
    built = gx.ExpectationSuite("suite", expectations=_build(suite))
    return [_read(result) for result in _sort(batch.validate(built).results)]


def _run_polars(path: Path, suite: list[tuple[str, dict[str, Any]]]) -> list[tuple[bool | None, int | None]]:
    import polars as pl
    from pandas._libs.parsers import STR_NA_VALUES

    from datassay.gx import validate

    frame = pl.scan_csv(path, null_values=sorted(STR_NA_VALUES))
    return [_read(result) for result in _sort(validate(frame, _build(suite)).results)]


def _build(suite: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    from great_expectations.expectations import core

    numbered = enumerate(suite)
    return [getattr(core, f"Expect{name}")(**kwargs, meta={"number": number}) for number, (name, kwargs) in numbered]


def _sort(results: list[Any]) -> list[Any]:
    """Return results in the order of the suite, which Great Expectations does not keep."""
    return sorted(results, key=lambda result: result.expectation_config.meta["number"])


def _read(result: Any) -> tuple[bool | None, int | None]:
    """Return the verdict, None where the expectation raised, and the number of unexpected values."""
    info = result.exception_info or {}
    parts = [info, *[part for part in info.values() if isinstance(part, dict)]]
    if any(part.get("raised_exception") for part in parts):
        return None, None
    return bool(result.success), result.result.get("unexpected_count")


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
