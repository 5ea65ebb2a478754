"""Great Expectations on Polars against its own pandas engine: CPU time and peak memory, one process per figure.

python -m benchmarks.gx [--long-rows 20000000] [--repeat 3]    writes benchmarks/results/gx.md
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
ENGINES = ("pandas", "polars", "floor")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--long-rows", type=int, default=20_000_000)
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    cases = {
        "wide": {"rows": 200_000, "columns": 200, "checks": 600},
        "long": {"rows": given.long_rows, "columns": 20, "checks": 40},
        "small": {"rows": 1_000, "columns": 500, "checks": 1_500},
    }
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, case in cases.items():
            path = Path(folder) / f"{name}.parquet"
            _run("make", path, **case)
            for engine in ENGINES:
                figures = [_run(engine, path, **case) for _ in range(given.repeat)]
                measured[name, engine] = {
                    key: statistics.median(figure[key] for figure in figures) for key in figures[0]
                }
                print(name, engine, measured[name, engine], flush=True)
            path.unlink()
    RESULTS.write_text(_write(cases, measured, given), encoding="utf-8")


def _run(what: str, path: Path, *, rows: int, columns: int, checks: int) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gx.measure", what, str(path)]
    command += [str(rows), str(columns), str(checks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "TQDM_DISABLE": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def _write(cases: dict, measured: dict, given: argparse.Namespace) -> str:
    lines = [
        "# Great Expectations on Polars",
        "",
        f"`python -m benchmarks.gx --long-rows {given.long_rows} --repeat {given.repeat}`; medians. CPU seconds of",
        "the validation alone, with reading the parquet file; peak memory of the whole process, with its imports. The",
        "floor is a bare Polars select of the facts that the checks need.",
        "",
        "| case | checks | pandas CPU s | Polars CPU s | floor CPU s | ratio | floor | pandas MiB | Polars MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, case in cases.items():
        by_pandas, by_polars, floor = (measured[name, engine] for engine in ENGINES)
        lines.append(
            f"| {name}: {case['rows']:,} x {case['columns']} | {case['checks']:,} | {by_pandas['cpu_s']:.2f} "
            f"| {by_polars['cpu_s']:.2f} | {floor['cpu_s']:.2f} | {by_pandas['cpu_s'] / by_polars['cpu_s']:.1f} "
            f"| {by_polars['cpu_s'] / floor['cpu_s']:.1f} | {by_pandas['peak_mib']:.0f} | {by_polars['peak_mib']:.0f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
