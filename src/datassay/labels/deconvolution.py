"""From probabilities of given labels to probabilities of true ones.

A model of noisy labels foresees the noise as well: P(given | x) = sum over i of P(true = i | x) T[i, given]. Taking the
noise out again before Bayes' rule is applied is what tells a class that loses a third of its rows from one that is hard
to tell apart (docs/methods.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import Floats

#: Temperatures that are tried: boosted trees are surer than they should be, strongly regularised models less sure.
TEMPERATURES = np.geomspace(0.3, 4.0, 20)
#: Rows on which temperatures are tried: one number needs no more.
MOST_TRIED = 10_000
#: Steps of expectation-maximisation; more sharpen what the model's own noise has put there.
N_STEPS = 30
#: Keeps logarithms and ratios finite.
TRACE = 1e-9
_SMALLEST = 1e-6


def infer_true(given: NDArray[Any], pred: Floats, transition: Floats) -> Floats:
    """Return P(true = i | x, given) of every row, (n, k), rows summing to 1.

    `given` (n,) are codes, `pred` (n, k) out-of-sample probabilities of the given labels, `transition` (k, k) is
    T[true][given].
    """
    return weigh(given, deconvolve(temper(given, pred), transition), transition)


def weigh(given: NDArray[Any], true: Floats, transition: Floats) -> Floats:
    """Return P(true = i | x, given) ~ P(true = i | x) T[i, given] by Bayes' rule, (n, k), rows summing to 1."""
    # A label that T calls impossible for every class the model allows: the model's own word is all there is.
    posterior = true * transition[:, given].T + TRACE * true + TRACE / 100
    weighed: Floats = posterior / posterior.sum(axis=1, keepdims=True)
    return weighed


def temper(given: NDArray[Any], pred: Floats) -> Floats:
    """Return `pred` (n, k) at the temperature at which the given codes (n,) are likeliest (Guo et al., ICML 2017)."""
    step = -(-len(given) // MOST_TRIED)
    tried = np.log(pred[::step] + _SMALLEST)
    rows, codes = np.arange(len(tried)), given[::step]

    def lose(temperature: float) -> float:
        return -float(np.log(_soften(tried, temperature)[rows, codes] + TRACE).mean())

    best = min((float(temperature) for temperature in TEMPERATURES), key=lose)
    return _soften(np.log(pred + _SMALLEST), best)


def _soften(log_pred: Floats, temperature: float) -> Floats:
    scaled = log_pred / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled


def deconvolve(pred: Floats, transition: Floats) -> Floats:
    """Return P(true | x), (n, k), whose noisy version under T (k, k) is `pred` (n, k), as nearly as probabilities can.

    Expectation-maximisation row by row, known as Richardson-Lucy deconvolution; it starts from `pred` and never leaves
    the simplex, as inverting T would.
    """
    true = pred.copy()
    for _ in range(N_STEPS):
        true *= (pred / (true @ transition + TRACE)) @ transition.T
        true /= np.maximum(true.sum(axis=1, keepdims=True), TRACE)
    return true


def spread_belief(posterior: Floats, given: NDArray[Any], p_wrong: Floats) -> Floats:
    """Return `posterior` (n, k) with 1 - P(wrong) for the given class, and the rest as it spreads over the others."""
    rows = np.arange(len(given))
    belief = posterior + TRACE / 100
    belief[rows, given] = 0.0
    belief *= (p_wrong / belief.sum(axis=1))[:, None]
    belief[rows, given] = 1 - p_wrong
    return belief
