"""Several annotators: consensus, their quality, wrong labels by all votes, and where the next vote goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from labels_support import numbers

from datassay.errors import DataError, SpecError
from datassay.labels.ballots import Ballots, fill_label
from datassay.results import next_votes_path
from datassay.spec import parse_spec

QUICK = "sklearn.naive_bayes:GaussianNB"
N, ACCURACY = 300, {"ann": 0.95, "ben": 0.9, "cat": 0.6}


def panel(*, seed=0, n_silent=0):
    """Return 300 rows of three digits with votes of three people of known accuracy, and the truth."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    X, y = load_digits(n_class=3, return_X_y=True)
    rows = rng.permutation(len(y))[:N]
    X, y = X[rows], y[rows]
    frame = numbers(X)
    for name, accuracy in ACCURACY.items():
        wrong = rng.random(N) > accuracy
        votes = np.where(wrong, (y + rng.integers(1, 3, N)) % 3, y).astype(object)
        votes[N - n_silent :] = None
        frame = frame.with_columns(pl.Series(name, [None if v is None else f"d{v}" for v in votes], dtype=pl.String))
    return frame, np.array([f"d{v}" for v in y])


@pytest.fixture
def heard(audit):
    """The room run on a panel whose label is what the worst annotator said."""
    frame, true = panel()
    frame = frame.with_columns(label=pl.col("cat"))
    return audit(frame, annotators={"columns": list(ACCURACY)}, estimator=QUICK), true


def test_votes_tell_how_many_labels_are_wrong(heard):
    """The rate is that of the worst annotator, whose votes are the labels, and is said to come from votes."""
    run, true = heard
    wrong = (run.worklist["given_label"].to_numpy() != true[run.worklist["row"].to_numpy()]).mean()

    assert run.labels.noise_rate_source == "votes"
    assert run.labels.noise_rate.low <= wrong <= run.labels.noise_rate.high
    assert run.labels.noise_rate.estimate == pytest.approx(wrong, abs=0.05)
    assert any("come from the annotators' votes" in note for note in run.labels.notes)


def test_annotators_are_told_apart(heard):
    """The worst comes first, and everyone's accuracy is found within its interval and a little more."""
    found = heard[0].labels.annotators

    assert [one.name for one in found.annotators] == ["cat", "ben", "ann"]
    for one in found.annotators:
        assert one.n_votes == N
        assert one.accuracy.estimate == pytest.approx(ACCURACY[one.name], abs=0.05)
    assert (found.n_annotators, found.n_votes, found.n_rows, found.n_shared_rows) == (3, 3 * N, N, N)
    assert 0.5 < found.agreement_rate < 0.9
    assert found.consensus_error_rate.high < 0.15


def test_rows_the_votes_speak_against_come_first(heard):
    """What is suggested is right, and nearly all of the head of the worklist is wrong."""
    run, true = heard
    head = run.worklist.head(40)

    assert (head["given_label"].to_numpy() != true[head["row"].to_numpy()]).mean() > 0.9
    assert (head["suggested_label"].to_numpy() == true[head["row"].to_numpy()]).mean() > 0.9


def test_what_is_suggested_is_what_p_wrong_speaks_of(heard):
    """A label that is more likely wrong than right is not suggested again, and one that is suggested is not marked."""
    run, _ = heard
    again = run.worklist["suggested_label"] == run.worklist["given_label"]

    assert again.any()
    assert not (~again).all()
    assert not ((run.worklist["p_wrong"] > 0.5) & again).any()
    assert not (run.worklist["is_issue"] & again).any()


def test_votes_are_no_features(heard):
    """A model that saw the votes would only repeat them."""
    assert not set(heard[0].predictions.feature_columns) & set(ACCURACY)


def test_a_label_that_is_no_column_is_made_of_votes(audit):
    """Rows with votes are labelled by their majority; the others compete for the next vote, at one more fit."""
    frame, true = panel(n_silent=60)
    run = audit(frame, label="digit", annotators={"columns": list(ACCURACY)}, estimator=QUICK)
    votes = pl.read_parquet(next_votes_path(Path(run.labels.worklist_path)))
    given = run.worklist.sort("row")["given_label"].to_numpy()

    assert run.labels.annotators.n_made == len(given) == N - 60
    assert run.predictions.n_missing_labels == 60
    assert (given == true[: N - 60]).mean() > 0.85
    assert run.labels.n_fits == 1
    assert votes["action"].value_counts().sort("action").rows() == [("label new", 60), ("relabel", N - 60)]
    assert votes["rank"].to_list() == list(range(1, N + 1))
    assert votes["score"].is_sorted()
    assert run.labels.annotators.n_relabel + run.labels.annotators.n_label_new == 100
    assert votes.filter(pl.col("action") == "label new")["consensus_label"].null_count() == 60


def test_long_votes_give_the_same_as_columns(audit, tmp_path):
    """A table with one row per vote says the same; who voted is a number unless the definition shows it."""
    frame, _ = panel()
    frame = frame.with_row_index("row_id").with_columns(label=pl.col("cat"))
    votes = frame.unpivot(list(ACCURACY), index="row_id", variable_name="who", value_name="vote")
    votes.write_parquet(tmp_path / "votes.parquet")
    long = {"votes": str(tmp_path / "votes.parquet"), "annotator": "who", "label": "vote"}
    wide = audit(frame, id="row_id", annotators={"columns": list(ACCURACY)}, estimator=QUICK)
    bare = frame.drop(list(ACCURACY))
    hidden = audit(bare, id="row_id", annotators=long, estimator=QUICK)
    shown = audit(bare, id="row_id", annotators=long, estimator=QUICK, show_values=["who"])

    assert hidden.worklist.equals(wide.worklist)
    assert {one.name for one in hidden.labels.annotators.annotators} == {"annotator 1", "annotator 2", "annotator 3"}
    assert shown.labels.annotators == wide.labels.annotators


def test_votes_that_never_meet_leave_the_models_word(audit):
    """One vote per row compares nobody: quality is not told, and the rate stays the model's."""
    frame, _ = panel()
    turn = pl.int_range(pl.len()) % 2
    frame = frame.with_columns(
        label=pl.col("ann"), ann=pl.when(turn == 0).then("ann"), ben=pl.when(turn == 1).then(pl.col("ann"))
    )
    run = audit(frame.drop("cat"), annotators={"columns": ["ann", "ben"]}, estimator=QUICK)

    assert run.labels.noise_rate_source == "model"
    assert run.labels.annotators.agreement_rate is None
    assert [one.quality for one in run.labels.annotators.annotators] == [None, None]
    assert any("cannot be compared" in note for note in run.labels.notes)


def test_an_annotator_with_one_vote_of_their_own_has_no_quality(audit):
    """A single vote on a row of its own is counted, and not judged."""
    frame, _ = panel()
    first = pl.int_range(pl.len()) == 0
    frame = frame.with_columns(
        label=pl.col("ann"),
        dan=pl.when(first).then(pl.col("ann")),
        **{name: pl.when(~first).then(pl.col(name)) for name in ACCURACY},
    )
    run = audit(frame, annotators={"columns": [*ACCURACY, "dan"]}, estimator=QUICK)
    dan = next(one for one in run.labels.annotators.annotators if one.name == "dan")

    assert (dan.n_votes, dan.quality) == (1, None)
    assert run.labels.annotators.annotators[-1].name == "dan"
    assert any("1 annotator shares no row with another" in note for note in run.labels.notes)


def test_votes_for_a_class_that_no_label_has_are_left_out_and_counted(audit):
    """They are told; where most votes name no class, or none at all does, that is the error."""
    frame, _ = panel()
    odd = frame.with_columns(
        label=pl.col("ann"), ben=pl.when(pl.int_range(pl.len()) < 7).then(pl.lit("d9")).otherwise("ben")
    )
    run = audit(odd, annotators={"columns": ["ann", "ben"]}, estimator=QUICK)
    strange = frame.with_columns(label=pl.col("ann"), ben=pl.lit("x"), cat=pl.lit("y"))

    assert any(
        note == "7 of 600 votes name no class that a given label has; they are left out." for note in run.labels.notes
    )
    told = r"600 of 600 votes name no class that a given label has\. Check that annotators and the label 'label' name"
    with pytest.raises(DataError, match=told):
        audit(strange, annotators={"columns": ["ben", "cat"]}, estimator=QUICK)
    with pytest.raises(DataError, match=r"600 of 900 votes .* label has, such as 'x', 'y'\. Check"):
        audit(strange, annotators={"columns": list(ACCURACY)}, estimator=QUICK, show_values=list(ACCURACY))


@pytest.mark.parametrize(("shown", "named"), [(["vote"], ", such as 'zz'"), (["who"], "")])
def test_many_votes_for_other_things_are_told_before_all_else(audit, tmp_path, shown, named):
    """Half of the votes are no small print; what they name is told where the definition shows that column."""
    frame, _ = panel()
    frame = frame.with_row_index("row_id").with_columns(label=pl.col("cat"))
    votes = frame.with_columns(ben=pl.lit("zz")).unpivot(
        ["ann", "ben"], index="row_id", variable_name="who", value_name="vote"
    )
    votes.write_parquet(tmp_path / "votes.parquet")
    run = audit(
        frame.drop(list(ACCURACY)),
        id="row_id",
        annotators={"votes": str(tmp_path / "votes.parquet"), "annotator": "who", "label": "vote"},
        estimator=QUICK,
        show_values=shown,
    )

    assert run.labels.notes[0] == (
        f"300 of 600 votes name no class that a given label has{named}; they are left out. "
        "Check that annotators and the label 'label' name the same things."
    )


def test_ties_go_to_the_rarer_class_and_then_by_name():
    """No tie is broken by chance."""
    votes = [(0, "a"), (0, "b"), (1, "b"), (1, "b"), (2, "c"), (2, "d")]
    ballots = Ballots(
        row=np.array([row for row, _ in votes]),
        who=np.array([0, 1, 0, 1, 0, 1]),
        label=np.array([label for _, label in votes]),
        names=["p", "q"],
    )
    made, n_made = fill_label(None, ballots, 4)
    kept, n_filled = fill_label(pl.Series([None, "z", None, None], dtype=pl.String), ballots, 4)

    assert made.to_list() == ["a", "b", "c", None]
    assert n_made == 3
    assert kept.to_list() == ["a", "z", "c", None]
    assert n_filled == 2


def test_a_second_vote_of_the_same_annotator_counts_in_place_of_the_first(audit, tmp_path):
    """Nobody has two voices on a row."""
    frame, _ = panel()
    frame = frame.with_row_index("row_id")
    votes = frame.unpivot(list(ACCURACY), index="row_id", variable_name="annotator", value_name="label")
    frame = frame.with_columns(label=pl.col("cat"))
    pl.concat([votes.head(5).with_columns(label=pl.lit("d1")), votes]).write_parquet(tmp_path / "votes.parquet")
    run = audit(
        frame.drop(list(ACCURACY)),
        id="row_id",
        annotators={"votes": str(tmp_path / "votes.parquet")},
        estimator=QUICK,
    )

    assert run.labels.annotators.n_votes == 3 * N
    assert any("5 votes are of an annotator who voted on the same row again" in note for note in run.labels.notes)


@pytest.mark.parametrize(
    ("annotators", "told"),
    [
        ({"columns": ["ann"]}, "two annotators or more"),
        ({"columns": ["ann", "ann", "ben"]}, "names an annotator twice"),
        ({}, "either columns"),
        ({"columns": ["ann", "ben"], "votes": "v.parquet"}, "either columns"),
        ({"column": ["ann", "ben"]}, "unknown key 'annotators.column'"),
    ],
)
def test_definitions_that_make_no_sense_are_refused(annotators, told):
    """In one line that names the key."""
    with pytest.raises(SpecError, match=told):
        parse_spec({"dataset": {"path": "x.csv"}, "label": "y", "annotators": annotators}, "x", "x.yaml")


def test_names_that_are_wrong_are_refused(audit, tmp_path):
    """A column, an id or a file that is not there, a slip in the label's name, and a number as the label."""
    frame, _ = panel()
    frame = frame.with_columns(label=pl.col("ann"))
    pl.DataFrame({"id": [1, 999], "annotator": ["a", "b"], "label": ["d1", "d2"]}).write_parquet(tmp_path / "v.parquet")

    with pytest.raises(SpecError, match=r"annotators\.columns names 'bem'.*Did you mean 'ben'"):
        audit(frame, annotators={"columns": ["ann", "bem"]})
    with pytest.raises(SpecError, match=r"The label 'labels' is no column.*Did you mean 'label'"):
        audit(frame, label="labels", annotators={"columns": ["ann", "ben"]})
    with pytest.raises(DataError, match="the id '999' is not in table"):
        audit(frame, annotators={"votes": str(tmp_path / "v.parquet")})
    with pytest.raises(SpecError, match="does not exist"):
        audit(frame, annotators={"votes": str(tmp_path / "none.parquet")})
    with pytest.raises(SpecError, match="has no column 'who'"):
        audit(frame, annotators={"votes": str(tmp_path / "v.parquet"), "annotator": "who"})
    with pytest.raises(SpecError, match="vote on classes"):
        audit(frame, label="x3", task="regression", annotators={"columns": ["ann", "ben"]})
    nobody = frame.with_columns(ann=pl.lit(None, pl.String), ben=pl.lit(None, pl.String))
    with pytest.raises(DataError, match="gave no label at all"):
        audit(nobody, annotators={"columns": ["ann", "ben"]})


def test_real_votes_tell_the_rate_that_one_vote_hides(audit, data_file):
    """Three votes of people per image: the wrong ones among single votes are counted within two points."""
    data = pl.read_parquet(data_file("cifar10h/data.parquet"))
    truth = pl.read_parquet(data_file("cifar10h/truth.parquet"))
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(data), 600, replace=False))
    counts = truth.select(pl.col("^votes_.*$")).to_numpy()[rows]
    votes = np.array([rng.permutation(np.repeat(np.arange(10), each))[:3] for each in counts])
    frame = data[rows.tolist()].select(pl.col("^f0.*$"))
    frame = frame.with_columns(pl.Series(f"vote{j}", votes[:, j]) for j in range(3))
    frame = frame.with_columns(label=pl.col("vote0"))
    wrong = (votes[:, 0] != truth["true_label"].to_numpy()[rows]).mean()

    run = audit(frame, annotators={"columns": ["vote0", "vote1", "vote2"]}, estimator=QUICK)
    alone = audit(frame.drop("vote0", "vote1", "vote2"), estimator=QUICK)

    assert abs(run.labels.noise_rate.estimate - wrong) < 0.02
    assert run.labels.noise_rate.low <= wrong <= run.labels.noise_rate.high
    told = alone.labels.noise_rate
    assert abs(told.estimate - wrong) > 2 * abs(run.labels.noise_rate.estimate - wrong)
    assert told.high - told.low > 3 * (run.labels.noise_rate.high - run.labels.noise_rate.low)
