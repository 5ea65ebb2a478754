"""What several commands share: the project, dataset names, durations, the environment of the engines."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datassay.project import Project, find_project
from datassay.words import as_argument

if TYPE_CHECKING:
    from datassay.results import Report

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class Age(click.ParamType[float]):
    """A duration such as 90m, 24h or 7d, in seconds."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no duration; write 90m, 24h or 7d.", param, ctx)
        return float(match[1]) * UNITS_S[match[2]]


def complete_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the project's datasets to the shell."""
    from datassay.errors import DatassayError

    try:
        return [name for name in find_project().names() if name.startswith(incomplete)]
    except DatassayError:
        return []


def tell_misnamed(project: Project) -> None:
    """Say on stderr which files among the definitions are not read, and how to name them."""
    for path in project.misnamed():
        click.echo(f"datassay: {path} is not read: rename it to {path.stem}.yaml.", err=True)


def report_path(name: str | None, path: Path | None) -> Path:
    """Return the path of a dataset's last report, or the one given; raises UsageError where neither is named."""
    from datassay.errors import InconclusiveError, UsageError

    if path is not None:
        return path
    if name is None:
        raise UsageError("Name a dataset, or a report with --report PATH.")
    project = find_project()
    project.definition(name)
    found = project.reports / name / "report.json"
    if not found.is_file():
        raise InconclusiveError(
            f"{name} has no report in {project.reports}.", hint=f"Run 'datassay audit {as_argument(name)}' first."
        )
    return found


def check_report_of(name: str | None, report: Report, path: Path) -> None:
    """Raise UsageError where a report that was named with --report is of another dataset than NAME."""
    from datassay.errors import UsageError

    if name is not None and report.dataset.name != name:
        raise UsageError(f"{path} is a report of {report.dataset.name!r}, not of {name!r}.", hint="Leave NAME out.")


def check_write_access(project: Project) -> None:
    """Raise, before minutes are spent, where an audit could keep nothing: StorageError or DeliveryError."""
    from datassay.errors import DeliveryError, StorageError
    from datassay.report.files import what_to_do

    for folder, error in ((project.cache, StorageError), (project.reports, DeliveryError)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as exc:
            told = f"Cannot write to {folder}: {(exc.strerror or type(exc).__name__).lower()}."
            raise error(told, hint=what_to_do(exc)) from exc


def prepare_environment(project: Project, *, is_verbose: bool) -> None:
    """Set what the engines read when they are imported: no telemetry, quiet logs, results kept in the project."""
    level = "INFO" if is_verbose else "CRITICAL"
    settings = {
        "DO_NOT_TRACK": "1",
        "DVC_NO_ANALYTICS": "1",
        "GX_ANALYTICS_ENABLED": "false",
        # skrub makes a folder in the home directory when it is imported, unless it is told of another place.
        "SKB_DATA_DIRECTORY": tempfile.gettempdir(),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": level,
        "PREFECT_LOCAL_STORAGE_PATH": str(project.cache / "results"),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)
