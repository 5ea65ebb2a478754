"""`datassay init` makes a project of a DVC repository and touches nothing that is there."""

import os
import tomllib
from pathlib import Path

import pytest

from datassay.errors import DeliveryError, ProjectError
from datassay.project import find_project
from datassay.scaffold import writing
from datassay.scaffold.init import init_project
from datassay.spec import read_spec

ROOT = Path(__file__).parents[2]


def read_all(folder):
    """Return every file below `folder` by its path in it."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_makes_a_project(dvc_repo):
    """A fresh DVC repository becomes a project with folders, flows, an example and its own ignore files."""
    written = init_project(dvc_repo)
    project = find_project(dvc_repo)
    assert project.root == dvc_repo.resolve()
    assert project.names() == []
    assert written.kept == []
    assert all(path.is_file() for path in written.created)
    names = {path.relative_to(dvc_repo).as_posix() for path in written.created}
    flows = {f"pipelines/{path.name}" for path in (ROOT / "pipelines").glob("*.py")}
    assert flows < names
    assert names - flows == {
        ".datassay/.gitignore",
        "audits/README.md",
        "audits/example.yaml.txt",
        "datassay.toml",
        "expectations/README.md",
        "pipelines/README.md",
        "reports/.gitignore",
    }


def test_is_idempotent(dvc_repo):
    """A second init creates nothing and lists everything as kept."""
    first = init_project(dvc_repo)
    before = read_all(dvc_repo)
    second = init_project(dvc_repo)
    assert second.created == []
    assert set(second.kept) == {path for path in first.created if path.name != "datassay.toml"}
    assert read_all(dvc_repo) == before


@pytest.mark.parametrize(
    "name", ["audits/README.md", "pipelines/audit_all.py", "reports/.gitignore", ".gitignore", "pyproject.toml"]
)
def test_overwrites_nothing(dvc_repo, name):
    """A file of the user is byte for byte the same afterwards."""
    path = dvc_repo / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"# mine\r\n")
    before = read_all(dvc_repo)
    written = init_project(dvc_repo)
    after = read_all(dvc_repo)
    assert {key: after[key] for key in before} == before
    assert path not in written.created


def test_keeps_a_dangling_link(dvc_repo):
    """A link that leads nowhere is something of the user too."""
    (dvc_repo / "audits").mkdir()
    link = dvc_repo / "audits" / "README.md"
    link.symlink_to(dvc_repo / "elsewhere.md")
    assert link in init_project(dvc_repo).kept
    assert not (dvc_repo / "elsewhere.md").exists()


def test_names_of_pyproject_are_used(dvc_repo):
    """With [tool.datassay] in pyproject.toml there is no second marker, and its folder names count."""
    (dvc_repo / "pyproject.toml").write_text('[tool.datassay]\npipelines = "flows"\n', encoding="utf-8")
    init_project(dvc_repo)
    assert (dvc_repo / "flows" / "audit_dataset.py").is_file()
    assert not (dvc_repo / "pipelines").exists()
    assert not (dvc_repo / "datassay.toml").exists()


def test_other_pyproject_gets_a_marker(dvc_repo):
    """A pyproject.toml of something else is left alone; datassay.toml marks the root."""
    (dvc_repo / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    init_project(dvc_repo)
    assert tomllib.loads((dvc_repo / "datassay.toml").read_text(encoding="utf-8")) == {}


def test_own_folders_stay_out_of_git(dvc_repo):
    """The cache and reports are ignored by files of their own; what DVC compares between commits is not."""
    from datassay.scaffold.repository import git

    init_project(dvc_repo)
    for name in (".datassay/x.npz", "reports/a/report.html", "reports/a/metrics.json", "reports/a/plots/cleaning.csv"):
        (dvc_repo / name).parent.mkdir(parents=True, exist_ok=True)
        (dvc_repo / name).write_text("x", encoding="utf-8")
    git(dvc_repo, "add", "--all")
    tracked = git(dvc_repo, "ls-files").splitlines()
    assert {"reports/a/metrics.json", "reports/a/plots/cleaning.csv", "reports/.gitignore"} <= set(tracked)
    assert not {name for name in tracked if name.startswith(".datassay/") or name.endswith("report.html")}


def test_needs_dvc(tmp_path):
    """Without DVC one line says what to run, and nothing is written."""
    with pytest.raises(ProjectError, match=r"is no DVC repository\. Run 'git init' and 'dvc init'"):
        init_project(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".git").mkdir()
    with pytest.raises(ProjectError, match=r"is no DVC repository\. Run 'dvc init'"):
        init_project(tmp_path)


def test_names_the_root_above(dvc_repo):
    """In a folder below the repository's root the error names the root."""
    (dvc_repo / "data").mkdir()
    with pytest.raises(ProjectError, match=f"Its root is {dvc_repo.resolve()}"):
        init_project(dvc_repo / "data")


def test_broken_pyproject_is_one_line(dvc_repo):
    """A pyproject.toml that is no TOML is named, and nothing is written."""
    (dvc_repo / "pyproject.toml").write_text("[tool", encoding="utf-8")
    before = read_all(dvc_repo)
    with pytest.raises(ProjectError, match="not valid TOML"):
        init_project(dvc_repo)
    assert read_all(dvc_repo) == before


def test_all_or_nothing(dvc_repo):
    """Where one file cannot be written none is left, and no folder either."""
    (dvc_repo / "pipelines").write_text("a file where a folder is needed", encoding="utf-8")
    before = read_all(dvc_repo)
    with pytest.raises(DeliveryError, match=r"Cannot write .*pipelines.* Nothing was changed\. .* move it away"):
        init_project(dvc_repo)
    assert read_all(dvc_repo) == before
    assert not (dvc_repo / "audits").exists()


def test_undo_after_half_a_file(tmp_path, monkeypatch):
    """A disk that fills up in the middle leaves nothing behind."""
    real_open = Path.open

    def open_full(self, *args, **kwargs):
        if self.name == "second.txt":
            real_open(self, *args, **kwargs).close()
            raise OSError(28, "No space left on device")
        return real_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_full)
    paths = {tmp_path / "new" / "first.txt": b"1", tmp_path / "new" / "second.txt": b"2"}
    with pytest.raises(DeliveryError, match=r"No space left on device\. .*Free some space"):
        writing.write_new(paths)
    assert not (tmp_path / "new" / "first.txt").exists()


def test_example_definition_is_valid(dvc_repo, tmp_path):
    """The commented example is a definition, and every value that it calls a default is one."""
    init_project(dvc_repo)
    path = tmp_path / "example.yaml"
    path.write_bytes((dvc_repo / "audits" / "example.yaml.txt").read_bytes())
    spec = read_spec(path)
    plain = type(spec)(dataset={"path": "data/x.parquet"}, label="y")
    given, default = spec.model_dump(), plain.model_dump()
    differing = {key for key in given if given[key] != default[key]}
    assert differing == {"usage"}
    assert set(spec.model_fields_set) == set(type(spec).model_fields)


def test_ignore_file_is_this_repositorys():
    """Reports of this repository are ignored by the same rules that init hands out."""
    handed_out = writing.templates("project")["reports/.gitignore"]
    assert (ROOT / "reports" / ".gitignore").read_bytes() == handed_out


def test_templates_hold_no_caches():
    """Compiled files that an import left beside the packaged flows are not handed out."""
    names = [*writing.templates("project"), *writing.templates("pipelines"), *writing.templates("demo")]
    assert names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", os.sep))]
