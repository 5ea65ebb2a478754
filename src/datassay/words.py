"""Words that messages share: counts with their nouns, spans of work, names for a shell, ends of sentences."""

from __future__ import annotations

import re
import shlex

#: First words of sentences that are no names, and so no longer capital within a sentence.
_OPENERS = re.compile(
    r"(A|All|An|At|Cannot|Column|Could|Every|Files|In|It|No|None|Nothing|Of|Only|Path|Some|Table|The|There|These|This|"
    r"Too|Two|Unknown|Usage)\b"
)


def plural(n: int, noun: str, nouns: str | None = None) -> str:
    """Return the number with its noun: "1 row", "1,200 rows"."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def tell_hours(hours: float) -> str:
    """Return a span of work: minutes below an hour and a half, then hours.

    Below ten of them with a decimal: what they cost is told beside them, and both should multiply.
    """
    if hours < 1.5:
        return plural(max(1, round(60 * hours)), "minute")
    if hours < 10:
        return f"{hours:.1f}".removesuffix(".0") + " hours"
    return plural(round(hours), "hour")


def as_clause(sentence: str) -> str:
    """Return a sentence as the end of another one: without its capital, unless that is a name's, and its stop."""
    told = sentence[:1].lower() + sentence[1:] if _OPENERS.match(sentence) else sentence
    return told.rstrip(". ")


def as_argument(name: str) -> str:
    """Return a name as a shell takes it; in double quotes where they do, for hints stand in single ones."""
    if re.fullmatch(r"[\w@%+=:,./-]+", name):
        return name
    return shlex.quote(name) if re.search(r'["$`\\!]', name) else f'"{name}"'
