"""What is believed of the true labels: how classes are confused, and the probability of every class for every row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.deconvolution import infer_true, spread_belief
from datassay.labels.posterior import Floats
from datassay.labels.voices import Voices

#: The model's word on which classes are confused counts for so many errors that reviewers found.
MODEL_ERRORS = 8.0
#: Share of that word that is even over all pairs: what a model never confuses, people may.
EVEN_SHARE = 0.3


def learn_pattern(joint: Floats, given: NDArray[Any], true: NDArray[Any]) -> Floats:
    """Return the joint (k, k), [given][true], with its errors spread as reviewers found them.

    `joint` is the model's, shares of all rows that sum to 1; `given` and `true` (m,) are codes of reviewed rows. The
    errors' pattern is a Dirichlet posterior mean: the model's pattern, part of it even, counts for 8 errors. The share
    of errors and the sizes of the given classes stay.
    """
    k = len(joint)
    is_error = given != true
    if not is_error.any():
        return joint
    other = 1 - np.eye(k)
    seen = np.zeros((k, k))
    np.add.at(seen, (given[is_error], true[is_error]), 1.0)
    off = joint * other
    share = off.sum()
    model = off / share if share > 0 else other / other.sum()
    prior = (1 - EVEN_SHARE) * model + EVEN_SHARE * other / other.sum()
    # Without a share of its own the pattern still needs a size: `to_transition` sets it to the noise rate.
    spread = (share or 0.01) * (MODEL_ERRORS * prior + seen) / (MODEL_ERRORS + seen.sum())
    size = joint.sum(axis=1)
    spread *= np.minimum(1.0, size / np.maximum(spread.sum(axis=1), 1e-12))[:, None]
    learned: Floats = spread + np.diag(size - spread.sum(axis=1))
    return learned


def believe(
    given: NDArray[Any], pred: Floats, p_wrong: Floats, transition: Floats, voices: Voices | None = None
) -> Floats:
    """Return P(true class) of every row, (n, k), rows summing to 1.

    The given class has 1 - P(wrong); the rest goes to the other classes as `infer_true` spreads it, or as `voices` and
    the model do where these were heard. `given` (n,) are codes, `pred` (n, k) out-of-sample probabilities of given
    labels, `transition` (k, k) is T[true][given].
    """
    posterior = infer_true(given, pred, transition)
    if voices is not None:
        posterior = voices.replace_heard(posterior, pred)
    return spread_belief(posterior, given, p_wrong)
