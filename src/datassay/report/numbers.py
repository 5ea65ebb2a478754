"""Numbers in words: the one way in which figures are written, on every surface."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from datassay.results import Interval
from datassay.words import plural as plural  # noqa: PLC0414 - one of these words for every surface
from datassay.words import tell_hours

MINUS = "−"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Control and direction characters that could forge lines, colours or reading order where a name is shown.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Metric:
    """How gains of one metric are read: `scale` turns the metric's unit into the unit shown."""

    name: str
    scale: float
    #: What a gain counts: "points of balanced accuracy", "less log loss".
    unit: str
    #: An error, where less is better: levels are shown without their sign.
    is_error: bool = False


def metric_words(metric: str) -> Metric:
    """Return how `metric` is read: shares in points (hundredths), errors as a fall, anything else as it is."""
    shares = {
        "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1_macro": "macro F1",
        "roc_auc": "ROC AUC", "average_precision": "average precision", "r2": "R²",
    }  # fmt: skip
    if metric in shares:
        return Metric(shares[metric], 100.0, f"points of {shares[metric]}")
    if metric.startswith("neg_"):
        name = metric.removeprefix("neg_").replace("_", " ")
        return Metric(name, 1.0, f"less {name}", is_error=True)
    name = metric.replace("_", " ")
    return Metric(name, 1.0, f"more {name}")


def level(value: float, metric: Metric) -> str:
    """Return a score itself, such as "81.4 points of balanced accuracy"."""
    shown = abs(value) if metric.is_error else value * metric.scale
    if metric.scale == 100:
        return f"{fixed(shown, 1)} {metric.unit}"
    return f"{metric.name} of {number(shown)}"


def visible(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return `text` on one line, control and direction characters spelled out, cut at `longest` characters."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return _INVISIBLE.sub(lambda found: f"\\x{ord(found[0]):02x}", cut)


def count(value: int) -> str:
    """Return a whole number with thousands separators."""
    return f"{value:,}".replace("-", MINUS)


def fixed(value: float, digits: int) -> str:
    """Return a number with so many decimals, a real minus sign and no negative zero."""
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = f"{0:.{digits}f}"
    return text.replace("-", MINUS)


def signed(value: float, digits: int) -> str:
    """Return a number with its sign; zero has none."""
    text = fixed(value, digits)
    is_zero = float(text.replace(",", "").replace(MINUS, "-")) == 0
    return text if text.startswith(MINUS) or is_zero else f"+{text}"


def gain_digits(*gains: float) -> int:
    """Return how many decimals tell these gains apart: two, more for small ones, one from ten on."""
    sizes = [abs(gain) for gain in gains if gain]
    if not sizes:
        return 2
    finest = -math.floor(math.log10(min(sizes)))
    coarsest = 2 - math.floor(math.log10(max(sizes)))
    return max(1 if min(sizes) >= 10 else 2, min(finest, coarsest, 6))


def span(low: float, high: float, digits: int) -> str:
    """Return an interval: "[0.18, 0.45]"."""
    return f"[{fixed(low, digits)}, {fixed(high, digits)}]"


def percent_digits(fraction: float) -> int:
    """Return how many decimals a share needs: one, more below 0.1 %."""
    if fraction == 0 or abs(fraction) >= 0.001:
        return 1
    return min(4, -math.floor(math.log10(abs(fraction) * 100)))


def percent(fraction: float) -> str:
    """Return a share as "6.8 %"; whole numbers where nothing is lost."""
    if fraction in {0.0, 1.0}:
        return f"{fraction * 100:.0f} %"
    # A share that is not all must not round up to all, nor one that is not nothing down to nothing.
    if 0 < fraction < 0.000001:
        return "under 0.0001 %"
    if 0.9995 <= fraction < 1:
        return "over 99.9 %"
    return f"{fixed(fraction * 100, percent_digits(fraction))} %"


def percent_interval(share: Interval) -> tuple[str, str]:
    """Return estimate and interval of a share, such as ("6.8 %", "[5.1, 8.7]"): equal decimals, none if it is wide."""
    digits = percent_digits(share.estimate)
    if share.estimate >= 0.1 and share.high - share.low >= 0.05:
        digits = 0
    return f"{fixed(share.estimate * 100, digits)} %", span(share.low * 100, share.high * 100, digits)


def sure(probability: float) -> str:
    """Return a probability in whole percent that never claims certainty."""
    if probability > 0.99:
        return "over 99 %"
    if probability < 0.01:
        return "under 1 %"
    return f"{probability * 100:.0f} %"


def money(amount: float, currency: str) -> str:
    """Return an amount: no cents from 100 on, "under EUR 0.01" for what is not nothing."""
    if 0 < amount < 0.005:
        return f"under {currency} 0.01"
    digits = 0 if amount >= 100 or amount == int(amount) else 2
    return f"{currency} {fixed(amount, digits)}"


def size(n_bytes: float) -> str:
    """Return a size in decimal units, as storage is billed."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if n_bytes < 1000 or unit == "TB":
            break
        n_bytes /= 1000
    return f"{n_bytes:.0f} {unit}" if unit == "bytes" or n_bytes >= 100 else f"{n_bytes:.1f} {unit}"


def number(value: float) -> str:
    """Return any number in at most four significant digits, with thousands separators."""
    if value == 0:
        return "0"
    power = math.floor(math.log10(abs(value)))
    if not -5 < power < 12:
        return f"{value:.3g}".replace("-", MINUS)
    if value == int(value):
        return fixed(value, 0)
    text = fixed(value, max(0, 3 - power))
    return text.rstrip("0").rstrip(".") if "." in text else text


def tenths(value: float) -> str:
    """Return an amount in tenths, and one of less than a tenth as it is, so that it does not read as none."""
    return number(round(value, 1)) if value == 0 or value >= 0.1 else number(float(f"{value:.2g}"))


def about_time(hours: float) -> str:
    """Return a span of work: "about 70 minutes", "about 6.7 hours", "about 12 hours"."""
    return f"about {tell_hours(hours)}"


def recent(window: str) -> str:
    """Return how far back evidence counts: "in the last 90 days"."""
    days = visible(window.removesuffix("d"))
    return "in the last day" if days == "1" else f"in the last {days} days"


def seconds(duration_s: float) -> str:
    """Return a measured duration: "0.4 s", "2 min 5 s"."""
    if duration_s < 60:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{count(minutes)} min {rest} s"


def moment(iso: str) -> str:
    """Return a UTC time as "23 Nov 2026 03:00 UTC", or the text itself where it is no time."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return visible(iso)
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M} UTC"


def listing(names: list[str], most: int = 3) -> str:
    """Return names in a row: "a, b and c", "a, b, c and 4 more"."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {count(len(names) - most)} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
