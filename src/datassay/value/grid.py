"""What was measured: scores with fewer rows, with labels spoiled on purpose, and with those found and repaired."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from datassay.results import Anchor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Replay:
    """One replay of cleaning: targets spoiled on purpose, listed by the detector, repaired where it listed them.

    Scores are by fold (F,), first against believed, then against given labels: (2, F).
    """

    #: How the spoiled targets were chosen: "numbers".
    kind: str
    #: Share of the labels that was spoiled.
    dose: float
    #: Share of all labels that was spoiled and found among the listed ones.
    found: float
    #: Change of the score that spoiling made, and change back that the repair made.
    loss: Floats
    gain: Floats

    def of_folds(self, kept: NDArray[np.bool_]) -> Replay:
        """Return the replay on some of its folds (F,)."""
        return replace(self, loss=self.loss[:, kept], gain=self.gain[:, kept])


@dataclass(frozen=True)
class Rehearsal:
    """The listed labels changed into what they are believed to be; (2, F) change of the score, F over all folds."""

    gain: Floats

    def of_folds(self, kept: NDArray[np.bool_]) -> Rehearsal:
        """Return the rehearsal on some of its folds (F,)."""
        return replace(self, gain=self.gain[:, kept])


@dataclass(frozen=True)
class Grid:
    """Scores of all fits, by replicate: one replicate is one (repeat, fold), and its cells share their test rows.

    Scores are in units of the metric, higher is better, against what is believed of the true labels of the test rows,
    or against the given ones where nothing is believed.
    """

    #: (S,) training rows at each size anchor, ascending; the last is the whole training part of a fold.
    sizes: Floats
    #: (J, S) scores at the size anchors.
    size_scores: Floats
    #: Cleaning rehearsed at `depth`: replays for numbers, on the folds of the first repeat; the list for classes.
    replays: tuple[Replay, ...]
    rehearsal: Rehearsal | None
    #: Share of the labels that one rehearsal lists.
    depth: float
    #: Test rows over training rows of one replicate.
    test_fraction: float
    #: Fits made for the grid; cells scored from the predictions cost none.
    n_fits: int
    #: (F,) scores of the predictions by fold, against the given labels.
    given_scores: Floats = field(default_factory=lambda: np.zeros(0))
    #: (F,) what the score loses without rows of the mixture that is to be collected; None where rows come as today.
    thinned: Floats | None = None

    @property
    def n_folds(self) -> int:
        """Return the number of folds on which cleaning was rehearsed."""
        gains = [replay.gain for replay in self.replays] + ([self.rehearsal.gain] if self.rehearsal else [])
        return int(gains[0].shape[1])

    @property
    def n_replicates(self) -> int:
        """Return the number of (repeat, fold) pairs."""
        return len(self.size_scores)

    def summarise(self) -> list[Anchor]:
        """Return mean and spread of every cell over its replicates, sizes first."""
        whole = self.size_scores[:, -1].mean()
        cells = [
            *((rows, 0.0, self.size_scores[:, i]) for i, rows in enumerate(self.sizes)),
            *((self.sizes[-1], replay.dose, whole - replay.loss[0]) for replay in self.replays if replay.dose),
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
