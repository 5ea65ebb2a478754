"""Ids that do not name rows are told of, with what to do."""

from __future__ import annotations

import polars as pl
import pytest
from labels_support import make_spec

from datassay.labels.ids import explain_ids


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([1, 2, 3, 4], None),
        ([1, 1, 1, 4], "The id column 'key' has 2 repeats, so"),
        ([None, 2, 3, 4], "The id column 'key' has 1 null, so"),
        (["a", "a", None, None], "The id column 'key' has 1 repeat and 2 nulls, so"),
        ([[1], [1], [2], [3]], "The id column 'key' has 1 repeat, so"),
    ],
)
def test_repeats_and_nulls_are_counted(snap, ids, told):
    """One sentence says how many there are and what to do; ids that tell all rows apart need none."""
    notes = explain_ids(snap(pl.DataFrame({"key": ids})), make_spec(id="key"))

    assert len(notes) == (told is not None)
    for note in notes:
        assert note.startswith(str(told))
        assert note.endswith("name a column that is different in every row, or leave id out.")


def test_row_numbers_are_ids_enough(snap):
    """A definition without an id names rows by their numbers."""
    assert explain_ids(snap(pl.DataFrame({"key": [1, 1]})), make_spec()) == []
