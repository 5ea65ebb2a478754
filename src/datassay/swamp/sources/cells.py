"""Notebooks as Python: cells in their order, magics taken away or turned into calls."""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass, field

#: What a query in a magic becomes: a call of this name, whose text the tracer reads.
QUERY_CALL = "datassay_query"
_PYTHON_CELLS = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "python", "python3", "debug", "mprun", "lprun"}
)
_SQL_CELLS = frozenset({"sql", "bigquery", "sparksql", "read_sql", "athena", "duckdb", "dql", "oxql", "snowflake"})
_PYTHON_LINES = frozenset({"time", "timeit", "prun", "memit"})
_LINE = re.compile(r"^(\s*)((?:[\w.,\[\]'\" ]+=)?)\s*([%!])(.*)$")
_HELP = re.compile(r"^\s*(?:\?{1,2}[\w.*]+|[\w.*]+(?:\([^)]*\))?\?{1,2})\s*$")
_INTO = re.compile(r"^\s*(\w+)\s*<<\s*(.*)$", re.DOTALL)
_MAGIC_LINE = re.compile(r"^# MAGIC ?", re.MULTILINE)
_COMMAND = re.compile(r"^# COMMAND -+\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """What a file holds of Python, and what of other languages."""

    source: str
    #: First line of each cell in `source`, if it is a notebook.
    starts: tuple[int, ...] = ()
    #: (cell, text) of what is no Python: other kernels, shell, broken cells; the words may be names of columns.
    others: tuple[tuple[int, str], ...] = ()
    #: Why some of it is no Python.
    problems: tuple[str, ...] = field(default=())

    def place(self, line: int) -> str:
        """Return where a line of `source` is found: "12" in a script, "cell 3, line 2" in a notebook."""
        if not self.starts:
            return str(line)
        cell = max((i for i, start in enumerate(self.starts) if start <= line), default=0)
        return f"cell {cell + 1}, line {line - self.starts[cell] + 1}"


def read_notebook(text: str) -> Program:
    """Return the cells of a notebook (format 3 or 4) as one program; raises ValueError for what is none."""
    notebook = json.loads(text)
    cells = notebook.get("cells") if isinstance(notebook, dict) else False
    if cells is None:
        cells = [cell for sheet in notebook.get("worksheets") or [] for cell in sheet.get("cells") or []]
    if not isinstance(cells, list):
        msg = "no notebook"
        raise ValueError(msg)  # noqa: TRY004 - what json.loads raises for a file that is none
    texts = [_cell_text(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return join_cells(texts, is_python=_language(notebook) in {"", "python", "ipython", "python3", "python2"})


def split_databricks(text: str) -> list[str]:
    """Return the cells of a notebook that Databricks saved as a script."""
    cells = []
    for part in _COMMAND.split(text):
        is_magic = "# MAGIC" in part
        bare = _MAGIC_LINE.sub("", part) if is_magic else part
        cells.append(bare.replace("%", "%%", 1) if is_magic and bare.lstrip().startswith("%") else bare)
    return cells


def join_cells(texts: list[str], *, is_python: bool = True) -> Program:
    """Return cells as one program; a cell that is no Python is kept as text."""
    starts, parts, others, problems = [], [], [], []
    line = 1
    for i, text in enumerate(texts):
        source = to_python(text) if is_python else None
        if source is None:
            others.append((i, text))
            if is_python and not text.lstrip().startswith("%%"):
                problems.append(f"cell {i + 1}: not Python")
            source = "\n" * text.count("\n")
        starts.append(line)
        parts.append(source)
        line += source.count("\n") + 1
    if not is_python:
        problems.append("another language than Python: only words are looked for")
    return Program("\n".join(parts), tuple(starts), tuple(others), tuple(problems))


def _cell_text(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n")


def _language(notebook: dict[str, object]) -> str:
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(key)
        if isinstance(found, dict) and isinstance(found.get(name), str):
            return str(found[name]).lower()
    return ""


def to_python(text: str) -> str | None:
    """Return a cell as Python with as many lines, or None where it is another language."""
    head, _, body = text.lstrip("\n").partition("\n")
    blank = "\n" * (len(text) - len(text.lstrip("\n")))
    if head.startswith("%%"):
        name, _, options = head[2:].strip().partition(" ")
        if name in _SQL_CELLS:
            return blank + _query_call(options, body) + "\n" * body.count("\n") + "\n"
        if name not in _PYTHON_CELLS:
            return None
        text = f"{blank}\n{body}"
    if is_python(text):
        return text
    plain = "\n".join(_plain_lines(text.split("\n")))
    return plain if is_python(plain) else repair(plain)


def _plain_lines(lines: list[str]) -> list[str]:
    plain: list[str] = []
    is_command = False
    for line in lines:
        if is_command or _HELP.match(line):
            plain.append("")
        else:
            plain.append(_plain_line(line))
        # A shell command goes on after a backslash.
        is_command = line.rstrip().endswith("\\") and (is_command or line.lstrip().startswith(("!", "%")))
    return plain


def _plain_line(line: str) -> str:
    match = _LINE.match(line)
    if match is None:
        return line
    indent, target, sign, rest = match.groups()
    name, _, argument = rest.strip().partition(" ")
    if sign == "%" and name in _SQL_CELLS:
        return f"{indent}{target}{_query_call('', argument)}"
    if sign == "%" and name in _PYTHON_LINES and not target:
        return indent + argument
    if sign == "%" and name == "run":
        stem = re.split(r"[\\/]", argument.strip().strip("'\""))[-1].partition(".")[0]
        return f"{indent}import {stem}" if stem.isidentifier() else f"{indent}pass"
    return f"{indent}{target} None" if target else f"{indent}pass"


def _query_call(options: str, query: str) -> str:
    into = _INTO.match(options) or _INTO.match(query)
    target = ""
    if into is not None:
        target, rest = into[1], into[2]
        query = query if _INTO.match(options) else rest
    else:
        words = [word for word in options.split() if not word.startswith("-") and "://" not in word]
        target = words[0] if words and words[0].isidentifier() and query.strip() else ""
        query = query if query.strip() else options
    query = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"{\1}", query)
    prefix = "f" if re.search(r"\{\w+\}", query) else ""
    call = f"{QUERY_CALL}({prefix}{query!r})"
    return f"{target} = {call}" if target else call


def is_python(text: str) -> bool:
    """Say whether a text can be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are their author's business
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


#: What Python 2 writes otherwise, and how Python 3 does.
_REPAIRS = (
    (re.compile(r"(^|[:;])([ \t]*)print[ \t]*$", re.MULTILINE), r"\1\2print()"),
    (re.compile(r"(^|[:;])([ \t]*)print[ \t]*>>[ \t]*[\w.]+[ \t]*,?(.*?),?[ \t]*$", re.MULTILINE), r"\1\2print(\3)"),
    (re.compile(r"(^|[:;])([ \t]*)print[ \t]+(?=[^\s=(.])(.*?),?[ \t]*(;?)[ \t]*$", re.MULTILINE), r"\1\2print(\3)\4"),
    (re.compile(r"(^|[:;])([ \t]*)print[ \t]*(\(.*?\)[ \t]*[,%+].*?),?[ \t]*$", re.MULTILINE), r"\1\2print(\3)"),
    (re.compile(r"^(\s*except[ \t]+.+?),[ \t]*(\w+)[ \t]*:", re.MULTILINE), r"\1 as \2:"),
    (re.compile(r"^(\s*raise[ \t]+\w+),[ \t]*(.+)$", re.MULTILINE), r"\1(\2)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b([ul]?)0([0-7]+)\b(?!\.)"), r"0o\2"),
    (re.compile(r"\b(\d+)L\b"), r"\1"),
    (re.compile(r"\bur(['\"])"), r"r\1"),
)  # fmt: skip


def repair(text: str) -> str | None:
    """Return a script of Python 2 as one of Python 3 with the same lines, or None where that is not enough."""
    text = text.expandtabs(8)
    if is_python(text):
        return text
    for pattern, new in _REPAIRS:
        text = pattern.sub(new, text)
        if is_python(text):
            return text
    return None
