"""`datassay audit` through the installed script, on a real DVC project."""

import json
import os
import subprocess
from pathlib import Path

import polars as pl
import pytest
from e2e_support import CANARY, make_flowers

from datassay.results import Report

pytestmark = pytest.mark.slow
FILES = {
    "report.json", "report.html", "summary.md", "metrics.json", "worklist.parquet", "worklist.csv",
    "plots/cleaning.csv", "plots/collecting.csv",
}  # fmt: skip


def test_audit_writes_every_output_and_says_where(console):
    """One command pulls the rev, writes all files, and prints the verdict and the report's place."""
    done = console("audit", "flowers")

    assert done.returncode == 0, done.stderr
    folder = console.folder / "reports" / "flowers"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found >= FILES
    report = Report.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))
    assert report.dataset.n_rows == 500
    assert report.verdict.sentence in " ".join(done.stdout.split())
    assert str(folder / "report.html") in done.stdout
    stages = ["pull", "check", "predict", "labels", "value", "swamp", "profile"]
    assert [report.stages[stage].outcome for stage in stages] == ["passed"] * len(stages)
    assert all(f"{stage} " in done.stderr for stage in stages)


def test_a_rev_is_read_without_touching_the_workspace(console):
    """An older tag is audited while the workspace stays as it is, in Git's eyes too."""
    before = (console.folder / "data" / "flowers.parquet").read_bytes()

    assert console("audit", "flowers", "--rev", "v1").returncode == 0

    assert console.report()["dataset"]["n_rows"] == 400
    assert console.report()["dataset"]["rev"] == "v1"
    assert (console.folder / "data" / "flowers.parquet").read_bytes() == before
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=console.folder, capture_output=True, text=True, check=False
    )
    assert status.stdout == ""


def test_a_repeated_audit_is_cached_and_says_the_same(audit):
    """The same data, definition and seed give the same report save `run`, from the cache."""
    console = audit()
    first = console.report()
    audit()
    second = console.report()

    assert set(second["run"]["cached_stages"]) >= {"check", "predict", "labels", "value", "profile"}
    assert first.pop("run") != second.pop("run")
    assert second == first


def test_an_emptied_cache_is_computed_again(audit):
    """Deleting the predictions behind a cached record does not break the next audit."""
    console = audit()
    for path in (console.folder / ".datassay" / "predictions").rglob("*.np*"):
        path.unlink()
    before = console.report()["value"]

    audit()

    assert console.report()["value"] == before


def test_drift_is_told_against_the_rev_audited_before(audit):
    """The second rev is compared with the first, without being told so."""
    console = audit("--rev", "v1")
    assert console.report()["stages"]["drift"]["outcome"] == "skipped"
    audit("--rev", "v2")
    drift = console.report()["drift"]
    assert (drift["against_rev"], drift["n_rows_before"], drift["n_rows_now"]) == ("v1", 400, 500)


def test_against_names_the_rev_to_compare_with(audit):
    """`--against` needs no earlier audit."""
    assert audit("--against", "v1").report()["drift"]["n_rows_before"] == 400


def test_json_goes_to_stdout_and_progress_to_stderr(console):
    """`--json` prints nothing but the report on stdout."""
    done = console("audit", "flowers", "--json")
    assert json.loads(done.stdout)["dataset"]["name"] == "flowers"
    assert "value" in done.stderr


def test_planted_wrong_labels_lead_the_worklist(audited):
    """Of 40 flipped labels most are among the worst 60, and the interval of the noise rate holds the truth."""
    console = audited
    worklist = pl.read_parquet(console.folder / "reports" / "flowers" / "worklist.parquet")
    clean = make_flowers(500).select("row", pl.col("kind").alias("true_kind"))
    worst = worklist.sort("rank").head(60).join(clean, left_on="id", right_on="row")
    n_found = (worst["given_label"] != worst["true_kind"]).sum()
    rate = console.report()["labels"]["noise_rate"]
    assert n_found >= 24
    assert rate["low"] <= 40 / 500 <= rate["high"]


def test_no_cell_value_leaves_the_table(audited):
    """A secret value of a feature is in none of the outputs, though a failed check and the profile have met it."""
    console = audited
    written = [path for path in (console.folder / "reports").rglob("*") if path.is_file()]
    assert len(written) >= len(FILES)
    assert [path.name for path in written if CANARY.encode() in path.read_bytes()] == []


def test_unused_column_is_named(audited):
    """The column that no query reads is unused, the queried ones are used, keys and label are protected."""
    columns = {column["name"]: column for column in audited.report()["swamp"]["columns"]}
    assert columns["batch"]["status"] == "unused"
    assert [columns[name]["status"] for name in ("petal", "sepal", "site")] == ["used"] * 3
    assert columns["row"]["is_protected"]
    assert columns["kind"]["is_protected"]


def test_step_summary_of_github_is_honoured(console, tmp_path):
    """In a GitHub Actions step the summary is appended to the step's page."""
    page = tmp_path / "step.md"
    console("audit", "flowers", GITHUB_STEP_SUMMARY=str(page))
    assert (
        page.read_text(encoding="utf-8").strip()
        == (console.folder / "reports" / "flowers" / "summary.md").read_text(encoding="utf-8").strip()
    )


def test_audit_all_survives_a_broken_dataset(console):
    """One dataset that cannot be audited is told on the index page and does not stop the others."""
    (console.folder / "audits" / "absent.yaml").write_text("dataset: {path: data/none.parquet}\n", encoding="utf-8")

    done = console("audit", "--all")

    assert done.returncode == 3
    assert "absent" in done.stderr
    index = (console.folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "flowers" in index
    assert "none.parquet" in index
    assert console.report()["dataset"]["n_rows"] == 500


def test_embedded_server_is_the_default(console):
    """Without PREFECT_API_URL the audit starts a server of its own and stops it again."""
    env = {key: value for key, value in console.env.items() if key != "PREFECT_API_URL"}
    done = type(console)(console.folder, env)("audit", "flowers")
    assert done.returncode == 0, done.stderr
    alive = subprocess.run(
        ["pgrep", "-f", "prefect.server.api.server:create_app"], capture_output=True, text=True, check=False
    )
    parents = {_parent_of(pid) for pid in alive.stdout.split()}
    assert os.getpid() in parents or not parents  # only the shared one, which is ours


def _parent_of(pid: str) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid")))
