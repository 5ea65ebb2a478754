"""Great Expectations' own expectation tests, on its pandas engine and on the Polars engine.

python -m benchmarks.gx_conformance PATH_OF_A_CHECKOUT    writes benchmarks/results/gx_conformance.md

The tests stay in the checkout (its folder tests/integration/data_sources_and_expectations, which needs a version with
`parameterize_batch_for_data_sources`): they are copied to a temporary folder beside stand-ins for the helpers that
they import, so that each test which asks for a pandas frame gets the same frame by both engines.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = "tests/integration/data_sources_and_expectations"
RESULTS = HERE.parent / "results" / "gx_conformance.md"


def main() -> None:
    checkout = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        shutil.copytree(checkout / FOLDER, room / FOLDER)
        helpers = room / "tests" / "integration"
        (helpers / "test_utils").mkdir()
        shutil.copy(HERE / "stand_ins.py", helpers / "conftest.py")
        shutil.copy(HERE / "stand_ins.py", helpers / "test_utils" / "data_source_config.py")
        for folder in [room / "tests", *[path for path in (room / "tests").rglob("*") if path.is_dir()]]:
            (folder / "__init__.py").touch()
        outcomes = _run(room)
    RESULTS.write_text(_write(outcomes), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _run(room: Path) -> dict[str, str]:
    report = room / "outcomes.json"
    command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-p", "no:hypothesispytest", "--rootdir", str(room), "-c", os.devnull, str(room / FOLDER)]
    subprocess.run(command, cwd=room, check=False, env={**os.environ, "GX_OUTCOMES": str(report)})
    return json.loads(report.read_text(encoding="utf-8"))


def _write(outcomes: dict[str, str]) -> str:
    by_test: dict[str, dict[str, str]] = {}
    for test, outcome in outcomes.items():
        for engine in ("pandas", "polars"):
            if f"on-{engine}" in test:
                by_test.setdefault(test.replace(f"on-{engine}", "*"), {})[engine] = outcome
    on_pandas = {test: seen for test, seen in by_test.items() if seen.get("pandas") == "passed"}
    both = [test for test, seen in on_pandas.items() if seen.get("polars") == "passed"]
    kinds = Counter(seen.get("polars", "not run") for seen in on_pandas.values())
    lines = [
        "# Great Expectations' own tests on the Polars engine",
        "",
        "`python -m benchmarks.gx_conformance CHECKOUT`",
        "",
        f"{len(by_test)} tests ask for a pandas frame; {len(on_pandas)} of them pass on pandas here, and of these",
        f"{len(both)} pass on Polars ({kinds['skipped']} skipped: Polars cannot hold the frame).",
        "",
    ]
    lines += [f"- not on Polars: `{test}`" for test in sorted(set(on_pandas) - set(both))]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
