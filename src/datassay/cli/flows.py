"""Load the project's own flows by path, or the packaged ones where it has none."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from datassay.errors import ProjectError
from datassay.project import Project


@contextmanager
def load_flow(project: Project, name: str) -> Iterator[Any]:
    """Yield flow `name` from `pipelines/<name>.py` of the project, or from the packaged copy.

    Raises ProjectError where the file does not define a flow of that name or cannot be imported.
    """
    own = project.pipelines / f"{name}.py"
    if own.is_file():
        yield _load(own, name)
        return
    with as_file(files("datassay.scaffold") / "templates" / "pipelines") as folder:
        yield _load(Path(folder) / f"{name}.py", name)


def _load(path: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"datassay_flow_{name}", path)
    if spec is None or spec.loader is None:
        raise ProjectError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as exc:
        raise ProjectError(f"{path} cannot be imported: {type(exc).__name__}: {exc}.") from exc
    finally:
        sys.path.remove(str(path.parent))
    if not hasattr(module, name):
        raise ProjectError(f"{path} defines no flow {name!r}.", hint="Restore it with 'datassay init'.")
    return getattr(module, name)
