"""A report is stale where the definition has come to name something else."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from e2e_support import git, script

from datassay.results import Report
from datassay.spec import parse_spec
from datassay.staleness import find_difference


@pytest.fixture(scope="module")
def sample():
    """The sample report of the report's tests: of the label income, the id row_id and rev v3."""
    spec = importlib.util.spec_from_file_location("report_sample", Path(__file__).parent / "report" / "sample.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_report()


def of(report, **parts) -> Report:
    return report.model_copy(update={"dataset": report.dataset.model_copy(update=parts)})


def define(report, **parts):
    content = {
        "dataset": {"path": report.dataset.path, "rev": "HEAD"},
        "label": report.context.label,
        "id": report.context.id,
    }
    return parse_spec({**content, **parts}, report.dataset.name, "x.yaml")


@pytest.fixture
def repo(tmp_path):
    """A repository with three commits: v2 holds other data than v1, v3 the same data as v2."""
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "data").mkdir()
    for tag, content in (("v1", "a"), ("v2", "b"), ("v3", "b")):
        (tmp_path / "data" / "x.csv.dvc").write_text(content)
        (tmp_path / "other.txt").write_text(tag)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-m", tag)
        git(tmp_path, "tag", tag)
    return tmp_path


def commit_of(repo, rev):
    done = subprocess.run(["git", "rev-parse", rev], cwd=repo, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({}, None),
        ({"task": "classification"}, None),
        ({"dataset": {"path": "./data/adult.parquet"}}, None),
        (
            {"dataset": {"path": "data/new.parquet"}},
            "'data/adult.parquet', and the definition names 'data/new.parquet'",
        ),
        ({"dataset": {"path": "data/adult.parquet", "repo": "../x"}}, "the repository none, and .* names '../x'"),
        ({"label": "wage"}, "the label 'income', and the definition names 'wage'"),
        ({"label": None}, "the label 'income', and the definition names none"),
        ({"id": "age"}, "the id 'row_id', and the definition names 'age'"),
        ({"task": "regression"}, "the task 'classification', and the definition names 'regression'"),
    ],
)
def test_what_the_definition_has_come_to_name_is_told(sample, tmp_path, parts, told):
    """Path, repository, label, id and task each count; a path that is spelled otherwise, or a task left out, do not."""
    report = of(sample, path="data/adult.parquet", repo=None)

    found = find_difference(define(report, **parts), report, tmp_path)

    assert found is None if told is None else re.fullmatch(told, found)


@pytest.mark.parametrize(
    ("named", "audited", "is_stale"),
    [
        ("v1", ("v1", "v1"), False),
        ("v2", ("v1", "v1"), True),
        ("v3", ("HEAD", "v3"), False),
        ("v3", ("v2", "v2"), False),
        ("v1", ("HEAD", "v3"), True),
        ("main", ("main", "v1"), True),
        ("main", ("main", "v2"), False),
        ("HEAD", ("v1", "v1"), False),
        (None, ("v1", "v1"), False),
        ("v1", ("workspace", None), True),
        ("gone", ("gone", "v1"), False),
        ("gone", ("v1", "v1"), True),
    ],
)
def test_a_rev_that_is_named_is_another_one_where_its_data_is(sample, repo, named, audited, is_stale):
    """A pinned rev is compared by commit and data, by name where Git does not know it; HEAD is left to `--rev`."""
    rev, at = audited
    report = of(sample, path="data/x.csv", repo=None, rev=rev, commit=commit_of(repo, at) if at else None)
    spec = define(report, dataset={"path": "data/x.csv", "rev": named})

    found = find_difference(spec, report, repo)

    assert found == (f"rev {rev}, and the definition names {named}" if is_stale else None)
    assert find_difference(spec, report, repo, is_rev_asked=True) is None


@pytest.mark.slow
def test_gate_refuses_what_is_stale_and_list_marks_it(sample, repo):
    """One line says what differs and what to do, with exit code 4; `list` shows the same beside the old verdict."""
    (repo / "audits").mkdir()
    (repo / "datassay.toml").touch()
    folder = repo / "reports" / "x"
    folder.mkdir(parents=True)
    report = of(sample, name="x", path="data/x.csv", repo=None, rev="v1", commit=commit_of(repo, "v1"))
    (folder / "report.json").write_text(report.model_dump_json(), encoding="utf-8")

    def run(path, *args):
        text = f"dataset: {{path: {path}, rev: v1}}\nlabel: income\nid: row_id\n"
        (repo / "audits" / "x.yaml").write_text(text, encoding="utf-8")
        return subprocess.run(
            [script(), *args],
            cwd=repo,
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )

    same, other = run("data/x.csv", "gate", "x"), run("data/y.csv", "gate", "x")
    listed = [json.loads(run(path, "list", "--json").stdout)[0] for path in ("data/x.csv", "data/y.csv")]

    assert same.returncode != 4
    assert (other.returncode, other.stdout) == (4, "")
    assert other.stderr == (
        "datassay: The last report of x is of 'data/x.csv', and the definition names 'data/y.csv'. "
        "Run 'datassay audit x' again.\n"
    )
    assert [row["stale"] for row in listed] == ["", "report of 'data/x.csv', and the definition names 'data/y.csv'"]
    assert "stale" in run("data/y.csv", "list").stdout.splitlines()[0]
