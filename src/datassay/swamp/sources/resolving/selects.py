"""Queries as relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.expressions import read_expression
from datassay.swamp.sources.resolving.froms import add_join, add_source
from datassay.swamp.sources.resolving.graph import ROWS, Edge, Rel
from datassay.swamp.sources.resolving.scopes import Context, Scope, line_of, read_column
from datassay.swamp.sources.resolving.stars import project_star

if TYPE_CHECKING:
    from sqlglot import exp


def resolve_query(ctx: Context, node: Any, parent: Scope | None, ctes: dict[str, Rel]) -> Rel:
    """Return the relation that a query yields; names that it lacks itself are looked up in `parent`."""
    from sqlglot import exp

    ctes = bind_ctes(ctx, node, parent, ctes)
    if isinstance(node, exp.Select):
        return _resolve_select(ctx, node, parent, ctes)
    if isinstance(node, exp.SetOperation):
        return _resolve_set(ctx, node, parent, ctes)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        rel = resolve_query(ctx, node.this, parent, ctes)
        if any(node.args.get(key) is not None for key in ("order", "limit", "offset", "where")):
            rel = _wrap(ctx, node, rel, parent, ctes)
        return rel
    # VALUES, a table in parentheses, a bare TABLE statement.
    rel = ctx.new_rel()
    scope = Scope(parent, ctes, rel)
    add_source(ctx, scope, node.this if isinstance(node, exp.Subquery) else node)
    for source in scope.sources:
        rel.pass_on(source.rel)
    return rel


def bind_ctes(ctx: Context, node: Any, parent: Scope | None, ctes: dict[str, Rel]) -> dict[str, Rel]:
    """Return the common table expressions in sight inside `node`."""
    from sqlglot import exp

    outer = node.args.get("with_")
    if outer is None:
        return ctes
    ctes = dict(ctes)
    is_recursive = bool(outer.args.get("recursive"))
    for cte in outer.expressions:
        name, columns = cte.alias.lower(), [column.name for column in cte.args["alias"].columns]
        body = cte.this
        inner = body.unnest() if isinstance(body, exp.Subquery) else body
        if isinstance(inner, exp.SetOperation) and _is_recursive(ctx, inner, name, is_said=is_recursive):
            ctes[name] = _resolve_recursive(ctx, inner, name, columns, parent, ctes)
            continue
        if isinstance(body, exp.Query):
            rel = resolve_query(ctx, body, parent, ctes)
        elif isinstance(body, exp.DML):
            from datassay.swamp.sources.resolving.writes import resolve_write

            rel = resolve_write(ctx, body, parent, ctes, is_outermost=False)
        else:
            rel = ctx.new_rel()
            read_expression(ctx, Scope(parent, ctes, rel), body, "projected", rel.rows)  # ClickHouse: WITH 1 AS x
        if columns:
            renamed = ctx.new_rel()
            renamed.pass_on(rel, columns)
            rel = renamed
        ctes[name] = rel
    return ctes


def _is_recursive(ctx: Context, body: Any, name: str, *, is_said: bool) -> bool:
    """Say whether a CTE reads itself; some dialects spell recursion without the word."""
    from sqlglot import exp

    if is_said:
        return True
    known = ctx.catalog.find((name,), ctx.file)
    if known is not None and known.sort != "foreign":
        return False  # WITH people AS (... FROM people) hides the table from those after it, not from itself
    return any(table.name.lower() == name and not table.db for table in body.expression.find_all(exp.Table))


def _resolve_recursive(
    ctx: Context, body: Any, name: str, columns: list[str], parent: Scope | None, ctes: dict[str, Rel]
) -> Rel:
    """Resolve the first branch, and the second with the first in sight under the own name."""
    inner_ctes = bind_ctes(ctx, body, parent, ctes)
    first = resolve_query(ctx, body.this, parent, inner_ctes)
    rel = ctx.new_rel()
    rel.pass_on(first, columns)
    second = resolve_query(ctx, body.expression, parent, {**inner_ctes, name: rel})
    for place in range(min(len(rel.outs), len(second.outs))):
        rel.outs[place].append(Edge(second, place, None, 0, is_named=False))
    for place in range(len(rel.outs), len(second.outs)):
        rel.rows.append(Edge(second, place, "doubt", 0))
    rel.rows.append(Edge(second, ROWS, None, 0))
    if body.args.get("distinct"):
        _need_all(rel)
    return rel


def _need_all(rel: Rel) -> None:
    """Note that rows are compared as a whole."""
    rel.rows += [Edge(rel, place, None, 0, is_named=False) for place in range(len(rel.outs))]


def _wrap(ctx: Context, node: Any, inner: Rel, parent: Scope | None, ctes: dict[str, Rel]) -> Rel:
    """Return `inner` with the order and limit that stand outside of it."""
    rel = ctx.new_rel()
    rel.pass_on(inner)
    scope = Scope(parent, ctes, rel)
    scope.outputs = {name.lower(): place for place, name in enumerate(rel.names) if name}
    scope.aliases = dict(scope.outputs)
    _read_order(ctx, scope, node)
    return rel


def _resolve_set(ctx: Context, node: Any, parent: Scope | None, ctes: dict[str, Rel]) -> Rel:
    """Resolve a set operation; long chains of unions lean to the left and are taken in a loop."""
    from sqlglot import exp

    branches: list[Any] = []
    is_compared = False
    is_by_name = bool(node.args.get("by_name"))
    here = node
    while isinstance(here, exp.SetOperation):
        is_compared = is_compared or bool(here.args.get("distinct")) or not isinstance(here, exp.Union)
        branches.append(here.expression)
        here = here.this
        if here.args.get("with_") is not None:
            break
    branches.append(here)
    rels = [resolve_query(ctx, branch, parent, ctes) for branch in reversed(branches)]
    rel = ctx.new_rel()
    is_by_name = is_by_name or any(each.is_open for each in rels)
    rel.pass_on(rels[0])
    for each in rels[1:]:
        rel.rows.append(Edge(each, ROWS, None, 0))
        for place, name in enumerate(each.names):
            edge = Edge(each, place, None, 0, is_named=False)
            if is_by_name:
                places = rel.find(name) if name else []
                if not places:
                    rel.add(name, [edge])
                for at in places:
                    rel.outs[at].append(edge)
            elif place < len(rel.outs):
                rel.outs[place].append(edge)
        rel.is_open = rel.is_open or each.is_open
    if rel.is_open:
        # A name of the branch that we do not know may stand for any column of the others, by position.
        rel.stray = [Edge(each, at, "doubt", 0) for each in rels if not each.is_open for at in range(len(each.outs))]
    if is_compared:
        _need_all(rel)
    if any(node.args.get(key) is not None for key in ("order", "limit", "offset")):
        return _wrap(ctx, node, rel, parent, ctes)
    return rel


def _resolve_select(ctx: Context, node: exp.Select, parent: Scope | None, ctes: dict[str, Rel]) -> Rel:
    args = node.args
    rel = ctx.new_rel()
    scope = Scope(parent, ctes, rel)
    if args.get("from_") is not None:
        add_source(ctx, scope, args["from_"].this)
    for join in args.get("joins") or []:
        add_join(ctx, scope, join)
    for lateral in args.get("laterals") or []:
        add_source(ctx, scope, lateral, is_lateral=True)
    for output in node.expressions:
        project(ctx, scope, output)
    rows = rel.rows
    for key in ("prewhere", "where", "connect"):
        if args.get(key) is not None:
            read_expression(ctx, scope, args[key], "filtered", rows)
    for key in ("having", "qualify"):
        if args.get(key) is not None:
            read_expression(ctx, scope, args[key], "filtered", rows, "having")
    if args.get("group") is not None:
        _read_group(ctx, scope, args["group"])
    for window in args.get("windows") or []:
        read_expression(ctx, scope, window, "ordered", rows)
    if args.get("match") is not None:
        _read_match(ctx, scope, args["match"])
    _read_order(ctx, scope, node)
    distinct = args.get("distinct")
    if distinct is not None:
        if distinct.args.get("on") is not None:
            read_expression(ctx, scope, distinct.args["on"], "grouped", rows, "order")
        else:
            _need_all(rel)
    return rel


def project(ctx: Context, scope: Scope, output: Any) -> None:
    """Add one item of a select list to the scope's relation."""
    from sqlglot import exp

    rel = scope.rel
    if isinstance(output, exp.Star) or (isinstance(output, exp.Column) and isinstance(output.this, exp.Star)):
        project_star(ctx, scope, output)
        return
    inner, name = output, output.alias_or_name
    if isinstance(output, exp.Alias | exp.Aliases):
        inner = output.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    edges: list[Edge] = []
    if isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star):
        read_column(ctx, scope, inner, None, edges)
    elif isinstance(inner, exp.Star | exp.Column):
        project_star(ctx, scope, inner)
        return
    else:
        read_expression(ctx, scope, inner, "projected", edges)
        if inner is output:
            name = output.output_name or name
    names = [each.name for each in output.expressions] if isinstance(output, exp.Aliases) else [name]
    for each in names:
        place = rel.add(each, edges)
        if each:
            folded = each.lower()
            scope.outputs.setdefault(folded, place)
            if inner is not output:
                scope.aliases.setdefault(folded, place)
                if not isinstance(inner, exp.Column) and inner.find(exp.AggFunc) is not None:
                    scope.summed.add(folded)


def _read_group(ctx: Context, scope: Scope, group: Any) -> None:
    from sqlglot import exp

    rows = scope.rel.rows
    if group.args.get("all"):
        rows += [Edge(scope.rel, at, "grouped", 0) for at in range(len(scope.rel.outs))]
    for part in group.iter_expressions():
        if isinstance(part, exp.Literal) and not part.is_string:
            _read_place(scope, part, "grouped")
        else:
            read_expression(ctx, scope, part, "grouped", rows, "group")


def _read_order(ctx: Context, scope: Scope, node: Any) -> None:
    from sqlglot import exp

    rows = scope.rel.rows
    for key in ("order", "sort", "cluster", "distribute"):
        part = node.args.get(key)
        for each in part.expressions if part is not None else []:
            value = each.this if isinstance(each, exp.Ordered) else each
            if isinstance(value, exp.Literal) and not value.is_string:
                _read_place(scope, value, "ordered")
            else:
                read_expression(ctx, scope, each, "ordered", rows, "order")
    for key in ("limit", "offset", "where"):
        part = node.args.get(key)
        if (part is not None and not isinstance(node, exp.Select)) or (part is not None and key != "where"):
            read_expression(ctx, scope, part, "filtered", rows)


def _read_place(scope: Scope, literal: Any, kind: str) -> None:
    """Read GROUP BY 1."""
    text = str(literal.this)
    if text.isdigit() and 0 < int(text) <= len(scope.rel.outs):
        scope.rel.rows.append(Edge(scope.rel, int(text) - 1, kind, line_of(literal)))


def _read_match(ctx: Context, scope: Scope, match: Any) -> None:
    """Read MATCH_RECOGNIZE: its variables stand for rows of the table, and it makes columns of its own."""
    from sqlglot import exp

    for column in match.find_all(exp.Column):
        plain = exp.column(column.name)
        read_column(ctx, scope, plain, "projected", scope.rel.rows)
