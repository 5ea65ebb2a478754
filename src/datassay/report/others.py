"""Other ways to spend the time: their order, their words, and which of them beats labels and rows."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.results import ActionOutcome, Interval, OtherAction, Report

#: A working day in hours, as in the rest of the report.
HOURS_PER_DAY = 8


def rank(actions: list[OtherAction]) -> list[OtherAction]:
    """Return actions by gain per hour (what takes no time as if it took one), then bounds, then unmeasured ones."""

    def key(action: OtherAction) -> tuple[int, float, str, list[str]]:
        if action.gain is None:
            return 2, 0.0, action.name, action.columns
        per_hour = action.gain.estimate if action.gain_per_hour is None else action.gain_per_hour
        return int(action.is_bound), -per_hour, action.name, action.columns

    return sorted(actions, key=key)


def word(gain: Interval) -> ActionOutcome:
    """Return what the interval of an hour of cleaning or a day of collecting says, in the words of actions."""
    if gain.low <= 0 <= gain.high:
        return "does nothing measurable"
    return "helps" if gain.low > 0 else "harms"


def find_better(report: Report) -> list[OtherAction]:
    """Return actions that within an hour surely gain more than an hour of cleaning and a day of collecting promise.

    The lower end of the action counts: of many actions that do nothing a few look good by chance.
    """
    value = report.value
    if value is None:
        return []
    best = max(value.cleaning.per_hour.estimate, value.collecting.per_day.estimate)
    return [
        action
        for action in rank(report.actions)
        if action.outcome == "helps" and action.gain and action.gain.low / max(1.0, action.hours) > best
    ]


def name_action(action: OtherAction) -> str:
    """Return an action with its columns: "Look up the missing values (age)"."""
    columns = [say.visible(name, 40) for name in action.columns]
    return f"{say.visible(action.name)} ({say.listing(columns)})" if columns else say.visible(action.name)


def effort(action: OtherAction) -> str:
    """Return how long an action takes: "about 15 minutes", "no time"."""
    return say.about_time(action.hours) if action.hours else "no time"


def better_line(report: Report) -> str:
    """Return one line on the best action that beats both sides, or nothing."""
    better = find_better(report)
    if not better or report.value is None:
        return ""
    action, words = better[0], say.metric_words(report.value.metric)
    gain = action.gain
    assert gain is not None
    digits = say.gain_digits(gain.estimate * words.scale)
    told = f"better than both: {_lower(name_action(action))} gains {say.signed(gain.estimate * words.scale, digits)} "
    told += f"{say.span(gain.low * words.scale, gain.high * words.scale, digits)} and takes {effort(action)}"
    return f"{told} ({say.visible(action.caveat, 200)})" if action.caveat else told


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
