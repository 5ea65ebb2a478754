"""Joint draws of everything that is not known: scores, noise rate, precision, and how far estimates like ours are off.

All figures of a value record come from the same draws, so that curves, probabilities and splits agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datassay.labels.posterior import NARROW_EDGE, Z_80, draw_share, expit, logit
from datassay.results import Interval, PrecisionPoint
from datassay.value.cleaning import LEAST_FOUND, MAX_NOISE, NetFixed, Sensitivity, count_listed
from datassay.value.collecting import Power, fit_curve, fit_log_slope
from datassay.value.grid import Floats, Grid
from datassay.value.steering import Steered
from datassay.value.weights import Error, Weights

N_DRAWS = 2000

#: Share of reviewed labels at which the error of a gain is told.
ERROR_DEPTH = 0.1

#: Share of today's labels that are fixed, or of rows that are added, for what the next one is worth.
MARGIN = 0.01

#: The deep rehearsal lies further on if it repairs this many times as many labels, or else only deeper.
MORE_FOUND = 1.05

#: What was rehearsed fades to nothing where fewer net repairs are left than this share of those that were rehearsed.
FADES = 0.25

#: Points whose gains are told at once.
N_AT_ONCE = 32

#: Gains up to this size are rounding errors: their ratio would be a number from nothing.
NOTHING = 1e-12


@dataclass(frozen=True)
class Draws:
    """Draws of the gains of labels and rows; each (D,)."""

    n_now: int
    #: K / (K - 1) for K classes; 1 for regression.
    c: float
    noise_rate: Floats
    fixed: NetFixed
    sensitivity: Sensitivity
    power: Power | Steered
    #: Slope of the score in the logarithm of the rows.
    log_slope: Floats
    weights: Weights
    #: Standard normal draws of how far the gain of labels, and that of rows, is off.
    label_error: Floats
    row_error: Floats
    #: What one unit of an error's level is in units of the metric.
    unit: float
    #: What is left up to the best score that there is.
    room: float
    #: Shares of the labels down to which cleaning was rehearsed, usually and once.
    rehearsed: tuple[float, float]

    def gain(self, labels: Floats, rows: Floats) -> Floats:
        """Return the gain of reviewing `labels` and adding `rows`, both (P,), as (D, P).

        New rows arrive at today's noise rate, so that repairs count for a smaller share of the larger table.
        """
        # A few points at a time: what stands between them and their gains takes dozens of times the gains' own memory.
        blocks = range(0, len(labels), N_AT_ONCE)
        return np.hstack([self._gain(labels[i : i + N_AT_ONCE], rows[i : i + N_AT_ONCE]) for i in blocks])

    def _gain(self, labels: Floats, rows: Floats) -> Floats:
        growth = rows / self.n_now
        cleaned = self._clean(labels) / (1 + growth)
        collected = self.power.gain(growth)
        depth = labels / (self.n_now + rows) / ERROR_DEPTH
        gain = (
            cleaned
            + self._spread_labels(labels, cleaned, depth)
            + collected
            + self._spread(self.weights.rows, self.row_error, collected, np.log2(1 + growth))
        )
        return np.minimum(gain, self.room)

    def _clean(self, labels: Floats) -> Floats:
        """Return the gain of reviewing `labels` (P,) of today's rows before it is spread, (D, P)."""
        net = self.fixed.net(labels) / self.n_now
        cleaned = self.sensitivity.gain(net)
        ends = self.n_now * np.array(self.rehearsed)
        is_beyond = labels > ends[0]
        if not is_beyond.any():
            return cleaned
        mean, (first, last) = net.mean(axis=0), self.fixed.net(ends).mean(axis=0) / self.n_now
        # By repaired labels, as far as more of them are to be found at all, or else by the depth.
        if last > MORE_FOUND * max(first, 0.0):
            way = (mean - first) / (last - first)
        else:
            way = np.log(np.maximum(labels, ends[0]) / ends[0]) / np.log(ends[1] / ends[0])
        way = np.where(labels < ends[1], np.clip(way, 0.0, 1.0), 1.0)
        found = self.fixed.wrong(labels)
        found /= np.maximum(found.mean(axis=0), NOTHING)
        # What is found deeper still gains as much as on the way there; what slips spoil is in the rehearsal by then.
        further = np.where((labels > ends[1]) & (last > 0), np.maximum(mean / max(last, NOTHING), 1.0), 1.0)
        # Of a table of which only a part was fitted, the same rows are a smaller share than the rehearsed ones were.
        part = first / max(float(self.sensitivity.listed_share.mean()), LEAST_FOUND)
        beyond = self.sensitivity.gain_beyond(net, found * further * part, way, self._keep(labels))
        cleaned[:, is_beyond] = beyond[:, is_beyond]
        return cleaned

    def _spread_labels(self, labels: Floats, cleaned: Floats, depth: Floats) -> Floats:
        spread = self._spread(self.weights.labels, self.label_error, cleaned, depth)
        # Reviews that spoil more labels than they repair may do less harm than is thought, but no good.
        return np.where(spread > 0, spread * self._keep(labels), spread)

    def _keep(self, labels: Floats) -> Floats:
        """Return how much of what was rehearsed is left at `labels` (P,), by the net repairs that are left, 0 to 1."""
        ends = self.n_now * np.array(self.rehearsed)
        net, rehearsed = self.fixed.net(labels).mean(axis=0), self.fixed.net(ends).mean(axis=0).max()
        left = np.clip(net / (FADES * max(rehearsed, NOTHING)), 0.0, 1.0)
        kept: Floats = np.where(labels > ends[0], left, net >= 0)
        return kept

    def _spread(self, error: Error, z: Floats, gain: Floats, x: Floats) -> Floats:
        # Nothing is off by more than what is left to gain: at the best score there is nothing to be wrong about.
        sd = np.minimum(np.hypot(error.level * self.unit * x, error.share * gain.mean(axis=0)), self.room)
        spread: Floats = (np.where(z >= 0, error.above, error.below) * z)[:, None] * sd[None, :]
        return spread

    @property
    def is_exchange_rate_measured(self) -> bool:
        """Whether the list repairs enough labels for the exchange rate to come from rehearsals, in most draws."""
        return bool(np.median(self.sensitivity.listed_share) > LEAST_FOUND)

    def exchange_rate(self) -> Floats:
        """Return how many new rows equal one net fixed label at the margin, (D,), at most today's rows."""
        step = np.array([MARGIN])
        reviewed = MARGIN * self.n_now
        found = max(float(self.fixed.net(np.array([reviewed])).mean()) / reviewed, LEAST_FOUND)
        fixed, new = self.sensitivity.gain(step[None, :]), self.power.gain(step)
        # As far off as hours and days may be, or a ratio would be told as sure where neither of its parts is.
        fixed = fixed + self._spread(self.weights.labels, self.label_error, fixed, step / found / ERROR_DEPTH)
        new = new + self._spread(self.weights.rows, self.row_error, new, np.log2(1 + step))
        nothing = NOTHING * self.unit
        fixed, new = (np.where(gain[:, 0] > nothing, gain[:, 0], 0.0) for gain in (fixed, new))
        # Where neither is worth anything the rate is 0 / 0: the closed form is the only thing known.
        rate = np.where(new > 0, fixed / np.where(new > 0, new, 1), np.inf)
        rate = np.where((new <= 0) & (fixed <= 0), tell_closed_form(self.c, self.noise_rate), rate)
        return np.minimum(rate, self.n_now)


def tell_closed_form(c: float, rate: Floats) -> Floats:
    """Return how many rows one fixed label is worth by the formula, 2 c / (1 - c rate), at most 10 times its least."""
    worth: Floats = 2 * c / (1 - np.minimum(c * rate, MAX_NOISE))
    return worth


def draw_worlds(
    grid: Grid,
    *,
    n_now: int,
    n_rows: int,
    n_classes: int | None,
    ceiling: float,
    noise_rate: Interval,
    most_noise: float,
    is_reviewed: bool,
    precision: list[PrecisionPoint],
    p_wrong: Floats,
    off: Floats | None = None,
    reviewer_accuracy: float,
    weights: Weights,
    may_fall: bool = False,
    unit: float = 1.0,
    seed: int,
    n_draws: int = N_DRAWS,
) -> Draws:
    """Draw `n_draws` times from what the grid and the label estimates leave open.

    `n_now` rows are labelled today, `n_rows` of them were fitted. `n_classes` is None for regression. `ceiling` is the
    best score the metric allows, `most_noise` the largest rate that is believed. `p_wrong` (m,) belongs to the rows of
    the worklist that nobody has reviewed, in its order. `is_reviewed` says that noise rate and precision come from
    reviews of different rows and are therefore independent; estimated by one model, they are wrong together. `may_fall`
    takes falling learning curves at their word. `unit` turns the levels of `weights` into units of the metric.
    """
    rng = np.random.default_rng([seed, 3])
    sizes, folds = draw_scores(grid, n_draws, rng)
    log_slope = fit_log_slope(grid.sizes, sizes)
    power = fit_curve(grid.sizes, sizes, n_now=n_now)
    c = n_classes / (n_classes - 1) if n_classes else 1.0
    z_rate = rng.standard_normal(n_draws)
    z_precision = rng.standard_normal(n_draws) if is_reviewed else z_rate
    # A model cannot tell of labels without any information; a random sample of reviews can.
    most_noise = most_noise if is_reviewed else min(MAX_NOISE / c, most_noise)
    rate = np.clip(draw_share(noise_rate, z_rate), 0, most_noise)
    rehearsed = count_listed(grid.depth, n_rows, len(p_wrong))
    fixed = _draw_fixed(precision, p_wrong, rate, z_precision, reviewer_accuracy)
    if off is not None:
        fixed = replace(fixed, weight=_weigh(fixed.depths, p_wrong, off, rehearsed))
    # The rehearsal on the list changed as many labels as are believed to be wrong down to its depth.
    listed = fixed.net(np.array([float(rehearsed)]))[:, 0].mean() / n_rows
    gain = weights.listed * (folds @ grid.rehearsal.gain[0])
    # Of its own draws, so that the others do not depend on it.
    far = draw_weights(grid.rehearsal.deeper.shape[1], grid.test_fraction, n_draws, np.random.default_rng([seed, 17]))
    return Draws(
        n_now=n_now,
        c=c,
        noise_rate=rate,
        fixed=fixed,
        sensitivity=Sensitivity(
            listed=gain,
            listed_share=np.full(n_draws, max(listed, 0.0)),
            # One fixed label is worth 2c / (1 - c rate) rows, and rows raise the score by its slope in their logarithm.
            fallback=np.maximum(log_slope, 0) * tell_closed_form(c, rate),
            deep=gain + weights.listed * (far @ grid.rehearsal.deeper[0]),
            # A model that repeats every wrong label loses that share of a score between 0 and 1.
            most_lost=max(grid.believed, 0.0) if n_classes and ceiling else np.inf,
        ),
        rehearsed=(grid.depth, grid.deep),
        room=grid.find_room(ceiling),
        power=replace(power, b=weights.rows_by * power.b, may_fall=may_fall),
        log_slope=log_slope,
        weights=weights,
        label_error=rng.standard_normal(n_draws),
        row_error=rng.standard_normal(n_draws),
        unit=unit,
    )


def _weigh(depths: Floats, p_wrong: Floats, off: Floats, rehearsed: float) -> Floats:
    """Return what a wrong number between each of `depths` (P,) and the one before weighs; 1 as far as was rehearsed.

    `off` (n,) are squares of what numbers are off by: a wrong one costs a model its variance, and beyond the rehearsed
    ones come smaller errors. Above it each counts alike, which foretold shorter hours better (choosing families).
    """
    at = np.arange(len(p_wrong) + 1)
    counted = np.interp(depths, at, np.concatenate([[0.0], np.cumsum(p_wrong)]))
    weighed = np.interp(depths, at, np.concatenate([[0.0], np.cumsum(p_wrong * off)]))
    usual = float(np.interp(rehearsed, depths, weighed) / max(np.interp(rehearsed, depths, counted), 1e-12))
    if usual <= 0:
        return np.ones_like(depths)
    # Of all down to a depth at most each alike; what one piece adds to that is never less than nothing.
    total = np.minimum(weighed / usual, counted)
    pieces = np.maximum(np.diff(total, prepend=0.0), 0.0)
    weight: Floats = pieces / np.maximum(np.diff(counted, prepend=0.0), 1e-12)
    return np.minimum(weight, 1.0)


def draw_scores(grid: Grid, n_draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw mean scores at the size anchors (D, S), and weights of the folds of the rehearsals (D, F).

    Bayesian bootstrap over replicates (Rubin 1981). Deviations are widened to the variance (1 / J + test / train) s^2
    of Nadeau and Bengio (2003), because training parts overlap; the factor also undoes the bootstrap's own
    (J - 1) / (J (J + 1)).
    """
    weights = draw_weights(grid.n_replicates, grid.test_fraction, n_draws, rng)
    return weights @ grid.size_scores, draw_weights(grid.n_folds, grid.test_fraction, n_draws, rng)


def draw_weights(n: int, test_fraction: float, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw weights (D, n) of replicates or folds, each row with sum 1, as spread as `draw_scores` says."""
    factor = np.sqrt((1 / n + test_fraction) * n * (n + 1) / (n - 1))
    weights: Floats = 1 / n + factor * (rng.dirichlet(np.ones(n), size=n_draws) - 1 / n)
    return weights


def _draw_fixed(
    points: list[PrecisionPoint], p_wrong: Floats, rate: Floats, z: Floats, reviewer_accuracy: float
) -> NetFixed:
    """Draw the number of wrong labels by depth: the worklist's shape, moved to the measured precision points."""
    n = len(p_wrong)
    depths = np.unique(np.round(np.geomspace(1, n, 80)))
    believed = logit(np.cumsum(p_wrong)[depths.astype(np.int64) - 1] / depths, NARROW_EDGE)
    at = np.log([point.k for point in points])
    middle, low, high = (
        np.interp(np.log(depths), at, logit(np.array([getattr(p.precision, end) for p in points]), NARROW_EDGE))
        for end in ("estimate", "low", "high")
    )
    # Between two measured depths precision falls as the worklist's own probabilities do.
    offset = np.interp(np.log(depths), at, np.interp(at, np.log(depths), middle - believed))
    spread = np.where(z[:, None] >= 0, high - middle, middle - low) / Z_80
    share = expit(believed + offset + np.maximum(spread, 0) * z[:, None])
    # There cannot be more wrong labels among the worst than there are at all.
    n_wrong = np.minimum(share * depths, rate[:, None] * n)
    n_wrong = np.maximum.accumulate(np.hstack([np.zeros((len(rate), 1)), n_wrong]), axis=1)
    return NetFixed(np.concatenate([[0.0], depths]), n_wrong, reviewer_accuracy)
