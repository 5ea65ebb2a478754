"""How true labels come to be given: the noise transition matrix, and how far it is known."""

from __future__ import annotations

import numpy as np

from datassay.labels.belief import EVEN_SHARE, MODEL_ERRORS
from datassay.labels.posterior import Floats, draw_share
from datassay.results import Interval

N_DRAWS = 400


def to_transition(joint: Floats, rate: float) -> Floats:
    """Return T (k, k), T[true][given] with rows summing to 1, of a joint [given][true] scaled to a noise rate.

    The off-diagonal shares are multiplied alike and the diagonal takes up the rest of each given class. This is the one
    place where cleanlab's orientation (given in rows) is turned over.
    """
    return _turn(joint * (1 - np.eye(len(joint))), joint.sum(axis=1), rate)


def _turn(errors: Floats, given: Floats, rate: float) -> Floats:
    """Return T of the errors' pattern (k, k), [given][true] up to a factor, and the shares of given classes (k,)."""
    k = len(given)
    if errors.sum() == 0:
        # Nothing was found: what reviews say is wrong is spread evenly.
        errors = np.outer(given, given) * (1 - np.eye(k))
    errors = errors * (rate / errors.sum())
    # A class cannot lose more rows than it has.
    errors *= np.minimum(1.0, given / np.maximum(errors.sum(axis=1), 1e-12))[:, None]
    scaled = errors + np.diag(given - errors.sum(axis=1))
    true = scaled.sum(axis=0)
    transition = np.where(true > 0, scaled / np.where(true > 0, true, 1.0), np.eye(k)).T
    exact: Floats = transition / transition.sum(axis=1, keepdims=True)
    return exact


def span_transition(joint: Floats, rate: Interval, *, n_errors: int, seed: int) -> tuple[Floats, Floats]:
    """Return both ends of the 80 % intervals of T (k, k).

    Two things are not known: the noise rate, and which classes are confused. The errors' pattern is drawn from the
    Dirichlet posterior whose mean `joint` holds (`learn_pattern`): the model's word counts for 8 errors, and each of
    the `n_errors` that reviewers found for one. Where they found none that word is made even in part here, as it is
    there: what a model never confuses, people may. Of many classes an entry's mean can lie above nine in ten of its
    draws; its upper end is then the estimate.
    """
    rng = np.random.default_rng([seed, 29])
    k = len(joint)
    other = ~np.eye(k, dtype=bool)
    # A diagonal of minus zero would be no shape of a gamma distribution.
    off = np.where(other, np.maximum(joint, 0.0), 0.0)
    even = other / (k * (k - 1))
    pattern = off / off.sum() if off.sum() > 0 else even
    if not n_errors:
        pattern = (1 - EVEN_SHARE) * pattern + EVEN_SHARE * even
    size = joint.sum(axis=1)
    rates = draw_share(rate, rng.standard_normal(N_DRAWS))
    draws = np.stack(
        [
            _turn(rng.standard_gamma((MODEL_ERRORS + n_errors) * pattern), size, min(float(share), 1.0))
            for share in rates
        ]
    )
    middle = to_transition(joint, rate.estimate)
    low, high = np.quantile(draws, [0.1, 0.9], axis=0)
    return np.minimum(low, middle), np.maximum(high, middle)
