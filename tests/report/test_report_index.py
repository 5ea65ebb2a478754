"""The index page of all datasets."""

from __future__ import annotations

from datassay.report.index import render_index


def test_index_lists_reports_and_failures(report, sample, parse):
    """Each dataset has its verdict, gate and facts with links to its page, or the line that says why it has none."""
    page = parse(
        render_index(
            [
                ("adult", report),
                ("weak", sample.make_unknown_report()),
                ("bank", "data/bank.parquet: not in the remote."),
            ]
        )
    )

    assert "3 datasets: 0 passed the gate, 2 did not, 1 could not be audited." in page.text
    assert "adult: Clean first." in page.text
    assert "bank: not audited" in page.text
    assert "data/bank.parquet: not in the remote." in page.text
    assert {"adult/report.html", "adult/report.html#checks", "weak/report.html"} <= set(page.values("href"))
    assert not [href for href in page.values("href") if href.startswith("bank")]


def test_index_of_nothing(parse):
    """Without datasets the page says so."""
    assert "No dataset has been audited yet." in parse(render_index([])).text


def test_index_is_hostile_proof(poisoned, parse):
    """Names and failure lines add no tag, and links stay inside the folder."""
    report, text = poisoned
    page = parse(render_index([(text, report), (text, text)]))

    assert not {"script", "img"} & set(page.tags)
    assert not [key for _, key, _ in page.attributes if key.startswith("on") or key == "src"]
    for href in page.values("href"):
        assert href == "data:," or href.partition("#")[0].endswith("/report.html")
        assert ":" not in href.removeprefix("data:")
