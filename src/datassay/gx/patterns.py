"""Patterns: Python's regular expressions and SQL's LIKE patterns, translated to Polars' engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import polars as pl

from datassay.gx.rows import Trap, map_distinct

#: What Python's classes hold on text, in the words of Polars' engine, for the inside of brackets.
_CLASSES = {"d": "\\d", "w": "\\p{L}\\p{N}_", "s": "\\s\\x1c-\\x1f"}
#: Look-around, back references, conditions, atomic groups, comments, possessive repeats, octal and named characters,
#: and flags that mean something else to Polars' engine.
_PYTHON_ONLY = re.compile(r"\(\?(?:[=!(>#]|<[=!]|P=|[a-zA-Z]*[aLmuxs-])|\\[0-9BN]|[*+?}]\+")


def match(pattern: str, trap: Trap) -> tuple[Callable[[pl.Expr], pl.Expr], str | None]:
    """Return a condition on text: the pattern occurs somewhere in it; and a note where Python's engine answers.

    A pattern that is none raises re.error on the first text, and not on a column without any: so does pandas.
    """
    try:
        compiled = re.compile(pattern)
    except re.error:
        # pandas' other engine knows a few things that Python does not, such as \p{L}; Polars' knows them too.
        if not _runs(pattern):
            return map_distinct(lambda _: bool(re.compile(pattern)), trap), None
        return lambda x: x.str.contains(pattern, literal=False, strict=True), None
    translated = None if _PYTHON_ONLY.search(pattern) else _translate(pattern)
    if translated is not None and _runs(translated):
        ready = translated
        return lambda x: x.str.contains(ready, literal=False, strict=True), None
    return (
        map_distinct(lambda value: compiled.search(value) is not None, trap),
        f"pattern {pattern!r:.60} is run by Python's re on the distinct values, because Polars' engine cannot",
    )


def _runs(pattern: str) -> bool:
    try:
        pl.Series([""]).str.contains(pattern, literal=False, strict=True)
    except pl.exceptions.PolarsError:
        return False
    return True


def _translate(pattern: str) -> str | None:
    """Write a valid Python pattern in the other syntax; None where that cannot be done."""
    written: list[str] = []
    opened, position = -1, 0
    while position < len(pattern):
        char, rest = pattern[position], pattern[position + 1 :]
        inside = opened >= 0
        step = 1
        if char == "\\":
            piece = _escape(rest[:1], inside=inside)
            step = 2
        elif inside and char == "]" and position > opened:
            opened, piece = -1, char
        elif not inside and char == "[":
            piece = "[^" if rest[:1] == "^" else "["
            step = len(piece)
            opened = position + step  # a bracket that closes at once is a character
        elif inside and (char == "[" or (char in "&-~" and rest[:1] == char)):
            # Polars' engine has nested sets and set operations; Python takes these as characters.
            piece = f"\\{char}"
        elif not inside and char == "$":
            # Python also matches before a last line break.
            piece = "(?:\\n?\\z)" if rest[:1] in {"", "|", ")"} else None
        else:
            piece = char
        if piece is None:
            return None
        written.append(piece)
        position += step
    return "".join(written)


def _escape(char: str, *, inside: bool) -> str | None:
    if char in _CLASSES:
        return _CLASSES[char] if inside else f"[{_CLASSES[char]}]"
    if char and char.lower() in _CLASSES:
        return None if inside else f"[^{_CLASSES[char.lower()]}]"
    if char == "b" and inside:
        return "\\x08"
    if char == "Z":
        return "\\z"
    # These two are word boundaries to Polars' engine.
    return char if char in {"<", ">"} else f"\\{char}"


def translate_like(pattern: str, escape: str | None) -> str:
    """Return a LIKE pattern as a regular expression for the whole text, in the syntax of Polars' engine."""
    return f"(?s)^{''.join(_like_parts(pattern, escape))}\\z"


def _like_parts(pattern: str, escape: str | None) -> Iterator[str]:
    characters = iter(pattern)
    for char in characters:
        if escape and char == escape:
            yield _quote(next(characters, char))
        elif char == "%":
            yield ".*"
        elif char == "_":
            yield "."
        else:
            yield _quote(char)


def _quote(char: str) -> str:
    return char if char.isalnum() or not char.isascii() or char in " _" else f"\\x{ord(char):02x}"
