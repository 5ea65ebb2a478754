"""The report as one self-contained HTML page: data in, template out; nothing is computed while rendering."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from datassay.report.numbers import visible
from datassay.report.sections import sections
from datassay.report.sentences import first_screen
from datassay.results import Interval, Report

if TYPE_CHECKING:
    from jinja2 import Environment

_NO_BREAK = "\u00a0"


def render_html(report: Report, worklist_head: list[dict[str, Any]] | None = None) -> str:
    """Return the page of `report`; `worklist_head` holds the first rows of the worklist.

    The page needs no script, no network and no other file. The same report and head give the same bytes.
    """
    screen = first_screen(report)
    template = environment(report.context.currency).get_template("report.html.j2")
    return template.render(
        title=f"{visible(report.dataset.name)}: {screen.headline}",
        version=visible(report.run.versions.get("datassay", "")),
        screen=screen,
        sections=sections(report, worklist_head),
    )


def environment(currency: str = "") -> Environment:
    """Return the Jinja environment of all pages: everything escaped, unknown names refused."""
    env = _environment().overlay()
    # An overlay shares the filters of its origin, so a copy keeps one report's currency out of the next.
    env.filters = dict(env.filters) | {"tight": _tight_with(currency)}
    return env


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("datassay.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.globals["place"] = _place
    env.globals["block_kind"] = lambda block: type(block).__name__.lower()
    env.filters["tight"] = _tight_with("")
    return env


def _tight_with(currency: str) -> Callable[[str], str]:
    """Return a filter that keeps a number and its unit, and an interval's two ends, on one line."""
    places = [r"(?<=\d) (?=%)", r"(?<=\d,) (?=[\d−.,]+\])"]
    if currency:
        places.append(rf"(?<=(?<!\w){re.escape(currency)}) (?=[\d−])")
    pattern = re.compile("|".join(places))
    return lambda text: pattern.sub(_NO_BREAK, text)


def _place(interval: Interval | tuple[float, float, float], axis: Any = None) -> dict[str, str]:
    """Return where a whisker's three points lie, in percent of the drawing's width."""
    if isinstance(interval, Interval):
        interval = (interval.estimate, interval.low, interval.high)
    spots = [axis.position(value) if axis is not None else value for value in interval]
    estimate, low, high = (f"{min(max(spot, 0.0), 1.0) * 100:.2f}%" for spot in spots)
    return {"estimate": estimate, "low": low, "high": high}
