"""Repairs that code can do: found in the table, and measured by doing them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from datassay.labels.encoding import CARDINALITY_THRESHOLD
from datassay.quality.missing import match_suspects
from datassay.results import ColumnProfile, OtherAction, Profile
from datassay.value.actions.bench import Bench, Trial
from datassay.value.actions.reading import name_outcome, read_differences

DISGUISED = "Write disguised missing values as missing"
CATEGORIES = "Give one spelling to categories that differ in blanks or case"
NUMBERS = "Read numbers that are written as text"

#: Share of the values of a text column that must be numbers.
MOST_NUMBERS = 0.95
#: A number with thousands separators, and signs of money and shares around one.
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_SIGNS = r"[\s$€£%]"


@dataclass(frozen=True)
class Repair:
    """One column with one repair done."""

    name: str
    column: str
    fixed: pl.Series
    #: Cells of the fitted rows that differ.
    n_cells: int


def find_repairs(bench: Bench, profile: Profile | None) -> list[Repair]:
    """Return every repair that the table invites, by column in the table's order.

    Disguised missing values are those that the profile suspects; without a profile there are none.
    """
    profiled = {column.name: column for column in profile.columns} if profile else {}
    found: list[Repair | None] = []
    for name in bench.own_columns:
        series = bench.frame[name]
        if name in profiled:
            found.append(_unmask(series, profiled[name]))
        if series.dtype == pl.String:
            found += [_merge(series), _parse(series)]
    return [each for each in found if each is not None]


def blank_suspects(series: pl.Series, profiled: ColumnProfile | None) -> pl.Series:
    """Return the column with the values that the profile suspects to be missing as nulls."""
    if profiled is None or not profiled.disguised_missing_kinds:
        return series
    is_suspect = match_suspects(series, profiled.disguised_missing_kinds)
    return pl.select(pl.when(~is_suspect).then(series).alias(series.name)).to_series()


def measure_repair(bench: Bench, repair: Repair) -> OtherAction:
    """Measure the repaired table against the table as it is: same folds, same seed, same learner.

    Training and test rows are both repaired: what counts where arriving data is repaired too. A repair that the
    encoding makes anyway costs no fit.
    """
    changed = {repair.column: repair.fixed}
    if bench.is_same(changed):
        gain, p_gains = read_differences(bench.baseline() * 0, bench.n_folds)
        n_fits, measured = 0, "The model's own encoding of the table does this already, so nothing changes."
    else:
        scores = bench.run(Trial(lambda: bench.features(changed)))[:, 0]
        gain, p_gains = read_differences(scores - bench.baseline(), bench.n_folds)
        n_fits = bench.n_folds
        measured = "Cross-validation of the repaired table against the table as it is, on the same folds."
    told = describe_repair(bench, repair)
    return told.model_copy(
        update={
            "gain": gain,
            "gain_per_hour": gain.estimate / told.hours if told.hours else None,
            "p_gains": p_gains,
            "n_fits": n_fits,
            "outcome": name_outcome(gain, bench.smallest_gain),
            "measured": measured,
        }
    )


def describe_repair(bench: Bench, repair: Repair) -> OtherAction:
    """Return the repair with what it takes, not measured."""
    hours = bench.spec.actions.hours_per_repair
    return OtherAction(
        name=repair.name,
        kind="repair",
        columns=[repair.column],
        n_cells=round(repair.n_cells * bench.scale),
        hours=hours,
        cost=hours * bench.spec.cleaning.cost_per_hour,
        outcome="not measured",
    )


def _unmask(series: pl.Series, profiled: ColumnProfile) -> Repair | None:
    fixed = blank_suspects(series, profiled)
    return _repair(DISGUISED, series, fixed, fixed.null_count() - series.null_count())


def _merge(series: pl.Series) -> Repair | None:
    """Write each value as the most frequent one that is equal to it but for blanks and case."""
    counts = series.alias("value").drop_nulls().value_counts()
    counts = counts.with_columns(pl.col("value").str.strip_chars().str.to_lowercase().alias("folded"))
    if not len(counts) or not counts["folded"].n_unique() < min(len(counts), CARDINALITY_THRESHOLD):
        return None
    counts = counts.sort("count", "value", descending=[True, False])
    usual = counts.group_by("folded", maintain_order=True).agg(pl.col("value").first().alias("usual"))
    merged = counts.join(usual, on="folded").filter(pl.col("value") != pl.col("usual"))
    fixed = series.replace(merged["value"], merged["usual"])
    return _repair(CATEGORIES, series, fixed, int(merged["count"].sum()))


def _parse(series: pl.Series) -> Repair | None:
    text = series.str.replace_all(_SIGNS, "")
    plain = pl.select(
        pl.when(text.str.contains(_THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    ).to_series()
    fixed = plain.cast(pl.Float64, strict=False).alias(series.name)
    fixed = pl.select(pl.when(fixed.is_finite()).then(fixed).alias(series.name)).to_series()
    n_known = len(series) - series.null_count()
    n_numbers = len(fixed) - fixed.null_count()
    return _repair(NUMBERS, series, fixed, n_numbers if n_numbers >= MOST_NUMBERS * n_known else 0)


def _repair(name: str, series: pl.Series, fixed: pl.Series, n_cells: int) -> Repair | None:
    # A column that the repair leaves with one value or none could not be learned from.
    if n_cells <= 0 or fixed.drop_nulls().n_unique() < 2:
        return None
    return Repair(name, series.name, fixed, n_cells)
