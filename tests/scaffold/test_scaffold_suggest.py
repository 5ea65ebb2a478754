"""`datassay suggest` proposes rules beside a suite, and takes them in when they are accepted."""

import errno
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from datassay.cli.main import run
from datassay.errors import SpecError, UsageError
from datassay.expectations.checks import read_suite
from datassay.project import find_project
from datassay.scaffold.init import init_project
from datassay.scaffold.suggesting import Source, accept_suite, suggest_suite

DBT = """
models:
  - name: people
    columns:
      - {name: age, data_tests: [not_null, {relationships: {to: x, field: y}}]}
      - {name: "a\\u001b[2J", data_tests: [{accepted_values: {values: [1], where: "x"}}]}
"""


@pytest.fixture
def project(dvc_repo, monkeypatch):
    """A project with one table and its definition, in which the commands run."""
    init_project(dvc_repo)
    rng = np.random.default_rng(0)
    (dvc_repo / "data").mkdir()
    pl.DataFrame(
        {"row": range(200), "age": rng.integers(17, 90, 200), "kind": rng.choice(["a", "b"], 200).tolist()}
    ).write_parquet(dvc_repo / "data" / "people.parquet")
    (dvc_repo / "audits" / "people.yaml").write_text(
        "dataset: {path: data/people.parquet, rev: null}\nlabel: kind\nid: row\n", encoding="utf-8"
    )
    (dvc_repo / "schema.yml").write_text(DBT, encoding="utf-8")
    monkeypatch.chdir(dvc_repo)
    return find_project(dvc_repo)


def suite_of(project) -> Path:
    return project.expectations / "people.json"


def test_round_of_a_suite(project, capsys) -> None:
    """A first proposal is the suite, later ones lie beside it, and accepting adds what is new and nothing twice."""
    assert run(["suggest", "people"]) == 0
    told = capsys.readouterr().out
    assert "False alarms: " in told
    assert "expectations/people.json" in told
    first = json.loads(suite_of(project).read_text(encoding="utf-8"))
    assert first["meta"]["proposed"] is True

    # A person corrects one bound and throws one rule away; then everything is accepted.
    first["expectations"] = [e for e in first["expectations"] if e["type"] != "expect_column_values_to_be_increasing"]
    bounds = next(e for e in first["expectations"] if e["type"] == "expect_column_values_to_be_between")
    bounds["kwargs"]["max_value"] = 99
    suite_of(project).write_text(json.dumps(first), encoding="utf-8")
    assert run(["suggest", "people", "--accept"]) == 0
    accepted = json.loads(suite_of(project).read_text(encoding="utf-8"))
    assert {item["meta"]["proposed"] for item in accepted["expectations"]} == {False}
    assert "proposed" not in accepted["meta"]

    before = suite_of(project).read_bytes()
    capsys.readouterr()
    assert run(["suggest", "people"]) == 0
    assert "people.proposed.json" in capsys.readouterr().out
    assert suite_of(project).read_bytes() == before
    assert run(["suggest", "people"]) == 2
    assert "is there already" in capsys.readouterr().err

    assert run(["suggest", "people", "--accept", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    merged = json.loads(suite_of(project).read_text(encoding="utf-8"))
    assert (done["n_added"], done["n_there"]) == (1, len(accepted["expectations"]))
    kept = next(item for item in merged["expectations"] if item["type"] == bounds["type"])
    assert kept["kwargs"]["max_value"] == 99
    assert merged["expectations"][:-1] == accepted["expectations"]
    assert not suite_of(project).with_name("people.proposed.json").exists()
    assert read_suite(suite_of(project)).name == "people"


def test_rules_of_another_tool(project, capsys) -> None:
    """A file's rules are carried over, tried on the data, and what cannot be is named without steering the terminal."""
    suite_of(project).write_text('{"name": "people", "expectations": []}', encoding="utf-8")

    assert run(["suggest", "people", "--from", "schema.yml"]) == 0

    told = capsys.readouterr().out
    assert "1 expectation carried over from dbt, people." in told
    assert "On the data as it is: 1 passed." in told
    assert "relationships: it is about a second table" in told
    assert "\x1b" not in told
    content = json.loads(suite_of(project).with_name("people.proposed.json").read_text(encoding="utf-8"))
    assert len(content["meta"]["left_out"]) == 2
    assert content["expectations"][0]["meta"]["proposed"] is True


def test_shown_only(project, capsys) -> None:
    """With --print the suite goes to stdout, and nothing is written."""
    assert run(["suggest", "people", "--print"]) == 0

    assert json.loads(capsys.readouterr().out)["meta"]["proposed"] is True
    assert not suite_of(project).exists()


def test_values_stay_out(project) -> None:
    """Reasons and what is left out hold no value of a column of free text."""
    frame = pl.read_parquet(project.root / "data" / "people.parquet")
    names = [f"canary-{i} of {'abcdefgh' * (i % 9)}" for i in range(frame.height)]
    frame.with_columns(name=pl.Series(names)).write_parquet(project.root / "data" / "people.parquet")

    found = suggest_suite(project, "people", source=Source(), is_shown_only=True)

    assert "canary" not in json.dumps(found.content)


def test_older_suite_takes_proposals(project) -> None:
    """A suite of 0.18 becomes one of 1.x when it takes proposals, unless a rule of it would be lost."""
    old = {
        "expectation_suite_name": "people",
        "expectations": [{"expectation_type": "expect_column_to_exist", "kwargs": {"column": "age"}, "meta": {}}],
    }
    suite_of(project).write_text(json.dumps(old), encoding="utf-8")
    accept_suite(project, "people", source=Source(project.root / "schema.yml"))
    merged = json.loads(suite_of(project).read_text(encoding="utf-8"))
    assert [item["type"] for item in merged["expectations"]] == [
        "expect_column_to_exist", "expect_column_values_to_not_be_null",
    ]  # fmt: skip

    old["expectations"][0]["kwargs"]["parse_strings_as_datetimes"] = True
    suite_of(project).write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(SpecError, match="parse_strings_as_datetimes"):
        accept_suite(project, "people", source=Source(project.root / "schema.yml"))


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["people", "--from", "none.yml"], "Cannot read none.yml"),
        (["people", "--table", "x"], "go with --from FILE"),
        (["people", "--accept", "--print"], "choose one"),
        (["peple"], "Did you mean 'people'"),
        (["people", "--from", "schema.yml", "--table", "peeple"], "Did you mean 'people'"),
    ],
)
def test_bad_calls(project, capsys, args, what: str) -> None:
    """A wrong call is one line and exit code 2."""
    assert run(["suggest", *args]) == 2
    assert what in capsys.readouterr().err


def test_waiting_proposals_come_first(project) -> None:
    """Proposals that wait are not mixed with those of another file."""
    suite_of(project).write_text('{"name": "people", "expectations": []}', encoding="utf-8")
    suggest_suite(project, "people", source=Source(project.root / "schema.yml"))

    with pytest.raises(UsageError, match="waits to be accepted"):
        accept_suite(project, "people", source=Source(project.root / "schema.yml"))


@pytest.mark.parametrize("accept", [[], ["--accept"]])
def test_full_disk(project, capsys, monkeypatch, accept) -> None:
    """A suite that cannot be written is one line and exit code 5, and nothing of it is left behind."""
    suite_of(project).write_text('{"name": "people", "expectations": []}', encoding="utf-8")
    before = {path: path.read_bytes() for path in project.expectations.iterdir()}
    real_open = Path.open

    def open_full(self, mode="r", *args, **kwargs):
        if project.expectations in self.parents and mode in {"xb", "wb"}:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return real_open(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_full)

    assert run(["suggest", "people", *accept]) == 5
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "people" in told
    assert "No space left on device" in told
    assert "Free some space" in told
    assert {path: path.read_bytes() for path in project.expectations.iterdir()} == before
