import numpy as np
import pytest

from datassay.value.cleaning import (
    NetFixed,
    fit_noise_slope,
    gain_effective_size,
    gain_noise_slope,
    purity_gain,
)
from datassay.value.collecting import NEGATIVE_TAIL, Power, fit_log_slope, fit_power, gain_log
from datassay.value.surface import Surface, fit_surface

SIZES = np.array([280.0, 400, 560, 680, 800])


def test_log_slope_is_recovered():
    """A curve that is straight in ln rows gives its slope back, draw by draw."""
    slopes = np.array([0.01, -0.02, 0.0])

    assert fit_log_slope(SIZES, 0.5 + slopes[:, None] * np.log(SIZES)) == pytest.approx(slopes)


@pytest.mark.parametrize(("d", "b"), [(0.3, 0.1), (0.5, 0.05), (1.5, 0.2)])
def test_power_gain_is_recovered(d, b):
    """Gains on a power curve come back within a few percent, for one row and for twice the table."""
    curve = fit_power(SIZES, (0.8 - b * (SIZES / 1000) ** -d)[None, :], n_now=1000, ceiling=1.0)
    for growth in (0.001, 0.5, 1.0):
        truth = b * (1 - (1 + growth) ** -d)

        assert curve.gain(np.array([growth]))[0, 0] == pytest.approx(truth, rel=0.1)


def test_power_asymptote_stays_below_the_ceiling():
    """A curve that would run beyond what the metric allows is bent to the ceiling."""
    scores = (0.2 + 0.11 * np.log(SIZES / 100))[None, :] + 0.45
    curve = fit_power(SIZES, scores, n_now=1000, ceiling=1.0)
    most = curve.gain(np.array([1e12]))[0, 0]

    assert scores[0, -1] + most <= 1.0 + 0.02


def test_one_row_in_fifty_million_still_gains():
    """Tiny steps are not lost to rounding."""
    step = np.array([1 / 5e7])

    assert gain_log(np.array([0.01]), step)[0, 0] == pytest.approx(0.01 * step[0], rel=1e-6)
    assert Power(np.array([0.05]), np.array([0.5])).gain(step)[0, 0] == pytest.approx(0.025 * step[0], rel=1e-6)
    tiny = Surface(np.array([0.05]), np.array([0.5]), np.array([2.0]))
    fixed = np.array([[1 / 5e7]])
    assert tiny.gain(np.zeros(1), fixed, np.array([0.1]), 2.0)[0, 0] == pytest.approx(0.05 * 2 / 0.8 / 5e7, rel=1e-6)


def test_falling_curves_keep_a_small_tail():
    """A falling curve makes more rows harm a little, not as much as it fell."""
    assert gain_log(np.array([-0.1]), np.array([1.0]))[0, 0] == pytest.approx(-0.1 * NEGATIVE_TAIL * np.log(2))


@pytest.mark.parametrize(("d", "g"), [(0.3, 1.0), (0.6, 2.0), (1.0, 3.0)])
def test_surface_is_recovered(make_grid, d, g):
    """A planted surface gives back what rows and repaired labels are worth."""
    grid = make_grid(0.05, d, g)
    scores = np.hstack([grid.size_scores[:1], grid.noise_scores[:1]])
    found = fit_surface(grid.sizes, grid.doses, scores, n_now=1000, c=2.0, ceiling=1.0)
    growth, fixed = np.array([0.25]), np.array([[0.05]])
    rows = found.gain(growth, np.zeros((1, 1)), np.array([0.2]), 2.0)[0, 0]
    repaired = found.gain(np.zeros(1), fixed, np.array([0.2]), 2.0)[0, 0]

    assert rows == pytest.approx(0.05 * (1 - 1.25**-d), rel=0.2)
    assert repaired == pytest.approx(0.05 * (1 - (0.7 / 0.6) ** (-d * g)), rel=0.2)


def test_noise_slope_is_recovered():
    """A straight loss gives its slope back, whatever the level."""
    doses = np.array([0.05, 0.1, 0.15])

    assert fit_noise_slope(doses, np.array([[0.8, 0.79, 0.78, 0.77]])) == pytest.approx([0.2])


def test_more_repairs_never_lower_the_gain():
    """Gain rises with net repaired labels on all three forms."""
    fixed = np.linspace(-0.05, 0.1, 50)[None, :]
    rate = np.array([0.1])
    for gain in (
        gain_effective_size(np.array([0.02]), fixed, rate, 2.0),
        gain_noise_slope(np.array([0.3]), fixed, rate, 2.0),
        Surface(np.array([0.05]), np.array([0.5]), np.array([2.0])).gain(np.zeros(50), fixed, rate, 2.0),
    ):
        assert (np.diff(gain[0]) > 0).all()
        assert np.sign(gain[0, 0]) == -1


def test_spoiled_labels_never_help():
    """Even a learner that seems to like noise does not gain from labels that a reviewer spoils."""
    fixed, rate = np.array([[-0.02]]), np.array([0.1])

    assert gain_effective_size(np.array([-0.02]), fixed, rate, 2.0) == 0
    assert gain_noise_slope(np.array([-0.3]), fixed, rate, 2.0) == 0
    assert gain_noise_slope(np.array([0.3]), fixed, rate, 2.0) < 0


def test_exact_exchange_rate_of_the_effective_size_rule():
    """At the margin one repaired label equals 2c / (1 - c e) new rows: 5 at 10 % for two classes."""
    slope, rate, n = np.array([0.02]), np.array([0.1]), 1e6
    label = gain_effective_size(slope, np.array([[1 / n]]), rate, 2.0)[0, 0]

    assert label / gain_log(slope, np.array([1 / n]))[0, 0] == pytest.approx(5.0, rel=1e-4)


def test_purity_stays_finite_when_everything_is_spoiled():
    """A hopeless reviewer makes a large loss, not an infinite one."""
    assert np.isfinite(purity_gain(np.array([[-5.0]]), np.array([0.4]), 2.0)).all()


@pytest.mark.parametrize(("precision", "reviewer"), [(0.3, 0.95), (0.05, 0.9), (0.0, 1.0)])
def test_net_repairs_follow_the_formula(precision, reviewer):
    """Net repaired labels are k (p + r - 1), negative where the reviewer spoils more than is wrong."""
    depths = np.array([0.0, 10, 100])
    fixed = NetFixed(depths, precision * depths[None, :], reviewer)
    k = np.array([0.0, 5, 40, 100])

    assert fixed.net(k)[0] == pytest.approx(k * (precision + reviewer - 1))
    assert fixed.deepest() == (100 if precision + reviewer > 1 else 0)


def test_nothing_is_left_below_the_worklist():
    """Reviewing more labels than there are repairs no more."""
    fixed = NetFixed(np.array([0.0, 10]), np.array([[0.0, 4.0]]), 0.9)

    assert fixed.net(np.array([10.0, 1e9]))[0].tolist() == pytest.approx([3.0, 3.0])
