"""The first screen in plain text, about 25 lines."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from datassay.report.sentences import Axis, FirstScreen, Gain, first_screen
from datassay.results import Outcome, Report

Paint = Callable[[str, str], str]

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
#: 256-colour codes near the page's two hues; red only for failed, magenta for unknown.
_HUES = {"cleaning": "\x1b[38;5;30m", "collecting": "\x1b[38;5;172m"}
_OUTCOMES: dict[Outcome, str] = {"failed": "\x1b[31m", "unknown": "\x1b[35m", "skipped": "\x1b[2m", "passed": ""}
_NARROWEST, _WIDEST = 40, 110
_LABEL = 21


def render_terminal(report: Report, width: int = 80, *, color: bool = False) -> str:
    """Return the first screen in lines of at most `width` columns (40 to 110).

    Without `color` the text holds no escape sequence; names from the data never hold one.
    """
    screen = first_screen(report)
    width = max(_NARROWEST, min(width, _WIDEST))
    paint = _paint if color else _plain
    lines = [*_title(screen, width, paint), "", paint(screen.headline, _BOLD)]
    lines += _wrap(f"{screen.verdict} {screen.certainty}".strip(), width)
    if screen.axis is not None:
        lines += ["", *_gains(screen.gains, screen.axis, width, paint)]
    lines.append("")
    for fact in (*screen.facts, screen.since):
        marked = f"? {fact.text}" if fact.outcome == "unknown" else fact.text
        lines += [paint(line, _OUTCOMES[fact.outcome]) for line in _wrap(marked, width, indent=" ")]
    lines += ["", *_wrap(f"Next: {screen.next_step}", width)]
    return "\n".join(lines)


def _title(screen: FirstScreen, width: int, paint: Paint) -> list[str]:
    gate = paint(screen.gate, _OUTCOMES[screen.gate_outcome] + _BOLD)
    gap = width - len(screen.title) - len(screen.gate)
    if gap >= 3:
        return [f"{screen.title}{' ' * gap}{gate}"]
    return [*_wrap(screen.title, width), gate]


def _gains(gains: tuple[Gain, ...], axis: Axis, width: int, paint: Paint) -> list[str]:
    estimate, span, cost = (max(len(getattr(gain, part)) for gain in gains) for part in ("estimate", "span", "cost"))
    bar_width = width - _LABEL - estimate - span - cost - 8
    if bar_width < 16:
        return _narrow_gains(gains, axis, width, paint)
    lines = []
    for gain in gains:
        bar = paint(_bar(gain, axis, bar_width), _HUES[gain.side])
        figures = f"{paint(f'{gain.estimate:>{estimate}}', _BOLD)}  {gain.span:>{span}}  {gain.cost:>{cost}}"
        lines.append(f" {gain.label:<{_LABEL}}{bar}   {figures}")
    lines.append(f" {'':<{_LABEL}}{_ticks(axis, bar_width)}")
    lines += _wrap(f"Gain ({axis.unit}) with 80 % intervals.", width, indent=" ")
    return lines


def _narrow_gains(gains: tuple[Gain, ...], axis: Axis, width: int, paint: Paint) -> list[str]:
    lines = []
    for gain in gains:
        lines += _wrap(f"{gain.label}: {gain.estimate} {gain.span} {gain.cost}", width, indent=" ")
        lines.append(f" {paint(_bar(gain, axis, _NARROWEST - 8), _HUES[gain.side])}")
    return [*lines, f" {_ticks(axis, _NARROWEST - 8)}"]


def _cell(value: float, axis: Axis, width: int) -> int:
    return round(min(max(axis.position(value), 0.0), 1.0) * (width - 1))


def _bar(gain: Gain, axis: Axis, width: int) -> str:
    """Return a dot with its whiskers, and a thin line at zero."""
    cells = [" "] * width
    zero = _cell(0.0, axis, width)
    cells[zero] = "│"
    low, high = _cell(gain.interval.low, axis, width), _cell(gain.interval.high, axis, width)
    for at in range(low, high + 1):
        cells[at] = "┼" if at == zero else "─"
    cells[low], cells[high] = "├", "┤"
    cells[_cell(gain.interval.estimate, axis, width)] = "●"
    return "".join(cells)


def _ticks(axis: Axis, width: int) -> str:
    """Return the axis labels below the bars; a label that would touch the one before is left out."""
    line = ""
    for tick, label in zip(axis.ticks, axis.labels, strict=True):
        # The last label may end beyond its tick, but not beyond the bars.
        start = min(max(0, _cell(tick, axis, width) - (len(label) - 1) // 2), width - len(label))
        if not line or start > len(line):
            line = f"{line:<{start}}{label}"
    return f"{line:<{width}}".rstrip()


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    # A number and its percent sign stay on one line.
    held = text.replace(" %", "\u00a0%")
    hanging = indent + "  " * bool(indent)
    lines = textwrap.wrap(held, width, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}" if code and text.strip() else text


def _plain(text: str, code: str) -> str:  # noqa: ARG001 - has the shape of _paint
    return text
