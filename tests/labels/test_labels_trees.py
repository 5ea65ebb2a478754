"""The default trees are LightGBM's scikit-learn models, to the last digit."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from datassay.labels.estimator import choose_trees
from datassay.labels.trees import Bins, Trees


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
