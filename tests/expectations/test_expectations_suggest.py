"""Drafting a first suite from the data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datassay.errors import DataError, SpecError
from datassay.expectations.checks import Suite, parse_suite
from datassay.expectations.suggest import draft_suite
from datassay.expectations.suite import evaluate

N = 2000


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    """Numbers, categories, texts, times and holes, by a fixed seed."""
    rng = np.random.default_rng(7)
    sex = rng.choice(["F", "M"], N).tolist()
    return pl.DataFrame(
        {
            "id": range(N),
            "age": rng.integers(17, 91, N),
            "gain": np.where(rng.random(N) < 0.1, rng.lognormal(8, 1, N), 0.0),
            "sex": sex,
            "note": [f"free text {i}" for i in range(N)],
            "rare": ["Zoltan" if i == 5 else "common" for i in range(N)],
            "maybe": [None if i % 7 == 0 else i % 5 for i in range(N)],
            "day": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=N - 1), eager=True),
            "flag": rng.random(N) < 0.3,
            "same": [1] * N,
            "vector": pl.Series(rng.random((N, 2)), dtype=pl.Array(pl.Float64, 2)),
            "label": rng.choice(["no", "yes"], N, p=[0.8, 0.2]).tolist(),
        }
    )


def rules(draft, column: str) -> dict[str, dict]:
    return {
        item["type"].removeprefix("expect_column_values_to_"): item
        for item in draft["expectations"]
        if item["kwargs"].get("column") == column
    }


@pytest.fixture(scope="module")
def draft(people: pl.DataFrame):
    """The draft for `people`."""
    return draft_suite(people.lazy(), name="people", label="label", id_column="id")


def test_draft_holds_on_its_table(people, draft) -> None:
    """The draft is a suite that Great Expectations can evaluate, and its own table passes."""
    suite = parse_suite(json.loads(json.dumps(draft)), "draft")

    results = evaluate(suite, people.lazy(), show_values=[])

    assert [(r.type, r.column, r.reason) for r in results if r.outcome != "passed"] == []


def test_everything_is_proposed(draft) -> None:
    """Every rule is marked as proposed and says how it did on rows it was not chosen on."""
    for item in draft["expectations"]:
        assert item["meta"]["proposed"] is True
        assert item["meta"]["reason"].endswith(".")
        if item["type"] != "expect_table_row_count_to_be_between":
            assert {"n_rows": N // 2, "outcome": "passed"}.items() <= item["meta"]["held_out"].items()
    assert draft["meta"]["proposed"] is True


def test_rules_by_column(draft) -> None:
    """Each kind of column gets the rules that fit it, and the critical ones are about keys."""
    assert {"be_in_type_list", "not_be_null", "be_unique", "be_increasing"} == set(rules(draft, "id"))
    assert rules(draft, "id")["be_unique"]["severity"] == "critical"
    assert rules(draft, "label")["be_in_set"]["kwargs"]["value_set"] == ["no", "yes"]
    assert rules(draft, "label")["not_be_null"]["severity"] == "critical"
    assert rules(draft, "sex")["be_in_set"]["kwargs"]["value_set"] == ["F", "M"]
    assert rules(draft, "sex")["not_be_null"]["severity"] == "warning"
    assert rules(draft, "maybe")["not_be_null"]["kwargs"]["mostly"] == 0.75
    assert rules(draft, "maybe")["be_in_set"]["kwargs"]["value_set"] == [0, 1, 2, 3, 4]
    assert {"be_between", "be_unique", "be_increasing"} < set(rules(draft, "day"))
    assert "be_in_set" not in rules(draft, "note")
    assert "be_between" not in rules(draft, "same")
    assert {"not_be_null"} == set(rules(draft, "vector"))
    assert draft["expectations"][0]["severity"] == "critical"


def test_bounds_are_wide_and_round(people, draft) -> None:
    """Bounds lie outside the data, round, and are no smallest or largest value."""
    kwargs = rules(draft, "age")["be_between"]["kwargs"]

    assert kwargs["min_value"] < people["age"].min()
    assert kwargs["max_value"] > people["age"].max()
    assert 0 == kwargs["min_value"] % 10 == kwargs["max_value"] % 10
    assert rules(draft, "gain")["be_between"]["kwargs"]["min_value"] == 0
    assert rules(draft, "gain")["be_between"]["kwargs"]["max_value"] != people["gain"].max()


def test_a_single_row_is_not_written_down(draft) -> None:
    """A value that only a few rows hold is not part of a set."""
    assert rules(draft, "rare")["be_in_set"]["kwargs"]["value_set"] == ["common"]
    assert "Zoltan" not in json.dumps(draft)


def test_rule_that_fails_on_the_other_half_is_left_out() -> None:
    """A rule that only held by chance is named in the suite's meta and not proposed."""
    values = [None] + [1.0, 2.0] * 100
    seeds = [
        draft_suite(pl.LazyFrame({"x": values[i:] + values[:i]}), name="t", label=None, id_column=None)
        for i in range(0, 40, 4)
    ]
    left_out = [entry for each in seeds for entry in each["meta"]["left_out"]]

    assert {"expect_column_values_to_not_be_null"} == {entry["type"] for entry in left_out}
    assert all(0 < entry["unexpected_fraction"] < 0.02 for entry in left_out)


def test_same_data_same_draft(people, draft) -> None:
    """Drafting is reproducible."""
    assert draft == draft_suite(people.lazy(), name="people", label="label", id_column="id")


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64, pl.String, pl.Boolean, pl.Date])
@pytest.mark.parametrize("n", [2, 3, 50])
def test_small_and_odd_tables(dtype: type[pl.DataType], n: int) -> None:
    """Few rows, nulls only, or one value are no reason to fail."""
    frame = pl.DataFrame(
        {"null": pl.Series([None] * n, dtype=dtype), "one": pl.Series([1] * n).cast(pl.Int32).cast(dtype)}
        if dtype is not pl.Date
        else {"null": pl.Series([None] * n, dtype=dtype), "one": pl.Series([18000] * n, dtype=pl.Int32).cast(dtype)}
    )

    draft = draft_suite(frame.lazy(), name="t", label="one", id_column=None)
    results = evaluate(parse_suite(draft, "d"), frame.lazy(), show_values=[])

    assert "failed" not in {result.outcome for result in results}


@pytest.mark.parametrize(("n_missing", "mostly"), [(0, None), (2, 0.99), (50, 0.95), (N // 2, "no rule")])
def test_label_with_gaps(people, n_missing, mostly) -> None:
    """Rows that are not labelled yet do not fail the draft on its own table."""
    gaps = pl.when(pl.int_range(pl.len()) < n_missing).then(None).otherwise(pl.col("label"))
    frame = people.with_columns(label=gaps)
    draft = draft_suite(frame.lazy(), name="t", label="label", id_column="id")
    results = evaluate(parse_suite(draft, "draft"), frame.lazy(), show_values=[])

    rule = rules(draft, "label").get("not_be_null", {"kwargs": {"mostly": "no rule"}})
    assert rule["kwargs"].get("mostly") == mostly
    assert {r.outcome for r in results} == {"passed"}


def test_regression_label(people) -> None:
    """A label with many values gets bounds instead of classes."""
    draft = draft_suite(people.lazy(), name="t", label="age", id_column=None)

    assert "be_between" in rules(draft, "age")


def test_hostile_values() -> None:
    """Infinite numbers, huge ranges and odd names are drafted or left alone."""
    frame = pl.DataFrame(
        {
            "inf": [float("inf"), 1.0, 2.0, float("nan")] * 20,
            "wide": [-1e308, 1e308] * 40,
            'a "quoted"\nname': ["x", "y"] * 40,
            "tiny": [1e-12, 2e-12] * 40,
        }
    )

    draft = draft_suite(frame.lazy(), name="t", label=None, id_column=None)
    results = evaluate(parse_suite(json.loads(json.dumps(draft, allow_nan=False)), "d"), frame.lazy(), show_values=[])

    assert {"passed"} == {result.outcome for result in results}


def test_real_table() -> None:
    """Adult, as published, passes its own draft."""
    path = Path(__file__).parents[2].parent / "shared" / "data" / "c_adult" / "data.parquet"
    if not path.is_file():
        pytest.skip("the shared data folder is not here")
    table = pl.scan_parquet(path).head(3000)

    draft = draft_suite(table, name="adult", label="income", id_column="row_id")
    results = evaluate(parse_suite(draft, "d"), table, show_values=[])

    assert {"passed"} == {result.outcome for result in results}
    assert len(results) > 40


FORMATS = {
    "a UUID": lambda rng, _i: "-".join(f"{rng.integers(0, 16**n):0{n}x}" for n in (8, 4, 4, 4, 12)),
    "an e-mail address": lambda _rng, i: f"person.{i}@mail-{i % 9}.example.org",
    "a web address": lambda _rng, i: f"https://example.org/{i}",
    "an IPv4 address": lambda rng, _i: ".".join(str(n) for n in rng.integers(0, 256, 4)),
    "an ISO date": lambda _rng, i: f"20{i % 100:02d}-0{i % 9 + 1}-1{i % 10}",
    "an ISO date and time": lambda _rng, i: f"2020-01-02T{i % 24:02d}:{i % 60:02d}:{i % 59:02d}Z",
    "a time of day": lambda _rng, i: f"{i % 12 + 1}:{i % 60:02d} p.m.",
    "a postcode of the United States": lambda _rng, i: f"{10_000 + i}",
    "a postcode of Canada": lambda _rng, i: f"K{i % 10}A {i // 10 % 10}B{i // 100 % 10}",
    "a postcode of the United Kingdom": lambda _rng, i: f"SW{i % 10} {i // 10 % 10}AB",
    "a share in per cent": lambda _rng, i: f"{i / 7:.1f} %",
    "a number": lambda _rng, i: f"{i / 7:.3f}",
    "few shapes": lambda _rng, i: f"INV-{i:05d}/{'AB' if i % 2 else 'C'}",
}


def test_formats_by_evidence() -> None:
    """A column of texts of one format gets its pattern, and a value of another format is found."""
    rng = np.random.default_rng(1)
    columns = {words: [make(rng, i) for i in range(400)] for words, make in FORMATS.items()}
    draft = draft_suite(pl.LazyFrame(columns), name="t", label=None, id_column=None)
    found = {words: rules(draft, words)["match_regex"] for words in FORMATS}
    strict = [{**rule, "kwargs": {**rule["kwargs"], "mostly": 1}} for rule in found.values()]
    spoilt = pl.LazyFrame({words: ["free text, as people write it", *texts] * 3 for words, texts in columns.items()})

    results = evaluate(parse_suite({**draft, "expectations": strict}, "d"), spoilt, show_values=[], engine="pandas")

    assert [words for words in FORMATS if words not in found[words]["meta"]["reason"]] == []
    assert [result.n_unexpected for result in results] == [3] * len(FORMATS)
    assert not any(text in json.dumps(draft) for texts in columns.values() for text in texts[:50])


@pytest.mark.parametrize("make", [lambda i: f"word{'xyz'[i % 3]} {'ab' * (i % 5)} and {i} more, {'z' * (i % 7)}", str])
def test_free_text_has_no_pattern(make) -> None:
    """Sentences get a range of lengths, and no pattern; a column of numbers as text gets that of numbers."""
    texts = [make(i) for i in range(600)]
    found = rules(draft_suite(pl.LazyFrame({"t": texts}), name="t", label=None, id_column=None), "t")

    assert ("match_regex" in found) == (make is str)


def test_false_alarms_are_counted() -> None:
    """Rules that the other half refutes are counted, left out and named with the reason they were proposed for."""
    n = 400
    frame = pl.DataFrame({f"c{i}": [None if row == i else float(row % 97) for row in range(n)] for i in range(20)})
    meta = draft_suite(frame.lazy(), name="t", label=None, id_column=None)["meta"]

    alarms = meta["false_alarms"]
    assert 0 < alarms["n_failed"] < alarms["n_tried"]
    assert alarms["rate"] == round(alarms["n_failed"] / alarms["n_tried"], 6)
    # Nulls of the half that taught leave a rule with slack behind; those of the other half refute a strict one.
    assert {"failed"} == {entry["outcome"] for entry in meta["left_out"]}
    assert all(entry["reason"] for entry in meta["left_out"])


NAMES = st.text(min_size=1, max_size=12).filter(lambda name: name.encode("utf-8", "ignore").decode() == name)


@settings(max_examples=8, deadline=None)
@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 120),
)
def test_any_draft_passes_on_its_own_table(names: list[str], seed: int, n: int) -> None:
    """Whatever the columns are called and hold, a draft survives JSON and fails nothing of the table it came from."""
    rng = np.random.default_rng(seed)
    kinds = (
        lambda: rng.integers(-3, 3, n).tolist(),
        lambda: rng.normal(size=n).tolist(),
        lambda: rng.choice(["a", "", "é", "1", "x y"], n).tolist(),
        lambda: [f"{v:06d}" for v in rng.integers(0, 10**6, n)],
        lambda: rng.choice([True, False], n).tolist(),
        lambda: np.sort(rng.integers(0, 10**6, n)).tolist(),
        lambda: pl.Series(rng.integers(0, 20_000, n)).cast(pl.Date).to_list(),
    )
    columns = {
        name: [None if rng.random() < 0.05 else value for value in kinds[rng.integers(len(kinds))]()] for name in names
    }
    frame = pl.DataFrame(columns, strict=False)

    draft = json.loads(json.dumps(draft_suite(frame.lazy(), name="t", label=None, id_column=None), allow_nan=False))
    results = evaluate(parse_suite(draft, "d"), frame.lazy(), show_values=[], engine="pandas")

    assert [(r.type, r.column, r.reason) for r in results if r.outcome == "failed"] == []


def test_hardly_a_false_alarm_on_a_published_table() -> None:
    """On a real table hardly a rule of one half fails on the other."""
    path = Path(__file__).parents[2].parent / "shared" / "data" / "c_bank" / "data.parquet"
    if not path.is_file():
        pytest.skip("the shared data folder is not here")

    draft = draft_suite(pl.scan_parquet(path).head(4000), name="bank", label="subscribed", id_column=None)

    assert draft["meta"]["false_alarms"]["rate"] <= 0.05
    assert len(draft["expectations"]) > 40


def test_bad_calls(people) -> None:
    """A label that is no column is refused with the nearest name, and an empty table is nothing to draft from."""
    with pytest.raises(SpecError, match=r"no label column 'lable'\. Did you mean 'label'"):
        draft_suite(people.lazy(), name="t", label="lable", id_column=None)
    with pytest.raises(SpecError, match="no id column 'idd'"):
        draft_suite(people.lazy(), name="t", label=None, id_column="idd")
    with pytest.raises(DataError, match="nothing to draft"):
        draft_suite(people.clear().lazy(), name="t", label=None, id_column=None)
    with pytest.raises(DataError):
        draft_suite(pl.scan_parquet(__file__), name="t", label=None, id_column=None)
    assert Suite("empty", []).checks == []
