"""`datassay init`: turn a DVC repository into a datassay project, without touching a file that is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

from datassay.errors import ProjectError
from datassay.project import FOLDERS, Project, find_project
from datassay.scaffold.writing import Written, templates, write_new

#: Everything below .datassay/ can be made again.
CACHE_GITIGNORE = b"*\n"


def init_project(root: Path) -> Written:
    """Write a project's folders, READMEs, flows and commented example into the DVC repository at `root`.

    Existing files are kept; a folder that `[tool.datassay]` names otherwise gets its content under that name.
    Raises ProjectError where `root` is no DVC repository, and DeliveryError where a file cannot be written (then none
    is).
    """
    root = root.resolve()
    check_dvc(root)
    is_marked = _is_marked(root)
    project = find_project(root) if is_marked else _default_project(root)
    contents: dict[Path, bytes] = {}
    for name, content in templates("project").items():
        folder, _, rest = name.partition("/")
        if name == "datassay.toml":
            if not is_marked:
                contents[root / name] = content
        else:
            contents[getattr(project, folder) / rest] = content
    for name, content in templates("pipelines").items():
        contents[project.pipelines / name] = content
    contents[project.cache / ".gitignore"] = CACHE_GITIGNORE
    return write_new(contents)


def check_dvc(root: Path) -> None:
    """Raise ProjectError unless `root` is the root of a DVC repository; the error says what to do."""
    if not root.is_dir():
        raise ProjectError(f"{root} is no folder.")
    if (root / ".dvc").is_dir():
        return
    above = next((folder for folder in root.parents if (folder / ".dvc" / "config").is_file()), None)
    is_git = any((folder / ".git").exists() for folder in (root, *root.parents))
    begin = "Run 'dvc init' in it first." if is_git else "Run 'git init' and 'dvc init' in it first."
    hint = f"Its root is {above}: run 'datassay init' there." if above else begin
    raise ProjectError(f"{root} is no DVC repository.", hint=hint)


def _is_marked(root: Path) -> bool:
    if (root / "datassay.toml").is_file():
        return True
    shared = root / "pyproject.toml"
    if not shared.is_file():
        return False
    try:
        return "datassay" in tomllib.loads(shared.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ProjectError(f"{shared}: not valid TOML: {exc}.") from exc


def _default_project(root: Path) -> Project:
    return Project(root=root, **{key: root / key for key in FOLDERS})
