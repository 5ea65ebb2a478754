"""Other ways to spend the time: which one is told, and in which order they stand."""

from __future__ import annotations

import pytest

from datassay.report.html import render_html
from datassay.report.markdown import render_markdown
from datassay.report.others import better_line, find_better, rank
from datassay.report.sentences import first_screen
from datassay.report.terminal import render_terminal
from datassay.results import Interval


def change(report, **update):
    """Return the report with its first action changed."""
    first, *others = report.actions
    return report.model_copy(update={"actions": [first.model_copy(update=update), *others]})


GAINS = Interval(estimate=0.012, low=0.008, high=0.016)


def test_no_line_where_nothing_beats_both(report):
    """Sample actions gain less than an hour of cleaning, so no surface names one on its first screen."""
    assert better_line(report) == ""
    assert len(first_screen(report).facts) == 3
    assert "better than both" not in render_terminal(report, 100)


def test_an_action_that_beats_both_is_told_everywhere(report):
    """The same line stands in the terminal, in the summary and on the page, once."""
    better = change(report, outcome="helps", gain=GAINS)
    line = "better than both: drop the labels that look wrong gains +1.20 [0.80, 1.60] and takes no time"

    assert better_line(better) == line
    assert line in " ".join(render_terminal(better, 100).split())
    assert line in render_markdown(better)
    assert line in render_html(better).replace("\u00a0", " ")
    assert "Drop the labels that look wrong gains more than an hour of cleaning" in render_html(better)


def test_a_caveat_is_told_with_the_line(report):
    """What to know before doing it stands behind the figures."""
    better = change(report, outcome="helps", gain=GAINS, caveat="class weights may give it too")

    assert better_line(better).endswith("takes no time (class weights may give it too)")


@pytest.mark.parametrize(
    ("update", "n_better"),
    [
        ({"outcome": "helps", "gain": GAINS}, 1),
        # The lower end does not reach an hour of cleaning, which is worth 0.0031.
        ({"outcome": "helps", "gain": Interval(estimate=0.012, low=0.003, high=0.021)}, 0),
        # Four hours of work: a quarter of it in one.
        ({"outcome": "helps", "gain": GAINS, "hours": 4.0, "gain_per_hour": 0.003}, 0),
        ({"outcome": "at most", "gain": GAINS, "is_bound": True}, 0),
        ({"outcome": "not measured", "gain": None}, 0),
    ],
)
def test_only_what_surely_gains_more_within_an_hour_counts(report, update, n_better):
    """An estimate, a bound or the sum of many hours is not enough."""
    assert len(find_better(change(report, **update))) == n_better


def test_order_is_by_gain_per_hour_then_bounds_then_unmeasured(report):
    """A quarter of an hour that gains a little stands before what gains nothing; bounds and gaps come last."""
    ranked = rank(report.actions)

    assert [action.kind for action in ranked] == [
        "repair", "drop_labels", "pollution", "deduplicate", "spread", "pollution",
    ]  # fmt: skip
    assert ranked[-1].outcome == "not measured"


@pytest.mark.usefixtures("no_charts")
def test_everything_may_do_nothing(report, parse):
    """That no action does anything measurable is a finding, and said in words."""
    nothing = [
        action.model_copy(update={"outcome": "does nothing measurable"}) for action in report.actions if action.gain
    ]
    page = parse(render_html(report.model_copy(update={"actions": nothing})))

    assert "All 5 do nothing measurable." in page.text
    assert "by chance" in page.text
    alone = parse(render_html(report.model_copy(update={"actions": nothing[:1]})))
    assert "a day of collecting rows. The only one that was measured does nothing measurable." in alone.text


@pytest.mark.usefixtures("no_charts")
def test_a_report_from_before_says_that_there_was_no_such_stage(report, parse):
    """A report without actions, as older versions wrote it, renders with the reason."""
    stages = {stage: record for stage, record in report.stages.items() if stage != "actions"}
    old = report.model_copy(update={"actions": [], "stages": stages})

    assert "Not measured because it was not part of this audit." in parse(render_html(old)).text
    assert "Other ways" not in render_markdown(old)
    assert "what repairing them would gain is not estimated" in parse(render_html(old)).text
