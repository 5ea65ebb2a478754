"""Statements inside others: as text, or several that share one source."""

from __future__ import annotations

import re
from typing import Any

#: Commands that maintain a table and read no column of it for anybody.
UPKEEP = (
    "VACUUM", "OPTIMIZE", "REFRESH", "ANALYZE", "EXPLAIN", "SHOW", "DESCRIBE", "MSCK", "REINDEX", "CLUSTER", "ALTER",
    "GRANT", "REVOKE", "COMMENT", "SET", "RESET", "LOCK", "BEGIN", "COMMIT", "ROLLBACK", "START", "DROP", "LOAD",
    "DENY", "USE", "DELIMITER", "PRAGMA", "END", "GO",
)  # fmt: skip
#: SELECT is a right in these, or stands in a text.
_GRANTING = ("GRANT", "REVOKE", "DENY", "COMMENT")
_ANY = re.IGNORECASE | re.DOTALL
_VERBS = r"(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b"
_VERB = re.compile(rf"\s*{_VERBS}", re.IGNORECASE)
_INNER = re.compile(rf"(?<![\w(]){_VERBS}", re.IGNORECASE)


def split_inserts(statement: Any) -> list[Any]:
    """Return the statements that one source with several targets stands for; none where it is not of that form.

    `FROM s INSERT ... SELECT` of Hive is an INSERT for each target; the targets of INSERT ALL take what its query
    yields, as far as their conditions let them.
    """
    from sqlglot import exp

    if not isinstance(statement, exp.MultitableInserts):
        return []
    source = statement.args["source"]
    if isinstance(source, exp.Query) and not all(isinstance(each, exp.Insert) for each in statement.expressions):
        return [source]
    split: list[Any] = []
    for insert in statement.expressions:
        body = insert.expression
        if not isinstance(body, exp.Select):
            return []
        split.append(insert.copy())
        split[-1].expression.set("from_", exp.From(this=source.copy()))
    return split


def hidden_texts(statement: Any) -> list[str]:
    """Return SQL that a statement holds as text: a function's body, an UNLOAD, a cursor, a plan that is asked for."""
    from sqlglot import exp

    if isinstance(statement, exp.Create):
        body = _unblock(statement.args.get("expression"))
        if is_text(body):
            block = re.match(r"\s*(?:declare\b.*?)?\bbegin\b(.*)\bend\b\s*;?\s*$", str(body.this), _ANY)
            return [block[1] if block else str(body.this)]
    if isinstance(statement, exp.Execute | exp.ExecuteSql | exp.Set | exp.Declare):
        # T-SQL's EXEC ('SELECT ...') is parsed as a name.
        found = statement.find_all(exp.Literal, exp.National, exp.Identifier)
        literals = [str(each.this) for each in found if _is_string(each)]
        return [text for text in literals if _VERB.match(text)]
    if not isinstance(statement, exp.Command):
        return []
    word = str(statement.this).upper()
    rest = str(getattr(statement.expression, "this", statement.expression) or "")
    if word == "EXPLAIN" or word.startswith("BEGIN"):
        # Whoever looks at a query's plan has that query; a block's first statement follows its BEGIN.
        told = _INNER.search(rest) if word == "EXPLAIN" else _VERB.match(rest)
        return [rest[told.start() :]] if told else []
    if word.startswith(UPKEEP):
        return []
    text = f"{statement.this} {rest}"
    quoted = re.search(r"UNLOAD\s*\(\s*'((?:[^']|'')*)'", text, re.IGNORECASE)
    if quoted:
        return [quoted[1].replace("''", "'")]
    if word == "REPLACE":
        return [re.sub(r"^REPLACE", "INSERT", text.strip(), count=1, flags=re.IGNORECASE)]
    begun = re.search(r"\b(?:AS|FOR)\s+((?:SELECT|WITH)\b.*)", text, _ANY)
    return [begun[1]] if begun else []


def is_text(body: Any) -> bool:
    """Say whether the body of a function or procedure is only text."""
    from sqlglot import exp

    body = _unblock(body)
    return isinstance(body, exp.Heredoc | exp.RawString) or (isinstance(body, exp.Literal) and body.is_string)


def _unblock(body: Any) -> Any:
    from sqlglot import exp

    return body.expressions[0] if isinstance(body, exp.Block) and len(body.expressions) == 1 else body


def is_upkeep(command: Any) -> bool:
    """Say whether a command reads nothing for anybody: it maintains, and holds no query."""
    word, rest = str(command.this).upper(), str(getattr(command.expression, "this", command.expression) or "")
    if not word.startswith(UPKEEP):
        return False
    return word.startswith(_GRANTING) or not re.search(r"\bSELECT\b", rest, re.IGNORECASE)


def _is_string(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.National | exp.Identifier) or bool(node.is_string)
