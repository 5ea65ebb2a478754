"""The faults of the demo: planted by a fixed seed into the Adult table, with a record of every one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np

    Rng = np.random.Generator
    Mask = np.typing.NDArray[np.bool_]

#: Share of wrong labels among those above and below 50K, anywhere in the table: noise that depends on the class.
FLIPPED = {">50K": 0.10, "<=50K": 0.03}
#: Share of wrong labels among the rows near the boundary, on top.
FLIPPED_NEAR = 0.15
#: A row is near the boundary if in its cell the share above 50K is this close to one half.
NEAR = 0.10
#: Rows of an average cell that pull a small cell's share towards the share of all.
PRIOR_ROWS = 20
DISGUISED = {"age": (0.010, -999), "marital_status": (0.015, "N/A")}
IN_MINUTES = 0.008
N_DUPLICATES = 400
NEVER_READ = ("legacy_batch_code", "ingest_checked_at")

#: What a truth table holds: a planted fault per row; `row_id` is null for a column, `true_value` for an added one.
TRUTH = {"fault": pl.String, "row_id": pl.Int64, "column": pl.String, "true_value": pl.String}


@dataclass(frozen=True)
class Planted:
    """A table with faults, and the truth about them."""

    table: pl.DataFrame
    #: Columns of `TRUTH`.
    truth: pl.DataFrame


def plant_faults(table: pl.DataFrame, seed: int) -> Planted:
    """Return Adult's table with faults, and the truth about them.

    Planted are wrong labels, missing values in disguise, a slip of the unit, two columns that nothing reads, and exact
    copies of rows under new values of `row_id`, which must be unique. Copies come last: they copy faults too.
    The same table and seed give the same result.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    truth: list[pl.DataFrame] = []
    table = _flip_labels(table, rng, truth)
    for column, (share, stand_in) in DISGUISED.items():
        table = _replace(
            table,
            column,
            rng.random(table.height) < share,
            value=pl.lit(stand_in),
            fault="disguised_missing",
            truth=truth,
        )
    in_minutes = rng.random(table.height) < IN_MINUTES
    table = _replace(
        table, "hours_per_week", in_minutes, value=pl.col("hours_per_week") * 60, fault="unit_slip", truth=truth
    )
    table = _add_columns(table, rng, truth)
    return _copy_rows(table, rng, pl.concat(truth))


def find_boundary(table: pl.DataFrame) -> pl.Series:
    """Return for every row whether it lies near the boundary between the classes.

    The score is the share above 50K among the rows of the same relationship, schooling and decade of age,
    drawn towards the share of all rows by `PRIOR_ROWS` rows; near is within `NEAR` of one half.
    """
    above = (pl.col("income") == ">50K").cast(pl.Float64)
    cell = [pl.col("relationship"), pl.col("education_num"), pl.col("age") // 10]
    share = (above.sum().over(cell) + PRIOR_ROWS * above.mean()) / (pl.len().over(cell) + PRIOR_ROWS)
    return table.select(((share - 0.5).abs() <= NEAR).alias("is_near")).to_series()


def _flip_labels(table: pl.DataFrame, rng: Rng, truth: list[pl.DataFrame]) -> pl.DataFrame:
    import numpy as np

    is_near = find_boundary(table).to_numpy()
    is_above = (table["income"] == ">50K").to_numpy()
    is_flipped = rng.random(table.height) < np.where(is_above, FLIPPED[">50K"], FLIPPED["<=50K"])
    is_flipped_near = is_near & (rng.random(table.height) < FLIPPED_NEAR) & ~is_flipped
    other = pl.when(pl.col("income") == ">50K").then(pl.lit("<=50K")).otherwise(pl.lit(">50K"))
    table = _replace(table, "income", is_flipped, value=other, fault="wrong_label_by_class", truth=truth)
    return _replace(table, "income", is_flipped_near, value=other, fault="wrong_label_near_boundary", truth=truth)


def _replace(
    table: pl.DataFrame, column: str, chosen: Mask, *, value: pl.Expr, fault: str, truth: list[pl.DataFrame]
) -> pl.DataFrame:
    is_chosen = pl.Series("is_chosen", chosen)
    truth.append(_record(table.filter(is_chosen), fault, column))
    return table.with_columns(pl.when(is_chosen).then(value).otherwise(pl.col(column)).alias(column))


def _record(rows: pl.DataFrame, fault: str, column: str) -> pl.DataFrame:
    return rows.select(
        fault=pl.lit(fault),
        row_id=pl.col("row_id"),
        column=pl.lit(column),
        true_value=pl.col(column).cast(pl.String),
    )


def _add_columns(table: pl.DataFrame, rng: Rng, truth: list[pl.DataFrame]) -> pl.DataFrame:
    # Random, so that no format compresses them away: their bytes are what somebody pays for.
    code, checked_at = NEVER_READ
    seconds = rng.integers(0, 3 * 365 * 86_400, table.height)
    codes = pl.Series(code, rng.integers(0, 2**53, table.height))
    times = pl.Series(checked_at, seconds * 1_000_000 + 1_600_000_000_000_000).cast(pl.Datetime("us"))
    nothing = [None] * len(NEVER_READ)
    truth.append(
        pl.DataFrame(
            {
                "fault": ["never_read_column"] * len(NEVER_READ),
                "row_id": nothing,
                "column": NEVER_READ,
                "true_value": nothing,
            },
            schema=TRUTH,
        )
    )
    return table.with_columns(codes, times)


def _copy_rows(table: pl.DataFrame, rng: Rng, truth: pl.DataFrame) -> Planted:
    """Append exact copies under new row ids; faults of a copied row are faults of its copy too."""
    chosen = rng.choice(table.height, N_DUPLICATES, replace=False)
    last_id = table["row_id"].max()
    assert isinstance(last_id, int)
    new_ids = pl.int_range(last_id + 1, last_id + 1 + N_DUPLICATES, eager=True, dtype=pl.Int64)
    copied = table[chosen.tolist()]
    origin = pl.DataFrame({"row_id": copied["row_id"], "copy_id": new_ids})
    faults_of_copies = truth.join(origin, on="row_id", maintain_order="left").select(
        "fault", row_id="copy_id", column="column", true_value="true_value"
    )
    copies = origin.select(
        fault=pl.lit("duplicate"),
        row_id="copy_id",
        column=pl.lit(None, pl.String),
        true_value=pl.col("row_id").cast(pl.String),
    )
    return Planted(
        table=pl.concat([table, copied.with_columns(row_id=new_ids)]),
        truth=pl.concat([truth, faults_of_copies, copies]),
    )
