"""Whether a model's lead over knowing only the labels' distribution is more than chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from datassay.labels.folds import Folds

#: A lead is real from so many standard errors on, of either kind.
STANDARD_ERRORS = 2.0
#: So many standard deviations between folds leave no doubt: rows need not be drawn anew.
BEYOND_DOUBT = 5.0
N_DRAWS = 100


class Lead:
    """A lead over the prior, by folds; `measure` returns that of some rows (m,)."""

    def __init__(self, cut: Folds, measure: Callable[[NDArray[np.int64]], float]) -> None:
        """Measure it on every fold; folds on which it is not defined are left out."""
        self._cut, self._measure = cut, measure
        leads = np.array([measure(np.flatnonzero(cut.fold == i)) for i in range(cut.n_folds)])
        self._leads = leads[np.isfinite(leads)]

    @cached_property
    def mean(self) -> float:
        """The mean over folds; 0 where it is defined on fewer than two."""
        return float(self._leads.mean()) if len(self._leads) > 1 else 0.0

    @cached_property
    def spread(self) -> float:
        """The standard deviation between folds."""
        return float(self._leads.std(ddof=1)) if len(self._leads) > 1 else 0.0

    @cached_property
    def _between_folds(self) -> float:
        # Training parts overlap: the variance of the mean is (1 / J + test / train) s^2 (Nadeau and Bengio 2003).
        n = len(self._leads)
        return STANDARD_ERRORS * self.spread * float(np.sqrt(1 / n + 1 / (n - 1))) if n > 1 else 0.0

    @cached_property
    def _by_rows(self) -> float:
        tested = np.flatnonzero(self._cut.fold >= 0)
        rng = np.random.default_rng(0)
        drawn = np.array([self._measure(rng.choice(tested, len(tested))) for _ in range(N_DRAWS)])
        return STANDARD_ERRORS * float(np.nanstd(drawn))

    @property
    def chance(self) -> float:
        """The lead that may be chance: two standard errors, between folds or by the tested rows."""
        return max(self._between_folds, self._by_rows)

    def is_real(self) -> bool:
        """Return whether it exceeds two standard errors, both between folds and by the rows that were tested.

        Five folds say little of a spread, and differ little by luck in every tenth table of pure noise; tested rows
        drawn anew tell whether the answers would do as well on others (benchmarks/verdict/chance.py).
        """
        if len(self._leads) < 2 or self.mean <= self._between_folds:
            return False
        return self.mean > BEYOND_DOUBT * self.spread or self.mean > self._by_rows
