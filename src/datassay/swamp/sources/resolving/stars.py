"""Stars in a select list."""

from __future__ import annotations

from typing import Any

from datassay.swamp.sources.resolving.expressions import read_expression
from datassay.swamp.sources.resolving.graph import Edge
from datassay.swamp.sources.resolving.scopes import Context, Scope, Source, line_of


def project_star(ctx: Context, scope: Scope, output: Any) -> None:
    """Add what a star takes along to the scope's relation: every column but those it excludes, replaces or renames."""
    from sqlglot import exp

    star = output.this if isinstance(output, exp.Column) else output
    alias = output.table.lower() if isinstance(output, exp.Column) else ""
    rel = scope.rel
    sources = [source for source in scope.sources if not source.is_hidden and alias in {"", source.alias}]
    if alias and not sources:
        sources = _by_own_name(scope, alias)
        if not sources:
            edges = [Edge(each, place, "projected", line_of(output)) for each, place in scope.hits(alias)]
            rel.add("", edges)  # address.*: the fields of a struct
            rel.is_open = True
            return
    excepted = {_name(each) for each in star.args.get("except_") or []}
    renamed = {_name(each.this): each.alias for each in star.args.get("rename") or []}
    replaced = {each.alias.lower(): each.this for each in star.args.get("replace") or []}
    done: set[str] = set()
    for source in sources:
        rel.is_open = rel.is_open or source.rel.is_open
        rel.stray += source.rel.stray
        merged = scope.merged if not alias else {}
        for place, name in enumerate(source.rel.names):
            folded = name.lower()
            if folded in excepted or (folded in merged and folded in done):
                continue
            done.add(folded)
            hits = merged.get(folded) or [(source.rel, place)]
            edges = [Edge(each, at, None, 0, is_named=False) for each, at in hits]
            if folded in replaced:
                edges = []
                read_expression(ctx, scope, replaced[folded], "projected", edges)
            at = rel.add(renamed.get(folded, name), edges)
            scope.outputs.setdefault(renamed.get(folded, name).lower(), at)


def _by_own_name(scope: Scope, alias: str) -> list[Source]:
    return [source for source in scope.sources if source.parts and source.parts[-1] == alias]


def _name(node: Any) -> str:
    return str(node.name).lower()
