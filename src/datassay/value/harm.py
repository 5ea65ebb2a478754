"""Where reviewers leave more labels wrong than they find: p + r < 1, as far as it is known."""

from __future__ import annotations

from datassay.results import Cleaning, Interval, Labels, Value
from datassay.spec import CleaningSpec
from datassay.value.wording import percent, percent_after

ASSUMED = ", which is assumed,"


def share_wrong(value: Value) -> float | None:
    """Return the share of an hour's labels that is expected to be wrong; None where there is nothing to review."""
    n = value.cleaning.labels_in_hour
    return value.cleaning.n_wrong_per_hour / n if n else None


def is_harm_expected(value: Value) -> bool:
    """Return whether an hour is expected to leave more labels wrong than it finds, p + r < 1."""
    share = share_wrong(value)
    return share is not None and share + value.cleaning.reviewer_accuracy < 1


def least_wrong(labels: Labels, cleaning: Cleaning | CleaningSpec) -> float:
    """Return the share of an hour's labels that is wrong at least, by the lower end of what was told."""
    return _precision_per_hour(labels, cleaning).low


def may_harm(labels: Labels, cleaning: Cleaning | CleaningSpec) -> bool:
    """Return whether reviewing adds errors at the lower end of an unreviewed precision: p + r <= 1."""
    if labels.noise_rate_source == "review" or not labels.detector_precision:
        return False
    return least_wrong(labels, cleaning) + cleaning.reviewer_accuracy <= 1


def will_harm(labels: Labels, cleaning: Cleaning | CleaningSpec) -> bool:
    """Return whether reviewing adds errors even at the upper end of precision, p + r <= 1."""
    if not labels.detector_precision:
        return False
    # The first few reviews leave the estimate nearly as unsure as a model's claim is.
    return _precision_per_hour(labels, cleaning).high + cleaning.reviewer_accuracy <= 1


def warn(value: Value, labels: Labels, *, is_stated: bool = True) -> str:
    """Return the sentence that cleaning would harm, certainly or probably; nothing where it is not expected to.

    `is_stated` says that the reviewers' accuracy is the definition's own or was measured, and not the default.
    """
    is_certain = will_harm(labels, value.cleaning)
    share = share_wrong(value)
    if is_certain:
        told = percent_after("at most", _precision_per_hour(labels, value.cleaning).high)
    elif share is not None and is_harm_expected(value):
        told = percent_after("an expected", share)
    else:
        return ""
    known = "" if is_stated else ASSUMED
    return (
        f"Cleaning would {'' if is_certain else 'probably '}harm: {told} of an hour's labels are wrong, and a reviewer "
        f"who is right {percent(value.cleaning.reviewer_accuracy)} of the time{known} leaves more than that wrong. "
    )


def _precision_per_hour(labels: Labels, cleaning: Cleaning | CleaningSpec) -> Interval:
    """Return the share of an hour's labels that is wrong, at the depth nearest to it that was told."""
    return min(labels.detector_precision, key=lambda each: abs(each.k - cleaning.labels_per_hour)).precision
