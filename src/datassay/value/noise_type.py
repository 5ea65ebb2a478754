"""Whether labels of one class are oftener wrong than those of another: what more rows do not repair."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from datassay.labels.posterior import NARROW_EDGE, Z_80, logit
from datassay.results import Labels, Value
from datassay.value.grid import Floats

#: Noise counts as class-dependent where the noisiest class has so many times the rate of the cleanest.
UNEVEN = 2.0
#: The noisiest class is told apart from a rate of this on.
LEAST_RATE = 0.01
#: Labels of a class below which nothing is said of how it is labelled.
FEWEST_GIVEN = 20
#: Chance that a rate lies beyond one end of its interval of 80 %.
BEYOND = 0.1


def is_known(labels: Labels) -> NDArray[np.bool_]:
    """Return of which classes (K,) there are labels enough to say how they are labelled; all where nobody counted."""
    n_given = np.array([each.n_given for each in labels.per_class] or [FEWEST_GIVEN] * len(labels.classes))
    enough: NDArray[np.bool_] = n_given >= FEWEST_GIVEN
    return enough


def find_swamped(labels: Labels) -> int | None:
    """Return the class, by its place, that is labelled as some other one more often than as itself; None where none is.

    It has to be likely: the upper end of how often it is labelled right lies below how often it is labelled as the
    other. More rows with such labels teach a model the error.
    """
    if not labels.transition_matrix or len(labels.transition_matrix) != len(labels.classes):
        return None
    matrix = np.array(labels.transition_matrix)
    right = np.diag(np.array(labels.transition_high or labels.transition_matrix))
    lead = right - np.where(np.eye(len(matrix), dtype=bool), -1.0, matrix).max(axis=1)
    # Of a class that hardly any label names, a model knows nothing.
    lead = np.where(is_known(labels), np.nan_to_num(lead, nan=1.0), 1.0)
    worst = int(lead.argmin())
    return worst if lead[worst] < 0 else None


def find_uneven(labels: Labels) -> tuple[int, int] | None:
    """Return the places of the noisiest and the cleanest class where their noise rates certainly differ, else None.

    They do where one has `UNEVEN` times the rate of the other and their intervals lie apart. The noisiest of K classes
    can be told from any of K - 1 others by chance, so that ends are widened until as many hold together as one does
    (Bonferroni). What is not known of the noise rate of the whole table moves all classes alike: in log-odds its
    variance is taken out of theirs.
    """
    rates, low, high = (
        _find_rates(matrix) for matrix in (labels.transition_matrix, labels.transition_high, labels.transition_low)
    )
    places = np.flatnonzero(is_known(labels))
    if len(places) < 2 or not len(rates) == len(low) == len(high) == len(labels.classes):
        return None
    worst, best = places[rates[places].argmax()], places[rates[places].argmin()]
    if rates[worst] < LEAST_RATE or rates[worst] < UNEVEN * rates[best]:
        return None
    whole = labels.noise_rate
    ends = logit(np.array([whole.low, whole.estimate, whole.high]), NARROW_EDGE)
    widening = NormalDist().inv_cdf(1 - BEYOND / (len(places) - 1)) / Z_80
    middle = logit(rates, NARROW_EDGE)
    below = _take_out(middle - logit(low, NARROW_EDGE), ends[1] - ends[0])
    above = _take_out(logit(high, NARROW_EDGE) - middle, ends[2] - ends[1])
    is_apart = middle[worst] - widening * below[worst] > middle[best] + widening * above[best]
    return (int(worst), int(best)) if is_apart else None


def _find_rates(matrix: list[list[float]]) -> Floats:
    """Return how often labels of each true class are wrong, (K,)."""
    rates: Floats = 1 - np.diag(np.array(matrix)) if matrix else np.zeros(0)
    return rates


def _take_out(width: Floats, shared: float) -> Floats:
    own: Floats = np.sqrt(np.maximum(width**2 - shared**2, 0.0))
    return own


def tell_noise(value: Value, labels: Labels) -> str:
    """Return how many labels are wrong, and whether that depends on the class as far as it is known."""
    rate = f"{100 * labels.noise_rate.estimate:.1f} % of the labels are wrong"
    if labels.noise_rate_source == "model":
        rate += ", the model estimates" if not labels.n_reviews else ", the model and reviews of chosen rows say"
    rates = _find_rates(labels.transition_matrix)
    if len(rates) < 2 or len(rates) != len(labels.classes) or not np.isfinite(rates).all():
        return f"{rate}."
    swamped = find_swamped(labels)
    if swamped is not None:
        told = f"{rate}, and true {labels.classes[swamped]!r} is labelled as another class more often than as itself"
        if value.cleaning.per_hour.estimate <= 0:
            return f"{told}."
        if value.collecting.per_day.estimate > 0:
            return f"{told}: fixed labels repair that, more rows do not."
        return f"{told}: more rows with such labels teach the model the error, which fixed labels do not."
    uneven = find_uneven(labels)
    if uneven is None:
        return f"{rate}{_tell_even(rates, is_known(labels))}."
    worst, best = uneven
    told = (
        f"{rate}, and that depends on the class ({100 * rates[worst]:.0f} % of true {labels.classes[worst]!r}, "
        f"{100 * rates[best]:.0f} % of true {labels.classes[best]!r}): such noise moves the model's decisions, "
        "which more rows do not repair"
    )
    return f"{told} and fixed labels do." if value.cleaning.per_hour.estimate > 0 else f"{told}."


def _tell_even(rates: Floats, known: NDArray[np.bool_]) -> str:
    """Return what is said where no class is known to be noisier: nothing where labels of fewer than two are known."""
    if known.sum() < 2:
        return ""
    largest, least = rates[known].max(), rates[known].min()
    if largest < LEAST_RATE or largest < UNEVEN * least:
        of = "" if known.all() else f" with {FEWEST_GIVEN} labels or more"
        return f", about alike in all classes{of}: more rows average such noise out, at a price"
    return "; whether that depends on the class cannot be told yet"
