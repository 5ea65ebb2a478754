"""New rows of chosen classes."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from datassay.errors import SpecError
from datassay.spec import CollectingSpec
from datassay.value.collecting import Power
from datassay.value.steering import (
    FARTHEST,
    LEAST_KEPT,
    Mixture,
    Steered,
    draw_subset,
    explain_mixture,
    find_mixture,
    steer,
)
from datassay.value.weights import Error, Weights

SIZES = np.array([900, 60, 40])
NAMES = ["common", "rare", "rarer"]


def test_classes_that_are_not_named_share_the_rest_as_today():
    """Half the new rows are of one class, the others keep their proportions."""
    mixture = find_mixture({"rare": 0.5}, NAMES, SIZES)

    np.testing.assert_allclose(mixture.shares, [0.5 * 900 / 940, 0.5, 0.5 * 40 / 940])
    assert find_mixture(None, NAMES, SIZES) is None


def test_names_that_are_no_class_are_refused():
    """With the nearest class; and for numbers altogether."""
    with pytest.raises(SpecError, match=r"'comon' is no class of the label.*Did you mean 'common'"):
        find_mixture({"comon": 0.5}, NAMES, SIZES)
    with pytest.raises(SpecError, match="the label is a number"):
        find_mixture({"rare": 0.5}, [], np.zeros(0, dtype=np.int64))


@pytest.mark.parametrize("shares", [{}, {"a": 0.0}, {"a": 0.7, "b": 0.7}, {"a": 1.2}])
def test_shares_must_add_up(shares):
    """To more than nothing and at most to one."""
    with pytest.raises(ValidationError):
        CollectingSpec(class_share=shares)


def test_a_mixture_of_todays_shares_is_no_mixture():
    """New rows then come as they do today, and nothing is measured twice."""
    assert find_mixture({"rare": 0.06}, NAMES, SIZES) is None


def test_subsets_hold_classes_as_they_will_be():
    """They are as large as the class that runs out first allows, and no class is lost."""
    y = np.repeat(np.arange(3), SIZES)
    mixture = find_mixture({"rare": 1.0}, NAMES, SIZES)
    kept = draw_subset(np.random.default_rng(0).permutation(len(y)), y, mixture, rows=60.0)

    # 60 more rare rows make 120 of 1,060; all 60 of today are that share of 530 rows.
    assert np.bincount(y[kept]).tolist() == [450, 60, 20]
    assert len(set(kept.tolist())) == len(kept)
    lone = draw_subset(np.random.default_rng(0).permutation(901), y[:901], mixture, rows=600.0)
    assert np.bincount(y[lone])[1] == 1


@given(
    shares=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(lambda x: sum(x) > 0.01),
    rows=st.floats(0.0, 5_000.0),
)
def test_mixtures_are_followed_as_far_as_subsets_show_them(shares, rows):
    """No farther than a third of today's rows can show, never beyond four times today's rows, and shifts only grow."""
    mixture = Mixture(np.array(shares) / sum(shares), SIZES.astype(float))
    half, far = mixture.choose_rows()

    assert 0 <= half <= far <= 3 * SIZES.sum() + 1e-6
    assert mixture.keep(np.array([far]))[0] >= LEAST_KEPT - 1e-9
    near, further = mixture.shift(np.array([rows, rows + 100.0]))
    assert -1e-9 <= near <= further + 1e-9


def test_gains_pass_through_what_was_measured():
    """No rows gain nothing, measured mixtures what was measured; beyond them a straight line, to twice the shift."""
    mixture = Mixture(np.array([0.0, 1.0, 0.0]), SIZES.astype(float))
    half, far = mixture.choose_rows()
    curve = Power(np.array([0.0, 0.0]), np.array([0.4, 0.4]))
    effect = np.array([[0.02, 0.03], [-0.02, -0.06]])
    steered = Steered(mixture, curve, effect, float(mixture.shift(np.array([far]))[0]), 1_000)

    gains = steered.gain(np.array([0.0, half, far, 1e9]) / 1_000)

    np.testing.assert_allclose(gains[:, :3], np.column_stack([np.zeros(2), effect]), atol=1e-6)
    np.testing.assert_allclose(gains[:, 3], FARTHEST * effect[:, 1])
    assert (np.sign(steered.b) == np.sign(effect[:, 0])).all()


def test_rows_of_a_class_that_is_common_enough_are_told_to_harm(make_grid, make_draws):
    """What subsets lose beside their size is lost; and days weigh as the benchmark says, their classes do not."""
    mixture = Mixture(np.array([1.0, 0.0, 0.0]), SIZES.astype(float))
    day = np.array([0.5])

    def gain(rows_by, change):
        plain = make_grid(sd=0.0)
        grid = dataclasses.replace(plain, mixed=np.full((2, 3), change), given_scores=plain.size_scores)
        weights = Weights(listed=1.0, rows_by=rows_by, labels=Error(0.0, 0.3), rows=Error(0.0, 0.2))
        draws = make_draws(grid, weights=weights)
        plain, mixed = draws.power.gain(day).mean(), steer(draws, grid, mixture, seed=0).power.gain(day).mean()
        return plain, mixed

    plain, harmful = gain(1.0, -0.05)
    heavier, as_harmful = gain(1.2, -0.05)
    assert harmful < 0 < plain < gain(1.0, 0.05)[1]
    assert as_harmful - harmful == pytest.approx(heavier - plain)


def test_a_mixture_that_does_nothing_is_told_as_rows_that_come_today(make_grid, make_draws):
    """What subsets lose is what as many rows fewer lose on the same labels, so that nothing is left for the classes."""
    mixture = Mixture(np.array([0.0, 1.0, 0.0]), SIZES.astype(float))
    plain = make_grid(d=0.4, sd=0.0)
    # Differences look smaller on labels as given.
    given_scores = 0.7 * plain.size_scores
    b = 0.7 * 0.05 * (plain.sizes[-1] / 1000) ** -0.4
    lost = -b * np.expm1(-0.4 * np.log(mixture.keep(mixture.choose_rows())))
    grid = dataclasses.replace(plain, mixed=np.repeat(lost[:, None], 3, axis=1), given_scores=given_scores)
    draws, growth = make_draws(plain), np.array([0.1, 0.5])

    steered = steer(draws, grid, mixture, seed=0)

    np.testing.assert_allclose(steered.power.gain(growth), draws.power.gain(growth), atol=1e-9)


def test_a_note_says_how_far_a_mixture_was_measured():
    """And that the effect is carried on beyond it; rows that come as today need no note."""
    mixture = find_mixture({"rare": 1.0}, NAMES, SIZES)
    half, far = mixture.choose_rows()

    (told,) = explain_mixture(mixture, 60.0)
    assert explain_mixture(None, 100.0) == []
    assert f"with {half:,.0f} and with {far:,.0f} new rows, on subsets of" in told
    assert "and 30 % of today's rows" in told
    assert "beyond it" not in told
    assert "beyond it the effect is taken to go on" in explain_mixture(mixture, far + 10)[0]
