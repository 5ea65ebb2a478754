"""What a dbt project is made of, as far as it reads columns."""

from __future__ import annotations

from dataclasses import dataclass, field

#: SQL inside Python: models that dbt runs as they are.
PYTHON = "python"


@dataclass(frozen=True)
class Model:
    """A model or snapshot: a query that others read by its name."""

    #: The relation's name in a database: its alias.
    name: str
    #: Its path in the dbt project.
    place: str
    #: Compiled SQL, or the template where it was never compiled.
    text: str
    #: Names of the relations that it reads.
    reads: frozenset[str] = frozenset()
    #: True where its SQL stands inside the compiled SQL of those that read it.
    is_ephemeral: bool = False
    language: str = "sql"


@dataclass(frozen=True)
class Query:
    """SQL that reads models: a test, a metric, an analysis."""

    text: str
    place: str


@dataclass
class Project:
    """A dbt project."""

    models: list[Model] = field(default_factory=list)
    #: Relations that an exposure depends on -> names of the exposures.
    exposures: dict[str, list[str]] = field(default_factory=dict)
    metrics: list[Query] = field(default_factory=list)
    analyses: list[Query] = field(default_factory=list)
    tests: list[Query] = field(default_factory=list)
    #: Columns of seeds and sources by relation, where dbt knows them.
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Name of the SQL dialect, as dbt calls its adapter.
    adapter: str | None = None
    #: What could not be used.
    problems: list[str] = field(default_factory=list)


def quote(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def select(expressions: list[str], relation: str) -> str:
    """Return a query of expressions on one relation."""
    return f"select {', '.join(expressions)} from {quote(relation)}"  # noqa: S608 - it is parsed and never run
