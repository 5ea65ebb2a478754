"""True labels and annotators' accuracies drawn in turn, so that no accuracy is surer than the truths it is counted on.

Expectation and maximisation finds one set of accuracies, at which every vote confirms its own annotator: the best one
comes out better than they are, and far too sure (docs/methods.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Floats
from datassay.labels.voices import POWERS, Word, multiply

#: Rounds, of which the first are forgotten, and the fewest that are kept where all together would compute more
#: probabilities than the most.
N_ROUNDS, N_FORGOTTEN, LEAST_KEPT, MOST_CELLS = 260, 60, 40, 400_000_000
#: The way to take the model's word in the first round: sharp as it is, with the least doubt.
AS_IT_IS = POWERS.index(1.0)
#: An annotator is right in nine of ten rows until votes say otherwise: worth so many votes.
PRIOR_RIGHT, PRIOR_VOTES = 0.9, 10.0
#: No vote is heard as surer than that.
SUREST = 0.999


@dataclass(frozen=True)
class Truths:
    """What draws of true labels and accuracies have in common."""

    #: (n, k) P(true class), the mean over the rounds.
    belief: Floats
    #: (S, m) each annotator's accuracy.
    accuracies: Floats


def to_odds(accuracy: Floats, k: int) -> Floats:
    """Return the log-odds that a vote for one of `k` classes adds to it over each other one; none below guessing."""
    held = np.clip(accuracy, 1 / k, SUREST)
    odds: Floats = np.log(held * (k - 1) / (1 - held))
    return odds


def draw_truths(
    row: NDArray[np.int64],
    who: NDArray[np.int64],
    code: NDArray[np.int64],
    *,
    n_annotators: int,
    pred: Floats,
    given: Floats,
    seed: int,
) -> Truths:
    """Draw true labels of `n` rows by votes (v,) for codes by annotators, and a model's probabilities (n, k).

    Each round draws truths by the votes at today's accuracies (Dawid and Skene 1979, one accuracy per annotator),
    accuracies from the Beta distribution of the votes that are right by these truths, and how sharp the model's word is
    and how much doubt is mixed into it, by how likely these truths are then (a Gibbs sampler). `given` (n, k) are
    log-odds that labels from elsewhere add.
    """
    rng = np.random.default_rng([seed, 59])
    n, k = pred.shape
    word, rows, counts = Word(pred), np.arange(n), np.bincount(who, minlength=n_annotators)
    accuracy, prior = np.full(n_annotators, PRIOR_RIGHT), np.log(word.mean(AS_IT_IS))
    belief, kept = np.zeros_like(pred), []
    for i in range(max(N_FORGOTTEN + LEAST_KEPT, min(N_ROUNDS, MOST_CELLS // pred.size))):
        by_votes = multiply(prior + given, row, code, to_odds(accuracy, k)[who])
        reached = by_votes.cumsum(axis=1)
        true = (reached < rng.random((n, 1)) * reached[:, -1:]).sum(axis=1)
        right = np.bincount(who[true[row] == code], minlength=n_annotators)
        accuracy = rng.beta(right + PRIOR_VOTES * PRIOR_RIGHT, counts - right + PRIOR_VOTES * (1 - PRIOR_RIGHT))
        likely = np.log(word.say(rows, true)).sum(axis=1)
        weight = np.exp(likely - likely.max())
        prior = np.log(word.mean(int(rng.choice(len(weight), p=weight / weight.sum()))))
        if i >= N_FORGOTTEN:
            belief += by_votes
            kept.append(accuracy)
    return Truths(belief / len(kept), np.array(kept))
