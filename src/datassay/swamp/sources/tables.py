"""Which tables of a query are the dataset, and what is assumed of the others."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from datassay.swamp.evidence import TableSchema

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

#: What the dataset is called inside an analysed query; no table of a user has this name.
DATASET = "datassay_dataset"
OTHER = "datassay_other"


def is_dataset_path(path: str, table: TableSchema) -> bool:
    """Say whether a file path or glob names the dataset: by its last part, wherever the folder is mounted."""
    own = PurePosixPath(table.path).name.casefold()
    parts = [part.casefold() for part in PurePosixPath(path.replace("\\", "/")).parts]
    if not own or not parts:
        return False
    # data/flights/*.parquet reads the folder data/flights, and data/*.parquet reads data/adult.parquet.
    return own in parts or (fnmatch.fnmatchcase(own, parts[-1]) and any(char in parts[-1] for char in "*?["))


def is_dataset_name(name: str, table: TableSchema) -> bool:
    """Say whether a table name is one of the dataset's, without case."""
    return name.casefold() in {known.casefold() for known in table.names}


def inline_definitions(
    query: exp.Expression, definitions: dict[str, exp.Expression], *, depth: int = 5
) -> exp.Expression:
    """Return a copy of `query` in which every table that `definitions` defines is its defining query."""
    from sqlglot import exp

    query = query.copy()
    if not definitions or depth == 0:
        return query
    for node in list(query.find_all(exp.Table)):
        name = node.name.casefold()
        if name not in definitions or not isinstance(node.this, exp.Identifier) or is_shadowed(node):
            continue
        inner = inline_definitions(
            definitions[name], {key: value for key, value in definitions.items() if key != name}, depth=depth - 1
        )
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        derived = exp.Subquery(this=inner, alias=alias.copy(), joins=node.args.get("joins"))
        node.replace(derived)
    return query


def is_shadowed(node: exp.Expression) -> bool:
    """Say whether a table's name is that of a common table expression in sight."""
    from sqlglot import exp

    if node.args.get("db") is not None:
        return False
    name = node.name.casefold()
    inside: exp.Expression = node
    above = node.parent
    while above is not None:
        ctes = [] if above.args.get("with_") is None else above.args["with_"].expressions
        if isinstance(above, exp.With):
            # Inside one of several: only those before it are in sight, and itself where it may recurse.
            position = next((i for i, cte in enumerate(above.expressions) if cte is inside), len(above.expressions))
            ctes = above.expressions[: position + (1 if above.args.get("recursive") else 0)]
        elif isinstance(inside, exp.With):
            ctes = []
        if any(cte.alias.casefold() == name for cte in ctes):
            return True
        inside, above = above, above.parent
    return False


def mark_tables(query: exp.Expression, table: TableSchema) -> tuple[int, list[str]]:
    """Rename all base tables in place: those of the dataset to `DATASET`, each other to a name of its own.

    Returns how often the dataset occurs, and the other tables' new names.
    """
    from sqlglot import exp

    n_found = 0
    others: list[str] = []
    for node in list(query.find_all(exp.Table)):
        if node.find_ancestor(exp.Into) is not None:
            continue
        is_function = isinstance(node.this, exp.Func)
        if not is_function and (not isinstance(node.this, exp.Identifier) or is_shadowed(node)):
            continue
        if is_function and node.this.find(exp.Column) is not None:
            continue  # unnest(t.tags) and the like read a column: they stay
        if node.args.get("alias") is None and not is_function:
            node.set("alias", exp.TableAlias(this=node.this.copy()))
        if _is_dataset(node, table):
            n_found += 1
            name = DATASET
        else:
            name = f"{OTHER}_{len(others)}"
            others.append(name)
        node.set("this", exp.to_identifier(name, quoted=True))
        node.set("db", None)
        node.set("catalog", None)
    return n_found, others


def _is_dataset(node: exp.Expression, table: TableSchema) -> bool:
    from sqlglot import exp

    if isinstance(node.this, exp.Func):
        texts = [literal.this for literal in node.this.find_all(exp.Literal) if literal.is_string]
        return any(is_dataset_path(text, table) for text in texts)
    if is_dataset_name(node.name, table):
        return True
    # 'data/people.parquet' in place of a table's name; some dialects cut it at its dots.
    whole = ".".join(part.name for part in node.parts)
    return any(char in whole for char in "/\\.") and is_dataset_path(whole, table)


def assume_others(
    query: exp.Expression, own: Collection[str], others: list[str]
) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Give every other table the columns that the query says it has, so that no star stays unresolved.

    Returns their schema, and the names out of `own` that are most likely another table's and may be the dataset's.
    """
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    doubts: set[str] = set()
    columns: dict[str, dict[str, str]] = {name: {"datassay_other_column": "TEXT"} for name in others}
    for scope in traverse_scope(query):
        tables = {alias: node.name for alias, node in scope.sources.items() if isinstance(node, exp.Table)}
        unknown = [alias for alias, name in tables.items() if name in columns]
        for join in scope.find_all(exp.Join):
            for used in join.args.get("using") or []:
                for alias in unknown:
                    columns[tables[alias]][used.name] = "TEXT"
        for column in scope.columns:
            if column.table in unknown:
                columns[tables[column.table]][column.name] = "TEXT"
            elif not column.table and unknown and column.name not in own:
                columns[tables[unknown[0]]][column.name] = "TEXT"
            elif not column.table and unknown and not _offers(scope, column.name, tables):
                # select id from adult where id in (select id from other): the inner table is meant, most likely.
                column.set("table", exp.to_identifier(unknown[0], quoted=True))
                columns[tables[unknown[0]]][column.name] = "TEXT"
                if _may_look_out(scope):
                    doubts.add(column.name)
    return columns, doubts


def _offers(scope: Scope, name: str, tables: dict[str, str]) -> bool:
    """Say whether one of the scope's own sources may have a column of the dataset called `name`."""
    if DATASET in tables.values():
        return True
    inner = [source.expression for alias, source in scope.sources.items() if alias not in tables]
    return any(query.is_star or name in query.named_selects for query in inner if hasattr(query, "named_selects"))


def _may_look_out(scope: Scope) -> bool:
    """Say whether the scope lies in a subquery whose outer query reads the dataset, so that it may refer to it."""
    from sqlglot import exp

    inner: Scope | None = scope
    while inner is not None and inner.parent is not None:
        sources = inner.parent.sources.values() if inner.is_subquery else []
        # A derived source may hold the dataset further in; looking is not worth it for a doubt.
        if any(not isinstance(node, exp.Table) or node.name == DATASET for node in sources):
            return True
        inner = inner.parent
    return False
