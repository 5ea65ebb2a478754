"""One statement after the other: which names they define, and what they read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from datassay.swamp.sources.resolving.catalog import Entry, Sort
from datassay.swamp.sources.resolving.expressions import read_expression
from datassay.swamp.sources.resolving.hidden import is_text, is_upkeep
from datassay.swamp.sources.resolving.scopes import Context, Scope
from datassay.swamp.sources.resolving.selects import bind_ctes, resolve_query
from datassay.swamp.sources.resolving.writes import fill, resolve_write, want, want_table

if TYPE_CHECKING:
    from sqlglot import exp

#: Kinds of statements that name tables and read none of their values, or that are read elsewhere as a whole.
_HARMLESS = frozenset(
    (
        "Alter", "Analyze", "Attach", "Cache", "Command", "Comment", "Commit", "Copy", "Describe", "Detach", "Drop",
        "Get", "Grant", "Install", "Kill", "LoadData", "Lock", "Pragma", "Put", "Refresh", "Revoke", "Rollback",
        "Semicolon", "Set", "Show", "Summarize", "Transaction", "TruncateTable", "Uncache", "Undrop", "Use",
    )
)  # fmt: skip


_STORED = frozenset(("TABLE", "INDEX", "SCHEMA", "DATABASE", "SEQUENCE", "TYPE", "VIEW"))


class NotFollowedError(Exception):
    """A statement of which nobody can say what it reads."""


def find_target(statement: Any) -> tuple[Any, Sort] | None:
    """Return the name that a statement defines by a query, and what sort of thing it is."""
    from sqlglot import exp

    if isinstance(statement, exp.Select) and statement.args.get("into") is not None:
        table = statement.args["into"].this
        is_temporary = bool(statement.args["into"].args.get("temporary")) or table.name.startswith("#")
        return table, "temporary" if is_temporary else "stored"
    if not isinstance(statement, exp.Create) or str(statement.args.get("kind")).upper() not in {"TABLE", "VIEW"}:
        return None
    node = statement.this
    table = node.this if isinstance(node, exp.Schema) else node
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return None
    properties = statement.args.get("properties")
    kinds = [type(each).__name__ for each in properties.expressions] if properties is not None else []
    if str(statement.args["kind"]).upper() == "VIEW" and "MaterializedProperty" not in kinds:
        return table, "view"
    if "TemporaryProperty" in kinds or table.name.startswith("#") or table.this.args.get("temporary"):
        return table, "temporary"
    return table, "stored"


def find_entry(ctx: Context, statement: Any) -> Entry | None:
    """Return what a statement defines or fills, made where nobody knows it yet; None where it does neither."""
    from sqlglot import exp

    target = find_target(statement)
    if target is not None:
        table, sort = target
        file = ctx.file if sort == "temporary" else None
        entry = ctx.catalog.define(fold(table), sort, file=file)
        if entry.sort == "base" and not _has_query(statement):
            return None  # CREATE TABLE of a table that we know
    elif isinstance(statement, exp.Insert | exp.Merge):
        node = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return None
        known = ctx.catalog.find(fold(node), ctx.file)
        entry = known if known is not None else ctx.catalog.define(fold(node), "foreign")
        entry.rel.is_open = entry.rel.is_open or known is None
    else:
        return None
    entry.writers.add(ctx.statement)
    return entry


def fold(table: Any) -> tuple[str, ...]:
    """Return a table's name in parts, without case."""
    return tuple(part.name.lower() for part in table.parts if part.name)


def _has_query(statement: Any) -> bool:
    from sqlglot import exp

    return isinstance(statement, exp.Select) or isinstance(statement.args.get("expression"), exp.Query)


def resolve_definition(ctx: Context, statement: Any, entry: Entry) -> None:
    """Resolve the query of a CREATE ... AS or SELECT INTO, and make its outputs those of `entry`."""
    from sqlglot import exp

    columns: list[str] = []
    body = statement
    ctes: dict[str, Any] = {}
    if isinstance(statement, exp.Create):
        body = statement.args.get("expression")
        ctes = bind_ctes(ctx, statement, None, {})
        if isinstance(statement.this, exp.Schema):
            columns = [
                each.name for each in statement.this.expressions if isinstance(each, exp.ColumnDef | exp.Identifier)
            ]
        clone = statement.args.get("clone")
        if clone is not None and isinstance(clone.this, exp.Table):
            ctx.seen.add(id(clone.this))
            body = exp.select("*").from_(clone.this.copy())
        if isinstance(body, exp.Table):
            ctx.seen.add(id(body))
            body = exp.select("*").from_(body.copy())
    if not isinstance(body, exp.Query):
        for name in columns:
            if not entry.rel.find(name):
                entry.rel.add(name, [])
        return
    fill(entry, resolve_query(ctx, body, None, ctes), columns)


def read_statement(ctx: Context, statement: Any, *, kind: str = "*projected") -> None:
    """Note what a statement that defines nothing reads; raises NotFollowedError where nobody can say."""
    from sqlglot import exp

    if isinstance(statement, exp.Query):
        want(ctx, resolve_query(ctx, statement, None, {}), kind)
    elif isinstance(statement, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        resolve_write(ctx, statement, None, {})
    elif isinstance(statement, exp.Copy):
        _copy(ctx, statement)
    elif isinstance(statement, exp.Cache | exp.Summarize):
        _take_whole(ctx, statement)
    elif isinstance(statement, exp.Export):
        want(ctx, resolve_query(ctx, statement.this, None, {}), "*exported")
    elif isinstance(statement, exp.Pivot):
        raise NotFollowedError
    elif isinstance(statement, exp.Describe):
        if isinstance(statement.this, exp.Query):  # EXPLAIN: whoever looks at a query's plan has that query
            want(ctx, resolve_query(ctx, statement.this, None, {}), kind)
    elif isinstance(statement, exp.Command):
        if not is_upkeep(statement):
            raise NotFollowedError
    else:
        for inner in _outermost(statement):
            if isinstance(inner, exp.Query):
                want(ctx, resolve_query(ctx, inner, None, {}), kind)
            else:
                resolve_write(ctx, inner, None, {})
        if isinstance(statement, exp.Create) and isinstance(statement.this, exp.UserDefinedFunction):
            _read_function(ctx, statement)
        elif isinstance(statement, exp.Create) and is_text(statement.args.get("expression")):
            raise NotFollowedError
        trigger = statement.find(exp.TriggerProperties)
        if trigger is not None and not isinstance(trigger.args.get("execute"), exp.TriggerExecute):
            raise NotFollowedError


def find_unseen(ctx: Context, statement: Any) -> bool:
    """Say whether a statement names a table or column that nobody has looked at: some form that we do not know."""
    from sqlglot import exp

    if type(statement).__name__ in _HARMLESS:
        return False
    is_stored = isinstance(statement, exp.Create) and str(statement.args.get("kind")).upper() in _STORED
    if is_stored and not isinstance(statement.args.get("expression"), exp.Query):
        return False  # keys, checks and defaults of a table are no use of it
    for node in statement.walk():
        if id(node) in ctx.seen:
            continue
        if isinstance(node, exp.Table):
            if isinstance(node.this, exp.Identifier) and not _is_target(node, statement):
                return True
        elif (
            isinstance(node, exp.Column)
            and node.find_ancestor(
                exp.Star, exp.Schema, exp.Properties, exp.Hint, exp.WithTableHint, exp.IndexParameters
            )
            is None
        ):
            return True
    return False


def _is_target(node: Any, statement: Any) -> bool:
    from sqlglot import exp

    inside = (exp.Into, exp.Properties, exp.Schema, exp.UserDefinedFunction, exp.StoredProcedure)
    if node.find_ancestor(*inside) is not None or node.parent is statement:
        return True
    return isinstance(statement, exp.Delete) and node in (statement.args.get("tables") or [])


def _outermost(node: Any) -> Iterator[Any]:
    """Yield the queries and writes inside a node that lie in no other."""
    from sqlglot import exp

    for child in node.iter_expressions():
        if isinstance(child, exp.Query | exp.Insert | exp.Update | exp.Delete | exp.Merge):
            yield child
        else:
            yield from _outermost(child)


def _take_whole(ctx: Context, statement: Any) -> None:
    from sqlglot import exp

    query = statement.args.get("expression")
    inner = statement.this
    if isinstance(query, exp.Query):
        want(ctx, resolve_query(ctx, query, None, {}))
    elif isinstance(inner, exp.Query):
        want(ctx, resolve_query(ctx, inner, None, {}))
    else:
        want_table(ctx, inner, "*exported")


def _copy(ctx: Context, statement: exp.Copy) -> None:
    from sqlglot import exp

    inner = statement.this
    if isinstance(inner, exp.Query):
        want(ctx, resolve_query(ctx, inner, None, {}), "*exported")
        return
    if not statement.args.get("kind"):
        want_table(ctx, inner, "*exported")
        return
    is_stage = isinstance(inner, exp.Table) and not isinstance(inner.this, exp.Identifier)
    for file in statement.args.get("files") or []:
        if isinstance(file, exp.Query):
            want(ctx, resolve_query(ctx, file, None, {}), "*exported")
        elif is_stage:
            want_table(ctx, file, "*exported")


def _read_function(ctx: Context, statement: Any) -> None:
    """Read a function's body where it is an expression or a query; what is only text cannot be followed."""
    from sqlglot import exp

    body = statement.args.get("expression")
    if body is None or isinstance(body, exp.Query):
        return
    if is_text(body):
        raise NotFollowedError
    rel = ctx.new_rel()
    read_expression(ctx, Scope(None, {}, rel), body, "projected", rel.rows)
