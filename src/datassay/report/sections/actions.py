"""Other ways to spend the time: repairs, copies and doubtful labels beside labels and rows."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import (
    Block,
    Cell,
    Column,
    Fold,
    Missing,
    Points,
    Prose,
    Section,
    Table,
    flag,
    mark,
    name,
    num,
    text,
)
from datassay.report.facts import why_missing
from datassay.report.others import HOURS_PER_DAY, effort, find_better, name_action, rank, word
from datassay.results import ActionOutcome, Interval, OtherAction, Report, Value

_HEADING = "Other ways to spend the time"
#: Actions that are shown at once; the others unfold.
_MOST_ROWS = 12
#: Two kinds of scores stand in one table.
_SCORED = (
    "Labels and rows are scored on what is believed of the true labels, all other actions on labels as given, which "
    "makes gains look smaller."
)


def actions_section(report: Report) -> Section:
    """Return the section that sets repairs, copies and doubtful labels beside labels and rows."""
    value, actions = report.value, rank(report.actions)
    if value is None or not actions:
        reason, outcome = why_missing(report, "actions")
        missing = Missing.because("Not measured", reason, outcome)
        return Section("actions", _HEADING, "", (missing,), how="how-actions")
    currency = say.visible(report.context.currency)
    shown = [action for action in actions if action.gain is not None][:_MOST_ROWS]
    rest = [action for action in actions if action not in shown]
    blocks: list[Block] = [_table(value, shown, currency)]
    blocks.append(Prose(f"{_SCORED} {_by_chance(len(shown))}"))
    if rest:
        blocks.append(Fold(f"{say.plural(len(rest), 'more action')}, measured or not", (_rest(value, rest, currency),)))
    told = (f"{say.visible(each.name)}: {say.visible(each.measured, 400)}" for each in actions if each.measured)
    lines = tuple(dict.fromkeys(told))
    blocks.append(Fold("How each was measured", (Points("Measured", lines),)))
    return Section("actions", _HEADING, _finding(report, actions), tuple(blocks), how="how-actions")


def _finding(report: Report, actions: list[OtherAction]) -> str:
    measured = [action for action in actions if action.gain is not None]
    better = find_better(report)
    nothing = sum(action.outcome == "does nothing measurable" for action in measured)
    if better:
        told = f"{name_action(better[0])} gains more than an hour of cleaning and a day of collecting"
        told += f", and takes {effort(better[0])}."
    else:
        told = "No other action surely gains more than an hour of cleaning labels and a day of collecting rows."
    if not measured:
        return "None of the other actions could be measured."
    if nothing == len(measured):
        who = "The only one that was measured does" if nothing == 1 else f"All {say.count(nothing)} do"
        return f"{told} {who} nothing measurable."
    do = "does" if nothing == 1 else "do"
    return f"{told} {say.count(nothing)} of {say.plural(len(measured), 'action')} {do} nothing measurable."


def _by_chance(n: int) -> str:
    told = "Intervals hold 80 %: of actions that do nothing, about one in ten looks helpful by chance and one in ten "
    told += "harmful"
    return f"{told}." if n < 10 else f"{told}; among {say.count(n)} that is to be expected."


_COLUMNS = (
    Column("what"),
    Column("it"),
    Column("columns"),
    Column("gain", is_number=True),
    Column("80 % interval", is_number=True),
    Column("gain per hour", is_number=True),
    Column("hours", is_number=True),
    Column("cost", is_number=True),
    Column("touches", is_number=True),
)


def _table(value: Value, actions: list[OtherAction], currency: str) -> Table:
    scale = say.metric_words(value.metric).scale
    digits = _digits(value, actions)
    hour, day = value.cleaning, value.collecting
    rows = [
        (
            text("Review labels for an hour"),
            _outcome(word(hour.per_hour)),
            text("the label"),
            *_gain(hour.per_hour, hour.per_hour.estimate, scale, digits),
            num("1"),
            num(say.money(hour.cost_per_hour, currency)),
            num(say.plural(round(hour.labels_per_hour), "label")),
        ),
        (
            text("Collect rows for a day"),
            _outcome(word(day.per_day)),
            text("all"),
            *_gain(day.per_day, day.per_day.estimate / HOURS_PER_DAY, scale, digits),
            num(say.number(HOURS_PER_DAY)),
            num(say.money(day.cost_per_day, currency)),
            num(say.plural(round(day.rows_per_day), "row")),
        ),
        *(_row(action, currency, scale, digits) for action in actions),
    ]
    unit = say.metric_words(value.metric).unit
    return Table(f"Labels, rows and other actions by gain per hour; gain counts {unit}", _COLUMNS, tuple(rows), 8)


def _rest(value: Value, actions: list[OtherAction], currency: str) -> Table:
    scale = say.metric_words(value.metric).scale
    digits = _digits(value, actions)
    rows = tuple(_row(action, currency, scale, digits) for action in actions)
    return Table("Actions that gain less, or were not measured", _COLUMNS, rows)


def _digits(value: Value, actions: list[OtherAction]) -> int:
    scale = say.metric_words(value.metric).scale
    gains = [value.cleaning.per_hour.estimate, value.collecting.per_day.estimate]
    gains += [action.gain.estimate for action in actions if action.gain]
    return min(say.gain_digits(*(gain * scale for gain in gains if abs(gain * scale) > 0.01)), 4)


def _row(action: OtherAction, currency: str, scale: float, digits: int) -> tuple[Cell, ...]:
    n, noun = (action.n_rows, "row") if action.n_rows else (action.n_cells, "cell")
    return (
        text(say.visible(action.name)),
        _outcome(action.outcome, action.reason or action.caveat),
        name(say.listing([say.visible(each, 40) for each in action.columns])) if action.columns else text("all"),
        *(
            _bound(action, scale, digits)
            if action.is_bound
            else _gain(action.gain, action.gain_per_hour, scale, digits)
        ),
        num(say.number(round(action.hours, 2))),
        num(say.money(action.cost, currency)),
        num(say.plural(n, noun) if n else "–"),
    )


def _outcome(outcome: ActionOutcome, reason: str | None = None) -> Cell:
    if outcome == "not measured":
        return Cell(outcome, "outcome", "unknown", (say.visible(reason or "no reason was given", 300),))
    if outcome == "does nothing measurable":
        return mark("skipped", outcome)
    return Cell(outcome, "outcome", more=(say.visible(reason, 300),)) if reason else flag(outcome)


def _gain(gain: Interval | None, per_hour: float | None, scale: float, digits: int) -> tuple[Cell, Cell, Cell]:
    if gain is None:
        return num("–"), num("–"), num("–")
    each = "–" if per_hour is None else say.signed(per_hour * scale, digits)
    span = say.span(gain.low * scale, gain.high * scale, digits)
    return num(say.signed(gain.estimate * scale, digits)), num(span), num(each)


def _bound(action: OtherAction, scale: float, digits: int) -> tuple[Cell, Cell, Cell]:
    most = action.gain.high * scale if action.gain else 0.0
    each = f"at most {say.signed(most / action.hours, digits)}" if action.hours else "–"
    return num(f"at most {say.signed(most, digits)}"), num("–"), num(each)
