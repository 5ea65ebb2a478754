"""Parts of the end-to-end tests: a table with planted faults, Git and DVC calls, the installed console script."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

DEFINITION = """\
dataset: {path: data/flowers.parquet, rev: HEAD}
label: kind
id: row
cleaning: {labels_per_hour: 60, cost_per_hour: 40, reviewer_accuracy: 0.97}
collecting: {rows_per_day: 100, cost_per_day: 300, setup_cost: 0}
usage: {sources: [{sql: "queries/*.sql"}]}
gate: {expectations: {critical: 0}}
"""
SUITE = {
    "name": "flowers",
    "expectations": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "kind"}, "severity": "critical"},
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "petal", "min_value": -100, "max_value": 100},
            "severity": "critical",
        },
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "site", "value_set": ["north", "south", "east", "canary-7f3a9"]},
            "severity": "warning",
        },
    ],
    "meta": {},
}
CANARY = "canary-7f3a9"


def make_flowers(n: int, *, n_wrong: int = 0, seed: int = 0) -> pl.DataFrame:
    """Return a table whose label follows two of its columns, with `n_wrong` flipped labels and one secret value."""
    rng = np.random.default_rng(seed)
    petal, sepal = rng.normal(size=n), rng.normal(size=n)
    is_iris = petal + 0.7 * sepal + 0.2 * rng.normal(size=n) > 0
    is_iris[rng.choice(n, n_wrong, replace=False)] ^= True
    site = rng.choice(["north", "south", "east"], n).astype(object)
    site[3] = CANARY
    return pl.DataFrame(
        {
            "row": np.arange(n),
            "petal": petal,
            "sepal": sepal,
            "site": site.tolist(),
            "batch": rng.integers(0, 10**9, n),
            "kind": np.where(is_iris, "iris", "rose").tolist(),
        }
    )


@dataclass(frozen=True)
class Console:
    """The installed script in a folder, with the shared server named in its environment."""

    folder: Path
    env: dict[str, str]

    def __call__(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `datassay ARGS` and return what it said."""
        return subprocess.run(
            [script(), *args],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def embedded(self) -> "Console":
        """Return the same without the shared server: the script starts one of its own."""
        return Console(self.folder, {key: value for key, value in self.env.items() if key != "PREFECT_API_URL"})

    def edit_definition(self, old: str, new: str) -> None:
        """Replace a piece of the definition."""
        path = self.folder / "audits" / "flowers.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def drop_suite(self) -> None:
        """Leave the checks out of what follows: Great Expectations takes seconds to import."""
        (self.folder / "expectations" / "flowers.json").unlink()

    def drop_label(self) -> None:
        """Leave checks and fits out, for tests of what surrounds them."""
        self.drop_suite()
        self.edit_definition("label: kind", "label: null")

    def report(self, name: str = "flowers") -> dict:
        """Return the last report.json."""
        return json.loads((self.folder / "reports" / name / "report.json").read_text(encoding="utf-8"))


def script() -> str:
    """Return the path of the console script that pip installed beside this Python."""
    path = Path(sys.executable).parent / "datassay"
    assert path.is_file(), "install the package first: pip install -c constraints.txt -e '.[test]'"
    return str(path)


def git(folder: Path, *args: str) -> None:
    """Run git with an identity of its own."""
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def dvc(folder: Path, *args: str) -> None:
    """Run DVC without its analytics."""
    env = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    subprocess.run([sys.executable, "-m", "dvc", *args, "-q"], cwd=folder, env=env, check=True, capture_output=True)


def commit_data(folder: Path, frame: pl.DataFrame, tag: str) -> None:
    """Add a version of the table, push it to the remote and tag it."""
    frame.write_parquet(folder / "data" / "flowers.parquet")
    dvc(folder, "add", "data/flowers.parquet")
    dvc(folder, "push")
    git(folder, "add", "-A")
    git(folder, "commit", "-m", tag)
    git(folder, "tag", tag)
