from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from labels_support import make_spec, numbers, planted

from datassay.errors import DataError, InconclusiveError, SpecError
from datassay.labels.choice import split_folds
from datassay.labels.estimator import Learner
from datassay.labels.pred_probs import load_arrays, predict
from datassay.progress import report_to


@pytest.fixture
def clusters():
    """Two overlapping classes, with an id, a time and a group."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    return pl.DataFrame(
        {
            "key": [f"r{i}" for i in range(400)],
            "x": rng.normal(size=400) + 2 * y,
            "z": rng.normal(size=400),
            "when": rng.permutation(400),
            "who": rng.integers(0, 30, 400),
            "label": y,
        }
    )


def test_every_labelled_row_is_predicted_once_by_others(snap, clusters, tmp_path):
    """The file holds probabilities for all labelled rows, each from a fold that did not hold the row."""
    frame = clusters.with_columns(label=pl.when(pl.col("z") > 2).then(None).otherwise(pl.col("label")))
    found = predict(snap(frame), make_spec(label="label", id="key"), cache_dir=tmp_path)
    arrays = load_arrays(found)
    labelled = frame["label"].is_not_null().to_numpy()

    assert (arrays.row == np.flatnonzero(labelled)).all()
    assert (arrays.given == frame["label"].drop_nulls().to_numpy()).all()
    assert arrays.pred.shape == (found.n_rows, 2)
    assert arrays.pred.sum(axis=1) == pytest.approx(1.0)
    assert np.bincount(arrays.fold).tolist() == pytest.approx([found.n_rows / 5] * 5, abs=1)
    assert found.n_missing_labels == 400 - found.n_rows
    assert found.score > 0.75 > found.prior_score == 0.5
    assert found.feature_columns == ["x", "z", "when", "who"]
    assert any("without a label" in note for note in found.notes)


def test_the_number_of_threads_changes_nothing(snap, clusters, tmp_path):
    """One thread and two give the same file and the same record."""
    snapshot, spec = snap(clusters), make_spec(label="label", id="key")
    found = {}
    for n_jobs in (1, 2):
        folder = tmp_path / str(n_jobs)
        folder.mkdir()
        found[n_jobs] = predict(snapshot, spec, cache_dir=folder, n_jobs=n_jobs)
    one, two = (np.load(found[n].path) for n in (1, 2))
    places = {"path": "", "matrix_path": ""}

    assert all(np.array_equal(one[name], two[name]) for name in ("row", "given", "pred", "fold"))
    assert found[1].model_copy(update=places) == found[2].model_copy(update=places)
    assert np.array_equal(np.load(found[1].matrix_path), np.load(found[2].matrix_path))


def test_nothing_but_the_results_is_left_in_the_cache(snap, clusters, tmp_path):
    """Files appear under their own names only."""
    folder = tmp_path / "run"
    predict(snap(clusters), make_spec(label="label"), cache_dir=folder)

    assert sorted(path.name for path in folder.iterdir()) == ["features.npy", "predictions.npz"]


def test_copies_never_straddle_folds(snap, tmp_path):
    """A row and its near copy are predicted together, so that neither gives the other away."""
    data = planted("cancer", "even", 0.1, n=400).frame
    shaken = data.head(60).with_columns(pl.col("x3") * 1.00001)
    found = predict(snap(pl.concat([data, shaken])), make_spec(label="label"), cache_dir=tmp_path)
    fold = load_arrays(found).fold

    assert (fold[:60] == fold[400:]).all()
    assert found.n_near_duplicates >= 120


def test_copies_with_other_labels_do_not_raise_the_score(snap, tmp_path):
    """Copying every tenth row ten times leaves the score where it was: copies are no new knowledge."""
    rng = np.random.default_rng(0)
    data = numbers(rng.normal(size=(300, 6))).with_columns(label=pl.Series(rng.integers(0, 2, 300)))
    copied = pl.concat([data, *[data.head(20)] * 4])
    with pytest.raises(InconclusiveError):
        predict(snap(copied), make_spec(label="label"), cache_dir=tmp_path)


def test_groups_are_predicted_together(snap, clusters, tmp_path):
    """All rows of a group share a fold, and the group is no feature."""
    spec = make_spec(label="label", id="key", features={"groups": "who"})
    found = predict(snap(clusters), spec, cache_dir=tmp_path)
    fold = load_arrays(found).fold

    assert found.splits == "groups: who"
    assert "who" not in found.feature_columns
    for group in range(30):
        assert len(set(fold[clusters["who"].to_numpy() == group])) == 1


def test_time_cuts_blocks(snap, clusters, tmp_path):
    """With a time column folds are blocks of time."""
    spec = make_spec(label="label", id="key", features={"time": "when", "exclude": ["who"]})
    found = predict(snap(clusters), spec, cache_dir=tmp_path)
    fold = load_arrays(found).fold

    assert found.splits == "time: when"
    assert (np.diff(fold[np.argsort(clusters["when"].to_numpy())]) >= 0).all()


def test_a_large_table_is_sampled_and_says_so(snap, clusters, tmp_path):
    """Above max_rows a stratified sample is used; the record says how large it is."""
    spec = make_spec(label="label", id="key", max_rows=200)
    found = predict(snap(clusters), spec, cache_dir=tmp_path)
    arrays = load_arrays(found)

    assert found.n_rows == 200 == len(set(arrays.row))
    assert arrays.given.mean() == pytest.approx(clusters["label"].mean(), abs=0.01)
    assert "random 200 of 400" in found.notes[0]


def test_numbers_are_predicted_in_random_folds(snap, clusters, tmp_path):
    """A label of numbers is predicted as a number."""
    spec = make_spec(label="x", id="key")
    found = predict(snap(clusters), spec, cache_dir=tmp_path)
    arrays = load_arrays(found)

    assert (found.task, found.splits, found.metric, found.classes) == ("regression", "random", "r2", [])
    assert arrays.pred.shape == (400,)
    assert found.score > 0.3


def test_a_model_that_knows_nothing_is_inconclusive(snap, clusters, tmp_path):
    """Where the features say nothing of the label, nothing is concluded, and why is said."""
    frame = clusters.with_columns(label=np.random.default_rng(1).integers(0, 2, 400))
    with pytest.raises(InconclusiveError, match="no better than guessing: balanced_accuracy"):
        predict(snap(frame), make_spec(label="label", id="key"), cache_dir=tmp_path)


def test_a_rare_class_that_is_only_ranked_is_still_measured(snap, tmp_path):
    """A model that ranks a rare class but never answers it knows something: it is used, and what it lacks is said."""
    rng = np.random.default_rng(0)
    y = (rng.random(3000) < 0.02).astype(int)
    frame = pl.DataFrame({"x": rng.normal(size=3000) + 1.0 * y, "label": y})
    found = predict(snap(frame), make_spec(label="label"), cache_dir=tmp_path)

    assert any("but it does rank rows (roc_auc 0." in note for note in found.notes)
    assert predict(snap(frame), make_spec(label="label", metric="roc_auc"), cache_dir=tmp_path).score > 0.6


def test_extreme_numbers_do_not_hide_a_model_that_works(snap, tmp_path):
    """Labels that are wrong by orders of magnitude ruin R2, but not the audit that is to find them."""
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 10, 600)
    y = x + rng.normal(0, 0.05, 600)
    y[::50] *= 40
    found = predict(snap(pl.DataFrame({"x": x, "label": y})), make_spec(label="label"), cache_dir=tmp_path)

    assert any("by its median error it is" in note for note in found.notes)

    y = np.random.default_rng(1).normal(size=600)
    y[::50] *= 1000
    with pytest.raises(InconclusiveError, match="extreme labels first: one lies"):
        predict(snap(pl.DataFrame({"x": x, "label": y})), make_spec(label="label"), cache_dir=tmp_path)


def test_a_column_that_gives_the_label_away_is_named(snap, clusters, tmp_path):
    """A perfect score leads to a note on the column that alone explains it."""
    frame = clusters.with_columns(copy=pl.when(pl.col("label") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")))
    found = predict(snap(frame), make_spec(label="label", id="key"), cache_dir=tmp_path)

    assert found.score > 0.99
    assert next(note for note in found.notes if "alone predicts" in note).startswith("The column 'copy'")


def test_columns_that_add_up_to_the_label_are_named_together(snap, tmp_path):
    """A perfect score that no column reaches alone is doubted too."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (600, 2))
    frame = pl.DataFrame({"a": x[:, 0] * 1.0, "b": x[:, 1] * 1.0, "label": 2 * x[:, 0] + x[:, 1]})
    found = predict(snap(frame), make_spec(label="label"), cache_dir=tmp_path)

    assert [note[:20] for note in found.notes if "known only afterwards" in note] == ["All columns together"]


def test_skrub_leaves_the_home_alone(tmp_path):
    """A home that cannot be written to is no obstacle: skrub makes no folder in it."""
    code = (
        "import os, polars as pl\n"
        "from datassay.labels.encoding import encode\n"
        "encode(pl.DataFrame({'x': ['a', 'b'] * 20}), 0)\n"
        "assert 'SKB_DATA_DIRECTORY' not in os.environ\n"
    )
    env = {key: value for key, value in os.environ.items() if not key.startswith("SKB_")} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=env, check=True)

    assert not (tmp_path / "skrub_data").exists()


def test_wide_embeddings_choose_a_linear_model(snap, tmp_path):
    """On a wide table the better of trees and a linear model is taken, and said."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(4, 80))
    y = rng.integers(0, 4, 400)
    vectors = (centers[y] + rng.normal(0, 3, (400, 80))).astype(np.float32)
    frame = pl.DataFrame({"vector": pl.Series(vectors, dtype=pl.Array(pl.Float32, 80)), "label": y})
    found = predict(snap(frame), make_spec(label="label", features={"embeddings": ["vector"]}), cache_dir=tmp_path)

    assert found.estimator == "linear"
    assert found.n_fits == 7
    assert any("linear model predicted a sample of the rows better" in note for note in found.notes)


def test_learners_are_compared_on_groups_that_they_have_not_seen(snap, tmp_path):
    """Trees that know every group by its place are not taken for it: the other folds ask about other groups."""
    rng = np.random.default_rng(2)
    who, slope = np.repeat(np.arange(120), 12), rng.normal(size=60)
    vectors = (rng.normal(size=(120, 60)) * 1.5)[who] + rng.normal(size=(1440, 60)) * 0.5
    y = vectors @ slope / np.linalg.norm(slope) + 1.2 * rng.normal(size=120)[who] > 0
    frame = numbers(vectors).with_columns(label=pl.Series(y.astype(int)), who=pl.Series(who))
    free, bound = (
        predict(snap(frame), make_spec(label="label", features=binding), cache_dir=tmp_path).estimator
        for binding in ({"exclude": ["who"]}, {"groups": "who"})
    )

    assert (free, bound) == ("lightgbm", "linear")


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_learners_are_compared_in_other_folds_with_classes_in_their_shares(n_folds):
    """No fold is on both sides, there are 2,000 rows at most, and a rare class is on both sides in its share."""
    rng = np.random.default_rng(0)
    y = (np.arange(6000) % 50 == 0).astype(np.int64)
    fold = rng.permutation(np.arange(6000) // 50 % n_folds)
    train, test = split_folds(fold, y, Learner("classification", 2))

    assert not set(fold[train]) & set(fold[test])
    assert (len(train), len(test)) == (1334, 666)
    assert 0.01 < y[train].mean() < 0.03
    assert 0.01 < y[test].mean() < 0.03


def test_learners_are_compared_where_the_fitted_rows_have_every_class():
    """A class that two folds hold alone is not asked about by models that have never seen it."""
    fold = np.arange(500) % 5
    for pair in itertools.combinations(range(5), 2):
        y = (np.isin(fold, pair) & (np.arange(500) > 250)).astype(np.int64)
        train, test = split_folds(fold, y, Learner("classification", 2))

        assert set(y[test]) <= set(y[train])


@pytest.mark.parametrize(
    "bad",
    [
        ({"features": {"time": "when", "groups": "who"}}, {}, (SpecError, "both set")),
        ({"features": {"embeddings": ["x"], "exclude": ["x"]}}, {}, (SpecError, "no array of numbers")),
        (
            {"features": {"embeddings": ["x"]}},
            {"x": pl.when(pl.col("when") > 9).then([1.0]).otherwise([1.0, 2.0])},
            (DataError, "no array of numbers"),
        ),
        ({"features": {"groups": "who"}}, {"who": pl.lit(1)}, (DataError, "one group")),
        ({"features": {"time": "when"}}, {"when": pl.lit(None, pl.Int64)}, (DataError, "null in 400 labelled rows")),
        (
            {"features": {"groups": "who"}},
            {"who": pl.when(pl.col("when") > 0).then(pl.col("who"))},
            (DataError, r"null in 1 labelled row\."),
        ),
        ({"features": {"time": "when"}}, {"when": pl.lit(3)}, (DataError, "no order")),
        ({}, {"label": pl.when(pl.col("when") < 3).then(2).otherwise(pl.col("label"))}, (DataError, "'2' has 3 rows")),
        ({"estimator": "no.such:thing"}, {}, (SpecError, "cannot be imported")),
        (
            {"estimator": "sklearn.linear_model:Ridge"},
            {},
            (SpecError, "is a regressor, but the task"),
        ),
    ],
)
def test_what_cannot_be_predicted_is_explained(snap, clusters, tmp_path, bad):
    """Every bad input is one line of the right kind, and leaves no file behind."""
    folder = tmp_path / "run"
    parts, change, (error, message) = bad
    with pytest.raises(error, match=message) as caught:
        predict(snap(clusters.with_columns(**change)), make_spec(label="label", **parts), cache_dir=folder)

    assert "\n" not in str(caught.value)
    assert not folder.exists()


def test_the_audit_tells_first_of_ids_that_name_no_row(snap, clusters, tmp_path):
    """The note is among those that the record of the labels takes over, and counts rows without a label too."""
    frame = clusters.with_columns(key=pl.int_range(pl.len()) // 2)
    found = predict(snap(frame), make_spec(label="label", id="key"), cache_dir=tmp_path)

    assert found.notes[0].startswith("The id column 'key' has 200 repeats, so an id of the worklist may mean")


def test_an_estimator_takes_the_table_or_the_matrix(snap, clusters, tmp_path):
    """An estimator that cannot take text or missing values gets numbers without them, and the record says so."""
    frame = clusters.with_columns(
        color=pl.when(pl.col("when") < 9).then(None).otherwise(pl.col("who").cast(pl.String)),
        x=pl.when(pl.col("when") == 50).then(None).otherwise(pl.col("x")),
    )
    spec = make_spec(label="label", id="key", estimator="sklearn.linear_model:LogisticRegression")
    found = predict(snap(frame), spec, cache_dir=tmp_path)

    assert found.matrix_path is not None
    assert not np.isnan(np.load(found.matrix_path)).any()
    assert any("medians for missing values, for it cannot take the table" in note for note in found.notes)
    assert found.estimator == "sklearn.linear_model:LogisticRegression"


def test_an_estimator_without_probabilities_is_noted(snap, clusters, tmp_path):
    """A classifier that only decides is read through its decision function, with a note."""
    spec = make_spec(label="label", id="key", features={"exclude": ["who"]}, estimator="sklearn.svm:LinearSVC")
    found = predict(snap(clusters), spec, cache_dir=tmp_path)

    assert any("no predict_proba; a softmax of its decision_function" in note for note in found.notes)
    assert any("fitted on the table as it is" in note for note in found.notes)
    assert found.matrix_path is None


def test_progress_is_told_fold_by_fold(snap, clusters, tmp_path):
    """A listener hears how many fits are done."""
    heard = []

    class Ear:
        def start(self, stage, total): ...
        def finish(self, stage, outcome, seconds, note): ...
        def advance(self, stage, done, total):
            heard.append((stage, done, total))

    with report_to(Ear()):
        predict(snap(clusters), make_spec(label="label", id="key"), cache_dir=tmp_path)

    assert heard == [("predict", i, 5) for i in range(6)]


def test_a_broken_cache_is_explained(snap, clusters, tmp_path):
    """Predictions that cannot be read again are a data error."""
    found = predict(snap(clusters), make_spec(label="label"), cache_dir=tmp_path)
    (tmp_path / "predictions.npz").write_bytes(b"not an archive")
    with pytest.raises(DataError, match="cannot be read from the cache"):
        load_arrays(found)
