"""Statements: what each wants to be read whatever happens, and what it only hands on to a table or view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.catalog import Entry
from datassay.swamp.sources.resolving.expressions import read_expression
from datassay.swamp.sources.resolving.froms import add_join, add_source, find_table
from datassay.swamp.sources.resolving.graph import ROWS, Edge, Rel
from datassay.swamp.sources.resolving.scopes import Context, Scope, Source, line_of
from datassay.swamp.sources.resolving.selects import bind_ctes, project, resolve_query

if TYPE_CHECKING:
    from sqlglot import exp


def want(ctx: Context, rel: Rel, kind: str = "*projected") -> None:
    """Note that a statement yields all outputs of `rel` to whoever runs it."""
    ctx.always.append((rel, ROWS, kind))
    ctx.always += [(rel, place, kind) for place in range(len(rel.outs))]


def want_table(ctx: Context, node: Any, kind: str) -> None:
    """Note that a statement takes a whole table along: COPY t TO, CACHE TABLE t; or some columns of it by name."""
    from sqlglot import exp

    table = node.this if isinstance(node, exp.Schema) else node
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return
    rel = find_table(ctx, table)
    if isinstance(node, exp.Schema):
        places = [place for name in node.expressions for place in rel.claim(name.name)]
        ctx.always += [(rel, place, kind.removeprefix("*")) for place in places]
        ctx.always.append((rel, ROWS, kind))
    else:
        want(ctx, rel, kind)


def fill(entry: Entry, query: Rel, columns: list[str], *, is_by_name: bool = False) -> None:
    """Make the outputs of a query those of the table or view that it fills."""
    target = entry.rel
    entry.fillings.append(query)
    if entry.sort == "foreign":
        entry.sort = "stored"
    target.rows.append(Edge(query, ROWS, None, 0))
    is_base = entry.sort == "base"
    if is_base and not columns and not is_by_name and target.table is not None:
        columns = list(target.table.columns)
        if query.is_open or len(query.outs) > len(columns):
            # What lands where cannot be told: whoever reads the table may read any of it.
            target.rows += [Edge(query, place, None, 0, is_named=False) for place in range(len(query.outs))]
            return
    for place, own in enumerate(query.names):
        name = columns[place] if place < len(columns) else own
        edge = Edge(query, place, None, 0, is_named=False)
        found = target.find(name) if name else []
        if not found and is_base:
            target.rows.append(edge)
        elif not found:
            target.add(name, [edge])
        for at in found:
            target.outs[at].append(edge)
    if not is_base:
        target.stray += query.stray


def resolve_write(
    ctx: Context, node: Any, parent: Scope | None, ctes: dict[str, Rel], *, is_outermost: bool = True
) -> Rel:
    """Note what an INSERT, UPDATE, DELETE or MERGE reads, and return what it yields by RETURNING."""
    from sqlglot import exp

    ctes = bind_ctes(ctx, node, parent, ctes)
    rel = ctx.new_rel()
    scope = Scope(parent, ctes, rel)
    if isinstance(node, exp.Insert):
        _insert(ctx, scope, node)
    elif isinstance(node, exp.Update):
        _update(ctx, scope, node)
    elif isinstance(node, exp.Merge):
        _merge(ctx, scope, node)
    elif isinstance(node, exp.Delete):
        add_source(ctx, scope, node.this)
        for each in node.args.get("using") or []:
            add_source(ctx, scope, each)
    if node.args.get("where") is not None:
        read_expression(ctx, scope, node.args["where"], "filtered", rel.rows)
    for each in getattr(node.args.get("returning"), "expressions", None) or []:
        project(ctx, scope, each)
    ctx.always.append((rel, ROWS, "*projected"))
    if is_outermost:
        ctx.always += [(rel, place, "*projected") for place in range(len(rel.outs))]
    return rel


def _target(ctx: Context, node: Any) -> tuple[Entry | None, list[str]]:
    """Return what a write goes to, and the columns that it lists."""
    from sqlglot import exp

    columns: list[str] = []
    if isinstance(node, exp.Schema):
        columns = [each.name for each in node.expressions]
        node = node.this
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        return None, columns
    rel = find_table(ctx, node)
    ctx.reads.pop(id(rel), None)
    entry = ctx.catalog.by_rel.get(id(rel))
    if entry is not None:
        entry.writers.add(ctx.statement)
        ctx.written += [(rel, name, 0) for name in columns]
    return entry, columns


def _insert(ctx: Context, scope: Scope, node: exp.Insert) -> None:
    from sqlglot import exp

    entry, columns = _target(ctx, node.this)
    body = node.args.get("expression")
    if isinstance(body, exp.Query) and not isinstance(body, exp.Values):
        query = resolve_query(ctx, body, scope.parent, scope.ctes)
        if entry is None:
            want(ctx, query, "*exported")
        else:
            fill(entry, query, columns, is_by_name=bool(node.args.get("by_name")))
    elif body is not None:
        read_expression(ctx, scope, body, "projected", scope.rel.rows)
    if entry is not None:
        alias = node.this.alias or (node.this.this.alias if isinstance(node.this, exp.Schema) else "")
        scope.sources.append(Source(alias.lower() or entry.parts[-1], entry.rel, entry.parts))
    conflict = node.args.get("conflict")
    if conflict is not None:
        scope.sources.append(Source("excluded", Rel(), ()))
        _assign(ctx, scope, entry, conflict.expressions)
        if conflict.args.get("where") is not None:
            read_expression(ctx, scope, conflict.args["where"], "filtered", scope.rel.rows)


def _update(ctx: Context, scope: Scope, node: exp.Update) -> None:
    entry = None
    if node.args.get("from_") is not None:
        add_source(ctx, scope, node.args["from_"].this)
        for join in node.args["from_"].args.get("joins") or []:
            add_join(ctx, scope, join)
    alias = node.this.alias_or_name.lower()
    # UPDATE e SET ... FROM employees e: the target is a source of the FROM.
    if scope.named(alias) is None or node.this.args.get("db") is not None or node.this.alias:
        add_source(ctx, scope, node.this)
    own = scope.named(alias) or (scope.sources[0] if scope.sources else None)
    if own is not None:
        entry = ctx.catalog.by_rel.get(id(own.rel))
    if entry is not None:
        entry.writers.add(ctx.statement)
    _assign(ctx, scope, entry, node.expressions)
    _read_tail(ctx, scope, node)


def _read_tail(ctx: Context, scope: Scope, node: Any) -> None:
    if node.args.get("order") is not None:
        read_expression(ctx, scope, node.args["order"], "ordered", scope.rel.rows)


def _assign(ctx: Context, scope: Scope, entry: Entry | None, items: list[Any]) -> None:
    """Read the right sides of SET a = b; the left ones are written."""
    from sqlglot import exp

    for item in items:
        if not isinstance(item, exp.EQ):
            read_expression(ctx, scope, item, "projected", scope.rel.rows)
            continue
        read_expression(ctx, scope, item.expression, "projected", scope.rel.rows)
        lefts = item.this.expressions if isinstance(item.this, exp.Tuple) else [item.this]
        for left in lefts:
            source = scope.named(left.table.lower()) if isinstance(left, exp.Column) and left.table else None
            rel = source.rel if source else entry.rel if entry else None
            if rel is not None and isinstance(left, exp.Column):
                ctx.written.append((rel, left.name, line_of(left)))


def _merge(ctx: Context, scope: Scope, node: exp.Merge) -> None:
    from sqlglot import exp

    entry, _ = _target(ctx, node.this)
    add_source(ctx, scope, node.this)
    add_source(ctx, scope, node.args["using"])
    rows = scope.rel.rows
    for name in (node.args.get("using_cond") or []) if isinstance(node.args.get("using_cond"), list) else []:
        for source in scope.sources:
            rows += [Edge(source.rel, place, "joined", 0) for place in source.rel.claim(name.name)]
    if node.args.get("on") is not None:
        read_expression(ctx, scope, node.args["on"], "joined", rows)
    flow = ctx.new_rel()
    for when in node.args["whens"].expressions if node.args.get("whens") else []:
        if when.args.get("condition") is not None:
            read_expression(ctx, scope, when.args["condition"], "filtered", rows)
        _merge_when(ctx, scope, flow, when.args.get("then"))
    for each in [part for when in node.find_all(exp.When) for part in when.find_all(exp.Star)]:
        if isinstance(each.parent, exp.Update | exp.Insert | exp.When):
            for source in scope.sources[1:]:
                for place, name in enumerate(source.rel.names):
                    flow.add(name, [Edge(source.rel, place, None, 0, is_named=False)])
    if entry is None:
        want(ctx, flow, "*exported")
    else:
        fill(entry, flow, list(flow.names), is_by_name=True)
        ctx.written += [(entry.rel, name, 0) for name in flow.names]


def _merge_when(ctx: Context, scope: Scope, flow: Rel, then: Any) -> None:
    from sqlglot import exp

    pairs: list[tuple[str, Any]] = []
    if isinstance(then, exp.Update):
        pairs = [(item.this.name, item.expression) for item in then.expressions if isinstance(item, exp.EQ)]
        if then.args.get("where") is not None:
            read_expression(ctx, scope, then.args["where"], "filtered", scope.rel.rows)
    elif isinstance(then, exp.Insert) and isinstance(then.expression, exp.Tuple):
        names = [each.name for each in then.this.expressions] if isinstance(then.this, exp.Tuple) else []
        values = then.expression.expressions
        if not names and scope.sources and scope.sources[0].rel.table is not None:
            names = list(scope.sources[0].rel.table.columns)
        pairs = list(zip([*names, *[""] * (len(values) - len(names))], values, strict=False))
    for name, value in pairs:
        edges: list[Edge] = []
        if isinstance(value, exp.Column) and not isinstance(value.this, exp.Star):
            from datassay.swamp.sources.resolving.scopes import read_column

            read_column(ctx, scope, value, None, edges)
        else:
            read_expression(ctx, scope, value, "projected", edges)
        flow.add(name, edges)
