"""A table that a script holds, as far as it comes from the dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

_UNNAMED = re.compile(r"Unnamed: \d+|column_\d+")


@dataclass(frozen=True)
class Frame:
    """A table that comes from the dataset: its columns now, and the dataset's column behind each."""

    #: By name now; None for a column that the script made.
    columns: Mapping[str, str | None]
    #: True for an array, whose keys are positions and no names.
    is_matrix: bool = False
    #: False where the table may be another one: its path is not known before run time.
    is_certain: bool = True
    #: False where some of the columns may have gone: what is left cannot be listed.
    is_exact: bool = True
    #: True between groupby and the aggregation.
    is_grouped: bool = False
    #: Columns that rows are grouped by.
    keys: tuple[str, ...] = ()
    #: True where a key may be something else than a column: the split of a dataset, the sheet of a file, a row.
    is_nested: bool = False
    #: True of what only tells about the table: null counts, describe().
    is_overview: bool = False
    #: True once the script has chosen its columns, by drop or by select.
    is_narrowed: bool = False
    #: True where they were chosen by a list that was made of the table's own names.
    is_listed: bool = False
    #: Endings that a merge may have given to its names: "_x".
    suffixes: tuple[str, ...] = ()
    #: True where all columns have other names, made of the old ones at run time: lower case, without blanks.
    is_renamed: bool = False
    #: True where columns may have become one per value: get_dummies makes Sex_male of Sex.
    is_dummied: bool = False

    @property
    def live(self) -> list[str]:
        """The dataset's columns that are still in it."""
        return [column for column in self.columns.values() if column is not None]

    def find(self, name: str) -> str | None:
        """Return the name that a column had before a merge or get_dummies renamed it; None of no column."""
        if name in self.columns:
            return name
        if not name.strip() or name.startswith("Unnamed: "):
            return self._find_unnamed(name)
        for suffix in self.suffixes:
            if name.endswith(suffix) and name.removesuffix(suffix) in self.columns:
                return name.removesuffix(suffix)
        if self.is_dummied:
            longest = max((known for known in self.columns if name.startswith(f"{known}_")), key=len, default=None)
            if longest is not None:
                return longest
        if self.is_renamed:
            same = [known for known in self.columns if _bare(known) == _bare(name)]
            return same[0] if len(same) == 1 else None
        return None

    def _find_unnamed(self, name: str) -> str | None:
        """Return the column whose header is empty: every library has a name of its own for it."""
        place = int(name[9:]) + 1 if name[9:].isdigit() else None
        same = [known for known in self.columns if not known.strip() or known == f"column_{place}"]
        if place is None and not same:
            same = [known for known in self.columns if _UNNAMED.fullmatch(known)][-1:]
        return same[0] if len(same) == 1 else None

    def base(self, name: str) -> str | None:
        """Return the dataset's column behind a name."""
        found = self.find(name)
        return None if found is None else self.columns[found]

    def keep(self, names: Iterable[str]) -> Frame:
        """Return it with these columns only; a new name is one that the script made."""
        return replace(self, columns={name: self.base(name) for name in names}, is_grouped=False, is_narrowed=True)

    def drop(self, names: Iterable[str]) -> Frame:
        """Return it without these columns."""
        gone = {self._dropped(name) for name in names}
        kept = {name: base for name, base in self.columns.items() if name not in gone}
        return replace(self, columns=kept, is_narrowed=True)

    def _dropped(self, name: str) -> str | None:
        # Of the columns that get_dummies made of one, the others are left.
        return name if name in self.columns else replace(self, is_dummied=False).find(name)

    def add(self, names: Iterable[str]) -> Frame:
        """Return it with new columns; one that is there keeps what is behind it."""
        return replace(self, columns={**dict.fromkeys(names), **self.columns})

    def loosely(self) -> Frame:
        """Return it as a table of which some columns may have gone."""
        return replace(self, is_exact=False, is_grouped=False)

    def as_matrix(self, *, is_matrix: bool = True) -> Frame:
        """Return it as an array, or as a table again."""
        return replace(self, is_matrix=is_matrix)

    def rename(self, names: Mapping[str, str]) -> Frame:
        """Return it with other names."""
        return replace(self, columns={names.get(name, name): base for name, base in self.columns.items()})


def merge_frames(frames: Iterable[Frame]) -> Frame | None:
    """Return one frame with the columns of all; None of none."""
    columns: dict[str, str | None] = {}
    found = list(frames)
    for frame in found:
        columns = {**columns, **{name: base or columns.get(name) for name, base in frame.columns.items()}}
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    return Frame(
        columns,
        is_matrix=all(frame.is_matrix for frame in found),
        is_certain=any(frame.is_certain for frame in found),
        is_exact=all(frame.is_exact and set(frame.columns) == set(columns) for frame in found),
        is_grouped=any(frame.is_grouped for frame in found),
        is_nested=any(frame.is_nested for frame in found),
        keys=tuple(dict.fromkeys(key for frame in found for key in frame.keys)),
        is_overview=all(frame.is_overview for frame in found),
        is_narrowed=any(frame.is_narrowed for frame in found),
        is_listed=any(frame.is_listed for frame in found),
        suffixes=tuple(dict.fromkeys(suffix for frame in found for suffix in frame.suffixes)),
        is_renamed=any(frame.is_renamed for frame in found),
        is_dummied=any(frame.is_dummied for frame in found),
    )


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
