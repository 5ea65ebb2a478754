"""The default trees are LightGBM's scikit-learn models, to the last digit."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from datassay.labels import trees
from datassay.labels.estimator import Features, choose_trees
from datassay.labels.trees import Bins, OwnBins, Trees


@pytest.mark.parametrize("k", [0, 2, 4])
def test_predictions_are_those_of_the_scikit_learn_classes(k):
    """Numbers (centered, in standard deviations), two classes and several, with missing values."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6)).astype(np.float32)
    X[rng.random(X.shape) < 0.05] = np.nan
    score = np.nan_to_num(X[:, 0] + X[:, 1] * X[:, 2])
    y = np.digitize(score, np.quantile(score, np.linspace(0, 1, k + 1)[1:-1])) if k else score
    settings, n_rounds = choose_trees("classification" if k else "regression", 300, k, seed=3)
    kind, how = (LGBMClassifier, "predict_proba") if k else (LGBMRegressor, "predict")
    center, scale = (0.0, 1.0) if k else (y[:300].mean(), y[:300].std())
    theirs = kind(n_estimators=n_rounds, **settings).fit(X[:300], y[:300] if k else (y[:300] - center) / scale)
    ours = Trees(settings, n_rounds, k).fit(X[:300], y[:300])

    np.testing.assert_array_equal(getattr(ours, how)(X[300:]), getattr(theirs, how)(X[300:]) * scale + center)


def _draw_table():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 5)).astype(np.float32)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, (np.nan_to_num(X[:, 0] * X[:, 1]) > 0).astype(np.int64), rng


def test_rows_that_share_bins_give_the_model_of_their_own_bins():
    """Where all rows are fitted, bins of the table and bins of the rows are the same."""
    X, y, _ = _draw_table()
    settings, n_rounds = choose_trees("classification", 300, 2, seed=3)
    alone = Trees(settings, n_rounds, 2).fit(X, y)
    shared = Trees(settings, n_rounds, 2).fit(Bins(X).take(np.arange(300)), y)

    np.testing.assert_array_equal(shared.predict_proba(X), alone.predict_proba(X))


def test_labels_stay_with_their_rows_in_whatever_order_rows_are_taken():
    """Also rows that are taken twice."""
    X, y, rng = _draw_table()
    settings, n_rounds = choose_trees("classification", 200, 2, seed=3)
    bins, rows = Bins(X), rng.integers(0, 300, 200)
    in_order = np.sort(rows)
    one = Trees(settings, n_rounds, 2).fit(bins.take(rows), y[rows])
    other = Trees(settings, n_rounds, 2).fit(bins.take(in_order), y[in_order])

    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert np.mean((one.predict_proba(X)[:, 1] > 0.5) == y) > 0.9


@pytest.mark.parametrize("k", [0, 2, 4])
def test_rows_cut_once_give_the_same_models_for_any_labels(k):
    """Bins depend on features alone, so that fits on the same rows may share them whatever is to be learned."""
    X, _, rng = _draw_table()
    rows, bins = np.sort(rng.permutation(300)[:200]), OwnBins(X)
    settings, n_rounds = choose_trees("classification" if k else "regression", 200, k, seed=3)
    how = "predict_proba" if k else "predict"
    for seed in range(2):
        drawn = np.random.default_rng(seed)
        y = drawn.integers(0, k, 200) if k else drawn.normal(size=200)
        alone = Trees(settings, n_rounds, k).fit(X[rows], y)
        kept = Trees(settings, n_rounds, k).fit(bins.take(rows), y)

        np.testing.assert_array_equal(getattr(kept, how)(X), getattr(alone, how)(X))


def test_rows_are_cut_into_bins_once_as_far_as_memory_is_meant_for_it(monkeypatch):
    """The same rows come from the same table, others from another, and beyond the limit nothing is kept."""
    X, _, _ = _draw_table()
    monkeypatch.setattr(trees, "MOST_CELLS", 1500)
    bins, first, other = OwnBins(X), np.arange(150), np.arange(150, 300)

    assert bins.take(first).table is bins.take(first).table
    assert bins.take(first).table is not bins.take(other).table
    # 150 rows of five columns twice fill the limit.
    assert bins.take(other).table is bins.take(other).table
    assert bins.take(np.arange(50)).table is not bins.take(np.arange(50)).table


def test_only_large_tables_share_bins_among_different_rows():
    """A small table cuts every set of rows by itself: a bin across a gap would make a perfect model err."""
    assert isinstance(Features(matrix=np.zeros((300, 2), dtype=np.float32)).bins, OwnBins)
    assert isinstance(Features(matrix=np.zeros((10_000, 2), dtype=np.float32)).bins, Bins)
