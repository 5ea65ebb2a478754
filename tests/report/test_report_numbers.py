"""Numbers in words."""

from __future__ import annotations

import pytest

from datassay.report import numbers as say
from datassay.results import Interval


@pytest.mark.parametrize(
    ("gains", "digits"),
    [((0.31, 0.08), 2), ((2.1, 1.4), 2), ((12.3, 45.6), 1), ((0.0042, 0.0031), 3), ((0.31, 0.000001), 3), ((0, 0), 2)],
)
def test_gains_get_the_decimals_that_tell_them_apart(gains, digits):
    """Two decimals as a rule, more for small gains, never more than three digits of the larger one."""
    assert say.gain_digits(*gains) == digits


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.31, "+0.31"), (-0.31, "−0.31"), (0.0, "0.00"), (-0.001, "0.00"), (0.004, "0.00"), (1234.5, "+1,234.50")],
)
def test_signed_numbers_never_show_a_signed_zero(value, text):
    """A gain that rounds to nothing has no sign."""
    assert say.signed(value, 2) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"), (1, "100 %"), (0.068, "6.8 %"), (0.5, "50.0 %"), (0.0004, "0.04 %"), (0.99999, "over 99.9 %"),
        (1e-9, "under 0.0001 %"), (0.00001, "0.001 %"),
    ],
)  # fmt: skip
def test_percent_never_rounds_to_all_or_nothing(share, text):
    """A share that is not all is not written as 100 %, one that is not nothing not as 0 %."""
    assert say.percent(share) == text


@pytest.mark.parametrize(
    ("share", "texts"),
    [
        (Interval(estimate=0.068, low=0.051, high=0.087), ("6.8 %", "[5.1, 8.7]")),
        (Interval(estimate=0.46, low=0.37, high=0.55), ("46 %", "[37, 55]")),
        (Interval(estimate=0.0004, low=0.0001, high=0.0009), ("0.04 %", "[0.01, 0.09]")),
    ],
)
def test_interval_has_the_decimals_of_its_estimate(share, texts):
    """Estimate and bounds have equal decimals, and none where the interval is wide."""
    assert say.percent_interval(share) == texts


@pytest.mark.parametrize(("p", "text"), [(0.93, "93 %"), (1.0, "over 99 %"), (0.0, "under 1 %"), (0.995, "over 99 %")])
def test_nobody_is_ever_sure(p, text):
    """A probability is never told as 0 or 100 %."""
    assert say.sure(p) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "EUR 0"), (0.001, "under EUR 0.01"), (0.5, "EUR 0.50"), (40, "EUR 40"), (1140.4, "EUR 1,140")],
)
def test_money(amount, text):
    """Cents below 100, none above, and a little is not nothing."""
    assert say.money(amount, "EUR") == text


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (690_000, "690 kB"), (3.4e12, "3.4 TB")]
)
def test_size_is_decimal(n_bytes, text):
    """Sizes are in decimal units, as storage is billed."""
    assert say.size(n_bytes) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (17, "17"),
        (1_490_000, "1,490,000"),
        (0.0017, "0.0017"),
        (-38.65, "−38.65"),
        (1e-9, "1e−09"),
        (2.5, "2.5"),
    ],
)
def test_number(value, text):
    """Any number is short and grouped by thousands."""
    assert say.number(value) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.5, "about 30 minutes"),
        (70 / 60, "about 70 minutes"),
        (2.0, "about 2 hours"),
        (400 / 60, "about 6.7 hours"),
        (9.97, "about 10 hours"),
        (11.8, "about 12 hours"),
    ],
)
def test_about_time(hours, text):
    """Work is told in minutes, then in hours: as finely as to multiply with what an hour costs."""
    assert say.about_time(hours) == text


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("2026-11-23T03:00:00+00:00", "23 Nov 2026 03:00 UTC"),
        ("2026-11-23T05:30:00+02:00", "23 Nov 2026 03:30 UTC"),
        ("2026-11-23", "23 Nov 2026 00:00 UTC"),
        ("soon", "soon"),
    ],
)
def test_moment(iso, text):
    """Times are UTC in English, whatever the machine's language and zone."""
    assert say.moment(iso) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\x0ab"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\x202eb"),
        ("Größe 🦜", "Größe 🦜"),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_names_cannot_forge_lines_colours_or_direction(text, shown):
    """Control and direction characters are spelled out, long names cut."""
    assert say.visible(text) == shown


@pytest.mark.parametrize(
    ("metric", "unit", "scale", "level"),
    [
        ("balanced_accuracy", "points of balanced accuracy", 100, "78.1 points of balanced accuracy"),
        ("r2", "points of R²", 100, "78.1 points of R²"),
        ("neg_mean_absolute_error", "less mean absolute error", 1, "mean absolute error of 0.781"),
        ("neg_log_loss", "less log loss", 1, "log loss of 0.781"),
    ],
)
def test_metrics_in_words(metric, unit, scale, level):
    """Shares are told in points; an error is told without the sign that makes more of it worse."""
    words = say.metric_words(metric)
    value = -0.781 if metric.startswith("neg_") else 0.781

    assert (words.unit, words.scale, say.level(value, words)) == (unit, scale, level)


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d"], "a, b, c and 1 more")]
)
def test_listing(names, text):
    """A few names in a row."""
    assert say.listing(names) == text
