"""The same suite gives the same results in a database, on Spark and on pandas."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from engines_support import PLACE, VARIABLE

from datassay.errors import DataError, MeasureError, SpecError
from datassay.expectations.checks import Suite, parse_check, read_suite
from datassay.expectations.suite import evaluate
from datassay.results import ExpectationResult
from datassay.spec import SqlSpec, parse_spec

ROOT = Path(__file__).parents[2]
ADULT = ROOT.parent / "shared" / "data" / "c_adult" / "data.parquet"
N = 1500
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(60)]
ODD = pl.DataFrame(
    {
        "row": range(60),
        "whole": [None if i % 7 == 0 else i % 5 for i in range(60)],
        "small": pl.Series([i % 3 for i in range(60)], dtype=pl.UInt8),
        "real": [float("nan") if i % 9 == 0 else i / 4 for i in range(60)],
        "exact": pl.Series([f"{i}.25" for i in range(60)]).str.to_decimal(scale=2),
        "text": [None if i == 3 else ["é", "", "b%_c", "日本"][i % 4] for i in range(60)],
        "kind": pl.Series(["x", "y"] * 30, dtype=pl.Categorical),
        "flag": [i % 2 == 0 for i in range(60)],
        "day": DAYS,
        "time": [dt.datetime.combine(day, dt.time(5)) for day in DAYS],
        'say "x" % it\'s': [i % 4 for i in range(60)],
        "void": pl.Series([None] * 60, dtype=pl.String),
    }
)
TYPES = {
    "row": "int64", "small": "uint8", "real": "float64", "text": "str", "kind": "category", "flag": "bool",
    "day": "datetime64", "time": "datetime64", "whole": "float64",
}  # fmt: skip
ITEMS = [
    *(("expect_column_values_to_not_be_null", {"column": name}) for name in ODD.columns),
    *(("expect_column_values_to_be_in_type_list", {"column": n, "type_list": [TYPES[n]]}) for n in ("row", "whole")),
    *(("expect_column_type_to_be", {"column": n, "type_": TYPES[n]}) for n in ("text", "kind", "day", "time", "small")),
    ("expect_column_type_to_be", {"column": "text", "type_": "category"}),
    ("expect_column_values_to_be_between", {"column": "whole", "min_value": 1, "max_value": 3}),
    ("expect_column_values_to_be_between", {"column": "real", "min_value": 0, "max_value": 9, "mostly": 0.5}),
    ("expect_column_values_to_be_between", {"column": "day", "min_value": "2020-01-05", "max_value": "2020-02-01"}),
    ("expect_column_values_to_be_between", {"column": "time", "min_value": "2020-01-02T05:00:00"}),
    ("expect_column_values_to_be_in_set", {"column": "text", "value_set": ["é", "b%_c", ""]}),
    ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["x", "y"]}),
    ("expect_column_values_to_not_be_in_set", {"column": 'say "x" % it\'s', "value_set": [3]}),
    ("expect_column_values_to_be_unique", {"column": "day"}),
    ("expect_column_values_to_be_unique", {"column": "small"}),
    ("expect_column_value_lengths_to_be_between", {"column": "text", "min_value": 1, "max_value": 2}),
    ("expect_column_mean_to_be_between", {"column": "small", "min_value": 0.9, "max_value": 1.1}),
    ("expect_column_max_to_be_between", {"column": "row", "min_value": 59, "max_value": 59}),
    ("expect_column_unique_value_count_to_be_between", {"column": "text", "min_value": 4, "max_value": 4}),
    ("expect_column_distinct_values_to_equal_set", {"column": "kind", "value_set": ["x", "y"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["kind", "small", "flag"]}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "row", "column_B": "small"}),
    ("expect_table_row_count_to_equal", {"value": 60}),
    ("expect_table_column_count_to_equal", {"value": len(ODD.columns)}),
    ("expect_column_to_exist", {"column": 'say "x" % it\'s'}),
    ("expect_column_to_exist", {"column": "gone"}),
    ("expect_column_values_to_be_unique", {"column": "void"}),
    ("expect_column_values_to_be_between", {"column": "gone", "min_value": 0}),
]


def odd_suite() -> Suite:
    return Suite("odd", [parse_check({"type": type_, "kwargs": kwargs}) for type_, kwargs in ITEMS])


def facts(results: list[ExpectationResult]) -> list[tuple]:
    return [(r.type, r.column, r.outcome, r.n_evaluated, r.n_unexpected) for r in results]


@pytest.fixture(scope="module")
def adult() -> tuple[Suite, pl.LazyFrame, list[ExpectationResult]]:
    """This repository's suite of 40 expectations, a sample of its table, and the results of pandas."""
    if not ADULT.is_file():
        pytest.skip("the shared data folder is not here")
    suite, sample = read_suite(ROOT / "expectations" / "adult.json"), pl.scan_parquet(ADULT).head(N)
    return suite, sample, evaluate(suite, sample, show_values=[], engine="pandas")


def test_adult_in_a_database(adult, database) -> None:
    """The adult suite has the same results in a database as on pandas; DuckDB's dialect has no patterns."""
    suite, sample, expected = adult

    results = evaluate(suite, sample, show_values=[], engine="sql", sql=PLACE)

    differ = [(a, b) for a, b in zip(facts(expected), facts(results), strict=True) if a != b]
    if database == "duckdb":
        assert {"expect_column_values_to_not_match_regex"} == {ours[0] for ours, _ in differ}
        assert {"unknown"} == {theirs[2] for _, theirs in differ}
    else:
        assert differ == []
    assert len(results) == 40


def test_odd_columns_in_a_database(database) -> None:
    """Nulls, NaN, dates, categories, Unicode, stored types and hostile names give what they give on pandas."""
    expected = evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="pandas")
    results = evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="sql", sql=PLACE)

    assert [pair for pair in zip(facts(expected), facts(results), strict=True) if pair[0] != pair[1]] == []


def test_nothing_stays_behind(database, monkeypatch) -> None:
    """The tables that a run makes are gone afterwards, also where the data breaks off in the middle."""
    import os

    import sqlalchemy as sa

    from datassay.expectations import sql_backend

    evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="sql", sql=PLACE)
    monkeypatch.setattr(sql_backend, "_CHUNK_ROWS", 10)
    broken = ODD.lazy().with_columns(
        pl.when(pl.col("row") > 30).then(pl.lit("x")).otherwise(pl.lit("1")).cast(pl.Int64).alias("row")
    )
    with pytest.raises(DataError):
        evaluate(odd_suite(), broken, show_values=[], engine="sql", sql=PLACE)
    engine = sa.create_engine(os.environ[VARIABLE])
    left = sa.inspect(engine).get_table_names()
    engine.dispose()

    assert left == []


def test_a_table_of_the_database(tmp_path, monkeypatch) -> None:
    """A named table is checked where it stands, stays there, and must be the dataset that the audit is about."""
    import sqlalchemy as sa

    address = f"sqlite:///{tmp_path / 'own.db'}"
    monkeypatch.setenv(VARIABLE, address)
    engine = sa.create_engine(address)
    table = sa.Table("own", sa.MetaData(), sa.Column("row", sa.Integer), sa.Column("kind", sa.Text))
    table.create(engine)
    rows = ODD.select("row", "kind").to_dicts()
    rows[5]["kind"] = None
    with engine.begin() as connection:
        connection.execute(sa.insert(table), rows)
    suite = Suite("own", [parse_check({"type": ITEMS[0][0], "kwargs": {"column": c}}) for c in ("row", "kind", "flag")])

    own = SqlSpec(connection=VARIABLE, table="own")
    results = evaluate(suite, ODD.lazy(), show_values=[], engine="sql", sql=own)

    assert [result.outcome for result in results] == ["passed", "failed", "unknown"]
    assert [result.n_unexpected for result in results] == [0, 1, None]
    assert "the database's table has not" in (results[2].reason or "")
    with pytest.raises(DataError, match="60 rows, the dataset at this rev 59: they are not the same data"):
        evaluate(suite, ODD.lazy().head(59), show_values=[], engine="sql", sql=own)
    with pytest.raises(SpecError, match=r"no table 'owm'\. Did you mean 'own'"):
        evaluate(suite, ODD.lazy(), show_values=[], engine="sql", sql=SqlSpec(connection=VARIABLE, table="owm"))
    assert sa.inspect(engine).get_table_names() == ["own"]
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "error", "what"),
    [
        (None, SpecError, "variable 'DATASSAY_TEST_DATABASE' is not set"),
        ("not an address", SpecError, "holds no database address"),
        ("sqlite://", SpecError, "a database in memory"),
        ("nodialect://user:secret@host/db", MeasureError, "No driver for nodialect"),
        ("sqlite:////nowhere/at/all/x.db", MeasureError, r"The database \(sqlite\) failed: OperationalError"),
    ],
)
def test_databases_that_cannot_be_used(monkeypatch, address, error, what) -> None:
    """A database that cannot be used is one line that names the variable or the kind, and never a password."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if address is not None:
        monkeypatch.setenv(VARIABLE, address)

    with pytest.raises(error, match=what) as caught:
        evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="sql", sql=PLACE)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"engine": "sql"}, "engine sql needs 'sql: {connection: NAME}'"),
        ({"engine": "sql", "sql": {"connection": "postgresql://u:p@h/d"}}, "connection"),
        ({"engine": "sparkle"}, "engine"),
    ],
)
def test_definitions_of_engines(given, what: str) -> None:
    """A definition names the variable with the database's address, never the address."""
    with pytest.raises(SpecError, match=what):
        parse_spec({"dataset": {"path": "x.parquet"}, **given}, "x", "x.yaml")


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a JVM on a busy machine
def test_adult_on_spark(adult, spark) -> None:
    """The adult suite has the same results on Spark as on pandas."""
    suite, sample, expected = adult

    results = evaluate(suite, sample, show_values=[], engine="spark")

    assert [pair for pair in zip(facts(expected), facts(results), strict=True) if pair[0] != pair[1]] == []


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a JVM on a busy machine
def test_odd_columns_on_spark(spark) -> None:
    """Nulls, NaN, dates, categories, Unicode and stored types give on Spark what they give on pandas."""
    expected = evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="pandas")
    results = evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="spark")

    assert [pair for pair in zip(facts(expected), facts(results), strict=True) if pair[0] != pair[1]] == []
    dotted = ODD.select(pl.col("row").alias("a.b")).lazy()
    suite = Suite("dot", [parse_check({"type": ITEMS[0][0], "kwargs": {"column": "a.b"}})])
    (refused,) = evaluate(suite, dotted, show_values=[], engine="spark")
    assert (refused.outcome, "a name with a dot" in (refused.reason or "")) == ("unknown", True)


def test_spark_that_is_not_there(monkeypatch) -> None:
    """Without pyspark the engine says what to install."""
    import sys

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)

    with pytest.raises(MeasureError, match=r"pip install 'datassay\[spark\]'"):
        evaluate(odd_suite(), ODD.lazy(), show_values=[], engine="spark")
