"""Joint draws of everything that is not known: scores, noise rate, precision and the form of the curves.

All figures of a value record come from the same draws, so that curves, probabilities and splits agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.results import Interval, PrecisionPoint
from datassay.value.cleaning import (
    MAX_NOISE,
    NetFixed,
    fit_noise_slope,
    gain_effective_size,
    gain_noise_slope,
)
from datassay.value.collecting import Power, fit_log_slope, fit_power, gain_log
from datassay.value.grid import Floats, Grid
from datassay.value.surface import Surface, fit_surface

#: Bootstrap draws; with three worlds each this makes 2,100 joint draws.
N_DRAWS = 700

#: A normal variable lies within this many standard deviations with 80 %.
Z_80 = 1.2815515655446004

#: Nearest that a share may come to 0 or 1 on the logit scale.
EDGE = 1e-4


@dataclass(frozen=True)
class Draws:
    """Parameters of three coherent worlds per draw, each (D,), and the repaired labels that all of them share.

    World 1: score linear in the log of the effective sample size. World 2: power law in rows, straight line in noise.
    World 3: the size-noise surface. Each world counts alike, so that their disagreement stays visible as uncertainty.
    """

    n_now: int
    #: K / (K - 1) for K classes; 1 for regression.
    c: float
    noise_rate: Floats
    fixed: NetFixed
    log_slope: Floats
    power: Power
    noise_slope: Floats
    surface: Surface

    def gain(self, labels: Floats, rows: Floats) -> Floats:
        """Return the gain of reviewing `labels` and adding `rows`, both (P,), as (3 D, P); world by world.

        New rows arrive at today's noise rate, so that repairs count for a smaller share of the larger table.
        """
        growth = rows / self.n_now
        fixed_rate = self.fixed.net(labels) / (self.n_now + rows)
        e, c = self.noise_rate, self.c
        return np.concatenate([
            gain_log(self.log_slope, growth) + gain_effective_size(self.log_slope, fixed_rate, e, c),
            self.power.gain(growth) + gain_noise_slope(self.noise_slope, fixed_rate, e, c),
            self.surface.gain(growth, fixed_rate, e, c),
        ])  # fmt: skip

    def exchange_rate(self) -> Floats:
        """Return how many new rows equal one net fixed label at the margin, (3 D,), at most today's rows."""
        c, purity = self.c, 1 - self.c * self.noise_rate
        per_log_row = self.surface.b * self.surface.d
        label = [2 * c / purity * self.log_slope, self.noise_slope / purity, per_log_row * self.surface.g * c / purity]
        row = [self.log_slope, self.power.b * self.power.d, per_log_row]
        fixed = np.maximum(np.concatenate(label), 0)
        new = np.maximum(np.concatenate(row), 0)
        # Where neither is worth anything the rate is 0 / 0: the closed form is the only thing known.
        rate = np.where(new > 0, fixed / np.where(new > 0, new, 1), np.inf)
        rate = np.where((new <= 0) & (fixed <= 0), np.tile(2 * c / purity, 3), rate)
        return np.minimum(rate, self.n_now)


def draw_worlds(
    grid: Grid,
    *,
    n_now: int,
    n_classes: int | None,
    ceiling: float,
    noise_rate: Interval,
    most_noise: float,
    is_reviewed: bool,
    precision: list[PrecisionPoint],
    p_wrong: Floats,
    reviewer_accuracy: float,
    seed: int,
    n_draws: int = N_DRAWS,
) -> Draws:
    """Draw `n_draws` times from what the grid and the label estimates leave open.

    `n_classes` is None for regression. `ceiling` is the best score the metric allows, `most_noise` the largest rate
    that is believed. `p_wrong` (n,) belongs to the worklist, worst first. `is_reviewed` says that noise rate and
    precision come from reviews of different rows and are therefore independent; estimated by one model, they are wrong
    together.
    """
    rng = np.random.default_rng([seed, 3])
    sizes, losses = draw_scores(grid, n_draws, rng)
    c = n_classes / (n_classes - 1) if n_classes else 1.0
    z_rate = rng.standard_normal(n_draws)
    z_precision = rng.standard_normal(n_draws) if is_reviewed else z_rate
    rate = np.clip(draw_share(noise_rate, z_rate), 0, min(MAX_NOISE / c, most_noise))
    noisy = sizes[:, -1:] + losses
    return Draws(
        n_now=n_now,
        c=c,
        noise_rate=rate,
        fixed=_draw_fixed(precision, p_wrong, rate, z_precision, reviewer_accuracy),
        log_slope=fit_log_slope(grid.sizes, sizes),
        power=fit_power(grid.sizes, sizes, n_now=n_now, ceiling=ceiling),
        noise_slope=fit_noise_slope(grid.doses, np.hstack([np.zeros((n_draws, 1)), losses])),
        surface=fit_surface(grid.sizes, grid.doses, np.hstack([sizes, noisy]), n_now=n_now, c=c, ceiling=ceiling),
    )


def draw_scores(grid: Grid, n_draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw mean scores at the size anchors (D, S) and mean losses by added noise (D, Q).

    Bayesian bootstrap over replicates (Rubin 1981); sizes and noise share the weights, so that a fold that is easy
    for one is easy for the other. Deviations are widened to the variance (1 / J + test / train) s^2 of Nadeau and
    Bengio (2003), because training parts overlap; the factor also undoes the bootstrap's own (J - 1) / (J (J + 1)).
    """
    weights = rng.dirichlet(np.ones(grid.n_replicates), size=n_draws)
    noisy = weights[:, grid.noisy]
    noisy = noisy / noisy.sum(axis=1, keepdims=True)
    return (
        _widen(weights, grid.size_scores, grid.test_fraction),
        _widen(noisy, grid.noise_losses, grid.test_fraction),
    )


def _widen(weights: Floats, scores: Floats, test_fraction: float) -> Floats:
    mean, n = scores.mean(axis=0), len(scores)
    factor = np.sqrt((1 / n + test_fraction) * n * (n + 1) / (n - 1))
    widened: Floats = mean + factor * (weights @ (scores - mean))
    return widened


def _logit(share: Floats | float) -> Floats:
    clipped = np.clip(share, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def _expit(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def draw_share(share: Interval, z: Floats) -> Floats:
    """Turn standard normal `z` into draws of a share with this median and 80 % interval.

    Logit-normal with its own spread on either side, so that skewed intervals are met at both ends.
    """
    middle, low, high = (_logit(x) for x in (share.estimate, share.low, share.high))
    spread = np.where(z >= 0, high - middle, middle - low) / Z_80
    return _expit(middle + np.maximum(spread, 0) * z)


def _draw_fixed(
    points: list[PrecisionPoint], p_wrong: Floats, rate: Floats, z: Floats, reviewer_accuracy: float
) -> NetFixed:
    """Draw the number of wrong labels by depth: the worklist's shape, moved to the measured precision points."""
    n = len(p_wrong)
    depths = np.unique(np.round(np.geomspace(1, n, 80)))
    believed = _logit(np.cumsum(p_wrong)[depths.astype(np.int64) - 1] / depths)
    at = np.log([point.k for point in points])
    middle, low, high = (
        np.interp(np.log(depths), at, _logit(np.array([getattr(p.precision, end) for p in points])))
        for end in ("estimate", "low", "high")
    )
    # Between two measured depths precision falls as the worklist's own probabilities do.
    offset = np.interp(np.log(depths), at, np.interp(at, np.log(depths), middle - believed))
    spread = np.where(z[:, None] >= 0, high - middle, middle - low) / Z_80
    share = _expit(believed + offset + np.maximum(spread, 0) * z[:, None])
    # There cannot be more wrong labels among the worst than there are at all.
    n_wrong = np.minimum(share * depths, rate[:, None] * n)
    n_wrong = np.maximum.accumulate(np.hstack([np.zeros((len(rate), 1)), n_wrong]), axis=1)
    return NetFixed(np.concatenate([[0.0], depths]), n_wrong, reviewer_accuracy)
