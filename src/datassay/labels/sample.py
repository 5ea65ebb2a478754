"""The noise rate as random reviews tell it by themselves, where no model says anything of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datassay.labels.lessons import labels_before, rate_of_sample
from datassay.labels.likeness import Likeness
from datassay.labels.review import CENSUS, read_reviews
from datassay.labels.reviewers import certain
from datassay.labels.target import read_target
from datassay.results import Interval, Snapshot
from datassay.spec import AuditSpec
from datassay.words import plural

#: What is known of a rate before anybody has looked: Jeffreys' prior, worth half a wrong row and half a right one.
UNKNOWN = Interval(estimate=0.5, low=0.0, high=1.0)


@dataclass(frozen=True)
class Sample:
    """What reviews say without a model."""

    #: None where no reviewed row was drawn at random and there is no census, or nothing is learned from the reviewers.
    noise_rate: Interval | None
    #: None where no row was reviewed by two people.
    reviewer_accuracy: Interval | None
    notes: list[str]


def read_sample(snapshot: Snapshot, spec: AuditSpec, *, root: Path | None) -> Sample | None:
    """Return what the definition's reviews say of the noise rate, None where there are none.

    Raises SpecError and DataError where label or reviews cannot be read.
    """
    target = read_target(snapshot, spec)
    reviews = read_reviews(snapshot, spec, root=root, rows=target.rows, classes=target.classes)
    if reviews is None:
        return None
    accuracy = reviews.accuracy.interval if reviews.accuracy and reviews.n_pairs else None
    n_random = int(reviews.is_random.sum())
    if not n_random:
        return Sample(None, accuracy, reviews.notes)
    before = labels_before(target.y[reviews.rows], reviews.given)
    heard = reviews.heard or certain(len(target.classes))
    was_wrong = Likeness.of(target.y).differ(before, reviews.true)
    rate = rate_of_sample(UNKNOWN, reviews, was_wrong, heard, n=len(target.rows))
    what = "review" if n_random >= CENSUS * len(target.rows) else "random review"
    others = "" if n_random == len(target.rows) else "; which of the other labels are wrong nobody can tell"
    told = (
        f"The noise rate is what {plural(n_random, what)} of {plural(len(target.rows), 'label')} "
        f"{'says' if n_random == 1 else 'say'} without a model{others}."
    )
    return Sample(rate, accuracy, [told, *reviews.notes])
