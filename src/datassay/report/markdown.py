"""The first screen, failed checks and unused columns in Markdown, for summary.md and GitHub's step summary."""

from __future__ import annotations

import re

from datassay.report import numbers as say
from datassay.report.others import effort, name_action, rank
from datassay.report.sections.checks import check_words
from datassay.report.sentences import first_screen
from datassay.results import Report

#: Everything that could start a link, a mention, mathematics, markup or a new cell.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$@]|:(?=[^\s\d]))")
_MOST_ROWS = 15
_MOST_ACTIONS = 6
_NUMBERS = {"80 % interval", "cost", "unexpected", "a year", "stored"}


def escape(text: str) -> str:
    """Return `text` as Markdown shows it: no markup, HTML, link, mention or line break comes from data."""
    plain = say.visible(text, 400)
    plain = _SPECIAL.sub(r"\\\1", plain)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render_markdown(report: Report) -> str:
    """Return the summary of `report` in GitHub's Markdown, ending with a line break."""
    screen = first_screen(report)
    lines = [f"{_prose(screen.title)} · **{_prose(screen.gate)}**", "", f"## {_prose(screen.headline)}", ""]
    lines += [f"{_prose(screen.verdict)} {_prose(screen.certainty)}".strip(), ""]
    if screen.axis is not None:
        lines += _table(
            ["", f"gain ({_prose(screen.axis.unit)})", "80 % interval", "cost"],
            [[gain.label, f"**{gain.estimate}**", gain.span, escape(gain.cost)] for gain in screen.gains],
        )
    for fact in (*screen.facts, screen.since):
        mark = {"failed": "✕ ", "unknown": "? "}.get(fact.outcome, "")
        lines.append(f"- {mark}{_prose(fact.text)}")
    lines += ["", f"**Next:** {_prose(screen.next_step)}", "", *_others(report), *_failed(report), *_unused(report)]
    return "\n".join(lines).rstrip() + "\n"


def _prose(text: str) -> str:
    """Return one of our sentences, which may quote data, readable as raw text too."""
    # Intervals and plus signs are ours in every sentence; without (, [ or : behind it a bracket links nowhere.
    kept = escape(text)
    for sign in "()+[]":
        kept = kept.replace(f"\\{sign}", sign)
    return re.sub(r"\](?=[(\[:])", r"\\]", kept)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---:" if label in _NUMBERS or label.startswith("gain") else "---" for label in head]
    return [*(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)), ""]


def _others(report: Report) -> list[str]:
    value = report.value
    actions = [action for action in rank(report.actions) if action.gain is not None]
    if value is None or not actions:
        return []
    words = say.metric_words(value.metric)
    gains = [action.gain.estimate * words.scale for action in actions if action.gain]
    digits = min(say.gain_digits(*(gain for gain in gains if abs(gain) > 0.01)), 4)
    rows = []
    for action in actions[:_MOST_ACTIONS]:
        gain = action.gain
        assert gain is not None
        told = say.signed((gain.high if action.is_bound else gain.estimate) * words.scale, digits)
        span = "" if action.is_bound else say.span(gain.low * words.scale, gain.high * words.scale, digits)
        told = f"at most {told}" if action.is_bound else told
        rows.append([escape(name_action(action)), effort(action), told, span, action.outcome])
    head = ["instead", "takes", f"gain ({_prose(words.unit)})", "80 % interval", "it"]
    more = len(actions) - len(rows)
    rest = [f"{say.count(more)} more in report.html.", ""] if more else []
    return ["**Other ways to spend the time**", "", *_table(head, rows), *rest]


def _failed(report: Report) -> list[str]:
    checks = report.expectations
    bad = [result for result in checks.results if result.outcome in {"failed", "unknown"}] if checks else []
    if not bad:
        return []
    order = {"critical": 0, "warning": 1, "info": 2}
    bad.sort(key=lambda each: (each.outcome, order[each.severity]))
    rows = [
        [
            escape(result.column) if result.column is not None else "the table",
            escape(check_words(result)),
            result.severity,
            f"unknown: {escape(say.visible(result.reason, 100))}" if result.reason else result.outcome,
            "" if result.n_unexpected is None else say.count(result.n_unexpected),
        ]
        for result in bad[:_MOST_ROWS]
    ]
    head = ["column", "expected", "severity", "outcome", "unexpected"]
    return ["**Checks that failed or could not be evaluated**", "", *_table(head, rows), *_rest(len(bad))]


def _unused(report: Report) -> list[str]:
    swamp = report.swamp
    unused = [column for column in swamp.columns if column.status == "unused"] if swamp else []
    if swamp is None or not unused:
        return []
    unused.sort(key=lambda each: (-each.cost_per_month, -each.stored_bytes, each.name))
    rows = [
        [
            escape(column.name),
            escape(say.money(column.cost_per_month * 12, swamp.currency)),
            say.size(column.stored_bytes),
        ]
        for column in unused[:_MOST_ROWS]
    ]
    return ["**Unused columns by money**", "", *_table(["column", "a year", "stored"], rows), *_rest(len(unused))]


def _rest(n: int) -> list[str]:
    return [f"{say.count(n - _MOST_ROWS)} more in report.html.", ""] if n > _MOST_ROWS else []
