"""What scrambling a column costs, from the fits that are made anyway."""

import numpy as np
import polars as pl
import pytest

from datassay.datasets.snapshot import snapshot_frame
from datassay.labels.pred_probs import predict
from datassay.spec import AuditSpec


@pytest.fixture
def guess(tmp_path):
    def guess(table, **options):
        snapshot = snapshot_frame(table, name="people", cache_dir=tmp_path)
        spec = AuditSpec.model_validate(
            {"dataset": {"path": "people.parquet"}, "label": "label", "task": "classification", **options}
        )
        return predict(snapshot, spec, cache_dir=tmp_path)

    return guess


@pytest.fixture
def people():
    rng = np.random.default_rng(3)
    n = 2_000
    telling, noise = rng.normal(size=n), rng.normal(size=n)
    side = rng.choice(["a", "b"], n)
    label = np.where(telling + 0.7 * (side == "a") + 0.3 * rng.normal(size=n) > 0.3, "yes", "no")
    return pl.DataFrame({"telling": telling, "noise": noise, "side": side, "label": label})


def test_scrambling_tells_what_a_column_is_worth(guess, people):
    """A column that makes the label costs most; one of noise costs nothing that its interval does not hold."""
    weights = guess(people).importances

    assert list(weights) == ["telling", "noise", "side"] or set(weights) == {"telling", "noise", "side"}
    assert weights["telling"].estimate > weights["side"].estimate > 0
    assert weights["telling"].low > 0.1
    assert weights["noise"].low <= 0
    assert weights["noise"].estimate == pytest.approx(0, abs=0.03)


def test_no_fit_is_made_for_it(guess, people):
    """Five folds are five fits, and the predictions are those of the same folds with one column alone."""
    found = guess(people)

    assert found.n_fits == found.n_folds == 5


def test_columns_that_the_model_does_not_see_are_not_measured(guess, people):
    """What is left out of the features has no figure."""
    assert set(guess(people, features={"exclude": ["noise"]}).importances) == {"telling", "side"}


def test_an_estimator_of_the_user_is_asked_the_same(guess, people):
    """A factory that takes the table as it is gives figures for its columns, too."""
    weights = guess(people.drop("side"), estimator="sklearn.tree:DecisionTreeClassifier").importances

    assert weights["telling"].estimate > 0.1 > weights["noise"].estimate


def test_a_vector_is_scrambled_as_one(guess, people):
    """All parts of an embedding move together, and the figure is that of its column."""
    rng = np.random.default_rng(0)
    vector = np.column_stack([people["telling"].to_numpy(), rng.normal(size=(people.height, 3))])
    table = people.drop("telling").with_columns(pl.Series("vector", vector.tolist(), dtype=pl.Array(pl.Float64, 4)))

    weights = guess(table, features={"embeddings": ["vector"]}).importances

    assert weights["vector"].low > 0.1
