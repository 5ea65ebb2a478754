"""The first screen as plain data: the same words for HTML, Markdown and the terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from datassay.errors import as_sentence
from datassay.report import numbers as say
from datassay.report.facts import facts, since
from datassay.results import SURE, Action, Interval, Outcome, Report
from datassay.words import as_argument, as_clause

HEADLINES: dict[Action, str] = {
    "clean": "Clean first.",
    "collect": "Collect first.",
    "review_first": "Review first.",
    "neither": "Neither pays.",
    "not_applicable": "No verdict.",
}
TOO_CLOSE = "Too close to call."
#: Stages without which there is no verdict, in the order in which they run.
_VERDICT_STAGES = ("pull", "predict", "labels", "value")
_FIRST_REVIEWS = 100


@dataclass(frozen=True)
class Gain:
    """One of the two gains, in the unit shown."""

    side: Literal["cleaning", "collecting"]
    label: str
    #: Estimate, low and high in the unit shown: metric times scale.
    interval: Interval
    estimate: str
    span: str
    cost: str


@dataclass(frozen=True)
class Axis:
    """The axis under both gains, in the unit shown; always holds zero."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    unit: str

    def position(self, value: float) -> float:
        """Return where `value` lies, from 0 at the left end to 1 at the right."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Fact:
    """One line about the state of the data; `unknown` where it was not measured."""

    text: str
    outcome: Outcome
    #: The section of the page that tells more.
    anchor: str


@dataclass(frozen=True)
class FirstScreen:
    """What a reader with 30 seconds gets to know."""

    title: str
    gate: str
    gate_outcome: Outcome
    headline: str
    verdict: str
    certainty: str
    gains: tuple[Gain, ...]
    axis: Axis | None
    facts: tuple[Fact, ...]
    since: Fact
    next_step: str


def first_screen(report: Report) -> FirstScreen:
    """Return the first screen of `report`; a pure function, so that every surface says the same."""
    gains = _gains(report)
    return FirstScreen(
        title=_title(report),
        gate=gate_line(report),
        gate_outcome=report.gate.outcome,
        headline=TOO_CLOSE if _is_open(report) else HEADLINES[report.verdict.action],
        verdict=say.visible(report.verdict.sentence, 600),
        certainty=_certainty(report),
        gains=gains,
        axis=_axis(gains, say.metric_words(report.value.metric).unit) if report.value else None,
        facts=tuple(Fact(*fact) for fact in facts(report)),
        since=Fact(*since(report)),
        next_step=_next_step(report),
    )


def gate_line(report: Report) -> str:
    """Return the gate in words: "gate: FAILED (2 rules)"."""
    outcome = report.gate.outcome
    n = sum(rule.outcome == outcome for rule in report.gate.rules)
    if outcome in {"failed", "unknown"} and n:
        return f"gate: {outcome.upper()} ({say.plural(n, 'rule')})"
    return f"gate: {outcome}"


def _title(report: Report) -> str:
    dataset = report.dataset
    commit = f" ({dataset.commit[:7]})" if dataset.commit and dataset.commit != dataset.rev else ""
    return " · ".join(
        [
            say.visible(dataset.name),
            say.visible(f"rev {dataset.rev}", 60) + commit,
            say.plural(dataset.n_rows, "row"),
            f"audited {say.moment(report.run.started_at)}",
        ]
    )


def _certainty(report: Report) -> str:
    value = report.value
    if value is None:
        return ""
    p_hour, p_cost = value.p_cleaning_beats_collecting, value.p_cleaning_beats_collecting_per_cost
    match report.verdict.action:
        case "clean":
            told = f"We are {say.sure(p_hour)} sure that an hour of cleaning gains more than a day of collecting"
            told += _for_the_same_money(p_cost, "collecting")
        case "collect":
            told = f"We are {say.sure(1 - p_hour)} sure that a day of collecting gains more than an hour of cleaning"
            told += _for_the_same_money(1 - p_cost, "cleaning")
        case "neither":
            return ""
        case _ if "that cleaning gains more)" in report.verdict.sentence:
            return ""
        case _:
            told = f"The chance that an hour of cleaning gains more than a day of collecting is {say.sure(p_hour)}"
            told += f"; for the same money, {say.sure(p_cost)}."
    return told


def _for_the_same_money(p: float, other: str) -> str:
    """Go on with the chance for the same money, and say so where it speaks for the other side."""
    if p < 0.5:
        return f"; but for the same money {other} gains more ({say.sure(1 - p)} sure)."
    return f"; for the same money, {say.sure(p)}."


def _gains(report: Report) -> tuple[Gain, ...]:
    value = report.value
    if value is None:
        return ()
    scale = say.metric_words(value.metric).scale
    cleaning, collecting = value.cleaning, value.collecting
    hour, day = _scaled(cleaning.per_hour, scale), _scaled(collecting.per_day, scale)
    digits = say.gain_digits(hour.estimate, day.estimate)

    def gain(side: Literal["cleaning", "collecting"], label: str, at: Interval, cost: float) -> Gain:
        return Gain(
            side=side,
            label=label,
            interval=at,
            estimate=say.signed(at.estimate, digits),
            span=say.span(at.low, at.high, digits),
            cost=say.money(cost, say.visible(report.context.currency)),
        )

    return (
        gain("cleaning", "cleaning, per hour", hour, cleaning.cost_per_hour),
        gain("collecting", "collecting, per day", day, collecting.cost_per_day),
    )


def _scaled(interval: Interval, scale: float) -> Interval:
    return Interval(estimate=interval.estimate * scale, low=interval.low * scale, high=interval.high * scale)


def _axis(gains: tuple[Gain, ...], unit: str) -> Axis:
    """Return an axis with three to six round ticks that holds zero and both intervals."""
    low = min(0.0, *(gain.interval.low for gain in gains))
    high = max(0.0, *(gain.interval.high for gain in gains))
    width = (high - low) or 1.0
    rough = width / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), max(math.ceil(high / step - 1e-9), 1)
    digits = max(0, -math.floor(math.log10(step)))
    ticks = tuple(i * step for i in range(first, last + 1))
    labels = tuple("0" if i == 0 else say.fixed(i * step, digits) for i in range(first, last + 1))
    return Axis(low=ticks[0], high=ticks[-1], ticks=ticks, labels=labels, unit=unit)


def _next_step(report: Report) -> str:
    value, labels = report.value, report.labels
    again = "then audit again"
    match report.verdict.action:
        case "clean" if value and labels:
            n = min(max(1, round(value.cleaning.labels_per_hour)), labels.n_labelled)
            time = say.about_time(n / value.cleaning.labels_per_hour)
            right = min(round(value.cleaning.n_wrong_per_hour), n)
            told = f"review the first {say.plural(n, 'row')} of worklist.csv ({time}); "
            return told + f"about {count_of(right)} expected to be really wrong."
        case "review_first" if _is_open(report):
            told = "take the side that looks better, or the easier one: review the first rows of worklist.csv,"
            return f"{told} or collect rows from the same source; {again}."
        case "review_first" if labels:
            planned = value.review.n_reviews if value and value.review else _FIRST_REVIEWS
            n = min(planned, labels.n_labelled)
            time = f" ({say.about_time(n / value.cleaning.labels_per_hour)})" if value else ""
            command = f"datassay review export {say.visible(as_argument(report.dataset.name))} --size {n}"
            told = f"have {say.plural(n, 'label')} reviewed{time}: '{command}'; import the answers, {again}"
            return f"{told}. They make the verdict surer."
        case "collect" if value:
            n = max(1, round(value.collecting.rows_per_day))
            cost = say.money(value.collecting.cost_per_day, say.visible(report.context.currency))
            return f"collect {say.plural(n, 'new labelled row')} from the same source (about a day, {cost}), {again}."
        case "neither":
            return "spend nothing on labels or rows now; audit again when the data, the model or the costs change."
        case _:
            return _unblock(report)


def _is_open(report: Report) -> bool:
    """Return whether the choice is open and no review is worth while: the sentence then names no size of one."""
    value = report.value
    if report.verdict.action != "review_first" or value is None or value.review is None:
        return False
    # Where a side is sure and reviews come first, it is for what they may spoil.
    return not value.review.is_worthwhile and value.p_cleaning_beats_collecting < SURE


def count_of(n: int) -> str:
    """Return "1 of them is" or "41 of them are"."""
    return f"{say.count(n)} of them {'is' if n == 1 else 'are'}"


def _unblock(report: Report) -> str:
    for stage in _VERDICT_STAGES:
        record = report.stages.get(stage)
        if record and record.outcome in {"unknown", "failed"}:
            why = as_clause(say.visible(record.reason or "no reason was given", 300))
            return as_sentence(f"make stage '{stage}' measurable, then audit again. It stopped because: {why}")
    if report.context.label is None:
        return "name the label column in the audit definition (label: …) to get a verdict."
    return "see what was not checked, at the end of the report."
