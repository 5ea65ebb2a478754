"""Usage source: SQL files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, make_evidence
from datassay.swamp.sources import files
from datassay.swamp.sources.query_reads import SqlText, read_texts
from datassay.swamp.sources.settings import read_settings

_MOST_REASONS = 20


def read_sql(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns that the statements in the files of `value` read, through the views and tables they define.

    `value` is a glob, several, or {path, dialect, views}: `views` are SQL files that count as well, but where only they
    are found, nothing was searched. What only an outermost star takes along is starred. A file that is one query is a
    model as well: another file may read it by the file's name. Raises SpecError for a bad glob or an unknown dialect.
    """
    settings = read_settings(value, "sql", {"path", "dialect", "views"})
    from datassay.swamp.sources.parsing import check_dialect

    dialect = check_dialect(settings.get("dialect"))
    found = files.find_files(root, settings["path"], "sql")
    views = files.find_files(root, settings["views"], "sql") if settings.get("views") else []
    every = list(dict.fromkeys([*found, *views]))
    shown = files.show_pattern(settings["path"])
    missing = f"no file matches {shown}" if views else "no file matches"
    reasons: list[str] = [] if found else [missing]
    dates = files.date_files(root, every)
    texts: list[SqlText] = []
    n_read = 0
    for path in every:
        name = files.show_path(path, root)
        text = files.read_text(path)
        if text is None:
            reasons.append(f"{name}: not UTF-8 text")
            continue
        n_read += 1
        texts.append(SqlText(text, name, dates[path], name=path.stem))
    reads = read_texts(texts, tables, dialect)
    coverage = SourceCoverage(
        source=f"sql: {', '.join([shown, *([files.show_pattern(settings['views'])] if views else [])])}",
        n_files=len(every),
        n_parsed=reads.n_whole_texts,
        n_unresolved=reads.n_unresolved,
        reasons=files.cut([*reasons, *reads.reasons], _MOST_REASONS),
        n_statements=reads.n_statements,
        n_statements_parsed=reads.n_parsed,
        n_statements_resolved=reads.n_resolved,
    )
    blind = missing if not found else None
    if n_read < len(every):
        blind = f"{len(every) - n_read} of {len(every)} files are not UTF-8 text"
    is_read = any(files.show_path(path, root) in reads.parsed_places for path in found)
    return SourceResult(make_evidence(reads.uses), coverage, reads.doubts, reads.n_reads, blind=blind, is_read=is_read)
