from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.lessons import tell_sides
from datassay.labels.metrics import score
from datassay.labels.regression import judge_numbers, measure_residuals, scale_residuals
from datassay.labels.scales import Scale, list_scales


def honest(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictions, and labels with heavy-tailed errors that grow with the prediction."""
    rng = np.random.default_rng(seed)
    pred = rng.uniform(1, 10, n)
    return pred, pred + 0.05 * pred * rng.standard_t(5, n)


def test_wrong_numbers_are_found_and_counted():
    """Labels that lie far off come first, and the rate's interval holds their share."""
    pred, labels = honest(2000, 0)
    rng = np.random.default_rng(1)
    wrong = rng.random(2000) < 0.08
    labels[wrong] += rng.choice([-1, 1], wrong.sum()) * rng.uniform(2, 6, wrong.sum())
    judged = judge_numbers(labels, pred)
    worst = np.argsort(-judged.p_wrong)[:100]

    assert wrong[worst].mean() > 0.9
    assert judged.noise_rate.low <= wrong.mean() <= judged.noise_rate.high
    assert judged.is_issue[wrong].mean() > 0.6
    assert (judged.suggested == pred).all()


def test_honest_heavy_tails_are_not_accused():
    """Large residuals that the bulk explains are no errors."""
    pred, labels = honest(4000, 0)
    judged = judge_numbers(labels, pred)

    # What no residual shows is all that is told.
    assert judged.noise_rate.estimate == pytest.approx(0.02, abs=0.005)
    assert judged.noise_rate.low < 0.002
    assert judged.is_issue.mean() < 0.005


@pytest.mark.parametrize("n_values", [3, 40])
def test_an_almost_perfect_model_accuses_no_number(n_values):
    """Where most numbers are foretold to the last digit, others are not wrong for being further off; errors are."""
    rng = np.random.default_rng(0)
    labels = rng.integers(n_values, size=2000) / n_values
    pred = labels + np.where(rng.random(2000) < 0.3, rng.normal(0, 0.01, 2000), rng.normal(0, 1e-5, 2000))
    wrong = rng.random(2000) < 0.05
    given = np.where(wrong, labels + 1, labels)

    clean, dirty = judge_numbers(labels, pred), judge_numbers(given, pred)

    assert (clean.noise_rate.low, clean.is_issue.sum()) == (0, 0)
    assert clean.noise_rate.estimate < 0.03
    assert wrong[np.argsort(-dirty.p_wrong)[: wrong.sum()]].all()
    assert dirty.noise_rate.estimate == pytest.approx(wrong.mean(), abs=0.02)


def test_residuals_are_compared_with_their_like():
    """A residual is large or small by the size of residuals near its prediction."""
    pred, labels = honest(4000, 0)
    sizes, units = scale_residuals(labels, pred)
    low, high = np.median(sizes[pred < 3]), np.median(sizes[pred > 8])
    raw = np.abs(labels - pred)

    assert high / low < 0.7 * np.median(raw[pred > 8]) / np.median(raw[pred < 3])
    assert sizes * units == pytest.approx(np.abs(labels - pred - np.median(labels - pred)))


@settings(deadline=None, max_examples=25)
@given(
    n=st.integers(20, 300),
    seed=st.integers(0, 1000),
    scale=st.sampled_from([1e-9, 1.0, 1e9]),
    exact=st.sampled_from([0.0, 0.6, 1.0]),
)
def test_numbers_of_any_size_give_probabilities(n, seed, scale, exact):
    """Scores lie in [0, 1] for labels of any unit, even where most of them are predicted exactly."""
    pred, labels = honest(n, seed)
    same = np.random.default_rng(seed).random(n) < exact
    labels[same] = pred[same]
    judged = judge_numbers(labels * scale, pred * scale)

    assert ((judged.p_wrong >= 0) & (judged.p_wrong <= 1)).all()
    assert ((judged.quality >= 0) & (judged.quality <= 1)).all()
    assert 0 <= judged.noise_rate.low <= judged.noise_rate.estimate <= judged.noise_rate.high <= 1


def test_the_unit_of_the_label_does_not_matter():
    """Metres or millimetres: the same rows are wrong with the same probability."""
    pred, labels = honest(300, 3)

    assert judge_numbers(labels, pred).p_wrong == pytest.approx(judge_numbers(1000 * labels, 1000 * pred).p_wrong)


def prices(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictions over two orders of magnitude, and labels that differ from them by a factor."""
    rng = np.random.default_rng(seed)
    pred = np.exp(rng.normal(5, 1, n))
    return pred, pred * np.exp(rng.normal(0, 0.3, n))


def test_errors_that_grow_with_the_number_are_measured_by_ratio():
    """Prices are compared as ratios, measurements with even errors as they are."""
    pred, labels = prices(2000, 0)
    rng = np.random.default_rng(0)
    even = rng.uniform(1, 10, 2000)

    assert measure_residuals(labels, pred).scale.kind == "ratio"
    assert measure_residuals(even + rng.normal(0, 0.3, 2000), even).scale.kind == "given"
    assert measure_residuals(labels - 200, pred - 200).scale.kind == "given"


def test_lost_digits_of_small_prices_are_found_and_dear_houses_are_not_accused():
    """A price a tenth of what it should be stands out by its ratio, however small its difference is."""
    pred, labels = prices(2000, 0)
    assert judge_numbers(labels, pred).noise_rate.low < 0.002
    wrong = np.random.default_rng(1).choice(2000, 100, replace=False)
    labels[wrong] /= 10
    judged = judge_numbers(labels, pred)
    by_difference = np.argsort(-np.abs(labels - pred))[:100]

    assert np.isin(np.argsort(-judged.p_wrong)[:100], wrong).mean() > 0.9
    assert np.isin(by_difference, wrong).mean() < 0.6
    assert judged.noise_rate.low <= 0.05 <= judged.noise_rate.high


@settings(deadline=None, max_examples=50)
@given(
    values=st.lists(st.floats(0, 1e9), min_size=2, max_size=30),
    kind=st.sampled_from(["given", "root", "ratio"]),
    offset=st.floats(1e-3, 1e3),
)
def test_numbers_come_back_from_every_scale(values, kind, offset):
    """What is written on a scale reads as it was, order kept, and never below zero where nothing was."""
    numbers = np.array(values)
    scale = Scale(kind, offset)

    assert scale.read(scale.write(numbers)) == pytest.approx(numbers, rel=1e-6, abs=1e-6 * offset)
    assert (np.diff(scale.write(np.sort(numbers))) >= 0).all()


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [-1.0, 2.0, 3.0], [0.0, 0.0, 1e-300]])
def test_numbers_without_ratios_are_taken_as_they_are(values):
    """Negative numbers have no ratio, and nothing but zeros has no unit."""
    assert [scale.kind for scale in list_scales(np.array(values))] == ["given"]


def test_a_table_of_numbers_is_audited_like_classes(audit, tmp_path):
    """Regression has a worklist with numbers, no matrix and no classes, and takes reviews."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, (500, 3))
    y = x @ [1.0, 2.0, -1.0] + rng.normal(0, 0.3, 500)
    given_labels = y.copy()
    given_labels[:30] += 15
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": given_labels})
    rows = rng.permutation(500)[:80]
    pl.DataFrame({"id": rows, "true_label": y[rows], "drawn": ["random"] * 80}).write_csv(tmp_path / "r.csv")
    plain, reviewed = audit(frame), audit(frame, trusted={"reviews": "r.csv"}, root=tmp_path)

    assert len(set(plain.worklist["row"][:30]) & set(range(30))) >= 28
    assert plain.labels.noise_rate.low <= 0.06 <= plain.labels.noise_rate.high
    assert (plain.labels.transition_matrix, plain.labels.classes, plain.labels.per_class) == ([], [], [])
    assert plain.worklist["suggested_label"].dtype == pl.Float64
    assert reviewed.labels.noise_rate_source == "review"
    assert reviewed.labels.noise_rate.low <= 0.06 <= reviewed.labels.noise_rate.high


def test_reviews_of_a_few_numbers_find_the_corner_that_is_wrong(audit, tmp_path):
    """Where one corner of the table is off, a model takes it for the truth; reviews there speak for its other rows."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, (900, 3))
    y = x @ [1.0, 2.0, -1.0] + rng.normal(0, 0.5, 900)
    wrong = (x[:, 0] > 8) & (x[:, 1] > 4)
    given_labels = np.where(wrong, y + 6, y)
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": given_labels})
    rows = rng.permutation(900)[:100]
    pl.DataFrame({"id": rows, "true_label": y[rows], "drawn": ["random"] * 100}).write_csv(tmp_path / "r.csv")
    plain, reviewed = audit(frame), audit(frame, trusted={"reviews": "r.csv"}, root=tmp_path)

    def share(done) -> float:
        left = done.worklist.filter(~pl.col("is_reviewed"))["row"].to_numpy()
        return float(wrong[left[:60]].mean())

    assert 0.08 < wrong.mean() < 0.16
    assert share(plain) < 0.5
    assert share(reviewed) > 0.8


def test_sides_are_told_by_what_was_foreseen():
    """A number lies above its prediction or not."""
    assert tell_sides(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])).tolist() == [0, 0, 1]


def test_real_errors_of_a_sensor_are_within_the_interval(audit, data_file):
    """On an air sensor's record with 5 % errors, most of them too small to see, the interval holds the truth."""
    frame = pl.read_parquet(data_file("reg_airquality_co/data.parquet"))
    truth = pl.read_parquet(data_file("reg_airquality_co/truth.parquet"))["is_label_error"].to_numpy()
    done = audit(frame, label="given_label", id="row_id")
    hits = truth[done.worklist["row"].to_numpy()]

    assert done.labels.noise_rate.low <= truth.mean() <= done.labels.noise_rate.high
    assert hits[:300].mean() > 1.5 * truth.mean()


@pytest.mark.parametrize("offset", [0.0, 1e12, -1e15])
def test_numbers_far_from_zero_are_foretold_as_well_as_others(offset):
    """Times in milliseconds differ only in digits that 32-bit floats do not have: trees get them centered."""
    X = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    y = offset + 1000 * (X[:, 0] + 0.5 * X[:, 1]).astype(np.float64)
    learner = Learner("regression", 0, seed=0)
    with fitting():
        pred = learner.fit_predict(Features(matrix=X), y, np.arange(300), np.arange(300, 400))

    assert score("r2", y[300:], pred) > 0.9
