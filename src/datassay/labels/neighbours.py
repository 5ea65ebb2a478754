"""What reviews of some labels say of similar ones: errors often keep together, in a corner of the features or a class.

A model of noisy labels foresees errors that fill a corner of the features as if they were the truth, so it calls them
right. Reviews there say otherwise, and what they say holds for the rows around them. The log-odds of "wrong" get a
Gaussian process over features and given labels on top (Williams and Barber 1998; docs/methods.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datassay.labels.places import Places, square_distances
from datassay.labels.posterior import EDGE, Floats, expit, logit, trust

#: In so many cases the model knows nothing of a label, however sure it is: what is usual is mixed in.
KNOWS_NOTHING = 0.03
#: Variances of the log-odds: one shift of all rows, one per given class, and one that dies off with distance.
OF_ALL, OF_CLASS, NEARBY = 1.0, 0.5, 9.0
#: Squared lengths within which rows are alike, in units of the median squared distance; each is as likely.
REACHES = (0.05, 0.15, 0.4, 1.0)
#: How likely it is, before any review, that errors keep together at all.
P_LOCAL = 0.5
#: Reviews that are heard: each costs a row of a covariance matrix.
MOST_REVIEWS = 600
#: Rows whose similarity to the reviewed ones is held at a time.
CHUNK = 50_000
N_STEPS = 40
JITTER = 1e-6


@dataclass(frozen=True)
class Heard:
    """Reviews (m,): which rows, their labels as they were reviewed, what was believed and what was said of these."""

    rows: NDArray[np.int64]
    given: NDArray[np.int64]
    p_wrong: Floats
    is_wrong: NDArray[np.bool_]
    #: Probabilities that a reviewer calls a right and a wrong label wrong (`reviewers.seen_rates`), (m,) or for all.
    seen: tuple[Floats | float, Floats | float]

    def take(self, some: NDArray[np.int64]) -> Heard:
        """Return these reviews only."""
        right, wrong = (np.broadcast_to(each, len(self.rows))[some] for each in self.seen)
        return Heard(self.rows[some], self.given[some], self.p_wrong[some], self.is_wrong[some], (right, wrong))


def hear_neighbours(p_wrong: Floats, given: NDArray[np.int64], heard: Heard, places: Places) -> Floats:
    """Return the log-odds (n,) that reviews leave, where `p_wrong` (n,) is believed before and `given` (n,) are codes.

    Reviewed rows are judged like all others. Whether errors keep together, and how far, is weighed by how likely that
    makes the reviews.
    """
    if len(heard.rows) > MOST_REVIEWS:
        heard = heard.take(np.sort(np.random.default_rng(0).permutation(len(heard.rows))[:MOST_REVIEWS]))
    usual = KNOWS_NOTHING * p_wrong.mean()
    before, before_of_heard = (logit((1 - KNOWS_NOTHING) * p + usual) for p in (p_wrong, heard.p_wrong))
    reaches = (None, *REACHES)
    near, same = _compare(places, heard.rows, heard, heard.given)
    answers, evidence = [], []
    for reach in reaches:
        answer, found = _explain(_covary(near, same, reach), before_of_heard, heard)
        prior = 1 - P_LOCAL if reach is None else P_LOCAL / len(REACHES)
        answers.append(answer)
        evidence.append(found + np.log(prior))
    weight = np.exp(np.array(evidence) - max(evidence))
    weight /= weight.sum()
    p = np.zeros(len(p_wrong))
    for start in range(0, len(p), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(p)))
        near, same = _compare(places, rows, heard, given[rows])
        for reach, answer, share in zip(reaches, answers, weight, strict=True):
            if share > EDGE:
                p[rows] += share * expit(before[rows] + _covary(near, same, reach) @ answer)
    return logit(p)


def _compare(
    places: Places, rows: NDArray[np.int64], heard: Heard, given: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the squared distances of rows to the reviewed ones, (r, m) in medians, and whether they share a label."""
    distances = square_distances(places.features[rows], places.features[heard.rows]) / places.spread
    return distances, given[:, None] == heard.given[None, :]


def _covary(distances: Floats, same: NDArray[np.bool_], reach: float | None) -> Floats:
    shared: Floats = OF_ALL + OF_CLASS * same.astype(np.float64)
    if reach is not None:
        shared += NEARBY * same * np.exp(-distances / (2 * reach))
    shared *= trust(same.shape[1])
    return shared


def _explain(covariance: Floats, before: Floats, heard: Heard) -> tuple[Floats, float]:
    """Return the weights (m,) of the reviewed rows at the mode, and the logarithm of the evidence.

    Laplace's approximation by Fisher scoring (Rasmussen and Williams 2006, algorithm 3.1), for answers that may err.
    """
    m, (floor, top) = len(before), heard.seen
    gain = np.maximum(top - floor, 0.0)
    covariance = covariance + JITTER * np.eye(m)
    weights, best = np.zeros(m), -np.inf
    for _ in range(N_STEPS):
        log_odds = before + covariance @ weights
        p = expit(log_odds)
        called = np.clip(floor + gain * p, EDGE, 1 - EDGE)
        slope = gain * p * (1 - p)
        information = np.maximum(slope**2 / (called * (1 - called)), 1e-9)
        root = np.sqrt(information)
        factor = np.linalg.cholesky(np.eye(m) + root[:, None] * covariance * root[None, :])
        pull = information * (log_odds - before) + slope * (heard.is_wrong - called) / (called * (1 - called))
        inner = np.linalg.solve(factor.T, np.linalg.solve(factor, root * (covariance @ pull)))
        step = pull - root * inner - weights
        fitted, found = weights, best
        for size in (1.0, 0.5, 0.25, 0.125, 0.0625):
            # Halved where a full step overshoots: answers that may err make the likelihood not quite log-concave.
            fitted = weights + size * step
            found = _weigh(before + covariance @ fitted, heard, floor, gain) - 0.5 * fitted @ covariance @ fitted
            if found >= best:
                break
        is_done = found - best < 1e-6
        if found > best:
            weights, best = fitted, found
        if is_done:
            break
    return weights, float(best - np.log(np.diag(factor)).sum())


def _weigh(log_odds: Floats, heard: Heard, floor: Floats | float, gain: Floats | float) -> float:
    called = np.clip(floor + gain * expit(log_odds), EDGE, 1 - EDGE)
    return float(np.where(heard.is_wrong, np.log(called), np.log1p(-called)).sum())
