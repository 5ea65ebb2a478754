"""Profiles: right numbers, and no cell values."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datassay.errors import DataError, InconclusiveError
from datassay.quality.profile import profile_columns
from datassay.results import Profile

CANARY = "canary-4711"


def profile(snapshot, show_values=(), label=None, id_column=None):
    return profile_columns(snapshot, show_values=list(show_values), label=label, id_column=id_column)


def only(snapshot, **options):
    """Return the profile of the only column."""
    (column,) = profile(snapshot, **options).columns
    return column


def test_the_categories_of_an_enum_are_cell_values(snap):
    """An Enum's type does not list its categories, wherever it stands."""
    secret = pl.Enum([CANARY, "b"])
    nested = {"list": pl.List(secret), "struct": pl.Struct({"x": secret}), "array": pl.Array(secret, 1)}
    columns = {
        "plain": pl.Series(["b"], dtype=secret),
        "list": pl.Series([["b"]], dtype=nested["list"]),
        "struct": pl.Series([{"x": "b"}], dtype=nested["struct"]),
        "array": pl.Series([["b"]], dtype=nested["array"]),
    }
    snapshot = snap(pl.DataFrame(columns))

    found = profile(snapshot)

    assert [column.dtype for column in found.columns] == [
        "Enum",
        "List(Enum)",
        "Struct({'x': Enum})",
        "Array(Enum, shape=(1,))",
    ]
    assert CANARY not in found.model_dump_json() + snapshot.model_dump_json()


def test_numbers_are_described_with_three_digits(snap):
    """Range, mean and quantiles are right and too coarse to tell a person by."""
    values = np.random.default_rng(0).normal(51_234, 777, 5000)

    column = only(snap(pl.DataFrame({"pay": values})))

    wanted = [values.min(), values.max(), values.mean(), *np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])]
    found = [column.minimum, column.maximum, column.mean, *column.quantiles]
    assert found == [float(f"{value:.3g}") for value in wanted]
    assert (column.null_fraction, column.n_distinct, column.dtype) == (0, 5000, "Float64")
    assert column.top_values == []


@pytest.mark.parametrize("value", [float("nan"), None])
def test_nan_counts_as_null(snap, value):
    """A missing number is missing however it is written."""
    column = only(snap(pl.DataFrame({"x": [1.0, value, 3.0, float("inf")]})))

    assert (column.null_fraction, column.n_distinct) == (0.25, 3)
    assert (column.minimum, column.maximum, column.mean) == (1, 3, 2)


def test_frequent_values_are_fractions_without_the_value(snap):
    """The most frequent values are counted, but named only where the definition allows the column."""
    frame = pl.DataFrame({"job": ["nurse"] * 5 + ["clerk"] * 3 + ["smith"] * 2})

    hidden = only(snap(frame))
    shown = only(snap(frame), show_values=["job"])

    assert [(v.value, v.fraction) for v in hidden.top_values] == [(None, 0.5), (None, 0.3), (None, 0.2)]
    assert [(v.value, v.fraction) for v in shown.top_values] == [("nurse", 0.5), ("clerk", 0.3), ("smith", 0.2)]


def test_equally_frequent_values_come_in_a_fixed_order(snap):
    """Ties are broken by the value, so that two runs agree."""
    frame = pl.DataFrame({"v": ["b", "a", "d", "c", "f", "e"] * 2})

    assert [v.value for v in only(snap(frame), show_values=["v"]).top_values] == ["a", "b", "c", "d", "e"]


def test_no_cell_value_is_in_a_profile(snap):
    """A value of any type, however frequent, stays out of the record."""
    frame = pl.DataFrame(
        {
            "text": [CANARY] * 6,
            "category": pl.Series([CANARY] * 6, dtype=pl.Categorical),
            "list": [[CANARY]] * 6,
            "struct": [{"a": CANARY}] * 6,
            "bytes": [CANARY.encode()] * 6,
            "number": [123456.789] * 6,
            "day": [dt.date(1987, 6, 5)] * 6,
        }
    )

    text = profile(snap(frame), id_column="text", show_values=["list", "struct", "bytes"]).model_dump_json()

    assert not [secret for secret in (CANARY, "123456", "1987") if secret in text]
    assert CANARY in profile(snap(frame), show_values=["text"]).model_dump_json()


def test_the_id_is_only_counted(snap):
    """An id has neither range nor frequent values."""
    column = only(snap(pl.DataFrame({"key": [101, 102, 102]})), id_column="key")

    assert (column.n_distinct, column.minimum, column.quantiles, column.top_values) == (2, None, [], [])


@pytest.mark.parametrize(
    ("values", "is_constant"),
    [(["a", "a"], True), (["a", None], False), ([None, None], True), (["a", "b"], False)],
)
def test_constants(snap, values, is_constant):
    """One value in all rows is a constant, one value and nulls is not."""
    assert only(snap(pl.DataFrame({"v": values}, schema={"v": pl.String}))).is_constant is is_constant


def test_all_types_of_columns_can_be_profiled(snap):
    """Nested, binary, temporal and odd numeric columns have counts."""
    frame = pl.DataFrame({
        "list": [[1, 2], [1, 2], None],
        "texts": [["a"], ["a"], None],
        "struct": [{"a": 1}, {"a": 1}, None],
        "array": pl.Series([[1.0, 2.0], [1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)),
        "bytes": [b"x", b"x", None],
        "category": pl.Series(["u", "u", None], dtype=pl.Categorical),
        "enum": pl.Series(["u", "u", None], dtype=pl.Enum(["u", "v"])),
        "decimal": pl.Series(["1.20", "1.20", None]).cast(pl.Decimal(10, 2)),
        "wide": pl.Series([2**100, 2**100, None], dtype=pl.Int128),
        "big": pl.Series([2**64 - 1, 2**64 - 1, None], dtype=pl.UInt64),
        "day": [dt.date(2024, 1, 1), dt.date(2024, 1, 1), None],
        "time": [dt.time(1), dt.time(1), None],
        "span": [dt.timedelta(1), dt.timedelta(1), None],
        "when": pl.Series([dt.datetime(2024, 1, 1)] * 2 + [None], dtype=pl.Datetime("ns", "Europe/Berlin")),  # noqa: DTZ001
        "ok": [True, True, None],
    })  # fmt: skip

    columns = profile(snap(frame)).columns

    assert [(c.name, c.n_distinct, round(c.null_fraction, 2)) for c in columns] == [(n, 1, 0.33) for n in frame.columns]
    assert [c.name for c in columns if c.minimum is not None] == ["decimal", "wide", "big"]
    assert all([v.fraction for v in c.top_values] == [2 / 3] for c in columns)


def test_null_columns_and_odd_names_can_be_profiled(snap):
    """Columns of nulls alone, and names that look like our own, are no problem."""
    frame = pl.DataFrame({"": [None, None], "0": [1, 2], "a.b": [1, 1], "a": ["x", "y"], "<b>'\"": [1.0, None]})

    assert [c.n_distinct for c in profile(snap(frame)).columns] == [0, 2, 1, 2, 1]


def test_two_thousand_columns(snap):
    """A very wide table is profiled."""
    columns = profile(snap(pl.DataFrame({f"c{i}": [i, i + 1, None] for i in range(2000)}))).columns

    assert [c.n_distinct for c in columns] == [2] * 2000


@pytest.mark.parametrize(
    ("rows", "n"),
    [
        ({"id": [1, 2, 3], "a": ["x", "x", "x"], "b": [1, 1, 2]}, 1),
        ({"id": [1, 2, 3], "a": ["x", "x", "x"], "b": [1, 1, 1]}, 2),
        ({"id": [1, 2, 3], "a": [None, None, "x"], "b": [None, None, 1]}, 1),
        ({"id": [1, 2, 3], "a": [[1], [1], [2]], "b": [{"x": 1}, {"x": 1}, None]}, 1),
        ({"id": [1, 2, 3], "a": [float("nan"), float("nan"), 0.0], "b": [0.0, -0.0, 0.0]}, 1),
        ({"id": [1, 1, 1]}, 0),
    ],
)
def test_duplicate_rows_are_those_equal_in_all_columns_but_the_id(snap, rows, n):
    """Copies with another id are duplicates; nulls are equal to nulls."""
    assert profile(snap(pl.DataFrame(rows)), id_column="id").n_duplicate_rows == n


def test_duplicates_over_many_columns_are_compared_in_all_of_them(snap):
    """Rows that differ in one of a thousand columns are no duplicates."""
    frame = pl.DataFrame({f"c{i}": [i, i, i] for i in range(999)} | {"last": [1, 1, 2]})

    assert profile(snap(frame)).n_duplicate_rows == 1


@pytest.mark.parametrize(
    ("values", "kinds", "fraction"),
    [
        (["?", "a", "b", "?"], ["?"], 0.5),
        (["N/A", "n/a ", "x", "y"], ["n/a"], 0.5),
        (["null", "NaN", "-", "x"], ["-", "nan", "null"], 0.75),
        (["", "  ", "x", "y"], ["blank"], 0.5),
        (["Unknown", "x", "y", "z"], ["unknown"], 0.25),
        (["None", "x", "y", "z"], ["None"], 0.25),
        (["none", "x", "y", "z"], [], 0),
        (["NA", "x", "y", "z"], ["na"], 0.25),
        (["NA", "DE", "FR", "IT"], [], 0),
        ([CANARY, "question?", "x-y", "nullable"], [], 0),
    ],
)
def test_words_for_missing_are_suspects(snap, values, kinds, fraction):
    """Words that stand for nothing are found as whole values, whatever their case and spaces."""
    column = only(snap(pl.DataFrame({"v": values})))

    assert (column.disguised_missing_kinds, column.disguised_missing_fraction) == (kinds, fraction)


def test_a_word_that_is_there_once_may_be_a_name(snap):
    """Where each row has a text of its own, one such word is no sign of anything."""
    names = [f"name {i}" for i in range(99)]

    assert only(snap(pl.DataFrame({"v": [*names, "tbd"]}))).disguised_missing_kinds == []
    assert only(snap(pl.DataFrame({"v": [*names, "tbd", "tbd"]}))).disguised_missing_kinds == ["tbd"]


RNG = np.random.default_rng(0)
AGES = RNG.integers(17, 91, 500).tolist()
COUNTS = RNG.poisson(8, 500).tolist()
NORMAL = RNG.normal(0, 1, 500).tolist()
GLUCOSE = RNG.normal(120, 20, 500).tolist()


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (AGES + [-1] * 10, ["-1"]),
        (AGES + [999] * 10 + [-9] * 5, ["999", "-9"]),
        (AGES + [99] * 10, []),
        (AGES + [0] * 10, ["0"]),
        ([*AGES, 999], []),
        (NORMAL + [-1.0] * 20, []),
        (NORMAL + [-999.0] * 20, ["-999"]),
        (NORMAL + [-200.0] * 20, ["-200"]),
        (COUNTS, []),
        ([0, 1] * 200, []),
        ([-1, 1] * 200, []),
        ([-1, 0, 1] * 200, []),
        (GLUCOSE + [0.0] * 20, ["0"]),
        (NORMAL + [float("nan")] * 20, []),
        (AGES + [None] * 10, []),
    ],
)
def test_numbers_for_missing_are_suspects_when_set_apart(snap, values, kinds):
    """A sentinel is frequent and far from all other numbers; a natural value is neither."""
    column = only(snap(pl.DataFrame({"v": values}, strict=False)))

    assert column.disguised_missing_kinds == kinds
    assert (column.disguised_missing_fraction > 0) == bool(kinds)


def test_dates_for_missing_are_suspects_at_the_end_of_the_range(snap):
    """The beginning of computer time is a suspect where it comes before all other dates, and often."""
    days = [dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(200)]
    old = [dt.date(1960, 1, 1) + dt.timedelta(90 * i) for i in range(200)]

    assert only(snap(pl.DataFrame({"v": days + [dt.date(1970, 1, 1)] * 5}))).disguised_missing_kinds == ["1970-01-01"]
    assert only(snap(pl.DataFrame({"v": old + [dt.date(1970, 1, 1)] * 5}))).disguised_missing_kinds == []


def test_numbers_of_a_label_are_its_classes(snap):
    """A label may be -1, but a question mark is no label."""
    assert only(snap(pl.DataFrame({"y": AGES + [-1] * 10})), label="y").disguised_missing_kinds == []
    assert only(snap(pl.DataFrame({"y": ["a", "b", "?", "?"]})), label="y").disguised_missing_kinds == ["?"]


def test_a_table_without_rows_is_not_profiled(snap):
    """No rows is no result."""
    with pytest.raises(InconclusiveError, match="has no rows"):
        profile(snap(pl.DataFrame(schema={"a": pl.Int64})))


def test_damage_in_the_content_is_a_clear_line(snap, tmp_path):
    """Damage behind a readable footer is met while profiling, and named."""
    snapshot = snap(pl.DataFrame({"a": np.random.default_rng(5).normal(size=9000)}), "damaged")
    path = tmp_path / "t.parquet"
    with open(snapshot.local_path, "rb") as file:  # noqa: PTH123
        content = bytearray(file.read())
    content[100:40_000] = b"\xff" * 39_900
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"^damaged: its content is damaged"):
        profile(snapshot.model_copy(update={"local_path": str(path)}))


_values = st.lists(st.one_of(st.none(), st.integers(-3, 3), st.just(999)), min_size=1, max_size=60)


@given(_values, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_agree_with_plain_python_in_any_order(snap, values, random):
    """Nulls, distinct values and frequencies are those that counting by hand gives, and order changes nothing."""
    frame = pl.DataFrame({"v": values}, schema={"v": pl.Float64})
    shuffled = list(values)
    random.shuffle(shuffled)
    present = [v for v in values if v is not None]

    column = only(snap(frame))

    assert column.n_distinct == len(set(present))
    assert column.null_fraction == values.count(None) / len(values)
    counts = sorted((present.count(v) for v in set(present)), reverse=True)
    assert [v.fraction for v in column.top_values] == [n / len(values) for n in counts[:5] if n > 1]
    assert column == only(snap(pl.DataFrame({"v": shuffled}, schema={"v": pl.Float64})))
    assert column == Profile.model_validate_json(profile(snap(frame)).model_dump_json()).columns[0]
