"""The value that a definition gives a usage source: a glob, several globs, or a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datassay.errors import SpecError, suggest


def read_settings(value: Any, key: str, known: set[str], *, main: str = "path") -> dict[str, Any]:
    """Return `value` as a mapping; a text, a path or a list stands for {main: value}.

    Raises SpecError for an unknown key, or where `main` is missing.
    """
    if isinstance(value, str | list | Path):
        return {main: value}
    if not isinstance(value, dict):
        raise SpecError(f"usage.sources: {key!r} is a glob such as 'queries/**/*.{key[:3]}', or a mapping.")
    for name in value:
        if name not in known:
            raise SpecError(f"usage.sources: {key!r} has no key {name!r}.", hint=suggest(str(name), sorted(known)))
    if main not in value:
        raise SpecError(f"usage.sources: {key!r} lacks {main!r}.")
    return value
