"""The gate: rules, their outcomes, and how they combine."""

import pytest

from datassay.results import ExpectationResult, Expectations, Interval, Labels, StageRecord, Swamp, Verdict
from datassay.rules import EXIT_CODES, evaluate_gate
from datassay.spec import GateSpec
from datassay.steps import judge_checks

VERDICT = Verdict(action="clean", sentence="Clean.", reasons=[], assumptions=[])


def make_expectations(*outcomes, severity="critical"):
    results = [ExpectationResult(type="t", column="c", severity=severity, outcome=o) for o in outcomes]
    n_failed = outcomes.count("failed")
    n_unknown = outcomes.count("unknown")
    return Expectations(
        engine="gx",
        suite="s",
        success=None,
        n_evaluated=len(outcomes) - n_unknown,
        n_failed=n_failed,
        n_unknown=n_unknown,
        results=results,
    )


def make_labels(rate):
    return Labels(
        n_labelled=100,
        n_issues=5,
        noise_rate=Interval(estimate=rate, low=rate / 2, high=rate * 2),
        noise_rate_source="model",
        transition_matrix=[],
        classes=[],
        per_class=[],
        detector_precision=[],
        worklist_path=None,
    )


def make_swamp(n_unused, n_unknown=0):
    return Swamp(
        window=None,
        columns=[],
        coverage=[],
        n_used=1,
        n_unused=n_unused,
        n_unknown=n_unknown,
        unused_bytes=0,
        unused_cost_per_month=0.0,
        currency="EUR",
    )


def judge(gate, **given):
    parts = {"stages": {}, "expectations": None, "labels": None, "verdict": VERDICT, "swamp": None, "drift": None}
    return evaluate_gate(GateSpec.model_validate(gate), **{**parts, **given})


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "failed"], "failed"),
        (["passed", "unknown"], "unknown"),
        (["failed", "unknown"], "failed"),
        (["unknown"], "unknown"),
        ([], "unknown"),
    ],
)
def test_expectation_rule(outcomes, expected):
    """Failures fail; what could not be evaluated is unknown; nothing evaluated is never a pass."""
    assert judge({}, expectations=make_expectations(*outcomes)).outcome == expected


def test_a_failure_does_not_hide_what_was_not_evaluated():
    """The stage is unknown as soon as one expectation is, also beside allowed failures; the gate blocks."""
    expectations = make_expectations("failed", "unknown", "unknown", severity="warning")
    stage = judge_checks(expectations)
    assert stage.outcome == "unknown"
    assert stage.reason.startswith("2 of 3 expectations could not be evaluated")

    gate = judge(
        {"expectations": {"critical": None, "warning": None}}, stages={"check": stage}, expectations=expectations
    )
    assert gate.outcome == "unknown"
    assert judge_checks(make_expectations("failed", "passed")).outcome == "passed"
    assert judge_checks(make_expectations()).reason == "the suite holds no expectation"


def test_no_check_is_given_the_reason_of_another():
    """Where checks were not evaluated for different reasons, what is told of all says so; one reason stands alone."""

    def why(*reasons):
        found = make_expectations(*["unknown" for _ in reasons], "passed")
        results = [each.model_copy(update={"reason": told}) for each, told in zip(found.results, reasons, strict=False)]
        return judge_checks(found.model_copy(update={"results": [*results, found.results[-1]]})).reason

    told = "2 of 3 expectations could not be evaluated"
    assert why("no column 'a'", "no column 'a'") == f"{told}: no column 'a'"
    assert why("no column 'a'", "unknown type") == f"{told}: 2 reasons, such as no column 'a'"


def test_no_suite_blocks():
    """Without any evaluated check the default gate is unknown, with the stage's reason."""
    stages = {"check": StageRecord(outcome="skipped", reason="the definition names no suite")}
    gate = judge({}, stages=stages)
    assert gate.outcome == "unknown"
    assert gate.rules[0].reason == "the definition names no suite"


def test_severity_without_expectations_is_skipped_and_alone_no_pass():
    """A limit on critical failures proves nothing where no expectation is critical."""
    gate = judge({}, expectations=make_expectations("passed", severity="info"))
    assert [rule.outcome for rule in gate.rules] == ["skipped"]
    assert gate.outcome == "unknown"


@pytest.mark.parametrize(("rate", "expected"), [(0.049, "passed"), (0.05, "passed"), (0.051, "failed")])
def test_label_error_rate(rate, expected):
    """The limit itself passes, anything above it fails."""
    gate = judge({"expectations": None, "label_error_rate": {"max": 0.05}}, labels=make_labels(rate))
    assert gate.outcome == expected


@pytest.mark.parametrize(
    ("estimate", "high", "known", "expected"),
    [
        (0.0, 0.09, {}, "unknown"),
        (0.0005, 0.085, {}, "unknown"),
        (0.0, 0.09, {"n_reviews": 1}, "unknown"),
        (0.0, 0.02, {"n_reviews": 100, "noise_rate_source": "review"}, "passed"),
        (0.0, 0.04, {}, "passed"),
        (0.01, 0.06, {}, "passed"),
    ],
)
def test_no_error_found_by_a_model_that_foresees_all_is_no_pass(estimate, high, known, expected):
    """A column that gives the label away hides every error, so that only random reviews can show that there is none."""
    rate = Interval(estimate=estimate, low=0.0, high=high)
    labels = make_labels(0.0).model_copy(update={"noise_rate": rate, **known})
    gate = judge({"expectations": None, "label_error_rate": {"max": 0.05}}, labels=labels)

    assert gate.rules[0].outcome == expected
    assert ("cannot be seen" in gate.rules[0].reason) == (expected == "unknown")


def test_unknown_blocks_unless_allowed():
    """A rule without a measurement blocks by default, and is shown but ignored where the definition says so."""
    rules = {"label_error_rate": {"max": 0.05}}
    checked = make_expectations("passed")
    assert judge(rules, expectations=checked).outcome == "unknown"
    assert judge({**rules, "unknown": "allow"}, expectations=checked).outcome == "passed"


def test_nothing_evaluated_is_no_pass_even_where_unknown_is_allowed():
    """A gate whose every rule is unknown does not pass by allowing unknown."""
    assert judge({"unknown": "allow"}).outcome == "unknown"


@pytest.mark.parametrize(
    ("unused", "unknown", "expected"), [(0, 0, "passed"), (1, 0, "failed"), (0, 2, "unknown"), (1, 2, "failed")]
)
def test_swamp_rule(unused, unknown, expected):
    """Too many unused columns fail; columns that could not be told keep a pass unknown."""
    gate = judge({"expectations": None, "swamp": {"max_columns": 0}}, swamp=make_swamp(unused, unknown))
    assert gate.outcome == expected


def test_verdict_rule_blocks_named_actions():
    """A verdict that the definition blocks fails the gate; no verdict is unknown."""
    rule = {"expectations": None, "verdict": {"block": ["clean"]}}
    assert judge(rule).outcome == "failed"
    assert judge(rule, verdict=VERDICT.model_copy(update={"action": "collect"})).outcome == "passed"
    assert judge(rule, verdict=VERDICT.model_copy(update={"action": "not_applicable"})).outcome == "unknown"


def test_first_audit_has_no_drift_and_does_not_block():
    """Drift that is skipped because nothing was audited before neither passes nor blocks."""
    stages = {"drift": StageRecord(outcome="skipped", reason="first")}
    gate = judge({"drift": {"max_columns": 0}}, stages=stages, expectations=make_expectations("passed"))
    assert [rule.outcome for rule in gate.rules] == ["passed", "skipped"]
    assert gate.outcome == "passed"


def test_every_outcome_has_an_exit_code():
    """Passed is 0, failed 1, everything that is not known 4."""
    assert dict(EXIT_CODES) == {"passed": 0, "failed": 1, "unknown": 4, "skipped": 4}


def test_a_stage_that_could_not_be_measured_blocks_even_if_no_rule_asks():
    """Unknown is never swallowed into passed: the crashed stage is a rule of its own, told once for all that follow."""
    broken = StageRecord(outcome="unknown", reason="the model is too weak")
    stages = {"check": StageRecord(outcome="passed"), "predict": broken, "labels": broken, "value": broken}

    gate = judge({}, stages=stages, expectations=make_expectations("passed"))

    assert gate.outcome == "unknown"
    assert [(r.name, r.reason) for r in gate.rules if r.outcome == "unknown"] == [
        ("stage_predict", "the model is too weak")
    ]
    assert judge({"unknown": "allow"}, stages=stages, expectations=make_expectations("passed")).outcome == "passed"


def test_a_skipped_stage_blocks_nothing():
    """What the definition does not ask for is no hole in the evidence."""
    stages = {"labels": StageRecord(outcome="skipped", reason="no label"), "check": StageRecord(outcome="passed")}

    assert judge({}, stages=stages, expectations=make_expectations("passed")).outcome == "passed"
