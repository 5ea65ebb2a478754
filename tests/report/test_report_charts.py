"""Charts: what they draw, and that they are clean parts of the page."""

from __future__ import annotations

import re

import pytest

from datassay.report import charts
from datassay.report.sections.budget import budget_section
from datassay.report.svg import adapt
from datassay.results import Interval


def draw(value, size=charts.NARROW, turn=None):
    """Return the SVG of the value curves."""
    curves, _ = charts.gain_curves(value)
    return charts.draw_gains(curves, size, charts.horizon(value, curves, None), turn)


def with_costs(value, hour, day, setup=0.0):
    """Return `value` with other costs."""
    cleaning = value.cleaning.model_copy(
        update={
            "cost_per_hour": hour,
            "curve": [p.model_copy(update={"cost": p.hours * hour}) for p in value.cleaning.curve],
        }
    )
    collecting = value.collecting.model_copy(
        update={
            "cost_per_day": day,
            "setup_cost": setup,
            "curve": [p.model_copy(update={"cost": setup + p.days * day}) for p in value.collecting.curve],
        }
    )
    return value.model_copy(update={"cleaning": cleaning, "collecting": collecting, "best_split": []})


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW])
def test_the_words_of_the_turn_stay_inside(report, size, share):
    """Wherever the two are even, what is written there is cut off on neither side, on a phone neither."""
    curves, _ = charts.gain_curves(report.value)
    at = share * charts.horizon(report.value, curves, None)
    told = "after about 163 hours the two are even"

    svg = draw(report.value, size, (at, told))

    # Chromium draws these letters about 6.1 pixels wide at 13 pixels; the plot begins 46 pixels from the left.
    start = 46 + float(re.search(rf"translate\((-?[\d.]+),[^>]*>{told}<", svg)[1])
    assert start >= 0
    assert start + 6.1 * len(told) <= size.width


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW])
def test_gains_show_both_sides_in_their_hues(report, size):
    """Both sides are there by name and hue, with bands, and the turn is marked in words."""
    svg = draw(report.value, size, (244.0, "after about 6 hours the two are even"))

    assert set(re.findall(r"<text[^>]*>([a-z][^<]*)</text>", svg)) == {
        "cleaning", "collecting", "after about 6 hours the two are even",
    }  # fmt: skip
    for side in ("cleaning", "collecting"):
        assert f'stroke="var(--{side})"' in svg
        assert re.search(rf'fill="var\(--{side}\)"[^>]*(fill-)?opacity="0.16"|opacity="0.16"[^>]*var\(--{side}\)', svg)


def test_charts_follow_the_page(report):
    """Nothing fixed: no colour, font, id, class, script or link, only shapes and words."""
    for svg in (draw(report.value), charts.draw_learning_curve(report.value, charts.WIDE)):
        assert set(re.findall(r"<(\w+)", svg)) <= {"svg", "g", "path", "line", "circle", "text"}
        assert not re.search(r'#[0-9a-f]{3,6}|font-family| id=| class=|xmlns|href|"black"|"white"', svg)
        assert 'aria-hidden="true"' in svg


def test_learning_curve_is_one_line_by_rising_size(report):
    """Every measured size is a point with its whisker, whatever order they are stored in."""
    drawn = {
        charts.draw_learning_curve(report.value.model_copy(update={"anchors": anchors}), charts.NARROW)
        for anchors in (report.value.anchors, report.value.anchors[::-1])
    }

    assert len(drawn) == 1
    assert len(re.findall(r'<path aria-label|stroke-opacity="0.5"|opacity="0.5"', drawn.pop())) == len(
        report.value.anchors
    )


def test_same_figures_same_bytes(report):
    """A chart does not depend on what was drawn before."""
    first = draw(report.value)
    charts.draw_learning_curve(report.value, charts.WIDE)

    assert draw(report.value) == first


def test_setup_cost_delays_collecting(report):
    """Nothing is gained by collecting until the set-up is paid."""
    curves, by_cost = charts.gain_curves(with_costs(report.value, 40, 600, setup=1000))

    assert by_cost
    assert curves[1].rows[:2] == [(0, 0, 0, 0), (1000, 0, 0, 0)]


@pytest.mark.parametrize(("hour", "day"), [(0, 600), (40, 0), (0, 0)])
def test_free_work_is_compared_by_time(report, hour, day):
    """Where money does not tell the two apart, the picture counts days."""
    value = with_costs(report.value, hour, day)
    section = budget_section(report.model_copy(update={"value": value}))
    figure = next(block for block in section.blocks if type(block).__name__ == "Figure")

    assert not charts.gain_curves(value)[1]
    assert "against days of work" in figure.axes


@pytest.mark.parametrize(
    "changes",
    [
        {"break_even_hours": None},
        {"break_even_hours": 0.0},
        {"best_split": []},
        {"anchors": []},
        {"exchange_rate_closed_form": None, "evpi": 0.0, "expected_regret": 0.0},
        {"metric": "neg_root_mean_squared_error"},
        {"metric": "my_metric"},
    ],
)
def test_budget_survives_any_value(report, changes):
    """Missing turns, splits, anchors and unusual metrics change the words, and break nothing."""
    section = budget_section(report.model_copy(update={"value": report.value.model_copy(update=changes)}))

    assert section.finding.endswith(".")


def test_money_that_is_kept_is_said_to_be(report):
    """The section says that the rest is best kept, and the table how much; not where all of it is spent."""
    first, *more = report.value.best_split

    def tell(**changes):
        value = report.value.model_copy(update={"best_split": [first.model_copy(update=changes), *more]})
        section = budget_section(report.model_copy(update={"value": value}))
        (table,) = [b for b in section.blocks if type(b).__name__ == "Table" and b.columns[0].label == "budget"]
        return section.finding, table.rows[0][[column.label for column in table.columns].index("kept")].text

    part, nothing = tell(hours=2.0), tell(hours=0.0, days=0.0)
    assert "spend about 2 hours on cleaning (180 labels); the rest is best kept." in part[0]
    assert part[1] == "67 %"
    assert "spend nothing on either." in nothing[0]
    assert nothing[1] == "100 %"
    assert "best kept" not in tell()[0]
    assert tell()[1] == "0 %"


def test_tiny_parts_of_a_day_are_told(report):
    """Where a day brings a million rows, those bought for a thousandth of it are not told as no day, nor as a tenth."""
    first, *more = report.value.best_split
    split = first.model_copy(update={"hours": 0.044, "days": 0.0012})
    section = budget_section(
        report.model_copy(update={"value": report.value.model_copy(update={"best_split": [split, *more]})})
    )
    (table,) = [b for b in section.blocks if type(b).__name__ == "Table" and b.columns[0].label == "budget"]

    assert "about 0.0012 days on collecting" in section.finding
    assert [cell.text for cell in table.rows[0][2:4]] == ["0.044", "0.0012"]


def test_a_rate_that_nobody_measured_is_not_called_measured(report):
    """The exchange rate by a formula is called that below the pictures too."""
    for is_measured in (True, False):
        value = report.value.model_copy(update={"is_exchange_rate_measured": is_measured})
        told = str(budget_section(report.model_copy(update={"value": value})).blocks)
        assert ("as measured" in told) == is_measured
        assert ("by a formula, for it could not be measured" in told) != is_measured


def test_budget_survives_empty_curves(report):
    """A value without curves still gives a section."""
    value = report.value.model_copy(
        update={
            "cleaning": report.value.cleaning.model_copy(update={"curve": []}),
            "collecting": report.value.collecting.model_copy(update={"curve": []}),
            "exchange_rate": Interval(estimate=0, low=0, high=0),
        }
    )

    assert budget_section(report.model_copy(update={"value": value})).blocks


def test_curves_are_cut_between_points():
    """A curve that goes on is cut by interpolation, one that ends before stays whole."""
    rows = [(0.0, 0.0, 0.0, 0.0), (10.0, 1.0, 0.5, 2.0)]

    assert charts.until(rows, 5.0)[-1] == (5.0, 0.5, 0.25, 1.0)
    assert charts.until(rows, 50.0) == rows


def test_only_shapes_and_words_get_through():
    """Scripts, links, foreign elements and handlers of any SVG are dropped."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" onload="x()"><script>x()</script>'
        '<a href="http://example.invalid"><text>link</text></a><image href="x.png"/>'
        '<text font-family="x" fill="#000">words</text></svg>'
    )

    assert adapt(svg) == (
        '<svg viewBox="0 0 10 10" aria-hidden="true" style="max-width:10px"><text fill="#000">words</text></svg>'
    )
