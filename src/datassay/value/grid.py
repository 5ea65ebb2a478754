"""What was measured: scores with fewer rows, and with the listed labels changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datassay.results import Anchor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


#: Of what a model misses on given labels, at least this share is its own mistake.
OWN_MISTAKES = 0.5


@dataclass(frozen=True)
class Rehearsal:
    """The listed labels changed into what they are believed to be; (2, F) change of the score, F over all folds."""

    gain: Floats
    #: (2, E) what a list far down the worklist changes beyond that, on the first set of folds.
    deeper: Floats

    def of_scored(self) -> Rehearsal:
        """Return the rehearsal on those of its folds whose score is defined."""
        gain, deeper = (each[:, np.isfinite(each).all(axis=0)] for each in (self.gain, self.deeper))
        return replace(self, gain=gain, deeper=deeper)


@dataclass(frozen=True)
class Grid:
    """Scores of all fits, by replicate: one replicate is one (repeat, fold), and its cells share their test rows.

    Scores are in units of the metric, higher is better, against what is believed of the true labels of the test rows.
    """

    #: (S,) training rows at each size anchor, ascending; the last is the whole training part of a fold.
    sizes: Floats
    #: (J, S) scores at the size anchors.
    size_scores: Floats
    #: Cleaning rehearsed on the list, down to `depth`.
    rehearsal: Rehearsal
    #: Shares of the labels that one rehearsal lists, and that the deep one does.
    depth: float
    deep: float
    #: Test rows over training rows of one replicate.
    test_fraction: float
    #: Fits made for the grid; cells scored from the predictions cost none.
    n_fits: int
    #: (2, F) change of the score against given labels on subsets with the classes that are to be collected; None where
    #: rows come as they do today.
    mixed: Floats | None = None
    #: (J, S) scores at the size anchors against given labels; None where nobody has looked.
    given_scores: Floats | None = None
    #: Whether the training parts of the size anchors are of whole groups.
    is_by_groups: bool = False

    @property
    def n_folds(self) -> int:
        """Return the number of folds on which cleaning was rehearsed."""
        return int(self.rehearsal.gain.shape[1])

    @property
    def n_replicates(self) -> int:
        """Return the number of (repeat, fold) pairs."""
        return len(self.size_scores)

    @property
    def believed(self) -> float:
        """Return the score with all rows on what is believed of the true labels, the mean over replicates."""
        return float(self.size_scores[:, -1].mean())

    def find_room(self, ceiling: float) -> float:
        """Return how much is left at most up to the best score there is, `ceiling`, from 0 up.

        That is what believed labels leave. Beliefs may take nearly all of the model's mistakes for wrong labels and
        leave nothing: half of what is missed on given labels is the least.
        """
        believed = _find_room(self.size_scores[:, -1], ceiling)
        given = 0.0 if self.given_scores is None else _find_room(self.given_scores[:, -1], ceiling)
        return max(believed, OWN_MISTAKES * given)

    def summarise(self) -> list[Anchor]:
        """Return mean and spread of the scores at every size over its replicates."""
        return [
            Anchor(
                train_rows=round(float(rows)),
                added_noise_rate=0.0,
                score=float(scores.mean()),
                score_sd=float(scores.std(ddof=1)) if len(scores) > 1 else 0.0,
                n_fits=len(scores),
            )
            for rows, scores in zip(self.sizes, self.size_scores.T, strict=True)
        ]


def _find_room(scores: Floats, ceiling: float) -> float:
    # A fold in which the model is thrown far off must not make room for gains that nothing has.
    return max(ceiling - max(float(scores.mean()), float(np.median(scores))), 0.0)
