"""What to review first: the head of the worklist, how far it can be trusted, where the noise sits."""

from __future__ import annotations

from typing import Any

from datassay.report import numbers as say
from datassay.report.blocks import Block, Cell, Column, Fold, Missing, Points, Prose, Section, Table, name, num
from datassay.report.facts import why_missing
from datassay.report.sections.annotators import annotator_blocks
from datassay.results import Interval, Labels, Report

_HEADING = "What to review first"
_LARGEST_MATRIX = 8
_MOST_CLASSES = 25


def review_section(report: Report, head: list[dict[str, Any]] | None) -> Section:
    """Return the section that names the labels to look at, most valuable review first."""
    labels = report.labels
    if labels is None:
        told, outcome = why_missing(report, "labels")
        return Section("review", _HEADING, "", (Missing.because("Not measured", told, outcome),), how="how-noise")
    blocks: list[Block] = []
    if head:
        blocks.append(_worklist(head, report.context.id))
    else:
        blocks.append(Prose("The worklist itself lies beside this page, in worklist.csv and worklist.parquet."))
    if labels.detector_precision:
        blocks.append(_precision(labels))
    if labels.annotators is not None:
        blocks += annotator_blocks(labels.annotators)
    if labels.per_class:
        blocks.append(_classes(labels))
    if labels.transition_matrix:
        blocks += _transitions(labels)
    if labels.notes:
        blocks.append(Points("Notes", tuple(say.visible(note, 400) for note in labels.notes)))
    return Section("review", _HEADING, _finding(labels), tuple(blocks), how="how-noise")


def _finding(labels: Labels) -> str:
    share, interval = say.percent_interval(labels.noise_rate)
    source = "estimated by the model alone; a hundred reviews would make it firmer"
    if labels.noise_rate_source == "model" and labels.n_reviews:
        source = "estimated by the model and by reviews of rows that were not drawn at random"
    if labels.noise_rate_source == "review":
        source = f"measured with {say.plural(labels.n_reviews, 'review')}"
    elif labels.noise_rate_source == "votes" and labels.annotators is not None:
        source = f"by the votes of {say.plural(labels.annotators.n_annotators, 'annotator')}"
    told = f"{share} of {say.plural(labels.n_labelled, 'label')} are wrong {interval}, {source}. "
    told += f"{say.plural(labels.n_issues, 'row')} look wrong one by one"
    if labels.detector_precision:
        # Fewer than fifty rows say little, and nobody reviews that few.
        point = next((each for each in labels.detector_precision if each.k >= 50), labels.detector_precision[-1])
        low, high = round(point.precision.low * point.k), round(point.precision.high * point.k)
        n_wrong = say.count(round(point.precision.estimate * point.k))
        told += f"; of the worst {say.count(point.k)}, about {n_wrong} truly are [{say.count(low)}, {say.count(high)}]"
    return f"{told}."


def _value(value: Any) -> str:
    if isinstance(value, float):
        # A target as it is, without the noise of its last binary digit.
        return f"{value:,.10g}"
    return "" if value is None else say.visible(str(value), 80)


def _worklist(head: list[dict[str, Any]], id_column: str | None) -> Table:
    rows = tuple(
        (
            name(_value(row.get("id"))),
            name(_value(row.get("given_label"))),
            name(_value(row.get("suggested_label"))),
            num("" if row.get("p_wrong") is None else say.percent(float(row["p_wrong"]))),
        )
        for row in head
    )
    columns = (
        Column(say.visible(id_column, 40) if id_column else "row number"),
        Column("given label"),
        Column("suggested label"),
        Column("probably wrong", is_number=True),
    )
    title = f"The first {say.plural(len(rows), 'row')} of worklist.csv, most valuable review first"
    return Table(title, columns, rows, n_printed=6)


def _precision(labels: Labels) -> Table:
    rows = []
    for point in labels.detector_precision:
        share, interval = say.percent_interval(point.precision)
        spread = (point.precision.estimate, point.precision.low, point.precision.high)
        rows.append(
            (
                num(say.count(point.k)),
                num(share),
                num(interval),
                Cell("", "whisker", whisker=spread),
            )
        )
    columns = (
        Column("first rows", is_number=True),
        Column("truly wrong", is_number=True),
        Column("80 % interval", is_number=True),
        Column("0 to 100 %"),
    )
    return Table("How far the worklist can be trusted: the share of its head that is truly wrong", columns, tuple(rows))


def _classes(labels: Labels) -> Block:
    ranked = sorted(labels.per_class, key=lambda each: (-each.noise_rate, each.label))
    rows = tuple(
        (
            name(say.visible(each.label)),
            num(say.count(each.n_given)),
            num(say.percent(each.noise_rate)),
            num(say.count(each.n_issues)),
        )
        for each in ranked
    )
    columns = (
        Column("given label"),
        Column("rows", is_number=True),
        Column("wrong", is_number=True),
        Column("label issues", is_number=True),
    )
    if len(rows) <= _MOST_CLASSES:
        return Table("Wrong labels by given class, noisiest first", columns, rows)
    noisiest = Table(f"The {_MOST_CLASSES} noisiest of {len(rows)} given classes", columns, rows[:_MOST_CLASSES])
    rest = Table("All other given classes", columns, rows[_MOST_CLASSES:], n_printed=0)
    return Fold(f"Wrong labels by given class ({len(rows)})", (noisiest, rest))


def _tell(labels: Labels, i: int, j: int) -> tuple[str, str]:
    """Return an entry of the transition matrix with its interval; a report of before that was told has none."""
    share = labels.transition_matrix[i][j]
    if not labels.transition_low:
        return say.percent(share), ""
    ends = (labels.transition_low[i][j], labels.transition_high[i][j])
    return say.percent_interval(Interval(estimate=share, low=ends[0], high=ends[1]))


def _transitions(labels: Labels) -> list[Block]:
    """Return which true class is mistaken for which, and the whole matrix where it is small."""
    matrix = labels.transition_matrix
    pairs = sorted(
        ((-share, i, j) for i, row in enumerate(matrix) for j, share in enumerate(row) if i != j and share > 0)
    )
    rows = tuple(
        (
            name(say.visible(labels.classes[i])),
            name(say.visible(labels.classes[j])),
            *map(num, _tell(labels, i, j)),
        )
        for _, i, j in pairs[:10]
    )
    columns = (
        Column("true label"),
        Column("given label"),
        Column("share of the true class", is_number=True),
        Column("80 % interval", is_number=True),
    )
    blocks: list[Block] = []
    if rows:
        blocks.append(Table("The most frequent mistakes", columns, rows))
    if len(matrix) <= _LARGEST_MATRIX:
        head = (Column("true label"), *(Column(f"given {say.visible(c, 40)}", is_number=True) for c in labels.classes))
        body = tuple(
            (name(say.visible(labels.classes[i])), *(num(say.percent(share)) for share in row))
            for i, row in enumerate(matrix)
        )
        told = "Noise transition matrix: how a true label comes to be given; rows sum to 100 %"
        blocks.append(Table(told, head, body))
    return blocks
