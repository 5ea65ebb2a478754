"""The gate: thresholds of the definition turned into one outcome per rule, and into an exit code.

A rule whose stage could not be measured is `unknown`; it blocks unless the definition says `unknown: allow`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datassay.results import Drift, Expectations, Gate, GateRule, Labels, Outcome, Report, StageRecord, Swamp, Verdict
from datassay.spec import ExpectationsGate, GateSpec

#: A rate that is less than this share of its upper end has found next to nothing and cannot say that there is nothing.
NEXT_TO_NONE = 0.02

EXIT_CODES: Mapping[Outcome, int] = {"passed": 0, "failed": 1, "unknown": 4, "skipped": 4}


def evaluate_gate(
    gate: GateSpec,
    *,
    stages: Mapping[str, StageRecord],
    expectations: Expectations | None,
    labels: Labels | None,
    verdict: Verdict,
    swamp: Swamp | None,
    drift: Drift | None,
) -> Gate:
    """Return every rule's outcome and the gate's own.

    One failed rule fails the gate; otherwise one unknown rule makes it unknown unless unknown is allowed. A stage that
    could not be measured is an unknown rule of its own, also where no rule asks for it: nobody asks for what they take
    for granted. A gate without any evaluated rule is never passed.
    """
    rules: list[GateRule] = []
    if gate.expectations is not None:
        rules += _expectation_rules(gate.expectations, expectations, _reason(stages, "check"))
    if gate.label_error_rate is not None:
        limit = gate.label_error_rate.max
        rules.append(_label_rule(limit, labels, _reason(stages, "labels")))
    if gate.verdict is not None:
        rules.append(_verdict_rule(gate.verdict.block, verdict))
    if gate.drift is not None:
        rules.append(_drift_rule(gate.drift.max_columns, drift, stages))
    if gate.swamp is not None:
        reason = _reason(stages, "swamp")
        if gate.swamp.max_columns is not None:
            n_unused = swamp.n_unused if swamp else None
            rules.append(_swamp_rule("swamp_columns", n_unused, gate.swamp.max_columns, swamp, reason))
        if gate.swamp.max_cost_per_month is not None:
            cost = swamp.unused_cost_per_month if swamp else None
            rules.append(_swamp_rule("swamp_cost_per_month", cost, gate.swamp.max_cost_per_month, swamp, reason))
    rules += _stage_rules(stages, rules)
    return Gate(outcome=_combine(rules, allow_unknown=gate.unknown == "allow"), rules=rules)


def evaluate_again(gate: GateSpec, report: Report) -> Gate:
    """Return the gate of a report by the rules of `gate`, which may have changed since the audit."""
    return evaluate_gate(
        gate,
        stages={name: record for name, record in report.stages.items() if name != "gate"},
        expectations=report.expectations,
        labels=report.labels,
        verdict=report.verdict,
        swamp=report.swamp,
        drift=report.drift,
    )


def _combine(rules: list[GateRule], *, allow_unknown: bool) -> Outcome:
    outcomes = {rule.outcome for rule in rules}
    if "failed" in outcomes:
        return "failed"
    if "unknown" in outcomes and not allow_unknown:
        return "unknown"
    return "passed" if "passed" in outcomes else "unknown"


def _stage_rules(stages: Mapping[str, StageRecord], rules: list[GateRule]) -> list[GateRule]:
    """Return an unknown rule per stage that could not be measured, unless the same reason is told already."""
    told = {rule.reason for rule in rules}
    found = []
    for stage, record in stages.items():
        if record.outcome != "unknown" or record.reason in told:
            continue
        # A stage that did not run because an earlier one failed has that one's reason.
        told.add(record.reason or "")
        found.append(
            GateRule(
                name=f"stage_{stage}", outcome="unknown", value=None, threshold="measured", reason=record.reason or ""
            )
        )
    return found


def _reason(stages: Mapping[str, StageRecord], stage: str) -> str:
    record = stages.get(stage)
    return (record.reason if record else None) or f"stage {stage!r} measured nothing"


def _at_most(name: str, value: float | None, limit: float, reason: str) -> GateRule:
    if value is None:
        return GateRule(name=name, outcome="unknown", value=None, threshold=limit, reason=reason)
    outcome: Outcome = "passed" if value <= limit else "failed"
    return GateRule(name=name, outcome=outcome, value=value, threshold=limit)


def _label_rule(limit: float, labels: Labels | None, reason: str) -> GateRule:
    if labels is None:
        return _at_most("label_error_rate", None, limit, reason)
    rate = labels.noise_rate
    # A column that gives the label away does so for wrong labels too: none found is not none there.
    is_blind = labels.noise_rate_source == "model" and rate.estimate < NEXT_TO_NONE * rate.high
    if is_blind and rate.high > limit:
        told = "the model foresees nearly every label, so wrong ones cannot be seen; have random ones reviewed"
        return _at_most("label_error_rate", None, limit, told)
    return _at_most("label_error_rate", rate.estimate, limit, reason)


def _expectation_rules(limits: ExpectationsGate, expectations: Expectations | None, reason: str) -> list[GateRule]:
    rules = []
    for severity in ("critical", "warning", "info"):
        limit: int | None = getattr(limits, severity)
        if limit is None:
            continue
        name = f"expectations_{severity}"
        if expectations is None or expectations.n_evaluated == 0:
            rules.append(GateRule(name=name, outcome="unknown", value=None, threshold=limit, reason=reason))
            continue
        mine = [result for result in expectations.results if result.severity == severity]
        if not mine:
            told = f"the suite has no {severity} expectation"
            rules.append(GateRule(name=name, outcome="skipped", value=None, threshold=limit, reason=told))
            continue
        n_failed = sum(result.outcome == "failed" for result in mine)
        n_unknown = sum(result.outcome == "unknown" for result in mine)
        if n_failed <= limit < n_failed + n_unknown:
            told = f"{n_unknown} {severity} expectation{'s' if n_unknown > 1 else ''} could not be evaluated"
            rules.append(GateRule(name=name, outcome="unknown", value=n_failed, threshold=limit, reason=told))
        else:
            rules.append(_at_most(name, n_failed, limit, reason))
    return rules


def _verdict_rule(block: Sequence[str], verdict: Verdict) -> GateRule:
    outcome: Outcome = "failed" if verdict.action in block else "passed"
    if verdict.action == "not_applicable" and outcome == "passed":
        outcome = "unknown"
    return GateRule(
        name="verdict",
        outcome=outcome,
        value=verdict.action,
        threshold=f"not {', '.join(block)}" if block else "any",
        reason="no verdict could be given" if outcome == "unknown" else "",
    )


def _drift_rule(limit: int, drift: Drift | None, stages: Mapping[str, StageRecord]) -> GateRule:
    record = stages.get("drift")
    if drift is None and record is not None and record.outcome == "skipped":
        # The first audited rev has nothing to drift from: that is known, and no reason to block.
        return GateRule(
            name="drift_columns", outcome="skipped", value=None, threshold=limit, reason=record.reason or ""
        )
    return _at_most("drift_columns", drift.n_drifted if drift else None, limit, _reason(stages, "drift"))


def _swamp_rule(name: str, value: float | None, limit: float, swamp: Swamp | None, reason: str) -> GateRule:
    if swamp is not None and value is not None and value <= limit and swamp.n_unknown:
        told = f"{swamp.n_unknown} columns could not be told used from unused"
        return GateRule(name=name, outcome="unknown", value=value, threshold=limit, reason=told)
    return _at_most(name, value, limit, reason)
