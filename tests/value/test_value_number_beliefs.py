import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from datassay.labels.places import find_places
from datassay.labels.reviewers import certain
from datassay.value.beliefs import Knowledge, firm_up
from datassay.value.number_beliefs import N_VALUES, believe_numbers, draw_values


def make_numbers(n=1000, rate=0.1, seed=0):
    """True numbers, given ones of which some are far too large, and what a fair model says."""
    rng = np.random.default_rng(seed)
    pred = rng.uniform(10, 20, n)
    true = pred + rng.normal(0, 0.5, n)
    wrong = rng.random(n) < rate
    return true, np.where(wrong, true + 8, true), pred, wrong


def unseen(n):
    return np.full(n, np.nan)


def test_numbers_are_believed_as_far_as_they_are_not_wrong():
    """A row's likely values are its given number, but for the share that is believed to be wrong."""
    _, given, pred, _ = make_numbers()
    p_wrong = np.linspace(0, 1, 1000)
    belief = believe_numbers(given, pred, p_wrong, unseen(1000), 0)
    changed = (belief != given[:, None]).mean(axis=1)

    assert belief.shape == (1000, N_VALUES)
    assert changed[0] == 0
    assert changed[-1] == 1
    assert changed[400:600].mean() == pytest.approx(0.5, abs=0.03)
    assert (believe_numbers(given, pred, p_wrong, unseen(1000), 0) == belief).all()
    assert (believe_numbers(given, pred, p_wrong, unseen(1000), 1) != belief).any()


def test_wrong_numbers_become_what_honest_ones_like_them_are():
    """What takes the place of a wrong number lies around the prediction, as far off as honest numbers do."""
    true, given, pred, wrong = make_numbers()
    belief = believe_numbers(given, pred, wrong.astype(float), unseen(1000), 0)
    off = belief[wrong] - pred[wrong, None]

    assert off.std() == pytest.approx((true - pred).std(), rel=0.15)
    assert abs(off.mean()) < 0.1
    assert (belief[~wrong] == given[~wrong, None]).all()


def test_prices_stay_prices():
    """Where numbers are never negative, no believed value is."""
    rng = np.random.default_rng(0)
    pred = np.exp(rng.normal(2, 1.5, 800))
    given = pred * np.exp(rng.normal(0, 0.8, 800))

    assert believe_numbers(given, pred, np.full(800, 0.5), unseen(800), 0).min() >= 0


def test_reviewed_numbers_are_certain():
    """What a reviewer said is every value of that row, whatever the model thinks."""
    true, given, pred, wrong = make_numbers()
    verified = unseen(1000)
    verified[:50] = true[:50]
    belief = believe_numbers(given, pred, np.full(1000, 0.9), verified, 0)

    assert (belief[:50] == true[:50, None]).all()
    assert wrong[:50].any()


def test_models_of_drawn_numbers_make_the_belief_firmer():
    """Numbers that a model took for right are doubted once models of drawn numbers contradict them."""
    true, given, pred, wrong = make_numbers(rate=0.15)
    fooled = np.where(wrong & (np.arange(1000) % 2 == 0), given, pred)
    known = Knowledge(np.zeros((0, 0)), float(wrong.mean()), unseen(1000), certain(0))
    belief = firm_up(given, [true], [pred, pred], known, 0)
    before = believe_numbers(given, fooled, np.full(1000, wrong.mean()), unseen(1000), 0)

    assert np.abs(belief[wrong] - true[wrong, None]).mean() < 0.2 * np.abs(before[wrong] - true[wrong, None]).mean()
    assert (belief != given[:, None]).mean() == pytest.approx(wrong.mean(), abs=0.02)


def test_reviews_are_heard_when_numbers_are_firmed_up():
    """Reviewers who find no error lower the doubt in all rows, and reviewed ones are certain."""
    _, given, pred, wrong = make_numbers()
    rows = np.flatnonzero(~wrong)[:200]
    verified = unseen(1000)
    verified[rows] = given[rows]
    doubted, heard = (
        firm_up(given, [given], [pred], Knowledge(np.zeros((0, 0)), 0.3, each, certain(0)), 0)
        for each in (unseen(1000), verified)
    )

    assert (heard[rows] == given[rows, None]).all()
    others = ~np.isin(np.arange(1000), rows) & ~wrong
    assert (heard[others] != given[others, None]).mean() < 0.7 * (doubted[others] != given[others, None]).mean()


def test_reviews_speak_for_the_numbers_near_them():
    """Wrong numbers that a model took for right are doubted once reviewers found most of their corner wrong."""
    rng = np.random.default_rng(0)
    place = rng.uniform(0, 1, (800, 2)).astype(np.float32)
    corner = (place > 0.6).all(axis=1)
    true = rng.normal(10, 0.5, 800)
    given = true + 6 * corner
    # What was foreseen follows the wrong ones nearly all the way.
    pred = 10 + 5.8 * corner
    rows = rng.permutation(800)[:100]
    verified = unseen(800)
    verified[rows] = true[rows]
    others = ~np.isin(np.arange(800), rows)
    deaf, hearing = (
        firm_up(given, [given], [pred], Knowledge(np.zeros((0, 0)), 0.1, verified, certain(0), places), 0)
        for places in (None, find_places(place))
    )

    assert (deaf != given[:, None])[corner & others].mean() < 0.6
    assert (hearing != given[:, None])[corner & others].mean() > 0.7
    assert (hearing != given[:, None])[~corner & others].mean() < 0.1


@settings(deadline=None, max_examples=25)
@given_by(seed=st.integers(0, 10_000), n=st.integers(1, 40))
def test_draws_are_values_of_their_own_row(seed, n):
    """Every drawn number is one that was believed of its row."""
    rng = np.random.default_rng(seed)
    belief = rng.normal(size=(n, N_VALUES))
    drawn = draw_values(belief, rng)

    assert (drawn[:, None] == belief).any(axis=1).all()
