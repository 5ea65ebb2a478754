import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datassay.results import Interval
from datassay.value.uncertainty import draw_scores, draw_share, tell_closed_form
from datassay.value.weights import Error


def test_same_seed_gives_the_same_draws(make_draws):
    """Draws depend on the seed and on nothing else."""
    k, m = np.array([50.0]), np.array([100.0])

    assert (make_draws().gain(k, m) == make_draws().gain(k, m)).all()
    assert (make_draws().gain(k, m) != make_draws(seed=1).gain(k, m)).any()


def test_nothing_done_gains_nothing(make_draws):
    """Zero labels and zero rows gain exactly zero in every draw."""
    assert not make_draws().gain(np.zeros(1), np.zeros(1)).any()


@pytest.mark.parametrize("g", [1.0, 2.0, 3.0])
def test_planted_gains_lie_in_the_interval(make_grid, make_draws, g):
    """On a planted surface the 80 % interval holds the true gain of rows and of repaired labels."""
    draws = make_draws(make_grid(0.05, 0.5, g, sd=0.001))
    labels, rows, zero = np.array([100.0]), np.array([250.0]), np.zeros(1)
    low, high = np.quantile(draws.gain(zero, rows), [0.1, 0.9])
    fixed = draws.fixed.net(labels).mean() / 1000
    low_clean, high_clean = np.quantile(draws.gain(labels, zero), [0.1, 0.9])

    assert low < 0.05 * (1 - 1.25**-0.5) < high
    assert low_clean < 0.05 * ((1 - 2 * 0.08) ** (-0.5 * g) - (1 - 2 * (0.08 - fixed)) ** (-0.5 * g)) < high_clean


def test_hopeless_review_loses(make_draws):
    """Where p + r <= 1 the expected gain of reviewing is below zero and nothing is worth reviewing."""
    draws = make_draws(precision=0.1, reviewer=0.8, p_wrong=np.linspace(0.1, 0.0, 1000))
    gains = draws.gain(np.array([20.0, 100.0]), np.zeros(2))

    assert (gains.mean(axis=0) < 0).all()
    assert draws.fixed.deepest() == 0


def test_noisier_folds_widen_the_interval(make_grid, make_draws):
    """Intervals grow with the spread between folds."""
    k, zero = np.array([50.0]), np.zeros(1)
    narrow, wide = (np.ptp(np.quantile(make_draws(make_grid(sd=sd)).gain(zero, k), [0.1, 0.9])) for sd in (0.001, 0.04))

    assert wide > 2 * narrow


def test_fold_effects_cancel(make_grid, make_draws):
    """What a whole fold has in common changes no gain."""
    grid = make_grid(sd=0.001)
    shift = np.random.default_rng(5).normal(0, 0.2, (10, 1)) - 0.3
    moved = dataclasses.replace(grid, size_scores=grid.size_scores + shift)
    k, m = np.array([0.0]), np.array([50.0])
    before, after = (make_draws(g, ceiling=np.inf).gain(k, m) for g in (grid, moved))

    assert after == pytest.approx(before, abs=1e-9)


def test_draws_have_the_variance_of_nadeau_and_bengio(make_grid):
    """Drawn means spread as (1 / J + test / train) s^2."""
    grid = make_grid(sd=0.01)
    sizes, _ = draw_scores(grid, 20_000, np.random.default_rng(0))
    wanted = np.sqrt((1 / 10 + 0.25) * grid.size_scores.var(axis=0, ddof=1))

    assert sizes.std(axis=0) == pytest.approx(wanted, rel=0.03)
    assert sizes.mean(axis=0) == pytest.approx(grid.size_scores.mean(axis=0), abs=2e-4)


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
@settings(max_examples=50, deadline=None)
def test_shares_meet_their_interval(middle, down, up):
    """Drawn shares lie in [0, 1] and have the interval's ends at 10 % and 90 %."""
    share = Interval(estimate=middle, low=max(middle - down, 0.0), high=min(middle + up, 1.0))
    drawn = draw_share(share, np.linspace(-4, 4, 9))
    ends = draw_share(share, np.array([-1.2815515655446004, 0.0, 1.2815515655446004]))

    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert ends == pytest.approx([share.low, share.estimate, share.high], abs=2e-4)


def test_no_more_wrong_labels_than_there_are(make_draws):
    """A precision that contradicts the noise rate is cut at the number of wrong labels."""
    draws = make_draws(precision=0.95, noise_rate=Interval(estimate=0.02, low=0.01, high=0.03))
    wrong = draws.fixed.wrong(np.array([20.0, 100.0, 1000.0]))

    assert (wrong <= draws.noise_rate[:, None] * 1000 + 1e-9).all()
    assert (np.diff(wrong, axis=1) >= -1e-9).all()


def test_noise_rate_stays_below_what_is_believed(make_draws):
    """No draw of the noise rate exceeds the largest rate that the model's disagreement allows."""
    assert make_draws(most_noise=0.12).noise_rate.max() == 0.12


def test_a_rate_of_a_random_sample_is_believed_however_high(make_draws):
    """More than half of two classes' labels may be wrong; only formulas that such a rate would break are held."""
    rate = Interval(estimate=0.55, low=0.5, high=0.6)
    sampled = make_draws(noise_rate=rate, is_reviewed=True)

    assert np.quantile(sampled.noise_rate, [0.1, 0.5, 0.9]) == pytest.approx([0.5, 0.55, 0.6], abs=0.01)
    assert make_draws(noise_rate=rate).noise_rate.max() == 0.45
    assert sampled.sensitivity.fallback.min() >= 0
    assert np.isfinite(sampled.exchange_rate()).all()
    assert tell_closed_form(2.0, np.array([0.1, 0.5, 0.9])) == pytest.approx([5.0, 40.0, 40.0])


def test_worklist_passes_through_the_measured_precision(make_draws):
    """At a measured depth the median number of wrong labels is depth times precision."""
    draws = make_draws(precision=0.5)

    assert np.median(draws.fixed.wrong(np.array([20.0]))) == pytest.approx(10, rel=0.05)
    assert np.median(draws.fixed.wrong(np.array([100.0]))) == pytest.approx(40, rel=0.05)


def test_exchange_rate_of_the_planted_surface(make_grid, make_draws):
    """With g = 2 a label is worth about 5 rows, with g = 4 more, with g = 0.5 less."""
    low, two, high = (np.median(make_draws(make_grid(0.05, 0.5, g)).exchange_rate()) for g in (0.5, 2.0, 4.0))

    assert two == pytest.approx(5.0, rel=0.3)
    assert low < two < high


def test_exchange_rate_of_rounding_errors_is_the_closed_form(make_draws):
    """Where neither a label nor a row gains anything, a ratio of what floats leave over is not told."""
    draws = make_draws()
    nothing = dataclasses.replace(draws.power, b=np.full_like(draws.power.b, 1e-15))
    exact = Error(level=0.0, share=0.0)
    weights = dataclasses.replace(draws.weights, labels=exact, rows=exact)
    draws = dataclasses.replace(draws, power=nothing, weights=weights)
    flat = draws.sensitivity.steepness() <= 0

    rate = draws.exchange_rate()

    closed = 2 * draws.c / (1 - draws.c * draws.noise_rate)
    assert (rate[~flat] == draws.n_now).all()
    assert rate[flat] == pytest.approx(np.minimum(closed, draws.n_now)[flat])


def test_exchange_rate_is_as_unsure_as_hours_and_days(make_draws):
    """Estimates that are off by more make the ratio of a label to a row less sure, by as much on either side."""
    draws = make_draws()
    spans = []
    for level in (0.0, 0.005):
        off = Error(level=level, share=0.0)
        unsure = dataclasses.replace(draws, weights=dataclasses.replace(draws.weights, labels=off, rows=off))
        spans.append(np.quantile(unsure.exchange_rate(), [0.1, 0.9]))

    (low, high), (lower, higher) = spans
    assert 0 <= lower < low
    assert high < higher <= draws.n_now


def test_weight_of_rows_scales_days_and_leaves_hours(make_grid, make_draws):
    """What the curve says of new rows is multiplied; labels are worth what they were."""
    once = make_draws(make_grid())
    twice = make_draws(make_grid(), weights=dataclasses.replace(once.weights, rows_by=2.0))
    some, none = np.array([100.0]), np.zeros(1)

    assert twice.gain(none, some).mean() == pytest.approx(2 * once.gain(none, some).mean(), rel=0.05)
    assert twice.gain(some, none).mean() == pytest.approx(once.gain(some, none).mean())


def test_what_is_believed_alone_does_not_end_gains(make_grid, make_draws):
    """Beliefs that call mistakes wrong labels leave little to gain: as given there is more, and that counts."""
    grid = make_grid(b=0.02, d=0.3, sd=0.01)
    near = dataclasses.replace(grid, size_scores=grid.size_scores - grid.size_scores[:, -1].mean() + 0.999)
    both = dataclasses.replace(near, given_scores=grid.size_scores)
    none, many = np.zeros(1), np.array([1000.0])
    held, free = (make_draws(each).gain(none, many)[:, 0] for each in (near, both))

    assert held.max() <= 0.001 + 1e-9
    assert both.find_room(1.0) == pytest.approx(0.5 * (1 - np.median(grid.size_scores[:, -1])), abs=0.01)
    assert dataclasses.replace(grid, given_scores=near.size_scores).find_room(1.0) == grid.find_room(1.0)
    assert np.quantile(free, 0.9) > free.mean() + 0.001


def test_folds_that_are_thrown_off_make_no_room_for_gains(make_grid, make_draws):
    """Where the model fails on some folds, no gain exceeds what it leaves to reach on most of them."""
    grid = make_grid(b=0.3, sd=0.001)
    off = grid.size_scores.copy()
    off[-3:] -= 50.0
    room = 1 - np.median(grid.size_scores[:, -1])
    draws = make_draws(dataclasses.replace(grid, size_scores=off))

    assert draws.gain(np.array([0.0]), np.array([1000.0])).max() <= room + 0.01


def test_gross_errors_first_leave_less_for_later(make_grid, make_draws):
    """Where the first wrong numbers are off by most, what the deep rehearsal adds comes with its first rows."""
    labels, none = np.array([30.0, 100.0, 200.0, 400.0]), np.zeros(4)
    alike, fading = (
        make_draws(make_grid(), off=off, reviewer=1.0).gain(labels, none).mean(axis=0)
        for off in (np.ones(1000), 1 / np.arange(1.0, 1001.0))
    )

    assert alike == pytest.approx(make_draws(make_grid(), reviewer=1.0).gain(labels, none).mean(axis=0))
    assert fading[:2] == pytest.approx(alike[:2], rel=0.03)
    # Only as far as the first rehearsal's pace counts: lighter mistakes gain less at it.
    assert 0.8 * alike[3] < fading[3] < alike[3]
    assert (fading[2] - fading[1]) / (fading[3] - fading[1]) > 1.1 * (alike[2] - alike[1]) / (alike[3] - alike[1])
    # Numbers that are all as suggested weigh nothing, and nothing is divided by it.
    nothing = make_draws(make_grid(), off=np.zeros(1000), reviewer=1.0)
    assert nothing.gain(labels, none).mean(axis=0) == pytest.approx(alike)


@pytest.mark.parametrize("far", [-0.02, 0.0, 0.03])
def test_far_down_the_list_an_hour_gains_mostly_what_was_rehearsed_there(make_grid, make_draws, far):
    """Down to the deep rehearsal gains go near to its own, be that less or more; a quarter is the first one's pace."""
    grid = make_grid()
    deeper = np.full_like(grid.rehearsal.deeper, far)
    draws = make_draws(dataclasses.replace(grid, rehearsal=dataclasses.replace(grid.rehearsal, deeper=deeper)))
    straight = dataclasses.replace(draws, sensitivity=dataclasses.replace(draws.sensitivity, deep=None))
    labels = np.array([50.0, 100.0, 200.0, 400.0, 900.0])
    first, whole, between, last, beyond = draws.gain(labels, np.zeros(5)).mean(axis=0)
    _, _, _, *paces = straight.gain(labels, np.zeros(5)).mean(axis=0)

    assert first < whole
    assert last == pytest.approx(0.75 * (whole + far) + 0.25 * paces[0], rel=0.05)
    assert min(whole, last) - 1e-9 <= between <= max(whole, last) + 1e-9
    # Further down nothing more is expected than what goes on at the first rehearsal's pace.
    assert beyond - last == pytest.approx(0.25 * (paces[1] - paces[0]), abs=0.05 * abs(last))


@pytest.mark.parametrize("n_now", [1000, 1700, 3000])
def test_gains_have_no_step_where_the_first_rehearsal_ends(make_grid, make_draws, n_now):
    """One label more gains next to nothing more, also where only a part of the table was fitted."""
    draws = make_draws(make_grid(), n_now=n_now)
    before, after = draws.gain(np.array([0.1, 0.101]) * n_now, np.zeros(2)).mean(axis=0)

    assert after == pytest.approx(before, rel=0.02)


def test_a_reviewer_who_never_errs_repairs_no_less_with_every_row(make_draws):
    """Where mistakes grow lighter down the list, and draws run out of wrong ones, what is repaired never falls."""
    draws = make_draws(reviewer=1.0, off=1 / np.arange(1.0, 1001.0), precision=0.8)
    net = draws.fixed.net(np.linspace(0.0, 1000.0, 201))

    assert (np.diff(net, axis=1) >= -1e-9).all()


@pytest.mark.parametrize("n_left", [1000, 400, 150])
def test_the_rehearsed_rows_gain_what_was_rehearsed(make_grid, make_draws, n_left):
    """How many rows were reviewed before says nothing of what the next ones gain, which was rehearsed on all rows."""
    grid, p_wrong = make_grid(sd=0.0), np.sort(np.random.default_rng(1).beta(0.5, 4.5, n_left))[::-1]
    draws = make_draws(grid, p_wrong=p_wrong, n_rows=1000)

    told = draws.sensitivity.gain(draws.fixed.net(np.array([1000 * grid.depth])) / 1000)

    assert told.mean() == pytest.approx(grid.rehearsal.gain[0].mean(), rel=0.02)


def test_nothing_is_lost_at_once_where_reviewers_begin_to_spoil_more_than_they_repair(make_grid, make_draws):
    """Down the list what was rehearsed fades with what is left of its repairs, and does not stand until the last."""
    draws = make_draws(reviewer=0.88, precision=0.5)
    labels = np.arange(100.0, 1001.0)
    gains = draws.gain(labels, np.zeros(len(labels))).mean(axis=0)

    assert draws.fixed.net(labels).mean(axis=0).min() < 0
    assert np.abs(np.diff(gains)).max() < 0.03 * np.ptp(gains)


def test_spoiled_labels_lose_no_larger_share_than_they_are_of_a_score(make_grid, make_draws):
    """However much the few repairs of a rehearsal seem to have gained."""
    grid = make_grid()
    steep = dataclasses.replace(grid.rehearsal, gain=np.full_like(grid.rehearsal.gain, 0.1))
    draws = make_draws(dataclasses.replace(grid, rehearsal=steep), reviewer=0.85, precision=0.26)
    spoiled = -draws.fixed.net(np.array([1000.0]))[:, 0] / 1000
    lost = -draws.sensitivity.gain(-spoiled[:, None])[:, 0]

    assert draws.sensitivity.steepness().max() > 1
    assert (spoiled > 0).all()
    assert (lost <= spoiled * grid.believed + 1e-12).all()
