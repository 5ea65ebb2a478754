"""An estimator that minds what boosted trees shrug off: numbers far outside, and gaps filled with the mean."""

from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler


def make_linear() -> Pipeline:
    """Return a linear classifier that fills gaps with the mean."""
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())


def make_linear_regressor() -> Pipeline:
    """Return a linear regressor that fills gaps with the mean."""
    return make_pipeline(SimpleImputer(), StandardScaler(), Ridge())


def make_fragile() -> LogisticRegression:
    """Return a classifier that refuses missing values."""
    return LogisticRegression()
