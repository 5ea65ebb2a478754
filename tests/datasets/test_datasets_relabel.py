"""A corrected copy differs from its source in the corrected labels and nowhere else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datassay.datasets.relabel import relabel
from datassay.datasets.tables import scan_table
from datassay.errors import DataError


def make_table(n=50):
    return pa.table(
        {
            "id": pa.array(range(n), pa.int16()),
            "text": pa.array([["a,b", 'q"q', "x\ny", None][i % 4] for i in range(n)]),
            "day": pa.array([dt.date(2026, 1, 1)] * n),
            "emb": pa.array([[0.5, float(i)] for i in range(n)], pa.list_(pa.float32(), 2)),
            "y": pa.array(["no", "yes", None][i % 3] for i in range(n)).dictionary_encode(),
        }
    ).replace_schema_metadata({"made by": "us"})


def test_a_parquet_file_keeps_types_row_groups_metadata_and_compression(tmp_path):
    """All that a reader of the file may rely on stays, in the label's own column too."""
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(make_table(), source, row_group_size=20, compression="zstd")

    relabel(source, target, "y", {0: 1, 25: 0, 49: 4}, {})

    old, new = pq.read_table(source), pq.read_table(target)
    assert new.schema.equals(old.schema, check_metadata=True)
    assert new.drop(["y"]).equals(old.drop(["y"]))
    wanted = old["y"].to_pylist()
    wanted[0], wanted[25], wanted[49] = "yes", "no", "yes"
    assert new["y"].to_pylist() == wanted
    before, after = pq.read_metadata(source), pq.read_metadata(target)
    assert [after.row_group(i).num_rows for i in range(3)] == [20, 20, 10]
    assert after.row_group(0).column(0).compression == before.row_group(0).column(0).compression == "ZSTD"


def test_only_the_files_of_a_folder_that_hold_corrections_are_written_again(tmp_path):
    """The others are copied byte for byte, whatever lies beside them."""
    source, target = tmp_path / "a", tmp_path / "b"
    source.mkdir()
    for i in range(3):
        pq.write_table(make_table(10), source / f"{i}.parquet", compression="gzip")
    (source / "_SUCCESS").write_text("x", encoding="utf-8")

    relabel(source, target, "y", {12: 0}, {})

    same = [name.name for name in source.iterdir() if name.read_bytes() == (target / name.name).read_bytes()]
    assert sorted(same) == ["0.parquet", "2.parquet", "_SUCCESS"]
    assert scan_table(target).collect()["y"].to_list()[12] == "no"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_other_byte_of_a_csv_file_stays(tmp_path, separator, end, mark):
    """Quotes, line ends and odd spellings of numbers are as they were."""
    rows = [
        ["id", "y", "note"], ["1", "no", '"a ""b"" c"'], ["2", '"yes"', f'"two{end}lines"'], ["3", "no", "01.50"],
        ["4", "", ""], ["5", "yes", f'"{separator}"'],
    ]  # fmt: skip
    lines = [separator.join(row) for row in rows]
    text = mark + end.join(lines) + end
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_bytes(text.encode())

    relabel(source, target, "y", {0: 1, 4: 0}, {})

    wanted = text.replace(f"1{separator}no", f'1{separator}"yes"').replace(f"5{separator}yes", f"5{separator}no")
    assert target.read_bytes().decode() == wanted
    assert scan_table(target).collect()["y"].to_list() == ["yes", "yes", "no", None, "no"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_numbers_are_written_as_they_are(tmp_path, suffix):
    """A verified number replaces the given one, exactly."""
    source, target = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    frame = pl.DataFrame({"y": [1.5, 2.25, 3.0], "x": [1, 2, 3]})
    frame.write_parquet(source) if suffix == ".parquet" else frame.write_csv(source)

    relabel(source, target, "y", {}, {1: 0.1})

    assert scan_table(target).collect().rows() == [(1.5, 1), (0.1, 2), (3.0, 3)]


def test_a_column_that_cannot_hold_the_number_is_named(tmp_path):
    """Whole numbers stay whole: nothing is rounded."""
    source = tmp_path / "a.parquet"
    pl.DataFrame({"y": [1, 2, 3]}).write_parquet(source)
    with pytest.raises(DataError, match="'y' holds int64 and cannot hold"):
        relabel(source, tmp_path / "b.parquet", "y", {}, {1: 0.5})


@pytest.mark.parametrize(("value", "written"), [(0.1, "0.100"), (-2.0, "-2.000"), (1234567.125, "1234567.125")])
def test_a_decimal_takes_a_number_that_it_writes_exactly(tmp_path, value, written):
    """A verified number goes into a column of decimals as the decimal that the reviewer wrote."""
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    frame = pl.DataFrame({"y": pl.Series(["1.500", "2.250", None]).cast(pl.Decimal(10, 3))})
    frame.write_parquet(source)

    relabel(source, target, "y", {0: 1}, {2: value})

    new = pl.read_parquet(target)
    assert new.schema == frame.schema
    assert new["y"].to_list() == [Decimal("2.250"), Decimal("2.250"), Decimal(written)]


@pytest.mark.parametrize("value", [0.0005, 12345678.5, 1 / 3, 1234567890123456.0])
def test_a_decimal_that_would_be_rounded_is_refused(tmp_path, value):
    """A number with more digits than the type, or than a float surely has, is not written."""
    source = tmp_path / "a.parquet"
    pl.DataFrame({"y": pl.Series(["1.500"]).cast(pl.Decimal(10, 3))}).write_parquet(source)
    with pytest.raises(DataError, match=r"'y' holds .*ecimal.* and cannot hold a verified label"):
        relabel(source, tmp_path / "b.parquet", "y", {}, {0: value})


def test_a_short_float_takes_the_nearest_number(tmp_path):
    """A column of 32-bit floats writes 0.1 as it always does; what is beyond it is refused."""
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pl.DataFrame({"y": pl.Series([1.5, 2.5], dtype=pl.Float32)}).write_parquet(source)

    relabel(source, target, "y", {}, {1: 0.1})

    assert pl.read_parquet(target)["y"].equals(pl.Series("y", [1.5, 0.1], dtype=pl.Float32))
    with pytest.raises(DataError, match="cannot hold a verified label"):
        relabel(source, tmp_path / "c.parquet", "y", {}, {1: 1e39})


def test_a_csv_without_a_last_line_end_and_with_one_column_works(tmp_path):
    """The smallest csv there is."""
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_bytes(b"y\na\nb")
    relabel(source, target, "y", {1: 0}, {})

    assert target.read_bytes() == b"y\na\na"
