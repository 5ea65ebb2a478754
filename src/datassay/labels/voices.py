"""What annotators said, as a later stage needs it: votes that weigh what any model believes of the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datassay.datasets.content import temporary
from datassay.datasets.reading import writing
from datassay.errors import DataError
from datassay.labels.posterior import Floats

#: Powers that a model's probabilities may be raised to, and shares of even doubt that may be mixed into them: models of
#: labels that are partly wrong are too unsure of themselves as often as too sure.
POWERS = (0.5, 1.0, 1.5, 2.0, 3.0)
DOUBTS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
#: No probability is taken for less.
LEAST = 1e-12


class Word:
    """A model's probabilities (n, k) as they may be meant: sharper or blunter, and with more or less doubt."""

    def __init__(self, pred: Floats) -> None:
        """Keep logarithms, and what makes each power of the probabilities sum to 1."""
        self.log_pred = np.log(np.clip(pred, LEAST, 1.0))
        self._norms = np.array([np.log(np.exp(power * self.log_pred).sum(axis=1)) for power in POWERS])

    def say(self, row: NDArray[np.int64], code: NDArray[np.int64]) -> Floats:
        """Return the probabilities of classes (v,) of rows (v,) in all ways that they may be meant, (ways, v)."""
        k, powers = self.log_pred.shape[1], np.array(POWERS)
        plain = np.exp(powers[:, None] * self.log_pred[row, code] - self._norms[:, row])
        ways: Floats = np.concatenate([(1 - doubt) * plain + doubt / k for doubt in DOUBTS])
        return ways

    def mean(self, way: int) -> Floats:
        """Return the probabilities (n, k) of the given one of the ways of `say`."""
        doubt, at = DOUBTS[way // len(POWERS)], way % len(POWERS)
        plain = np.exp(POWERS[at] * self.log_pred - self._norms[at][:, None])
        meant: Floats = (1 - doubt) * plain + doubt / plain.shape[1]
        return meant


@dataclass(frozen=True)
class Voices:
    """Votes, and given labels that nobody voted for, with what each adds to its class; (v,) each."""

    #: Positions among the rows of the predictions, and codes.
    row: NDArray[np.int64]
    code: NDArray[np.int64]
    #: Log-odds that the voice adds to its class over each other one.
    odds: Floats
    n_rows: int

    @property
    def is_heard(self) -> NDArray[np.bool_]:
        """(n,) whether two voices or more were heard: only there do votes say more than the given label does."""
        return np.asarray(np.bincount(self.row, minlength=self.n_rows) >= 2, dtype=bool)

    def weigh(self, pred: Floats) -> Floats:
        """Return P(true) (n, k) by the voices and a model (n, k) that has not seen the row.

        The model is the prior, as sharp and with as much doubt as makes the voices likeliest.
        """
        word, k = Word(pred), pred.shape[1]
        # How often a voice is right, and how often it names one particular wrong class.
        right = 1 / (1 + (k - 1) * np.exp(-self.odds))
        wrong = (1 - right) / (k - 1)
        likely = np.log(wrong + (right - wrong) * word.say(self.row, self.code)).sum(axis=1)
        return multiply(np.log(word.mean(int(likely.argmax()))), self.row, self.code, self.odds)

    def replace_heard(self, belief: Floats, pred: Floats) -> Floats:
        """Return `belief` (n, k) with what voices and the model `pred` (n, k) say where voices were heard."""
        return np.where(self.is_heard[:, None], self.weigh(pred), belief)


def multiply(log_prior: Floats, row: NDArray[np.int64], code: NDArray[np.int64], odds: Floats) -> Floats:
    """Return probabilities (n, k), each prior times what the votes (v,) on its row add."""
    log_belief = log_prior.copy()
    np.add.at(log_belief, (row, code), odds)
    belief: Floats = np.exp(log_belief - log_belief.max(axis=1, keepdims=True))
    belief /= belief.sum(axis=1, keepdims=True)
    return belief


def save_voices(voices: Voices, path: Path) -> None:
    """Write the voices into the run's cache."""
    with temporary(path.parent) as fresh, writing(path.parent):
        with fresh.open("wb") as file:
            np.savez(file, allow_pickle=False, row=voices.row, code=voices.code, odds=voices.odds, n_rows=voices.n_rows)
        fresh.replace(path)


def load_voices(path: Path) -> Voices:
    """Return what `save_voices` wrote; raises DataError where the file is gone or broken."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Voices(file["row"], file["code"], file["odds"], int(file["n_rows"]))
    except (OSError, ValueError, KeyError) as exc:
        raise DataError("The annotators' votes cannot be read from the cache.", hint="Run the audit again.") from exc
