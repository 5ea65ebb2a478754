"""The state of the data in one line each, as (text, outcome, anchor)."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.others import better_line
from datassay.results import DatasetInfo, Drift, Outcome, Report
from datassay.words import as_clause

Line = tuple[str, Outcome, str]
_LONGEST_REASON = 140


def facts(report: Report) -> list[Line]:
    """Return the facts of the first screen: wrong labels, failed checks, unused columns; an action that beats both."""
    better = better_line(report)
    others: list[Line] = [(better, "passed", "actions")] if better else []
    return [labels_fact(report), checks_fact(report), columns_fact(report), *others]


def why_missing(report: Report, stage: str, longest: int = 300) -> tuple[str, Outcome]:
    """Return why a stage has no result, as the end of a sentence, and the stage's outcome."""
    record = report.stages.get(stage)
    if record is None:
        return "it was not part of this audit", "skipped"
    reason = as_clause(say.visible(record.reason or "no reason was given", longest))
    return reason, "skipped" if record.outcome == "skipped" else "unknown"


def not_measured(report: Report, stage: str, what: str) -> tuple[str, Outcome]:
    """Return a sentence such as "wrong labels not measured because the model is too weak"."""
    reason, outcome = why_missing(report, stage, _LONGEST_REASON)
    return f"{what} not measured because {reason}", outcome


def labels_fact(report: Report) -> Line:
    """Return the share of wrong labels with its interval."""
    labels = report.labels
    if labels is None:
        return (*not_measured(report, "labels", "wrong labels"), "review")
    share, interval = say.percent_interval(labels.noise_rate)
    told = f"{share} of labels are wrong {interval}"
    if labels.noise_rate_source == "votes" and labels.annotators is not None:
        told += f", by the votes of {say.plural(labels.annotators.n_annotators, 'annotator')}"
    return told, "passed", "review"


def checks_fact(report: Report) -> Line:
    """Return how many checks failed, in counts."""
    checks = report.expectations
    if checks is None:
        return (*not_measured(report, "check", "checks"), "checks")
    n = len(checks.results)
    if checks.n_evaluated == 0:
        told = "the suite holds no check" if n == 0 else f"none of {say.plural(n, 'check')} could be evaluated"
        return told, "unknown", "checks"
    unknown = ""
    if checks.n_unknown:
        why = checks.why_unknown
        unknown = f", {say.count(checks.n_unknown)} not evaluated{f' ({say.visible(why, 100)})' if why else ''}"
    if checks.n_failed == 0:
        n_passed = checks.n_evaluated - checks.n_failed
        outcome: Outcome = "unknown" if checks.n_unknown else "passed"
        return f"{say.count(n_passed)} of {say.plural(n, 'check')} passed{unknown}", outcome, "checks"
    n_critical = sum(r.outcome == "failed" and r.severity == "critical" for r in checks.results)
    critical = f" ({say.count(n_critical)} critical)" if n_critical else ""
    return f"{say.count(checks.n_failed)} of {say.plural(n, 'check')} failed{critical}{unknown}", "failed", "checks"


def columns_fact(report: Report) -> Line:
    """Return the money in unused columns; bytes first where the money is next to nothing."""
    swamp = report.swamp
    if swamp is None:
        return (*not_measured(report, "swamp", "unused columns"), "columns")
    unknown = f", {say.count(swamp.n_unknown)} unknown" if swamp.n_unknown else ""
    if swamp.n_unused == 0:
        if swamp.n_used == 0 and swamp.n_unknown:
            return f"use of {say.plural(swamp.n_unknown, 'column')} unknown", "unknown", "columns"
        return f"no unused column found{unknown}", "unknown" if swamp.n_unknown else "passed", "columns"
    columns = say.plural(swamp.n_unused, "unused column")
    yearly = swamp.unused_cost_per_month * 12
    cost = say.money(yearly, say.visible(swamp.currency))
    if yearly < 1:
        told = f"{say.size(swamp.unused_bytes)} ({cost} a year) in {columns}"
    else:
        told = f"{cost} a year in {columns}"
    return told + unknown, "passed", "columns"


def since(report: Report) -> Line:
    """Return what changed since the rev audited before, or why nothing is known of it."""
    drift = report.drift
    if drift is None:
        reason, outcome = why_missing(report, "drift", _LONGEST_REASON)
        return f"since the last rev: not compared because {reason}", outcome, "changes"
    parts = []
    moved = labels_moved(report)
    if moved:
        parts.append(moved)
    if drift.newly_failed:
        parts.append(f"{say.plural(len(drift.newly_failed), 'check')} newly failed")
    if drift.newly_passed:
        parts.append(f"{say.plural(len(drift.newly_passed), 'check')} newly passed")
    parts.append(f"drift in {say.plural(drift.n_drifted, 'column')}" if drift.n_drifted else "no column drifted")
    return f"since {name_before(report.dataset, drift)}: {', '.join(parts)}", "passed", "changes"


def name_before(dataset: DatasetInfo, drift: Drift) -> str:
    """Return what was audited before; with its path and commit where its rev goes by the same name, as HEAD does."""
    named = say.visible(drift.against_rev, 60)
    if drift.against_rev != dataset.rev:
        return named
    path = None if drift.against_path is None else say.visible(drift.against_path, 60)
    commit = None if drift.against_commit in {None, dataset.commit} else say.visible(str(drift.against_commit)[:7])
    apart = ", ".join(each for each in (path, commit) if each)
    return f"{named} ({apart})" if apart else named


def labels_moved(report: Report) -> str:
    """Return "labels worse (+1.9 points)"; "about the same" where the old rate lies in today's interval."""
    if report.drift is None or report.drift.noise_rate_before is None or report.labels is None:
        return ""
    rate = report.labels.noise_rate
    before = report.drift.noise_rate_before
    moved = say.signed((rate.estimate - before) * 100, 1)
    if rate.low <= before <= rate.high:
        return f"labels about the same ({moved} points)"
    return f"labels {'worse' if rate.estimate > before else 'better'} ({moved} points)"
