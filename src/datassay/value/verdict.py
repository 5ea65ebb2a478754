"""The recommendation: one hour of cleaning against one day of collecting, in plain words."""

from __future__ import annotations

from datassay.errors import as_sentence
from datassay.results import SURE, Action, Labels, ReviewPlan, Value, Verdict
from datassay.spec import AuditSpec
from datassay.value.assumptions import find_smallest_gain, list_assumptions
from datassay.value.budget import prefers_cleaning
from datassay.value.harm import may_harm, warn, will_harm
from datassay.value.reasons import asks_for_harm, count_reviews, list_reasons, review_cost, review_hours
from datassay.value.settling import HOPELESS
from datassay.value.wording import (
    chance_of,
    duration,
    money,
    name_loss,
    percent,
    plural,
    rough_money,
    tell_gain,
    write_gains,
)


def decide(
    value: Value | None, labels: Labels | None, spec: AuditSpec, *, reason_unknown: str | None = None
) -> Verdict:
    """Return the verdict.

    One hour of cleaning is compared with one day of collecting. `clean` or `collect` where that side gains more with
    at least 75 %, `review_first` where neither does or where reviewing may well add errors, `neither` where no gain
    reaches the smallest gain that matters, `not_applicable` where there is nothing to compare; `reason_unknown` then
    says why the value could not be measured.
    """
    if spec.label is None or spec.task == "none":
        return _not_applicable("The definition names no label, so there is nothing to clean or collect for.")
    if value is None or labels is None:
        reason = (reason_unknown or "the value of labels and rows was not measured").strip()
        return _not_applicable(as_sentence(f"Could not be measured: {reason}"))
    action = choose_action(value, labels, spec)
    is_known = "reviewer_accuracy" in spec.cleaning.model_fields_set or labels.reviewer_accuracy is not None
    warning = warn(value, labels, is_stated=is_known)
    return Verdict(
        action=action,
        sentence=f"{describe_gains(value)} {warning}{_advise(action, value, labels, spec)}",
        reasons=list_reasons(action, value, labels, spec),
        assumptions=list_assumptions(value, labels, spec),
    )


def choose_action(value: Value, labels: Labels, spec: AuditSpec) -> Action:
    """Return the action alone."""
    hour, day = value.cleaning.per_hour, value.collecting.per_day
    p = value.p_cleaning_beats_collecting
    if will_harm(labels, value.cleaning):
        # Cleaning is out of the question, and so are reviews: what is left is to collect, or to do nothing.
        return "collect" if day.estimate > find_smallest_gain(value.metric, spec) else "neither"
    if max(hour.high, day.high) <= find_smallest_gain(value.metric, spec) or max(hour.estimate, day.estimate) <= 0:
        return "neither"
    if p >= SURE:
        return "review_first" if may_harm(labels, value.cleaning) else "clean"
    if p <= 1 - SURE:
        return "collect"
    return "review_first"


def describe_gains(value: Value) -> str:
    """Return both gains in one sentence, with what one hour and one day hold."""
    hour, day = write_gains(value.metric, value.cleaning.per_hour.estimate, value.collecting.per_day.estimate)
    labels, rows = value.cleaning.labels_in_hour, value.collecting.rows_in_day
    n_wrong = value.cleaning.n_wrong_per_hour
    errors = plural(round(n_wrong) if n_wrong >= 1 else round(n_wrong, 1) or n_wrong, "real error")
    return (
        f"One hour of cleaning ({plural(labels, 'label')}, about {errors}) is worth {tell_gain(value.metric, hour)}; "
        f"one day of collecting ({plural(rows, 'row')}) {tell_gain(value.metric, day, is_named=False)}."
    )


def _advise(action: Action, value: Value, labels: Labels, spec: AuditSpec) -> str:
    match action:
        case "clean":
            return f"Clean first{_until(value)}."
        case "collect":
            return "Collect first."
        case "neither":
            hour, day = value.cleaning.per_hour.high, value.collecting.per_day.high
            most = write_gains(value.metric, max(hour, day, 0.0), signed=False)[0]
            return f"Neither pays: the larger of the two gains is at most {most} (with 90 %)."
        case _:
            n = count_reviews(value, labels)
            cost = money(review_cost(n, spec), spec.currency)
            is_risky = asks_for_harm(value)
            what = (
                "Reviewing may add errors as things are known"
                if is_risky
                else f"Too close to call ({chance_of(value.p_cleaning_beats_collecting)} that cleaning gains more)"
            )
            if value.review is not None and not value.review.is_worthwhile and not is_risky:
                return f"{what}{_either(value, value.review, spec)}."
            parts = [f"{duration(review_hours(n, spec))}, {cost}", "" if is_risky else _worth(value.review, spec)]
            review = f"review {plural(n, 'label')} first ({'; '.join(filter(None, parts))})"
            return f"{what}: {review}{'' if is_risky else _hope(value)}."


def _worth(plan: ReviewPlan | None, spec: AuditSpec) -> str:
    if plan is None or plan.answers_worth is None or plan.repairs_worth is None:
        return ""
    answers, repairs = (rough_money(each, spec.currency) for each in (plan.answers_worth, plan.repairs_worth))
    return f"answers are worth {answers} to this choice, repairs {repairs}"


def _either(value: Value, plan: ReviewPlan, spec: AuditSpec) -> str:
    hour, day = value.cleaning.per_hour.estimate, value.collecting.per_day.estimate
    side = "cleaning" if prefers_cleaning(value.p_cleaning_beats_collecting, hour, day) else "collecting"
    loss = write_gains(value.metric, value.expected_regret, signed=False)[0]
    if plan.p_settles < HOPELESS:
        why = f"no review of up to {plan.most_reviews:,} labels is likely to settle it"
    else:
        why = f"{plural(plan.n_reviews, 'review')} for {money(plan.cost, spec.currency)} are not worth it"
        why = ": ".join(filter(None, [why, _worth(plan, spec)]))
    return (
        f", and {why}. If it has to be one, {side} looks a little better, at an expected loss of {loss} "
        f"{name_loss(value.metric)}"
    )


def _hope(value: Value) -> str:
    plan = value.review
    if plan is None or plan.p_settles < HOPELESS:
        return ""
    if plan.is_expected:
        return f", which settles it with roughly {percent(plan.p_settles)} (often told too high)"
    chance = f"roughly {percent(plan.p_settles)}"
    return (
        f"; that settles it with {chance} only, and no review of up to {plan.most_reviews:,} labels is likely to do so"
    )


def _until(value: Value) -> str:
    hours = value.break_even_hours
    if hours is None:
        return "; an hour stays worth more than a day down to the end of the worklist"
    if hours < 1:
        return "; already the second hour gains less than a day of collecting"
    return f"; after about {plural(round(hours), 'hour')} the two are even"


def _not_applicable(sentence: str) -> Verdict:
    return Verdict(action="not_applicable", sentence=sentence, reasons=[sentence], assumptions=[])
