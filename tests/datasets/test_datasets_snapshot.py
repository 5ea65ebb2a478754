"""Snapshots: of files, of revs, and of tables in memory."""

import datetime as dt
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.datasets.snapshot import hold_frame, read_rows, scan, snapshot_frame, take_snapshot
from datassay.errors import DataError, ProjectError, RevError, UsageError
from datassay.results import Snapshot
from datassay.spec import DatasetSpec, parse_spec


def take(path, root, cache, rev=None, **options):
    return take_snapshot(DatasetSpec(path=path, rev=rev, **options), name="people", root=root, cache_dir=cache)


def test_snapshot_of_a_rev(farm, cache):
    """A snapshot says what was read, from where, and what each column takes."""
    snapshot = take("data/people.parquet", farm / "proj", cache, "v1")

    assert (snapshot.name, snapshot.path, snapshot.rev) == ("people", "data/people.parquet", "v1")
    assert (snapshot.format, snapshot.n_rows, len(snapshot.commit)) == ("parquet", 60, 40)
    assert [c.name for c in snapshot.columns] == ["id", "age", "pay", "job"]
    assert [c.dtype for c in snapshot.columns] == ["String", "Int64", "Float64", "String"]
    assert all(0 < c.stored_bytes < snapshot.stored_bytes for c in snapshot.columns)
    assert scan(snapshot).collect().shape == (60, 4)
    assert Snapshot.model_validate_json(snapshot.model_dump_json()) == snapshot


@pytest.mark.parametrize("rev", [None, "v1"])
def test_a_definition_reads_nothing_outside_of_its_repository(farm, cache, rev):
    """A path of a definition that leads out is wrong usage, whatever the rev; a call may name any file."""
    root = farm / "proj"
    outside = farm / "outside.csv"
    outside.write_text("a\n1\n", encoding="utf-8")
    for path in ("../outside.csv", "data/../../outside.csv", str(outside)):
        spec = parse_spec({"dataset": {"path": path, "rev": rev}}, "x", "x.yaml", is_bound=True)
        with pytest.raises(UsageError, match=r"leads out of the repository .*proj\. Give it relative"):
            take_snapshot(spec.dataset, name="x", root=root, cache_dir=cache)
    assert take("../outside.csv", root, cache).n_rows == 1
    within = parse_spec({"dataset": {"path": "../proj/data/notes.csv", "rev": rev}}, "x", "x.yaml", is_bound=True)
    assert take_snapshot(within.dataset, name="x", root=root, cache_dir=cache).n_rows > 0


def test_the_callers_rev_wins_over_the_definitions(farm, cache):
    """The command line's --rev reads another rev, and "workspace" the file as it lies."""
    spec = DatasetSpec(path="data/people.parquet", rev="v1")
    options = {"name": "people", "root": farm / "proj", "cache_dir": cache}

    assert take_snapshot(spec, **options).n_rows == 60
    assert take_snapshot(spec, **options, rev="v2").n_rows == 80
    assert take_snapshot(spec, **options, rev="workspace").commit is None


@pytest.mark.parametrize("rev", ["v2", None])
def test_snapshot_of_csv_keeps_the_csvs_own_bytes_and_hash(farm, cache, rev):
    """A csv is parsed once into a typed copy, but described as the csv file that it is."""
    snapshot = take("data/people.csv", farm / "proj", cache, rev)

    source = farm / "proj/data/people.csv"
    assert (snapshot.format, snapshot.n_rows, snapshot.stored_bytes) == ("csv", 5, source.stat().st_size)
    assert f"md5: {snapshot.md5}" in (farm / "proj/data/people.csv.dvc").read_text()
    assert [c.dtype for c in snapshot.columns] == ["String", "Int64", "Float64", "String"]
    assert scan(snapshot).collect().equals(pl.read_csv(source, schema_overrides={"id": pl.String}))


def test_snapshot_of_a_folder(farm, cache):
    """A folder is one table, with the same hash at the rev and in the workspace."""
    at_rev, lying = (take("data/parts", farm / "proj", cache, rev) for rev in ("v2", None))

    assert (at_rev.format, at_rev.n_rows) == ("parquet_folder", 30)
    assert (at_rev.md5, at_rev.columns, at_rev.stored_bytes) == (lying.md5, lying.columns, lying.stored_bytes)
    assert scan(at_rev).collect().equals(scan(lying).collect())


def test_errors_name_the_file_as_the_user_does(copied, cache):
    """A broken table at a rev is called by its path and rev, not by its copy in the cache."""
    (copied.root / "data/people.parquet").write_text("no table")
    copied.dvc("add data/people.parquet")
    copied.commit("v3")

    with pytest.raises(DataError, match=r"^data/people.parquet \(rev v3\): its content is damaged"):
        take("data/people.parquet", copied.root, cache, "v3")


def test_credentials_of_a_url_stay_out_of_the_record(farm, cache):
    """The repository in a snapshot, and so in the report, has no password."""
    with pytest.raises(RevError) as caught:
        take("a.parquet", farm / "proj", cache, "v1", repo="https://bob:hunter2@127.0.0.1:9/x.git")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_content_that_is_gone_is_named(farm, cache):
    """A cache that was emptied between stages is told from a broken table."""
    snapshot = take("data/people.parquet", farm / "proj", cache, "v1")
    shutil.rmtree(cache)

    with pytest.raises(DataError, match="no longer at"):
        scan(snapshot)


def test_cache_that_is_a_file_is_refused(farm, tmp_path):
    """A cache folder that cannot be made is a clear line."""
    (tmp_path / "file").touch()

    with pytest.raises(ProjectError, match="cannot be written"):
        take("data/people.parquet", farm / "proj", tmp_path / "file", "v1")


FRAME = pl.DataFrame(
    {
        "n": [1, None, 3],
        "x": [0.5, 1.5, None],
        "s": ["a", None, "ü"],
        "day": [dt.date(2024, 1, 1), None, dt.date(2024, 1, 3)],
        "ok": [True, None, False],
    }
)


@pytest.mark.parametrize(
    "convert",
    [
        lambda t: t,
        lambda t: t.lazy(),
        lambda t: pl.concat([t.head(1), t.tail(2)], rechunk=False),
        lambda t: t.to_arrow(),
        lambda t: t.to_arrow().to_batches()[0],
        lambda t: t.to_pandas(use_pyarrow_extension_array=True),
    ],
    ids=["eager", "lazy", "chunked", "arrow", "batch", "pandas"],
)
def test_equal_tables_in_memory_have_equal_snapshots(cache, convert):
    """Whatever library holds a table, its content decides the hash."""
    first = snapshot_frame(FRAME, name="t", cache_dir=cache)

    again = snapshot_frame(convert(FRAME), name="t", cache_dir=cache)

    assert first == again
    assert (again.rev, again.commit, again.repo, again.n_rows, again.path) == ("workspace", None, None, 3, "t")
    assert scan(again).collect().equals(FRAME)


@pytest.mark.parametrize("is_held", [False, True])
def test_rows_are_read_in_the_order_asked_for(cache, is_held):
    """From a file or from memory, and though one of the columns is called as the reader calls its own."""
    frame = pl.DataFrame({"row": [f"r{i}" for i in range(9)], "x": [float(i) for i in range(9)]})
    snapshot = hold_frame(frame.lazy(), name="t") if is_held else snapshot_frame(frame, name="t", cache_dir=cache)

    found = read_rows(snapshot, np.array([7, 0, 4]), ["x", "row"])

    assert found.equals(pl.DataFrame({"x": [7.0, 0.0, 4.0], "row": ["r7", "r0", "r4"]}))


def test_pandas_frames_as_they_come(cache):
    """NaN is null, categories are text, and a named index is a column."""
    frame = pd.DataFrame(
        {"x": [1.0, np.nan], "c": pd.Categorical(["b", "a"])}, index=pd.Index(["r1", "r2"], name="key")
    )

    found = scan(snapshot_frame(frame, name="t", cache_dir=cache)).collect()

    assert found.to_dict(as_series=False) == {"key": ["r1", "r2"], "x": [1.0, None], "c": ["b", "a"]}


def test_nested_and_odd_types_are_kept(cache):
    """Lists, arrays, structs, bytes, enums and decimals survive."""
    frame = pl.DataFrame(
        {
            "list": [[1], []],
            "struct": [{"a": 1}, None],
            "array": pl.Series([[1.0, 2.0], [3.0, 4.0]], dtype=pl.Array(pl.Float32, 2)),
            "bytes": [b"x", None],
            "enum": pl.Series(["u", None], dtype=pl.Enum(["u"])),
            "decimal": pl.Series(["1.20", None]).cast(pl.Decimal(10, 2)),
            "null": [None, None],
        }
    )

    snapshot = snapshot_frame(frame, name="t", cache_dir=cache)

    assert scan(snapshot).collect().equals(frame)
    assert len(snapshot.columns) == 7


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (pd.DataFrame({0: [1], "a": [2]}), UsageError, "Column name 0 is not text"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), UsageError, "Two columns have the name 'a'"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), UsageError, "is not text"),
        (pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), UsageError, "the name 'a'"),
        (pd.DataFrame({"ok": [1, 2], "mixed": [1, "canary-4711"]}), DataError, "Column 'mixed' cannot be read"),
        (pl.DataFrame({"a": [object()]}, schema={"a": pl.Object}), DataError, "'a' holds Python objects"),
        (pl.DataFrame(), DataError, "no columns"),
        ({"a": [1]}, UsageError, "builtins.dict is not a table"),
        (pd.Series([1]), UsageError, "is not a table"),
        (pl.Series([1]), UsageError, "is not a table"),
        (None, UsageError, "is not a table"),
        (pl.LazyFrame({"a": ["canary-4711"]}).cast({"a": pl.Int64}), DataError, "Table 't'"),
    ],
)
def test_what_is_no_table_is_refused(cache, table, error, words):
    """A thing that is no table, or a table that cannot be one, is refused in one line without cell values."""
    with pytest.raises(error) as caught:
        snapshot_frame(table, name="t", cache_dir=cache)

    assert words in str(caught.value)
    assert "canary" not in str(caught.value)
    assert list(cache.iterdir()) == []


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(-9, 9)), st.text(max_size=4)), max_size=20), st.integers(0, 20)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hash_does_not_depend_on_chunks(cache, rows, cut):
    """Cutting a table into pieces does not change its snapshot."""
    frame = pl.DataFrame(rows, schema={"n": pl.Int64, "s": pl.String}, orient="row")
    pieces = pl.concat([frame.head(cut), frame.slice(cut)], rechunk=False)

    assert snapshot_frame(frame, name="t", cache_dir=cache) == snapshot_frame(pieces, name="t", cache_dir=cache)


def test_hash_does_not_depend_on_the_number_of_threads(tmp_path):
    """One thread and four write the same bytes."""
    code = (
        "import polars as pl, sys, pathlib; from datassay.datasets.snapshot import snapshot_frame; "
        "f = pl.select(a=pl.int_range(250_000), b=pl.int_range(250_000).cast(pl.String)); "
        "print(snapshot_frame(f, name='t', cache_dir=pathlib.Path(sys.argv[1])).md5)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, tmp_path], env={"POLARS_MAX_THREADS": n}, check=True, capture_output=True
        ).stdout
        for n in ("1", "4")
    }

    assert len(found) == 1


def test_real_table(data_file, cache):
    """The Adult census table is read without being copied."""
    path = data_file("c_adult/data.parquet")

    snapshot = take("c_adult/data.parquet", path.parents[1], cache)

    assert (snapshot.n_rows, len(snapshot.columns)) == (48842, 17)
    assert list(cache.iterdir()) == []
