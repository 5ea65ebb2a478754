"""Usage source: Python scripts and notebooks, followed without being run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.mentions import find_words, names_table
from datassay.swamp.sources.scripts import Script, load_script
from datassay.swamp.sources.tracing.flow import trace
from datassay.swamp.sources.tracing.frames import Frame, merge_frames
from datassay.swamp.sources.tracing.state import Notes

_MOST_ROUNDS = 10


@dataclass
class _Findings:
    """What is found in all files of one source."""

    root: Path
    scripts: dict[Path, Script]
    #: When each file was last changed.
    dates: dict[Path, date]
    uses: list[Use] = field(default_factory=list)
    doubts: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Places that could not be followed, and why.
    unresolved: dict[str, str] = field(default_factory=dict)
    n_reads: int = 0


def read_python(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the scripts and notebooks of the glob `value` read.

    Reads of a table are followed through assignments, the script's own functions and the usual methods of pandas,
    Polars and Spark; whatever is left of a table that a model is given is `modelled`, and a column that is dropped is
    not used. Where a table goes out of sight, the columns that it still has are in doubt. Names in comments and
    docstrings say nothing. Of what is no Python only the words are read. Raises SpecError for a bad glob.
    """
    return _read(root, value, tables, "python")


def read_notebooks(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the notebooks of the glob `value` read, as `read_python` does."""
    return _read(root, value, tables, "notebook")


def _read(root: Path, value: Any, tables: Tables, key: str) -> SourceResult:
    found = files.find_files(root, value, key)
    reasons: list[str] = [] if found else ["no file matches"]
    scripts: dict[Path, Script] = {}
    for path in found:
        script = load_script(path)
        if isinstance(script, Script):
            scripts[path] = script
            reasons += [f"{files.show_path(path, root)}: {problem}" for problem in script.program.problems]
        else:
            reasons.append(f"{files.show_path(path, root)}: {script}")
    findings = _Findings(root, scripts, files.date_files(root, scripts))
    failed: dict[Path, str] = {}
    for table in tables:
        notes, gone = _trace_all(scripts, table, tables)
        failed |= gone
        _collect(findings, table, notes)
        _collect_words(findings, table, gone)
    reasons += [f"{files.show_path(path, root)}: could not be followed ({why})" for path, why in failed.items()]
    reasons += [f"{place}: {why}" for place, why in findings.unresolved.items()]
    coverage = SourceCoverage(
        source=f"{key}: {value}",
        n_files=len(found),
        n_parsed=sum(script.tree is not None and path not in failed for path, script in scripts.items()),
        n_unresolved=len(findings.unresolved),
        reasons=list(dict.fromkeys(reasons))[: files.MOST_REASONS],
    )
    return SourceResult(make_evidence(findings.uses), coverage, findings.doubts, findings.n_reads)


def _collect(findings: _Findings, table: TableSchema, notes: dict[Path, Notes]) -> None:
    """Add what the traces of one table say."""
    is_handed_on = any(each.is_handed_on for each in notes.values())
    read_again = {last for each in notes.values() for last in each.copies_read}
    for path, each in notes.items():
        script, day = findings.scripts[path], findings.dates[path]
        name, place = files.show_path(path, findings.root), script.program.place
        loose = each.loose if script.has_tables else set()
        uses = set(each.uses)
        if is_handed_on:
            # The table is at large among these scripts, so a column named on a table without origin is its own.
            uses |= loose | {(column, "projected", line) for column, line in each.attributes}
        else:
            for column, _, line in sorted(loose):
                findings.doubts.setdefault((table.name, column), f"{name}:{place(line)}")
        findings.uses += [Use(table.name, column, kind, f"{name}:{place(line)}", day) for column, kind, line in uses]
        findings.uses += [
            Use(table.name, column, kind, f"{name}:{place(line)}", day) for column, kind, line in each.swept
        ]
        findings.uses += [
            # What another script reads of the file counts, and not that it was written.
            Use(table.name, column, "derived" if last in read_again else kind, f"{name}:{place(line)}", day)
            for last, column, kind, line in each.exports
        ]
        for column, line in each.doubts.items():
            findings.doubts.setdefault((table.name, column), f"{name}:{place(line)}")
        findings.unresolved |= {f"{name}:{place(line)}": why for line, why in sorted(each.unresolved.items())}
        findings.n_reads += each.n_reads


def _collect_words(findings: _Findings, table: TableSchema, failed: dict[Path, str]) -> None:
    """Add the words of what is no Python, or could not be followed; a file that names the table may read all of it."""
    for path, script in findings.scripts.items():
        texts = list(script.program.others)
        is_whole = script.tree is None or path in failed
        if path in failed:
            texts.append((0, script.program.source))
        name = files.show_path(path, findings.root)
        for cell, text in texts:
            place = f"{name}:cell {cell + 1}" if script.program.starts else name
            words = find_words(text, table.columns)
            findings.uses += [Use(table.name, word, "mentioned", place, findings.dates[path]) for word in words]
            if is_whole and names_table(text, table):
                findings.n_reads += 1
                findings.unresolved.setdefault(place, "names a table and could not be followed")
                for column in table.columns:
                    findings.doubts.setdefault((table.name, column), place)


def _trace_all(
    scripts: dict[Path, Script], table: TableSchema, tables: Tables
) -> tuple[dict[Path, Notes], dict[Path, str]]:
    """Follow all scripts, again where one reads what another has copied."""
    imported = {name for script in scripts.values() for name in script.imports}
    copies: dict[str, Frame] = {}
    for _ in range(_MOST_ROUNDS):
        notes: dict[Path, Notes] = {}
        failed: dict[Path, str] = {}
        for path, script in scripts.items():
            if script.tree is None:
                continue
            try:
                notes[path] = trace(script.tree, table, is_imported=path.stem in imported, copies=copies, tables=tables)
            except Exception as exc:  # noqa: BLE001 - a script that cannot be followed hides its reads, and only those
                failed[path] = type(exc).__name__
        found = {name for each in notes.values() for name in each.copies}
        if found <= set(copies):
            break
        for each in notes.values():
            for name, frame in each.copies.items():
                copies[name] = merge_frames([frame, *([copies[name]] if name in copies else [])]) or frame
    return notes, failed
