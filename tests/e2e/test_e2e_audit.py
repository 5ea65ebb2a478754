"""`datassay audit` through the installed script, on a real DVC project."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from e2e_support import CANARY, git, make_flowers, script

from datassay.results import Report

pytestmark = pytest.mark.slow
FILES = {
    "report.json", "report.html", "summary.md", "metrics.json", "worklist.parquet", "worklist.csv",
    "plots/cleaning.csv", "plots/collecting.csv",
}  # fmt: skip


def test_audit_writes_every_output_and_says_where(first_audit):
    """One command pulls the rev, writes all files, and prints the verdict and the report's place."""
    console, done = first_audit

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
    """An older tag is audited while the workspace stays as it is, in Git's eyes too; the next is compared with it."""
    console.drop_label()
    git(console.folder, "commit", "-am", "no label")
    before = (console.folder / "data" / "flowers.parquet").read_bytes()

    assert console("audit", "flowers", "--rev", "v1").returncode == 0

    assert console.report()["dataset"]["n_rows"] == 400
    assert console.report()["dataset"]["rev"] == "v1"
    assert (console.folder / "data" / "flowers.parquet").read_bytes() == before
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=console.folder, capture_output=True, text=True, check=False
    )
    assert status.stdout == ""
    assert console.report()["stages"]["drift"]["outcome"] == "skipped"

    assert console("audit", "flowers", "--rev", "v2").returncode == 0

    drift = console.report()["drift"]
    assert (drift["against_rev"], drift["n_rows_before"], drift["n_rows_now"]) == ("v1", 400, 500)
    named = subprocess.run(["git", "rev-parse", "v1"], cwd=console.folder, capture_output=True, text=True, check=True)
    assert (drift["against_commit"], drift["against_path"]) == (named.stdout.strip(), None)


def test_an_earlier_rev_of_the_same_content_is_told(console):
    """Where the rev audited before holds the same data under another name, the report says so, again and again."""
    console.drop_label()
    git(console.folder, "tag", "same", "v1")
    told = []
    for rev in ("v1", "same", "same"):
        assert console("audit", "flowers", "--rev", rev).returncode == 0
        told.append(console.report()["stages"]["drift"]["reason"])
    assert told[0].startswith("no earlier rev was audited here;")
    assert told[1] == told[2]
    assert told[1].startswith("the earlier rev that was audited here, 'v1', has the same content;")


def test_a_flow_run_is_called_after_its_dataset(console):
    """Prefect shows the dataset's name, with a rev only where one is asked for."""
    console.drop_label()
    for args, told in (([], "'flowers' for"), (["--rev", "v2"], "'flowers@v2' for")):
        # Named here: commands that other tests run in this process leave theirs in its environment.
        done = console("-v", "audit", "flowers", *args, PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="INFO")
        assert f"Beginning flow run {told}" in done.stderr


def test_against_names_the_rev_to_compare_with(console):
    """`--against` needs no earlier audit."""
    console.drop_label()
    assert console("audit", "flowers", "--against", "v1").returncode == 0
    assert console.report()["drift"]["n_rows_before"] == 400


def test_a_repeated_audit_is_cached_and_says_the_same(audited, tmp_path):
    """The same data, definition and seed give the same report save `run`, from the cache.

    With `--json` it is all that stdout holds; in a GitHub Actions step the summary is appended to the step's page.
    """
    first, page = audited.report(), tmp_path / "step.md"

    done = audited("audit", "flowers", "--json", GITHUB_STEP_SUMMARY=str(page))

    second = audited.report()
    assert json.loads(done.stdout) == second
    assert "value     done" in done.stderr
    assert "from cache" in done.stderr
    assert set(second["run"]["cached_stages"]) >= {"check", "predict", "labels", "value", "profile"}
    assert first.pop("run") != second.pop("run")
    assert second == first
    summary = (audited.folder / "reports" / "flowers" / "summary.md").read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").strip() == summary.strip()


def test_an_emptied_cache_is_computed_again(audited):
    """Deleting the predictions behind a cached record does not break the next audit, nor change what it says."""
    for path in (audited.folder / ".datassay" / "predictions").rglob("*.np*"):
        path.unlink()
    before = audited.report()

    assert audited("audit", "flowers").returncode == 0

    after = audited.report()
    assert "predict" not in after["run"]["cached_stages"]
    assert after["value"] == before["value"]


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


def test_swamp_of_a_dataset_takes_other_prices(audited):
    """`datassay swamp NAME` charges what the definition says, or what the options say."""
    told = []
    for options in ([], ["--cost-per-gb-month", "23000", "--currency", "USD"]):
        done = audited("swamp", "flowers", "--json", *options)
        assert done.returncode == 0
        told.append(json.loads(done.stdout)["totals"])
    assert [one["currency"] for one in told] == ["EUR", "USD"]
    assert told[1]["unused_cost_per_month"] == pytest.approx(1e6 * told[0]["unused_cost_per_month"])


def test_audit_all_survives_a_broken_dataset(console):
    """One dataset that cannot be audited is told on the index page and does not stop the others.

    Without PREFECT_API_URL, as on a fresh machine.
    """
    console.drop_suite()
    (console.folder / "audits" / "absent.yaml").write_text("dataset: {path: data/none.parquet}\n", encoding="utf-8")

    done = console.embedded()("audit", "--all")

    assert done.returncode == 3
    assert "absent" in done.stderr
    index = (console.folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "flowers" in index
    assert "none.parquet" in index
    assert console.report()["dataset"]["n_rows"] == 500


def test_embedded_server_is_the_default(console):
    """Without PREFECT_API_URL the audit starts a server of its own and leaves no process behind."""
    console.drop_label()

    done = console.embedded()("audit", "flowers", DATASSAY_TEST=str(console.folder))

    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("server ")
    assert started_by(console.folder) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_audit_leaves_no_server(console, how):
    """Whatever ends an audit, a time limit of CI too, ends its server."""
    env = {**console.embedded().env, "DATASSAY_TEST": str(console.folder)}
    with subprocess.Popen([script(), "audit", "flowers"], cwd=console.folder, env=env) as process:
        wait_until(lambda: len(started_by(console.folder)) > 1)
        process.send_signal(how)
    wait_until(lambda: started_by(console.folder) == [])


def test_sigterm_to_all_processes_at_once_ends_an_audit_in_order(console):
    """Where the server gets SIGTERM too, as systemd sends it, the flow still ends with one line and exit code 143."""
    env = {**console.embedded().env, "DATASSAY_TEST": str(console.folder)}
    call = [script(), "audit", "flowers"]
    with subprocess.Popen(call, cwd=console.folder, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("server"):
                break
        for pid in started_by(console.folder):
            os.kill(pid, signal.SIGTERM)
        rest = process.stderr.read()

    assert process.returncode == 143, rest
    assert rest.splitlines()[-1].startswith("datassay: terminated")
    assert "Traceback" not in rest
    wait_until(lambda: started_by(console.folder) == [])


def started_by(mark: Path) -> list[int]:
    """Return all live processes in whose environment DATASSAY_TEST is `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"DATASSAY_TEST={mark}" in path.read_text(encoding="utf-8", errors="replace").split("\0"):
                found.append(int(path.parent.name))
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when it is so; a minute is for a machine that is busy with other things."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
