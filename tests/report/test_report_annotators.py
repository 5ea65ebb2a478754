"""What the page says of several annotators."""

from __future__ import annotations

import polars as pl

from datassay.report.artifact import read_report, write_outputs
from datassay.report.html import render_html
from datassay.report.markdown import render_markdown
from datassay.report.terminal import render_terminal
from datassay.results import Annotator, Annotators, Interval, next_votes_path


def voted(report, *, names=("ann", "<b>ben</b>"), agreement=0.91):
    """Return the report as if its labels had been judged by votes."""
    right = Interval(estimate=0.93, low=0.9, high=0.95)
    record = Annotators(
        n_annotators=len(names),
        n_votes=2_400,
        n_rows=1_200,
        n_shared_rows=1_200,
        agreement_rate=agreement,
        n_tied=31,
        n_differing=57,
        n_made=0,
        consensus_error_rate=Interval(estimate=0.02, low=0.01, high=0.04),
        annotators=[
            Annotator(name=name, n_votes=1_200, quality=0.88, accuracy=right, worst_class=">50K") for name in names
        ],
        n_relabel=64,
        n_label_new=36,
    )
    labels = report.labels.model_copy(update={"annotators": record, "noise_rate_source": "votes"})
    return report.model_copy(update={"labels": labels})


def test_the_page_tells_of_annotators(report):
    """How many, how well they agree, what their consensus is worth; hostile names are escaped."""
    page = render_html(voted(report), None)

    assert "2 annotators gave 2,400 votes on 1,200 rows" in page
    assert "91 % of the pairs of votes on one row agree" in page.replace("\xa0", " ").replace("91.0 %", "91 %")
    assert "differs from the given label in 57 rows" in page
    assert "64 rows that have a label and 36 that have none" in page
    assert "<b>ben</b>" not in page
    assert "CROWDLAB" in page


def test_short_forms_name_the_votes_as_the_source(report):
    """The first screen says by whose word the labels are wrong."""
    for text in (render_terminal(voted(report), width=110), render_markdown(voted(report))):
        assert "by the votes of 2 annotators" in " ".join(text.split())


def test_many_annotators_unfold(report):
    """A crowd does not fill the page."""
    page = render_html(voted(report, names=tuple(f"a{i}" for i in range(40))), None)

    assert "Annotators (40)" in page


def test_votes_that_never_meet_are_said_to_be_incomparable(report):
    """No share of agreement is made up."""
    assert "they cannot be compared" in render_html(voted(report, agreement=None), None)


def test_the_ranking_of_votes_is_delivered_and_kept(report, tmp_path):
    """It lies beside the report, is safe for spreadsheets, survives rendering anew, and goes with the annotators."""
    worklist = tmp_path / "cache" / "worklist-1.parquet"
    worklist.parent.mkdir()
    row = {"rank": [1], "id": ["=1+1"], "given_label": ["a"], "suggested_label": ["b"]}
    pl.DataFrame({**row, "p_wrong": [0.9], "label_quality": [0.1]}).write_parquet(worklist)
    ranked = {"rank": [1], "id": ["=1+1"], "action": ["relabel"], "n_votes": [2]}
    pl.DataFrame({**ranked, "consensus_label": ["b"], "score": [0.2]}).write_parquet(next_votes_path(worklist))
    out = tmp_path / "out"
    write_outputs(voted(report), out, worklist=worklist)
    first = (out / "next_votes.csv").read_text()
    write_outputs(read_report(out), out, worklist=out / "worklist.parquet")

    assert first == "rank,id,action,n_votes,consensus_label,score\n1,'=1+1,relabel,2,b,0.2\n"
    assert (out / "next_votes.csv").read_text() == first
    assert (out / "next_votes.parquet").is_file()

    write_outputs(report, out, worklist=out / "worklist.parquet")

    assert not (out / "next_votes.csv").exists()
