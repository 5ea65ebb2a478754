"""New rows of chosen classes: what a day is worth that is spent on the rare class, say.

The score is followed backwards along the same mixture: with as many rows of those classes taken away as can be, up to
half of a class. Going forward, the gain is taken to grow with the mean logarithm of the classes' sizes, weighted by
their shares among the new rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import SpecError, suggest
from datassay.value.collecting import damp
from datassay.value.grid import Floats, Grid, Ints

if TYPE_CHECKING:
    from datassay.value.uncertainty import Draws

#: Most of a class that is taken away to see what it is worth.
MOST_TAKEN = 0.5
#: Shares of classes that differ by less are the same.
ROUNDING = 1e-6
#: Mixtures are drawn so often for each fold: which rows go matters where a class is small.
N_DRAWN = 2


@dataclass(frozen=True)
class Mixture:
    """Classes of new rows."""

    #: (K,) shares among the new rows, adding up to 1.
    shares: Floats
    #: (K,) rows today, of all labelled rows.
    sizes: Floats

    def grow(self, rows: Floats) -> Floats:
        """Return the mean logarithm of the classes' growth by `rows` (P,) new rows, (P,); negative ones shrink."""
        grown = np.log1p(rows[:, None] * self.shares / self.sizes)
        growth: Floats = grown @ self.shares
        return growth

    @property
    def most_taken(self) -> float:
        """The rows of this mixture that can be taken away before a class has lost half of its rows."""
        steered = self.shares > 0
        return float((MOST_TAKEN * self.sizes[steered] / self.shares[steered]).min())


@dataclass(frozen=True)
class Steered:
    """Gains of rows of a mixture, per draw; stands in for the curve of rows as they come today."""

    mixture: Mixture
    #: (D,) gain per unit of growth.
    slope: Floats
    n_now: int

    def gain(self, growth: Floats) -> Floats:
        """Return the gain of `growth` (P,) = new rows / today's rows, (D, P)."""
        return damp(self.slope)[:, None] * self.mixture.grow(growth * self.n_now)[None, :]

    @property
    def d(self) -> Floats:
        """With `b`, the slope at today's rows, as a power curve has it."""
        return np.ones_like(self.slope)

    @property
    def b(self) -> Floats:
        """The gain per today's rows, at the margin."""
        step = 1e-4
        slope: Floats = self.slope * self.mixture.grow(np.array([step * self.n_now]))[0] / step
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
    return Mixture(shares / shares.sum(), sizes.astype(np.float64))


def doubt_mixture(mixture: Mixture | None, classes: Sequence[str], metric: str) -> list[str]:
    """Return a sentence for each reason why gains of rows of this mixture may be told with the wrong sign."""
    if mixture is None:
        return []
    today = mixture.sizes / mixture.sizes.sum()
    is_raised = mixture.shares > today + ROUNDING
    # Taking rows away from a balanced table unbalances it, and so does adding them: one is no mirror of the other.
    is_common = is_raised & (today >= 1 / len(classes) - ROUNDING)
    common = [name for name, common in zip(classes, is_common, strict=True) if common]
    told = []
    if common:
        names = ", ".join(repr(name) for name in common)
        told.append(f"New rows would be more of {names}, no rare class: the gain of a day may have the wrong sign.")
    if metric == "accuracy" and is_raised.any():
        told.append(
            "Accuracy counts classes as they are today, new rows would be unlike that: the gain of a day may have the "
            "wrong sign. Balanced accuracy is the metric for rare classes."
        )
    return told


def thin(train: Ints, y: NDArray[Any], mixture: Mixture, rng: np.random.Generator) -> Ints:
    """Return `train` without as many rows of the mixture as can be taken."""
    counts = np.bincount(y[train], minlength=len(mixture.sizes))
    wanted = mixture.shares * mixture.most_taken * len(train) / mixture.sizes.sum()
    taken = np.minimum(np.round(wanted).astype(np.int64), np.maximum(counts - 1, 0))
    shuffled = rng.permutation(train)
    place = np.empty(len(train), dtype=np.int64)
    for code in range(len(counts)):
        mine = y[shuffled] == code
        place[mine] = np.arange(mine.sum())
    kept: Ints = shuffled[place >= taken[y[shuffled]]]
    return kept


def steer(draws: Draws, grid: Grid, mixture: Mixture | None, *, seed: int) -> Draws:
    """Return the draws with new rows coming as the mixture has them; as they were without a mixture."""
    if mixture is None or grid.thinned is None:
        return draws
    from datassay.value.uncertainty import draw_weights

    rng = np.random.default_rng([seed, 23])
    weights = draw_weights(len(grid.thinned), grid.test_fraction, len(draws.noise_rate), rng)
    shrunk = -float(mixture.grow(np.array([-mixture.most_taken]))[0])
    slope = draws.weights.rows_by * (weights @ grid.thinned) / shrunk
    steered = Steered(mixture, slope, draws.n_now)
    return replace(draws, power=steered)
