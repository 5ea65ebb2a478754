"""Where the overhead of an audit goes: `python -m benchmarks.startup` (from the repository, inside its venv).

Prints medians over runs: the answer of `--help`, each engine's import, an audit whose every stage is cached with the
server started early (what `datassay audit` does), and the same with Prefect's own ephemeral server.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = """dataset: {path: table.csv, rev: null}
gate: {expectations: null}
"""
OWN_SERVER = "from datassay.cli.flows import load_flow; from datassay.project import find_project\n"
OWN_SERVER += "from datassay.cli.common import prepare_environment\n"
OWN_SERVER += "p = find_project(); prepare_environment(p, is_verbose=False)\n"
OWN_SERVER += "with load_flow(p, 'audit_dataset') as flow: flow(name='table', root=str(p.root))"
ENGINES = ("polars", "pydantic", "great_expectations", "cleanlab.count", "dvc.api", "prefect", "skrub", "lightgbm")


def measure(command: list[str], folder: Path, n_runs: int, env: dict[str, str]) -> float:
    """Return the median wall time of a command in seconds."""
    seconds = []
    for _ in range(n_runs):
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=3, help="runs of each command")
    n_runs = parser.parse_args().n
    datassay = shutil.which("datassay") or sys.exit("datassay is not installed in this environment")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        env = {**os.environ, "PREFECT_HOME": str(folder / "prefect")}
        (folder / "datassay.toml").touch()
        (folder / "audits").mkdir()
        (folder / "audits" / "table.yaml").write_text(PROJECT)
        (folder / "table.csv").write_text("a,b\n" + "\n".join(f"{i},{i % 7}" for i in range(500)))
        audit = [datassay, "-q", "audit", "table"]
        # The first run makes Prefect's database and fills the caches; it is shown apart.
        rows = [("first audit of a machine (makes Prefect's database)", measure(audit, folder, 1, env))]
        rows += [
            ("datassay --help", measure([datassay, "--help"], folder, n_runs, env)),
            ("audit of 500 rows without label or suite", measure(audit, folder, n_runs, env)),
            (
                "... with Prefect's own ephemeral server",
                measure([sys.executable, "-c", OWN_SERVER], folder, n_runs, env),
            ),
        ]
        rows += [
            (f"import {name}", measure([sys.executable, "-c", f"import {name}"], folder, n_runs, env))
            for name in ENGINES
        ]
    print(f"| what | median of {n_runs}, s |\n|---|---:|")
    for name, seconds in rows:
        print(f"| {name} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
