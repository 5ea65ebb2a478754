"""What an expression reads, and how."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.graph import ROWS, Edge
from datassay.swamp.sources.resolving.scopes import Context, Scope, line_of, read_column

if TYPE_CHECKING:
    from sqlglot import exp

#: Words that are units of time where they stand inside a function of dates.
_UNITS = frozenset(
    [
        "year",
        "years",
        "quarter",
        "quarters",
        "month",
        "months",
        "week",
        "weeks",
        "day",
        "days",
        "hour",
        "hours",
        "minute",
        "minutes",
        "second",
        "seconds",
        "millisecond",
        "milliseconds",
        "microsecond",
        "microseconds",
        "dow",
        "doy",
        "isoweek",
        "isoyear",
        "epoch",
        "yyyy",
        "yy",
        "mm",
        "dd",
        "hh",
        "mi",
        "ss",
        "qq",
        "wk",
        "dw",
        "weekday",
        "dayofweek",
        "dayofyear",
    ]
)


@cache
def _types() -> Any:
    from sqlglot import exp

    return exp


@cache
def _lists() -> Any:
    """Return what may stand between GROUP BY or ORDER BY and a bare name that means an output."""
    exp = _types()
    return (exp.Ordered, exp.Tuple, exp.Paren, exp.Group, exp.Order, exp.Rollup, exp.Cube, exp.GroupingSets)


def read_expression(
    ctx: Context, scope: Scope, node: exp.Expression, kind: str, into: list[Edge], mode: str = ""
) -> None:
    """Add edges to all that `node` reads; `kind` is how, unless a part of it says otherwise."""
    from datassay.swamp.sources.resolving.selects import resolve_query

    exp = _types()
    stack: list[tuple[Any, str, str]] = [(node, kind, mode)]
    while stack:
        node, kind, mode = stack.pop()
        if isinstance(node, exp.Column):
            if isinstance(node.this, exp.Star):
                read_star(ctx, scope, node, into)
            elif not _is_unit(node):
                read_column(ctx, scope, node, kind, into, mode)
            continue
        if isinstance(node, exp.Literal | exp.Identifier | exp.DataType | exp.Var):
            continue
        if isinstance(node, exp.Query):
            rel = resolve_query(ctx, node, scope, scope.ctes)
            into.append(Edge(rel, ROWS, None, 0))
            is_exists = isinstance(node.parent, exp.Exists)
            for place, edges in enumerate(rel.outs):
                # EXISTS (SELECT *) asks for rows only; what it names is taken at its word.
                if not is_exists or any(edge.is_named for edge in edges):
                    into.append(Edge(rel, place, kind, 0))
            continue
        if isinstance(node, exp.Star | exp.Columns):
            if not isinstance(node.parent, exp.Count):
                read_star(ctx, scope, node, into)
            continue
        inner, deeper = kind, ""
        if isinstance(node, exp.AggFunc):
            deeper = ""
        elif mode == "having" or isinstance(node, _lists()):
            deeper = mode
        if isinstance(node, exp.AggFunc):
            inner = "aggregated" if kind == "projected" else kind
        elif isinstance(node, exp.Window):
            stack += [(part, "grouped", "") for part in node.args.get("partition_by") or []]
            if node.args.get("order") is not None:
                stack.append((node.args["order"], "ordered", ""))
            # sum(x) over (...): the argument is what is summed; a named window is read where it is defined.
            if not isinstance(node.this, exp.Identifier):
                stack.append((node.this, kind, ""))
            continue
        elif isinstance(node, exp.Order) and isinstance(node.parent, exp.Func):
            inner = "ordered"
        elif isinstance(node, exp.Where):
            inner = "filtered"
        elif isinstance(node, exp.Lambda):
            _read_lambda(ctx, scope, node, kind, into)
            continue
        elif isinstance(node, exp.EQ) and kind == "filtered":
            left, right = node.this, node.expression
            if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                _read_equality(ctx, scope, left, right, into)
                continue
        stack += [(child, inner, deeper) for child in reversed(list(node.iter_expressions()))]


def read_star(ctx: Context, scope: Scope, node: exp.Expression, into: list[Edge]) -> None:
    """Add edges to all that a star inside an expression takes along: hash(*), to_json(t.*)."""
    exp = _types()
    alias = node.table.lower() if isinstance(node, exp.Column) else ""
    sources = [source for source in scope.sources if not alias or source.alias == alias]
    if alias and not sources:
        found = scope.hits(alias)  # a struct's fields
        into += [Edge(rel, place, "projected", line_of(node)) for rel, place in found]
        return
    for source in sources:
        if source.rel.is_open:
            ctx.murky.append((line_of(node), "a star over a table whose columns are not known"))
        into += [Edge(source.rel, place, None, 0, is_named=False) for place in range(len(source.rel.outs))]


def _is_unit(column: Any) -> bool:
    """Say whether a bare name is a unit, as in datediff(day, a, b)."""
    exp = _types()
    above = column.parent
    if not isinstance(above, exp.Func) or column.args.get("table") is not None or column.name.lower() not in _UNITS:
        return False
    called = above.name if isinstance(above, exp.Anonymous) else above.sql_name()
    called = called.lower()
    if not any(word in called for word in ("date", "time", "extract", "trunc", "diff", "part")):
        return False
    arguments = list(above.iter_expressions())
    return len(arguments) > 1


def _read_lambda(ctx: Context, scope: Scope, node: Any, kind: str, into: list[Edge]) -> None:
    before = scope.lambdas
    scope.lambdas = before | {each.name.lower() for each in node.expressions}
    try:
        read_expression(ctx, scope, node.this, kind, into)
    finally:
        scope.lambdas = before


def _read_equality(ctx: Context, scope: Scope, left: Any, right: Any, into: list[Edge]) -> None:
    """Read `a.x = b.y` in a condition: a join, where the two are of different tables."""
    sides: list[list[Edge]] = [[], []]
    for side, column in zip(sides, (left, right), strict=True):
        if column.find(_types().Star) is None:
            read_column(ctx, scope, column, "filtered", side)
    rels = [{id(edge.rel) for edge in side} for side in sides]
    is_join = bool(rels[0] and rels[1]) and (rels[0] != rels[1] or left.table.lower() != right.table.lower())
    into += [
        edge._replace(kind="joined") if is_join and edge.kind == "filtered" else edge for edge in (*sides[0], *sides[1])
    ]
