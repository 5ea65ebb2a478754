"""The default trees are LightGBM's scikit-learn models, to the last digit."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from datassay.labels.estimator import choose_trees
from datassay.labels.trees import Trees


@pytest.mark.parametrize("k", [0, 2, 4])
def test_predictions_are_those_of_the_scikit_learn_classes(k):
    """Numbers, two classes and several, with missing values."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6)).astype(np.float32)
    X[rng.random(X.shape) < 0.05] = np.nan
    score = np.nan_to_num(X[:, 0] + X[:, 1] * X[:, 2])
    y = np.digitize(score, np.quantile(score, np.linspace(0, 1, k + 1)[1:-1])) if k else score
    settings, n_rounds = choose_trees("classification" if k else "regression", 300, k, seed=3)
    kind, how = (LGBMClassifier, "predict_proba") if k else (LGBMRegressor, "predict")
    theirs = kind(n_estimators=n_rounds, **settings).fit(X[:300], y[:300])
    ours = Trees(settings, n_rounds, k).fit(X[:300], y[:300])

    np.testing.assert_array_equal(getattr(ours, how)(X[300:]), getattr(theirs, how)(X[300:]))
