"""Copies in tables most of whose rows have one, and rows that are equal because columns take few values."""

import numpy as np
import polars as pl
import pytest
from labels_support import make_spec, planted

from datassay.labels.duplicates import bind_groups, find_clusters, keep_together
from datassay.labels.pred_probs import load_arrays, predict


def draw(kind, rng, n=500):
    if kind == "measured":
        return rng.normal(size=(n, 6)).astype(np.float32)
    return rng.integers(0, 3, (n, 8)).astype(np.float32)


@pytest.mark.parametrize("kind", ["measured", "few-valued"])
@pytest.mark.parametrize("times", [2, 4])
def test_copies_of_all_rows_are_bound(kind, times):
    """Every row of a table written twice or four times is bound to its copies, whatever values columns take."""
    rows = draw(kind, np.random.default_rng(0))
    codes, n_twins, note = find_clusters(np.vstack([rows] * times), 0)
    n_different = len(np.unique(rows, axis=0))

    assert all((codes[:500] == codes[500 * i : 500 * (i + 1)]).all() for i in range(times))
    assert n_twins == 500 * times
    assert f"rests on {n_different} different ones" in note


@pytest.mark.parametrize("kind", ["measured", "few-valued"])
def test_copies_of_six_in_ten_rows_are_bound(kind):
    """Copies are bound where more than half of all rows, but not all, have one."""
    rows = draw(kind, np.random.default_rng(1))
    codes, _, _ = find_clusters(np.vstack([rows, rows[:300]]), 0)

    assert (codes[:300] == codes[500:]).all()


@pytest.mark.parametrize("how", ["all", "a class"])
def test_rows_drawn_again_at_random_are_bound(how):
    """Measured rows drawn with replacement, all or a rare class, are bound, though their counts look like chance."""
    rng = np.random.default_rng(2)
    rows = draw("measured", rng)
    drawn = (
        rng.integers(0, 500, 1000) if how == "all" else np.concatenate([np.arange(400), rng.integers(400, 500, 800)])
    )
    codes, _, _ = find_clusters(rows[drawn], 0)
    _, want = np.unique(drawn, return_inverse=True)

    assert len(np.unique(codes)) == len(np.unique(want)) == len(np.unique(codes * 1000 + want))


@pytest.mark.parametrize(
    "kind", ["even", "skewed", "dependent", "twice told", "text", "one column", "often equal", "laid out"]
)
def test_rows_that_chance_makes_equal_are_not_bound(kind):
    """Where columns take few values, most rows have a twin and none is bound, also if columns depend on each other."""
    rng = np.random.default_rng(3)
    sources = None
    if kind == "even":
        rows = rng.integers(0, 4, (1000, 5))
    elif kind == "skewed":
        rows = np.minimum(rng.zipf(1.6, (1000, 4)), 10)
    elif kind == "dependent":
        hidden = rng.integers(0, 40, (1000, 1)) // np.array([1, 2, 4, 8, 3, 6, 12, 20])
        rows = np.where(rng.random((1000, 8)) < 0.95, hidden, rng.integers(0, 3, (1000, 8)))
    elif kind == "twice told":
        rows = np.repeat(rng.integers(0, 4, (1000, 5)), 2, axis=1)
    elif kind == "text":
        # One column of text with few different texts becomes many columns of the matrix.
        text, flags = rng.normal(size=(100, 30))[rng.integers(0, 100, 1000)], rng.integers(0, 2, (1000, 3))
        rows, sources = np.hstack([text, flags]), ["text"] * 30 + ["a", "b", "c"]
    elif kind == "one column":
        rows = rng.integers(0, 500, (1000, 1))
    elif kind == "laid out":
        rows = np.tile(np.indices((5, 5, 5)).reshape(3, 125).T, (8, 1))
    else:
        rows = rng.normal(size=(50, 6))[rng.integers(0, 50, 1000)]
    codes, n_twins, note = find_clusters(rows.astype(np.float32), 0, sources)

    assert n_twins == 0
    assert len(np.unique(codes)) == 1000
    assert "equal rows were not kept in one fold" in note


def test_a_doubled_table_is_judged_as_the_single_one(snap, tmp_path):
    """Copies of all rows share folds, so the model seems no better than on the rows themselves; half is told."""
    data = planted("cancer", "even", 0.15, n=300).frame
    single = predict(snap(data), make_spec(label="label"), cache_dir=tmp_path)
    double = predict(snap(pl.concat([data, data])), make_spec(label="label"), cache_dir=tmp_path)
    arrays = load_arrays(double)

    assert (arrays.fold[:300] == arrays.fold[300:]).all()
    assert (arrays.cluster[:300] == arrays.cluster[300:]).all()
    assert double.score == pytest.approx(single.score, abs=0.05)
    assert any("rests on 300 different ones" in note for note in double.notes)


def test_groups_that_copies_would_chain_into_one_stay_as_they_are():
    """Copies with another group are let go where they would bind most of the table; else they are bound too."""
    rng = np.random.default_rng(0)
    groups = rng.permutation(1000) // 10
    clusters = np.tile(np.arange(500), 2)
    bound, is_apart = bind_groups(clusters, groups)
    same, is_same_apart = bind_groups(clusters, np.tile(np.arange(500) // 10, 2))

    assert is_apart
    assert (bound == groups).all()
    assert not is_same_apart
    assert (same[:500] == same[500:]).all()


def test_rows_follow_the_first_of_their_cluster():
    """An order keeps its sequence of clusters, and each cluster comes as a whole."""
    order = keep_together(np.array([5, 2, 0, 4, 1]), np.array([7, 7, 8, 9, 8, 1]))

    assert order.tolist() == [5, 2, 4, 0, 1]
