"""The smaller commands, through the installed script."""

import json
import shutil

import pytest

pytestmark = pytest.mark.slow


def test_list_tells_the_last_audit(audited):
    """`list` shows every dataset with its verdict and gate, as text and as JSON."""
    console = audited
    broken = console.folder / "audits" / "broken.yaml"
    broken.write_text("labl: x\n", encoding="utf-8")
    try:
        rows = {row["dataset"]: row for row in json.loads(console("list", "--json").stdout)}
    finally:
        broken.unlink()

    assert rows["flowers"]["gate"] == "passed"
    assert rows["flowers"]["verdict"] == console.report()["verdict"]["action"]
    assert "'labl'" in rows["broken"]["problem"]
    assert "flowers" in console("list").stdout


def test_doctor_finds_what_is_there_and_what_is_not(console):
    """`doctor` passes in a sound project and exits 3 where the remote is gone."""
    done = console("doctor")
    assert done.returncode == 0, done.stdout
    assert all(word in done.stdout for word in ("versions", "DVC remote", "Prefect API", "telemetry", "write access"))

    (console.folder / ".dvc" / "config").write_text("", encoding="utf-8")
    done = console("doctor")
    assert done.returncode == 3
    assert "MISSING" in done.stdout


def test_schema_is_valid_json(console):
    """`schema` prints the definition's JSON Schema, `--report` that of report.json."""
    assert "dataset" in json.loads(console("schema").stdout)["properties"]
    assert "verdict" in json.loads(console("schema", "--report").stdout)["properties"]


def test_report_renders_again(audited):
    """`report` makes the page again from report.json alone, byte for byte."""
    console = audited
    page = console.folder / "reports" / "flowers" / "report.html"
    before = page.read_bytes()
    page.unlink()

    done = console("report", "flowers")

    assert done.stdout.strip() == str(page)
    assert page.read_bytes() == before


def test_report_refuses_a_report_of_another_dataset(audited):
    """`report NAME --report FILE` renders nothing where FILE is of another dataset; without NAME it does."""
    path = "reports/flowers/report.json"
    done = audited("report", "trees", "--report", path)

    assert done.returncode == 2
    assert done.stderr.strip() == f"datassay: {path} is a report of 'flowers', not of 'trees'. Leave NAME out."
    assert audited("report", "--report", path).returncode == 0


def test_gate_prints_json(audited):
    """`gate --json` prints the rules for machines, and what they were applied to."""
    gate = json.loads(audited("gate", "flowers", "--json").stdout)
    assert (gate["dataset"], gate["rev"]) == ("flowers", "HEAD")
    assert gate["outcome"] == "passed"
    assert gate["rules"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(console, shell):
    """`completion` prints a script that names the program."""
    done = console("completion", shell)
    assert done.returncode == 0
    assert "_DATASSAY_COMPLETE" in done.stdout


def test_completion_offers_datasets(console):
    """The shell completes the project's datasets."""
    done = console(_DATASSAY_COMPLETE="bash_complete", COMP_WORDS="datassay audit fl", COMP_CWORD="2")
    assert "flowers" in done.stdout


def test_unknown_command_names_the_nearest(console):
    """A typing error is answered with the command that was meant."""
    done = console("adit")
    assert done.returncode == 2
    assert "'audit'" in done.stderr


def test_a_dataset_may_be_named_in_any_alphabet(console):
    """Prefect's keys are ASCII; the names of definitions need not be."""
    console.edit_definition("label: kind", "label: null")
    shutil.copy(console.folder / "audits" / "flowers.yaml", console.folder / "audits" / "blümchen.yaml")
    (console.folder / "expectations" / "flowers.json").rename(console.folder / "expectations" / "blümchen.json")
    done = console("audit", "blümchen")

    assert done.returncode == 0, done.stderr
    assert console.report("blümchen")["dataset"]["name"] == "blümchen"
