"""The first screen in the terminal and in Markdown."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from datassay.report.markdown import escape, render_markdown
from datassay.report.sentences import first_screen
from datassay.report.terminal import render_terminal

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def test_terminal_snapshot(report, snapshot):
    """The first screen on a terminal of 100 columns."""
    assert render_terminal(report, 100) == snapshot


@pytest.mark.parametrize("width", [10, 40, 60, 80, 110, 500])
def test_terminal_fits(report, sample, width):
    """No line is wider than the terminal, down to 40 columns, nor than 110; and there are few of them."""
    limit = min(max(width, 40), 110)

    for each in (report, sample.make_unknown_report(), sample.make_unlabelled_report()):
        lines = render_terminal(each, width).splitlines()
        assert max(len(line) for line in lines) <= limit
    assert len(render_terminal(report, 100).splitlines()) <= 25


def test_terminal_and_page_use_the_same_words(report):
    """Every sentence of the first screen stands on the terminal as it is."""
    screen = first_screen(report)
    text = " ".join(render_terminal(report, 100).split())

    for sentence in (
        screen.verdict,
        screen.certainty,
        screen.since.text,
        screen.next_step,
        *(f.text for f in screen.facts),
    ):
        assert sentence in text


def test_colour_is_asked_for(report):
    """Escape codes only come with `color`, and all are closed."""
    plain, painted = render_terminal(report, 100), render_terminal(report, 100, color=True)

    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    painted_runs = re.findall(r"(?:\x1b\[(?!0m)[0-9;]+m)+[^\x1b]+\x1b\[0m", painted)
    assert painted.count("\x1b[0m") == len(painted_runs) > 3


def test_terminal_holds_no_control_character_from_data(poisoned):
    """No name, label, rev or reason brings an escape sequence or a line break to the terminal."""
    assert not _CONTROL.search(render_terminal(poisoned[0], 100))


def test_markdown_snapshot(report, snapshot):
    """The summary as GitHub shows it."""
    assert render_markdown(report) == snapshot


def test_markdown_holds_no_markup_from_data(poisoned):
    """Rendered by a Markdown parser with HTML allowed, hostile text brings no element, link or broken table."""
    report, _ = poisoned
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(render_markdown(report))

    found = set(re.findall(r"<\s*([a-zA-Z0-9]+)", html))
    assert found <= {"p", "h2", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert html.count("<table>") == 4
    assert not re.search(r"<h2>.*<a", html)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<b>", "&lt;b&gt;"),
        ("a\nb", "a\\\\x0ab"),
        ("$x$", "\\$x\\$"),
        ("@me", "\\@me"),
    ],
)
def test_markdown_escape(text, shown):
    """Each character that could start markup is escaped."""
    assert escape(text) == shown


def test_markdown_says_unknown(sample):
    """What was not measured is marked and told with its reason."""
    text = render_markdown(sample.make_unknown_report())

    assert "- ? wrong labels not measured because" in text
    assert "gate: UNKNOWN" in text
