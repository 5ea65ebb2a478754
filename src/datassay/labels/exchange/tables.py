"""Reviews as CSV, for a spreadsheet, and as Parquet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import polars as pl

from datassay.datasets.csv_layout import read_layout
from datassay.datasets.reading import reading
from datassay.errors import DataError, suggest
from datassay.labels.exchange import label_studio
from datassay.labels.exchange.answers import Answer
from datassay.labels.exchange.formulas import guard, unguard
from datassay.labels.exchange.sheet import Sheet, to_text
from datassay.labels.naming import to_classes

#: The column of the answers.
ANSWER = "true_label"


def write_csv(sheet: Sheet, folder: Path, stem: str) -> list[str]:
    """Write the sheet as CSV (UTF-8 with a mark that spreadsheets know it by).

    Text that a spreadsheet would run as a formula gets a leading apostrophe, which an import takes off again.
    """
    table = sheet.table
    name = f"{stem}.csv"
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        # With this line end both of its characters are quoted inside a cell.
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([guard(column) for column in table.columns])
        writer.writerows([guard(to_text(cell)) for cell in row] for row in table.iter_rows())
    return [name]


def write_parquet(sheet: Sheet, folder: Path, stem: str) -> list[str]:
    """Write the sheet as Parquet, the data's own columns typed as they are."""
    name = f"{stem}.parquet"
    sheet.table.write_parquet(folder / name)
    return [name]


def read_csv(path: Path) -> list[Answer]:
    """Read answers from a CSV file, whatever separator a spreadsheet has saved it with; raises DataError.

    It may be Label Studio's own CSV export of tasks that were given to it as JSON.
    """
    layout = read_layout(path)
    with reading(str(path)), path.open(encoding="utf-8-sig", newline="") as file:
        rows = (row for row in csv.reader(file, delimiter=layout.separator) if row)
        names = [unguard(name) for name in next(rows)]
        _check_columns(names, path)
        if label_studio.is_flat(names):
            return label_studio.read_flat(dict(zip(names, row, strict=True)) for row in rows)
        return [_answer(_cells(names, row), f"row {i}") for i, row in enumerate(rows, 1)]


def read_parquet(path: Path) -> list[Answer]:
    """Read answers from a Parquet file; raises DataError where it cannot be read."""
    with reading(str(path)):
        table = pl.read_parquet(path)
    _check_columns(table.columns, path)
    for name in ("id", "true_label", "given_label"):
        if name in table.columns:
            table = table.with_columns(to_classes(table[name]).alias(name))
    return [_answer(row, f"row {i}") for i, row in enumerate(table.iter_rows(named=True), 1)]


def _check_columns(names: list[str], path: Path) -> None:
    if ANSWER not in names:
        raise DataError(
            f"{path}: the column {ANSWER!r}, in which reviewers answer, is missing.", hint=suggest(ANSWER, names)
        )


def _cells(names: list[str], row: list[str]) -> dict[str, str]:
    # Not the answer: a reviewer may have typed a class that looks like a guarded one.
    cells = zip(names, row, strict=True)
    return {name: cell if name == ANSWER else unguard(cell) for name, cell in cells}


def _answer(row: dict[str, Any], place: str) -> Answer:
    return Answer.of(row, answer=row.get(ANSWER), reviewer=row.get("reviewer"), place=place)
