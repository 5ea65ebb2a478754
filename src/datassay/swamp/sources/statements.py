"""SQL text as statements, whatever the dialect, and the queries inside a statement."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

#: Tried in this order; None is sqlglot's own superset of all.
_DIALECTS = (
    None, "duckdb", "postgres", "bigquery", "snowflake", "spark", "mysql", "tsql", "clickhouse", "trino", "oracle",
)  # fmt: skip
_REF = re.compile(r"\{\{-?\s*ref\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?['\"]([^'\"]+)['\"]\s*\)\s*-?\}\}")
_SOURCE = re.compile(r"\{\{-?\s*source\(\s*['\"][^'\"]*['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*\)\s*-?\}\}")
_NOISE = re.compile(r"\{\{-?\s*config\(.*?\)\s*-?\}\}|\{#.*?#\}", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{|\{%")
#: Commands that maintain a table and read no column of it for anybody.
_UPKEEP = ("VACUUM", "OPTIMIZE", "REFRESH", "ANALYZE", "EXPLAIN", "SHOW", "DESCRIBE", "MSCK", "REINDEX", "CLUSTER")


@dataclass(frozen=True)
class Parsed:
    """A text's statements."""

    statements: list[exp.Expression] = field(default_factory=list)
    #: Why a part could not be parsed; None where all was.
    problem: str | None = None


def parse_sql(text: str) -> Parsed:
    """Parse `text` in the first dialect that understands all of it.

    Where none does, the statements that are understood are kept and `problem` says where the first other one begins.
    dbt's ref() and source() are read as the table they name; other templates are not SQL yet.
    """
    text = _fill_templates(text)
    if _TEMPLATE.search(text):
        return Parsed(problem="holds templates; name the compiled files instead")
    with _silent_logs():
        whole = _parse_best(text)
        if whole is not None:
            return Parsed(whole)
        pieces = _split(text)
        if pieces is None:
            return Parsed(problem="not SQL in any known dialect")
        statements: list[exp.Expression] = []
        problem = None
        for line, piece in pieces:
            # Newlines in front keep the line numbers of the file.
            parsed = _parse_best("\n" * (line - 1) + piece)
            if parsed is None:
                problem = problem or f"line {line}: a statement that no known dialect has"
            else:
                statements += parsed
        return Parsed(statements, problem)


def _fill_templates(text: str) -> str:
    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    def name(match: re.Match[str]) -> str:
        return '"' + match[1].replace('"', '""') + '"'

    return _SOURCE.sub(name, _REF.sub(name, _NOISE.sub(blank, text)))


def _parse_best(text: str) -> list[exp.Expression] | None:
    """Return the statements of the first dialect without commands that it only guessed at, or of the first at all."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    fallback = None
    for dialect in _DIALECTS:
        try:
            trees = [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]
        except (SqlglotError, RecursionError, ValueError):
            continue
        if not all(_is_statement(tree) for tree in trees):
            continue
        if not any(isinstance(tree, exp.Command) for tree in trees):
            return trees
        fallback = fallback or trees
    return fallback


def _is_statement(tree: exp.Expression) -> bool:
    """Say whether a tree is a statement: two words in a row parse as a column with an alias, and blocks lose parts."""
    from sqlglot import exp

    if isinstance(tree, exp.Query):
        return True
    return not isinstance(tree, exp.Alias | exp.Condition) and not type(tree).__name__.endswith("Block")


def list_words(statement: exp.Expression) -> str:
    """Return all names and literals of a statement as one text."""
    from sqlglot import exp

    words: list[str] = []
    for node in statement.walk():
        if isinstance(node, exp.Identifier | exp.Literal | exp.Var):
            words.append(str(node.this))
        elif isinstance(node, exp.Command):
            words += [str(node.this), str(node.expression)]
    return "\n".join(words)


def _split(text: str) -> list[tuple[int, str]] | None:
    """Cut the text at its semicolons, those in strings and comments apart; None where no dialect has such tokens."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError
    from sqlglot.tokens import TokenType

    for dialect in _DIALECTS:
        try:
            tokens = tokenize(text, read=dialect)
        except (SqlglotError, ValueError):
            continue
        pieces, start = [], 0
        ends = [token.start for token in tokens if token.token_type == TokenType.SEMICOLON]
        for end in [*ends, len(text)]:
            piece = text[start:end]
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                pieces.append((text.count("\n", 0, start + lead) + 1, piece.lstrip()))
            start = end + 1
        return pieces
    return None


def find_queries(statement: exp.Expression) -> list[exp.Expression]:
    """Return what a statement reads, as queries: its own, or what an update, delete or merge has to look at."""
    from sqlglot import exp

    if isinstance(statement, exp.Query):
        return [statement]
    if isinstance(statement, exp.Update):
        values = [item.expression if isinstance(item, exp.EQ) else item for item in statement.expressions]
        from_ = statement.args.get("from_")
        return [_select(statement, values, [from_.this] if from_ else [])]
    if isinstance(statement, exp.Delete):
        return [_select(statement, [], statement.args.get("using") or [])]
    if isinstance(statement, exp.Merge):
        whens = statement.args.get("whens")
        parts = [part for when in (whens.expressions if whens else []) for part in _merge_reads(when)]
        query = _select(statement, parts, [])
        return [query.join(statement.args["using"].copy(), on=statement.args["on"].copy())]
    # The target of a write is no read, so only the queries below it count.
    found: list[exp.Expression] = []
    for key in ("this", "expression"):
        part = statement.args.get(key)
        part = part.unnest() if isinstance(part, exp.Subquery) else part
        if isinstance(part, exp.Query) and not isinstance(part, exp.Values):
            query = part.copy()
            outer = statement.args.get("with_")
            if outer is not None and query.args.get("with_") is None:
                query.set("with_", outer.copy())
            found.append(query)
    return found


def is_upkeep(statement: exp.Expression) -> bool:
    """Say whether a statement without a query cannot read columns: definitions, permissions, inserts of values."""
    from sqlglot import exp

    if isinstance(statement, exp.Command):
        return str(statement.this).upper().startswith(_UPKEEP)
    kinds: tuple[Any, ...] = (
        exp.Drop, exp.Alter, exp.Analyze, exp.Grant, exp.Revoke, exp.Comment, exp.TruncateTable, exp.Describe, exp.Use,
        exp.Set, exp.Transaction, exp.Commit, exp.Rollback, exp.Insert, exp.Show, exp.Declare, exp.Attach, exp.Detach,
    )  # fmt: skip
    if isinstance(statement, exp.Create):
        return not isinstance(statement.this, exp.UserDefinedFunction)
    return isinstance(statement, kinds)


def is_copy(statement: exp.Expression) -> bool:
    """Say whether a statement takes a whole table along: copies, caches, summaries."""
    from sqlglot import exp

    return isinstance(statement, exp.Copy | exp.Cache | exp.Summarize)


def _select(statement: exp.Expression, values: list[Any], others: list[Any]) -> Any:
    """Build the query that has the reads of a write on `statement.this`."""
    from sqlglot import exp

    query = exp.Select(expressions=[value.copy() for value in values] or [exp.Literal.number(1)])
    query = query.from_(statement.this.copy())
    for other in others:
        query = query.join(other.copy(), join_type="cross")
    if statement.args.get("where") is not None:
        query.set("where", statement.args["where"].copy())
    if statement.args.get("with_") is not None:
        query.set("with_", statement.args["with_"].copy())
    return query


def _merge_reads(when: exp.Expression) -> Iterator[exp.Expression]:
    from sqlglot import exp

    if when.args.get("condition") is not None:
        yield when.args["condition"]
    then = when.args.get("then")
    if isinstance(then, exp.Update):
        yield from (item.expression for item in then.expressions if isinstance(item, exp.EQ))
    elif isinstance(then, exp.Insert) and isinstance(then.expression, exp.Tuple):
        yield from then.expression.expressions


@contextmanager
def _silent_logs() -> Iterator[None]:
    """Keep sqlglot's warnings, which quote the statement, from the user's handlers."""
    logger = logging.getLogger("sqlglot")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
