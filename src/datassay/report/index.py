"""The index page of all audited datasets."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from datassay.report.html import environment
from datassay.report.numbers import visible
from datassay.report.sentences import first_screen
from datassay.results import Report


def render_index(entries: Sequence[tuple[str, Report | str]]) -> str:
    """Return the page that lists every dataset with its verdict, linked to `<name>/report.html`.

    An entry is a name with its report, or with the one line that says why there is none.
    """
    rows = [
        {
            "name": visible(name),
            "href": f"{quote(name, safe='')}/report.html",
            "screen": first_screen(found) if isinstance(found, Report) else None,
            "failure": None if isinstance(found, Report) else visible(found, 600),
        }
        for name, found in entries
    ]
    n_failed = sum(row["failure"] is not None for row in rows)
    n_blocked = sum(isinstance(found, Report) and found.gate.outcome != "passed" for _, found in entries)
    return (
        environment()
        .get_template("index.html.j2")
        .render(rows=rows, n=len(rows), n_failed=n_failed, n_blocked=n_blocked)
    )
