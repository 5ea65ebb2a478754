"""Text that no spreadsheet takes for a formula, and back."""

from __future__ import annotations

import re

#: What a spreadsheet would run, in any width; plain numbers such as the label -1 only look like it.
_FORMULA = re.compile(r"^'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def guard(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguard(text: str) -> str:
    """Return text as it was before `guard`."""
    return text[1:] if text.startswith("'") and guard(text[1:]) == text else text
