"""The order of the worklist: by what a review is expected to gain in the metric, and not by suspicion alone.

A row that is surely wrong is one that the model already answers right without its label, and rows of the class that
loses most labels are many alike: fixing them first leaves what remains one-sided. What a returned label is worth
falls with the number of labels that its class has already. A wrong one that stands in a smaller class than it belongs
to spoils more than its return repairs, so that a small class under which many are filed is cleared of them too
(`python -m benchmarks.verdict` measures the order).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Floats

#: How much more a label is worth to a small class than to a large one, as a power of 1 / size, and how much counts of
#: what it is worth more to the class that it leaves: a part, and as much more as labels of that class are believed to
#: be wrong. Chosen on choosing families and on made tables with classes of 3 to 10 %. Where decisions are weighed by
#: class, a rare class gains from labels that come back above all; a ranking loses as much by a wrong label at either
#: end.
USUAL = (0.5, 0.0, 1.0)
BY_METRIC = {
    "balanced_accuracy": (1.5, 0.15, 0.0),
    "f1_macro": (1.0, 0.25, 0.0),
    "roc_auc": (1.0, 0.5, 1.0),
    "average_precision": (1.0, 0.5, 1.0),
}


def value_reviews(given: NDArray[Any], belief: Floats, metric: str) -> Floats:
    """Return what a review of each row is worth, (n,), up to a factor.

    The sum over the other classes of P(true class) (w + c max(w of the given class - w, 0)), w = 1 / size ^ g.
    `given` (n,) are codes, `belief` (n, k) P(true class). The size is the number of rows that a class is believed to
    have; g is the metric's, and so are the two parts of c: one as it is, one by the share of wrong labels in the class.
    """
    back = belief.copy()
    back[np.arange(len(given)), given] = 0.0
    steepness, left, spoiled = BY_METRIC.get(metric, USUAL)
    k = belief.shape[1]
    weight, p_wrong = np.maximum(belief.sum(axis=0), 1.0) ** -steepness, back.sum(axis=1)
    n_given = np.maximum(np.bincount(given, minlength=k), 1)
    wrong = np.bincount(given, weights=p_wrong, minlength=k) / n_given
    # By given class and true class.
    worth = weight + (left + spoiled * wrong)[:, None] * np.maximum(weight[:, None] - weight, 0.0)
    value: Floats = (back * worth[given]).sum(axis=1)
    return value
