"""The worklist for people: its head for the page, and a CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datassay.errors import DataError

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("rank", "id", "given_label", "suggested_label", "p_wrong", "label_quality")
#: Columns of the ranking of the next votes, as people read them.
VOTE_COLUMNS = ("rank", "id", "action", "n_votes", "consensus_label", "score")
_FEWEST_ROWS, _MOST_ROWS = 1_000, 100_000
#: What a spreadsheet would run; plain numbers such as the label -1 only look like it.
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?\d+(\.\d+)?$"


def read_head(path: Path, n: int) -> list[dict[str, Any]]:
    """Return the first `n` rows of a worklist as mappings; raises DataError where it cannot be read."""
    rows: list[dict[str, Any]] = _scan(path, n).to_dicts()
    return rows


def write_empty(target: Path) -> None:
    """Write a worklist without rows."""
    import polars as pl

    numbers = {"rank": pl.Int64, "p_wrong": pl.Float64, "label_quality": pl.Float64}
    pl.DataFrame(schema={name: numbers.get(name, pl.String) for name in COLUMNS}).write_parquet(target)


def write_csv(path: Path, target: Path, *, n_issues: int) -> None:
    """Write the label issues of the worklist, at least the first 1,000 rows and at most 100,000, as CSV.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; plain numbers stay as they are.
    """
    _write_safely(_scan(path, min(max(n_issues, _FEWEST_ROWS), _MOST_ROWS)), target)


def write_votes_csv(path: Path, target: Path) -> None:
    """Write the first 1,000 rows of the ranking of the next votes as CSV, safe as `write_csv`."""
    _write_safely(_scan(path, _FEWEST_ROWS, VOTE_COLUMNS), target)


def _write_safely(table: pl.DataFrame, target: Path) -> None:
    import polars as pl

    text = [
        name for name, dtype in table.schema.items() if dtype not in {pl.Float64, pl.Float32} and not dtype.is_integer()
    ]
    safe = []
    for name in text:
        column = pl.col(name).cast(pl.String)
        risky = column.str.contains(_FORMULA) & ~column.str.contains(_NUMBER)
        safe.append(pl.when(risky).then(pl.lit("'") + column).otherwise(column).alias(name))
    target.write_text(table.with_columns(safe).write_csv(), encoding="utf-8", newline="")


def _scan(path: Path, n: int, columns: tuple[str, ...] = COLUMNS) -> Any:
    import polars as pl

    try:
        table = pl.scan_parquet(path)
        known = table.collect_schema().names()
        kept = [name for name in columns if name in known]
        ranked = table.select(kept).sort("rank") if "rank" in known else table.select(kept)
        return ranked.head(n).collect()
    except (pl.exceptions.PolarsError, OSError) as exc:
        raise DataError(f"Cannot read the worklist {path}.", hint="Audit again to write it anew.") from exc
