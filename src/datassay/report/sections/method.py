"""How this was computed, what was assumed, what was not checked, with which versions and seed."""

from __future__ import annotations

from datassay.errors import as_sentence
from datassay.report import numbers as say
from datassay.report.blocks import Block, Column, Missing, Points, Prose, Section, Table, mark, num, text
from datassay.report.facts import why_missing
from datassay.results import Labels, Report

_STAGES = {
    "pull": "pull the data",
    "check": "check expectations",
    "predict": "predict out of sample",
    "labels": "estimate wrong labels",
    "value": "value cleaning and collecting",
    "swamp": "look for use of columns",
    "profile": "profile the columns",
    "actions": "measure other actions",
    "drift": "compare with the last rev",
    "verdict": "decide",
    "gate": "apply the gate",
}


def method_section(report: Report) -> Section:
    """Return the section for the reader with a doubt."""
    blocks: list[Block] = [*_methods(report)]
    blocks.append(Points("What was assumed", tuple(say.visible(each, 400) for each in _assumed(report))))
    blocks.append(_not_checked(report))
    blocks.append(_stages(report))
    blocks.append(_versions(report))
    return Section("how", "How this was computed", "", tuple(blocks))


def _assumed(report: Report) -> list[str]:
    told = list(report.verdict.assumptions)
    for each in report.context.assumed:
        key = each.partition(" = ")[0]
        # A verdict's assumption that names the key has said it in words.
        if not any(key in sentence for sentence in report.verdict.assumptions):
            told.append(f"{each}, which the definition does not give.")
    return told or ["Nothing beyond the definition."]


def _methods(report: Report) -> list[Block]:
    value, labels = report.value, report.labels
    metric = say.metric_words(report.context.metric)
    estimator = say.visible(report.context.estimator or "the tabular default")
    fits = say.plural(value.n_fits, "model fit") if value else "no model fit"
    reviews = f"{say.plural(labels.n_reviews, 'review')}" if labels and labels.n_reviews else "no review yet"
    return [
        Prose(
            f"Models ({estimator}) are trained on nested parts of the data, and with the labels of the worklist "
            f"changed as a review is believed to change them ({fits}). What a review and what a new row add is read "
            f"from how the score moves. Gains count {metric.unit}. Intervals hold 80 % of joint draws over folds, "
            "noise, precision, and how far such estimates were off where the truth was known.",
            anchor="how-gain",
            lead="Gains.",
        ),
        Prose(
            "Repairs that code can do are done, and the model is cross-validated on the repaired table and on the "
            "table as it is, in the same folds. Repairs that people do cell by cell are read off a line: the column is "
            "made dirtier by one and two more shares of the errors it has. Missing values are filled in several ways; "
            "the distance between the best and the worst bounds what the true values could change.",
            anchor="how-actions",
            lead="Other actions.",
        ),
        Prose(
            "Confident learning compares given labels with out-of-sample predictions; "
            "no row is judged by a model that saw it. "
            f"Reviewed labels, where there are any, correct the estimate ({reviews}).{_votes(labels)}",
            anchor="how-noise",
            lead="Wrong labels.",
        ),
        Prose(
            "Every expectation is evaluated on its own, so that an error in one hides no other. "
            "What could not be evaluated is unknown, and never counts as passed.",
            anchor="how-checks",
            lead="Checks.",
        ),
        Prose(
            "A column is used where a query, a program or a person is on record as reading it within the window; "
            "what only a star takes along is unknown, and what is only written, dropped or tested is no use. "
            "Money is bytes at all revs that DVC keeps, times copies and the price of storage, plus reading the column "
            "in every run of the checks.",
            anchor="how-columns",
            lead="Unused columns.",
        ),
        Prose(
            "Drift is an effect size between 0 and 1 (Kolmogorov-Smirnov for numbers, total variation for categories); "
            "p-values are corrected over all columns by Benjamini-Hochberg.",
            anchor="how-drift",
            lead="Change.",
        ),
        Prose(
            "Figures of the columns are exact and rounded to three significant digits.",
            anchor="how-profile",
            lead="Profile.",
        ),
    ]


def _votes(labels: Labels | None) -> str:
    if labels is None or labels.annotators is None:
        return ""
    return (
        " Consensus and quality of annotators are CROWDLAB's, the order of the next votes ActiveLab's. Whether a label "
        "is wrong is told by all votes on its row, each as good as its annotator, with the model as one more voice."
    )


def _not_checked(report: Report) -> Block:
    missing = [
        f"{_STAGES.get(stage, say.visible(stage))}: {why_missing(report, stage)[0]}"
        for stage, record in report.stages.items()
        if record.outcome in {"unknown", "skipped"} and stage != "gate"
    ]
    unmeasured = (
        "Wrong values in the features are found by checks, but what repairing them would gain is not estimated."
    )
    always = [
        *([] if report.actions else [unmeasured]),
        "Rows that should be in the table and are not cannot be seen from the table.",
    ]
    return Points(
        "What was not checked",
        tuple(as_sentence(f"{line[0].upper()}{line[1:]}") for line in (*missing, *always)),
    )


def _stages(report: Report) -> Block:
    if not report.stages:
        return Missing("The report holds no stage.", "unknown")
    cached = set(report.run.cached_stages)
    rows = tuple(
        (
            text(_STAGES.get(stage, say.visible(stage))),
            num(_seconds(report, stage)),
            text("from the cache" if stage in cached else say.visible(record.reason or "", 300)),
            mark(record.outcome),
        )
        for stage, record in report.stages.items()
    )
    columns = (Column("stage"), Column("took", is_number=True), Column("remark"), Column("outcome"))
    return Table(
        f"Stages of this audit; {say.seconds(report.run.duration_s)} in all", columns, rows, n_printed=len(rows)
    )


def _seconds(report: Report, stage: str) -> str:
    took = report.run.stage_seconds.get(stage)
    return "–" if took is None else say.seconds(took)


def _versions(report: Report) -> Block:
    dataset = report.dataset
    where = f"{say.visible(dataset.repo)}: " if dataset.repo else ""
    facts = (
        f"Data: {where}{say.visible(dataset.path)} at {say.visible(dataset.rev)}, md5 {say.visible(dataset.md5)}.",
        f"Seed: {report.run.seed}. Run: {say.visible(report.run.id)}. Schema: {say.visible(report.schema_version)}.",
        "Versions: "
        + ", ".join(f"{say.visible(k)} {say.visible(v)}" for k, v in sorted(report.run.versions.items()))
        + ".",
    )
    return Points("To do it again", facts)
