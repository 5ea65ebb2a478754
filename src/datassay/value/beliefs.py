"""Beliefs of the true labels, made firmer by models that were trained on what is believed.

A model of noisy labels is a poor judge of what cleaning them would do: it takes its own mistakes for the truth. So true
labels are drawn from the belief, models are trained on them, and their out-of-sample word is what the belief rests on
from then on: one step of stochastic expectation-maximisation (docs/methods.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.deconvolution import spread_belief, temper, weigh
from datassay.labels.lessons import think_of
from datassay.labels.likeness import Likeness
from datassay.labels.places import Places
from datassay.labels.posterior import apply, logit, rescale
from datassay.labels.reviewers import ONE_VOTE, Accuracy, Asked, listen
from datassay.labels.voices import Voices
from datassay.value.grid import Floats
from datassay.value.number_beliefs import firm_up_numbers


@dataclass(frozen=True)
class Knowledge:
    """What is known of how labels go wrong."""

    #: (k, k) T[true][given]; nothing for numbers.
    transition: Floats
    #: Share of wrong labels, of rows on which no voices were heard where there are any.
    noise_rate: float
    #: (n,) verified codes, -1 where nobody has looked; for numbers what was said, and NaN.
    verified: NDArray[Any]
    accuracy: Accuracy
    #: Where the rows lie; None where it is not known.
    places: Places | None = None
    #: (n,) labels as they were when they were reviewed; None: those that are there now.
    asked: NDArray[Any] | None = None
    #: (n, 2) how reviewers voted on each row (`reviewers.join_reviewers`); None: one answer each.
    votes: NDArray[np.int64] | None = None
    #: What several annotators said; None where there are none.
    voices: Voices | None = None

    def votes_on(self, seen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how reviewers voted on these rows (m, 2)."""
        return np.tile(ONE_VOTE, (len(seen), 1)) if self.votes is None else self.votes[seen]

    def hear(
        self, seen: NDArray[np.int64], given: NDArray[Any], pred: Floats, p_wrong: Floats
    ) -> tuple[NDArray[Any], Floats, NDArray[np.bool_]]:
        """Return labels that were reviewed (m,), what was believed of these, and whether they were wrong.

        Labels that were corrected since were wrong when they were looked at, and speak for those near them. `given`,
        `pred` and `p_wrong` (n,) are of the labels that are there now.
        """
        then = (given if self.asked is None else self.asked)[seen]
        is_wrong = Likeness.of(given).differ(then, self.verified[seen])
        return then, think_of(then, seen, p_wrong, given, pred), is_wrong


def draw_labels(belief: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one label per row of P(true class) (m, k), (m,) codes."""
    cumulative = np.cumsum(belief, axis=1)
    drawn = (rng.random(len(belief))[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=1)
    labels: NDArray[np.int64] = np.minimum(drawn, belief.shape[1] - 1)
    return labels


def firm_up(
    given: NDArray[Any], worlds: Sequence[NDArray[np.int64]], preds: Sequence[Floats], known: Knowledge, seed: int
) -> Floats:
    """Return P(true class) of every row, (n, k), or its likely values where labels are numbers.

    `worlds` are drawn labels, (n,) each, and `preds` what models trained on them say out of sample, (n, k) each. As
    before, the mean of P(wrong) is the noise rate, reviews recalibrate it, and reviewed rows are certain. Where several
    annotators voted, their votes weigh what the models say: a row's own votes are in no model that has not seen it.
    """
    if given.dtype.kind == "f":
        return firm_up_numbers(given, preds, known, seed)
    rows = np.arange(len(given))
    true = temper(worlds[0], np.mean(preds, axis=0))
    posterior = weigh(given, true, known.transition)
    alone = rows
    if known.voices is not None:
        posterior, alone = known.voices.replace_heard(posterior, true), np.flatnonzero(~known.voices.is_heard)
    p_wrong = 1 - posterior[rows, given]
    # Not damped as the word on single labels is: what models of drawn labels agree on holds for whole groups of rows.
    # Votes have told the level of their own rows, and hardly any shift of such sure beliefs would move their mean.
    p_wrong[alone] = rescale(logit(p_wrong[alone]), max(known.noise_rate, 0.5 / len(given)))
    seen = np.flatnonzero(known.verified >= 0)
    if len(seen):
        then, doubted, is_wrong = known.hear(seen, given, true, p_wrong)
        asked = Asked(seen, then, doubted, is_wrong, known.accuracy, known.votes_on(seen))
        p_wrong = apply(listen(p_wrong, given, asked, known.places, seed), p_wrong)
    belief = spread_belief(posterior, given, p_wrong)
    belief[seen] = np.eye(belief.shape[1])[known.verified[seen]]
    return belief
