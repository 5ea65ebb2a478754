"""Lines in SQL files that are for the client and not for the database: psql, sqlite3, SQL*Plus, SnowSQL, mysql."""

from __future__ import annotations

import re

#: SQL*Plus settings that could be SQL by their first word.
_SETTINGS = "ECHO|FEEDBACK|HEADING|LINESIZE|PAGESIZE|SERVEROUTPUT|TERMOUT|TIMING|TRIMSPOOL|VERIFY|DEFINE|COLSEP"
_LINES = (
    # psql: \set, \i, \echo; but \copy holds a query.
    r"\\(?!copy\b)[A-Za-z!?][^\n]*",
    # sqlite3 and duckdb: .mode csv
    r"\.[a-z]+(?:[ \t][^\n]*)?",
    # SnowSQL and Beeline: !set
    r"![a-z][^\n]*",
    rf"(?:SPOOL|PROMPT|WHENEVER|SET[ \t]+(?:{_SETTINGS})|EXIT|QUIT)\b[^\n;]*;?",
)
_LINE = re.compile(rf"[ \t]*(?:{'|'.join(_LINES)})[ \t]*$", re.IGNORECASE)
_COPY = re.compile(r"[ \t]*\\copy\b(?P<rest>[^\n]*)$", re.IGNORECASE)
#: psql runs a query at \g as at a semicolon.
_RUN = re.compile(r"[ \t]*\\g(?:set|exec|desc|x)?\b[^\n]*$")
_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(?P<mark>\S+)[ \t]*$", re.IGNORECASE)
#: Any of these makes a closer look worth it.
_SIGNS = re.compile(
    r"^[ \t]*(?:\\|\.[a-z]|![a-z]|/[ \t]*$|(?:SPOOL|PROMPT|WHENEVER|SET|EXIT|QUIT|DELIMITER)\b)|\\g|:['\"]",
    re.IGNORECASE | re.MULTILINE,
)
_BEGINS = re.compile(
    r"\s*(?:--|/\*|\\|(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|CREATE|ALTER|DROP|TRUNCATE|GRANT|BEGIN|DECLARE|EXEC|"
    r"COMMIT|SET|SPOOL|PROMPT|EXIT|QUIT|SHOW)\b)",
    re.IGNORECASE,
)
#: psql's variables as text and as a name: :'who', :"column".
_VARIABLE = re.compile(r"(?<![:\w]):(['\"])(\w+)\1")


def strip_commands(text: str) -> str:
    """Return a text without its client's lines; each line keeps its number.

    A command counts as one only where a statement may begin, so that a line inside a string or an expression stays.
    What ends a statement in the client's way ends it with a semicolon.
    """
    if not _SIGNS.search(text):
        return text
    lines: list[str] = []
    is_open = False
    mark = ";"
    given = text.split("\n")
    for at, line in enumerate(given):
        kept = line
        delimiter = _DELIMITER.match(line)
        copy = _COPY.match(line)
        if delimiter:
            mark, kept = delimiter["mark"], ""
        elif not is_open and copy:
            kept = f"COPY{copy['rest']};"
        elif not is_open and _LINE.match(line):
            kept = ""
        elif line.strip() == "/":
            # SQL*Plus runs the statement above; elsewhere it divides.
            after = next((each for each in given[at + 1 :] if each.strip()), "")
            kept = ";" if not after or _BEGINS.match(after) else line
        elif (is_open and line.lstrip().startswith("\\")) or "\\g" in line:
            kept = _RUN.sub(";", line)
        if mark != ";" and kept.rstrip().endswith(mark):
            kept = kept.rstrip()[: -len(mark)] + ";"
        lines.append(kept)
        code = kept.partition("--")[0].strip()
        is_open = not code.endswith(";") if code else is_open
    return _VARIABLE.sub(r"\1\2\1", "\n".join(lines))
