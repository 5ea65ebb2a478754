"""Beliefs of true numbers: equally likely values for every row.

A given number is right but for P(wrong); a wrong one is what the model says of the row, give or take what honest
numbers like it are off by. Beliefs are made firmer as those of classes are: by models of drawn values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.lessons import tell_sides
from datassay.labels.posterior import apply
from datassay.labels.regression import Residuals, doubt, measure_residuals
from datassay.labels.reviewers import Asked, listen
from datassay.value.grid import Floats

if TYPE_CHECKING:
    from datassay.value.beliefs import Knowledge

#: Values per row: enough that one in twenty is seen, and few enough that scores against all of them cost nothing.
N_VALUES = 16


def believe_numbers(given: Floats, pred: Floats, p_wrong: Floats, verified: Floats, seed: int) -> Floats:
    """Return equally likely true values of every row, (n, 16).

    `given` (n,), `pred` (n,) out of sample, `verified` (n,) what reviewers said, NaN where nobody has looked.
    """
    return _spread(given, measure_residuals(given, pred), p_wrong, verified, seed)


def draw_values(belief: Floats, rng: np.random.Generator) -> Floats:
    """Draw one of the values of every row (m, v), (m,)."""
    drawn: Floats = belief[np.arange(len(belief)), rng.integers(belief.shape[1], size=len(belief))]
    return drawn


def firm_up_numbers(given: NDArray[Any], preds: Sequence[Floats], known: Knowledge, seed: int) -> Floats:
    """Return equally likely true values of every row, (n, 16), by models of drawn values; `preds` are (n,) each."""
    pred = np.mean(preds, axis=0)
    residuals = measure_residuals(given, pred)
    p_wrong = doubt(residuals.z, known.noise_rate)
    seen = np.flatnonzero(~np.isnan(known.verified))
    if len(seen):
        then, doubted, is_wrong = known.hear(seen, given, pred, p_wrong)
        sides = tell_sides(given, pred)
        asked = Asked(seen, tell_sides(then, pred[seen]), doubted, is_wrong, known.accuracy, known.votes_on(seen))
        p_wrong = apply(listen(p_wrong, sides, asked, known.places, seed), p_wrong)
    return _spread(given, residuals, p_wrong, known.verified, seed)


def _spread(given: Floats, residuals: Residuals, p_wrong: Floats, verified: Floats, seed: int) -> Floats:
    rng = np.random.default_rng([seed, 8])
    belief = np.repeat(given[:, None], N_VALUES, axis=1)
    is_wrong = rng.random(belief.shape) < p_wrong[:, None]
    rows = np.nonzero(is_wrong)[0]
    honest = (1 - p_wrong) / max(float((1 - p_wrong).sum()), 1e-12)
    if honest.sum() > 0:
        off = (residuals.signed / residuals.unit)[rng.choice(len(given), size=len(rows), p=honest / honest.sum())]
        belief[is_wrong] = residuals.scale.read(residuals.center[rows] + residuals.unit[rows] * off)
    is_verified = ~np.isnan(verified)
    belief[is_verified] = verified[is_verified][:, None]
    return belief
