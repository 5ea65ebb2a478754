"""What stands in a FROM: tables, subqueries, table functions, joins, pivots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.expressions import read_expression
from datassay.swamp.sources.resolving.graph import ROWS, Edge, Rel
from datassay.swamp.sources.resolving.scopes import Context, Scope, Source

if TYPE_CHECKING:
    from sqlglot import exp


def add_source(ctx: Context, scope: Scope, node: Any, *, is_lateral: bool = False) -> None:
    """Bring what one item of a FROM yields into sight, with the joins inside it."""
    from sqlglot import exp
    from sqlglot.expressions import Values

    if isinstance(node, exp.Table):
        _add_table(ctx, scope, node)
    elif isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query):
        add_source(ctx, scope, node.this)  # a join in parentheses
    elif isinstance(node, exp.Subquery | exp.Query) and not isinstance(node, Values):
        _add_subquery(ctx, scope, node, is_lateral=is_lateral)
    elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        _add_subquery(ctx, scope, node.this, is_lateral=True, alias=node.args.get("alias"))
    else:
        _add_function(ctx, scope, node)
    for join in node.args.get("joins") or []:
        add_join(ctx, scope, join)
    for lateral in node.args.get("laterals") or []:
        add_source(ctx, scope, lateral)


def add_join(ctx: Context, scope: Scope, join: exp.Join) -> None:
    """Bring a joined source into sight, and note what the join compares."""
    before = len(scope.sources)
    add_source(ctx, scope, join.this, is_lateral=False)
    added = scope.sources[before:]
    rows = scope.rel.rows
    if join.method == "NATURAL":
        _join_natural(ctx, scope, before)
    for name in join.args.get("using") or []:
        _merge(scope, name.name.lower(), before)
    for key in ("on", "match_condition"):
        if join.args.get(key) is not None:
            read_expression(ctx, scope, join.args[key], "joined", rows)
    if join.kind in {"SEMI", "ANTI"}:
        for source in scope.sources[:before] if join.side == "RIGHT" else added:
            source.is_hidden = True


def _merge(scope: Scope, name: str, before: int) -> None:
    """Make the columns of USING one; both sides are compared."""
    left = list(scope.merged.get(name, []))
    right = []
    for at, source in enumerate(scope.sources):
        if at >= before:
            right += [(source.rel, place) for place in source.rel.claim(name)]
        elif name not in scope.merged and not source.is_hidden:
            places = source.rel.find(name)
            if not places and len(scope.sources) == 2:
                places = source.rel.claim(name)
            left += [(source.rel, place) for place in places]
    scope.merged[name] = [*left, *right]
    scope.rel.rows += [Edge(rel, place, "joined", 0) for rel, place in scope.merged[name]]


def _join_natural(ctx: Context, scope: Scope, before: int) -> None:
    left = {name.lower() for source in scope.sources[:before] for name in source.rel.names}
    right = {name.lower() for source in scope.sources[before:] for name in source.rel.names}
    for name in sorted(left & right - {""}):
        _merge(scope, name, before)
    if any(source.rel.is_open for source in scope.sources):
        ctx.murky.append((0, "a natural join with a table whose columns are not known"))
        for source in scope.sources:
            scope.rel.rows += [Edge(source.rel, place, "doubt", 0) for place in range(len(source.rel.outs))]


def _enter(scope: Scope, alias: str, rel: Rel, parts: tuple[str, ...] = ()) -> None:
    scope.sources.append(Source(alias.lower(), rel, parts))
    scope.rel.rows.append(Edge(rel, ROWS, None, 0))


def _rename(ctx: Context, rel: Rel, columns: list[Any]) -> Rel:
    if not columns:
        return rel
    renamed = ctx.new_rel()
    renamed.pass_on(rel, [column.name for column in columns])
    return renamed


def _add_table(ctx: Context, scope: Scope, node: exp.Table) -> None:
    from sqlglot import exp

    if not isinstance(node.this, exp.Identifier):
        _add_function(ctx, scope, node)
        return
    parts = tuple(part.name.lower() for part in node.parts if part.name)
    if not parts:
        return
    alias = node.alias or node.name
    if len(parts) == 1 and parts[0] in scope.ctes:
        rel = scope.ctes[parts[0]]
    elif len(parts) > 1 and scope.named(parts[0]) is not None and ctx.catalog.find(parts, ctx.file) is None:
        _add_array(ctx, scope, node, parts)  # FROM t, t.items
        return
    else:
        rel = find_table(ctx, node, parts)
    rel = _rename(ctx, rel, node.args["alias"].columns if node.args.get("alias") else [])
    for pivot in node.args.get("pivots") or []:
        rel, alias = _pivot(ctx, rel, pivot), pivot.alias or alias
    _enter(scope, alias, rel, parts)


def find_table(ctx: Context, node: exp.Table, parts: tuple[str, ...] = ()) -> Rel:
    """Return the relation that a table's name means; a stranger gets one of its own, in case somebody defines it."""
    parts = parts or tuple(part.name.lower() for part in node.parts if part.name)
    entry = ctx.catalog.find(parts, ctx.file)
    if entry is None:
        whole = ".".join(part.name for part in node.parts)
        if any(char in whole for char in "/\\.*"):
            entry = ctx.catalog.find_file(whole)
        if entry is None and len(parts) == 1 and "." in parts[0]:
            entry = ctx.catalog.find(tuple(part for part in parts[0].split(".") if part), ctx.file)
    if entry is None:
        entry = ctx.catalog.define(parts, "foreign")
        entry.rel.is_open = True
    entry.settle()
    ctx.reads[id(entry.rel)] = entry.rel
    return entry.rel


def _add_array(ctx: Context, scope: Scope, node: exp.Table, parts: tuple[str, ...]) -> None:
    from sqlglot import exp

    rel = ctx.new_rel()
    column = exp.column(parts[1], parts[0])
    read_expression(ctx, scope, column, "projected", rel.rows)
    rel.add(node.alias or parts[-1], list(rel.rows))
    rel.is_open = True
    _enter(scope, node.alias or parts[-1], rel)


def _add_subquery(ctx: Context, scope: Scope, node: Any, *, is_lateral: bool, alias: Any = None) -> None:
    from datassay.swamp.sources.resolving.selects import resolve_query

    rel = resolve_query(ctx, node, scope if is_lateral else scope.parent, scope.ctes)
    alias = alias or node.args.get("alias")
    rel = _rename(ctx, rel, alias.columns if alias else [])
    title = alias.name if alias else ""
    for pivot in node.args.get("pivots") or []:
        rel, title = _pivot(ctx, rel, pivot), pivot.alias or title
    _enter(scope, title, rel)


def _add_function(ctx: Context, scope: Scope, node: Any) -> None:
    """Add a table function, an unnested array or listed rows; its arguments may name what stands before it."""
    from sqlglot import exp

    rel = ctx.new_rel()
    file = _named_file(ctx, node)
    alias = node.args.get("alias")
    columns = [column.name for column in alias.columns] if alias else []
    offset = node.args.get("offset")
    if file is not None:
        rel.pass_on(file, columns)
    else:
        for part in node.iter_expressions():
            if isinstance(part, exp.TableAlias | exp.Join | exp.Lateral | exp.Pivot) or part is offset:
                continue
            read_expression(ctx, scope, part, "projected", rel.rows)
        for column in columns:
            rel.add(column, [])
        rel.is_open = not (isinstance(node, exp.Values) and columns)
    if isinstance(offset, exp.Identifier):
        rel.add(offset.name, [])
    title = (alias.name if alias else "") or (columns[0] if columns and isinstance(node, exp.Unnest) else "")
    for pivot in node.args.get("pivots") or []:
        rel, title = _pivot(ctx, rel, pivot), pivot.alias or title
    _enter(scope, title, rel)


def _named_file(ctx: Context, node: Any) -> Rel | None:
    """Return the table whose file a function reads: read_parquet('data/people.parquet')."""
    from sqlglot import exp

    if not isinstance(node, exp.Table):
        return None
    for literal in node.this.find_all(exp.Literal):
        entry = ctx.catalog.find_file(literal.this) if literal.is_string else None
        if entry is not None:
            entry.settle()
            ctx.reads[id(entry.rel)] = entry.rel
            return entry.rel
    return None


def _pivot(ctx: Context, source: Rel, pivot: exp.Pivot) -> Rel:
    """Return what a PIVOT or UNPIVOT makes of a relation: what it does not name, it groups by or hands on."""
    from sqlglot import exp

    rel = ctx.new_rel()
    inner = Scope(None, {}, rel)
    inner.sources.append(Source("", source))
    named: list[Edge] = []
    is_unpivot = bool(pivot.args.get("unpivot"))
    for key, kind in (
        ("expressions", "aggregated"),
        ("fields", "grouped"),
        ("group", "grouped"),
        ("using", "aggregated"),
    ):
        value = pivot.args.get(key) or []
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, exp.Identifier):
                read_expression(ctx, inner, part, "projected" if is_unpivot else kind, named)
    rel.rows += [*named, Edge(source, ROWS, None, 0)]
    gone = {edge.out for edge in named if edge.rel is source}
    for place, name in enumerate(source.names):
        if place not in gone:
            rel.add(name, [Edge(source, place, None, 0, is_named=False)])
            if not is_unpivot:
                rel.rows.append(Edge(source, place, None, 0, is_named=False))
    rel.is_open = True
    return rel
