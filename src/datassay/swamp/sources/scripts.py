"""Files of Python code: scripts and notebooks, parsed and not run."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from datassay.swamp.sources import files
from datassay.swamp.sources.cells import Program, join_cells, read_notebook, repair, split_databricks, to_python

#: A script that imports none of these and never names the dataset has no table at hand.
_TABLE_LIBRARIES = frozenset(
    {"pandas", "polars", "pyspark", "dask", "duckdb", "modin", "cudf", "vaex", "pyarrow", "numpy", "sqlalchemy", "ibis"}
)
_DATABRICKS = "# Databricks notebook source"


@dataclass(frozen=True)
class Script:
    """One file of code."""

    program: Program
    #: None where it is no Python; its words are in `program.others`.
    tree: ast.Module | None
    #: Last parts of all module names that it imports.
    imports: frozenset[str] = frozenset()

    @property
    def has_tables(self) -> bool:
        """Whether it imports a library of tables."""
        return not _TABLE_LIBRARIES.isdisjoint(self.imports)


def load_script(path: Path) -> Script | str:
    """Return a script or notebook, or why there is none; `tree` is None where only its words can be read."""
    text = files.read_text(path)
    if text is None:
        return "not UTF-8 text"
    if path.suffix.lower() == ".ipynb":
        try:
            program = read_notebook(text)
        except (ValueError, RecursionError):
            return "not a notebook"
    elif text.startswith(_DATABRICKS):
        program = join_cells(split_databricks(text))
    else:
        program = Program(text)
    parsed = _parse(program.source)
    if isinstance(parsed, str) and not program.starts:
        plain = to_python(program.source) or repair(program.source)
        program = Program(program.source if plain is None else plain)
        parsed = parsed if plain is None else _parse(plain)
    if isinstance(parsed, str):
        return Script(Program("", program.starts, ((0, program.source),), (parsed,)), None)
    return Script(program, parsed, frozenset(_imports(parsed)))


def _parse(text: str) -> ast.Module | str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are their author's business
            return ast.parse(text)
    except SyntaxError as exc:
        return f"line {exc.lineno}: not Python {sys.version_info.major}.{sys.version_info.minor}"
    except (ValueError, RecursionError, MemoryError):
        return "not Python"


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            names |= set((node.module or "").split(".")) | {alias.name for alias in node.names}
    return names
