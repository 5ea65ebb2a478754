"""`datassay doctor`: what an audit needs on this machine, checked one by one."""

from __future__ import annotations

import os

import click

from datassay.cli.common import check_write_access, prepare_environment
from datassay.errors import DatassayError
from datassay.project import Project, find_project

Check = tuple[str, bool | None, str]


@click.command("doctor")
def command() -> int:
    """Check versions, the DVC remote, the Prefect API, telemetry and write access; exits 3 where one is missing."""
    checks = [_versions()]
    try:
        project = find_project()
    except DatassayError as exc:
        checks.append(("project", None, str(exc)))
    else:
        prepare_environment(project, is_verbose=False)
        names = ", ".join(project.names()) or "none yet"
        checks += [
            ("project", True, f"{project.root}, datasets: {names}"),
            _remote(project),
            _write_access(project),
        ]
    checks += [_prefect(), _telemetry()]
    for name, is_good, told in checks:
        mark = {True: "ok", False: "MISSING", None: "-"}[is_good]
        click.echo(f"{mark:<8} {name:<13} {told}")
    return 3 if any(is_good is False for _, is_good, _ in checks) else 0


def _versions() -> Check:
    from datassay.keys import engine_versions

    versions = engine_versions()
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "versions", "absent" not in versions.values(), told


def _remote(project: Project) -> Check:
    from datassay.datasets.dvc import probe_remote

    return ("DVC remote", *probe_remote(project.root))


def _write_access(project: Project) -> Check:
    try:
        check_write_access(project)
    except DatassayError as exc:
        return "write access", False, str(exc)
    return "write access", True, f"{project.reports} and {project.cache}"


def _prefect() -> Check:
    import httpx

    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return (
            "Prefect API",
            True,
            "embedded: a server is started for each audit (PREFECT_API_URL is not set)",
        )
    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=5).raise_for_status()
    except httpx.HTTPError as exc:
        return "Prefect API", False, f"{url} does not answer: {type(exc).__name__}"
    return "Prefect API", True, f"{url} answers"


def _telemetry() -> Check:
    wanted = {"DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    on = [name for name, value in wanted.items() if os.environ.get(name, value) != value]
    if on:
        return (
            "telemetry",
            True,
            f"datassay sends none; your environment allows the engines' own: {', '.join(on)}",
        )
    return "telemetry", True, "none: datassay sends nothing and switches off that of DVC, Prefect and GX"
