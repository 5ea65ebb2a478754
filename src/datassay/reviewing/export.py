"""Draw rows from the last audit's worklist and write them for reviewers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from datassay.datasets.reading import reading
from datassay.datasets.snapshot import read_rows
from datassay.errors import InconclusiveError, UsageError, suggest
from datassay.labels.content_hash import hash_rows
from datassay.labels.design import Design, draw
from datassay.labels.exchange.files import FORMATS
from datassay.labels.exchange.sheet import Sheet
from datassay.labels.ledger import Question, append_questions, exports_path, read_decisions, read_questions
from datassay.project import Project
from datassay.report.artifact import read_report
from datassay.report.files import deliver, delivering, write_text
from datassay.reviewing.subject import Subject, read_definition, take_subject
from datassay.spec import AuditSpec
from datassay.staleness import find_difference
from datassay.words import as_argument

#: Suffix of the main file of each format.
SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "label-studio": ".json", "argilla": ".json"}


@dataclass(frozen=True)
class Exported:
    """What was written."""

    paths: list[Path]
    export: str
    n_random: int
    n_worklist: int
    n_repeats: int
    #: Rows drawn at random that had been reviewed before.
    n_known: int
    #: Where the list of what was asked is kept.
    exports: Path
    #: The rev that an import has to be told; None where the definition's own is the one that was audited.
    import_rev: str | None = None

    @property
    def size(self) -> int:
        """How many answers are asked for."""
        return self.n_random + self.n_worklist + self.n_repeats


def export_review(
    project: Project,
    name: str,
    *,
    size: int,
    file_format: str = "csv",
    out: Path | None = None,
    reviewer: str | None = None,
    seed: int | None = None,
    columns: list[str] | None = None,
    show_suggestions: bool = False,
) -> Exported:
    """Draw a review of the dataset as it was last audited, write it, and note in the project what was asked.

    `out` is the main file (None: `reviews/NAME.export-<number>`, which Git is told to ignore); `columns` are the ones
    that reviewers see (None: the features). Raises InconclusiveError where no audit has left a worklist, the data has
    changed since, or all rows are reviewed; UsageError where a name is wrong or the file is there already;
    DeliveryError where it cannot be written.
    """
    spec = read_definition(project, name)
    worklist, subject, rev = _last_audit(project, spec)
    decisions = read_decisions(project.root, name)
    # A line without an answer only says that its row was drawn at random.
    reviewed = {one.id for one in decisions if one.true_label is not None or one.is_unsure}
    reviewed |= set(worklist.filter(pl.col("is_reviewed"))["id"].cast(pl.String))
    design = draw(
        worklist,
        size=size,
        labels_per_hour=spec.cleaning.labels_per_hour,
        reviewed=reviewed,
        drawn_before={one.id for one in decisions if one.drawn == "random"},
        seed=spec.seed if seed is None else seed,
    )
    if not len(design.positions):
        raise InconclusiveError(f"All {worklist.height:,} labelled rows of {name} are reviewed: nothing to export.")
    questions = _questions(subject, worklist, design)
    asked = [one for one in questions if not one.is_known]
    export = questions[0].export
    sheet = _sheet(
        subject, worklist[design.positions.tolist()], asked, reviewer, columns, show_suggestions=show_suggestions
    )
    target = out or _default_path(project, name, export, file_format)
    known = _check_target(target, file_format)
    # Noted first: a file whose questions nobody knows could not be imported; questions never asked do no harm.
    if export not in {one.export for one in read_questions(project.root, name)}:
        with delivering():
            append_questions(project.root, name, questions)
    paths = _write(sheet, target, file_format, known)
    repeats = int(design.is_repeat.sum())
    n_random = int((design.is_random & ~design.is_repeat).sum())
    return Exported(
        paths=paths,
        export=export,
        n_random=n_random,
        n_worklist=len(asked) - n_random - repeats,
        n_repeats=repeats,
        n_known=len(design.known),
        exports=exports_path(project.root, name),
        import_rev=None if rev == (spec.dataset.rev or "workspace") else rev,
    )


def _last_audit(project: Project, spec: AuditSpec) -> tuple[pl.DataFrame, Subject, str]:
    """Return the worklist of the last audit, what it is about, and the rev that was audited, as it was called."""
    name = spec.name
    folder = project.reports / name
    path = folder / "worklist.parquet"
    if not path.is_file() or not (folder / "report.json").is_file():
        raise InconclusiveError(
            f"{name} has no worklist in {folder}.", hint=f"Run 'datassay audit {as_argument(name)}' first."
        )
    report = read_report(folder)
    # The rev is the report's own: rows are drawn from what was audited.
    differs = find_difference(spec, report, project.root, is_rev_asked=True)
    if differs is not None:
        raise InconclusiveError(
            f"The last audit of {name} is of {differs}.", hint=f"Run 'datassay audit {as_argument(name)}' again."
        )
    with reading(str(path), f"Run 'datassay audit {as_argument(name)}' again."):
        worklist = pl.read_parquet(path)
    if not worklist.height or not {"row", "is_issue", "is_reviewed"} <= set(worklist.columns):
        raise InconclusiveError(
            f"The last audit of {name} has estimated no labels: its worklist is empty.",
            hint=f"See why in the report, and run 'datassay audit {as_argument(name)}' again.",
        )
    subject = take_subject(project, name, report.dataset.commit or "workspace")
    if subject.snapshot.md5 != report.dataset.md5:
        raise InconclusiveError(
            f"{report.dataset.path} has changed since its last audit.",
            hint=f"Run 'datassay audit {as_argument(name)}' again.",
        )
    return worklist.sort("rank"), subject, report.dataset.rev


def _questions(subject: Subject, worklist: pl.DataFrame, design: Design) -> list[Question]:
    rows = np.concatenate([design.positions, design.known]).tolist()
    table = worklist[rows]
    places = sorted(set(table["row"].to_list()))
    hashes = dict(zip(places, hash_rows(subject.snapshot, subject.spec, places), strict=True))
    ids = table["id"].cast(pl.String).to_list()
    content = [subject.snapshot.name, subject.snapshot.md5, ids, len(design.positions), design.is_repeat.tolist()]
    export = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    n_asked = len(design.positions)
    given = table["given_label"].to_list()
    found = []
    for i, (row, name, label) in enumerate(zip(table["row"].to_list(), ids, given, strict=True)):
        is_asked = i < n_asked
        found.append(
            Question(
                export=export,
                at=at,
                review_id=f"{export}-{i + 1:04d}",
                id=name,
                content_hash=hashes[row],
                given_label=None if label is None else str(label),
                drawn="random" if not is_asked or design.is_random[i] else "worklist",
                band=design.bands[i] if is_asked else "all",
                is_repeat=bool(is_asked and design.is_repeat[i]),
                is_known=not is_asked,
            )
        )
    return found


def _sheet(
    subject: Subject,
    table: pl.DataFrame,
    asked: list[Question],
    reviewer: str | None,
    columns: list[str] | None,
    *,
    show_suggestions: bool,
) -> Sheet:
    shown = _columns(subject, subject.spec, columns)
    places = sorted(set(table["row"].to_list()))
    index = {place: i for i, place in enumerate(places)}
    content = read_rows(subject.snapshot, places, shown) if shown else pl.DataFrame()
    suggested = table["suggested_label"].cast(pl.String).to_list()
    rows = pl.DataFrame(
        {
            "review_id": [one.review_id for one in asked],
            "id": [one.id for one in asked],
            "given_label": [one.given_label for one in asked],
            # Never for the random part: what is suggested sways, and it is to measure the noise as it is.
            "suggested_label": [
                label if show_suggestions and one.drawn == "worklist" else None
                for one, label in zip(asked, suggested, strict=True)
            ],
            "true_label": [None] * len(asked),
            # Repeats are for somebody else.
            "reviewer": [None if one.is_repeat else reviewer for one in asked],
            "drawn": [one.drawn for one in asked],
            "band": [one.band for one in asked],
            "is_repeat": [one.is_repeat for one in asked],
            "content_hash": [one.content_hash for one in asked],
        },
        schema_overrides={"suggested_label": pl.String, "true_label": pl.String, "reviewer": pl.String},
    )
    order = [index[place] for place in table["row"].to_list()]
    return Sheet(subject.spec.name, subject.target.classes, rows, content[order] if shown else content)


def _columns(subject: Subject, spec: AuditSpec, columns: list[str] | None) -> list[str]:
    """Return the columns that reviewers see: those named, or the features that people can read."""
    known = [column.name for column in subject.snapshot.columns]
    if columns is not None:
        for name in columns:
            if name not in known:
                raise UsageError(f"{spec.name} has no column {name!r}.", hint=suggest(name, known))
        return [name for name in dict.fromkeys(columns) if name != spec.label]
    hidden = {spec.label, spec.id, spec.trusted.column, *spec.features.exclude, *spec.features.embeddings}
    # Whoever sees what others said does not judge alone.
    hidden |= {*spec.annotator_columns}
    return [name for name in known if name not in hidden]


def _default_path(project: Project, name: str, export: str, file_format: str) -> Path:
    folder = exports_path(project.root, name).parent
    ignore = folder / ".gitignore"
    if not ignore.exists():
        # An export holds cell values, and answers until they are imported; the ledgers beside it belong to Git.
        write_text(ignore, "*.export-*\n")
    # Both annotation tools read JSON: the same questions may be asked in either, so the file says for which it is.
    tool = f".{file_format}" if SUFFIXES[file_format] == ".json" else ""
    return folder / f"{name}.export-{export}{tool}{SUFFIXES[file_format]}"


def _check_target(target: Path, file_format: str) -> list[str]:
    """Return the names of the files that a format writes; raises UsageError where one is there already."""
    if target.suffix.lower() != SUFFIXES[file_format]:
        raise UsageError(f"{target}: {file_format} is written to a file that ends in {SUFFIXES[file_format]}.")
    stem = target.name.removesuffix(target.suffix)
    beside = {"label-studio": [f"{stem}.xml"], "argilla": [f"{stem}.settings.json"]}
    known = [target.name, *beside.get(file_format, [])]
    for name in known:
        if (path := target.with_name(name)).exists():
            raise UsageError(
                f"{path} is there already, and may hold answers.", hint="Import it, or name another --out."
            )
    return known


def _write(sheet: Sheet, target: Path, file_format: str, known: list[str]) -> list[Path]:
    stem = target.name.removesuffix(target.suffix)

    def write(folder: Path) -> None:
        FORMATS[file_format](sheet, folder, stem)

    return deliver(target.absolute().parent, write, known=known, what=target.name)
