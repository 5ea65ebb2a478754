"""New rows of chosen classes."""

import dataclasses

import numpy as np
import pytest
from pydantic import ValidationError

from datassay.errors import SpecError
from datassay.spec import CollectingSpec
from datassay.value.steering import Mixture, Steered, doubt_mixture, find_mixture, steer, thin
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


@pytest.mark.parametrize(
    ("share", "metric", "told"),
    [
        ({"rare": 0.5}, "balanced_accuracy", []),
        ({"common": 0.95}, "balanced_accuracy", ["more of 'common', no rare class"]),
        ({"rare": 0.5}, "accuracy", ["Accuracy counts classes as they are today"]),
        ({"common": 0.9}, "accuracy", []),
        (None, "accuracy", []),
    ],
)
def test_mixtures_whose_gain_may_have_the_wrong_sign_are_doubted(share, metric, told):
    """More of a class that is not rare, and accuracy, which counts classes as they are; rows as they come are not."""
    found = doubt_mixture(find_mixture(share, NAMES, SIZES), NAMES, metric)

    assert len(found) == len(told)
    assert all(part in sentence for part, sentence in zip(told, found, strict=True))


def test_thinning_takes_up_to_half_of_the_class_that_runs_out_first():
    """Rows go in the mixture's proportions."""
    y = np.repeat(np.arange(3), SIZES)
    mixture = find_mixture({"rare": 1.0}, NAMES, SIZES)
    kept = thin(np.arange(len(y)), y, mixture, np.random.default_rng(0))

    assert np.bincount(y[kept]).tolist() == [900, 30, 40]
    assert len(set(kept.tolist())) == len(kept)


def test_gains_of_a_rare_class_rise_with_its_growth():
    """The gain follows the logarithm of the class's size, and no rows are worth nothing."""
    slope = np.array([0.05, 0.02])
    rare = Steered(Mixture(np.array([0.0, 1.0, 0.0]), SIZES.astype(float)), slope, 1_000)
    growth = np.array([0.0, 0.1])

    np.testing.assert_allclose(rare.gain(growth), slope[:, None] * np.array([0, np.log(160 / 60)]))
    np.testing.assert_allclose(rare.b * rare.d, slope * 1_000 / 60, rtol=1e-3)


def test_days_of_chosen_classes_weigh_as_other_days_do(make_grid, make_draws):
    """What days were found to be worth on the benchmark holds for days of chosen classes too."""
    grid = dataclasses.replace(make_grid(sd=0.0), thinned=np.array([0.01, 0.02, 0.015]))
    mixture = Mixture(np.array([0.0, 1.0, 0.0]), SIZES.astype(float))

    def gain(rows_by):
        weights = Weights(listed=1.0, rows_by=rows_by, labels=Error(0.0, 0.3), rows=Error(0.0, 0.2))
        draws = make_draws(grid, weights=weights)
        return steer(draws, grid, mixture, seed=0).power.gain(np.array([0.1])).mean()

    assert gain(1.0) > 0
    assert gain(1.2) == pytest.approx(1.2 * gain(1.0))
