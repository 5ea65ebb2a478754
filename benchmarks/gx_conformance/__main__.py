"""Great Expectations' own tests of its expectations and metrics, on its pandas engine and on the Polars engine.

python -m benchmarks.gx_conformance PATH_OF_A_CHECKOUT    writes benchmarks/results/gx_conformance.md

The tests stay in the checkout: they are copied to a temporary folder with the harness that they use, which gives the
Polars engine instead of pandas in a second run (plugin.py). Kept is every test that asks for a pandas data source, in
whatever list of sources. Ends with 1 where a test that passes on pandas fails on Polars for no reason known here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
FOLDERS = ("tests/integration/data_sources_and_expectations", "tests/integration/metrics")
#: What the tests import.
HARNESS = ("tests/integration", "tests/metrics", "tests/test_utils.py")
RESULTS = HERE.parent / "results" / "gx_conformance.md"

_OBJECTS = "asserts pandas' dtype `object` of a column of integers or texts, which is Int64 or String in Polars"
_NULLABLE = "tells pandas' `Int64` from `int64`; Polars has one such type, in which nulls are allowed"
_VERSIONS = ("great_expectations", "polars", "pandas")
#: Tests that fail on Polars, by a part of their name, and why.
EXPLAINED = {
    "type_to_be.py::test_success_object_dtype": _OBJECTS,
    "type_to_be.py::test_str_does_not_match_object_dtype": _OBJECTS,
    "type_to_be.py::test_column_name_is_resolved_case_insensitively": _OBJECTS,
    "in_type_list.py::test_success[pandas-data-frame-string_types]": _OBJECTS,
    "in_type_list.py::test_include_unexpected_rows_pandas": _OBJECTS,
    "of_type.py::test_include_unexpected_rows_pandas": _OBJECTS,
    "type_to_be.py::test_nullable_and_numpy_integer_dtypes_are_distinct": _NULLABLE,
    "not_be_null.py::test_failure_pandas_csv": "asserts that pandas counts each NaN as a value of its own; nulls are "
    "counted together here",
}


def main() -> None:
    checkout = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        for part in HARNESS:
            copy = shutil.copytree if (checkout / part).is_dir() else shutil.copy
            (room / part).parent.mkdir(parents=True, exist_ok=True)
            copy(checkout / part, room / part)
        (room / "tests" / "__init__.py").touch()
        shutil.copy(HERE / "plugin.py", room / "gx_conformance_plugin.py")
        on_pandas, on_polars = (_run(room, engine) for engine in ("pandas", "polars"))
    text, n_unexplained = _write(on_pandas, on_polars)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(1 if n_unexplained or not on_pandas else 0)


def _run(room: Path, engine: str) -> dict[str, dict[str, str]]:
    report = room / f"{engine}.json"
    command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-p", "gx_conformance_plugin", "--rootdir", str(room), "-c", os.devnull, *FOLDERS]
    settings = {"GX_ENGINE": engine, "GX_OUTCOMES": str(report), "PYTHONPATH": str(room), "TQDM_DISABLE": "1"}
    subprocess.run(command, cwd=room, check=False, env={**os.environ, **settings}, stdout=sys.stderr)
    return json.loads(report.read_text(encoding="utf-8"))


def _write(on_pandas: dict[str, dict[str, str]], on_polars: dict[str, dict[str, str]]) -> tuple[str, int]:
    lines = [
        "# Great Expectations' own tests on the Polars engine",
        "",
        "`python -m benchmarks.gx_conformance CHECKOUT`; every test there that asks for a pandas data source, a frame",
        f"or a csv file; {', '.join(f'{name} {version(name)}' for name in _VERSIONS)}.",
        "",
        "| tests of | ask for pandas | pass on pandas | of these pass on Polars | share |",
        "|---|---|---|---|---|",
    ]
    missed = []
    for folder in (*FOLDERS, "tests"):
        here = {test: seen["outcome"] for test, seen in on_pandas.items() if test.startswith(folder)}
        passed = [test for test, outcome in here.items() if outcome == "passed"]
        missed = [test for test in passed if on_polars.get(test, {}).get("outcome") != "passed"]
        name = "both" if folder == "tests" else f"`{folder}`"
        both, share = len(passed) - len(missed), (len(passed) - len(missed)) / max(1, len(passed))
        lines.append(f"| {name} | {len(here)} | {len(passed)} | {both} | {share:.1%} |")
    reasons = {test: next((why for part, why in EXPLAINED.items() if part in test), None) for test in missed}
    n_unexplained = Counter(reasons.values())[None]
    told = f"{len(missed)} pass on pandas and not on Polars, {n_unexplained} of them without a known reason:"
    lines += ["", told, ""]
    lines += [f"- `{test.rpartition('/')[2]}` {why or 'UNEXPLAINED'}" for test, why in sorted(reasons.items())]
    return "\n".join([*lines, ""]), n_unexplained


if __name__ == "__main__":
    main()
