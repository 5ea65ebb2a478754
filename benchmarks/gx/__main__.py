"""Great Expectations on Polars against its own pandas engine: CPU time and peak memory, one process per figure.

python -m benchmarks.gx [--case wide] [--long-rows 20000000] [--repeat 3]    writes benchmarks/results/gx.md
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results" / "gx.md"
FIGURES = RESULTS.with_suffix(".json")
ENGINES = ("pandas", "polars", "floor")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--case", choices=["wide", "long", "small"], action="append")
    arguments.add_argument("--long-rows", type=int, default=20_000_000)
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    cases = {
        "wide": {"rows": 200_000, "columns": 200, "checks": 600},
        "long": {"rows": given.long_rows, "columns": 20, "checks": 40},
        "small": {"rows": 1_000, "columns": 500, "checks": 1_500},
    }
    measured = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    for name in given.case or cases:
        measured[name] = {
            "case": cases[name],
            "repeat": given.repeat,
            "engines": _measure(name, cases[name], given.repeat),
        }
        FIGURES.write_text(json.dumps(measured, indent=1), encoding="utf-8")
        RESULTS.write_text(_write(measured), encoding="utf-8")


def _measure(name: str, case: dict[str, int], repeat: int) -> dict[str, dict[str, float]]:
    engines = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.parquet"
        _run("make", path, **case)
        for engine in ENGINES:
            figures = [_run(engine, path, **case) for _ in range(repeat)]
            engines[engine] = {key: statistics.median(figure[key] for figure in figures) for key in figures[0]}
            print(name, engine, engines[engine], flush=True)
    return engines


def _run(what: str, path: Path, *, rows: int, columns: int, checks: int) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gx.measure", what, str(path)]
    command += [str(rows), str(columns), str(checks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "TQDM_DISABLE": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def _write(measured: dict) -> str:
    lines = [
        "# Great Expectations on Polars",
        "",
        "`python -m benchmarks.gx --case CASE --long-rows N --repeat R`; medians of R runs. CPU seconds of the",
        "validation alone, with reading the parquet file; peak memory of the whole process, imports too. The floor",
        "is a bare Polars select of the facts that the checks need.",
        "",
        "| case | checks | R | pandas CPU s | Polars CPU s | floor CPU s | ratio | pandas MiB | Polars MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, entry in measured.items():
        case = entry["case"]
        by_pandas, by_polars, floor = (entry["engines"][engine] for engine in ENGINES)
        lines.append(
            f"| {name}: {case['rows']:,} x {case['columns']} | {case['checks']:,} | {entry['repeat']} "
            f"| {by_pandas['cpu_s']:.2f} | {by_polars['cpu_s']:.2f} | {floor['cpu_s']:.2f} "
            f"| {by_pandas['cpu_s'] / by_polars['cpu_s']:.1f} "
            f"| {by_pandas['peak_mib']:.0f} | {by_polars['peak_mib']:.0f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
