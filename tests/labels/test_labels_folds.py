from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datassay.errors import DataError
from datassay.labels.duplicates import find_clusters, join_clusters
from datassay.labels.folds import check_classes, make_folds, make_time_folds
from datassay.labels.pred_probs import load_arrays


@settings(deadline=None, max_examples=60)
@given(
    counts=st.lists(st.integers(5, 60), min_size=1, max_size=6),
    n_clusters=st.integers(5, 200),
    seed=st.integers(0, 99),
)
def test_folds_cut_no_cluster_and_leave_no_row_out(counts, n_clusters, seed):
    """Every row has one fold, every fold has rows, and rows of one cluster share a fold."""
    strata = np.repeat(np.arange(len(counts)), counts)
    clusters = np.random.default_rng(seed).integers(0, n_clusters, len(strata))
    folds = make_folds(strata, clusters, seed=seed)

    assert set(range(folds.n_folds)) == set(folds.fold)
    for code in np.unique(clusters):
        assert len(set(folds.fold[clusters == code])) == 1


@pytest.mark.parametrize("counts", [(5, 500), (7, 13, 22), (100,), (5, 6, 7, 8, 9)])
def test_single_rows_are_spread_as_evenly_as_they_go(counts):
    """Without clusters, each class differs by at most one row between folds, and so do the folds."""
    strata = np.repeat(np.arange(len(counts)), counts)
    folds = make_folds(strata, np.arange(len(strata)), seed=3)
    table = np.array([np.bincount(folds.fold[strata == s], minlength=5) for s in range(len(counts))])

    assert (np.ptp(table, axis=1) <= 1).all()
    assert np.ptp(table.sum(axis=0)) <= 1


def test_large_clusters_leave_the_folds_balanced():
    """Groups of very unequal size still give folds of about equal size."""
    rng = np.random.default_rng(0)
    clusters = np.sort(rng.integers(0, 40, 2000) ** 2 // 40)
    strata = rng.integers(0, 3, 2000)
    sizes = np.bincount(make_folds(strata, clusters, seed=0).fold)

    assert sizes.min() > 0.7 * sizes.max()


def test_folds_depend_on_the_seed_alone():
    """The same seed deals the same folds, another one others."""
    strata, clusters = np.zeros(100, dtype=int), np.arange(100)

    assert (make_folds(strata, clusters, seed=1).fold == make_folds(strata, clusters, seed=1).fold).all()
    assert (make_folds(strata, clusters, seed=1).fold != make_folds(strata, clusters, seed=2).fold).any()


def test_few_groups_give_few_folds_and_one_group_none():
    """There are never more folds than groups, and a single group cannot be cut."""
    strata = np.zeros(90, dtype=int)

    assert make_folds(strata, np.arange(90) % 3, seed=0).n_folds == 3
    with pytest.raises(DataError, match="one group"):
        make_folds(strata, np.zeros(90, dtype=int), seed=0)


def test_blocks_of_time_are_contiguous_and_keep_ties_together():
    """Folds by time are intervals of time of about equal size, and equal times share one."""
    time = np.random.default_rng(0).integers(0, 300, 1000)
    folds = make_time_folds(time, np.arange(1000))
    bounds = [(time[folds.fold == i].min(), time[folds.fold == i].max()) for i in range(folds.n_folds)]

    assert folds.n_folds == 5
    assert all(a[1] < b[0] for a, b in itertools.pairwise(bounds))
    assert np.bincount(folds.fold).min() > 150


def test_time_without_order_is_refused():
    """A time column with one value gives no blocks."""
    with pytest.raises(DataError, match="no order"):
        make_time_folds(np.zeros(50, dtype=int), np.arange(50))


def test_a_copy_stays_in_the_block_of_its_first_row():
    """A copy of an early row is not left in a later block, where the early one would give it away."""
    clusters = np.arange(100)
    clusters[99] = 0
    folds = make_time_folds(np.arange(100), clusters)

    assert folds.fold[99] == folds.fold[0] == 0


def test_near_copies_are_found_and_others_are_not():
    """Exact and slightly shaken copies are clustered, rows that are merely alike are not."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 12)).astype(np.float32)
    X[:40] = X[500:540]
    X[40:80] = X[540:580] + rng.normal(0, 1e-3, (40, 12))
    X[80, 3] = X[81, 3] = np.nan
    codes, n_twins, note = find_clusters(X, 0)

    assert (codes[:80] == codes[500:580]).all()
    assert n_twins == 160
    assert note is None


def test_many_copies_of_one_row_are_one_cluster():
    """A row that occurs more often than the search window is wide is still found as a whole."""
    X = np.random.default_rng(0).normal(size=(1000, 5)).astype(np.float32)
    X[100:130] = X[7]
    codes, n_twins, _ = find_clusters(X, 0)

    assert len(set(codes[100:130])) == 1
    assert n_twins == 31


def test_features_with_few_values_bind_nothing():
    """Where most rows repeat others because features take few values, equal rows are no copies."""
    X = np.random.default_rng(0).integers(0, 2, (500, 4)).astype(np.float32)
    codes, n_twins, note = find_clusters(X, 0)

    assert n_twins == 0
    assert len(set(codes)) == 500
    assert note is None or "repeat" in note


def test_joined_clusters_hold_both_bonds():
    """Rows bound by either of two clusterings are together in the joined one."""
    joined = join_clusters(np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3]))

    assert joined[0] == joined[1] == joined[2]
    assert len({joined[2], joined[3], joined[4]}) == 3


def test_a_class_below_the_number_of_folds_is_named():
    """The smallest class is named with its count and what to do."""
    with pytest.raises(DataError, match=r"'rare' has 3 rows, fewer than the 5 folds.*[Mm]erge"):
        check_classes(np.repeat([0, 1, 2], [50, 3, 4]), ["common", "rare", "few"])


def test_a_class_of_one_block_of_time_is_named(audit):
    """What the models of the other parts have never seen is not taken for wrong: the audit says why it stops."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(300) >= 270, "new", np.where(rng.random(300) < 0.5, "a", "b"))
    z = (y == "a") + rng.normal(size=300)
    frame = pl.DataFrame({"day": np.arange(300), "z": z, "label": y})

    with pytest.raises(DataError, match=r"All rows of the class 'new' fall into one part .* features.time"):
        audit(frame, features={"time": "day"})


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_dates_that_are_text_cut_blocks_of_time(audit, kind):
    """Days written the German way are blocks of the calendar and not of letters; groups need no order."""
    rng = np.random.default_rng(0)
    day = pl.Series([(date(2023, 1, 1) + timedelta(days=i)).strftime("%d.%m.%Y") for i in range(400)], dtype=kind)
    y = rng.integers(0, 2, 400)
    frame = pl.DataFrame({"day": day, "z": y + rng.normal(size=400) / 2, "label": y})
    fold = load_arrays(audit(frame, features={"time": "day"}).predictions).fold
    places = frame.with_columns(day=pl.Series([f"a place {i % 30}" for i in range(400)], dtype=kind))

    assert (np.diff(fold) != 0).sum() == 4
    assert audit(places, features={"groups": "day"}).predictions.splits == "groups: day"
