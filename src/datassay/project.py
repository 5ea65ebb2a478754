"""Find the project: the folder whose pyproject.toml has `[tool.datassay]`, or which holds a datassay.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from datassay.errors import ProjectError, SpecError, suggest

FOLDERS = ("audits", "expectations", "pipelines", "reports")


@dataclass(frozen=True)
class Project:
    """A project's root and its folders, all absolute."""

    root: Path
    audits: Path
    expectations: Path
    pipelines: Path
    reports: Path

    @property
    def cache(self) -> Path:
        """The folder for everything that can be made again; it ignores itself in Git."""
        return self.root / ".datassay"

    def names(self) -> list[str]:
        """Return the names of all audit definitions, sorted."""
        return sorted(path.stem for path in self.audits.glob("*.yaml"))

    def misnamed(self) -> list[Path]:
        """Return the files that are no definitions only because of how they end: `.yml`, or `.YAML`."""
        found = self.audits.glob("*.*")
        return sorted(path for path in found if path.suffix.lower() in {".yml", ".yaml"} and path.suffix != ".yaml")

    def definition(self, name: str) -> Path:
        """Return the path of a dataset's definition; raises SpecError where there is none."""
        path = self.audits / f"{name}.yaml"
        if not path.is_file() or path.parent != self.audits:
            other = next((each for each in self.misnamed() if name in {each.stem, each.name}), None)
            raise SpecError(
                f"No audit definition {name!r} in {self.audits}.",
                hint=f"Rename {other.name} to {other.stem}.yaml."
                if other
                else suggest(name, self.names()) or "Write one with 'datassay init --from FILE --label COLUMN'.",
            )
        return path


def find_project(start: Path | None = None) -> Project:
    """Return the project that holds `start` (default: the current folder).

    Raises ProjectError where neither that folder nor one above it is a project.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        settings = _read_settings(folder)
        if settings is not None:
            return _make(folder, settings)
    raise ProjectError(f"No datassay project in {here} or above it.", hint="Run 'datassay init' in a DVC repository.")


def _read_settings(folder: Path) -> dict[str, object] | None:
    own = folder / "datassay.toml"
    shared = folder / "pyproject.toml"
    try:
        if own.is_file():
            return tomllib.loads(own.read_text(encoding="utf-8"))
        if shared.is_file():
            settings = tomllib.loads(shared.read_text(encoding="utf-8")).get("tool", {}).get("datassay")
            return settings if isinstance(settings, dict) else None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        broken = own if own.is_file() else shared
        raise ProjectError(f"{broken}: not valid TOML: {exc}.") from exc
    return None


def _make(root: Path, settings: dict[str, object]) -> Project:
    for key, value in settings.items():
        if key not in FOLDERS:
            raise ProjectError(f"{root}: unknown setting {key!r} for datassay.", hint=suggest(key, list(FOLDERS)))
        if not isinstance(value, str) or not value or (root / value).resolve() == root:
            raise ProjectError(f"{root}: setting {key!r} for datassay must name a folder.")
    return Project(root=root, **{key: root / str(settings.get(key, key)) for key in FOLDERS})
