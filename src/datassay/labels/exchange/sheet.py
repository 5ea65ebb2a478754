"""What a reviewer is given: one row per answer, the same in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from datassay.labels.content_hash import plain

#: Columns before the data's own, and behind them; what a row was drawn for comes last, for it should sway nobody.
FRONT = ("review_id", "id", "given_label", "suggested_label", "true_label", "reviewer")
BACK = ("drawn", "band", "is_repeat", "content_hash")
#: What a reviewer answers who cannot tell; the first that is no class of the label.
UNSURE = ("unsure", "not sure", "cannot tell")


@dataclass(frozen=True)
class Sheet:
    """A review to be exported."""

    dataset: str
    #: Empty for numbers.
    classes: list[str]
    #: Columns of FRONT and BACK, as text but for is_repeat.
    rows: pl.DataFrame
    #: The same rows' own columns, typed as in the data.
    content: pl.DataFrame

    @property
    def unsure(self) -> str:
        """The answer of a reviewer who cannot tell."""
        return next(word for word in UNSURE if word not in self.classes)

    @property
    def table(self) -> pl.DataFrame:
        """All columns side by side; those of the data that bear a name of ours get a prefix."""
        taken = {*FRONT, *BACK, *self.content.columns}
        names = {name: _free(name, taken) for name in self.content.columns if name in {*FRONT, *BACK}}
        return pl.concat(
            [self.rows.select(FRONT), self.content.rename(names), self.rows.select(BACK)], how="horizontal"
        )


#: Writes a sheet into an empty folder, under a name without suffix; returns the files' names, the main one first.
Writer = Callable[[Sheet, Path, str], list[str]]


def to_text(value: Any) -> str:
    """Return a cell as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    found = plain(value)
    if isinstance(found, dict) and len(found) == 1 and not isinstance(value, dict):
        found = next(iter(found.values()))
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def aliases(classes: list[str], is_plain: Callable[[str], bool]) -> dict[str, str]:
    """Return by class what stands for it in a tool: its name, or `class-<number>` where the tool would change it."""
    found = {}
    for code, name in enumerate(classes):
        alias = name
        if not is_plain(name):
            alias = f"class-{code}"
            while alias in classes:
                alias = f"{alias}-"
        found[name] = alias
    return found


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"data.{name}"
    taken.add(name)
    return name
