"""What more rows are worth: learning curves through the size anchors, many draws at once.

Gains are told from today's rows on and never an asymptote: parameters of a curve are unstable, the score and the slope
where the data ends are not (Hoiem et al., ICML 2021). Sources: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.value.grid import Floats

#: Curves are not followed beyond this multiple of today's rows.
MAX_GROWTH = 4.0

#: What is kept of a slope of the wrong sign. About one curve in seven is really ill-behaved (LCDB 1.1); the others
#: that fall in a sample do so by chance.
NEGATIVE_TAIL = 0.15

#: How fast curves flatten. An exponent of each table's own follows its luck: days of lessons were foretold better with
#: one for all (docs/methods.md).
EXPONENT = 0.4


def damp(slope: Floats) -> Floats:
    """Keep positive slopes as they are, and a small part of negative ones."""
    return np.where(slope >= 0, slope, NEGATIVE_TAIL * slope)


def anchor_weights(sizes: Floats) -> Floats:
    """Return weights of the anchors, larger sizes weigh more: the end of the curve is what goes on."""
    weights: Floats = sizes / sizes.sum()
    return weights


def fit_log_slope(sizes: Floats, scores: Floats) -> Floats:
    """Return the slope s of `score = a + s ln(rows)` per draw; `scores` is (D, S), the result (D,)."""
    weights = anchor_weights(sizes)
    x = np.log(sizes)
    x = x - weights @ x
    slope: Floats = scores @ (weights * x) / (weights @ x**2)
    return slope


@dataclass(frozen=True)
class Power:
    """The curve `score = a - b (rows / rows today)^-d`, per draw; the asymptote a is not kept."""

    #: (D,)
    b: Floats
    #: (D,)
    d: Floats
    #: Whether falling curves are taken at their word: where labels of a class are mostly wrong, more rows really harm.
    may_fall: bool = False

    def gain(self, growth: Floats) -> Floats:
        """Return the gain of `growth` (P,) = new rows / today's rows, (D, P); exact also for one row in a million."""
        b = self.b if self.may_fall else damp(self.b)
        return -b[:, None] * np.expm1(-self.d[:, None] * np.log1p(growth)[None, :])


def fit_curve(sizes: Floats, scores: Floats, *, n_now: int) -> Power:
    """Fit the curve whose exponent is `EXPONENT` to scores (D, S) at `sizes` (S,) by weighted least squares."""
    weights = anchor_weights(sizes)
    z = (sizes / n_now) ** -EXPONENT
    z = z - weights @ z
    b = -(scores @ (weights * z)) / (weights @ z**2)
    return Power(b, np.full(len(b), EXPONENT))
