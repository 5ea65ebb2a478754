"""`estimate_value` with the votes of several annotators."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.naive_bayes import GaussianNB

import datassay
from datassay.errors import SpecError, UsageError

N, ACCURACY = 300, {"ann": 0.97, "ben": 0.9, "cat": 0.75}
QUICK = {"label": "y", "id": "row", "estimator": GaussianNB}


def make_voted():
    """Return 300 rows of scikit-learn's breast cancer set with three people's votes, and the true labels."""
    rng = np.random.default_rng(3)
    X, y = load_breast_cancer(return_X_y=True)
    columns = {f"x{j}": X[:N, 3 * j] for j in range(6)}
    votes = {name: np.where(rng.random(N) > a, 1 - y[:N], y[:N]) for name, a in ACCURACY.items()}
    return pl.DataFrame({"row": np.arange(N) * 10, **columns, **votes}), y[:N]


VOTED, TRUE = make_voted()


@pytest.fixture(scope="module")
def found():
    """The worst annotator's votes are the labels."""
    return datassay.estimate_value(VOTED.with_columns(y=pl.col("cat")), annotators=list(ACCURACY), **QUICK)


def test_the_result_tells_of_annotators(found):
    """Who is how good, where the next vote goes, and from what the noise rate comes."""
    wrong = (VOTED["cat"].to_numpy() != TRUE).mean()

    assert found.noise_rate.source == "votes"
    assert found.noise_rate.estimate == pytest.approx(wrong, abs=0.05)
    assert [one.name for one in found.annotators.annotators] == ["cat", "ben", "ann"]
    assert found.next_votes.columns == ["id", "action", "n_votes", "consensus_label", "score", "rank"]
    assert found.next_votes["id"].sort().to_list() == VOTED["row"].to_list()
    assert any("3 annotators" in told for told in found.verdict.assumptions)
    assert any("the annotators' votes" in told for told in found.verdict.reasons)
    assert json.loads(found.to_json())["annotators"]["n_votes"] == 3 * N


def test_a_table_of_votes_is_taken_as_it_is(found):
    """Long votes, of polars or pandas, are worth what columns are; the names are the caller's own."""
    long = VOTED.unpivot(list(ACCURACY), index="row", variable_name="annotator", value_name="label")
    bare = VOTED.select(pl.exclude(list(ACCURACY)), y=pl.col("cat"))
    told = [
        datassay.estimate_value(bare, annotators=long, **QUICK),
        datassay.estimate_value(bare, annotators={"votes": long.to_pandas(), "id": "row"}, **QUICK),
    ]

    assert [one.to_dict() for one in told] == [found.to_dict()] * 2


def test_without_annotators_there_is_nothing_of_them():
    """No record, and a ranking without rows."""
    bare = VOTED.select(pl.exclude(list(ACCURACY)), y=pl.Series(TRUE))
    found = datassay.estimate_value(bare, **QUICK)

    assert found.annotators is None
    assert found.next_votes.is_empty()


@pytest.mark.parametrize(
    ("annotators", "error", "told"),
    [
        ("ann", UsageError, "annotators is one name"),
        (["ann"], SpecError, "two annotators or more"),
        (["ann", "bem"], SpecError, "annotators names the column 'bem'"),
        ({"voters": ["ann", "ben"]}, SpecError, r"unknown key 'annotators\.voters'"),
        (pl.DataFrame({"row": [7], "annotator": ["a"], "label": [1]}), UsageError, "the id '7' is not in the table"),
        (pl.DataFrame({"row": [0], "who": ["a"], "label": [1]}), SpecError, "has no column 'annotator'"),
        (7, UsageError, "annotators"),
    ],
)
def test_annotators_that_do_not_fit_are_refused(annotators, error, told):
    """Before anything is fitted, in one sentence."""
    with pytest.raises(error, match=told):
        datassay.estimate_value(VOTED.with_columns(y=pl.col("cat")), annotators=annotators, **QUICK)


def test_votes_that_name_other_things_are_shown_to_the_caller():
    """Half of them as the first note, most as the reason why there are no figures; the table is the caller's own."""
    other = VOTED.with_columns(y=pl.col("cat"), ben=pl.lit("zz"), ann=pl.col("ann").cast(pl.String))
    half = datassay.estimate_value(other, annotators=["ann", "ben"], **QUICK)
    most = datassay.estimate_value(other.with_columns(ann=pl.lit("no")), annotators=["ann", "ben"], **QUICK)

    assert half.notes[0].startswith(f"{N} of {2 * N} votes name no class that a given label has, such as 'zz'")
    assert most.verdict.action == "not_applicable"
    assert f"{2 * N} of {2 * N} votes name no class that a given label has, such as 'no', 'zz'" in most.verdict.sentence


def test_features_cannot_name_an_annotator():
    """Votes give the label away."""
    with pytest.raises(UsageError, match="names the annotator 'ben'"):
        datassay.estimate_value(
            VOTED.with_columns(y=pl.col("cat")), annotators=["ann", "ben"], features=["x0", "ben"], **QUICK
        )
