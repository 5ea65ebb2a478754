"""New rows of chosen classes: what a day is worth that is spent on the rare class, say.

Such rows do two things. They are more rows, which the learning curve values, and they change how common the classes
are, which can help and can harm. The latter is measured: on subsets whose classes are as common as they will be,
against what the curve says of as many rows as they come today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import SpecError, suggest
from datassay.value.collecting import MAX_GROWTH, Power, fit_curve
from datassay.value.grid import Floats, Grid, Ints

if TYPE_CHECKING:
    from datassay.value.uncertainty import Draws

#: The smallest subset that is fitted to see a mixture, as a share of today's rows.
LEAST_KEPT = 0.3
#: Mixtures are looked at twice: as far as they are followed, and half-way.
N_POINTS = 2
#: Subsets are drawn so often for each fold and mixture: which rows go matters where a class is small.
N_DRAWN = 2
#: Effects are carried on along a straight line to so many times the farthest shift that was measured.
FARTHEST = 2.0
#: Shares of classes that differ by less are the same.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Mixture:
    """Classes of new rows."""

    #: (K,) shares among the new rows, adding up to 1.
    shares: Floats
    #: (K,) rows today, of all labelled rows.
    sizes: Floats

    @property
    def today(self) -> Floats:
        """The shares (K,) of the classes today."""
        today: Floats = self.sizes / self.sizes.sum()
        return today

    def blend(self, rows: Floats) -> Floats:
        """Return the shares of the classes with `rows` (P,) more, (P, K)."""
        grown = self.sizes + rows[:, None] * self.shares
        shares: Floats = grown / grown.sum(axis=1, keepdims=True)
        return shares

    def shift(self, rows: Floats) -> Floats:
        """Return how far `rows` (P,) more move the classes, (P,): the mean logarithm by which their shares grow.

        It is weighted by the shares among the new rows, so that it never falls.
        """
        moved: Floats = np.log(self.blend(rows) / self.today) @ self.shares
        return moved

    def keep(self, rows: Floats) -> Floats:
        """Return the largest share of today's rows, (P,), in which classes are as common as with `rows` (P,) more."""
        kept: Floats = (self.today / self.blend(rows)).min(axis=1)
        return np.minimum(kept, 1.0)

    def choose_rows(self) -> Floats:
        """Return the new rows, (2,), whose mixtures are looked at, ascending."""
        n, today = self.sizes.sum(), self.today
        # Of each class, rows until its share today is too small a part of its share then.
        short = self.shares * LEAST_KEPT - today
        limits = np.where(short > 0, n * today * (1 - LEAST_KEPT) / np.where(short > 0, short, 1.0), np.inf)
        far = min(float(limits.min()), (MAX_GROWTH - 1) * n)
        steps = np.linspace(0, far, 1000)
        shifts = self.shift(steps)
        rows: Floats = np.interp(shifts[-1] * np.arange(1, N_POINTS + 1) / N_POINTS, shifts, steps)
        return rows


@dataclass(frozen=True)
class Steered:
    """Gains of rows of a mixture, per draw; stands in for the curve of rows as they come today."""

    mixture: Mixture
    #: What as many rows would gain that come as they do today.
    curve: Power
    #: (D, 2) what the mixtures gain beside that, half-way and as far as they were measured.
    effect: Floats
    #: How far that is.
    far: float
    n_now: int

    def gain(self, growth: Floats) -> Floats:
        """Return the gain of `growth` (P,) = new rows / today's rows, (D, P)."""
        u = np.minimum(self.mixture.shift(growth * self.n_now) / self.far, FARTHEST)
        # The parabola through no effect today and both measured ones; beyond the last a straight line.
        half, whole = np.where(u <= 1, 4 * u * (1 - u), 0.0), np.where(u <= 1, u * (2 * u - 1), u)
        gain: Floats = self.curve.gain(growth) + self.effect @ np.stack([half, whole])
        return gain

    @property
    def may_fall(self) -> bool:
        """Whether a falling curve is taken at its word."""
        return self.curve.may_fall

    @property
    def d(self) -> Floats:
        """With `b`, the slope at today's rows, as a power curve has it."""
        return np.ones_like(self.curve.d)

    @property
    def b(self) -> Floats:
        """The gain per today's rows, at the margin."""
        step = 1e-4
        slope: Floats = self.gain(np.array([step]))[:, 0] / step
        return slope


def find_mixture(class_share: Mapping[str, float] | None, classes: Sequence[str], sizes: Ints) -> Mixture | None:
    """Return the mixture that a definition asks for, None where new rows come as they do today.

    `sizes` (K,) are today's rows. Classes that are not named share what is left as they do today. Raises SpecError for
    names that are no class, and for regression.
    """
    if class_share is None:
        return None
    if not classes:
        raise SpecError("collecting.class_share names classes, and the label is a number.", hint="Leave it out.")
    for name in class_share:
        if name not in classes:
            told = f"collecting.class_share: {name!r} is no class of the label."
            raise SpecError(told, hint=suggest(name, list(classes)))
    shares = np.array([class_share.get(name, np.nan) for name in classes])
    is_open = np.isnan(shares)
    left = max(1 - float(np.nansum(shares)), 0.0)
    shares[is_open] = left * sizes[is_open] / max(float(sizes[is_open].sum()), 1.0)
    mixture = Mixture(shares / shares.sum(), sizes.astype(np.float64))
    return None if np.abs(mixture.shares - mixture.today).max() < ROUNDING else mixture


def explain_mixture(mixture: Mixture | None, rows: float) -> list[str]:
    """Return how far the mixture of a day of `rows` was measured; nothing where rows come as they do today."""
    if mixture is None:
        return []
    points = mixture.choose_rows()
    half, far = (f"{each:,.0f}" for each in points)
    small, smaller = (f"{100 * each:.0f}" for each in mixture.keep(points))
    told = (
        "Scores are those on rows as they come today, whatever classes are collected. What other shares of the classes "
        f"do to the model was measured as they will be with {half} and with {far} new rows, on subsets of {small} and "
        f"{smaller} % of today's rows, and is carried over to a day from there."
    )
    if rows > points[-1]:
        told += " A day brings more than that: beyond it the effect is taken to go on as it did."
    return [told]


def draw_subset(train: Ints, y: NDArray[Any], mixture: Mixture, *, rows: float) -> Ints:
    """Return the largest part of `train` in which classes are as common as with `rows` more; no class is lost.

    Of each class those are taken that come first in `train`, which the caller shuffles: whole groups, where rows come
    in such, for as many rows of every group would tell more than the curve says of so few.
    """
    counts = np.bincount(y[train], minlength=len(mixture.sizes))
    at = np.array([rows])
    wanted = np.round(len(train) * mixture.keep(at)[0] * mixture.blend(at)[0]).astype(np.int64)
    n_kept = np.clip(wanted, np.minimum(counts, 1), counts)
    place = np.empty(len(train), dtype=np.int64)
    for code in range(len(counts)):
        mine = y[train] == code
        place[mine] = np.arange(mine.sum())
    kept: Ints = train[place < n_kept[y[train]]]
    return kept


def steer(draws: Draws, grid: Grid, mixture: Mixture | None, *, seed: int) -> Draws:
    """Return the draws with new rows coming as the mixture has them; as they were without a mixture."""
    curve = draws.power
    if mixture is None or grid.mixed is None or grid.given_scores is None or not isinstance(curve, Power):
        return draws
    from datassay.value.uncertainty import draw_weights

    rng = np.random.default_rng([seed, 23])
    n_draws, rows = len(draws.noise_rate), mixture.choose_rows()
    weights = draw_weights(grid.mixed.shape[1], grid.test_fraction, n_draws, rng)
    # Subsets are smaller than the training part too: what that alone costs, on the same labels, the curve says.
    sizes = draw_weights(len(grid.given_scores), grid.test_fraction, n_draws, rng) @ grid.given_scores
    whole = float(grid.sizes[-1])
    as_given = fit_curve(grid.sizes, sizes, n_now=round(whole))
    fewer = -as_given.b[:, None] * np.expm1(-as_given.d[:, None] * np.log(mixture.keep(rows))[None, :])
    effect = weights @ grid.mixed.T - fewer
    return replace(draws, power=Steered(mixture, curve, effect, float(mixture.shift(rows[-1:])[0]), draws.n_now))
