"""Names of columns as words: all that is looked for in languages that are not followed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from datassay.results import SourceCoverage
from datassay.swamp.evidence import SourceResult, Tables, TableSchema, Use, make_evidence
from datassay.swamp.sources import files

_WORDS = re.compile(r"\w[\w.]*\w|\w")


def find_words(text: str, names: Iterable[str]) -> dict[str, int]:
    """Return the names that stand in `text` as words of their own, with the line of the first."""
    found: dict[str, int] = {}
    plain = {name for name in names if _WORDS.fullmatch(name)}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for match in _WORDS.finditer(line):
            # R joins words by dots: train.Age, and Sepal.Length is one name.
            for word in {match[0], *match[0].split(".")} & plain:
                found.setdefault(word, number)
    for name in set(names) - plain:
        if name.strip() and name in text:
            found.setdefault(name, text[: text.index(name)].count("\n") + 1)
    return found


def names_table(text: str, table: TableSchema) -> bool:
    """Say whether a text names a table or its file."""
    names = [*table.names, PurePosixPath(table.path).name]
    return any(name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)


def read_code(root: Path, value: Any, tables: Tables) -> SourceResult:
    """Return the columns whose names stand as words in files of any language, as `mentioned`: weak evidence.

    A file that names a table reads it in a way that is not followed, so all of its columns are in doubt. Raises
    SpecError for a bad glob.
    """
    found = files.find_files(root, value, "code")
    reasons: list[str] = [] if found else ["no file matches"]
    dates = files.date_files(root, found)
    uses: list[Use] = []
    doubts: dict[tuple[str, str], str] = {}
    n_parsed = n_reads = 0
    for path in found:
        text, name = files.read_text(path), files.show_path(path, root)
        if text is None:
            reasons.append(f"{name}: not UTF-8 text")
            continue
        n_parsed += 1
        for table in tables:
            words = find_words(text, table.columns)
            uses += [Use(table.name, word, "mentioned", f"{name}:{at}", dates[path]) for word, at in words.items()]
            if names_table(text, table):
                n_reads += 1
                for column in table.columns:
                    why = f"{name} reads {table.name}, and its language is not followed"
                    doubts.setdefault((table.name, column), why)
    coverage = SourceCoverage(
        source=f"code: {value}",
        n_files=len(found),
        n_parsed=n_parsed,
        n_unresolved=n_reads,
        reasons=reasons[: files.MOST_REASONS],
    )
    return SourceResult(make_evidence(uses), coverage, doubts, n_reads)
