from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

from datassay.errors import DataError, EngineError, SpecError
from datassay.labels.estimator import LINEAR, TREES, Features, Learner, fitting, load_features, load_learner
from datassay.labels.factory import make
from datassay.labels.metrics import score

FACTORIES = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import ExtraTreeClassifier
from sklearn.svm import LinearSVC
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder

forest = lambda: RandomForestClassifier(20, n_jobs=2)
scaled = lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
plain = lambda: LogisticRegression(max_iter=20)
ridge = lambda: RidgeClassifier()
number = lambda: Ridge()
by_name = lambda: make_pipeline(
    make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["color"]), remainder="passthrough"),
    LogisticRegression(max_iter=200),
)
broken = lambda: 1 / 0
nothing = lambda: object()
unmade = lambda: Ridge
text = "not a factory"


class Stubborn:
    def fit(self, X, y):
        raise ValueError("cannot read the cell 'secret value' of row 7")

    def predict(self, X):
        return np.zeros(len(X))


class Vague:
    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def predict_proba(self, X):
        return np.full((len(X), 2), np.nan)


class Answering:
    def fit(self, X, y):
        self.most = np.bincount(y).argmax()
        return self

    def predict(self, X):
        return np.full(len(X), self.most)


class Drawing(Answering):
    def fit(self, X, y):
        self.model = ExtraTreeClassifier().fit(X, y)
        return self

    def predict(self, X):
        return self.model.predict(X)


blurred = lambda: make_pipeline(
    FunctionTransformer(lambda X: X + np.random.normal(size=X.shape)), LogisticRegression(max_iter=200)
)
blurred_number = lambda: make_pipeline(FunctionTransformer(lambda X: X + np.random.normal(size=X.shape)), Ridge())
"""


@pytest.fixture
def factories(tmp_path, monkeypatch):
    """A module of the user with factories of all sorts."""
    folder = tmp_path / "code"
    folder.mkdir()
    name = f"user_{tmp_path.name.replace('-', '_')}"
    (folder / f"{name}.py").write_text(FACTORIES, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return name


@pytest.fixture(scope="module")
def digits():
    content = load_digits()
    return Features(matrix=content.data[:600].astype(np.float32)), content.target[:600]


TRAIN, TEST = np.arange(400), np.arange(400, 600)


@pytest.mark.parametrize("estimator", [TREES, LINEAR])
def test_probabilities_come_in_full_class_order(digits, estimator):
    """Predictions are probabilities of all classes, in code order, and better than chance by far."""
    features, y = digits
    with fitting():
        pred = Learner("classification", 10, estimator).fit_predict(features, y, TRAIN, TEST)

    assert pred.shape == (200, 10)
    assert pred.sum(axis=1) == pytest.approx(1.0)
    assert score("accuracy", y[TEST], pred) > 0.7


@pytest.mark.parametrize("estimator", [TREES, LINEAR])
def test_a_class_missing_from_training_gets_zero(digits, estimator):
    """A class that the training part lacks keeps its column, filled with zeros."""
    features, y = digits
    with fitting():
        pred = Learner("classification", 10, estimator).fit_predict(features, y, TRAIN[y[TRAIN] != 4], TEST)

    assert (pred[:, 4] == 0).all()
    assert pred.sum(axis=1) == pytest.approx(1.0)


def test_one_class_in_training_is_answered_without_a_fit(digits):
    """A training part of one class answers that class for sure."""
    features, y = digits
    pred = Learner("classification", 10).fit_predict(features, y, np.flatnonzero(y == 3), TEST)

    assert (pred[:, 3] == 1).all()


@pytest.mark.parametrize("estimator", [TREES, LINEAR])
def test_numbers_are_predicted_as_numbers(estimator):
    """Regression gives one float per row, better than the mean."""
    content = load_diabetes()
    features = Features(matrix=content.data.astype(np.float32))
    with fitting():
        pred = Learner("regression", 0, estimator).fit_predict(
            features, content.target, np.arange(300), np.arange(300, 442)
        )

    assert pred.shape == (142,)
    assert score("r2", content.target[300:], pred) > 0.25


@pytest.mark.parametrize("estimator", [TREES, LINEAR])
def test_missing_values_are_no_obstacle(digits, estimator):
    """Both defaults take a matrix with missing values, even a column without any value."""
    features, y = digits
    matrix = features.matrix.copy()
    matrix[np.random.default_rng(0).random(matrix.shape) < 0.1] = np.nan
    matrix[:, 0] = np.nan
    with fitting():
        pred = Learner("classification", 10, estimator).fit_predict(Features(matrix=matrix), y, TRAIN, TEST)

    assert np.isfinite(pred).all()


def test_boosting_of_many_rows_does_not_run_away():
    """Boosted trees of sure classes stay sure: without regularisation their scores diverge."""
    rng = np.random.default_rng(0)
    y = rng.choice(4, 6000, p=[0.79, 0.15, 0.04, 0.02])
    X = np.column_stack([y + rng.normal(0, 0.02, 6000), rng.normal(size=6000)]).astype(np.float32)
    with fitting():
        pred = Learner("classification", 4).fit_predict(Features(matrix=X), y, np.arange(5000), np.arange(5000, 6000))

    assert score("neg_log_loss", y[5000:], pred) > -0.05


@pytest.mark.parametrize("name", ["forest", "scaled", "ridge", "Answering"])
def test_estimators_of_the_user_give_probabilities(digits, factories, name):
    """Any estimator is read as probabilities: its own, of its decision function, or its bare answers."""
    features, y = digits
    learner = Learner("classification", 10, f"{factories}:{name}")
    with fitting():
        first = learner.fit_predict(features, y, TRAIN[y[TRAIN] != 4], TEST)
        second = learner.fit_predict(features, y, TRAIN[y[TRAIN] != 4], TEST)

    assert first.shape == (200, 10)
    assert first.sum(axis=1) == pytest.approx(1.0)
    assert (first[:, 4] == 0).all()
    assert (first == second).all()


def test_two_classes_are_read_from_one_decision_column(factories):
    """A binary decision function is one column, and becomes two probabilities."""
    content = load_breast_cancer()
    features = Features(table=pd.DataFrame(content.data))
    with fitting():
        pred = Learner("classification", 2, f"{factories}:ridge", wants_table=True).fit_predict(
            features, content.target, np.arange(400), np.arange(400, 569)
        )

    assert score("roc_auc", content.target[400:], pred) > 0.95


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no_such_package.module:factory", "cannot be imported"),
        ("sklearn.linear_model:NoSuchThing", "cannot be imported"),
        (":factory", "cannot be imported"),
        ("{}:text", "not callable"),
        ("{}:broken", r"ZeroDivisionError: .* It is called without arguments"),
        ("{}:nothing", "no fit and predict"),
        ("{}:unmade", "returned the class Ridge, and not an estimator made of it"),
    ],
)
def test_a_factory_that_is_none_is_explained(factories, path, message):
    """What is wrong with an estimator's path is said in one line, as a fault of the definition."""
    with pytest.raises(SpecError, match=message) as caught:
        make(path.format(factories), 0)

    assert "\n" not in str(caught.value)


def test_a_module_that_fails_to_import_is_explained(tmp_path, monkeypatch):
    """An error inside the user's module is told as a fault of the definition."""
    (tmp_path / "user_module_with_error.py").write_text("raise RuntimeError('no licence')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SpecError, match="RuntimeError"):
        make("user_module_with_error:make", 0)


@pytest.mark.parametrize("line", ["raise SystemExit(0)", "def make():\n    raise SystemExit(0)"])
def test_a_module_that_quits_does_not_end_the_audit(tmp_path, monkeypatch, line):
    """A script without a guard would end the whole run, and with exit code 0 as if all were well."""
    (tmp_path / "quitting.py").write_text(line, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "quitting", raising=False)
    with pytest.raises(SpecError, match="SystemExit"):
        make("quitting:make", 0)


def test_seeds_are_set_and_threads_are_not(factories):
    """An unseeded estimator gets the audit's seed, at any depth, and no parallelism of its own."""
    model = make(f"{factories}:forest", 5)

    assert model.get_params()["random_state"] == 5
    assert model.get_params()["n_jobs"] == 1


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("forest", False), ("plain", False), ("number", False),
        ("Drawing", True), ("blurred", True), ("blurred_number", True),
    ],
)  # fmt: skip
def test_an_estimator_that_draws_without_a_seed_is_said_to(audit, factories, name, is_told):
    """What has no random_state to set gives other figures each time, also where it knows each row that it has seen."""
    import polars as pl

    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    y = x[:, 0] + 0.5 * rng.normal(size=120)
    label = y if "number" in name else (y > 0).astype(int)
    done = audit(pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "label": label}), estimator=f"{factories}:{name}")

    assert is_told == any(f"{name} draws without a seed" in note for note in done.predictions.notes)


def test_a_seed_of_any_size_is_one_for_any_estimator(factories):
    """scikit-learn's random states have 32 bits; that is no fault of the estimator."""
    assert make(f"{factories}:forest", 2**40 + 5).get_params()["random_state"] == 5


@pytest.mark.parametrize(("name", "message"), [("Stubborn", "could not be fitted"), ("Vague", "not finite")])
def test_a_failing_fit_is_one_line_without_cell_values(digits, factories, name, message):
    """A fit that fails is an engine's failure in one line that quotes no cell."""
    features, y = digits
    learner = Learner("classification", 2, f"{factories}:{name}")
    with pytest.raises(EngineError, match=message) as caught:
        learner.fit_predict(features, np.minimum(y, 1), TRAIN, TEST)

    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_learner_and_the_features_can_be_loaded_again(audit, factories):
    """What predicted can be fitted again by another stage: same learner, same rows, on matrix or table."""
    import polars as pl

    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    frame = pl.DataFrame(
        {
            "color": [None if i % 50 == 0 else ("red" if c else "blue") for i, c in enumerate(y)],
            "x": rng.normal(size=200) + y,
            "label": [None if i == 3 else int(c) for i, c in enumerate(y)],
        }
    )
    for estimator in (None, f"{factories}:by_name"):
        done = audit(frame, estimator=estimator)
        learner = load_learner(done.predictions, seed=0)
        features = load_features(done.snapshot, done.predictions)

        assert features.n_rows == 199
        assert learner.wants_table == (features.table is not None) == (estimator is not None)
        with np.load(done.predictions.path) as arrays, fitting():
            test = np.flatnonzero(arrays["fold"] == 0)
            again = learner.fit_predict(features, arrays["given"], np.flatnonzero(arrays["fold"] != 0), test)

            assert again == pytest.approx(arrays["pred"][test])


def test_a_cache_that_is_gone_is_explained(audit, tmp_path):
    """Features that are no longer in the cache are a data error that says what to do."""
    import polars as pl

    x = np.random.default_rng(0).normal(size=100)
    done = audit(pl.DataFrame({"x": x, "label": (x > 0).astype(int)}))
    (tmp_path / "cache" / "features.npy").unlink()
    with pytest.raises(DataError, match="again"):
        load_features(done.snapshot, done.predictions)


def test_fits_of_a_large_table_share_bins_and_judge_alike(monkeypatch):
    """From 10,000 rows on, bins of the whole table stand in for those of the training part."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, 4)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=10_000) > 0).astype(np.int64)
    train, test = np.arange(8_000), np.arange(8_000, 10_000)
    learner, features = Learner("classification", 2), Features(matrix=X)
    with fitting():
        shared = learner.fit_predict(features, y, train, test)
        monkeypatch.setattr("datassay.labels.estimator.SHARED_BINS", 10_001)
        alone = learner.fit_predict(Features(matrix=X), y, train, test)

    assert not np.array_equal(shared, alone)
    assert np.corrcoef(shared[:, 1], alone[:, 1])[0, 1] > 0.97
