"""Great Expectations on Polars against its own pandas engine and other tools: CPU time and peak memory.

python -m benchmarks.gx [--case wide] [--long-rows 20000000] [--huge-rows 100000000] [--repeat 3]

Writes benchmarks/results/gx.md. One process per figure, in turns. The case `peers` needs Pandera and dataframely, which
the tests need too, and Pointblank (pip install pointblank), which nothing else here needs. The case `huge` writes
about 10 GB to the folder for temporary files and removes them.
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
from typing import Any

RESULTS = Path(__file__).parents[1] / "results" / "gx.md"
FIGURES = RESULTS.with_suffix(".json")
_HEAD = """# Great Expectations on Polars

`python -m benchmarks.gx --case CASE --repeat R`; medians of R runs, each in a process of its own. CPU seconds and wall
seconds of the validation alone, with reading the parquet files; peak memory (resident) of the whole process, with its
imports. A limit is on the process's private memory (RLIMIT_DATA); a run that needs more ends with an error. The floor
is a bare Polars select of the facts that the checks need. Checks: not null, in a range, and where there are three a
column, the mean. Every engine found the same number of unexpected values.
"""


def list_cases(given: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return each case's table, number of checks, engines, and limits of memory in MiB."""
    both = ["pandas", "polars", "floor"]
    return {
        "wide": {"rows": 200_000, "columns": 200, "checks": 600, "engines": both},
        "small": {"rows": 1_000, "columns": 500, "checks": 1_500, "engines": both},
        "long": {"rows": given.long_rows, "columns": 20, "checks": 40, "engines": both, "limits": {"polars": 2048}},
        "huge": {
            "rows": given.huge_rows, "columns": 20, "checks": 40, "engines": ["polars"], "limits": {"polars": 4096},
        },
        "peers": {
            "rows": 1_000_000, "columns": 20, "checks": 40,
            "engines": ["pandas", "polars", "pointblank", "pandera", "dataframely"],
        },
    }  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--case", choices=["wide", "long", "small", "huge", "peers"], action="append")
    arguments.add_argument("--long-rows", type=int, default=20_000_000)
    arguments.add_argument("--huge-rows", type=int, default=100_000_000)
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    cases = list_cases(given)
    measured = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    for name in given.case or cases:
        engines = _measure(name, cases[name], given.repeat)
        measured[name] = {"case": cases[name], "repeat": given.repeat, "engines": engines}
        FIGURES.write_text(json.dumps(measured, indent=1), encoding="utf-8")
        RESULTS.write_text(_write({key: measured[key] for key in cases if key in measured}), encoding="utf-8")


def _measure(name: str, case: dict[str, Any], repeat: int) -> dict[str, dict[str, float]]:
    figures: dict[str, list[dict[str, float]]] = {engine: [] for engine in case["engines"]}
    with tempfile.TemporaryDirectory() as folder:
        _run("make", folder, case, limit=0)
        for _ in range(repeat):
            for engine, runs in figures.items():
                runs.append(_run(engine, folder, case, limit=case.get("limits", {}).get(engine, 0)))
                print(name, engine, runs[-1], flush=True)
    found = {run["n_unexpected"] for engine, runs in figures.items() if engine != "floor" for run in runs}
    if len(found) != 1:
        sys.exit(f"{name}: the engines found different numbers of unexpected values: {sorted(found)}")
    return {
        engine: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for engine, runs in figures.items()
    }


def _run(what: str, folder: str, case: dict[str, Any], *, limit: int) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gx.measure", what, folder]
    command += [str(case[key]) for key in ("rows", "columns", "checks")]
    settings = {"TQDM_DISABLE": "1", "GX_LIMIT_MIB": str(limit)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **settings})
    if done.returncode:
        sys.exit(f"{what} failed under a limit of {limit} MiB:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _write(measured: dict[str, Any]) -> str:
    lines = [_HEAD]
    lines += ["| case | checks | R | engine | CPU s | wall s | peak MiB | limit MiB | CPU / Polars | MiB / Polars |"]
    lines += ["|---|---|---|---|---|---|---|---|---|---|"]
    for name, entry in measured.items():
        case, ours = entry["case"], entry["engines"]["polars"]
        for engine, run in entry["engines"].items():
            limit = case.get("limits", {}).get(engine, "")
            lines.append(
                f"| {name}: {case['rows']:,} x {case['columns']} | {case['checks']:,} | {entry['repeat']} | {engine} "
                f"| {run['cpu_s']:.2f} | {run['wall_s']:.2f} | {run['peak_mib']:.0f} | {limit} "
                f"| {run['cpu_s'] / ours['cpu_s']:.1f} | {run['peak_mib'] / ours['peak_mib']:.1f} |"
            )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
