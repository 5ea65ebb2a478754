"""Which columns of the dataset a query really reads, through stars, subqueries and common table expressions.

The query is qualified against the dataset's columns and what the query itself says of other tables, then columns that
reach no output are pushed out (both by sqlglot), and what is left is read from the outermost query inwards: a column
that came in with a star counts where some query above names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from datassay.results import UsageKind
from datassay.swamp.evidence import TableSchema
from datassay.swamp.sources.tables import DATASET, OTHER, assume_others, inline_definitions, mark_tables

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

_NAMED = "datassay_named"
#: How, and in which line.
_Use: TypeAlias = tuple[UsageKind, int]


@dataclass
class Reads:
    """What one query reads of the dataset."""

    #: How often the dataset occurs in it.
    n_tables: int = 0
    #: (column, kind, line)
    named: set[tuple[str, UsageKind, int]] = field(default_factory=set)
    #: Columns that an outermost star takes along.
    swept: set[str] = field(default_factory=set)
    #: Columns that may be read: names that the dataset and another table may both mean.
    doubts: set[str] = field(default_factory=set)
    #: False where it reads the dataset in a way that could not be followed.
    is_resolved: bool = True


def resolve(query: exp.Expression, table: TableSchema, definitions: dict[str, exp.Expression]) -> Reads:
    """Return what `query` reads of the dataset; views and models in `definitions` are read through."""
    from sqlglot.errors import SqlglotError

    reads = Reads()
    query = inline_definitions(query, definitions)
    reads.n_tables, others = mark_tables(query, table)
    if reads.n_tables == 0:
        return reads
    try:
        by_name = _rename(query, table)
        query = _qualify(query, by_name, others, reads)
        _Walk(by_name, reads).walk(query)
    except (SqlglotError, RecursionError, ValueError, KeyError, AttributeError, TypeError, IndexError):
        # sqlglot's optimizer has no closed set of errors; a query that it cannot follow is unresolved, not unused.
        reads.is_resolved = False
    return reads


def _rename(query: exp.Expression, table: TableSchema) -> dict[str, list[str]]:
    """Give every name in the query a plain one, and return the dataset's columns by theirs.

    sqlglot parses the names of a schema as SQL, which a column called "a;b" does not survive. Unquoted names have no
    case in SQL, and two columns that differ by case only are both meant.
    """
    from sqlglot import exp

    plain: dict[str, str] = {}

    def rename(name: str) -> str:
        return plain.setdefault(name.lower(), f"n{len(plain)}")

    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for column in table.columns:
        by_name[rename(column)].append(column)
    for identifier in query.find_all(exp.Identifier):
        if identifier.this.startswith((DATASET, OTHER)) and isinstance(identifier.parent, exp.Table):
            continue
        identifier.set("this", rename(identifier.this))
        identifier.set("quoted", True)
    return dict(by_name)


def _qualify(query: Any, by_name: dict[str, list[str]], others: list[str], reads: Reads) -> Any:
    from sqlglot import exp
    from sqlglot.errors import OptimizeError
    from sqlglot.optimizer.pushdown_projections import pushdown_projections
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.qualify_tables import qualify_tables

    if any(_has_open_columns(node) for node in query.walk()):
        reads.is_resolved = False
    sources = {node.alias_or_name for node in query.find_all(exp.Table, exp.Subquery, exp.CTE)}
    rows = {node.alias_or_name for node in query.find_all(exp.Table) if node.name == DATASET}
    for column in query.find_all(exp.Column):
        column.meta[_NAMED] = True
        # db.table.column: the table was renamed; but table.struct.field must stay.
        if column.args.get("db") is not None and column.table in sources:
            column.set("db", None)
            column.set("catalog", None)
        elif not column.table and column.name in rows and column.name not in by_name:
            reads.is_resolved = False  # a whole row, as in to_json(t)
    query = qualify_tables(query)
    schema = {DATASET: dict.fromkeys(by_name, "TEXT")}
    known, doubts = assume_others(query, by_name, others)
    schema |= known
    reads.doubts.update(column for name in doubts for column in by_name[name])
    query = qualify(query, schema=schema, validate_qualify_columns=False, allow_partial_qualification=True)
    try:
        return pushdown_projections(query.copy())
    except OptimizeError:
        return query  # a star over a table function is left: the walk below does without


def _has_open_columns(node: exp.Expression) -> bool:
    """Say whether a node reads columns that it does not name: COLUMNS('a.*'), hash(*), a table alias with columns."""
    from sqlglot import exp

    if isinstance(node, exp.Columns):
        return True
    if isinstance(node, exp.Table):
        return bool(node.name == DATASET and node.alias_column_names)
    if not isinstance(node, exp.Star):
        return False
    above = node.parent.parent if isinstance(node.parent, exp.Column) else node.parent
    return isinstance(above, exp.Func) and not isinstance(above, exp.Count)


class _Walk:
    """The way from the outermost query inwards."""

    def __init__(self, by_name: dict[str, list[str]], reads: Reads) -> None:
        self.by_name = by_name
        self.reads = reads
        #: By scope and output: how and where queries above use it by name.
        self.demands: defaultdict[int, defaultdict[str, set[_Use]]] = defaultdict(lambda: defaultdict(set))

    def walk(self, query: Any) -> None:
        from sqlglot import exp
        from sqlglot.optimizer.scope import traverse_scope

        for scope in reversed(traverse_scope(query)):
            if isinstance(scope.expression, exp.SetOperation):
                self._pass_down(scope)
                continue
            for column in scope.columns:
                self._read_column(scope, column)
            for alias in _stars(scope):
                self._read_star(scope, alias)

    def _pass_down(self, scope: Scope) -> None:
        """Hand the demand on a union to its branches, by position."""
        names = scope.expression.named_selects
        for branch in scope.set_operation_scopes:
            own = branch.expression.named_selects
            for place, name in enumerate(names[: len(own)]):
                self.demands[id(branch)][own[place]] |= self.demands[id(scope)][name]

    def _read_column(self, scope: Scope, column: Any) -> None:
        from sqlglot import exp

        kind, output = _place(scope, column)
        # A plain output is used as the queries above use it, and what came in with a star only if they do.
        uses = set(self.demands[id(scope)][output]) if output is not None else set()
        if not uses and (output is None or column.meta.get(_NAMED, False)):
            uses = {(kind, _line(column))}
        source = _find_source(scope, column.table) if column.table else None
        if isinstance(source, exp.Table):
            if source.name == DATASET:
                self._add(column.name, uses)
        elif source is not None:
            self.demands[id(source)][column.name] |= uses
        elif not column.table and column.name in self.by_name:
            tables = [node.name for node in scope.sources.values() if isinstance(node, exp.Table)]
            if DATASET in tables:
                self._add(column.name, uses)
            else:
                self.reads.doubts.update(self.by_name[column.name])

    def _add(self, name: str, uses: set[_Use]) -> None:
        for column in self.by_name.get(name, []):
            self.reads.named.update((column, kind, line) for kind, line in uses)
            if not uses:
                self.reads.swept.add(column)

    def _read_star(self, scope: Scope, alias: str | None) -> None:
        """Read a star that could not be expanded: it takes along what the queries above name."""
        from sqlglot import exp

        demands = self.demands[id(scope)]
        for name, source in scope.sources.items():
            if alias not in {None, name}:
                continue
            if not isinstance(source, exp.Table):
                for output, uses in demands.items():
                    self.demands[id(source)][output] |= uses
            elif source.name == DATASET:
                for column in self.by_name:
                    self._add(column, demands[column])


def _stars(scope: Scope) -> Iterator[str | None]:
    """Yield the source of each star among the outputs; None is all."""
    from sqlglot import exp

    for output in scope.expression.selects:
        if isinstance(output, exp.Star):
            yield None
        elif isinstance(output, exp.Column) and isinstance(output.this, exp.Star):
            yield output.table


def _find_source(scope: Scope | None, alias: str) -> Any:
    while scope is not None:
        if alias in scope.sources:
            return scope.sources[alias]
        scope = scope.parent
    return None


def _place(scope: Scope, column: Any) -> tuple[UsageKind, str | None]:
    """Return the kind of use, and the output whose plain value the column is (None where it is none)."""
    from sqlglot import exp

    kind: UsageKind = "projected"
    node = column
    while node is not None and node is not scope.expression:
        above = node.parent
        if isinstance(above, exp.EQ) and _is_between_tables(above):
            return "joined", None
        if isinstance(above, exp.Where | exp.Having | exp.Qualify):
            return "filtered", None
        if isinstance(above, exp.Join):
            return "joined", None
        if isinstance(above, exp.Group | exp.Pivot | exp.Distinct):
            return "grouped", None
        if isinstance(above, exp.Window) and node.arg_key == "partition_by":
            return "grouped", None
        if above is scope.expression and node.arg_key != "expressions":
            return kind, None
        node = above
    parent = column.parent
    if isinstance(parent, exp.Alias) and parent.parent is scope.expression:
        return kind, parent.alias
    if isinstance(parent, exp.Coalesce) and isinstance(parent.parent, exp.Alias):
        return kind, parent.parent.alias  # what USING makes of a column under a star
    return kind, column.name if parent is scope.expression else None


def _is_between_tables(condition: Any) -> bool:
    from sqlglot import exp

    left, right = condition.this, condition.expression
    return isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.table != right.table


def _line(column: Any) -> int:
    return int(column.this.meta.get("line", 0))
