"""How far a model is believed on single labels: less than it says, and with the nearest rows as a second opinion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.places import Around
from datassay.labels.posterior import Floats, logit, rescale

#: Weight of a model's log-odds of "wrong", held within SUREST, and of the difference between the shares of neighbours
#: with the suggested and with the given label.
OWN_WORD, NEIGHBOURS, SUREST = 0.39, 1.6, 4.0
#: What the nearest rows count for in the order of reviews: half as much.
IN_ORDER = 0.8


def weigh_word(
    p_wrong: Floats, given: NDArray[Any], suggested: NDArray[Any], around: Around | None, rate: float
) -> Floats:
    """Return log-odds of "wrong" (n,), up to a shift: the model's own, less sure, and the labels of the nearest rows.

    Models are surer of their word than they should be, those of noisy labels most of all; what neighbours of a row have
    as labels is a second opinion. Both weights are those of a logistic regression on tables with planted noise
    (`python -m benchmarks.verdict --signs`). `suggested` (n,) are the likeliest other classes.
    """
    own = np.clip(logit(rescale(logit(p_wrong), max(rate, 0.5 / len(given)))), -SUREST, SUREST)
    if around is None:
        return OWN_WORD * own
    return OWN_WORD * own + NEIGHBOURS * (around.share(suggested) - around.share(given))


def lean_away(given: NDArray[Any], suggested: NDArray[Any], around: Around | None) -> Floats | None:
    """Return what is added to log-odds of "wrong" (n,) before rows are put in order of review; None where nothing is.

    Where errors keep together a label's neighbours are wrong with it and speak for it. Such rows are reviewed earlier
    than they seem to deserve, for there a review gains most: lists along which the nearest rows count half gained more
    (docs/methods.md).
    """
    if around is None:
        return None
    return (IN_ORDER - NEIGHBOURS) * (around.share(suggested) - around.share(given))


def sharpen(p_wrong: Floats) -> Floats:
    """Return P(wrong) (n,) as sure as the model is of its own word, with the same mean.

    For drawing labels of whole tables: labels that are alike are right or wrong together, which draws of damped
    beliefs, row by row, forget, so that nothing would be learned from them.
    """
    mean = float(p_wrong.mean())
    return rescale(logit(p_wrong) / OWN_WORD, mean) if 0 < mean < 1 else p_wrong
