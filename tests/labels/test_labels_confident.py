from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels_support import plant, planted

from datassay.errors import EngineError
from datassay.labels import noise_rate as rates
from datassay.labels.confident import anchor_rate, find_class_noise, judge_classes
from datassay.labels.posterior import expit, logit, precision_points, rescale
from datassay.labels.transition import to_transition
from datassay.results import Interval


def world(k: int, n: int, rate: float, seed: int, *, doubt: float = 1.0, kind: str = "even"):
    """Given labels and honest probabilities, without a model: true classes, features and noise are drawn."""
    rng = np.random.default_rng(seed)
    y = np.sort(rng.integers(0, k, n))
    y[:k] = np.arange(k)
    given = plant(kind, y, rate, seed + 1)
    given[:k] = np.arange(k)
    pred = rng.dirichlet(np.full(k, 0.3), n) * doubt + 3 * np.eye(k)[y]
    return y, given, pred / pred.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("name", "kind", "rate", "least"),
    [("digits", "even", 0.1, 0.8), ("digits", "class", 0.1, 0.8), ("cancer", "even", 0.1, 0.6)],
)
def test_planted_errors_are_found(audit, name, kind, rate, least):
    """Of planted wrong labels most are at the top of the worklist, and the rate's interval holds the truth."""
    data = planted(name, kind, rate)
    done = audit(data.frame)
    rows = done.worklist["row"].to_numpy()
    n_wrong = int(data.is_wrong.sum())
    hits = data.is_wrong[rows]

    assert hits[: n_wrong // 2].mean() > least
    assert hits[: 2 * n_wrong].sum() > least * n_wrong
    assert done.labels.noise_rate.low <= data.is_wrong.mean() <= done.labels.noise_rate.high
    assert done.labels.noise_rate_source == "model"


def test_suggestions_are_mostly_the_truth(audit):
    """What is suggested for a wrong label is the true one in most cases."""
    data = planted("digits", "even", 0.1)
    done = audit(data.frame)
    top = done.worklist.head(40)
    wrong = data.is_wrong[top["row"].to_numpy()]
    right = top["suggested_label"].to_numpy() == data.true[top["row"].to_numpy()]

    assert (top["suggested_label"] != top["given_label"]).all()
    assert right[wrong].mean() > 0.8


def test_clean_labels_are_not_accused(audit):
    """A table without errors has a low rate whose interval reaches down to nothing."""
    done = audit(planted("digits", "even", 0.0).frame)

    assert done.labels.noise_rate.estimate < 0.03
    assert done.labels.noise_rate.low < 0.002


def test_noise_that_depends_on_the_class_shows_in_the_matrix(audit):
    """T shows which class is given for which."""
    done = audit(planted("cancer", "class", 0.1, n=569).frame)
    T = np.array(done.labels.transition_matrix)

    assert T[0, 1] > 2 * T[1, 0]


def test_the_record_agrees_with_itself(audit):
    """Counts, rates, matrix and worklist of one audit tell one story."""
    data = planted("digits", "even", 0.12)
    done = audit(data.frame)
    labels, list_ = done.labels, done.worklist

    assert labels.n_labelled == list_.height == 700
    assert labels.n_issues == list_["is_issue"].sum() == sum(part.n_issues for part in labels.per_class)
    assert labels.noise_rate.estimate == pytest.approx(0.12, abs=0.02)
    assert list_["p_wrong"].mean() == pytest.approx(labels.noise_rate.estimate, abs=1e-6)
    assert sum(part.noise_rate * part.n_given for part in labels.per_class) / 700 == pytest.approx(
        labels.noise_rate.estimate, abs=1e-6
    )
    assert [part.label for part in labels.per_class] == labels.classes == done.predictions.classes
    assert list_["rank"].to_list() == list(range(1, 701))
    assert list_["p_wrong"].head(labels.n_issues).mean() > 3 * list_["p_wrong"].mean()
    assert list_["label_quality"].is_between(0, 1).all()
    for point in labels.detector_precision:
        assert point.precision.estimate == pytest.approx(list_["p_wrong"].head(point.k).mean())
        assert 0 <= point.precision.low <= point.precision.estimate <= point.precision.high <= 1
    assert {10, 30, 60, 90, labels.n_issues} <= {point.k for point in labels.detector_precision}


def test_the_worklist_names_rows_by_their_id(audit):
    """Rows carry the id column's values, or their numbers where there is none."""
    data = planted("digits", "even", 0.1, n=300).frame
    named = data.with_columns(key=pl.Series([f"row <{i}>" for i in range(300)]))
    done = audit(named, id="key")
    plain = audit(data)

    assert done.worklist["id"].to_list() == [f"row <{i}>" for i in done.worklist["row"]]
    assert plain.worklist["id"].to_list() == plain.worklist["row"].to_list()


def test_what_the_predictions_noted_is_told(audit):
    """Rows and columns that were left out, and whatever else the predictions noted, are told with the labels."""
    data = planted("digits", "even", 0.1, n=300).frame
    label = pl.when(pl.int_range(pl.len()) % 50 == 0).then(None).otherwise(pl.col("label"))
    done = audit(data.with_columns(label=label))

    assert "6 rows without a label are left out." in done.labels.notes
    assert any(note.startswith("Left out as") for note in done.labels.notes)
    assert done.labels.notes[: len(done.predictions.notes)] == done.predictions.notes


@settings(deadline=None, max_examples=25)
@given(
    k=st.integers(2, 12),
    n=st.integers(80, 400),
    noise=st.tuples(st.sampled_from(["even", "class"]), st.sampled_from([0.0, 0.03, 0.2, 0.45])),
    doubt=st.sampled_from([0.1, 3.0, 10.0]),
    seed=st.integers(0, 1000),
)
def test_everything_is_a_probability(k, n, noise, doubt, seed):
    """Rows of T sum to 1, scores lie in [0, 1], and the mean of P(wrong) is the rate."""
    _, given_labels, pred = world(k, n, noise[1], seed, doubt=doubt, kind=noise[0])
    found = find_class_noise(given_labels, pred)
    interval = found.rate
    T = to_transition(found.joint, interval.estimate)
    judged = judge_classes(given_labels, found, T, interval)

    assert T.sum(axis=1) == pytest.approx(1.0)
    assert ((T >= 0) & (T <= 1)).all()
    assert ((judged.p_wrong >= 0) & (judged.p_wrong <= 1)).all()
    assert ((judged.quality >= 0) & (judged.quality <= 1)).all()
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    assert 0 <= found.anchor_rate <= 1
    assert judged.p_wrong.mean() == pytest.approx(max(interval.estimate, 0.5 / n), abs=1e-6)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed):
    """With the same predictions, every row's scores are the same wherever it stands."""
    _, given_labels, pred = world(4, 200, 0.15, seed, doubt=3.0)
    order = np.random.default_rng(seed).permutation(200)
    results = []
    for labels, probabilities in ((given_labels, pred), (given_labels[order], pred[order])):
        found = find_class_noise(labels, probabilities)
        interval = found.rate
        T = to_transition(found.joint, interval.estimate)
        results.append((T, found, judge_classes(labels, found, T, interval)))
    (T1, found1, judged1), (T2, found2, judged2) = results

    assert pytest.approx(T2) == T1
    assert (found1.is_issue[order] == found2.is_issue).all()
    assert judged1.p_wrong[order] == pytest.approx(judged2.p_wrong, abs=1e-9)
    assert (judged1.suggested[order] == judged2.suggested).all()


def test_a_matrix_scales_with_the_rate():
    """T of a given rate takes exactly that share of the labels off the diagonal."""
    joint = np.array([[0.5, 0.1], [0.05, 0.35]])
    for rate in (0.0, 0.02, 0.15, 0.3):
        T = to_transition(joint, rate)
        # The share of wrong labels that T implies, with the prior that it belongs to.
        given_share = joint.sum(axis=1)
        true_share = np.linalg.solve(T.T, given_share)

        assert (true_share * (1 - np.diag(T))).sum() == pytest.approx(rate)


def test_a_matrix_without_findings_spreads_what_reviews_found():
    """Where the detector finds nothing but reviews do, T spreads the rate evenly."""
    T = to_transition(np.diag([0.5, 0.3, 0.2]), 0.1)

    assert T.sum(axis=1) == pytest.approx(1.0)
    assert (T[~np.eye(3, dtype=bool)] > 0).all()
    assert to_transition(np.diag([0.5, 0.5]), 0.0) == pytest.approx(np.eye(2))


def test_sure_predictions_that_are_contradicted_set_the_floor():
    """The anchor rate is the even noise of sure predictions, and nothing where those are never contradicted."""
    _, noisy, sure = world(3, 3000, 0.2, 0, doubt=0.2)
    y, _, _ = world(3, 3000, 0.2, 0, doubt=0.2)

    assert anchor_rate(noisy, sure) == pytest.approx(0.2, abs=0.06)
    assert anchor_rate(y, sure) == 0.0


def test_many_classes_are_no_obstacle():
    """Seventy-seven classes of unequal size are judged like two."""
    rng = np.random.default_rng(0)
    y = rng.choice(77, 3000, p=rng.dirichlet(np.full(77, 2.0)))
    y[:154] = np.tile(np.arange(77), 2)
    given_labels = plant("even", y, 0.1, 1)
    pred = rng.dirichlet(np.full(77, 0.05), 3000) + 2 * np.eye(77)[y]
    found = find_class_noise(given_labels, pred / pred.sum(axis=1, keepdims=True))

    assert found.is_issue[given_labels != y].mean() > 0.8
    assert found.is_issue[given_labels == y].mean() < 0.05


@settings(deadline=None, max_examples=25)
@given(
    k=st.integers(2, 9),
    n=st.integers(30, 300),
    noise=st.sampled_from([0.0, 0.1, 0.4]),
    decimals=st.sampled_from([1, 2, 17]),
    seed=st.integers(0, 1000),
)
def test_issues_and_quality_are_those_of_cleanlab(k, n, noise, decimals, seed):
    """Its own calls find the same rows, with probabilities that tie as well as without."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    _, given_labels, pred = world(k, n, noise, seed, doubt=3.0)
    pred = np.round(pred, decimals) + 1e-9
    pred /= pred.sum(axis=1, keepdims=True)
    found = find_class_noise(given_labels, pred)

    assert (found.is_issue == find_label_issues(given_labels, pred, filter_by="confident_learning", n_jobs=1)).all()
    assert (found.quality == get_label_quality_scores(given_labels, pred, method="self_confidence")).all()


def test_what_cleanlab_refuses_is_one_line():
    """A failure of cleanlab is an engine's failure without its text, which may hold labels."""
    with pytest.raises(EngineError, match="cleanlab could not judge"):
        find_class_noise(np.array([0, 1, 1]), np.array([[0.5, 0.5], [0.1, 0.9]]))


def test_rescaling_keeps_the_order_and_meets_the_mean():
    """A shift of log-odds changes the level and nothing else, however extreme the odds."""
    odds = np.random.default_rng(0).normal(0, 20, 500)
    for mean in (1e-4, 0.05, 0.5, 0.999):
        p = rescale(odds, mean)

        assert p.mean() == pytest.approx(mean, abs=1e-9)
        assert (np.diff(p[np.argsort(odds)]) >= 0).all()


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("odds", [np.zeros(4), np.array([-3.0, 0.0, 5.0]), np.array([2.0]), np.array([])])
def test_rescaling_meets_every_mean_of_any_rows(odds, mean):
    """Rows that are all alike, one row or none, and rates of zero and one: probabilities with that mean."""
    p = rescale(odds, mean)

    assert p.shape == odds.shape
    assert not len(p) or p.mean() == pytest.approx(mean, abs=1e-9)


def test_log_odds_are_finite_at_the_ends():
    """Certainty is held a millionth short, and extreme odds do not overflow."""
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
    assert expit(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_models_claim_has_a_wide_interval():
    """Without reviews, precision is the model's claim with the measured width around it."""
    p_model = np.array([0.9, 0.7, *[0.2] * 98])
    rate = Interval(estimate=0.2, low=0.1, high=0.4)
    (point,) = precision_points(p_model, [2], rate, None)

    assert point.precision.estimate == pytest.approx(0.8)
    assert (point.precision.low, point.precision.high) == (pytest.approx(0.16), 1.0)


def test_precision_cannot_say_more_than_the_rate():
    """Where there may be no wrong labels at all, none of the worst may be wrong; and never more than there are."""
    p_model = np.array([*[0.5] * 10, *[0.0] * 90])
    few, many = precision_points(p_model, [2, 50], Interval(estimate=0.05, low=0.0, high=0.1), None)

    assert few.precision.low == many.precision.low == 0
    assert many.precision.high == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("n_found", "anchor_rate", "disagreement"),
    [(0, 0.0, 0.0), (0, 0.0, 0.2), (40, 0.0, 0.15), (40, 0.08, 0.1), (40, 0.3, 0.5), (400, 0.4, 1.0)],
)
def test_the_rates_interval_is_wide_and_ordered(n_found, anchor_rate, disagreement):
    """The estimate lies inside, and the lower end is nothing where the surest predictions are never contradicted."""
    rate = rates.from_model(n_found, 400, anchor_rate=anchor_rate, disagreement=disagreement)

    assert 0 <= rate.low <= rate.estimate <= rate.high <= 1
    assert rate.estimate <= max(disagreement, n_found / 400)
    assert (rate.low == 0) == (anchor_rate == 0 or n_found == 0)


def test_a_count_is_believed_where_the_model_is_sure_and_not_where_it_guesses():
    """A fifth of the labels contradicted is noise to a model that is right elsewhere, and doubt to one that is not."""
    sure = rates.from_model(80, 400, anchor_rate=0.19, disagreement=0.21)
    guessing = rates.from_model(80, 400, anchor_rate=0.05, disagreement=0.4)

    assert sure.estimate == pytest.approx(0.2, abs=0.02)
    assert guessing.estimate < 0.13
    assert guessing.high / guessing.low > sure.high / sure.low


@pytest.mark.parametrize("contradicted", [0.6, 0.75, 0.9])
def test_what_a_poor_model_of_many_classes_contradicts_is_not_taken_for_noise(contradicted):
    """Where even the surest predictions are wrong more often than labels ever are, what is usual is told."""
    rate = rates.from_model(round(400 * contradicted), 400, anchor_rate=contradicted - 0.02, disagreement=contradicted)

    assert rate.low < rates.USUAL < rate.estimate < 0.2
    assert rate.high > 0.25


def test_labels_made_by_rules_are_found_wrong(audit, data_file):
    """On news labelled by word lists the interval holds the truth and P(wrong) tells right from wrong."""
    frame = pl.read_parquet(data_file("distant_yoruba/data.parquet"))
    truth = pl.read_parquet(data_file("distant_yoruba/truth.parquet"))
    done = audit(frame, label="given_label", id="row_id", features={"exclude": ["split", "text"]})
    wrong = truth["is_label_error"].to_numpy()
    # The worklist puts rare classes first; here the question is what P(wrong) is worth.
    hits = wrong[done.worklist.sort("p_wrong", descending=True)["row"].to_numpy()]

    assert done.labels.noise_rate.low <= wrong.mean() <= done.labels.noise_rate.high
    assert hits[:200].mean() > 1.7 * wrong.mean()
