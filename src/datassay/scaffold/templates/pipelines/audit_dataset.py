"""Audit one dataset: `@flow` around the one composition, every stage a Prefect task.

Run it by `datassay audit NAME`, by the schedule in prefect.yaml, or by `python pipelines/audit_dataset.py NAME`.
Change it as you like: this file is what runs. Without `PREFECT_API_URL` Prefect starts a server of its own for the run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

# Read once, when prefect is imported: no telemetry, and patience with a loaded machine (Prefect gives up after 20 s).
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from datassay.api import find_suite
from datassay.errors import EngineError
from datassay.history import History
from datassay.project import find_project
from datassay.report.artifact import write_outputs
from datassay.report.markdown import render_markdown
from datassay.results import Record
from datassay.run import run_audit
from datassay.spec import read_spec
from datassay.staging import has_its_files

R = TypeVar("R", bound=Record)


def is_worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """Retry what may pass, such as a network's bad minute; a rev that is not there stays away."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, (EngineError, OSError))


def as_task(stage: str, function: Callable[[], R], *, key: str | None, model: type[R]) -> tuple[R, bool]:
    """Run one stage as a task: only the pull is retried, and results are kept under their key as JSON."""

    @task(
        name=stage,
        task_run_name=stage,
        retries=2 if stage == "pull" else 0,
        retry_delay_seconds=[2, 10],
        retry_condition_fn=is_worth_retrying,
        persist_result=key is not None,
        result_serializer="json",
        **({"cache_key_fn": lambda _context, _parameters: key} if key else {"cache_policy": NO_CACHE}),
    )
    def run() -> str:
        return function().model_dump_json()

    state = run(return_state=True)
    record = model.model_validate_json(state.result())
    is_cached = state.name == "Cached"
    if is_cached and not has_its_files(record):
        again = run.with_options(refresh_cache=True)
        record, is_cached = model.model_validate_json(again()), False
    get_run_logger().info("%s: done%s", stage, " (from cache)" if is_cached else "")
    return record, is_cached


def name_run() -> str:
    """Return what Prefect calls a run: the dataset, and the rev where another than the definition's is asked for."""
    asked = flow_run.parameters
    return f"{asked['name']}@{asked['rev']}" if asked.get("rev") else str(asked["name"])


@flow(name="audit-dataset", flow_run_name=name_run, validate_parameters=True)
def audit_dataset(
    name: str, rev: str | None = None, against: str | None = None, root: str | None = None
) -> dict[str, Any]:
    """Audit dataset `name` and write its report; returns the folder, the verdict and the gate's outcome."""
    project = find_project(Path(root) if root else Path(__file__).parent)
    spec = read_spec(project.definition(name))
    run = run_audit(
        spec,
        root=project.root,
        cache_dir=project.cache,
        rev=rev,
        against=against,
        suite=find_suite(spec, project),
        call=as_task,
    )
    folder = project.reports / name
    write_outputs(run.report, folder, worklist=run.worklist)
    History(project.cache, name, reports=project.reports).add(run.report)
    create_markdown_artifact(
        key=f"audit-{''.join(c if c.isascii() and c.isalnum() else '-' for c in name.lower())}",
        markdown=render_markdown(run.report),
        description=f"Audit of {name}; the full page is {folder / 'report.html'}",
    )
    report = run.report
    return {"folder": str(folder), "verdict": report.verdict.action, "gate": report.gate.outcome}


if __name__ == "__main__":
    audit_dataset(*sys.argv[1:3])
