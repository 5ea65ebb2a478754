"""What verified labels teach of all others: the noise rate, and how far the ranking can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.labels.likeness import Likeness
from datassay.labels.noise_rate import combine, lean
from datassay.labels.places import Places
from datassay.labels.posterior import Z_80, Floats, Recalibration, apply, expit, logit, trust
from datassay.labels.pred_probs import Arrays
from datassay.labels.review import Reviews
from datassay.labels.reviewers import ONE_VOTE, Accuracy, Asked, certain, listen, rate_from_reviews, seen_rates
from datassay.results import Interval

#: Bins of rows by how little the model thinks of their label, when P(wrong) of another label is looked up.
N_BINS = 40
#: Weight of what is believed of all labels beside a random sample of them, as far as the sample leaves rows out.
MOST_BELIEVED = 0.5
#: The same beside the model's own rate where no reviewed row is a random one, in log-odds.
LISTED_BELIEVED = 1 / 3


@dataclass(frozen=True)
class Lesson:
    """What came of reviews (m,) of some rows."""

    #: (m,) whether the label that is there now differs from the verified one.
    is_wrong: NDArray[np.bool_]
    #: The noise rate of the labels that are there now.
    rate: Interval
    recalibration: Recalibration


def learn(
    p_wrong: Floats,
    rate: Interval,
    arrays: Arrays,
    reviews: Reviews,
    *,
    n_classes: int,
    seed: int,
    places: Places | None = None,
    is_voted: bool = False,
) -> Lesson:
    """Learn from reviews of the labels as they were, and tell of the labels as they are now.

    `p_wrong` (n,) and `rate` are the model's. Labels that have been corrected since their review count as what they
    were when it is asked how many are wrong and how good the ranking is: the reviews were drawn among those. Then the
    corrected ones are taken off the rate. `n_classes` is 0 for numbers; `places` say which labels are near which. Near
    labels go wrong alike where they are of one class, or numbers that lie on one side of their predictions. A rate that
    votes on all rows tell (`is_voted`) stays where only chosen rows were reviewed.
    """
    n = len(arrays.given)
    now = arrays.given[reviews.rows]
    alike = Likeness.of(arrays.given)
    is_wrong = alike.differ(now, reviews.true)
    before = labels_before(now, reviews.given)
    was_wrong = alike.differ(before, reviews.true)
    known = think_of(before, reviews.rows, p_wrong, arrays.given, arrays.pred)
    accuracy = reviews.heard or certain(n_classes)
    codes, codes_before = arrays.given, before
    if not n_classes:
        codes, codes_before = tell_sides(arrays.given, arrays.pred), tell_sides(before, arrays.pred[reviews.rows])
    votes = _votes(reviews)
    asked = Asked(reviews.rows, codes_before, known, was_wrong, accuracy, votes)
    recalibration = listen(p_wrong, codes, asked, places, seed)
    thought = apply(replace(recalibration, nearby=None), known)
    n_random = int(reviews.is_random.sum())
    if n_random:
        corrected = (int(was_wrong.sum()) - int((was_wrong & is_wrong).sum())) / n
        found = rate_of_sample(_shift(rate, corrected), reviews, was_wrong, accuracy, n=n)
        if places is not None:
            believed = float(apply(recalibration, p_wrong).mean()) + corrected
            # Few reviews move beliefs by less, and these narrow the interval by as much as random ones bear out.
            heard, sampled = (trust(m) for m in (len(reviews.rows), n_random))
            weight = MOST_BELIEVED * (1 - n_random / n) * heard
            found = combine(found, believed, weight, narrowed=sampled / heard)
        rate = _shift(found, -corrected)
    elif len(reviews.rows) and not is_voted:
        right, wrong = seen_rates(np.array(accuracy.expected), accuracy.chance, votes)
        after = np.where(is_wrong, tell_wrong(thought, right, wrong), tell_wrong(thought, 1 - right, 1 - wrong))
        rate = follow_listed(rate, p_wrong, apply(recalibration, p_wrong), reviews.rows, n_wrong=float(after.sum()))
    least, expected = count_proven(thought[is_wrong], accuracy, votes[is_wrong])
    return Lesson(is_wrong, _hold(rate, least / n, expected / n), recalibration)


def rate_of_sample(
    before: Interval, reviews: Reviews, was_wrong: NDArray[np.bool_], accuracy: Accuracy, *, n: int
) -> Interval:
    """Return the noise rate of `n` rows by those of the reviews (m,) that are of random ones.

    `before` is what is believed of it without them, and `was_wrong` (m,) what reviewers of that accuracy said.
    """
    cast, kind = np.unique(_votes(reviews)[reviews.is_random], axis=0, return_inverse=True)
    n_wrong = np.bincount(kind[was_wrong[reviews.is_random]], minlength=len(cast))
    return rate_from_reviews(before, n_wrong, np.bincount(kind), n, accuracy, votes=cast)


def _votes(reviews: Reviews) -> NDArray[np.int64]:
    return np.tile(ONE_VOTE, (len(reviews.rows), 1)) if reviews.votes is None else reviews.votes


def follow_listed(
    rate: Interval, p_wrong: Floats, believed: Floats, rows: NDArray[np.int64], *, n_wrong: float
) -> Interval:
    """Return the rate after reviews of rows (m,) none of which was drawn at random, `n_wrong` of them wrong.

    `p_wrong` (n,) is the model's and `believed` (n,) what the reviews leave of it. The model's rate moves in part to
    the mean of what is believed. As far as the table has been reviewed, what was found counts in place of that, and the
    rate of the other rows moves.
    """
    n, m = len(p_wrong), len(rows)
    whole = lean(rate, float(believed.mean()), LISTED_BELIEVED)
    others = np.ones(n, dtype=bool)
    others[rows] = False
    if not others.any():
        return Interval(estimate=n_wrong / n, low=n_wrong / n, high=n_wrong / n)
    share = float(p_wrong[others].mean() / max(p_wrong.mean(), 1e-12))
    low, estimate, high = (min(end * share, 1.0) for end in (rate.low, rate.estimate, rate.high))
    model = Interval(estimate=estimate, low=low, high=high)
    rest = lean(model, float(believed[others].mean()), LISTED_BELIEVED)
    # No more can be wrong than all that nobody has looked at.
    most = (n_wrong + n - m) / n
    low, estimate, high = (
        min((1 - m / n) * before + m / n * (n_wrong + (n - m) * left) / n, most)
        for before, left in ((whole.low, rest.low), (whole.estimate, rest.estimate), (whole.high, rest.high))
    )
    return Interval(estimate=estimate, low=low, high=high)


def tell_wrong(p_wrong: Floats, seen_right: Floats, seen_wrong: Floats) -> Floats:
    """Return P(wrong) (m,) of labels after an answer that right and wrong ones get with these probabilities."""
    return p_wrong * seen_wrong / np.maximum(p_wrong * seen_wrong + (1 - p_wrong) * seen_right, 1e-12)


def count_proven(p_wrong: Floats, accuracy: Accuracy, votes: NDArray[np.int64] = ONE_VOTE) -> tuple[float, float]:
    """Return how many of the labels (m,) that reviewers called wrong are wrong for all we know, with 90 %, and likely.

    `p_wrong` (m,) is what was believed of them. Reviewers are taken at the lower end of their accuracy: what they got
    wrong themselves proves nothing; of several the majority counts (`votes` (m, 2)).
    """
    right, wrong = seen_rates(np.array(accuracy.heard.low), accuracy.chance, votes)
    proof = tell_wrong(p_wrong, right, wrong)
    expected = float(proof.sum())
    return max(expected - Z_80 * float(np.sqrt((proof * (1 - proof)).sum())), 0.0), expected


def _hold(rate: Interval, least: float, expected: float) -> Interval:
    """Return the rate, at least as high as what has been found wrong and is still there, wherever the sample fell.

    Where even the least of that is more than the estimate, what is expected of it takes its place: an estimate at the
    lower end of its own interval would be no estimate.
    """
    estimate = max(rate.estimate, expected) if least > rate.estimate else rate.estimate
    return Interval(estimate=estimate, low=max(rate.low, least), high=max(rate.high, estimate))


def tell_sides(given: NDArray[Any], pred: Floats) -> NDArray[np.int64]:
    """Return on which side of its prediction each number (m,) lies, 1 above and 0 below."""
    return (given > pred).astype(np.int64)


def labels_before(now: NDArray[Any], given: NDArray[Any] | None) -> NDArray[Any]:
    """Return labels (m,) as they were when they were reviewed: `given`, or what is there now where that is unknown."""
    if given is None:
        return now
    is_known = ~np.isnan(given) if given.dtype.kind == "f" else given >= 0
    return np.where(is_known, given, now)


def think_of(
    labels: NDArray[Any], rows: NDArray[np.int64], p_wrong: Floats, given: NDArray[Any], pred: Floats
) -> Floats:
    """Return P(wrong) (m,) of these labels of `rows`, which may differ from those that are there now.

    `p_wrong` (n,) is of the labels `given` (n,), codes or numbers; `pred` (n, k) or (n,) are predictions. Of a label
    that is no longer there it is what rows have whose label the model likes as little: the mean log-odds of 40 bins of
    rows by that liking, between bins on a line, and beyond the last along the slope of all.
    """
    known = p_wrong[rows].copy()
    is_other = Likeness.of(given).differ(given[rows], labels)
    if not is_other.any():
        return known
    everywhere, asked = np.arange(len(given)), rows[is_other]
    if pred.ndim == 2:
        dislike, of_others = -logit(pred[everywhere, given]), -logit(pred[asked, labels[is_other]])
    else:
        dislike, of_others = np.abs(given - pred), np.abs(labels[is_other] - pred[asked])
    bins = np.array_split(np.argsort(dislike, kind="stable"), min(N_BINS, len(dislike)))
    centers = np.array([dislike[one].mean() for one in bins])
    log_odds = np.array([logit(p_wrong[one]).mean() for one in bins])
    slope, _ = np.polyfit(centers, log_odds, 1) if np.ptp(centers) else (0.0, 0.0)
    beyond = max(slope, 0.0) * np.maximum(of_others - centers[-1], 0.0)
    known[is_other] = expit(np.interp(of_others, centers, log_odds) + beyond)
    return known


def _shift(rate: Interval, by: float) -> Interval:
    low, estimate, high = (float(np.clip(x + by, 0.0, 1.0)) for x in (rate.low, rate.estimate, rate.high))
    return Interval(estimate=estimate, low=low, high=high)
