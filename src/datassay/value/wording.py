"""Gains, counts and money in words, for the verdict's sentences."""

from __future__ import annotations

import math

from datassay.results import SURE
from datassay.words import tell_hours

MINUS = "−"

#: The smallest sum that is told as one.
CENT = 0.01
#: Smallest gain in points that is written as a number.
TINY_POINTS = 0.001
#: Amounts below this are told with two significant digits: to a decimal they would read as none.
TENTH = 0.1

#: Metrics up to 1, told in points.
_POINTS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1_macro": "macro F1",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "r2": "R²",
}


def name_unit(metric: str) -> str:
    """Return what a gain of `metric` counts: "points of balanced accuracy", "less mean absolute error"."""
    if metric in _POINTS:
        return f"points of {_POINTS[metric]}"
    return f"less {metric.removeprefix('neg_').replace('_', ' ')}"


def name_loss(metric: str) -> str:
    """Return what a loss of `metric` counts: "points of accuracy", "of log loss"."""
    return name_unit(metric) if metric in _POINTS else f"of {metric.removeprefix('neg_').replace('_', ' ')}"


def tell_gain(metric: str, gain: str, *, is_named: bool = True) -> str:
    """Return a gain that `write_gains` wrote with what it counts, or, not named, with its direction alone.

    "+0.31 points of accuracy" and "+0.31"; of errors "0.31 less log loss", and "0.31 less" or "0.31 more".
    """
    if metric in _POINTS:
        return f"{gain} {name_unit(metric)}" if is_named else gain
    direction = "more" if gain.startswith(MINUS) else "less"
    name = name_unit(metric).removeprefix("less ")
    return f"{gain.removeprefix(MINUS)} {direction}" + (f" {name}" if is_named else "")


def write_gains(metric: str, *gains: float, signed: bool = True, like: tuple[float, ...] = ()) -> list[str]:
    """Return gains with equally many decimals, enough that none of them reads as zero.

    Metrics up to 1 are told in points, hundredths of the metric; errors in their own unit. With `like`, gains are
    written as finely as those would be, and may be zero: the ends of their intervals.
    """
    scale = 100.0 if metric in _POINTS else 1.0
    # "0.31 less" carries its sign in words, as long as it is less.
    signed = signed and metric in _POINTS
    shown = [gain * scale for gain in gains]
    least = TINY_POINTS if metric in _POINTS else 0.0
    sizes = [abs(x * scale) for x in like or gains if x and abs(x * scale) >= least]
    digits = _decimals(sizes) if sizes else 3
    return [_write(x, digits, signed=signed, is_end=bool(like)) for x in shown]


def _decimals(sizes: list[float]) -> int:
    # One significant digit for the smallest, two decimals as a rule, no more than three digits for the largest.
    finest = -math.floor(math.log10(min(sizes)))
    coarsest = 2 - math.floor(math.log10(max(sizes)))
    return max(0 if coarsest < 1 else 2, min(finest, max(coarsest, 3), 9))


def _write(value: float, digits: int, *, signed: bool, is_end: bool) -> str:
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        if value == 0 or is_end:
            return "0"
        return f"less than {10.0**-digits:.{digits}f}" if value > 0 else "about 0"
    sign = MINUS if value < 0 else "+" if signed else ""
    return sign + text


def percent(share: float, digits: int = 0) -> str:
    """Return a share in percent that claims neither certainty nor impossibility where there is none."""
    if 0 < share < 0.01 and digits == 0:
        return "under 1 %"
    if 0.99 < share < 1 and digits == 0:
        return "over 99 %"
    return f"{100 * share:.{digits}f} %"


def percent_after(before: str, share: float) -> str:
    """Return a share with the words before it, unless it is told as a bound of its own: "under 1 %"."""
    told = percent(share)
    return f"{before} {told}" if told[0].isdigit() else told


def chance_of(p: float) -> str:
    """Return a chance in percent that is never rounded to 25 or 75 %, from which a verdict is sure."""
    if 1 - SURE < p < SURE and percent(p) in {percent(1 - SURE), percent(SURE)}:
        toward_even = math.ceil(1000 * p) if p < 0.5 else math.floor(1000 * p)
        return percent(toward_even / 1000, 1)
    return percent(p)


def count(value: float) -> str:
    """Return a number of things: whole, with thousands separators; fractions with a decimal, tiny ones as they are."""
    if 0 < value < TENTH:
        return f"{value:.{1 - math.floor(math.log10(value))}f}".rstrip("0")
    return f"{value:,.0f}" if value == round(value) or value >= 10 else f"{value:,.1f}"


def tenths(value: float) -> float:
    """Return an amount as finely as it is told: in tenths, and less than one of them as it is."""
    return round(value, 1) if value >= TENTH else value


def plural(value: float, noun: str) -> str:
    """Return a number with its noun."""
    text = count(value)
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"


def money(amount: float, currency: str) -> str:
    """Return an amount; cents only below 100."""
    digits = 0 if amount >= 100 or amount == round(amount) else 2
    return f"{currency} {amount:,.{digits}f}"


def rough_money(amount: float, currency: str) -> str:
    """Return an amount that is known roughly, in two digits: "about EUR 1.30", "less than EUR 0.01"."""
    if amount < CENT:
        return f"less than {money(CENT, currency)}"
    return f"about {money(float(f'{amount:.2g}'), currency)}"


def duration(hours: float) -> str:
    """Return working time as `tell_hours` has it, from two working weeks on with the weeks of 40 hours."""
    told = tell_hours(hours)
    return told if hours < 80 else f"{told} ({plural(round(hours / 40), 'week')} of work)"
