"""The outside of a csv file: encoding, separator, header, and whether all rows have the same number of fields."""

from __future__ import annotations

import codecs
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from datassay.datasets.reading import reading
from datassay.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
_CHUNK_BYTES = 1 << 20
_SNIFFED_ROWS = 100
_SAVE = "Save the file as UTF-8, or as Parquet."
#: Damage, or UTF-16 without its mark.
_EXPORT = "Export it again as UTF-8 text, or as Parquet."


@dataclass(frozen=True)
class CsvLayout:
    """What has to be known to read a csv file."""

    separator: str
    #: "\n", which stands for "\r\n" too, or "\r".
    line_end: str
    #: Physical lines down to the end of the header.
    n_header_lines: int
    names: list[str]
    n_rows: int
    #: Blank lines below the header are skipped; where there are any, rows without a value count as blank.
    has_blank_lines: bool


def read_layout(path: Path) -> CsvLayout:
    """Check the whole file once and return its layout.

    The first line that is not blank is the header; a column without a name is called after its position,
    such as "column_3". Raises DataError for an encoding other than UTF-8, an empty file, two columns of one
    name, and rows whose number of fields is not the header's.
    """
    with reading(str(path)), _any_field_size():
        line_end = _check_encoding(path)
        separator = _sniff(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=separator)
            header = next((row for row in rows if row), None)
            if header is None:
                raise DataError(f"{path}: the file is empty.", hint="Export it again.")
            names, n_header_lines = _names(path, header), rows.line_num
            n_rows, n_void, has_blank_lines, line = 0, 0, False, n_header_lines
            for row in rows:
                first_line, line = line + 1, rows.line_num
                if len(row) == len(names):
                    n_rows += 1
                    n_void += not any(row)
                elif not row:
                    has_blank_lines = True
                else:
                    raise DataError(
                        f"{path}: line {first_line:,} has {_fields(row)}, but the header has {_fields(names)}.",
                        hint="Put quotes around a field that holds the separator, or mend the line.",
                    )
    n_rows -= n_void if has_blank_lines else 0
    return CsvLayout(separator, line_end, n_header_lines, names, n_rows, has_blank_lines)


def find_stray_quote(path: Path, separator: str) -> int | None:
    """Return the first line with a quote inside a field without quotes, which readers disagree about."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, 1):
            fields = line.rstrip("\r\n").split(separator)
            if any('"' in field and not field.startswith('"') for field in fields):
                return number
    return None


def _check_encoding(path: Path) -> str:
    """Return the file's line end; raises DataError unless all of it is UTF-8 text without NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    n_bytes, n_lines, has_feed, has_return = 0, 1, False, False
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            if n_bytes == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise DataError(f"{path}: it is UTF-16 text.", hint=_SAVE)
            # Bytes of a character that the last chunk cut in two come before this chunk's in `exc.start`.
            n_pending = len(decoder.getstate()[0])
            bad: int | None = None
            what, hint = "is not UTF-8 text", _SAVE
            try:
                decoder.decode(chunk, final=not chunk)
                if b"\0" in chunk:
                    bad, what, hint = chunk.index(b"\0"), "is NUL, a character that no csv file holds", _EXPORT
            except UnicodeDecodeError as exc:
                bad = exc.start - n_pending
            if bad is not None:
                line = n_lines + chunk.count(b"\n", 0, max(bad, 0))
                raise DataError(f"{path}: byte {n_bytes + bad + 1:,}, in line {line:,}, {what}.", hint=hint)
            if not chunk:
                return "\r" if has_return and not has_feed else "\n"
            n_bytes += len(chunk)
            n_lines += chunk.count(b"\n")
            has_feed = has_feed or b"\n" in chunk
            has_return = has_return or b"\r" in chunk


def _sniff(path: Path) -> str:
    """Return the separator under which most of the first rows have as many fields as the header."""
    best, best_score = SEPARATORS[0], (0.0, 1)
    for separator in SEPARATORS:
        with path.open(encoding="utf-8-sig", newline="") as file:
            widths = [len(row) for row in islice(csv.reader(file, delimiter=separator), _SNIFFED_ROWS) if row]
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def _fields(row: list[str]) -> str:
    return f"{len(row)} field{'' if len(row) == 1 else 's'}"


def _names(path: Path, header: list[str]) -> list[str]:
    names = [name or f"column_{position}" for position, name in enumerate(header, 1)]
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise DataError(f"{path}: {count} columns have the name {name!r}.", hint="Give each column its own name.")
    return names


@contextmanager
def _any_field_size() -> Iterator[None]:
    """Lift the csv module's limit of 128 KiB per field, which long texts and embeddings exceed."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
