"""Parquet files and folders of them."""

import os
import random
import struct
from contextlib import suppress

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datassay.datasets.hashing import hash_table
from datassay.datasets.reading import reading
from datassay.datasets.tables import collect, describe, detect_format, scan_table
from datassay.errors import DataError, DatassayError


def test_bytes_by_column_come_from_the_footer(tmp_path):
    """Each column has the compressed bytes of its chunks, over all row groups, and nested ones are summed up."""
    path = tmp_path / "t.parquet"
    table = pa.table(
        {
            "a": list(range(1000)),
            "a.b": ["x" * 50] * 1000,
            "list": [[1, 2]] * 1000,
            "struct": [{"x": 1, "y": {"z": "deep"}}] * 1000,
            "map": pa.array([[("k", 1)]] * 1000, pa.map_(pa.string(), pa.int32())),
            "vector": pa.array([[1.0, 2.0]] * 1000, pa.list_(pa.float32(), 2)),
        }
    )
    pq.write_table(table, path, row_group_size=300, compression="none")
    footer = pq.read_metadata(path)
    by_path = {}
    for group in range(footer.num_row_groups):
        for leaf in range(footer.num_columns):
            chunk = footer.row_group(group).column(leaf)
            by_path[chunk.path_in_schema] = by_path.get(chunk.path_in_schema, 0) + chunk.total_compressed_size

    format_, n_rows, stored_bytes, columns = describe(path)

    sizes = {c.name: c.stored_bytes for c in columns}
    assert (format_, n_rows, stored_bytes) == ("parquet", 1000, path.stat().st_size)
    assert list(sizes) == table.column_names
    assert (sizes["a"], sizes["a.b"]) == (by_path["a"], by_path["a.b"])
    assert sizes["struct"] == by_path["struct.x"] + by_path["struct.y.z"]
    assert sum(sizes.values()) == sum(by_path.values())
    assert not any(c.is_bytes_estimated for c in columns)


def test_bytes_are_an_estimate_where_pyarrow_does_not_know_a_type(tmp_path):
    """A table with integers of 128 bits is described all the same."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"wide": pl.Series([2**100], dtype=pl.Int128), "n": [1]}).write_parquet(path)

    _, n_rows, stored_bytes, columns = describe(path)

    assert n_rows == 1
    assert sum(c.stored_bytes for c in columns) == stored_bytes
    assert all(c.is_bytes_estimated for c in columns)


def test_only_the_columns_asked_for_are_read(tmp_path):
    """The scan is lazy: damage in one column does not keep others from being read."""
    path = tmp_path / "t.parquet"
    rng = np.random.default_rng(0)
    pl.DataFrame({"good": rng.normal(size=5000), "bad": rng.normal(size=5000)}).write_parquet(path)
    chunk = pq.read_metadata(path).row_group(0).column(1)
    with path.open("r+b") as file:
        file.seek(chunk.data_page_offset + 20)
        file.write(b"\xff" * 2000)

    table = scan_table(path)

    assert collect(table.select("good"), "t").height == 5000
    with pytest.raises(DataError, match=r"^t: its content is damaged") as caught:
        collect(table.select("bad"), "t")
    assert "\n" not in str(caught.value)


def test_folder_is_one_table_in_the_order_of_names(tmp_path):
    """Files of a folder and its sub-folders count in sorted order; hidden ones and other kinds do not count."""
    for name, value in {"b": 2, "a": 1, "sub/c": 3, "_tmp/x": 9, "sub/.hidden": 9}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pl.DataFrame({"v": [value]}).write_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "_SUCCESS").touch()

    format_, n_rows, _, columns = describe(tmp_path)

    assert (format_, n_rows, len(columns)) == ("parquet_folder", 3, 1)
    assert scan_table(tmp_path).collect()["v"].to_list() == [1, 2, 3]


def test_folder_names_can_hold_a_column(tmp_path):
    """Hive partitions are columns that take no bytes."""
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
        pl.DataFrame({"v": [year]}).write_parquet(tmp_path / f"year={year}/p.parquet")

    assert {c.name: c.stored_bytes > 0 for c in describe(tmp_path)[3]} == {"v": True, "year": False}
    assert scan_table(tmp_path).collect()["year"].to_list() == [2023, 2024]


def test_zero_rows_are_readable(tmp_path):
    """A table without rows is a table; whether that is enough is for later stages to say."""
    path = tmp_path / "t.parquet"
    pl.DataFrame(schema={"a": pl.Int64, "b": pl.String}).write_parquet(path)

    assert describe(path)[1] == 0
    assert scan_table(path).collect().shape == (0, 2)


def _cut(folder):
    path = folder / "t.parquet"
    pl.DataFrame({"a": range(100)}).write_parquet(path)
    os.truncate(path, path.stat().st_size - 30)
    return path


def _text(folder):
    (folder / "t.parquet").write_text("a,b\n1,2\n")
    return folder / "t.parquet"


def _empty(folder):
    (folder / "t.parquet").touch()
    return folder / "t.parquet"


def _lfs(folder):
    (folder / "t.parquet").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    return folder / "t.parquet"


def _no_columns(folder):
    pq.write_table(pa.table({}), folder / "t.parquet")
    return folder / "t.parquet"


def _twice(folder):
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), folder / "t.parquet")
    return folder / "t.parquet"


def _missing(folder):
    (folder / "table.parquet").touch()
    return folder / "tabel.parquet"


def _no_parquet(folder):
    (folder / "readme.txt").touch()
    return folder


def _other_columns(folder):
    pl.DataFrame({"a": [1], "b": [1]}).write_parquet(folder / "1.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(folder / "2.parquet")
    return folder


def _other_types(folder):
    pl.DataFrame({"a": [1]}).write_parquet(folder / "1.parquet")
    pl.DataFrame({"a": ["1"]}).write_parquet(folder / "2.parquet")
    return folder


def _one_damaged(folder):
    pl.DataFrame({"a": [1]}).write_parquet(folder / "1.parquet")
    (folder / "2.parquet").write_bytes(b"PAR1")
    return folder


def _excel(folder):
    (folder / "t.xlsx").touch()
    return folder / "t.xlsx"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_cut, ["t.parquet", "damaged"]),
        (_text, ["t.parquet", "damaged or not what its name says"]),
        (_empty, ["t.parquet", "damaged"]),
        (_lfs, ["t.parquet", "Git LFS pointer", "git lfs pull"]),
        (_no_columns, ["t.parquet", "no columns"]),
        (_twice, ["t.parquet", "two columns have the same name"]),
        (_missing, ["tabel.parquet", "no such file", "Did you mean 'table.parquet'?"]),
        (_no_parquet, ["holds no Parquet file"]),
        (_other_columns, ["2.parquet: column 'b' is missing"]),
        (_other_types, ["2.parquet: column 'a' is String, but Int64 in 1.parquet"]),
        (_one_damaged, ["2.parquet", "damaged"]),
        (_excel, ["t.xlsx", "not a format that can be read", ".parquet"]),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path, make, words):
    """Each kind of bad file is named, with what to do."""
    path = make(tmp_path)

    with pytest.raises(DataError) as caught:
        describe(path)

    text = str(caught.value)
    assert [word for word in words if word not in text] == [], text
    assert "\n" not in text


def test_no_damage_leads_to_anything_but_a_clear_line(tmp_path):
    """Random damage anywhere in a file is either harmless or a DatassayError."""
    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {"n": range(300), "s": [f"v{i % 7}" for i in range(300)], "l": [[i] for i in range(300)]}
    ).write_parquet(path)
    whole = path.read_bytes()
    rng = random.Random(0)

    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        if rng.random() < 0.3:
            damaged = damaged[: rng.randrange(len(damaged))]
        path.write_bytes(damaged)
        with suppress(DatassayError):
            describe(path)
            collect(scan_table(path), "t")


def test_engine_messages_with_cell_values_are_not_passed_on():
    """What an engine says about a value stays out of the error."""
    table = pl.LazyFrame({"a": ["canary-4711"]}).select(pl.col("a").cast(pl.Int64))

    with pytest.raises(DataError) as caught:
        collect(table, "t")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "cls", [*pl.exceptions.PolarsError.__subclasses__(), pl.exceptions.PanicException, MemoryError]
)
def test_every_exception_of_the_engine_is_explained(cls):
    """Whatever Polars raises while a table is read becomes one of our errors, in one line."""
    with pytest.raises(DatassayError) as caught, reading("t"):
        raise cls("canary-4711\nsecond line")

    assert str(caught.value).startswith("t: ")
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_our_own_mistakes_are_not_hidden():
    """An error that is no engine's is passed on as it is."""
    with pytest.raises(KeyError), reading("t"):
        raise KeyError("ours")


@pytest.mark.parametrize("name", ["t.PARQUET", "t.pq", "t.csv", "t.tsv", "t.CSV"])
def test_formats_are_told_by_suffix(tmp_path, name):
    """Upper case and short suffixes are understood."""
    (tmp_path / name).write_text("a\n1\n")

    assert detect_format(tmp_path / name) == ("csv" if name[-2:].lower() == "sv" else "parquet")


def test_hashes_are_the_md5_of_the_bytes(tmp_path):
    """A file's hash is its md5; a folder's depends on names and content alone."""
    for folder in ("one", "two"):
        (tmp_path / folder / "sub").mkdir(parents=True)
        (tmp_path / folder / "sub/b").write_bytes(struct.pack("d", 1.5))
        (tmp_path / folder / "a").write_bytes(b"hello")

    assert hash_table(tmp_path / "one/a") == "5d41402abc4b2a76b9719d911017c592"
    assert hash_table(tmp_path / "one") == hash_table(tmp_path / "two")
    (tmp_path / "two/a").rename(tmp_path / "two/c")
    assert hash_table(tmp_path / "one") != hash_table(tmp_path / "two")
