"""What the labels stage hands to the fits and draws of the value stage."""

import numpy as np
import polars as pl
import pytest

from datassay.datasets.snapshot import snapshot_frame
from datassay.labels.confident import estimate_labels
from datassay.labels.pred_probs import load_arrays, predict
from datassay.labels.review import read_reviews
from datassay.labels.reviewers import certain
from datassay.results import Interval
from datassay.value.known import find_most_noise, know
from datassay.value.listed import read_worklist

N = 150


@pytest.fixture
def make_known(tmp_path, make_spec):
    """Return a function that runs the labels stage on 150 rows, and gives what both stages think of reviewers."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    true = np.where(X[:, 0] > 0, "yes", "no")
    given = np.where(rng.random(N) < 0.1, np.where(true == "yes", "no", "yes"), true)
    frame = pl.DataFrame({"row": np.arange(N), "y": given, **{f"x{j}": X[:, j] for j in range(3)}})

    def make(frame, **options):
        spec = make_spec(id="row", estimator="sklearn.naive_bayes:GaussianNB", **options)
        snapshot = snapshot_frame(frame, name="x", cache_dir=tmp_path)
        predictions = predict(snapshot, spec, cache_dir=tmp_path)
        labels = estimate_labels(snapshot, predictions, spec, root=tmp_path, cache_dir=tmp_path)
        arrays = load_arrays(predictions)
        stated = spec.cleaning.reviewer_accuracy
        listed = read_worklist(labels, arrays, predictions.classes)
        known = know(snapshot, predictions, arrays, labels=labels, listed=listed, seed=0, stated=stated, voices=None)
        heard = read_reviews(snapshot, spec, root=tmp_path, rows=arrays.row, classes=predictions.classes).accuracy
        return known.accuracy, heard

    return make, frame, true


def test_a_trusted_column_is_certain_whatever_is_stated_of_reviewers(make_known):
    """The stated accuracy is that of people; a column of verified labels is right in both stages."""
    make, frame, true = make_known
    known = pl.when(pl.col("row") < 60).then(pl.Series(true)).alias("t")
    accuracy, heard = make(frame.with_columns(known), trusted={"column": "t"}, cleaning={"reviewer_accuracy": 0.8})

    assert heard is None
    assert accuracy == certain(2)


def test_both_stages_know_reviewers_by_the_same_pairs(make_known, tmp_path):
    """Forty rows that two people saw say more than the ten pairs that the definition's word counts for."""
    make, frame, true = make_known
    second = np.where(np.arange(40) < 6, np.where(true[:40] == "yes", "no", "yes"), true[:40])
    pl.DataFrame(
        {
            "id": [*range(40)] * 2,
            "true_label": [*true[:40], *second],
            "drawn": ["random"] * 80,
            "reviewer": ["a"] * 40 + ["b"] * 40,
        }
    ).write_parquet(tmp_path / "said.parquet")
    accuracy, heard = make(frame, trusted={"reviews": "said.parquet"}, cleaning={"reviewer_accuracy": 0.9})

    assert accuracy == heard
    assert accuracy.agree + accuracy.disagree == pytest.approx(50)


@pytest.mark.parametrize(
    ("source", "n_reviews", "most"),
    [("model", 0, 0.6), ("model", 40, 0.8), ("votes", 0, 0.8), ("review", 40, 1.0)],
)
def test_noise_that_people_have_shown_is_not_cut_off_at_what_the_model_sees(make_table, source, n_reviews, most):
    """The model's disagreement bounds its own estimate alone, not the upper end of a rate that others know of."""
    table = make_table(n=200, rate=0.1)
    rate = Interval(estimate=0.6, low=0.4, high=0.8)
    labels = table.labels.model_copy(update={"noise_rate": rate, "noise_rate_source": source, "n_reviews": n_reviews})
    arrays = load_arrays(table.predictions)

    assert (arrays.pred.argmax(axis=1) != arrays.given).mean() < 0.6
    assert find_most_noise(table.predictions, arrays, labels) == most
