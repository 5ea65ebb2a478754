"""Which tables of a query are the dataset, and what is assumed of the others."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from datassay.swamp.evidence import TableSchema

if TYPE_CHECKING:
    from sqlglot import exp

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
