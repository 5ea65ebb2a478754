"""Csv files as people really write them."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.datasets.csv_table import copy_csv, open_csv, read_text_bytes, share_bytes
from datassay.datasets.tables import describe, scan_table
from datassay.errors import DataError, MeasureError


def written(folder, text, name="table.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def column(folder, *values):
    """Return what a column of these texts is read as."""
    lines = "".join(f'{i},"{value}"\n' for i, value in enumerate(values))
    return scan_table(written(folder, f"row,x\n{lines}")).collect()["x"]


@pytest.mark.parametrize(
    ("values", "dtype", "first"),
    [
        (["1", "-20", ""], pl.Int64, 1),
        ([" 39", "40 "], pl.Int64, 39),
        (["9223372036854775807", "0"], pl.Int64, 9223372036854775807),
        (["0", "1"], pl.Int64, 0),
        (["1", "2.5", ".5", "5."], pl.Float64, 1.0),
        (["1e5", "-2.5E-3"], pl.Float64, 1e5),
        (["3", "NA", "NaN", "null"], pl.Int64, 3),
        (["true", "FALSE", ""], pl.Boolean, True),
        (["2024-02-29", "2023-01-01"], pl.Date, dt.date(2024, 2, 29)),
        (["2024/02/29", "2023/01/01"], pl.Date, dt.date(2024, 2, 29)),
        (["01.02.2024", "31.12.2024"], pl.Date, dt.date(2024, 2, 1)),
        (["01/02/2024", "31/12/2024"], pl.Date, dt.date(2024, 2, 1)),
        (["01/02/2024", "12/31/2024"], pl.Date, dt.date(2024, 1, 2)),
        (["2024-01-02 03:04:05", "2024-01-02 03:04:05.5"], pl.Datetime("us"), dt.datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        (["2024-01-02T03:04:05"], pl.Datetime("us"), dt.datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001
        (["2024-01-02 03:04"], pl.Datetime("us"), dt.datetime(2024, 1, 2, 3, 4)),  # noqa: DTZ001
        (
            ["2024-01-02T05:04:05+02:00", "2024-01-02T03:04:05Z"],
            pl.Datetime("us", "UTC"),
            dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        ),
        (["01/02/2024", "03/04/2024"], pl.String, "01/02/2024"),
        (["2024-01-02", "2024-13-02"], pl.String, "2024-01-02"),
        (["20-1-2"], pl.String, "20-1-2"),
        (["007", "123"], pl.String, "007"),
        (["12345678901234567890", "1"], pl.String, "12345678901234567890"),
        (["1,234", "2,345"], pl.String, "1,234"),
        (["?", "1"], pl.String, "?"),
        (["NA", "DE"], pl.String, "NA"),
        (["", ""], pl.String, None),
        (["NA", "NA"], pl.String, "NA"),
        ([" spaced "], pl.String, " spaced "),
    ],
)
def test_types_are_those_a_user_expects(tmp_path, values, dtype, first):
    """A column has the narrowest type that all of its values fit, and is text where none does."""
    found = column(tmp_path, *values)

    assert (found.dtype, found[0]) == (dtype, first)


def test_one_late_value_decides(tmp_path):
    """Types are decided from all rows, not from the first ones."""
    lines = "".join(f"{i},{i}\n" for i in range(500))

    schema = scan_table(written(tmp_path, f"a,b\n{lines}0.5,x7\n")).collect_schema()

    assert schema == {"a": pl.Float64, "b": pl.String}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,x\n", [(1, "x")]),
        ("a,b\n1,x", [(1, "x")]),
        ("a,b\r\n1,x\r\n", [(1, "x")]),
        ("a,b\r1,x\r", [(1, "x")]),
        (b"\xef\xbb\xbfa,b\n1,x\n", [(1, "x")]),
        ("a;b\n1,5;x\n2;y\n", [(1.5, "x"), (2.0, "y")]),
        ("a\tb\n1\tx, y\n", [(1, "x, y")]),
        ("a|b\n1|x, y\n", [(1, "x, y")]),
        ('a,b\n1,"x ""y"", z"\n2,"two\nlines"\n', [(1, 'x "y", z'), (2, "two\nlines")]),
        ('a,b\n"",""\n1,x\n', [(None, None), (1, "x")]),
        ("a,b\n1,x\n\n2,y\n\n\n", [(1, "x"), (2, "y")]),
        ("\n\na,b\n1,x\n", [(1, "x")]),
        ("a,b\n1,x\n,\n2,y\n", [(1, "x"), (None, None), (2, "y")]),
        ("a\n1\n\n2\n", [(1,), (2,)]),
        ("a,b\n", []),
        ("#a,b\n#1,x\n", [("#1", "x")]),
        (f'a,b\n1,"{"x" * 200_000}"\n', [(1, "x" * 200_000)]),
    ],
)
def test_layouts(tmp_path, text, rows):
    """Marks, line ends, separators, quotes and blank lines of all kinds are understood."""
    path = written(tmp_path, text)

    assert scan_table(path).collect().rows() == rows
    assert describe(path)[1] == len(rows)


def test_columns_may_bear_any_name(tmp_path):
    """Words that the reading uses itself are names like others."""
    names = ["text", "column", "variable", "value", "n", "0", "bytes.0", "0.0"]
    table = scan_table(written(tmp_path, ",".join(names) + "\n1,a,2.5,b,3,c,4,d\n5,e,6.5,f,7,g,8,h\n")).collect()

    assert table.columns == names
    assert table.row(0) == (1, "a", 2.5, "b", 3, "c", 4, "d")


def test_a_column_without_a_name_is_called_after_its_position(tmp_path):
    """The index that pandas writes has no name."""
    assert scan_table(written(tmp_path, ",a\n0,1\n")).collect_schema().names() == ["column_1", "a"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("a,b,a\n1,2,3\n", "2 columns have the name 'a'"),
        ("a,b,c\n1,2,3\n4,5\n", "line 3 has 2 fields, but the header has 3 fields"),
        ('a,b\n"two\nlines",2\n1,2,3\n', "line 4 has 3 fields"),
        ("text\nhello\nhello, world\n", "line 3 has 2 fields, but the header has 1 field"),
        ('a,b\n1,2\n"x,3\n', "line 3 has 1 field"),
        ('a,b\n5" pipe,3\n6,4\n', "line 2 has quotes that do not pair up"),
        ('a,b\n"x"y,3\n6,4\n', "quotes that do not pair up"),
        ("name,x\nBob,1\nJosé,2\n".encode("latin-1"), "byte 17, in line 3, is not UTF-8"),
        (b"a\nx" + "é".encode() * 600_000 + b"\n\xff\n", "byte 1,200,005, in line 3, is not UTF-8"),
        ("a\nJosé".encode()[:-1], "line 2, is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "it is UTF-16 text"),
        (b"a,b\n1,\x002\n", "byte 7, in line 2, is NUL, a character that no csv file holds. Export it again"),
        ("a,b\n1,2\n".encode("utf-16-le"), "byte 2, in line 1, is NUL"),
    ],
)
def test_hostile_files_are_refused_in_one_line(tmp_path, text, words):
    """A file that cannot be read names itself, the line, and what to do."""
    path = written(tmp_path, text)

    with pytest.raises(DataError) as caught:
        describe(path)

    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_stored_bytes_are_shared_out_by_text(tmp_path):
    """The columns' estimated bytes add up to the file, and longer text takes more."""
    path = written(tmp_path, "short,long\n" + "1,abcdefghij\n" * 50)

    _, n_rows, stored_bytes, columns = describe(path)

    assert n_rows == 50
    assert sum(c.stored_bytes for c in columns) == stored_bytes == path.stat().st_size
    assert columns[1].stored_bytes > 9 * columns[0].stored_bytes
    assert all(c.is_bytes_estimated for c in columns)


@given(st.integers(0, 10**12), st.dictionaries(st.text(max_size=3), st.integers(0, 10**9), min_size=1, max_size=9))
def test_shares_of_bytes_add_up(stored_bytes, sizes):
    """Shares are never negative and lose no byte."""
    shares = share_bytes(stored_bytes, sizes)

    assert sum(shares.values()) == (stored_bytes if sum(sizes.values()) else 0)
    assert min(shares.values()) >= 0


def test_copy_holds_the_same_table_and_is_made_once(tmp_path):
    """The typed copy equals the csv file, keeps its bytes by column, and is left alone the second time."""
    path = written(tmp_path, "id,day,x\n007,2024-01-02,1\n008,,2.5\n")
    copy = tmp_path / "copy.parquet"

    copy_csv(path, copy)
    before = copy.stat().st_mtime_ns
    copy_csv(path, copy)

    assert pl.read_parquet(copy).equals(scan_table(path).collect())
    assert read_text_bytes(copy) == {"id": 6, "day": 10, "x": 4}
    assert copy.stat().st_mtime_ns == before
    assert {p.name for p in tmp_path.iterdir()} == {"table.csv", "copy.parquet"}


def test_full_disk_is_named(tmp_path, monkeypatch):
    """A disk that fills up while the copy is written is one clear line, and no part of the copy stays."""

    def full(*_args, **_options):
        text = "parquet: File out of specification: underlying IO error: No space left on device (os error 28)"
        raise pl.exceptions.ComputeError(text)

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", full)

    with pytest.raises(MeasureError, match="the disk is full"):
        copy_csv(written(tmp_path, "a\n1\n"), tmp_path / "copy.parquet")
    assert {p.name for p in tmp_path.iterdir()} == {"table.csv"}


def test_wide_files_are_fast(tmp_path):
    """Two thousand columns are read in one go."""
    names = [f"c{i}" for i in range(2000)]
    row = ",".join("1.5" if i % 2 else "x" for i in range(2000))

    table = open_csv(written(tmp_path, "\n".join([",".join(names), *[row] * 20])))

    assert table.table.collect_schema().dtypes() == [pl.String, pl.Float64] * 1000


_cells = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6))


@given(st.lists(st.tuples(_cells, _cells), min_size=1, max_size=8), st.sampled_from(",;\t|"))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_survives_the_way_through_a_file(tmp_path, rows, separator):
    """What a csv writer writes is read again as the same text, if the column is text at all."""
    # A first row that no other type fits, and that no separator but the true one splits evenly.
    table = pl.DataFrame([("a text", "a text"), *rows], schema=["x", "y"], orient="row")
    path = tmp_path / "round.csv"
    table.write_csv(path, separator=separator, quote_style="always")

    found = scan_table(path).collect()

    assert found.equals(table.with_columns(pl.all().replace("", None)))
