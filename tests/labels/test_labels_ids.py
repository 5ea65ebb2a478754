"""Ids that do not name rows are told of, with what to do."""

from __future__ import annotations

import polars as pl
import pytest
from labels_support import make_spec

from datassay.errors import SpecError
from datassay.labels.id_types import check_id, write_like
from datassay.labels.ids import explain_ids
from datassay.labels.review import match_ids


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


#: The same three times.
TIMES = pl.Series([10**15, 10**15 + 1, 2 * 10**15]).cast(pl.Datetime("us"))


@pytest.mark.parametrize(
    ("ids", "asked"),
    [
        ([7.0, 8.0, 9.5], pl.Series([8, 7, 9])),
        ([7.0, 8.0, 9.5], pl.Series(["8", "7.0", "007"])),
        ([7.0, 8.0, 9.5], pl.Series([8, 7, 6]).cast(pl.Decimal(10, 3))),
        ([7, 8, 9], pl.Series([8.0, 7.0, 9.5])),
        ([7, 8, 9], pl.Series([8, 7, 300]).cast(pl.UInt16)),
        (pl.Series([7, 8, 9]).cast(pl.Int8), pl.Series([8, 7, 300])),
        (pl.Series([7, 8, 9]).cast(pl.Decimal(10, 2)), pl.Series([8, 7, 10])),
        (pl.Series([7, 8, 9]).cast(pl.Decimal(10, 2)), pl.Series([8.0, 7.0, 9.001])),
        (pl.Series([7, 8, 9]).cast(pl.Decimal(10, 2)), pl.Series(["8", "7.00", "7.0"])),
        (
            TIMES,
            pl.Series([TIMES[1], TIMES[0], TIMES[0]]).cast(pl.Datetime("ns"))
            + pl.Series([0, 0, 1]).cast(pl.Duration("ns")),
        ),
        (TIMES.cast(pl.Datetime("ns")), pl.Series([TIMES[1], TIMES[0], TIMES[2].replace(second=0)])),
        (["7", "8", "9"], pl.Series([8, 7, 10])),
        (["a", "b", "c"], pl.Series([b"b", b"a", b"x"])),
        (["a", "b", "c"], pl.Series(["b", "a", None]).cast(pl.Categorical)),
    ],
)
def test_ids_are_found_in_whatever_type_they_come(snap, ids, asked):
    """Of each three the first two are the second row and the first, and the last one is no row at all."""
    snapshot = snap(pl.DataFrame({"key": ids}))

    assert match_ids(asked, "reviews", snapshot, make_spec(id="key")) == [1, 0, -1]


def test_numbers_too_large_for_floats_are_not_taken_for_their_neighbours():
    """Beyond 2 ** 53 one float stands for several whole numbers."""
    written = write_like(pl.Series([2**53 + 1, 2**53]), pl.Float64())

    assert written.to_list() == ["9007199254740993", str(float(2**53))]


@pytest.mark.parametrize(
    "ids", [pl.Series([b"\xff\xfe", b"a"]), pl.Series([[1], [2]]), pl.Series([{"a": 1}, {"a": 2}])]
)
def test_ids_that_cannot_be_written_are_refused(snap, ids):
    """Bytes that are no text, lists and records name no row in a list for people; text in bytes does."""
    with pytest.raises(
        SpecError, match=r"The id column 'key' of table holds (bytes that are no text|lists or records)"
    ):
        check_id(snap(pl.DataFrame({"key": ids})), make_spec(id="key"))
    check_id(snap(pl.DataFrame({"key": [b"a", b"b"]})), make_spec(id="key"))
    check_id(snap(pl.DataFrame({"key": ids})), make_spec())


def test_odd_ids_of_answers_are_no_rows():
    """Bytes and lists beside ids that are text are looked for in vain, and that is all."""
    assert write_like(pl.Series([b"\xff", None]), pl.String()).to_list() == ["b'\\xff'", None]
    assert write_like(pl.Series([[1]]), pl.String()).len() == 1
