"""The JSON Schemas in docs/ are those of the code."""

import json
from pathlib import Path

import pytest

from datassay.report.artifact import json_schema as report_schema
from datassay.spec import json_schema as definition_schema

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("name", "schema", "option"),
    [("audit.schema.json", definition_schema, ""), ("report.schema.json", report_schema, " --report")],
)
def test_committed_schema_is_current(name, schema, option):
    """Editors and machines read the schema that the code enforces."""
    committed = json.loads((DOCS / name).read_text(encoding="utf-8"))
    assert committed == schema(), f"run: datassay schema{option} > docs/{name}"
