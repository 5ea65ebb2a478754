"""Charts: Altair to Vega-Lite to SVG, made to follow the page's fonts, hues and dark mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datassay.report import numbers as say
from datassay.report.svg import adapt
from datassay.results import Value

CLEANING, COLLECTING, INK, GREY = "#1b7f79", "#c8781e", "#1c1c1c", "#767676"
#: x, estimate, low and high, in the units shown.
Row = tuple[float, float, float, float]
#: An upper mark for the mean width of a letter of the words in a chart, at 13 px.
_LETTER_WIDTH = 6.7
_PADDING = {"left": 46, "right": 24, "top": 22, "bottom": 24}


@dataclass(frozen=True)
class Size:
    """Outer size of a chart in pixels at 16 px text."""

    width: int
    height: int


WIDE, NARROW = Size(680, 270), Size(340, 240)


@dataclass(frozen=True)
class Curve:
    """One side's gain, by rising x."""

    side: str
    rows: list[Row]

    @property
    def colour(self) -> str:
        """The side's hue."""
        return CLEANING if self.side == "cleaning" else COLLECTING


def gain_curves(value: Value) -> tuple[list[Curve], bool]:
    """Return both gains by cost, and whether cost tells them apart; by days of eight hours where money does not."""
    scale = say.metric_words(value.metric).scale
    by_cost = value.cleaning.cost_per_hour > 0 and value.collecting.cost_per_day > 0
    cleaning: list[Row] = [(0.0, 0.0, 0.0, 0.0)]
    collecting: list[Row] = [(0.0, 0.0, 0.0, 0.0)]
    if by_cost and value.collecting.setup_cost > 0:
        # Nothing comes in until the set-up is paid.
        collecting.append((value.collecting.setup_cost, 0.0, 0.0, 0.0))
    for spot in value.cleaning.curve:
        if spot.labels > 0:
            x = spot.cost if by_cost else spot.hours / 8
            cleaning.append((x, spot.gain * scale, spot.low * scale, spot.high * scale))
    for point in value.collecting.curve:
        if point.rows > 0:
            x = point.cost if by_cost else point.days
            collecting.append((x, point.gain * scale, point.low * scale, point.high * scale))
    return [Curve("cleaning", sorted(cleaning)), Curve("collecting", sorted(collecting))], by_cost


def horizon(value: Value, curves: list[Curve], crossover: float | None) -> float:
    """Return where the picture ends: a week's money, or twice the crossover, but not far past the shorter curve."""
    ends = sorted(curve.rows[-1][0] for curve in curves)
    longest = min(ends[1], 3 * ends[0]) if ends[0] else ends[1]
    week = value.best_split[1].budget_cost if len(value.best_split) > 1 else longest
    return min(longest, max(week, 2 * (crossover or 0.0))) or 1.0


def draw_gains(curves: list[Curve], size: Size, longest: float, crossover: tuple[float, str] | None) -> str:
    """Return the SVG of both value curves with their bands, up to x = `longest`.

    `crossover` is the x from which one more hour gains less than a day, and what to write there; None draws no mark.
    """
    import altair as alt

    shown = [Curve(curve.side, until(curve.rows, longest)) for curve in curves]
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, longest], nice=False), axis=_axis(alt, size, "x"))
    y = alt.Y("y:Q", axis=_axis(alt, size, "y"))
    layers: list[Any] = [_rule_at_zero(alt)]
    for curve in shown:
        rows = [{"x": a, "y": b, "low": c, "high": d} for a, b, c, d in curve.rows]
        base = _chart(alt, rows).encode(x=x)
        layers += [
            base.mark_area(color=curve.colour, opacity=0.16).encode(y=alt.Y("low:Q"), y2="high:Q"),
            base.mark_line(color=curve.colour, strokeWidth=2.25).encode(y=y),
            _end_label(alt, curve, shown, longest),
        ]
    if crossover is not None and crossover[0] <= longest:
        layers += _crossover(alt, *crossover, longest, size)
    return _to_svg(alt.layer(*layers), size)


def draw_learning_curve(value: Value, size: Size) -> str:
    """Return the SVG of scores with today's labels by training rows, with a standard deviation either way."""
    import altair as alt

    words = say.metric_words(value.metric)
    # Errors are stored negated; a reader expects them as they are named.
    sign = -1.0 if words.is_error else words.scale
    rows = []
    for anchor in sorted(value.anchors, key=lambda each: each.train_rows):
        score, sd = anchor.score * sign, anchor.score_sd * abs(sign)
        rows.append({"x": float(anchor.train_rows), "y": score, "low": score - sd, "high": score + sd})
    scale = alt.Scale(domain=[min(row["low"] for row in rows), max(row["high"] for row in rows)], nice=5, zero=False)
    x = alt.X("x:Q", scale=alt.Scale(nice=False, zero=False, padding=8), axis=_axis(alt, size, "x"))
    y = alt.Y("y:Q", scale=scale, axis=_axis(alt, size, "y"))
    base = _chart(alt, rows).encode(x=x)
    layers = [
        base.mark_rule(color=INK, opacity=0.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=INK, strokeWidth=2).encode(y=y),
        base.mark_circle(color=INK, size=48, opacity=1).encode(y=y),
    ]
    return _to_svg(alt.layer(*layers), size)


def until(rows: list[Row], end: float) -> list[Row]:
    """Return the rows up to x = `end`, the last one interpolated; all of them where the curve ends before."""
    kept = [row for row in rows if row[0] <= end]
    rest = [row for row in rows if row[0] > end]
    if kept and rest and kept[-1][0] < end:
        a, b = kept[-1], rest[0]
        share = (end - a[0]) / (b[0] - a[0])
        gain, low, high = (a[i] + share * (b[i] - a[i]) for i in (1, 2, 3))
        kept.append((end, gain, low, high))
    return kept


def _axis(alt: Any, size: Size, which: str) -> Any:
    is_x = which == "x"
    return alt.Axis(
        title=None,
        grid=not is_x,
        gridColor=GREY,
        gridOpacity=0.22,
        domain=is_x,
        domainColor=GREY,
        ticks=is_x,
        tickColor=GREY,
        tickCount=(6 if size is WIDE else 4) if is_x else 5,
        labelColor=GREY,
        labelFontSize=13,
        labelPadding=5,
        labelFlush=False,
        format=",~f",
    )


def _chart(alt: Any, rows: Sequence[Mapping[str, float]]) -> Any:
    return alt.Chart(alt.Data(values=rows))


def _rule_at_zero(alt: Any) -> Any:
    return _chart(alt, [{"y": 0.0}]).mark_rule(color=GREY).encode(y="y:Q")


def _end_label(alt: Any, curve: Curve, shown: list[Curve], longest: float) -> Any:
    """Return the side's name at the end of its curve: below it only where the other curve runs close above."""
    x, y, *_ = curve.rows[-1]
    other = next(c for c in shown if c.side != curve.side)
    above = until(other.rows, x)[-1][1] - y
    height = max(row[1] for c in shown for row in c.rows) or 1.0
    is_below = 0 <= above < 0.15 * height and (above > 0 or curve.side == "collecting")
    mark = _chart(alt, [{"x": x, "y": y}]).mark_text(
        text=curve.side,
        color=curve.colour,
        align="right" if x > longest / 3 else "left",
        baseline="top" if is_below else "bottom",
        dy=7 if is_below else -7,
        fontSize=14,
        fontWeight=600,
    )
    return mark.encode(x="x:Q", y="y:Q")


def _crossover(alt: Any, at: float, told: str, end: float, size: Size) -> list[Any]:
    """Return the mark of the crossover and its words: right of it, or as far left as they need to stay inside."""
    base = _chart(alt, [{"x": at}]).encode(x="x:Q")
    inside = size.width - _PADDING["left"] - _PADDING["right"]
    spot = inside * at / end
    start = min(spot + 6, inside + _PADDING["right"] - _LETTER_WIDTH * len(told))
    return [
        base.mark_rule(color=INK, strokeDash=[3, 3]),
        base.mark_text(
            text=told,
            color=INK,
            align="left",
            dx=round(max(start, -_PADDING["left"]) - spot),
            dy=-8,
            baseline="bottom",
            fontSize=13,
        ).encode(y=alt.value(0)),
    ]


def _to_svg(chart: Any, size: Size) -> str:
    import vl_convert

    # Fixed padding instead of measured text: the same bytes whatever fonts a machine has.
    inner_width = size.width - _PADDING["left"] - _PADDING["right"]
    inner_height = size.height - _PADDING["top"] - _PADDING["bottom"]
    spec = chart.properties(
        width=inner_width, height=inner_height, autosize="none", padding=_PADDING, background="transparent"
    )
    spec = spec.configure_view(stroke=None)
    return adapt(vl_convert.vegalite_to_svg(spec.to_dict(validate=False)))
