"""Truths and accuracies by votes: as right and as sure as what they are drawn from allows."""

from __future__ import annotations

import numpy as np
import pytest

from datassay.labels.truths import draw_truths, to_odds
from datassay.labels.voices import DOUBTS, POWERS, Voices, Word


def vote(accuracies, *, seed, n=500, k=2, per_row=2, sharpness=1.5):
    """Return true codes, votes, and probabilities of a model whose logits are the truth in noise."""
    rng = np.random.default_rng(seed)
    true, m = rng.integers(0, k, n), len(accuracies)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), true] += sharpness
    pred = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    who = np.argsort(rng.random((n, m)), axis=1)[:, :per_row].ravel()
    row = np.repeat(np.arange(n), per_row)
    is_right = rng.random(len(row)) < np.array(accuracies)[who]
    code = np.where(is_right, true[row], (true[row] + rng.integers(1, k, len(row))) % k)
    return true, (row, who, code), pred


def draw(votes, pred, m, seed=0):
    return draw_truths(*votes, n_annotators=m, pred=pred, given=np.zeros_like(pred), seed=seed)


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_intervals_of_accuracies_hold_about_as_often_as_they_say(power):
    """Also the best annotator's, and whether the model is unsure of itself or far too sure."""
    accuracies, held = np.array([0.95, 0.85, 0.7]), []
    for seed in range(20):
        _, votes, pred = vote(accuracies, seed=seed)
        sharp = pred**power / (pred**power).sum(axis=1, keepdims=True)
        low, high = np.quantile(draw(votes, sharp, 3).accuracies, [0.1, 0.9], axis=0)
        held.append((low <= accuracies) & (accuracies <= high))
    held = np.array(held)

    assert 0.65 <= held.mean() <= 0.97
    assert held[:, 0].mean() >= 0.6


def test_p_true_is_as_sure_as_it_is_right():
    """Of labels that are believed with nine in ten, nine in ten are right."""
    found, right = [], []
    for seed in range(10):
        true, votes, pred = vote([0.95, 0.85, 0.7], seed=seed, k=3)
        belief = draw(votes, pred, 3).belief
        found.append(belief.max(axis=1))
        right.append(belief.argmax(axis=1) == true)
    found, right = np.concatenate(found), np.concatenate(right)

    assert found.mean() == pytest.approx(right.mean(), abs=0.02)
    for low, high in [(0.5, 0.8), (0.8, 0.95), (0.95, 0.999)]:
        some = (found >= low) & (found < high)
        assert some.sum() > 100
        assert found[some].mean() == pytest.approx(right[some].mean(), abs=0.06)


def test_one_vote_a_row_leaves_accuracies_wide():
    """Nobody is compared with anybody, so that the model alone speaks of them."""
    _, votes, pred = vote([0.9, 0.8, 0.7], seed=1, per_row=1)
    _, both, _ = vote([0.9, 0.8, 0.7], seed=1, per_row=3)

    alone, compared = (draw(each, pred, 3).accuracies.std(axis=0).mean() for each in (votes, both))
    assert alone > 1.5 * compared


def test_the_same_seed_draws_the_same():
    """And another one others."""
    _, votes, pred = vote([0.9, 0.8], seed=0, n=100)
    first, again, other = (draw(votes, pred, 2, seed=seed) for seed in (0, 0, 1))

    np.testing.assert_array_equal(first.belief, again.belief)
    assert not np.array_equal(first.accuracies, other.accuracies)


def test_a_vote_below_guessing_is_not_heard():
    """It adds nothing to its class, and takes nothing away."""
    assert to_odds(np.array([0.1, 0.5, 0.9]), 2).tolist() == [0.0, 0.0, pytest.approx(np.log(9))]
    assert to_odds(np.array(1.0), 2) == pytest.approx(np.log(999))


def test_all_ways_to_take_a_word_are_probabilities():
    """Of zeros too; and each way says of single classes what it says of all."""
    pred = np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    word = Word(pred)
    row, code = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    said = word.say(row, code)

    assert said.shape == (len(POWERS) * len(DOUBTS), 6)
    for way, each in enumerate(said):
        np.testing.assert_allclose(word.mean(way).sum(axis=1), 1)
        np.testing.assert_allclose(word.mean(way)[row, code], each)


def test_a_model_that_votes_bear_out_is_taken_at_more_than_its_word():
    """Probabilities that are too near to even become surer, those that votes contradict nearly even."""
    true, (row, _, code), pred = vote([0.95] * 3, seed=2, per_row=3, sharpness=4.0)
    is_first = row < 250
    odds = np.full(is_first.sum(), float(to_odds(np.array(0.95), 2)))
    voices = Voices(row[is_first], code[is_first], odds, len(true))
    timid = np.sqrt(pred) / np.sqrt(pred).sum(axis=1, keepdims=True)
    silent = np.arange(250, 500)

    surer = voices.weigh(timid)[silent, true[silent]]
    assert surer.mean() > timid[silent, true[silent]].mean() + 0.05
    assert 0.4 < voices.weigh(timid[:, ::-1])[silent, true[silent]].mean() < 0.6
