"""How often reviewers are right, from rows that two of them saw; and what their errors do to every figure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from datassay.labels.neighbours import Heard, hear_neighbours
from datassay.labels.noise_rate import weigh_shares
from datassay.labels.places import Places
from datassay.labels.posterior import Floats, Recalibration, apply, logit, recalibrate
from datassay.results import Interval

Ints = NDArray[np.int64]

#: One answer to a row: its lead over the next label, and the votes for it.
ONE_VOTE: Ints = np.array([1, 1], dtype=np.int64)
#: What the definition says of a reviewer counts for as many repeats.
PRIOR_PAIRS = 10.0
#: Where people disagree who are never wrong, as the definition says, its claim is off by this share of agreements.
LEAST_DISAGREEMENT = 0.005
#: Points at which a distribution of accuracies is looked at, and shares of wrong labels.
N_ACCURACIES, N_SHARES = 21, 4000
#: Accuracies for which the ranking is recalibrated; each costs a fit of two parameters.
N_FITTED = 5


@dataclass(frozen=True)
class Accuracy:
    """What is known of reviewers: a Beta distribution of how often two of them agree."""

    agree: float
    disagree: float
    #: 1 / (K - 1): the chance that a wrong answer is one particular wrong class; 0 for numbers.
    chance: float
    #: Whether they are wrong more often than guesses are, as the definition says: agreement cannot tell.
    is_below: bool = False

    @property
    def interval(self) -> Interval:
        """The accuracy with its 80 % interval."""
        from scipy.stats import beta

        if self.disagree == 0:
            return Interval(estimate=1.0, low=1.0, high=1.0)
        low, high = beta.ppf([0.1, 0.9], self.agree, self.disagree)
        middle = self.agree / (self.agree + self.disagree)
        agreement = np.array([middle, min(low, middle), max(high, middle)])
        found = to_accuracy(agreement, self.chance, is_below=self.is_below)
        # Of people who contradict each other throughout, one may be right always and another one never.
        least = 0.0 if self._is_random else float(found[1:].min())
        return Interval(estimate=float(found[0]), low=least, high=float(found[1:].max()))

    @property
    def is_guess(self) -> bool:
        """Whether nothing is learned from what they say: they agree as guesses do, or are mostly wrong."""
        return self.is_below or self._is_random

    @property
    def heard(self) -> Interval:
        """The accuracy at which answers are heard: those of people who are mostly wrong say nothing, like guesses."""
        if not self.is_guess:
            return self.interval
        guess = self._guess
        return Interval(estimate=guess, low=guess, high=guess)

    @property
    def _guess(self) -> float:
        # Of two guesses among K classes 1 / K agree, and of all guesses as many are right.
        return self.chance / (1 + self.chance)

    @property
    def _is_random(self) -> bool:
        return self.agree <= self._guess * (self.agree + self.disagree)

    @property
    def expected(self) -> float:
        """The accuracy that goes with the mean agreement; most accuracies that are as likely lie a little above it."""
        return self.heard.estimate

    def spread(self, n: int) -> Floats:
        """Return `n` accuracies, each as likely as the others, ascending."""
        from scipy.stats import beta

        if self.disagree == 0:
            return np.ones(n)
        if self.is_guess:
            return np.full(n, self.expected)
        return to_accuracy(beta.ppf((np.arange(n) + 0.5) / n, self.agree, self.disagree), self.chance)


@dataclass(frozen=True)
class Asked:
    """Reviewed rows (m,) and what reviewers said."""

    rows: Ints
    #: Labels as they were when they were reviewed, codes; and what the model thought of those.
    given: Ints
    p_wrong: Floats
    is_wrong: NDArray[np.bool_]
    accuracy: Accuracy
    #: (m, 2) votes by which what was said leads, and for it; or (2,), the same for all.
    votes: Ints = field(default_factory=lambda: ONE_VOTE)


def estimate_accuracy(n_agree: float, n_pairs: float, *, n_classes: int, prior: float) -> Accuracy:
    """Return what `n_pairs` rows, each answered by two reviewers, of which `n_agree` alike, say of their accuracy.

    Two independent reviewers of accuracy r whose errors fall on the other K - 1 classes alike agree with probability
    a = r^2 + (1 - r)^2 / (K - 1). A Beta distribution of a, centred on what the definition's `prior` in (0, 1] gives
    and worth 10 pairs. Below guessing, 1 / K, agreement rises again, so that it fits good reviewers and bad ones: a
    prior below it decides, unless they agree more than anybody on that side could. A prior of 1 is taken at its word
    until two of them disagree. `n_classes` is 0 for numbers, where two wrong answers never agree.
    """
    if prior == 1 and n_agree == n_pairs:
        return certain(n_classes)
    chance = _chance(n_classes)
    found = _count_pairs(prior, n_agree, n_pairs, chance)
    if not n_classes or prior >= 1 / n_classes:
        return found
    # Those who are always wrong agree with probability 1 / (K - 1).
    if found.agree <= chance * (found.agree + found.disagree):
        return replace(found, is_below=True)
    return _count_pairs(1 / n_classes, n_agree, n_pairs, chance)


def _count_pairs(prior: float, n_agree: float, n_pairs: float, chance: float) -> Accuracy:
    mean = float(np.clip(prior**2 + chance * (1 - prior) ** 2, 0.01, 1 - LEAST_DISAGREEMENT))
    return Accuracy(PRIOR_PAIRS * mean + n_agree, PRIOR_PAIRS * (1 - mean) + n_pairs - n_agree, chance)


def certain(n_classes: int) -> Accuracy:
    """Return the accuracy of whoever is never wrong, such as a column of trusted labels."""
    return Accuracy(1.0, 0.0, _chance(n_classes))


def to_accuracy(agreement: Floats, chance: float, *, is_below: bool = False) -> Floats:
    """Return the reviewer accuracy that goes with shares of agreement: guessing, 1 / K, at least, or at most."""
    # The roots of r^2 + chance * (1 - r)^2 = a.
    root = np.sqrt(np.maximum(agreement * (1 + chance) - chance, 0.0))
    accuracy: Floats = np.clip((chance + (-root if is_below else root)) / (1 + chance), 0.0, 1.0)
    return accuracy


def seen_rates(accuracy: Floats, chance: float, votes: Ints = ONE_VOTE) -> tuple[Floats, Floats]:
    """Return the probabilities that a reviewer calls a right label wrong, and a wrong label wrong.

    Of several reviewers it is the majority that calls; it is right as often as `join_reviewers` says.
    """
    joined = join_reviewers(accuracy, chance, votes)
    return 1 - joined, 1 - chance * (1 - joined)


def join_reviewers(accuracy: Floats, chance: float, votes: Ints) -> Floats:
    """Return how often a majority is right, of independent reviewers of one accuracy r.

    `votes` (..., 2) are those by which its label leads the next one, d, and those for it, v. Each vote multiplies the
    odds against any other class by r / q, q = (1 - r) / (K - 1), and votes that cancel out say nothing:
    1 / (1 + (q / r)^d + (K - 2) (q / r)^v). Exact where two labels at most were named. Two numbers that are the same
    are right (q = 0). `accuracy` and `votes` are broadcast.
    """
    lead, backing = votes[..., 0], votes[..., 1]
    if chance == 0:
        joined: Floats = np.where(backing > 1, 1.0, accuracy)
        return joined
    # Nobody is right for sure, nor wrong.
    r = np.clip(accuracy, 1e-9, 1 - 1e-9)
    log_odds = np.log(chance * (1 - r) / r)
    # Many who are worse than chance would overflow.
    against = np.exp(np.minimum(lead * log_odds, 700)) + (1 / chance - 1) * np.exp(np.minimum(backing * log_odds, 700))
    # A vote alone is as right as who gives it, to the last digit.
    return np.where(backing == 1, accuracy, 1 / (1 + against))


def rate_from_reviews(
    model: Interval,
    n_wrong: Ints | int,
    n_reviewed: Ints | int,
    n: int,
    accuracy: Accuracy,
    *,
    votes: Ints = ONE_VOTE,
) -> Interval:
    """Return the noise rate of `n` rows of which `n_reviewed` random ones were reviewed, `n_wrong` called wrong.

    Where several people answered, both are counts (V,) by how they voted, `votes` (V, 2): see `join_reviewers`.

    A Beta posterior for the other rows (`noise_rate.weigh_shares`), and the reviewed ones are known as far as the
    reviewer is right, so that a census by one who never errs leaves no interval. A share e of wrong labels is seen as
    s = (1 - r) + e (r - (1 - r) / (K - 1)), for two classes e r + (1 - e)(1 - r). The posterior of e under the model's
    Beta prior is summed over the accuracies, so that nothing has to be clipped: where s is below 1 - r, all that was
    called wrong may be the reviewer's errors.
    """
    # Denser towards zero, where rates are; every point stands for the interval around it.
    root = (np.arange(N_SHARES) + 0.5) / N_SHARES
    share = root**2
    prior = np.log(np.maximum(weigh_shares(model, np.linspace(0, 1, N_SHARES + 1) ** 2), 1e-300))
    accuracies = accuracy.spread(N_ACCURACIES)[:, None]
    log_weight, known = np.tile(prior, (N_ACCURACIES, 1)), np.zeros((N_ACCURACIES, N_SHARES))
    wrong, reviewed = np.atleast_1d(n_wrong), np.atleast_1d(n_reviewed)
    for i, cast in enumerate(np.atleast_2d(votes)):
        called_right, called_wrong = seen_rates(accuracies, accuracy.chance, cast)
        seen = np.clip(called_right + share * (called_wrong - called_right), 1e-12, 1 - 1e-12)
        right = reviewed[i] - wrong[i]
        log_weight += wrong[i] * np.log(seen) + right * np.log1p(-seen)
        # Of the reviewed rows we know only what was said of them.
        known += wrong[i] * np.minimum(share * called_wrong / seen, 1.0)
        known += right * np.minimum(share * (1 - called_wrong) / (1 - seen), 1.0)
    weight = np.exp(log_weight - log_weight.max())
    return _summary((known + (n - reviewed.sum()) * share) / n, weight)


def recalibrate_reviews(
    p_wrong: Floats,
    is_wrong: NDArray[np.bool_],
    seed: int,
    accuracy: Accuracy,
    votes: Ints = ONE_VOTE,
) -> Recalibration:
    """Fit P(wrong) of reviewed rows (m,) to what reviewers said (m,), who may be wrong.

    One fit for each of five accuracies that are equally likely; the draws come from all of them, the mode from the
    expected one. The middle one would be too high, as accuracies are skewed: what reviewers get wrong would be taken
    for wrong labels.
    """
    *fits, expected = (
        recalibrate(p_wrong, is_wrong, seed, seen=seen_rates(np.array(one), accuracy.chance, votes))
        for one in (*accuracy.spread(N_FITTED).tolist(), accuracy.expected)
    )
    draws = fits[0].draws.copy()
    for i, fit in enumerate(fits):
        draws[i::N_FITTED] = fit.draws[i::N_FITTED]
    return Recalibration(expected.mode, draws, seed)


def listen(p_wrong: Floats, given: Ints, asked: Asked, places: Places | None, seed: int) -> Recalibration:
    """Return what reviews say of all labels: of the model's P(wrong) (n,), and of labels near the reviewed ones.

    `given` (n,) are codes: classes, or sides of predictions. Without places only P(wrong) itself is recalibrated.
    """
    fit = recalibrate_reviews(asked.p_wrong, asked.is_wrong, seed, asked.accuracy, asked.votes)
    if places is None or not len(asked.rows):
        return fit
    seen = seen_rates(np.array(asked.accuracy.expected), asked.accuracy.chance, asked.votes)
    # Labels that were corrected since count as what they were: right ones that were wrong would be a riddle.
    heard = Heard(asked.rows, asked.given, apply(fit, asked.p_wrong), asked.is_wrong, seen)
    before = apply(fit, p_wrong)
    return replace(fit, nearby=hear_neighbours(before, given, heard, places) - logit(before))


def _chance(n_classes: int) -> float:
    return 1 / (n_classes - 1) if n_classes > 1 else 0.0


def _summary(values: Floats, weight: Floats) -> Interval:
    order = np.argsort(values, axis=None)
    sorted_values = values.ravel()[order]
    cumulated = np.cumsum(weight.ravel()[order])
    low, high = (float(sorted_values[np.searchsorted(cumulated, q * cumulated[-1])]) for q in (0.1, 0.9))
    mean = float((values * weight).sum() / weight.sum())
    return Interval(estimate=mean, low=min(low, mean), high=max(high, mean))
