"""Names as they stand in the code."""

from __future__ import annotations

import ast


def dotted_name(node: ast.expr) -> str | None:
    """Return "self.rows" of such an attribute; None of anything but plain names with dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value)
        return None if base is None else f"{base}.{node.attr}"
    return None


def is_column_function(node: ast.expr) -> bool:
    """Say whether an expression is pl.col, F.col or the like."""
    return (dotted_name(node) or "").rpartition(".")[2] in {"col", "column"}
