"""Finding the project and its folders."""

import json

import pytest

from datassay.cli.main import run
from datassay.errors import ProjectError, SpecError
from datassay.project import find_project


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", "[tool.datassay]\n"), ("datassay.toml", ""), ("datassay.toml", "# mine\n")]
)
def test_project_is_found_from_below(tmp_path, name, text):
    """A project is found from any folder inside it."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)

    project = find_project(inside)

    assert project.root == tmp_path.resolve()
    assert project.audits == tmp_path.resolve() / "audits"


def test_folders_can_be_renamed(tmp_path):
    """A user whose `pipelines/` is taken names another folder."""
    (tmp_path / "pyproject.toml").write_text('[tool.datassay]\npipelines = "flows"\n', encoding="utf-8")
    assert find_project(tmp_path).pipelines == tmp_path.resolve() / "flows"


def test_no_project_says_what_to_do(tmp_path):
    """Outside of any project the error names `datassay init`."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="datassay init"):
        find_project(tmp_path)


@pytest.mark.parametrize("text", ["[tool.datassay]\naudit = 'x'\n", "[tool.datassay]\naudits = 3\n", "[tool"])
def test_bad_settings_are_refused(tmp_path, text):
    """Unknown folders, wrong types and broken TOML are told, not guessed at."""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError):
        find_project(tmp_path)


@pytest.mark.parametrize("name", ["UP", "UP.yml"])
def test_a_definition_that_ends_otherwise_is_told(tmp_path, name):
    """A file that is passed over for its ending is named, with the name that it needs."""
    (tmp_path / "datassay.toml").touch()
    (tmp_path / "audits").mkdir()
    for each in ("UP.yml", "b.YAML", "up.yaml", "example.yaml.txt", "README.md"):
        (tmp_path / "audits" / each).touch()
    project = find_project(tmp_path)

    assert project.names() == ["up"]
    assert [path.name for path in project.misnamed()] == ["UP.yml", "b.YAML"]
    with pytest.raises(SpecError, match=rf"No audit definition '{name}' in .*\. Rename UP\.yml to UP\.yaml\.$"):
        project.definition(name)


def test_list_tells_of_definitions_that_are_not_read(tmp_path, monkeypatch, capsys):
    """The list itself stays as it is; a line on stderr says what to rename."""
    (tmp_path / "datassay.toml").touch()
    (tmp_path / "audits").mkdir()
    path = tmp_path.resolve() / "audits" / "UP.yml"
    path.touch()
    monkeypatch.chdir(tmp_path)

    assert run(["list", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert err == f"datassay: {path} is not read: rename it to UP.yaml.\n"


@pytest.mark.parametrize("name", ["adlt", "../adult", "sub/adult", ""])
def test_unknown_dataset_names_the_nearest(tmp_path, name):
    """A name without definition is refused, also one that walks out of the folder."""
    (tmp_path / "datassay.toml").touch()
    (tmp_path / "audits").mkdir()
    (tmp_path / "audits" / "adult.yaml").touch()
    (tmp_path / "adult.yaml").touch()

    with pytest.raises(SpecError, match="'adult'"):
        find_project(tmp_path).definition(name)
