"""docs/report-schema.md names everything that a report may hold."""

from __future__ import annotations

import re
from pathlib import Path

from datassay.report.artifact import OUTPUTS, json_schema
from datassay.report.figures import flat_metrics
from datassay.report.worklist import COLUMNS
from datassay.results import SCHEMA_VERSION

PAGE = (Path(__file__).parents[2] / "docs" / "report-schema.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))


def test_every_key_is_described():
    """Each key of each record, and each word that a key may hold, is on the page."""
    schema = json_schema()
    records = [schema, *schema["$defs"].values()]
    keys = {key for record in records for key in record.get("properties", {})}
    words = {
        word
        for record in records
        for part in record.get("properties", {}).values()
        for word in [*part.get("enum", []), *part.get("items", {}).get("enum", [])]
    }

    # The parts of an interval are named once, in its own line.
    assert (keys | words) - {"estimate", "low", "high"} <= NAMED
    assert '`{"estimate", "low", "high"}`' in PAGE


def test_every_metric_file_and_column_is_described(report):
    """The keys of metrics.json, all files and the worklist's columns are on the page."""
    assert set(flat_metrics(report)) | set(OUTPUTS) - {"report.json"} | set(COLUMNS) <= NAMED


def test_the_page_is_of_this_version():
    """The page says which version of the schema it describes."""
    assert f"This page describes version {SCHEMA_VERSION}." in PAGE
