import numpy as np
import pytest

from datassay.spec import CLASSIFICATION_METRICS
from datassay.value.cleaning import NetFixed, Sensitivity
from datassay.value.collecting import EXPONENT, NEGATIVE_TAIL, Power, fit_curve, fit_log_slope
from datassay.value.weights import BY_METRIC, REVIEWED, choose_weights

SIZES = np.array([280.0, 400, 560, 680, 800])


def make_sensitivity(*, listed=0.004, listed_share=0.04, fallback=0.1):
    return Sensitivity(listed=np.array([listed]), listed_share=np.array([listed_share]), fallback=np.array([fallback]))


def test_log_slope_is_recovered():
    """A curve that is straight in ln rows gives its slope back, draw by draw."""
    slopes = np.array([0.01, -0.02, 0.0])

    assert fit_log_slope(SIZES, 0.5 + slopes[:, None] * np.log(SIZES)) == pytest.approx(slopes)


@pytest.mark.parametrize("sizes", [SIZES, SIZES[[0, -1]]])
def test_gains_on_a_curve_of_the_usual_exponent_are_recovered(sizes):
    """Gains come back exactly, for one row and for twice the table, whether two sizes were measured or five."""
    b = np.array([0.1, 0.0, 0.05])
    curve = fit_curve(sizes, 0.8 - b[:, None] * (sizes / 1000) ** -EXPONENT, n_now=1000)
    growth = np.array([0.001, 0.5, 1.0])

    assert curve.gain(growth) == pytest.approx(b[:, None] * (1 - (1 + growth) ** -EXPONENT))


@pytest.mark.parametrize("d", [0.2, 0.8])
def test_other_exponents_shift_gains_by_at_most_half(d):
    """Where a curve flattens earlier or later than usual, a day of a third more rows is told to half its gain."""
    scores = (0.8 - 0.1 * (SIZES / 1000) ** -d)[None, :]
    growth = np.array([0.3])
    truth = 0.1 * (1 - 1.3**-d)

    assert fit_curve(SIZES, scores, n_now=1000).gain(growth)[0, 0] == pytest.approx(truth, rel=0.5)


def test_one_row_in_fifty_million_still_gains():
    """Tiny steps are not lost to rounding."""
    step = np.array([1 / 5e7])

    assert Power(np.array([0.05]), np.array([0.5])).gain(step)[0, 0] == pytest.approx(0.025 * step[0], rel=1e-6)
    assert make_sensitivity().gain(step[None, :])[0, 0] == pytest.approx(make_sensitivity().steepness()[0] * step[0])


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


def test_falling_curves_keep_a_small_tail():
    """A falling curve makes more rows harm a little, not as much as it fell."""
    falling, rising = (Power(np.array([b]), np.array([0.5])).gain(np.array([1.0]))[0, 0] for b in (-0.1, 0.1))

    assert falling == pytest.approx(-NEGATIVE_TAIL * rising)


def test_falling_curves_are_taken_at_their_word_where_labels_are_mostly_wrong():
    """More rows with such labels harm as much as the curve says."""
    growth = np.array([0.5])
    rising, falling = (Power(np.array([b]), np.array([0.4]), may_fall=True).gain(growth)[0, 0] for b in (0.1, -0.1))

    assert falling == pytest.approx(-rising)
    assert rising > 0


def test_repairs_gain_what_the_rehearsals_showed():
    """At the share that the list repaired a gain is the rehearsal's; where that is next to nothing, the fallback's."""
    share = np.array([[0.0, 0.02, 0.04, 0.08]])

    assert make_sensitivity().gain(share)[0] == pytest.approx([0.0, 0.002, 0.004, 0.008])
    assert make_sensitivity(listed_share=0.001, fallback=0.3).gain(share)[0] == pytest.approx(0.3 * share[0])


@pytest.mark.parametrize("listed_share", [0.0, 0.04])
def test_more_repairs_never_lower_the_gain(listed_share):
    """Where repairs helped in rehearsals the gain rises with their number, from a loss where labels are spoiled."""
    gain = make_sensitivity(listed_share=listed_share).gain(np.linspace(-0.05, 0.1, 50)[None, :])[0]

    assert (np.diff(gain) > 0).all()
    assert gain[0] < 0 < gain[-1]


def test_spoiled_labels_never_help():
    """Even a learner that seems to like noise does not gain from labels that a reviewer spoils."""
    assert make_sensitivity(listed=-0.02).gain(np.array([[-0.02]])) == 0
    assert make_sensitivity().gain(np.array([[-0.02]])) < 0


def test_only_metrics_that_exist_have_weights_of_their_own():
    """A name that is no metric would silently never count; accuracy is what all weights were learned on."""
    assert set(BY_METRIC) < set(CLASSIFICATION_METRICS) - {"accuracy", "balanced_accuracy"}
    assert choose_weights("accuracy", is_regression=False, is_reviewed=True) == REVIEWED
    assert choose_weights("neg_log_loss", is_regression=False, is_reviewed=True) != REVIEWED
