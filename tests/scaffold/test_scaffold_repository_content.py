"""This repository is a project of its own tool: its data, suites, definitions and stages hold together."""

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from datassay.datasets.snapshot import take_snapshot
from datassay.expectations.suite import run_suite
from datassay.project import find_project
from datassay.scaffold.repository import git
from datassay.spec import read_spec

ROOT = Path(__file__).parents[2]
DATASETS = ("adult", "houses")
TRAINING = {"train_income.py": ("roc_auc", 0.88), "train_house_values.py": ("r2", 0.7)}


def stored(name):
    """Return the path of a dataset's content in the remote that lies in this repository."""
    pointer = yaml.safe_load((ROOT / "data" / f"{name}.parquet.dvc").read_text(encoding="utf-8"))
    md5 = pointer["outs"][0]["md5"]
    return ROOT / "data" / "store" / "files" / "md5" / md5[:2] / md5[2:]


def read_rows(name):
    """Return a dataset from the remote."""
    return pl.read_parquet(stored(name))


@pytest.mark.parametrize("name", DATASETS)
def test_pointer_and_store_agree(name):
    """The content in the store is the one that the pointer names."""
    pointer = yaml.safe_load((ROOT / "data" / f"{name}.parquet.dvc").read_text(encoding="utf-8"))["outs"][0]
    content = stored(name).read_bytes()
    assert hashlib.md5(content).hexdigest() == pointer["md5"]
    assert len(content) == pointer["size"]


def test_store_is_small():
    """A clone stays light."""
    size = sum(path.stat().st_size for path in (ROOT / "data" / "store").rglob("*") if path.is_file())
    assert size < 5_000_000


@pytest.mark.parametrize("name", DATASETS)
def test_definition_fits_the_data(name):
    """A definition names columns, suite and sources that exist."""
    spec = read_spec(find_project(ROOT).definition(name))
    columns = read_rows(name).columns
    assert {spec.label, spec.id, *spec.features.exclude} <= set(columns)
    assert (ROOT / spec.suite).is_file()
    for source in spec.usage.sources:
        assert list(ROOT.glob(source.sql or source.python)), source


@pytest.mark.parametrize(("name", "failing"), [("adult", {"workclass", "occupation"}), ("houses", set())])
def test_suite_on_the_data(name, failing, tmp_path):
    """Every check passes on the published data, save Adult's two warnings on '?'."""
    spec = read_spec(find_project(ROOT).definition(name))
    (tmp_path / "data").mkdir()
    shutil.copy(stored(name), tmp_path / "data" / f"{name}.parquet")
    snapshot = take_snapshot(spec.dataset, name=name, root=tmp_path, cache_dir=tmp_path, rev="workspace")
    result = run_suite(snapshot, ROOT / spec.suite, show_values=[])
    assert result.n_unknown == 0
    assert {r.column for r in result.results if r.outcome == "failed"} == failing
    assert {r.severity for r in result.results if r.outcome == "failed"} <= {"warning"}


@pytest.mark.parametrize("path", [*(ROOT / "expectations").glob("*.json")], ids=lambda path: path.stem)
def test_every_expectation_says_why(path):
    """A suite written by hand says why each expectation holds."""
    expectations = json.loads(path.read_text(encoding="utf-8"))["expectations"]
    assert len(expectations) >= 15
    assert all(item["notes"].strip() and item["severity"] in {"critical", "warning", "info"} for item in expectations)
    assert len({item["severity"] for item in expectations}) == 3


@pytest.mark.parametrize("path", sorted((ROOT / "queries").rglob("*.sql")), ids=lambda path: path.stem)
def test_queries_read_existing_columns(path):
    """Every query parses, and the columns that it names are the table's, or made by the query itself."""
    import sqlglot
    from sqlglot import exp

    name = path.parent.name
    (statement,) = sqlglot.parse(path.read_text(encoding="utf-8"), read="duckdb")
    made = {alias.alias for alias in statement.find_all(exp.Alias)}
    read = {column.name for column in statement.find_all(exp.Column)}
    assert read - made <= set(read_rows(name).columns)
    assert name in {table.name for table in statement.find_all(exp.Table)}


@pytest.mark.parametrize("script", sorted(TRAINING))
def test_training_scripts_run(script, tmp_path, monkeypatch, capsys):
    """The scripts that prove use are real: on a part of the rows they train, and print a sensible score."""
    metric, at_least = TRAINING[script]
    (tmp_path / "data").mkdir()
    for name in DATASETS:
        read_rows(name).sample(5000, seed=0).write_parquet(tmp_path / "data" / f"{name}.parquet")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "training" / script), run_name="__main__")
    assert json.loads(capsys.readouterr().out)[metric] > at_least


def test_stages_cover_every_definition():
    """dvc.yaml audits and gates every dataset that has a definition, from files that exist."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    names = find_project(ROOT).names()
    assert stages["audit"]["matrix"]["dataset"] == stages["gate"]["matrix"]["dataset"] == names
    for name in names:
        for dep in stages["audit"]["deps"]:
            path = ROOT / dep.replace("${item.dataset}", name)
            assert path.exists() or path.with_name(f"{path.name}.dvc").exists(), path


def test_prefect_reads_the_deployments():
    """Prefect's own model reads prefect.yaml; entrypoints exist; nights are in UTC."""
    from prefect.cli.deploy._models import PrefectYamlModel

    model = PrefectYamlModel.model_validate(yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8")))
    assert [deployment.name for deployment in model.deployments] == ["nightly", "on-demand"]
    for deployment in model.deployments:
        path, _, flow = deployment.entrypoint.partition(":")
        assert f"def {flow}(" in (ROOT / path).read_text(encoding="utf-8")
        assert deployment.work_pool.name == "datassay"
    (schedule,) = model.deployments[0].schedules
    assert (schedule.cron, schedule.timezone) == ("0 3 * * *", "UTC")


def test_pull_on_a_fresh_clone(tmp_path):
    """`dvc pull` brings both datasets into a fresh clone, without a network, and leaves Git clean."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", "dvc.yaml", "data"):
        (origin / name).parent.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, origin / name, ignore=shutil.ignore_patterns("*.parquet"))
        else:
            shutil.copy(ROOT / name, origin / name)
    git(origin, "init", "--quiet", "--initial-branch=main")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message=x")
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    subprocess.run(
        [sys.executable, "-m", "dvc", "pull", "--quiet", *(f"data/{name}.parquet" for name in DATASETS)],
        cwd=clone, check=True, capture_output=True, env={**os.environ, "DVC_NO_ANALYTICS": "1"},
    )  # fmt: skip
    assert all((clone / "data" / f"{name}.parquet").is_file() for name in DATASETS)
    assert git(clone, "status", "--porcelain") == ""
