"""Everything that the verdict takes for granted, said aloud."""

from __future__ import annotations

from datassay.labels.reviewers import PRIOR_PAIRS
from datassay.results import Labels, Value
from datassay.spec import AuditSpec
from datassay.value.wording import money, name_unit, percent, plural, write_gains

#: A tenth of a point: nobody spends money for less.
SMALLEST_GAIN = 0.001

#: How gains are measured although the labels that they are measured on are partly wrong.
HELD_OUT = (
    "Held-out labels are themselves partly wrong, so scores are expected scores: each counts as far as it is believed "
    "to be true"
)
AS_REVIEWED = (
    ", and those that were reviewed as reviewers have said; differences are not corrected by the reviewed rows alone"
)
HIDDEN = ". Where noise depends on the class or on a pocket of rows, true gains can be much larger."


def find_smallest_gain(metric: str, spec: AuditSpec) -> float:
    """Return the smallest gain that matters, in units of the metric: the definition's, or ours for scores up to 1."""
    if spec.smallest_gain is not None:
        return spec.smallest_gain
    # An error is told in the target's units or in nats, of which we do not know what matters.
    return 0.0 if metric.startswith("neg_") else SMALLEST_GAIN


def _as_today(spec: AuditSpec) -> str:
    shares, groups = spec.collecting.class_share, spec.features.groups
    # The model is asked about groups that it has not seen, so more rows of those that it has would gain less.
    new = f", in new groups (values of {groups!r}) that are like today's and as large" if groups else ""
    if not shares:
        return f"same distribution{new}"
    named = ", ".join(f"{percent(share)} of {name!r}" for name, share in shares.items())
    return f"{named}, other classes as they are today{new}"


def _by_pairs(labels: Labels, spec: AuditSpec) -> str:
    """Return what an accuracy rests on of which both the definition and rows that two reviewers saw speak."""
    stated = spec.cleaning.reviewer_accuracy
    # Agreement is as high among people who are mostly wrong: that they are is the definition's word alone.
    is_below = stated * len(labels.classes) < 1 and bool(labels.classes)
    if labels.pairs_worth > PRIOR_PAIRS and not is_below:
        return ", as rows that two of them saw show"
    is_given = "reviewer_accuracy" in spec.cleaning.model_fields_set
    figure = f"the definition's {percent(stated)}" if is_given else f"{percent(stated)} assumed"
    hint = "" if is_given else " (set cleaning.reviewer_accuracy)"
    return f": {figure}{hint}, and {plural(labels.n_pairs, 'pair')} of answers to one row so far"


def list_assumptions(value: Value, labels: Labels, spec: AuditSpec) -> list[str]:
    """Return the assumptions; figures that the definition does not give are marked as assumed."""
    cleaning, collecting = spec.cleaning, spec.collecting

    def given(text: str, section: str, key: str) -> str:
        part = cleaning if section == "cleaning" else collecting
        return text if key in part.model_fields_set else f"{text} (assumed; set {section}.{key})"

    hour = [
        given(plural(cleaning.labels_per_hour, "label"), "cleaning", "labels_per_hour"),
        given(money(cleaning.cost_per_hour, spec.currency), "cleaning", "cost_per_hour"),
    ]
    day = [
        given(plural(collecting.rows_per_day, "labelled row"), "collecting", "rows_per_day"),
        given(money(collecting.cost_per_day, spec.currency), "collecting", "cost_per_day"),
    ]
    reviewer = given(f"right {percent(cleaning.reviewer_accuracy)} of the time", "cleaning", "reviewer_accuracy")
    if labels.reviewer_accuracy is not None:
        reviewer = f"right {percent(value.cleaning.reviewer_accuracy)} of the time{_by_pairs(labels, spec)}"
    told = [
        f"An hour of cleaning is {hour[0]} and costs {hour[1]}.",
        f"A day of collecting is {day[0]} and costs {day[1]}.",
        f"A reviewer is {reviewer}.",
    ]
    if collecting.setup_cost > 0:
        told.append(
            f"Collecting costs {money(collecting.setup_cost, spec.currency)} once to set up; the comparison of one "
            "hour with one day leaves it out, every comparison of money counts it."
        )
    else:
        told.append(f"{given('Collecting needs no set-up', 'collecting', 'setup_cost')}.")
    smallest = find_smallest_gain(value.metric, spec)
    if smallest > 0:
        least = f"{write_gains(value.metric, smallest, signed=False)[0]} {name_unit(value.metric)}"
        assumed = " (assumed; set smallest_gain)" if spec.smallest_gain is None else ""
        told.append(f"Gains below {least} do not matter{assumed}.")
    told += [
        f"New rows come from the same source: {_as_today(spec)}, and as many wrong labels as today's.",
        HELD_OUT + (AS_REVIEWED if labels.n_reviews else "") + HIDDEN,
        "Labels are reviewed in the order of the worklist, and wrong ones are corrected, not dropped.",
    ]
    if labels.noise_rate_source == "model" and labels.n_reviews:
        told.append(
            "The noise rate is the model's, moved in part to what reviews say: none of a row known to be a random one."
        )
    elif labels.noise_rate_source == "model":
        told.append("Noise rate and precision are the model's own estimates; no label has been verified yet.")
    elif labels.noise_rate_source == "votes" and labels.annotators is not None:
        told.append(
            f"Noise rate and precision rest on {plural(labels.annotators.n_votes, 'vote')} of "
            f"{plural(labels.annotators.n_annotators, 'annotator')}; errors that they share are not in them."
        )
    else:
        told.append(f"Noise rate and precision rest on {plural(labels.n_reviews, 'review')}.")
    told.append("The model is trained as in this audit; another model may mind wrong labels more or less.")
    if value.n_train > labels.n_labelled:
        told.append(
            f"Curves and worklist come from {plural(labels.n_labelled, 'row')} drawn at random and stand for all "
            f"{plural(value.n_train, 'labelled row')}."
        )
    return told
