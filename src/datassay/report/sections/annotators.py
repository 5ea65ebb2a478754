"""What several annotators said: how much they agree, how good each is, and where the next vote is worth most."""

from __future__ import annotations

from datassay.report import numbers as say
from datassay.report.blocks import Block, Cell, Column, Fold, Prose, Table, name, num
from datassay.results import Annotators

#: More annotators than this unfold.
_MOST_SHOWN = 25


def annotator_blocks(found: Annotators) -> list[Block]:
    """Return a paragraph and the table of annotators, the least reliable first."""
    table = _table(found, f"Annotators, the least reliable first ({found.n_annotators})")
    if found.n_annotators <= _MOST_SHOWN:
        return [Prose(_tell(found), lead="Several annotators."), table]
    return [
        Prose(_tell(found), lead="Several annotators."),
        Fold(f"Annotators ({found.n_annotators})", (table,)),
    ]


def _tell(found: Annotators) -> str:
    told = f"{say.plural(found.n_annotators, 'annotator')} gave {say.plural(found.n_votes, 'vote')} on "
    told += f"{say.plural(found.n_rows, 'row')}"
    if found.agreement_rate is None:
        told += "; no row has two votes, so they cannot be compared. "
    else:
        share = say.percent(found.agreement_rate)
        tied = say.plural(found.n_tied, "row is", "rows are")
        told += f"; {share} of the pairs of votes on one row agree, and {tied} tied. "
    if found.n_made:
        told += f"{say.plural(found.n_made, 'label was', 'labels were')} made of the votes. "
    share, interval = say.percent_interval(found.consensus_error_rate)
    told += f"The consensus differs from the given label in {say.plural(found.n_differing, 'row')}, where it can be "
    told += f"taken over at no cost; {share} of the consensus labels are expected to be wrong {interval}. "
    both = found.n_relabel + found.n_label_new
    if both:
        told += f"The next {say.plural(both, 'vote')} are worth most on {say.plural(found.n_relabel, 'row')} that have "
        told += f"a label and {say.count(found.n_label_new)} that have none (next_votes.csv)."
    return told.strip()


def _table(found: Annotators, title: str) -> Table:
    rows = []
    for one in found.annotators:
        share, interval = say.percent_interval(one.accuracy)
        spread = (one.accuracy.estimate, one.accuracy.low, one.accuracy.high)
        rows.append(
            (
                name(say.visible(one.name, 60)),
                num(say.count(one.n_votes)),
                num("" if one.quality is None else say.fixed(one.quality, 2)),
                num(share),
                num(interval),
                Cell("", "whisker", whisker=spread),
                name("" if one.worst_class is None else say.visible(one.worst_class, 60)),
            )
        )
    columns = (
        Column("annotator"),
        Column("votes", is_number=True),
        Column("quality", is_number=True),
        Column("right", is_number=True),
        Column("80 % interval", is_number=True),
        Column("0 to 100 %"),
        Column("most often wrong on"),
    )
    return Table(title, columns, tuple(rows))
