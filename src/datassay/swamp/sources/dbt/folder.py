"""Read a dbt project from its own files, where it was never compiled: dbt_project.yml, models, their YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from datassay.swamp.sources import files
from datassay.swamp.sources.dbt.records import Model, Project, Query, quote, select

_REF = re.compile(r"\bref\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?['\"]([^'\"]+)['\"]")
_SOURCE = re.compile(r"\{\{-?\s*source\(\s*['\"]([^'\"]*)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*\)\s*-?\}\}")
_FOLDERS = {
    "model": (("model-paths", "source-paths"), ["models"]),
    "snapshot": (("snapshot-paths",), ["snapshots"]),
    "analysis": (("analysis-paths",), ["analyses", "analysis"]),
    "test": (("test-paths",), ["tests"]),
}
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)\s*-?%\}(.*?)\{%-?\s*endsnapshot\s*-?%\}", re.DOTALL)


def read_folder(root: Path) -> Project:
    """Return the project in a folder; what cannot be read is named in its problems."""
    project = Project()
    settings = _load_yaml(root / "dbt_project.yml", project)
    described = [document for path in _find(root, settings, "model", (".yml", ".yaml"))
                 if (document := _load_yaml(path, project))]  # fmt: skip
    identifiers = {
        (str(source.get("name")), str(table.get("name"))): str(table.get("identifier") or table.get("name"))
        for document in described
        for source in _dicts(document.get("sources"))
        for table in _dicts(source.get("tables"))
    }

    def fill(match: re.Match[str]) -> str:
        return quote(identifiers.get((match[1], match[2]), match[2]))

    for kind in ("model", "snapshot", "analysis", "test"):
        for path in _find(root, settings, kind, (".sql", ".py") if kind == "model" else (".sql",)):
            place = path.relative_to(root).as_posix()
            text = files.read_text(path)
            if text is None:
                project.problems.append(f"{place}: not UTF-8 text")
                continue
            text = _SOURCE.sub(fill, text)
            if kind == "model":
                project.models.append(_model(path.stem, place, text, path.suffix))
            elif kind == "snapshot":
                project.models += [_model(name, place, body, ".sql") for name, body in _SNAPSHOT.findall(text)]
            elif kind == "analysis":
                project.analyses.append(Query(text, place))
            elif "{% test" not in text and "{%- test" not in text:
                project.tests.append(Query(text, place))
    for document in described:
        _describe(document, project)
    return project


def _model(name: str, place: str, text: str, suffix: str) -> Model:
    reads = frozenset(_REF.findall(text))
    return Model(name, place, text, reads, language="python" if suffix == ".py" else "sql")


def _describe(document: dict[str, Any], project: Project) -> None:
    """Add what a YAML file says: exposures, tests of columns, semantic models."""
    for exposure in _dicts(document.get("exposures")):
        for reference in exposure.get("depends_on") or []:
            for name in _REF.findall(str(reference)):
                project.exposures.setdefault(name, []).append(str(exposure.get("name")))
    tested = [*_dicts(document.get("models")), *_dicts(document.get("seeds")), *_dicts(document.get("snapshots"))]
    tested += [table for source in _dicts(document.get("sources")) for table in _dicts(source.get("tables"))]
    for each in tested:
        columns = [
            str(column.get("name"))
            for column in _dicts(each.get("columns"))
            if column.get("tests") or column.get("data_tests")
        ]
        if columns:
            relation = str(each.get("identifier") or each.get("name"))
            project.tests.append(Query(select([quote(name) for name in columns], relation), f"tests of {relation}"))
    for each in _dicts(document.get("semantic_models")):
        parts = [part for key in ("entities", "dimensions", "measures") for part in _dicts(each.get(key))]
        expressions = [str(part.get("expr") or part.get("name")) for part in parts]
        for name in _REF.findall(str(each.get("model"))):
            if expressions:
                project.metrics.append(Query(select(expressions, name), f"semantic model {each.get('name')}"))


def _find(root: Path, settings: dict[str, Any], kind: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
    keys, folders = _FOLDERS[kind]
    for key in keys:
        listed = settings.get(key)
        if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
            folders = listed
    for folder in folders:
        inside = (root / folder).resolve()
        if inside.is_relative_to(root.resolve()) and inside.is_dir():
            yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in suffixes and path.is_file())


def _load_yaml(path: Path, project: Project) -> dict[str, Any]:
    text = files.read_text(path)
    try:
        loaded = yaml.safe_load(text) if text is not None else None
    except yaml.YAMLError:
        project.problems.append(f"{path.name}: not YAML")
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
