"""The learners, as a user would name them: import paths of factories."""

from __future__ import annotations

from typing import Any

PATHS = {name: f"benchmarks.verdict.learners:{name}" for name in ("boosted", "linear")}
TREES: dict[str, Any] = {
    "n_estimators": 60,
    "learning_rate": 0.15,
    "num_leaves": 15,
    "min_child_samples": 20,
    "reg_lambda": 2.0,
    "n_jobs": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


def boosted() -> Any:
    """Return gradient-boosted trees."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(**TREES)


def linear() -> Any:
    """Return logistic regression on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=300))


def boosted_numbers() -> Any:
    """Return gradient-boosted trees for numbers."""
    from lightgbm import LGBMRegressor

    return LGBMRegressor(**TREES)


def linear_numbers() -> Any:
    """Return ridge regression on standardised columns."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), Ridge(alpha=10.0))
