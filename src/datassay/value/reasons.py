"""Why the verdict is what it is, one plain sentence each."""

from __future__ import annotations

from datassay.results import SURE, Action, Labels, Split, Value
from datassay.spec import AuditSpec
from datassay.value.assumptions import find_smallest_gain
from datassay.value.budget import Prices, price_gain
from datassay.value.harm import least_wrong, share_wrong
from datassay.value.noise_type import tell_noise
from datassay.value.wording import (
    CENT,
    chance_of,
    count,
    duration,
    money,
    name_unit,
    percent,
    plural,
    rough_money,
    tenths,
    write_gains,
)

#: Reviews that are advised where nothing was planned.
FIRST_REVIEWS = 100

#: Share of wrong labels on the list from which on they are enough to measure what a repair is worth.
MANY = 0.1


def count_reviews(value: Value, labels: Labels) -> int:
    """Return how many reviews are advised before a close call is decided."""
    planned = value.review.n_reviews if value.review is not None else FIRST_REVIEWS
    return min(planned, labels.n_labelled)


def review_hours(n: int, spec: AuditSpec) -> float:
    """Return the hours that `n` reviews take."""
    return n / spec.cleaning.labels_per_hour


def review_cost(n: int, spec: AuditSpec) -> float:
    """Return what `n` reviews cost."""
    return review_hours(n, spec) * spec.cleaning.cost_per_hour


def asks_for_harm(value: Value) -> bool:
    """Return whether reviews that come first are to show if reviewing harms: which side gains more is settled."""
    return value.p_cleaning_beats_collecting >= SURE


def list_reasons(action: Action, value: Value, labels: Labels, spec: AuditSpec) -> list[str]:
    """Return the reasons, the decisive ones first."""
    reasons = [
        _sureness(value),
        _same_money(value, spec),
        _precision(value, labels),
        tell_noise(value, labels),
        _exchange(value),
        _split(value, spec),
    ]
    if action == "review_first":
        reasons.insert(1, _worth_of_reviews(value, labels, spec))
    smallest = find_smallest_gain(value.metric, spec)
    if action == "neither" and smallest > 0:
        least = write_gains(value.metric, smallest, signed=False)[0]
        reasons.insert(0, f"The smallest gain that matters is {least} {name_unit(value.metric)}.")
    return [reason for reason in reasons if reason]


def _sureness(value: Value) -> str:
    p = value.p_cleaning_beats_collecting
    side, chance = ("an hour of cleaning", p) if p >= 0.5 else ("a day of collecting", 1 - p)
    hour, day = value.cleaning.per_hour, value.collecting.per_day
    like = (hour.estimate, day.estimate)
    low, high, low_day, high_day = write_gains(value.metric, hour.low, hour.high, day.low, day.high, like=like)
    return (
        f"{side.capitalize()} gains more in {chance_of(chance)} of the draws; 80 % intervals: an hour "
        f"{low} to {high}, a day {low_day} to {high_day} {name_unit(value.metric)}."
    )


def _same_money(value: Value, spec: AuditSpec) -> str:
    p = value.p_cleaning_beats_collecting_per_cost
    side, chance = ("cleaning", p) if p >= 0.5 else ("collecting", 1 - p)
    day = spec.collecting.cost_per_day + spec.collecting.setup_cost
    per_hour = spec.cleaning.cost_per_hour
    told = f"For the same money {side} gains more with {percent(chance)}"
    if per_hour > 0 and day >= per_hour:
        hours = plural(round(day / per_hour, 1), "hour")
        return f"{told} ({money(day, spec.currency)} pays for one day of collecting or {hours} of cleaning)."
    return f"{told}."


def _precision(value: Value, labels: Labels) -> str:
    share, r = share_wrong(value), value.cleaning.reviewer_accuracy
    if share is None:
        return ""
    model = (
        "from reviews of other rows than random ones" if labels.n_reviews else "from the model alone, no reviews yet"
    )
    known = {"review": "from reviews", "votes": "from the annotators' votes"}.get(labels.noise_rate_source, model)
    net = share + r - 1
    if net < 0:
        return (
            f"Reviewing adds errors: {percent(share)} of the labels looked at are wrong ({known}), and a reviewer who "
            f"is right {percent(r)} of the time leaves more than that wrong."
        )
    return (
        f"Of 100 reviewed labels about {count(round(100 * share))} are really wrong ({known}); with a reviewer right "
        f"{percent(r)} of the time that repairs {count(round(100 * net))} net."
    )


def _exchange(value: Value) -> str:
    rate = value.exchange_rate
    if not value.is_exchange_rate_measured:
        share, slips = share_wrong(value) or 0.0, 1 - value.cleaning.reviewer_accuracy
        # Of many wrong labels, reviewers who spoil half as many or more leave too little to see.
        is_theirs = share >= MANY and slips >= share / 2
        cause = (
            "reviewers repair too few of the listed labels" if is_theirs else "too few of the listed labels are wrong"
        )
        return f"One fixed label is worth about {rate.estimate:,.1f} new rows, by a formula: {cause} to measure it."
    # Rows worth next to nothing make the rate as large as one likes; it is cut at the rows there are.
    if rate.estimate >= value.n_train:
        return "New rows gain next to nothing here, so one fixed label is worth more of them than there are."
    most = f"{rate.high:,.1f}" if rate.high < value.n_train else "no end"
    told = f"One fixed label is worth about {rate.estimate:,.1f} new rows, measured (80 %: {rate.low:,.1f} to {most})"
    if value.exchange_rate_closed_form is not None:
        told += f"; the closed form says {value.exchange_rate_closed_form:.1f}"
    return told + "."


def _split(value: Value, spec: AuditSpec) -> str:
    if not value.best_split:
        return ""
    return f"Best use of a budget: {'; '.join(_use(split, value, spec) for split in value.best_split)}."


def _use(split: Split, value: Value, spec: AuditSpec) -> str:
    budget = money(split.budget_cost, spec.currency)
    if split.hours == 0 and split.days == 0:
        return f"{budget} are best kept"
    if split.gain.estimate <= find_smallest_gain(value.metric, spec):
        return f"{budget} buy nothing that matters"
    parts = [(split.hours, "hour", "cleaning"), (split.days, "day", "collecting")]
    told = " and ".join(f"{plural(tenths(n), unit)} of {what}" for n, unit, what in parts if n)
    kept = ", the rest is best kept" if value.has_rest(split) else ""
    return f"{budget} on {told}{kept}"


def _worth_of_reviews(value: Value, labels: Labels, spec: AuditSpec) -> str:
    n = count_reviews(value, labels)
    cost = review_cost(n, spec)
    is_risky = asks_for_harm(value)
    lead = "" if is_risky or value.review is None or value.review.is_worthwhile else "Reviews are not advised: "
    told = (
        f"{lead}{plural(n, 'review')} (about 60 % at random, the others from the worklist) take "
        f"{duration(review_hours(n, spec))} and cost {money(cost, spec.currency)}, and repair what they find"
    )
    if value.review is not None and value.review.repairs_worth is not None:
        told += f" (worth {rough_money(value.review.repairs_worth, spec.currency)})"
    if is_risky:
        # What the answers say of an hour against a day answers nothing here.
        least, right = percent(least_wrong(labels, value.cleaning)), percent(value.cleaning.reviewer_accuracy)
        return (
            f"{told}; the answers show whether reviewing adds errors, for as few as {least} of an hour's labels may "
            f"be wrong (lower end of 80 %), and a reviewer is right {right} of the time."
        )
    evpi = write_gains(value.metric, value.evpi, signed=False)[0]
    told += f"; knowing the truth before this choice is worth {evpi} {name_unit(value.metric)}"
    told += _price(value, cost, spec)
    if value.review is not None and value.evpi > 0:
        told += f", and the answers are expected to bring {percent(min(value.review.gain / value.evpi, 1.0))} of it"
    return f"{told}."


def _price(value: Value, cost: float, spec: AuditSpec) -> str:
    """Return what as much as the truth is worth costs otherwise, against the `cost` of reviews; nothing without."""
    cleaning, collecting = spec.cleaning, spec.collecting
    n_listed = max((point.labels for point in value.cleaning.curve), default=1)
    prices = Prices(cleaning, collecting, n_worklist=n_listed, n_now=value.n_train)
    hour, day = prices.fill_up(value.cleaning.per_hour.estimate, value.collecting.per_day.estimate)
    worth = price_gain(value.evpi, cleaning, collecting, hour=hour, day=day)
    if worth is None or value.evpi <= 0:
        return ""
    way = "otherwise"
    # What is free is had besides: to call it a price of nothing would make any review look dear.
    if hour > 0 and cleaning.cost_per_hour == 0:
        way = "by collecting (cleaning costs nothing)"
    elif day > 0 and collecting.cost_per_day + collecting.setup_cost == 0:
        way = "by cleaning (collecting costs nothing)"
    if worth < min(cost, CENT):
        return f", which costs less than {money(CENT, spec.currency)} to gain {way}"
    verb = "which would cost" if worth >= cost else "which costs only"
    return f", {verb} {money(worth, spec.currency)} to gain {way}"
