"""Types that callers' columns may have: told of or taken as they are, and never an engine's own error."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datassay
from datassay.errors import SpecError, UsageError

N = 200
rng = np.random.default_rng(3)
TRUE = (rng.normal(size=(N, 2)) @ [1.0, 1.0] > 0).astype(int)
TABLE = pl.DataFrame(
    {
        "row": np.arange(N),
        "x": TRUE + rng.normal(size=N),
        "z": rng.normal(size=N),
        "y": [f"c{y}" for y in np.where(rng.random(N) < 0.1, 1 - TRUE, TRUE)],
    }
)
REVIEWS = pl.DataFrame({"row": range(40), "true_label": [f"c{y}" for y in TRUE[:40]], "drawn": ["random"] * 40})
VOTES = pl.DataFrame({"row": [*range(N)] * 2, "annotator": ["a"] * N + ["b"] * N, "label": [*TABLE["y"]] * 2})


def estimate(frame=TABLE, **changes):
    parts = {"label": "y", "id": "row", "estimator": "sklearn.naive_bayes:GaussianNB"}
    return datassay.estimate_value(frame, **(parts | changes))


@pytest.mark.parametrize(
    "add",
    [
        lambda t: t.to_pandas().assign(odd=pd.period_range("2000-01", periods=N, freq="M")),
        lambda t: t.to_pandas().assign(odd=pd.cut(t["x"].to_numpy(), 4)),
        lambda t: t.to_arrow().append_column("odd", pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int64()))),
        lambda t: t.with_columns(odd=(pl.col("x") * 1e30).cast(pl.Int128)),
    ],
    ids=["periods", "intervals", "maps", "integers of 128 bits"],
)
def test_columns_of_rare_types_do_no_harm(add):
    """They are features, or left out; either way there is an answer."""
    found = estimate(add(TABLE))

    assert found.cleaning.per_hour.low < found.cleaning.per_hour.high


@pytest.mark.parametrize(
    "change",
    [
        pl.col("drawn").cast(pl.Binary),
        pl.concat_list("drawn").alias("drawn"),
        pl.concat_list("row").alias("reviewer"),
        pl.duration(days=1).alias("reviewer"),
        pl.lit(b"\xff").alias("reviewer"),
        pl.duration(days=1).alias("true_label"),
    ],
)
def test_reviews_whose_names_are_no_text_are_refused(change):
    """In one line that names the column."""
    with pytest.raises(UsageError, match=r"'(drawn|reviewer|true_label)' holds"):
        estimate(reviews=REVIEWS.with_columns(change))


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        (
            VOTES.with_columns(annotator=pl.duration(days=1)),
            "the table of votes: the column 'annotator' holds Duration",
        ),
        (VOTES.with_columns(annotator=pl.lit(b"\xff")), "the table of votes: the column 'annotator' holds Binary"),
        (VOTES.drop("annotator"), "the table of votes has no column 'annotator'"),
    ],
)
def test_votes_that_do_not_fit_are_refused(votes, told):
    """And no file is named that the caller has never seen."""
    with pytest.raises((SpecError, UsageError), match=told):
        estimate(annotators=votes)


def test_durations_are_no_classes():
    """Nor are they numbers that a model could take for a target."""
    with pytest.raises(SpecError, match="neither classes nor numbers"):
        estimate(TABLE.with_columns(y=pl.duration(days=pl.col("y").str.slice(1).cast(pl.Int64))))


def test_a_column_that_reviews_lack_is_named_among_those_they_have():
    """By the caller's own names."""
    with pytest.raises(UsageError, match="'drawn' is missing") as told:
        estimate(reviews=REVIEWS.drop("drawn"))

    assert "'id'" not in str(told.value)


def test_decimals_are_the_same_classes_whatever_their_scale():
    """A label of 1.00 and an answer of 1 are one class."""
    codes = [int(name[1]) for name in TABLE["y"]]
    given = pl.Series([Decimal(code) for code in codes], dtype=pl.Decimal(10, 2))
    said = pl.Series([Decimal(int(y)) for y in TRUE[:40]], dtype=pl.Decimal(10, 0))
    found = estimate(TABLE.with_columns(y=given), reviews=REVIEWS.with_columns(true_label=said))

    assert found.noise_rate.source == "review"
    assert set(found.worklist["given_label"]) == {"0", "1"}


@pytest.mark.parametrize("scale", [1e-9, 1e-12])
def test_the_exchange_rate_does_not_depend_on_the_unit(scale):
    """Numbers in metres or in kilometres: what has no unit stays as it is."""
    target = 2 * TABLE["x"] + pl.Series(rng.normal(size=N) * 0.5)
    parts = {"metric": "mae", "estimator": "sklearn.linear_model:LinearRegression"}
    found, small = (estimate(TABLE.with_columns(y=target * unit), **parts) for unit in (1.0, scale))

    assert small.exchange_rate.estimate == pytest.approx(found.exchange_rate.estimate, rel=1e-6)
    assert small.exchange_rate.high == pytest.approx(found.exchange_rate.high, rel=1e-6)
    assert [split.hours for split in small.best_split] == pytest.approx([split.hours for split in found.best_split])


def test_a_lazy_frame_that_fails_is_no_file():
    """Nobody can get it back with DVC."""
    with pytest.raises(datassay.errors.DataError) as told:
        estimate(TABLE.lazy().with_columns(pl.col("y").cast(pl.Int64)))

    assert "dvc" not in str(told.value)
    assert "frame.collect()" in str(told.value)


def test_an_accuracy_that_nobody_stated_is_called_assumed():
    """Harm that rests on the default alone is told so, and the past is held apart from what is to come."""
    clean = TABLE.with_columns(y=pl.Series([f"c{y}" for y in TRUE]))
    found = estimate(clean, reviews=REVIEWS)
    stated = estimate(clean, reviews=REVIEWS, cleaning={"reviewer_accuracy": 0.95})

    assert "a reviewer who is right 95 % of the time, which is assumed, leaves more" in found.verdict.sentence
    assert any("for hours to come 95 % is assumed" in note for note in found.notes)
    assert "assumed" not in stated.verdict.sentence
