"""`datassay schema`: JSON Schema for editors and machines."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.option("--report", "is_report", is_flag=True, help="The schema of report.json instead of a definition.")
def command(*, is_report: bool) -> int:
    """Print the JSON Schema of an audit definition, so that editors complete and check it.

    Save it and name it in the first line of a definition:
    # yaml-language-server: $schema=../docs/audit.schema.json
    """
    if is_report:
        from datassay.report.artifact import json_schema as schema
    else:
        from datassay.spec import json_schema as schema
    click.echo(json.dumps(schema(), indent=2))
    return 0
