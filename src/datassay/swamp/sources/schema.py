"""Tables as a schema file declares them: CREATE TABLE statements of any dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datassay.errors import UsageError
from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.parsing import parse_text


@dataclass
class SchemaFile:
    """What a schema file declares."""

    tables: list[TableSchema] = field(default_factory=list)
    #: (table, column, note), such as "primary key".
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    has_views: bool = False
    problems: list[str] = field(default_factory=list)


def read_schema(text: str, where: str, dialect: str | None = None) -> SchemaFile:
    """Return the tables, in the order of the file; a view is no table, it stores nothing.

    Raises UsageError where the file declares no table that could be read.
    """
    from sqlglot import exp

    found = SchemaFile()
    columns: dict[str, list[str]] = {}
    for piece in parse_text(text, dialect):
        if piece.problem is not None:
            found.problems.append(f"{where}:{piece.line}: {piece.problem}")
        for tree in piece.trees:
            if not isinstance(tree, exp.Create):
                continue
            found.has_views = found.has_views or isinstance(tree.args.get("expression"), exp.Query)
            if str(tree.args.get("kind")).upper() != "TABLE" or not isinstance(tree.this, exp.Schema):
                continue
            name = ".".join(part.name for part in tree.this.this.parts if part.name)
            columns.setdefault(name, [])
            columns[name] += [
                each.name
                for each in tree.this.expressions
                if isinstance(each, exp.ColumnDef) and each.name not in columns[name]
            ]
            found.notes += [(name, column, note) for column, note in _notes(tree)]
    found.tables = [TableSchema((name,), "", tuple(listed)) for name, listed in columns.items() if listed]
    if not found.tables:
        problem = f" ({found.problems[0]})" if found.problems else ""
        raise UsageError(f"{where} declares no table{problem}.", hint="Give CREATE TABLE statements with columns.")
    return found


def _notes(tree: Any) -> list[tuple[str, str]]:
    """Return the columns that are keys or cut the table into partitions."""
    from sqlglot import exp

    notes: list[tuple[str, str]] = []
    for key in tree.find_all(exp.PrimaryKeyColumnConstraint):
        column = key.find_ancestor(exp.ColumnDef)
        notes += [(column.name, "primary key")] if column is not None else []
    for key in tree.find_all(exp.PrimaryKey):
        notes += [(each.name, "primary key") for each in key.expressions]
    for key in tree.find_all(exp.Reference):
        column = key.find_ancestor(exp.ColumnDef)
        notes += [(column.name, "foreign key")] if column is not None else []
    for key in tree.find_all(exp.ForeignKey):
        notes += [(each.name, "foreign key") for each in key.expressions]
    for key in tree.find_all(exp.PartitionedByProperty):
        notes += [(each.name, "partition column") for each in key.find_all(exp.Identifier)]
    return [note for note in dict.fromkeys(notes) if note[0]]
