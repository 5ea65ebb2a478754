"""`datassay init --from`: propose a definition and a suite for one table."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from datassay.errors import DataError, EngineError, UsageError
from datassay.project import Project
from datassay.scaffold.guess import Guess, guess_definition
from datassay.scaffold.proposal import check_definition, write_definition
from datassay.scaffold.repository import git
from datassay.scaffold.writing import Written, write_new
from datassay.words import as_argument

#: Folders in which usage evidence is likely, with the kind of source.
_SOURCES = (
    ("queries", "sql"), ("sql", "sql"), ("models", "sql"), ("reports", "sql"),
    ("src", "python"), ("training", "python"), ("scripts", "python"), ("notebooks", "python"),
)  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A proposal that has been written."""

    #: The dataset's name: what 'datassay audit' takes.
    name: str
    definition: Path
    suite: Path
    written: Written
    #: What was guessed, and what is left to do; one sentence each.
    notes: list[str]


def draft_definition(project: Project, table_path: Path, label: str | None) -> Draft:
    """Propose `audits/<name>.yaml` and `expectations/<name>.json` for the table at `table_path`.

    The name is the file's, without its suffix. A suite that is there is kept. Raises UsageError for a definition
    that is there, a table that is not there or lies outside of the project, and an unknown label; DataError for a table
    that cannot be read.
    """
    from datassay.datasets.reading import no_such_file
    from datassay.datasets.tables import scan_table
    from datassay.expectations.suggest import draft_suite

    path = _place(project, table_path)
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem).strip("_") or "dataset"
    definition, suite = project.audits / f"{name}.yaml", project.expectations / f"{name}.json"
    if definition.exists():
        raise UsageError(f"{definition} is there already.", hint="Move it away to get a new proposal.")
    if not path.exists() and path.with_name(f"{path.name}.dvc").exists():
        raise DataError(
            f"{path} is not here, only its DVC pointer.", hint=f"Run 'dvc pull {as_argument(str(path))}' first."
        )
    if not path.exists():
        # In an audit the file may come yet; here it is the call that names no file.
        missing = no_such_file(path, "Check the path after --from.")
        raise UsageError(missing.what, hint=missing.hint)
    table = scan_table(path)
    guess = guess_definition(table, label, where=str(path))
    relative = path.relative_to(project.root).as_posix()
    is_committed = _is_committed(project.root, relative)
    text = write_definition(
        relative,
        guess,
        rev="HEAD" if is_committed else None,
        label=label,
        suite=Path(os.path.relpath(suite, project.root)).as_posix(),
        sources=_find_sources(project.root),
    )
    check_definition(text, definition, guess, label)
    content = draft_suite(table, name=name, label=label, id_column=guess.id)
    written = write_new(
        {
            definition: text.encode(),
            suite: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(),
        }
    )
    return Draft(name, definition, suite, written, _notes(guess, relative, label, is_committed=is_committed))


def _place(project: Project, table_path: Path) -> Path:
    # Not resolved itself: DVC may keep a file as a link into its cache.
    path = table_path.parent.resolve() / table_path.name
    if not path.is_relative_to(project.root) or path == project.root:
        raise UsageError(f"{path} lies outside of the project {project.root}.", hint="Put it below the project's root.")
    return path


def _is_committed(root: Path, path: str) -> bool:
    """Return whether Git's HEAD holds the file, its DVC pointer, or a DVC stage that writes it."""
    folders = [part.as_posix() for part in Path(path).parents if part.name]
    pointers = [f"{part}.dvc" for part in (path, *folders)]
    try:
        if git(root, "ls-tree", "--name-only", "HEAD", "--", path, *pointers):
            return True
        lock = git(root, "show", "HEAD:./dvc.lock")
    except EngineError:  # no Git, no commit, no dvc.lock
        return False
    return any(out in {path, *folders} for out in _locked_outs(lock))


def _locked_outs(lock: str) -> list[str]:
    import yaml

    try:
        content = yaml.safe_load(lock)
        return [str(out["path"]) for stage in content["stages"].values() for out in stage.get("outs", [])]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError):
        return []


def _find_sources(root: Path) -> list[dict[str, str]]:
    suffixes = {"sql": ".sql", "python": ".py"}
    return [
        {kind: f"{folder}/**/*{suffixes[kind]}"}
        for folder, kind in _SOURCES
        if next((root / folder).rglob(f"*{suffixes[kind]}"), None) is not None
    ]


def _notes(guess: Guess, path: str, label: str | None, *, is_committed: bool) -> list[str]:
    notes = [f"task: {guess.task}" + (f", metric: {guess.metric}." if guess.metric else ".")]
    if guess.id:
        notes.append(f"id: {guess.id!r}.")
    else:
        broken = f"; {guess.broken_id!r} repeats or lacks values" if guess.broken_id else ""
        notes.append(f"id: none found{broken}; rows are named by their number.")
    if guess.excluded:
        shown = ", ".join(f"{name!r} ({reason})" for name, reason in list(guess.excluded.items())[:6])
        more = f" and {len(guess.excluded) - 6} more" if len(guess.excluded) > 6 else ""
        notes.append(f"No features: {shown}{more}.")
    if label is None:
        notes.append("No --label: the audit checks and looks for unused columns, and gives no verdict.")
    if not is_committed:
        notes.append(
            f"{path} is not committed, so its workspace copy is audited (rev: null). "
            "Run 'dvc add', 'git commit' and 'dvc push', then set rev: HEAD."
        )
    return notes
