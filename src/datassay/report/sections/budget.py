"""Where the budget should go: value curves, the best split, the learning curve."""

from __future__ import annotations

from datassay.report import charts
from datassay.report import numbers as say
from datassay.report.blocks import Block, Cell, Column, Figure, Fold, Missing, Points, Prose, Section, Table, num, text
from datassay.report.facts import why_missing
from datassay.results import CleaningPoint, CollectingPoint, Report, Split, Value
from datassay.words import as_clause

_HEADING = "Where the budget should go"


def budget_section(report: Report) -> Section:
    """Return the section that says how to spend the next money, or why nobody can say."""
    value = report.value
    told, outcome = why_missing(report, "value")
    reasons = [say.visible(reason, 400) for reason in report.verdict.reasons]
    if value is None:
        reasons = [reason for reason in reasons if as_clause(reason) not in told]
    because: tuple[Block, ...] = (Points("Why", tuple(reasons)),) if reasons else ()
    if value is None:
        missing = Missing.because("Not measured", told, outcome)
        return Section("budget", _HEADING, "", (missing, *because), how="how-gain")
    currency = say.visible(report.context.currency)
    blocks: list[Block] = [*because]
    blocks += [_gain_figure(value, currency)]
    if value.best_split:
        blocks.append(_splits(value, currency))
    if len({anchor.train_rows for anchor in value.anchors}) > 1:
        blocks.append(_learning_figure(value))
    blocks.append(
        Fold(
            "The figures behind the pictures",
            (_exchange(value), _doubt(value), _curve_table(value, currency), _anchor_table(value)),
        )
    )
    if value.notes:
        blocks.append(Points("Notes", tuple(say.visible(note, 400) for note in value.notes)))
    return Section("budget", _HEADING, _finding(report, value, currency), tuple(blocks), how="how-gain")


def _finding(report: Report, value: Value, currency: str) -> str:
    hours = value.break_even_hours
    if value.best_split:
        split = value.best_split[-1] if report.verdict.action == "collect" else value.best_split[0]
        spent = f"Of {say.money(split.budget_cost, currency)}, spend {_spend(split, value)}."
    else:
        spent = ""
    if hours:
        cost = say.money(hours * value.cleaning.cost_per_hour, currency)
        turn = (
            f"After {say.about_time(hours)} ({cost}) one more hour of cleaning gains less than one day of collecting."
        )
    elif hours == 0:
        turn = "Already the first hour of cleaning gains less than one day of collecting."
    else:
        turn = "As far as the curves reach, an hour of cleaning never gains less than a day of collecting."
    return f"{spent} {turn}".strip()


def _spend(split: Split, value: Value) -> str:
    parts = []
    if split.hours > 0:
        labels = say.plural(round(split.hours * value.cleaning.labels_per_hour), "label")
        parts.append(f"{say.about_time(split.hours)} on cleaning ({labels})")
    if split.days > 0:
        rows = say.plural(round(split.days * value.collecting.rows_per_day), "row")
        told = say.tenths(split.days)
        days = "about a day" if told == "1" else f"about {told} days"
        parts.append(f"{days} on collecting ({rows})")
    if not parts:
        return "nothing on either"
    return " and ".join(parts) + ("; the rest is best kept" if value.has_rest(split) else "")


def _gain_figure(value: Value, currency: str) -> Figure:
    words = say.metric_words(value.metric)
    curves, by_cost = charts.gain_curves(value)
    hours = value.break_even_hours
    turn = None
    if hours:
        x = hours * value.cleaning.cost_per_hour if by_cost else hours / 8
        turn = (x, f"after {say.about_time(hours)} the two are even")
    end = charts.horizon(value, curves, turn[0] if turn else None)
    spots = [(curve.side, charts.until(curve.rows, end)[-1]) for curve in curves]
    digits = say.gain_digits(*(gain for _, (_, gain, _, _) in spots))
    told = []
    for side, (x, gain, low, high) in spots:
        stop = f" (no more to do after {_amount(x, currency, by_cost=by_cost)})" if x < end * 0.999 else ""
        told.append(f"{side} gains {say.signed(gain, digits)} {say.span(low, high, digits)}{stop}")
    # "+0.3 less log loss" would say it twice.
    counted = words.unit if words.scale == 100 else f"({words.unit})"
    unit = f"cost in {currency}" if by_cost else "days of work; eight hours of cleaning make one"
    return Figure(
        finding=f"For {_amount(end, currency, by_cost=by_cost)}, {' and '.join(told)} {counted}. Bands hold 80 %.",
        axes=f"Gain ({words.unit}) against {unit}",
        wide=charts.draw_gains(curves, charts.WIDE, end, turn),
        narrow=charts.draw_gains(curves, charts.NARROW, end, turn),
    )


def _amount(x: float, currency: str, *, by_cost: bool) -> str:
    return say.money(x, currency) if by_cost else f"{say.number(round(x, 1))} days"


def _splits(value: Value, currency: str) -> Table:
    words = say.metric_words(value.metric)
    digits = say.gain_digits(*(split.gain.estimate * words.scale for split in value.best_split))
    rows = []
    for split in value.best_split:
        gain = split.gain
        rows.append(
            (
                num(say.money(split.budget_cost, currency)),
                num(f"{split.cleaning_fraction * 100:.0f} %"),
                num(say.number(round(split.hours)) if split.hours >= 10 else say.tenths(split.hours)),
                num(say.tenths(split.days)),
                num(f"{value.find_kept(split) * 100:.0f} %"),
                num(say.signed(gain.estimate * words.scale, digits)),
                num(say.span(gain.low * words.scale, gain.high * words.scale, digits)),
            )
        )
    columns = (
        Column("budget", is_number=True),
        Column("for cleaning", is_number=True),
        Column("hours", is_number=True),
        Column("days", is_number=True),
        Column("kept", is_number=True),
        Column("gain", is_number=True),
        Column("80 % interval", is_number=True),
    )
    return Table(f"The best split of {len(rows)} budgets; gain counts {words.unit}", columns, tuple(rows))


def _exchange(value: Value) -> Prose:
    rate = value.exchange_rate
    how = "as measured" if value.is_exchange_rate_measured else "by a formula, for it could not be measured"
    told = (
        f"One fixed label is worth about {say.number(round(rate.estimate, 1))} new rows "
        f"{say.span(rate.low, rate.high, 1)}, {how}"
    )
    if value.exchange_rate_closed_form is not None:
        told += (
            f"; the closed form, which only knows the noise rate, says {say.fixed(value.exchange_rate_closed_form, 1)}"
        )
    return Prose(f"{told}.", lead="Exchange rate.")


def _doubt(value: Value) -> Prose:
    words = say.metric_words(value.metric)
    digits = say.gain_digits(value.evpi * words.scale, value.expected_regret * words.scale)
    truth = say.fixed(value.evpi * words.scale, digits)
    regret = say.fixed(value.expected_regret * words.scale, digits)
    told = f"Knowing the truth before choosing would be worth {truth} {words.unit}; "
    told += f"this choice is expected to lose {regret} against the truly better one."
    return Prose(told, lead="What the doubt costs.")


def _learning_figure(value: Value) -> Figure:
    words = say.metric_words(value.metric)
    line = sorted(value.anchors, key=lambda a: a.train_rows)
    first, last = line[0], line[-1]
    finding = f"With today's labels the model scores {say.level(first.score, words)} on {say.count(first.train_rows)} "
    finding += f"training rows and {say.level(last.score, words)} on {say.count(last.train_rows)}."
    return Figure(
        finding=f"{finding} Whiskers: one standard deviation over folds and repeats.",
        axes=f"Score ({'' if words.scale == 1 else 'points of '}{words.name}) against training rows",
        wide=charts.draw_learning_curve(value, charts.WIDE),
        narrow=charts.draw_learning_curve(value, charts.NARROW),
    )


def _short(amount: float) -> str:
    return say.number(round(amount, 2)) if amount >= 0.1 else say.tenths(amount)


def _curve_table(value: Value, currency: str) -> Table:
    words = say.metric_words(value.metric)
    scale = words.scale
    gains = [*(point.gain for point in value.cleaning.curve), *(point.gain for point in value.collecting.curve)]
    digits = say.gain_digits(*(gain * scale for gain in gains if abs(gain * scale) > 0.01))

    def row(side: str, amount: str, time: str, point: CleaningPoint | CollectingPoint) -> tuple[Cell, ...]:
        gain = say.signed(point.gain * scale, digits)
        span = say.span(point.low * scale, point.high * scale, digits)
        return text(side), num(amount), num(time), num(say.money(point.cost, currency)), num(gain), num(span)

    rows = (
        *(row("cleaning", say.plural(p.labels, "label"), f"{_short(p.hours)} h", p) for p in value.cleaning.curve),
        *(row("collecting", say.plural(p.rows, "row"), f"{_short(p.days)} d", p) for p in value.collecting.curve),
    )
    labels = ("side", "amount", "time", "cost", "gain", "80 % interval")
    columns = tuple(Column(label, is_number=label != "side") for label in labels)
    return Table(f"Both value curves; gain counts {words.unit}", columns, rows)


def _anchor_table(value: Value) -> Table:
    rows = tuple(
        (
            num(say.count(anchor.train_rows)),
            num(say.number(anchor.score)),
            num(say.number(anchor.score_sd)),
            num(say.count(anchor.n_fits)),
        )
        for anchor in value.anchors
    )
    labels = ("training rows", "score", "standard deviation", "fits")
    columns = tuple(Column(label, is_number=True) for label in labels)
    return Table(f"Measured scores, {value.metric}, as the metric counts", columns, rows)
