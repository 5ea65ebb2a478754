"""SQL text as statements, whatever the dialect; what cannot be read keeps its text and its line."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from datassay.errors import SpecError, suggest
from datassay.swamp.sources import patience
from datassay.swamp.sources.patience import TooSlowError, limited
from datassay.swamp.sources.shells import strip_commands
from datassay.swamp.sources.templates import fill_templates

#: Longest statement that is parsed; beyond, a parser in Python takes very long.
MOST_CHARACTERS = 500_000
#: Deepest nesting of brackets that is parsed: the parser's time grows with a power of it.
MOST_DEPTH = 120
#: Tried in this order; None is sqlglot's own superset of all.
_DIALECTS = (
    None, "duckdb", "postgres", "bigquery", "snowflake", "spark", "mysql", "tsql", "clickhouse", "trino", "oracle",
    "redshift", "sqlite",
)  # fmt: skip
_BRACKETS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|[()\[\]{}]", re.DOTALL)


@dataclass
class Piece:
    """A part of a text that was parsed as one."""

    text: str
    line: int = 1
    trees: list[Any] = field(default_factory=list)
    #: Why it could not be parsed; None where it was.
    problem: str | None = None
    n_statements: int = 1
    #: First line of each tree that lost its own.
    lines: dict[int, int] = field(default_factory=dict)

    @property
    def is_single_query(self) -> bool:
        """Whether it is one query, as a dbt model is."""
        from sqlglot import exp

        return len(self.trees) == 1 and isinstance(self.trees[0], exp.Query) and not self.trees[0].args.get("into")

    def line_of(self, tree: Any) -> int:
        """Return the line of a statement's first name."""
        known = self.lines.get(id(tree))
        if known is None:
            known = min((node.meta["line"] for node in tree.walk() if "line" in node.meta), default=self.line)
        return known


def check_dialect(dialect: Any) -> str | None:
    """Return a dialect's name as sqlglot knows it, None for none; raises SpecError for another."""
    from sqlglot.dialects.dialect import Dialects

    known = sorted(each.value for each in Dialects if each.value)
    if dialect is None or (isinstance(dialect, str) and dialect.lower() in known):
        return dialect.lower() if dialect else None
    raise SpecError(f"Unknown SQL dialect {dialect!r}.", hint=suggest(str(dialect), known))


def quote_name(name: str, dialect: str | None) -> str:
    """Return a name in the quotes of a dialect, which is one of sqlglot's (None: ANSI's double ones)."""
    from sqlglot import exp

    return str(exp.Identifier(this=name, quoted=True).sql(dialect=dialect))


def parse_text(text: str, dialect: str | None = None) -> list[Piece]:
    """Parse `text` in `dialect`, or in the first that understands all of it; else statement by statement.

    Templates are filled in first, and commands for a client are left out. A statement that is too long, too deep or in
    no known dialect has a `problem`.
    """
    filled = fill_templates(text)
    if filled is None:
        return [Piece(text, problem="a template that could not be filled; name the compiled files instead")]
    filled = strip_commands(filled)
    with _silent_logs():
        if len(filled) <= MOST_CHARACTERS and _depth(filled) <= MOST_DEPTH:
            try:
                with limited(len(filled)):
                    trees = _parse_best(filled, dialect)
            except TooSlowError:
                if len(split_text(filled)) == 1:
                    return [Piece(filled, problem=_too_slow())]
                trees = None
            if trees is not None:
                return [_open(Piece(filled, trees=trees, n_statements=len(trees)), dialect)]
        return [_parse_piece(line, piece, dialect) for line, piece in split_text(filled)]


def _parse_piece(line: int, text: str, dialect: str | None) -> Piece:
    if len(text) > MOST_CHARACTERS:
        return Piece(text, line, problem=f"a statement of {len(text):,} characters, more than {MOST_CHARACTERS:,}")
    if _depth(text) > MOST_DEPTH:
        return Piece(text, line, problem=f"a statement with brackets nested deeper than {MOST_DEPTH}")
    try:
        with limited(len(text)):
            # Newlines in front keep the line numbers of the file.
            trees = _parse_best("\n" * (line - 1) + text, dialect, accepts_commands=True)
    except TooSlowError:
        return Piece(text, line, problem=_too_slow())
    if trees is None:
        return Piece(text, line, problem="a statement that no known dialect has")
    return _open(Piece(text, line, trees, n_statements=len(trees)), dialect)


def _too_slow() -> str:
    return f"a statement that takes longer than {patience.MOST_SECONDS:g} s to parse"


def _open(piece: Piece, dialect: str | None) -> Piece:
    """Put the statements inside functions, cursors and the like in place of those that hold them."""
    from sqlglot import exp

    from datassay.swamp.sources.resolving.hidden import hidden_texts, split_inserts

    trees: list[Any] = []
    for tree in piece.trees:
        if isinstance(tree, exp.Semicolon):
            piece.n_statements -= 1
            continue
        inner: list[Any] = split_inserts(tree)
        for text in hidden_texts(tree):
            parsed = _parse_best(text, dialect) if _depth(text) <= MOST_DEPTH else None
            if parsed is None or any(isinstance(each, exp.Command) for each in parsed):
                if not isinstance(tree, exp.Create | exp.Command):
                    tree = exp.Command(this="EXECUTE", expression=text)  # noqa: PLW2901 - a text nobody can follow
                inner = []
                break
            inner += parsed
        for each in inner:
            piece.lines[id(each)] = piece.line_of(tree)
            for name in each.find_all(exp.Identifier):
                name.meta.pop("line", None)
        trees += inner or [tree]
        piece.n_statements += max(len(inner) - 1, 0)
    piece.trees = trees
    return piece


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _BRACKETS.finditer(text):
        mark = match[0]
        if mark in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in ")]}":
            depth -= 1
    return deepest


def _parse_best(text: str, dialect: str | None, *, accepts_commands: bool = False) -> list[Any] | None:
    """Return the statements of the first dialect without commands that it only guessed at, or of the first at all."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    fallback = None
    for each in dict.fromkeys([dialect, *_DIALECTS]):
        try:
            trees = [tree for tree in sqlglot.parse(text, dialect=each) if tree is not None]
        except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError):
            continue
        if not all(_is_statement(tree) for tree in trees):
            continue
        if not any(isinstance(tree, exp.Command) for tree in trees):
            return trees
        fallback = fallback or trees
    if fallback and (accepts_commands or len(fallback) == 1):
        return fallback
    return None


def _is_statement(tree: Any) -> bool:
    """Say whether a tree is a statement: two words in a row parse as a column with an alias, and blocks lose parts."""
    from sqlglot import exp

    if isinstance(tree, exp.Query | exp.Semicolon):
        return True
    return not isinstance(tree, exp.Alias | exp.Condition) and not type(tree).__name__.endswith("Block")


_TOKENS = re.compile(
    r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1|;|^\s*GO\s*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def split_text(text: str) -> list[tuple[int, str]]:
    """Cut a text at its semicolons, those in strings and comments apart; returns (line, statement)."""
    pieces = []
    start = 0
    ends = [
        (match.start(), match.end())
        for match in _TOKENS.finditer(text)
        if match[0] == ";" or match[0].strip().upper() == "GO"
    ]
    line = 1
    at = 0
    for end, after in [*ends, (len(text), len(text))]:
        piece = text[start:end]
        bare = piece.lstrip()
        if bare:
            begin = start + len(piece) - len(bare)
            line += text.count("\n", at, begin)
            at = begin
            if _has_words(bare):
                pieces.append((line, bare.rstrip()))
        start = after
    return pieces


def _has_words(text: str) -> bool:
    return bool(re.search(r"\w", re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)))


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
