"""Reviewers who err: how often, and what that does to what they find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from datassay.labels import lessons
from datassay.labels import noise_rate as rates
from datassay.labels.lessons import count_proven, learn
from datassay.labels.places import find_places
from datassay.labels.posterior import apply, logit, precision_points, recalibrate, rescale
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.reviewers import (
    certain,
    estimate_accuracy,
    join_reviewers,
    rate_from_reviews,
    recalibrate_reviews,
    seen_rates,
    to_accuracy,
)
from datassay.labels.votes import Vote, count_votes
from datassay.results import Interval

KNOWN = estimate_accuracy(0, 0, n_classes=2, prior=0.95)
PRIOR = Interval(estimate=0.1, low=0.03, high=0.25)


def answer(rng, true, accuracy, k):
    """What reviewers of this accuracy say of labels (n,): errors fall on the other classes alike."""
    errs = rng.random(len(true)) >= accuracy
    return np.where(errs, (true + rng.integers(1, k, len(true))) % k, true)


@given(accuracy=st.floats(0.0, 1.0), k=st.sampled_from([0, 2, 3, 10, 77]))
def test_accuracy_and_agreement_are_each_other_s_inverse(accuracy, k):
    """From an accuracy at least as good as guessing, two reviewers' agreement leads back to it."""
    chance = 1 / (k - 1) if k else 0.0
    accuracy = max(accuracy, 1 / k if k else 0.0)
    agreement = np.array([accuracy**2 + chance * (1 - accuracy) ** 2])

    assert to_accuracy(agreement, chance)[0] == pytest.approx(accuracy, abs=1e-6)


@pytest.mark.parametrize("k", [2, 5])
def test_what_is_seen_follows_from_accuracy_and_noise(k):
    """The formula of the seen rate is what simulated reviewers do."""
    rng = np.random.default_rng(k)
    n, noise, accuracy = 200_000, 0.2, 0.85
    true = rng.integers(0, k, n)
    labels = answer(rng, true, 1 - noise, k)
    called = answer(rng, true, accuracy, k) != labels
    right, wrong = seen_rates(np.array(accuracy), 1 / (k - 1))

    assert called[labels == true].mean() == pytest.approx(float(right), abs=0.005)
    assert called[labels != true].mean() == pytest.approx(float(wrong), abs=0.01)


@pytest.mark.parametrize(("prior", "k"), [(0.3, 2), (0.45, 2), (0.2, 3)])
def test_worse_than_guessing_is_not_turned_into_good(prior, k):
    """Two who are nearly always wrong agree as often as two who are nearly always right; that speaks for neither."""
    assert estimate_accuracy(0, 0, n_classes=k, prior=prior).expected == pytest.approx(1 / k, abs=0.02)


@pytest.mark.parametrize(("n_agree", "n_pairs"), [(0, 0), (1, 1), (60, 60), (30, 60)])
def test_agreement_does_not_turn_bad_reviewers_into_good_ones(n_agree, n_pairs):
    """For two classes agreement is the same for r and 1 - r: the stated side stays, and answers count as guesses."""
    found = estimate_accuracy(n_agree, n_pairs, n_classes=2, prior=0.2)
    good = estimate_accuracy(n_agree, n_pairs, n_classes=2, prior=0.8)
    right, wrong = seen_rates(found.spread(5), found.chance)

    assert found.interval.estimate == pytest.approx(1 - good.interval.estimate)
    assert found.interval.low <= found.interval.estimate <= found.interval.high <= 0.5
    assert right == pytest.approx(np.full(5, 0.5))
    assert wrong == pytest.approx(right)


@pytest.mark.parametrize(("n_pairs", "k"), [(10, 2), (20, 2), (60, 2), (60, 5)])
def test_people_who_contradict_each_other_throughout_are_heard_as_guesses(n_pairs, k):
    """They are no better than guesses on average, and no interval pretends to know more: one may always be wrong."""
    found = estimate_accuracy(0, n_pairs, n_classes=k, prior=0.97)
    right, wrong = seen_rates(found.spread(5), found.chance)

    assert found.is_guess
    assert found.interval.low == 0
    assert found.interval.estimate == pytest.approx(1 / k)
    assert found.interval.high >= found.interval.estimate
    assert found.heard.low == found.heard.high == found.expected == pytest.approx(1 / k)
    assert right == pytest.approx(wrong)


def test_people_who_agree_more_often_than_guesses_are_no_guesses():
    """Half of twenty pairs agree: with what was stated before that is more than guesses do, and numbers never guess."""
    assert not estimate_accuracy(10, 20, n_classes=2, prior=0.97).is_guess
    assert not estimate_accuracy(0, 60, n_classes=0, prior=0.97).is_guess


def test_agreement_that_bad_reviewers_cannot_reach_shows_good_ones():
    """With ten classes even people who are always wrong agree in a ninth of the rows only."""
    assert estimate_accuracy(28, 30, n_classes=10, prior=0.05).interval.estimate > 0.7
    assert estimate_accuracy(2, 30, n_classes=10, prior=0.05).interval.estimate < 0.1


def test_repeats_move_the_accuracy_from_what_the_definition_says():
    """Without repeats the definition's word stands; many repeats replace it, and narrow the interval."""
    none = estimate_accuracy(0, 0, n_classes=2, prior=0.9).interval
    many = estimate_accuracy(392, 400, n_classes=2, prior=0.9).interval

    assert none.estimate == pytest.approx(0.9)
    assert many.estimate == pytest.approx(0.99, abs=0.01)
    assert many.high - many.low < (none.high - none.low) / 5
    assert 0 <= none.low <= none.estimate <= none.high <= 1


@pytest.mark.parametrize("k", [2, 6])
def test_the_interval_of_accuracy_holds_the_truth_as_often_as_it_says(k):
    """Of 400 sets of 60 repeats, about 80 % of the intervals hold the reviewers' accuracy."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        true = rng.integers(0, k, 60)
        agree = int((answer(rng, true, 0.92, k) == answer(rng, true, 0.92, k)).sum())
        found = estimate_accuracy(agree, 60, n_classes=k, prior=0.95).interval
        held += found.low <= 0.92 <= found.high

    assert 0.72 <= held / 400 <= 0.92


def expect_plainly(n_wrong, n_reviewed, n):
    """The closed form for a reviewer who never errs: a Beta posterior for the rows that nobody has looked at."""
    a, b = rates.prior_rows(PRIOR)
    left = beta(a + n_wrong, b + n_reviewed - n_wrong)
    low, high = left.ppf([0.1, 0.9])
    estimate, low, high = ((n_wrong + (n - n_reviewed) * share) / n for share in (left.mean(), low, high))
    return Interval(estimate=estimate, low=min(low, estimate), high=max(high, estimate))


@pytest.mark.parametrize(
    ("n_wrong", "n_reviewed", "n"), [(0, 5, 100), (12, 100, 10_000), (30, 100, 100), (2, 900, 900)]
)
def test_a_reviewer_who_never_errs_changes_nothing(n_wrong, n_reviewed, n):
    """With an accuracy of 1 the rate is that of the plain Beta posterior, also for a census."""
    plain = expect_plainly(n_wrong, n_reviewed, n)
    found = rate_from_reviews(PRIOR, n_wrong, n_reviewed, n, certain(2))

    assert found.estimate == pytest.approx(plain.estimate, abs=1e-4)
    assert found.low == pytest.approx(plain.low, abs=1e-3)
    assert found.high == pytest.approx(plain.high, abs=1e-3)


def test_answers_that_a_reviewer_s_errors_explain_are_no_noise():
    """Where as many labels are called wrong as a reviewer errs, the noise rate may be zero, and is never negative."""
    accuracy = estimate_accuracy(0, 0, n_classes=2, prior=0.9)
    found = rate_from_reviews(PRIOR, 10, 100, 10_000, accuracy)
    plain = expect_plainly(10, 100, 10_000)

    assert 0 <= found.low < 0.01
    assert found.estimate < 0.7 * plain.estimate
    assert found.high > 0.09


@pytest.mark.parametrize(("accuracy", "k"), [(0.9, 2), (0.9, 5), (0.97, 3)])
def test_the_corrected_rate_covers_the_truth_where_the_plain_one_does_not(accuracy, k):
    """With 300 reviews by people who err, corrected intervals hold a small noise rate about as often as they say."""
    rng = np.random.default_rng(1)
    known = estimate_accuracy(round(400 * (accuracy**2 + (1 - accuracy) ** 2 / (k - 1))), 400, n_classes=k, prior=0.95)
    held = plain = 0
    for _ in range(200):
        true = rng.integers(0, k, 300)
        labels = answer(rng, true, 0.92, k)
        called = int((answer(rng, true, accuracy, k) != labels).sum())
        found, naive = (
            rate_from_reviews(PRIOR, called, 300, 100_000, known),
            expect_plainly(called, 300, 100_000),
        )
        held += found.low <= 0.08 <= found.high
        plain += naive.low <= 0.08 <= naive.high

    assert held / 200 >= 0.72
    assert held > plain


def test_the_ranking_is_not_blamed_for_the_reviewer_s_errors():
    """Precision at depth has no bias where a reviewer gets a tenth of all labels wrong, and its intervals hold."""
    rng = np.random.default_rng(2)
    known = estimate_accuracy(328, 400, n_classes=2, prior=0.9)
    off, naive_off, held = [], [], 0
    for seed in range(30):
        claims = np.sort(rng.beta(0.5, 3, 4000))[::-1]
        is_wrong = rng.random(4000) < claims
        rows = np.concatenate([np.arange(0, 400, 4), rng.choice(4000, 200, replace=False)])
        called = is_wrong[rows] ^ (rng.random(300) < 0.1)
        naive = recalibrate(claims[rows], called, seed)
        corrected = recalibrate_reviews(claims[rows], called, seed, known)
        truth = float(is_wrong[:2000].mean())
        found, plain = (precision_points(claims, [2000], PRIOR, one)[0].precision for one in (corrected, naive))
        off.append(found.estimate - truth)
        naive_off.append(plain.estimate - truth)
        held += found.low <= truth <= found.high

    assert abs(np.mean(off)) < 0.02 < np.mean(naive_off)
    assert held >= 20


@given(
    ends=st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3),
    believed=st.floats(0.0, 1.0),
    weight=st.floats(0.0, 0.5),
)
def test_two_judgements_of_a_rate_meet_between_each_other(ends, believed, weight):
    """The combined rate lies between both, in an interval that is no wider in log-odds; no weight changes nothing."""
    low, estimate, high = sorted(ends)
    sampled = Interval(estimate=estimate, low=low, high=high)
    found = rates.combine(sampled, believed, weight)

    assert min(estimate, believed) - 1e-9 <= found.estimate <= max(estimate, believed) + 1e-9
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert wide(found) <= wide(sampled) + 1e-6
    unweighted = rates.combine(sampled, believed, 0.0)
    assert (unweighted.low, unweighted.estimate, unweighted.high) == pytest.approx((low, estimate, high))


def wide(interval):
    low, high = (np.log(p / (1 - p)) for p in np.clip([interval.low, interval.high], 0.001, 0.999))
    return high - low


def test_beliefs_that_heard_all_reviews_bring_the_rate_nearer_to_the_truth():
    """On 40 tables with sixty random and forty listed reviews, the rate errs less than that of the sample alone."""
    alone, together, held = [], [], 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = 1500
        X = rng.normal(size=(n, 4)).astype(np.float32)
        true, p_wrong = (X[:, 0] > 0).astype(np.int64), np.clip(rng.beta(0.4, 3, n), 0.001, 0.9)
        labels = np.where(rng.random(n) < p_wrong, 1 - true, true)
        rate, model = float((labels != true).mean()), Interval(estimate=0.1, low=0.04, high=0.2)
        rows = rng.choice(n, 60, replace=False)
        rows = np.concatenate([rows, rng.choice(np.setdiff1d(np.argsort(-p_wrong)[:150], rows), 40, replace=False)])
        arrays = Arrays(row=np.arange(n), given=labels, pred=np.full((n, 2), 0.5), fold=np.zeros(n, dtype=np.int64))
        said = Reviews(rows, answer(rng, true[rows], 0.95, 2), np.arange(100) < 60, [], accuracy=KNOWN)
        lesson = learn(p_wrong, model, arrays, said, n_classes=2, seed=0, places=find_places(X))
        sample = rate_from_reviews(model, int((said.true != labels[rows])[:60].sum()), 60, n, KNOWN)
        alone.append(abs(sample.estimate - rate))
        together.append(abs(lesson.rate.estimate - rate))
        held += lesson.rate.low <= rate <= lesson.rate.high

    assert np.mean(together) < 0.85 * np.mean(alone)
    assert held >= 32


@pytest.mark.parametrize(("n_random", "width"), [(1, 0.985), (3, 0.955), (10, 0.85), (20, 0.7), (60, 0.7)])
@pytest.mark.parametrize("n_listed", [0, 30])
def test_an_interval_narrows_with_the_random_reviews_behind_it(monkeypatch, n_random, n_listed, width):
    """One random review takes a hundredth off the sample's own width, twenty the 30 % that beliefs can take at most."""
    told = []

    def spy(sampled, believed, weight, **parts):
        # Beliefs that the sample contradicts narrow nothing: here they agree.
        told.append((sampled, rates.combine(sampled, sampled.estimate, weight, **parts), weight))
        return told[-1][1]

    monkeypatch.setattr(lessons, "combine", spy)
    rng = np.random.default_rng(3)
    n = 4000
    X = rng.normal(size=(n, 4)).astype(np.float32)
    true, p_wrong = (X[:, 0] > 0).astype(np.int64), np.clip(rng.beta(0.4, 3, n), 0.001, 0.9)
    labels = np.where(rng.random(n) < p_wrong, 1 - true, true)
    rows = rng.choice(n, n_random + n_listed, replace=False)
    arrays = Arrays(row=np.arange(n), given=labels, pred=np.full((n, 2), 0.5), fold=np.zeros(n, dtype=np.int64))
    said = Reviews(rows, true[rows], np.arange(len(rows)) < n_random, [], accuracy=KNOWN)
    model = Interval(estimate=0.1, low=0.04, high=0.2)
    learn(p_wrong, model, arrays, said, n_classes=2, seed=0, places=find_places(X))

    ((sampled, found, weight),) = told
    assert wide(found) / wide(sampled) == pytest.approx(width, abs=0.01)
    # Listed reviews have taught beliefs something, so that these weigh more.
    assert weight == pytest.approx(0.5 * (1 - n_random / n) * min((n_random + n_listed) / 20, 1))


def table_of_errors(n=1000, rate=0.12, seed=0):
    """Labels of which some are wrong anywhere, and a fair model's word: features, truth, labels, probabilities."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    true = (X[:, 0] > 0).astype(np.int64)
    given = np.where(rng.random(n) < rate, 1 - true, true)
    share = np.clip(1 / (1 + np.exp(-2.0 * X[:, 0] + rng.normal(0, 1, n))), 0.02, 0.98)
    return X, true, given, np.column_stack([1 - share, share])


def hear(table, now, rows):
    """Return P(wrong) of the labels that are there now, after reviews of some as they were, and the rate."""
    X, true, given, pred = table
    p_wrong = rescale(logit(1 - pred[np.arange(len(now)), now]), 0.12)
    reviews = Reviews(rows, true[rows], np.arange(len(rows)) < 60, given=given[rows], accuracy=certain(2))
    arrays = Arrays(np.arange(len(now)), now, pred, np.zeros(len(now), dtype=np.int64))
    lesson = learn(p_wrong, PRIOR, arrays, reviews, n_classes=2, seed=0, places=find_places(X))
    return apply(lesson.recalibration, p_wrong), lesson.rate


@pytest.mark.parametrize("seed", range(4))
def test_putting_reviewed_labels_right_leaves_the_others_as_doubtful_as_they_were(seed):
    """What reviews found speaks of the labels as they were; that some are right by now is no riddle to be explained."""
    table = table_of_errors(seed=seed)
    _, true, given, pred = table
    worst = np.argsort(pred[np.arange(1000), given])[:100]
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(np.setdiff1d(np.arange(1000), worst))[:60], rng.permutation(worst)[:40]])
    corrected = given.copy()
    corrected[rows] = true[rows]
    left = np.setdiff1d(np.arange(1000), rows)

    before, _ = hear(table, given, rows)
    after, _ = hear(table, corrected, rows)

    assert after[left].mean() == pytest.approx(before[left].mean(), abs=0.03)
    assert np.abs(after[left] - before[left]).mean() < 0.05


def test_the_rate_is_no_lower_than_what_was_proved():
    """Errors found along the worklist are errors, though the random sample may have missed most of them."""
    table = table_of_errors()
    _, true, given, _ = table
    wrong = np.flatnonzero(given != true)
    right = np.setdiff1d(np.arange(1000), wrong)
    rows = np.concatenate([right[:60], wrong[:50]])

    _, rate = hear(table, given, rows)

    assert rate.low >= 0.05
    assert count_proven(np.full(5, 0.01), KNOWN)[0] < 1 < count_proven(np.full(5, 0.6), KNOWN)[0]


@pytest.mark.parametrize("stated", [1.0, 0.97, 0.9])
def test_a_census_is_as_sure_as_its_reviewers(stated):
    """Every label reviewed by people who never err leaves no doubt; by people who do, the estimate has room below."""
    _, true, given, pred = table_of_errors(n=400, rate=0.14, seed=3)
    rows, seen = np.arange(400), float((given != true).mean())
    arrays = Arrays(rows, given, pred, np.zeros(400, dtype=np.int64))
    accuracy = estimate_accuracy(0, 0, n_classes=2, prior=stated)
    said = Reviews(rows, true, np.ones(400, dtype=bool), accuracy=accuracy)
    rate = learn(1 - pred[rows, given], PRIOR, arrays, said, n_classes=2, seed=0).rate

    if stated == 1:
        assert (rate.low, rate.estimate, rate.high) == pytest.approx((seen, seen, seen))
    else:
        assert rate.low < rate.estimate - 0.003 < rate.high
        assert rate.estimate < seen


def test_people_who_are_never_wrong_are_so_until_two_of_them_disagree():
    """A claim of certainty counts as one while nothing speaks against it."""
    assert estimate_accuracy(20, 20, n_classes=2, prior=1.0) == estimate_accuracy(0, 0, n_classes=2, prior=1.0)
    assert estimate_accuracy(20, 20, n_classes=2, prior=1.0).interval.low == 1
    assert estimate_accuracy(19, 20, n_classes=2, prior=1.0).interval.high < 1


def test_a_sample_that_contradicts_a_sure_model_counts_for_more_than_its_beliefs():
    """Where 20 of 100 random labels are wrong, a model that doubts none leaves the sample's rate nearly as it is."""
    n, rng = 2000, np.random.default_rng(0)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    labels = (X[:, 0] > 0).astype(np.int64)
    p_wrong, model = np.full(n, 2.5e-4), Interval(estimate=2.5e-4, low=0.0, high=0.002)
    pred = np.where(np.arange(2) == labels[:, None], 0.999, 0.001)
    arrays = Arrays(row=np.arange(n), given=labels, pred=pred, fold=np.zeros(n, dtype=np.int64))
    rows = np.sort(rng.choice(n, 100, replace=False))
    true = labels[rows].copy()
    true[rng.choice(100, 20, replace=False)] ^= 1
    said = Reviews(rows, true, np.ones(100, dtype=bool), [], accuracy=KNOWN)

    lesson = learn(p_wrong, model, arrays, said, n_classes=2, seed=0, places=find_places(X))
    alone = rate_from_reviews(model, 20, 100, n, KNOWN)
    sure = learn(p_wrong, model, arrays, replace(said, accuracy=certain(2)), n_classes=2, seed=0, places=find_places(X))

    assert alone.estimate > 0.09
    assert alone.estimate - 0.01 < lesson.rate.estimate < 0.2
    assert lesson.rate.low < 0.2 * 0.9 < lesson.rate.high
    assert sure.rate.low < 0.19 < sure.rate.high
    assert sure.rate.estimate > 0.15


def test_reviews_of_listed_rows_move_the_rate_in_part():
    """Where all that the model listed is right, or wrong, the rate follows, and less far than the beliefs do."""
    rng = np.random.default_rng(0)
    p_wrong, labels = np.sort(rng.beta(0.4, 3, 1500))[::-1], rng.integers(0, 2, 1500)
    arrays = Arrays(np.arange(1500), labels, np.full((1500, 2), 0.5), np.zeros(1500, dtype=np.int64))
    rows = np.arange(40)

    def hear(true):
        said = Reviews(rows, true, np.zeros(40, dtype=bool), [], accuracy=KNOWN)
        lesson = learn(p_wrong, PRIOR, arrays, said, n_classes=2, seed=0)
        return lesson.rate, float(apply(lesson.recalibration, p_wrong).mean())

    (fewer, none_wrong), (more, all_wrong) = hear(labels[rows]), hear(1 - labels[rows])

    assert none_wrong < fewer.estimate < PRIOR.estimate < more.estimate < all_wrong
    assert fewer.low < PRIOR.low
    assert more.high > PRIOR.high
    said = Reviews(rows, labels[rows], np.zeros(40, dtype=bool), [], accuracy=KNOWN)
    assert learn(p_wrong, PRIOR, arrays, said, n_classes=2, seed=0, is_voted=True).rate == PRIOR


@pytest.mark.parametrize(
    ("reviewed", "wrong", "least", "most"),
    [
        (0.5, 0.0, 0.0, 0.05),
        (0.9, 0.0, 0.0, 0.01),
        (0.94, 0.02, 0.0188, 0.0788),
        (0.9, 0.3, 0.27, 0.37),
        (1.0, 0.1, 0.1, 0.1),
    ],
)
def test_what_was_found_counts_as_far_as_the_table_was_reviewed(reviewed, wrong, least, most):
    """However rows were chosen, once most of them are known the rate is that of the known ones and of few others."""
    rng = np.random.default_rng(0)
    p_wrong, labels = np.sort(rng.beta(0.4, 3.6, 2000))[::-1], rng.integers(0, 2, 2000)
    rows, true = np.arange(round(reviewed * 2000)), labels[: round(reviewed * 2000)].copy()
    true[rng.choice(len(rows), round(wrong * len(rows)), replace=False)] ^= 1
    said = Reviews(rows, true, np.zeros(len(rows), dtype=bool), [], accuracy=certain(2))
    arrays = Arrays(np.arange(2000), labels, np.full((2000, 2), 0.5), np.zeros(2000, dtype=np.int64))
    rate = learn(p_wrong, PRIOR, arrays, said, n_classes=2, seed=0).rate

    assert least - 1e-9 <= rate.low <= rate.estimate <= rate.high <= most + 1e-9


@pytest.mark.parametrize("k", [2, 3, 10])
def test_a_majority_is_right_as_often_as_simulated_reviewers_are(k):
    """For every way in which three reviewers can vote, the formula is the share of majorities that are right."""
    rng = np.random.default_rng(k)
    true = np.zeros(60_000, dtype=np.int64)
    said = np.stack([answer(rng, true, 0.7, k) for _ in range(3)], axis=1)
    settled = count_votes(Vote(i, int(label), True) for i, row in enumerate(said) for label in row).settled
    votes = np.array([one.votes for one in settled.values()])
    is_right = np.array([one.label == 0 for one in settled.values()])

    for cast in np.unique(votes, axis=0):
        rows = (votes == cast).all(axis=1)
        found = float(join_reviewers(np.array(0.7), 1 / (k - 1), cast))
        assert rows.sum() > 1000
        assert is_right[rows].mean() == pytest.approx(found, abs=4 * np.sqrt(found * (1 - found) / rows.sum()))


@pytest.mark.parametrize(("n_reviewers", "k"), [(1, 2), (2, 2), (3, 2), (3, 4)])
def test_more_answers_to_a_row_make_the_rate_surer_and_keep_it_right(n_reviewers, k):
    """However many people answer for a row, the rate has no bias to speak of and its interval holds."""
    off, held = [], 0
    for seed in range(30):
        rng = np.random.default_rng([seed, k])
        true = rng.integers(0, k, 2000)
        labels = answer(rng, true, 0.9, k)
        rows = rng.choice(2000, 200, replace=False)
        tally = count_votes(
            Vote(int(row), int(said), True, f"reviewer {j}")
            for j in range(n_reviewers)
            for row, said in zip(rows, answer(rng, true[rows], 0.85, k), strict=True)
        )
        accuracy = estimate_accuracy(tally.agree_worth, tally.pairs_worth, n_classes=k, prior=0.85)
        order = sorted(tally.settled)
        said = Reviews(
            np.array(order), np.array([tally.settled[i].label for i in order]), np.ones(len(order), dtype=bool),
            accuracy=accuracy, votes=np.array([tally.settled[i].votes for i in order]),
        )  # fmt: skip
        arrays = Arrays(np.arange(2000), labels, np.full((2000, k), 1 / k), np.zeros(2000, dtype=np.int64))
        found = learn(np.full(2000, 0.1), PRIOR, arrays, said, n_classes=k, seed=0).rate
        truth = float((labels != true).mean())
        off.append(found.estimate - truth)
        held += found.low <= truth <= found.high

    assert abs(np.mean(off)) < 0.012
    assert held >= 18


def test_two_reviewers_who_write_the_same_number_are_right():
    """Wrong numbers are never the same, so that two equal ones leave no doubt, and one has the reviewer's."""
    assert join_reviewers(np.array(0.8), 0.0, np.array([[1, 1], [1, 2]])).tolist() == [0.8, 1.0]
