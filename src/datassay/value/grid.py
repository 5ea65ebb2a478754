"""The size-noise grid: how well the model did with fewer rows and with more noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datassay.results import Anchor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Scores of all fits, by replicate: one replicate is one (repeat, fold), and its cells share their test rows.

    Scores are in units of the metric, higher is better, against the given labels of the test rows.
    """

    #: (S,) training rows at each size anchor, ascending; the last is the whole training part of a fold.
    sizes: Floats
    #: (J, S) scores at the size anchors.
    size_scores: Floats
    #: (Q,) shares of the training labels that were changed on top of today's noise, ascending.
    doses: Floats
    #: (N,) replicates that have noise cells.
    noisy: Ints
    #: (N, Q) scores at full size with added noise.
    noise_scores: Floats
    #: Test rows over training rows of one replicate.
    test_fraction: float
    #: Fits made for the grid; cells scored from the predictions cost none.
    n_fits: int

    @property
    def n_replicates(self) -> int:
        """Return the number of (repeat, fold) pairs."""
        return len(self.size_scores)

    @property
    def noise_losses(self) -> Floats:
        """Return the (N, Q) change of score that the added noise made, each against its own replicate."""
        return self.noise_scores - self.size_scores[self.noisy, -1:]

    def summarise(self) -> list[Anchor]:
        """Return mean and spread of every cell over its replicates, sizes first."""
        cells = [
            *((rows, 0.0, self.size_scores[:, i]) for i, rows in enumerate(self.sizes)),
            *((self.sizes[-1], dose, self.noise_scores[:, i]) for i, dose in enumerate(self.doses)),
        ]
        return [
            Anchor(
                train_rows=round(float(rows)),
                added_noise_rate=float(dose),
                score=float(scores.mean()),
                score_sd=float(scores.std(ddof=1)) if len(scores) > 1 else 0.0,
                n_fits=len(scores),
            )
            for rows, dose, scores in cells
        ]
