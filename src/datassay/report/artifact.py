"""`report.json`: read, check and write it, with everything that is made from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from datassay.errors import DataError, EngineError, UsageError
from datassay.report.figures import flat_metrics, plot_tables
from datassay.report.files import deliver, write_text
from datassay.report.html import render_html
from datassay.report.markdown import render_markdown
from datassay.report.worklist import read_head, write_csv, write_empty, write_votes_csv
from datassay.results import SCHEMA_VERSION, Report, next_votes_path

__all__ = ["OUTPUTS", "dump_report", "json_schema", "read_report", "write_outputs", "write_text"]

_HEAD_ROWS = 20


def read_report(path: Path) -> Report:
    """Read a report.json, or the one in the folder `path`.

    Raises UsageError where there is none or its schema has another major version, and DataError where the file cannot
    be read as a report.
    """
    path = path / "report.json" if path.is_dir() else path
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError as exc:
        raise UsageError(f"No report at {path}.", hint="Make one with 'datassay audit NAME'.") from exc
    except OSError as exc:
        raise DataError(f"Cannot read the report {path}: {exc.strerror or exc}.") from exc
    except (ValueError, RecursionError) as exc:
        line = f" line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise DataError(f"{path}{line}: not valid JSON.", hint="Audit again to write it anew.") from exc
    _check_version(content, path)
    try:
        return Report.model_validate(content)
    except ValidationError as exc:
        raise _explain(exc, content, path) from None


def dump_report(report: Report) -> str:
    """Return the text of report.json: keys in the records' order, UTF-8, no NaN.

    Raises EngineError where a figure that must be a number is none: such a file could not be read again.
    """
    labels = report.labels
    if labels is not None and labels.worklist_path is not None:
        # Where the worklist lay on this machine says nothing to a reader; it is delivered beside the report.
        report = report.model_copy(update={"labels": labels.model_copy(update={"worklist_path": None})})
    text = report.model_dump_json(indent=2)
    try:
        Report.model_validate_json(text)
    except ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors()[0]["loc"])
        raise EngineError(f"The report of {report.dataset.name} holds no number at {where}.") from exc
    return text + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of report.json."""
    schema = Report.model_json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"datassay report {SCHEMA_VERSION}"
    return schema


def write_outputs(report: Report, folder: Path, *, worklist: Path | None) -> list[Path]:
    """Write `report` and all that is made from it into `folder`, all files or none; return their paths.

    `worklist` is a parquet file as labels/ writes it, with the ranking of the next votes beside it where there are
    annotators; it may lie in `folder` already. Without one an empty worklist is
    written: a DVC stage that declares a file must find it. Raises DeliveryError where the folder cannot be written.
    """
    head = (read_head(worklist, _HEAD_ROWS) or None) if worklist is not None else None
    texts = {
        "report.json": dump_report(report),
        "report.html": render_html(report, head),
        "summary.md": render_markdown(report),
        "metrics.json": json.dumps(flat_metrics(report), indent=2, allow_nan=False) + "\n",
        **plot_tables(report),
    }

    def write(staging: Path) -> None:
        for name, text in texts.items():
            target = staging / name
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        listed = staging / "worklist.parquet"
        if worklist is not None:
            shutil.copyfile(worklist, listed)
        else:
            write_empty(listed)
        ranked = _find_next_votes(report, worklist)
        if ranked is not None:
            shutil.copyfile(ranked, staging / "next_votes.parquet")
            write_votes_csv(ranked, staging / "next_votes.csv")
        write_csv(listed, staging / "worklist.csv", n_issues=report.labels.n_issues if report.labels else 0)

    return deliver(folder, write, known=(*OPTIONAL, *OUTPUTS))


def _find_next_votes(report: Report, worklist: Path | None) -> Path | None:
    """Return the ranking of the next votes: beside a worklist of the cache, or beside one that was delivered."""
    if worklist is None or report.labels is None or report.labels.annotators is None:
        return None
    places = (next_votes_path(worklist), worklist.with_name("next_votes.parquet"))
    return next((path for path in places if path.is_file()), None)


#: Files that a report has only where the definition names annotators.
OPTIONAL = ("next_votes.parquet", "next_votes.csv")
#: Every file that every report consists of; report.json comes last, so that a new one means that all others are new.
OUTPUTS = (
    "worklist.parquet",
    "worklist.csv",
    "plots/cleaning.csv",
    "plots/collecting.csv",
    "plots/learning_curve.csv",
    "metrics.json",
    "summary.md",
    "report.html",
    "report.json",
)


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _check_version(content: Any, path: Path) -> None:
    version = content.get("schema_version") if isinstance(content, dict) else None
    if not isinstance(version, str):
        raise DataError(f"{path}: no datassay report: it has no schema_version.")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise UsageError(
            f"{path}: schema {version[:20]!r}, but this datassay reads {SCHEMA_VERSION}.",
            hint="Audit again, or use the datassay that wrote it.",
        )


def _explain(exc: ValidationError, content: dict[str, Any], path: Path) -> DataError:
    problem = exc.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        told = f"{path}: unknown key {where[:200]!r}."
        if content["schema_version"] != SCHEMA_VERSION:
            told += (
                f" It was written with schema {content['schema_version'][:20]}, this datassay reads {SCHEMA_VERSION}."
            )
        return DataError(told)
    if problem["type"] == "missing":
        return DataError(f"{path}: key {where[:200]!r} is missing.")
    return DataError(f"{path}: {where[:200]!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}.")
