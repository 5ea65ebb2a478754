"""Whether two labels are the same: classes exactly, numbers up to differences that matter to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Floats
from datassay.labels.scales import LEAST_BULK, Scale, list_scales, spread

#: Numbers are the same where they differ by at most this share of the least honest residual: such a difference is
#: smaller than any that a model could hold against a label, or a metric could show.
NEGLIGIBLE = 0.1
#: Up to a whole one they are the same where one of them is the other written with fewer digits: to so many decimals, or
#: as single precision has them.
MOST_DECIMALS, SINGLE = 9, 1e-6


@dataclass(frozen=True)
class Likeness:
    """How far two labels of one table may differ and still be the same; nothing is allowed to classes."""

    #: The scales that the numbers can be written on, and the least honest residual on each; none for classes.
    units: tuple[tuple[Scale, float], ...] = ()

    @classmethod
    def of(cls, labels: NDArray[Any]) -> Likeness:
        """Return the likeness of a table with these labels (n,): codes or names of classes, or finite floats."""
        if labels.dtype.kind != "f" or not len(labels):
            return cls()
        units = ((scale, LEAST_BULK * spread(scale.write(labels))) for scale in list_scales(labels))
        # Numbers that are all the same, or too large to have a spread, are compared as they are.
        return cls(tuple((scale, unit) for scale, unit in units if 0 < unit < np.inf))

    def differ(self, one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which labels (m,) differ.

        Numbers must be near each other on every scale that they can be written on: what is little to a dear house is
        much to a cheap one.
        """
        if not self.units:
            return np.asarray(one != other, dtype=bool)
        off = np.max([np.abs(scale.write(one) - scale.write(other)) / unit for scale, unit in self.units], axis=0)
        is_other = np.asarray(off > NEGLIGIBLE, dtype=bool)
        # What is worth a look: few are, and looking takes longer than all else.
        is_close = is_other & (off <= 1)
        is_other[is_close] = ~_is_shortened(one[is_close], other[is_close])
        return is_other

    def is_same(self, one: Any, other: Any) -> bool:
        """Tell whether two labels are the same."""
        if not self.units:
            return bool(one == other)
        return not self.differ(np.array([one], dtype=np.float64), np.array([other], dtype=np.float64))[0]


#: Of classes, which are the same by their name alone.
EXACT = Likeness()


def _is_shortened(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Tell which numbers (m,) are the same but for digits that one of them was written without."""
    found = np.isclose(one, other, rtol=SINGLE, atol=0.0)
    if found.all():
        return found
    for decimals in range(MOST_DECIMALS + 1):
        for long, short in ((one, other), (other, one)):
            # What has been rounded may differ in its last binary digit from what was written so.
            found |= np.isclose(np.round(long, decimals), short, rtol=1e-12, atol=0.0)
    return np.asarray(found, dtype=bool)
