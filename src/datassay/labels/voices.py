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

#: Shares of doubt that may be mixed into the model's probabilities; the one that makes the votes likeliest is taken.
DOUBTS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)


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

        The model is the prior, with as much doubt mixed in as makes the voices likeliest, as in the labels stage.
        """
        return multiply(np.log(np.clip(soften(self.row, self.code, pred), 1e-12, 1.0)), self.row, self.code, self.odds)

    def replace_heard(self, belief: Floats, pred: Floats) -> Floats:
        """Return `belief` (n, k) with what voices and the model `pred` (n, k) say where voices were heard."""
        return np.where(self.is_heard[:, None], self.weigh(pred), belief)


def soften(row: NDArray[np.int64], code: NDArray[np.int64], pred: Floats) -> Floats:
    """Return the model's probabilities (n, k) with as much doubt mixed in as makes votes (v,) likeliest."""
    k = pred.shape[1]
    said = pred[row, code]
    likely = [float(np.log((1 - doubt) * said + doubt / k).sum()) for doubt in DOUBTS]
    doubt = DOUBTS[int(np.argmax(likely))]
    softened: Floats = (1 - doubt) * pred + doubt / k
    return softened


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
