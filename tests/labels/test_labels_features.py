from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from labels_support import make_spec

from datassay.errors import DataError, SpecError
from datassay.labels.encoding import encode, impute
from datassay.labels.features import choose_columns, read_features, to_pandas

N = 120


@pytest.fixture
def odd_frame():
    """A table with every type of column that a snapshot may hold."""
    day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(N, 4)).astype(np.float32)
    return pl.DataFrame(
        {
            "number": [None if i % 7 == 0 else i * 37 % 11 for i in range(N)],
            "real": [float("inf") if i == 5 else i / 3 for i in range(N)],
            "flag": [None if i == 9 else i % 2 == 0 for i in range(N)],
            "money": pl.Series([Decimal(f"{i}.50") for i in range(N)]),
            "color": [None if i == 4 else ["red", "green", "<script>"][i % 3] for i in range(N)],
            "text": [f"row {i} of the {'good' if i % 2 else 'bad'} ones" for i in range(N)],
            "day": [(day + dt.timedelta(days=i)).date() for i in range(N)],
            "moment": [day + dt.timedelta(hours=i) for i in range(N)],
            "span": [dt.timedelta(seconds=i % 5) for i in range(N)],
            "hour": [dt.time(i % 24) for i in range(N)],
            "kind": pl.Series([["a", "b"][i % 2] for i in range(N)], dtype=pl.Categorical),
            "vector": pl.Series(vectors, dtype=pl.Array(pl.Float32, 4)),
            "listed": pl.Series(vectors.tolist(), dtype=pl.List(pl.Float64)),
            "ragged": [[1.0] * (i % 3) for i in range(N)],
            "record": [{"a": i} for i in range(N)],
            "blob": [bytes([i]) for i in range(N)],
            "constant": ["x"] * N,
            "empty": pl.Series([None] * N, dtype=pl.Int64),
            "counter": range(N),
            "label": [i % 2 for i in range(N)],
        }
    )


def test_every_type_of_column_becomes_numbers_or_is_named(snap, odd_frame):
    """Columns of any type are encoded, and those that are left out are named with the reason."""
    snapshot = snap(odd_frame)
    columns = choose_columns(snapshot, make_spec(label="label"))
    table = read_features(snapshot, columns, np.arange(N))
    encoded = encode(table.frame, seed=0)

    assert "label" not in table.sources
    assert {"ragged", "record", "blob", "constant", "empty", "counter"}.isdisjoint(table.sources)
    assert set(table.sources) == {
        *("number", "real", "flag", "money", "color", "text", "day", "moment", "span", "hour", "kind"),
        *("vector", "listed"),
    }
    assert encoded.matrix.dtype == np.float32
    assert encoded.matrix.shape == (N, len(encoded.sources))
    assert not np.isinf(encoded.matrix).any()
    assert set(encoded.sources) == set(table.frame.columns)
    notes = " ".join(table.notes)
    assert "constant or empty: constant, empty" in notes
    assert "row numbers: counter" in notes
    assert "neither numbers nor text: ragged, record, blob" in notes


def test_missing_values_stay_missing_and_can_be_filled(snap, odd_frame):
    """A null is NaN in the matrix, whatever the column's type, and a median after imputing."""
    snapshot = snap(odd_frame)
    table = read_features(snapshot, ["number", "real", "flag", "color"], np.arange(N))
    encoded = encode(table.frame, seed=0)
    missing = {name: np.isnan(encoded.matrix[:, j]).nonzero()[0].tolist() for j, name in enumerate(encoded.sources)}

    assert missing == {"number": list(range(0, N, 7)), "real": [5], "flag": [9], "color": [4]}
    assert not np.isnan(impute(encoded.matrix)).any()


def test_embeddings_are_used_as_they_are(snap, odd_frame):
    """The elements of fixed-size arrays are columns of the matrix, unchanged."""
    snapshot = snap(odd_frame)
    encoded = encode(read_features(snapshot, ["vector"], np.arange(N)).frame, seed=0)

    assert (encoded.matrix == odd_frame["vector"].to_numpy()).all()


def test_chosen_rows_are_read_in_order(snap, odd_frame):
    """Features of some rows are those rows' features."""
    table = read_features(snap(odd_frame), ["real"], np.array([3, 10, 50, 51]))

    assert table.frame["real"].to_list() == [1.0, 10 / 3, 50 / 3, 17.0]


def test_a_users_table_is_plain_pandas(snap, odd_frame):
    """The table for an estimator of the user has floats with NaN, text and dates, and no nested cells."""
    table = to_pandas(read_features(snap(odd_frame), ["flag", "color", "day", "vector"], np.arange(N)).frame)

    assert table["flag"].isna().sum() == 1
    assert table["flag"].dtype == float
    assert list(table.columns) == ["flag", "color", "day", "vector_0", "vector_1", "vector_2", "vector_3"]


def test_an_expanded_name_never_meets_another_column(snap, odd_frame):
    """An array's element is renamed where a column of its name exists."""
    frame = odd_frame.with_columns(vector_0=pl.col("real"))
    table = read_features(snap(frame), ["vector", "vector_0"], np.arange(N))

    assert len(set(table.frame.columns)) == 5
    assert table.sources == ["vector"] * 4 + ["vector_0"]


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ({"id": "rowid"}, "id names the column 'rowid'"),
        ({"features": {"exclude": ["colour"]}}, "features.exclude names the column 'colour'.*'color'"),
        ({"features": {"time": "when"}}, "features.time"),
        ({"features": {"groups": "who"}}, "features.groups"),
        ({"features": {"embeddings": ["vektor"]}}, "features.embeddings.*'vector'"),
        ({"features": {"embeddings": ["vector", "real"]}}, "features.embeddings: the column 'real'.*but Float"),
        ({"trusted": {"column": "gold"}}, "trusted.column"),
    ],
)
def test_a_column_that_is_not_there_is_named(snap, odd_frame, parts, key):
    """Every column that a definition names must exist; the nearest name is told."""
    with pytest.raises(SpecError, match=key):
        choose_columns(snap(odd_frame), make_spec(label="label", **parts))


def test_bound_and_excluded_columns_are_no_features(snap, odd_frame):
    """Label, id, time, groups, verified labels and excluded columns are not shown to the model."""
    spec = make_spec(
        label="label",
        id="counter",
        features={"exclude": ["text"], "time": "moment", "groups": "color"},
        trusted={"column": "flag"},
    )

    assert {"label", "counter", "text", "moment", "color", "flag"}.isdisjoint(choose_columns(snap(odd_frame), spec))


def test_a_table_without_features_is_a_data_error(snap, odd_frame):
    """A table with nothing but a label, or with constants only, cannot be learned from."""
    with pytest.raises(DataError, match="no column left"):
        choose_columns(snap(odd_frame.select("label")), make_spec(label="label"))
    with pytest.raises(DataError, match=r"tells the rows apart.*constant or empty: constant, empty\.$"):
        read_features(snap(odd_frame), ["constant", "empty"], np.arange(N))


def test_columns_that_cannot_be_used_are_named_where_none_is_left(snap, odd_frame):
    """A ragged list or a struct as the only feature is no riddle: which columns were left out, why, and what helps."""
    with pytest.raises(DataError) as caught:
        read_features(snap(odd_frame), ["ragged", "record", "counter"], np.arange(N))

    assert str(caught.value) == (
        "No column of table tells the rows apart, so nothing can be predicted. Left out as row numbers: counter. "
        "Left out as neither numbers nor text: ragged, record. "
        "Lists serve where all are of one length, structs as a column for each field."
    )


def test_a_column_that_changes_late_is_kept(snap):
    """Whether a column tells rows apart is not decided by its first rows."""
    frame = pl.DataFrame({"late": [0] * 1500 + [1], "never": [0] * 1501, "gaps": [None] * 1499 + [1, 2]})
    table = read_features(snap(frame), ["late", "never", "gaps"], np.arange(1501))

    assert table.sources == ["late", "gaps"]


def test_a_row_number_is_one_in_any_choice_of_rows(snap):
    """That rows without a label are left out does not make a feature of a counter; a shuffled one does no harm."""
    up = np.arange(100)
    frame = pl.DataFrame({"up": up, "down": 7 - up, "shuffled": np.random.default_rng(0).permutation(100), "x": up % 7})
    rows = np.setdiff1d(up, [3, 40, 41])

    assert read_features(snap(frame), frame.columns, rows).sources == ["shuffled", "x"]


def test_encoding_depends_on_the_seed_alone(snap, odd_frame):
    """Encoding the same table twice gives the same numbers."""
    frame = read_features(snap(odd_frame), ["text", "color"], np.arange(N)).frame

    assert np.array_equal(encode(frame, 1).matrix, encode(frame, 1).matrix, equal_nan=True)
