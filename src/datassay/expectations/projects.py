"""Suites inside a project folder of Great Expectations, such as `gx/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datassay.errors import SpecError, suggest

CONFIG = "great_expectations.yml"
_DEFAULT_FOLDER = "expectations"


def choose_suite(path: Path, name: str) -> Path:
    """Return the suite file that `path` means: itself, or in a Great Expectations project the suite of dataset `name`.

    In a project the suite bears the dataset's name, or is the only one. Raises SpecError where that leaves a choice.
    """
    if not path.is_dir():
        return path
    suites = list_suites(path)
    if name in suites:
        return suites[name]
    if len(suites) == 1:
        return next(iter(suites.values()))
    if not suites:
        raise SpecError(f"{path}: no suite in this Great Expectations project.", hint="Name a suite's JSON file.")
    shown = ", ".join(repr(found) for found in list(suites)[:8])
    raise SpecError(
        f"{path}: {len(suites)} suites, and none is named {name!r} ({shown}).",
        hint=f"{suggest(name, list(suites))} Name one suite's JSON file.",
    )


def list_suites(folder: Path) -> dict[str, Path]:
    """Return the suite files of the Great Expectations project in `folder`, or in its `gx` folder, by suite name.

    Raises SpecError where there is no project, or its configuration cannot be read.
    """
    root = next((place for place in (folder, folder / "gx") if (place / CONFIG).is_file()), None)
    if root is None:
        raise SpecError(f"{folder}: no Great Expectations project, for it holds no {CONFIG}.")
    store = _find_store(root / CONFIG)
    base = root / store
    found: dict[str, Path] = {}
    for path in sorted(base.rglob("*.json")):
        parts = path.relative_to(base)
        if any(part.startswith(".") for part in parts.parts):
            continue  # .ge_store_backend_id and its kin
        # 0.x made a folder of every dot in a suite's name.
        found.setdefault(_read_name(path) or ".".join(parts.with_suffix("").parts), path)
    return found


def _find_store(config: Path) -> str:
    import yaml

    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SpecError(f"{config}: cannot be read as YAML ({type(exc).__name__}).") from exc
    if not isinstance(content, dict):
        raise SpecError(f"{config}: a mapping is expected.")
    stores = content.get("stores")
    store = stores.get(content.get("expectations_store_name", "")) if isinstance(stores, dict) else None
    backend: Any = store.get("store_backend") if isinstance(store, dict) else None
    if not isinstance(backend, dict):
        return _DEFAULT_FOLDER
    folder = backend.get("base_directory")
    if not isinstance(folder, str):
        raise SpecError(
            f"{config}: its suites are not kept in a folder ({str(backend.get('class_name'))!r:.60}).",
            hint="Write the suite to a file with ExpectationSuite.to_json_dict() and name that.",
        )
    return folder


def _read_name(path: Path) -> str | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None  # whoever reads the suite says what is wrong with it
    if not isinstance(content, dict):
        return None
    name = content.get("name", content.get("expectation_suite_name"))
    return name if isinstance(name, str) and name else None
