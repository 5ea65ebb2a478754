"""The order of the worklist: by what a review is expected to gain in the metric, and not by suspicion alone.

A row that is surely wrong is one that the model already answers right without its label, and rows of the class that
loses most labels are many alike: fixing them first leaves what remains one-sided. What a returned label is worth
falls with the number of labels that its class has already (`python -m benchmarks.verdict` measures the order).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Floats

#: How much more a label is worth to a small class than to a large one, as a power of 1 / size: more steeply where the
#: metric gives every class the same weight.
BY_ROWS, BY_CLASSES = 0.5, 1.5
_OF_CLASSES = ("balanced_accuracy", "f1_macro", "roc_auc", "average_precision")


def value_reviews(given: NDArray[Any], belief: Floats, metric: str) -> Floats:
    """Return what a review of each row is worth, (n,), up to a factor.

    The sum over the other classes of P(true class) / size of that class ^ g. `given` (n,) are codes, `belief` (n, k)
    P(true class). The size is the number of rows that a class is believed to have; g is 0.5 or, for metrics that weigh
    classes alike, 1.5.
    """
    back = belief.copy()
    back[np.arange(len(given)), given] = 0.0
    steepness = BY_CLASSES if metric in _OF_CLASSES else BY_ROWS
    value: Floats = (back / np.maximum(belief.sum(axis=0), 1.0) ** steepness).sum(axis=1)
    return value
