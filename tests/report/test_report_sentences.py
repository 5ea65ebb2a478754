"""The first screen as data."""

from __future__ import annotations

import pytest

from datassay.report.html import render_html
from datassay.report.sections.changes import changes_section
from datassay.report.sentences import HEADLINES, first_screen
from datassay.results import Interval, ReviewPlan, StageRecord
from datassay.value.reasons import FIRST_REVIEWS


def with_verdict(report, action, sentence="It is so."):
    """Return `report` with another verdict."""
    return report.model_copy(
        update={"verdict": report.verdict.model_copy(update={"action": action, "sentence": sentence})}
    )


def with_value(report, **changes):
    """Return `report` with changes to its value."""
    return report.model_copy(update={"value": report.value.model_copy(update=changes)})


def test_first_screen_of_the_sample(report):
    """The first screen says what report.md asks for, in its words."""
    screen = first_screen(report)

    assert screen.title == "adult · rev v3 (a1b2c3d) · 58,842 rows · audited 23 Nov 2026 03:00 UTC"
    assert screen.gate == "gate: FAILED (2 rules)"
    assert screen.headline == "Clean first."
    assert screen.verdict == report.verdict.sentence
    assert screen.certainty == (
        "We are 93 % sure that an hour of cleaning gains more than a day of collecting; for the same money, over 99 %."
    )
    assert [(gain.label, gain.estimate, gain.span, gain.cost) for gain in screen.gains] == [
        ("cleaning, per hour", "+0.31", "[0.18, 0.45]", "EUR 40"),
        ("collecting, per day", "+0.08", "[0.02, 0.15]", "EUR 600"),
    ]
    assert [fact.text for fact in screen.facts] == [
        "6.8 % of labels are wrong [5.1, 8.7]",
        "3 of 41 checks failed (1 critical), 1 not evaluated (no partition object is stored in the suite)",
        "EUR 1,232 a year in 3 unused columns, 2 unknown",
    ]
    assert screen.since.text == "since v2: labels worse (+1.9 points), 2 checks newly failed, drift in 3 columns"
    assert screen.next_step == (
        "review the first 90 rows of worklist.csv (about 60 minutes); about 41 of them are expected to be really wrong."
    )


@pytest.mark.parametrize("action", HEADLINES)
def test_every_action_has_a_headline_and_a_next_step(report, action):
    """Whatever the verdict, there is a headline and something to do next."""
    screen = first_screen(with_verdict(report, action))

    assert screen.headline.endswith(".")
    assert screen.next_step.endswith(".")


def test_first_reviews_are_those_of_the_verdict(report):
    """The next step asks for as many reviews as the verdict speaks of."""
    asked = f"datassay review export {report.dataset.name} --size {FIRST_REVIEWS}"
    assert asked in first_screen(with_verdict(report, "review_first")).next_step


def test_where_no_review_settles_it_none_is_asked_for(report):
    """The headline and the next step say what the sentence says."""
    plan = ReviewPlan(
        n_reviews=20, n_random=12, hours=0.2, cost=9, p_settles=0.01, is_expected=False, gain=0.0, most_reviews=600,
        is_worthwhile=False,
    )  # fmt: skip
    told = (
        "Too close to call (51 % that cleaning gains more), and no review is likely to settle it. If it has to be one"
    )
    close = with_value(with_verdict(report, "review_first", told), review=plan, p_cleaning_beats_collecting=0.51)
    screen = first_screen(close)

    assert screen.headline == "Too close to call."
    assert "review export" not in screen.next_step
    assert "take the side that looks better" in screen.next_step


def test_probability_is_said_once(report):
    """Where the verdict's sentence gives the probability, the certainty does not repeat it."""
    close = with_value(with_verdict(report, "review_first", "Too close to call (93 % that cleaning gains more)."))

    assert first_screen(close).certainty == ""


def test_unmeasured_audit_says_why(sample):
    """Nothing measured: every line says so with its reason, and nothing looks passed."""
    screen = first_screen(sample.make_unknown_report())

    assert screen.headline == "No verdict."
    assert screen.gate == "gate: UNKNOWN (1 rule)"
    assert (screen.gains, screen.axis) == ((), None)
    assert [fact.outcome for fact in screen.facts] == ["unknown", "unknown", "skipped"]
    assert all("not measured because" in fact.text for fact in screen.facts)
    assert "stage 'predict'" in screen.next_step


def test_checks_with_different_reasons_are_told_apart(report):
    """The reason of one check that was not evaluated is not told as that of all."""
    checks = report.expectations
    other = next(each for each in checks.results if each.outcome == "unknown").model_copy(update={"reason": "no type"})
    checks = checks.model_copy(update={"results": [other, *checks.results], "n_unknown": 2})
    told = first_screen(report.model_copy(update={"expectations": checks})).facts[1].text

    assert told.endswith("2 not evaluated (2 reasons, such as no type)")


def test_a_reason_that_ends_with_a_question_ends_the_sentence(sample):
    """A stage's reason may close with a hint in the form of a question, which takes no full stop."""
    record = StageRecord(outcome="unknown", reason="No rev 'v9'. Did you mean 'v1'?")
    report = sample.make_unknown_report()
    report = report.model_copy(update={"stages": {**report.stages, "predict": record, "drift": record}})
    page = render_html(report)

    assert first_screen(report).next_step.endswith("It stopped because: no rev 'v9'. Did you mean 'v1'?")
    assert "Not compared because no rev &#39;v9&#39;. Did you mean &#39;v1&#39;?<" in page
    assert "?." not in page


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("The label 'y' holds one class.", "wrong labels not measured because the label 'y' holds one class"),
        ("No class has rows enough.", "wrong labels not measured because no class has rows enough"),
        ("Polars failed.", "wrong labels not measured because Polars failed"),
        ("DVC failed", "wrong labels not measured because DVC failed"),
    ],
)
def test_a_reason_is_the_end_of_a_sentence(sample, reason, told):
    """The error of a stage loses its capital within a sentence, unless that is a name's."""
    report = sample.make_unknown_report()
    stages = {**report.stages, "labels": StageRecord(outcome="unknown", reason=reason)}
    assert first_screen(report.model_copy(update={"stages": stages})).facts[0].text == told


def test_table_without_label_is_told_to_name_one(sample):
    """Without a label the next step is to name one."""
    assert "name the label column" in first_screen(sample.make_unlabelled_report()).next_step


@pytest.mark.parametrize(
    ("changes", "text", "outcome"),
    [
        ({"n_failed": 0, "n_unknown": 0, "n_evaluated": 41}, "41 of 41 checks passed", "passed"),
        ({"n_failed": 0, "n_unknown": 1}, "40 of 41 checks passed, 1 not evaluated (no partition", "unknown"),
        ({"n_evaluated": 0}, "none of 41 checks could be evaluated", "unknown"),
        ({"n_evaluated": 0, "results": []}, "the suite holds no check", "unknown"),
    ],
)
def test_checks_that_were_not_evaluated_never_read_as_passed(report, changes, text, outcome):
    """An empty or unevaluated suite is unknown."""
    checks = report.expectations.model_copy(update=changes)
    fact = first_screen(report.model_copy(update={"expectations": checks})).facts[1]

    assert fact.text.startswith(text)
    assert fact.outcome == outcome


@pytest.mark.parametrize(
    ("changes", "text", "outcome"),
    [
        ({"unused_cost_per_month": 0.0001}, "690 kB (under EUR 0.01 a year) in 3 unused columns, 2 unknown", "passed"),
        ({"n_unused": 0, "n_unknown": 0}, "no unused column found", "passed"),
        ({"n_unused": 0}, "no unused column found, 2 unknown", "unknown"),
        ({"n_unused": 0, "n_used": 0, "n_unknown": 16}, "use of 16 columns unknown", "unknown"),
    ],
)
def test_columns_in_money(report, changes, text, outcome):
    """Money comes first, bytes where the money is next to nothing, and the unknown is said."""
    swamp = report.swamp.model_copy(update={"unused_bytes": 690_000} | changes)
    fact = first_screen(report.model_copy(update={"swamp": swamp})).facts[2]

    assert (fact.text, fact.outcome) == (text, outcome)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"against_rev": "v3", "against_commit": "0123456789" * 4}, "v3 (0123456)"),
        ({"against_rev": "v3", "against_commit": "0123456789" * 4, "against_path": "old.csv"}, "v3 (old.csv, 0123456)"),
        ({"against_rev": "v3"}, "v3"),
        ({"against_rev": "v2", "against_commit": "0123456789" * 4, "against_path": "old.csv"}, "v2"),
    ],
)
def test_a_rev_of_the_same_name_is_told_by_its_commit(report, parts, name):
    """HEAD of the last audit is not HEAD of this one: commit, and path where it differs, stand beside the name."""
    drift = report.drift.model_copy(update=parts)
    changed = report.model_copy(update={"drift": drift})

    assert first_screen(changed).since.text.startswith(f"since {name}: ")
    assert changes_section(changed).finding.startswith(f"Against {name}: ")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (0.02, "labels worse (+4.8 points)"),
        (0.06, "labels about the same (+0.8 points)"),
        (0.1, "labels better (−3.2 points)"),
    ],
)
def test_labels_only_moved_if_the_interval_says_so(report, before, text):
    """A change within the interval is no change."""
    drift = report.drift.model_copy(update={"noise_rate_before": before})

    assert text in first_screen(report.model_copy(update={"drift": drift})).since.text


@pytest.mark.parametrize(
    ("hour", "day"),
    [
        ((0.0031, 0.0018, 0.0045), (0.0008, 0.0002, 0.0015)),
        ((-0.002, -0.004, 0.001), (0.0, 0.0, 0.0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((2e-7, 1e-7, 3e-7), (0.05, 0.01, 0.3)),
        ((-0.3, -0.5, -0.1), (-0.2, -0.3, -0.1)),
    ],
)
def test_axis_holds_zero_and_both_intervals(report, hour, day):
    """The axis always shows zero and every whisker, with few ticks that all differ."""
    first, second = (Interval(estimate=e, low=low, high=high) for e, low, high in (hour, day))
    cleaning = report.value.cleaning.model_copy(update={"per_hour": first})
    collecting = report.value.collecting.model_copy(update={"per_day": second})
    screen = first_screen(with_value(report, cleaning=cleaning, collecting=collecting))
    axis = screen.axis

    places = [axis.position(x) for gain in screen.gains for x in (gain.interval.low, gain.interval.high, 0.0)]
    assert min(places) >= -1e-9
    assert max(places) <= 1 + 1e-9
    assert 2 <= len(axis.ticks) <= 8
    assert len(set(axis.labels)) == len(axis.labels)


def test_certainty_says_where_money_speaks_for_the_other_side(report):
    """A day that gains more than an hour may gain less than the hours that it costs; the sentence says so."""
    turned = with_verdict(report, "collect", "Collect first.")
    screen = first_screen(
        with_value(turned, p_cleaning_beats_collecting=0.14, p_cleaning_beats_collecting_per_cost=0.73)
    )
    assert "but for the same money cleaning gains more (73 % sure)" in screen.certainty
