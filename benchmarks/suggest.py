"""How many known errors does a drafted suite find? Drafted from half of the clean rows, run on the dirty table.

    python -m benchmarks.suggest ../shared/data

Tables with known errors (groups B and C of that folder). For each the suite is drafted from a random half of the
clean rows, as `datassay suggest` does it, and evaluated on the dirty rows of the other half, so that no row that is
checked has taught a rule. An error counts as found by its cell where a rule on values flags that very cell, and by its
column where a rule on the whole column fails (its type, its count of missing values, its uniqueness). Cells that are
flagged without being errors are told beside it. Tables are read twice: with the types that a csv file gets in an
audit, and with every column as text, which is how rules on formats see numbers. c_adult and c_bank have no known
errors: there the figure is that of false alarms, counted on the half that has not taught. Writes
benchmarks/results/suggest.md.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent
FALSE_ALARM_TABLES = (("c_adult", "income"), ("c_bank", "subscribed"))
DIRTY_TABLES = (("dc_hospital", "index"), ("dc_beers", "index"))
#: A rule of these flags single cells.
ON_VALUES = (
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_between",
    "expect_column_values_to_match_regex",
    "expect_column_value_lengths_to_be_between",
    "expect_column_values_to_not_be_null",
)


def read(path, *, as_text: bool):
    """Read a csv file as an audit does, or with every column as text."""
    from datassay.datasets.tables import scan_table

    if as_text:
        return pl.read_csv(path, infer_schema=False, null_values=[""])
    return scan_table(path).collect()


def align(clean: pl.DataFrame, dirty: pl.DataFrame) -> pl.DataFrame:
    """Return a table of booleans: which cells of `dirty` differ from `clean`, as text."""

    def text(frame, name):
        return frame[name].cast(pl.String).fill_null("")

    return pl.DataFrame({name: text(clean, name) != text(dirty, name) for name in clean.columns})


def flag(items, frame: pl.DataFrame) -> list[tuple[str, list[int]]]:
    """Return for each rule its outcome on the frame, and the rows that it flags."""
    from great_expectations.validator.v1_validator import Validator

    from datassay.expectations.engine import build, open_context, read_answer
    from datassay.expectations.frames import to_pandas

    pandas_frame, _ = to_pandas(frame)
    answers = []
    with open_context() as context:
        asset = context.data_sources.add_pandas("d").add_dataframe_asset("a")
        validator = Validator(
            batch_definition=asset.add_batch_definition_whole_dataframe("b"),
            batch_parameters={"dataframe": pandas_frame},
            result_format={"result_format": "COMPLETE"},
        )
        for item in items:
            raw = read_answer(validator.validate_expectation(build(item["type"], item["kwargs"]), None))
            outcome = "unknown" if raw.error is not None else "passed" if raw.success else "failed"
            answers.append((outcome, list(raw.result.get("unexpected_index_list") or [])))
    return answers


def measure(folder: Path, name: str, key: str, *, as_text: bool) -> dict:
    """Draft from half of the clean rows of one table, check the other half of the dirty ones, and count."""
    from datassay.expectations.suggest import draft_suite

    clean, dirty = (read(folder / name / f"{which}.csv", as_text=as_text) for which in ("clean", "dirty"))
    texts = [read(folder / name / f"{which}.csv", as_text=True) for which in ("clean", "dirty")]
    teaches = np.zeros(clean.height, dtype=bool)
    teaches[np.random.default_rng(1).permutation(clean.height)[: clean.height // 2]] = True
    draft = draft_suite(clean.filter(pl.Series(teaches)).lazy(), name=name, label=None, id_column=key)
    checked = dirty.filter(pl.Series(~teaches))
    errors = align(*texts).filter(pl.Series(~teaches))
    cells = {column: np.zeros(checked.height, dtype=bool) for column in checked.columns}
    columns: set[str] = set()
    n_unknown = 0
    items = [item for item in draft["expectations"] if "column" in item["kwargs"]]
    for item, (outcome, rows) in zip(items, flag(items, checked), strict=True):
        column = item["kwargs"]["column"]
        n_unknown += outcome == "unknown"
        if item["type"] in ON_VALUES:
            cells[column][rows] = True
        elif outcome == "failed":
            columns.add(column)
    wrong = {column: errors[column].to_numpy() for column in errors.columns if column != key}
    n_errors = sum(int(each.sum()) for each in wrong.values())
    by_cell = sum(int((wrong[c] & cells[c]).sum()) for c in wrong)
    by_column = sum(int((wrong[c] & ~cells[c]).sum()) for c in wrong if c in columns)
    n_flagged = sum(int(cells[c].sum()) for c in wrong)
    return {
        "table": name,
        "read": "as text" if as_text else "typed",
        "rules": len(draft["expectations"]),
        "errors": n_errors,
        "found by cell": f"{by_cell} ({100 * by_cell / n_errors:.1f} %)",
        "found by column only": f"{by_column} ({100 * by_column / n_errors:.1f} %)",
        "cells flagged": n_flagged,
        "of them no error": n_flagged - by_cell,
        "unknown rules": n_unknown,
    }


def false_alarms(folder: Path, name: str, label: str) -> dict:
    """Draft from a published table and count the rules that its other half refutes."""
    from datassay.expectations.suggest import draft_suite

    draft = draft_suite(pl.scan_parquet(folder / name / "data.parquet"), name=name, label=label, id_column="row_id")
    alarms = draft["meta"]["false_alarms"]
    return {
        "table": name,
        "rules kept": len(draft["expectations"]),
        "rules tried": alarms["n_tried"],
        "false alarms": f"{alarms['n_failed']} ({100 * alarms['rate']:.1f} %)",
    }


def to_markdown(rows: list[dict]) -> str:
    """Return records as a Markdown table."""
    head = list(rows[0])
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(str(row[key]) for key in head)} |" for row in rows])


def main() -> None:
    """Measure every table and write the results."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    dirty = [measure(folder, name, key, as_text=text) for name, key in DIRTY_TABLES for text in (False, True)]
    published = [false_alarms(folder, name, label) for name, label in FALSE_ALARM_TABLES]
    text = "\n\n".join(
        [
            "# What a drafted suite finds",
            "`python -m benchmarks.suggest ../shared/data`; what is counted stands at the top of that file.",
            "Known errors in the half of the dirty rows whose clean versions taught nothing:",
            to_markdown(dirty),
            "Rules of published tables that one half taught and the other refuted:",
            to_markdown(published),
        ]
    )
    print(text)
    (HERE / "results" / "suggest.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
