"""Drift: found where it is planted, and nowhere else."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from datassay.errors import InconclusiveError
from datassay.quality import distances
from datassay.quality.drift import compare_snapshots


def table(n=800, seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": [f"r{seed}-{i}" for i in range(n)],
            "age": rng.integers(17, 90, n),
            "pay": rng.normal(40, 9, n),
            "job": rng.choice(["clerk", "nurse", "smith"], n, p=[0.5, 0.3, 0.2]),
            "ok": rng.random(n) < 0.4,
            "day": [dt.date(2024, 1, 1) + dt.timedelta(int(d)) for d in rng.integers(0, 99, n)],
        }
    )


def compare(snap, before, now, ignore=("id",), **options):
    return compare_snapshots(snap(before), snap(now), ignore=list(ignore), **options)


def drifted(drift):
    return {(c.name, c.measure) for c in drift.columns if c.is_drifted}


def test_two_samples_of_one_source_do_not_drift(snap):
    """Chance alone moves no column."""
    drift = compare(snap, table(seed=0), table(900, seed=1))

    assert drift.n_drifted == 0
    assert {c.measure for c in drift.columns} == {"ks", "total_variation"}
    assert (drift.n_rows_before, drift.n_rows_now, drift.threshold) == (800, 900, 0.1)
    assert [c.effect_size for c in drift.columns] == sorted((c.effect_size for c in drift.columns), reverse=True)
    assert (drift.against_rev, drift.against_md5) == ("workspace", snap(table(seed=0)).md5)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (pl.col("pay") * 1000, {("pay", "ks")}),
        (pl.col("age") + 12, {("age", "ks")}),
        (pl.col("day").dt.offset_by("1mo"), {("day", "ks")}),
        (pl.lit("nurse").alias("job"), {("job", "total_variation")}),
        (pl.col("ok").not_(), {("ok", "total_variation")}),
        (
            pl.when(pl.int_range(pl.len()) % 3 > 0).then("pay").alias("pay"),
            {("pay", "null_fraction")},
        ),
        (pl.lit(None, pl.Float64).alias("pay"), {("pay", "null_fraction")}),
        (pl.lit(float("nan")).alias("pay"), {("pay", "null_fraction")}),
        (pl.col("age").cast(pl.String), {("age", "retyped")}),
        (pl.col("age").cast(pl.Float64), {("age", "retyped")}),
        (pl.col("day").cast(pl.Datetime), {("day", "retyped")}),
        (pl.col("age").cast(pl.Int16), set()),
        (pl.col("job").cast(pl.Categorical), set()),
        (pl.lit(1).alias("new"), {("new", "added")}),
    ],
)
def test_a_planted_change_is_found_by_its_measure(snap, change, wanted):
    """A shift, a new mix, nulls, and another type are found in their column and in no other."""
    drift = compare(snap, table(seed=0), table(seed=1).with_columns(change))

    assert drifted(drift) == wanted
    assert drift.n_drifted == len(wanted)


def test_a_removed_column_always_is_drift(snap):
    """What is gone is named, with the largest effect."""
    drift = compare(snap, table(), table().drop("pay"), threshold=1.0)

    (column,) = [c for c in drift.columns if c.is_drifted]
    assert (column.name, column.measure, column.effect_size, column.p_value) == ("pay", "removed", 1.0, None)


def test_a_large_effect_of_few_rows_may_be_chance(snap):
    """Five rows against five are not enough, however different they look."""
    before, now = pl.DataFrame({"x": [1.0, 2, 3, 4, 5]}), pl.DataFrame({"x": [3.0, 4, 5, 6, 7]})

    drift = compare(snap, before, now, ignore=())

    assert drift.columns[0].effect_size == pytest.approx(0.4)
    assert drift.n_drifted == 0


def test_a_sure_but_small_effect_is_no_drift(snap):
    """With many rows everything is significant; the effect has to matter too."""
    rng = np.random.default_rng(0)
    before, now = (pl.DataFrame({"x": rng.normal(shift, 1, 20_000)}) for shift in (0, 0.1))

    small, strict = compare(snap, before, now, ignore=()), compare(snap, before, now, ignore=(), threshold=0.02)

    assert small.columns[0].p_value < 1e-6
    assert (small.n_drifted, strict.n_drifted) == (0, 1)


def test_many_columns_are_allowed_for(snap):
    """Among three hundred columns of noise, none is called drifted, even with a low threshold."""
    rng = np.random.default_rng(0)
    before, now = (pl.DataFrame(rng.normal(size=(150, 300))) for _ in range(2))

    assert compare(snap, before, now, ignore=(), threshold=0.0).n_drifted == 0


def test_categories_beyond_the_frequent_ones_are_compared_as_one(snap):
    """Hundreds of rare categories do not add up to an effect that is not there."""
    rng = np.random.default_rng(0)
    before, now = (pl.DataFrame({"c": [f"k{k}" for k in rng.zipf(1.4, 3000) % 900]}) for _ in range(2))

    drift = compare(snap, before, now, ignore=())

    assert [c.measure for c in drift.columns] == ["total_variation"]
    assert drift.columns[0].effect_size < 0.06


def test_text_of_its_own_in_each_row_is_left_out(snap):
    """Names and free text are not compared, except for whether they are there."""
    before, now = (pl.DataFrame({"t": [f"{tag}{i}" for i in range(300)]}) for tag in "ab")

    assert compare(snap, before, now, ignore=()).columns == []
    gone = now.with_columns(pl.when(pl.int_range(pl.len()) > 99).then("t").alias("t"))
    assert drifted(compare(snap, before, gone, ignore=())) == {("t", "null_fraction")}


def test_all_types_of_columns_can_be_compared(snap):
    """Nested, binary and odd columns do not break the comparison."""
    frame = pl.DataFrame(
        {
            "list": [[1, 2], None],
            "struct": [{"a": 1}, None],
            "array": pl.Series([[1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)),
            "bytes": [b"x", None],
            "enum": pl.Series(["u", None], dtype=pl.Enum(["u"])),
            "decimal": pl.Series(["1.20", None]).cast(pl.Decimal(10, 2)),
            "null": [None, None],
            "time": [dt.time(1), None],
            "span": [dt.timedelta(1), None],
            "when": pl.Series([dt.datetime(2024, 1, 1), None], dtype=pl.Datetime("ms", "UTC")),  # noqa: DTZ001
            "inf": [float("inf"), float("-inf")],
            "": [1, 2],
        }
    )

    drift = compare(snap, frame, frame, ignore=())

    assert drift.n_drifted == 0
    assert {c.name for c in drift.columns} == set(frame.columns)
    assert drifted(compare(snap, frame, frame.with_columns(pl.col("list").cast(pl.List(pl.String))), ignore=())) == {
        ("list", "retyped")
    }


@pytest.mark.parametrize("which", ["before", "now"])
def test_a_side_without_rows_is_no_result(snap, which):
    """Nothing can be compared with nothing."""
    full, empty = snap(table()), snap(table().clear())
    sides = {"before": full, "now": full} | {which: empty}

    with pytest.raises(InconclusiveError, match="has no rows"):
        compare_snapshots(**sides, ignore=[])


def test_no_cell_value_is_in_a_drift_record(snap):
    """Categories are compared without being named."""
    before, now = (pl.DataFrame({"c": [word] * 50}) for word in ("canary-1", "canary-2"))

    drift = compare(snap, before, now, ignore=())

    assert drift.columns[0].effect_size == 1.0
    assert "canary" not in drift.model_dump_json()


_rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-2, 2).map(float)),
        st.one_of(st.none(), st.sampled_from(["a", "b", "c"])),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)
_SCHEMA = {"x": pl.Float64, "c": pl.String, "b": pl.Boolean}
_settings = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(_rows)
@_settings
def test_a_snapshot_does_not_drift_against_itself(snap, rows):
    """Identical content has zero effects, whatever it is and whatever the threshold."""
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")

    drift = compare(snap, frame, frame, ignore=(), threshold=0.0)

    assert drift.n_drifted == 0
    assert {c.effect_size for c in drift.columns} <= {0.0}


@given(_rows, _rows, st.randoms(use_true_random=False))
@_settings
def test_the_order_of_rows_does_not_matter(snap, before, now, random):
    """Shuffled rows give the same drift, to the last digit; all effects and p-values lie in [0, 1]."""
    frames = [pl.DataFrame(rows, schema=_SCHEMA, orient="row") for rows in (before, now)]
    mixed = [pl.DataFrame(random.sample(rows, len(rows)), schema=_SCHEMA, orient="row") for rows in (before, now)]

    drift = compare(snap, *frames, ignore=())

    assert drift.columns == compare(snap, *mixed, ignore=()).columns
    assert all(0 <= value <= 1 for c in drift.columns for value in (c.effect_size, c.p_value))


_sample = st.lists(st.integers(-4, 4), min_size=2, max_size=40).map(lambda v: np.asarray(v, float))


@given(_sample, _sample)
def test_ks_agrees_with_scipy(before, now):
    """Distance and p-value are those of scipy's two-sample test."""
    distance = distances.kolmogorov_smirnov(before, now)
    wanted = stats.ks_2samp(before, now, method="asymp")

    assert distance == pytest.approx(wanted.statistic)
    assert distances.kolmogorov_smirnov_p(distance, len(before), len(now)) == pytest.approx(wanted.pvalue)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjustment_agrees_with_scipy(p_values):
    """Adjusted p-values are those of scipy, and never smaller than the given ones."""
    adjusted = distances.adjust(p_values)

    assert adjusted == pytest.approx(list(stats.false_discovery_control(p_values)) if p_values else [])
    assert all(a >= p or a == pytest.approx(p) for a, p in zip(adjusted, p_values, strict=True))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8))
def test_distance_of_categories_is_a_distance(pairs):
    """Total variation lies in [0, 1], is symmetric, and its p-value is one."""
    before, now = np.asarray(pairs, dtype=np.int64).T
    if before.sum() == 0 or now.sum() == 0:
        return
    distance = distances.total_variation(before, now)

    assert 0 <= distance <= 1 + 1e-9
    assert distance == pytest.approx(distances.total_variation(now, before))
    assert 0 <= distances.independence_p(np.stack([before, now])) <= 1
