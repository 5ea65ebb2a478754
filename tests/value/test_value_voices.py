"""What annotators said stays in the belief that gains are told against."""

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

import datassay
from datassay.errors import DataError
from datassay.labels.belief import believe
from datassay.labels.reviewers import certain
from datassay.labels.voices import Voices, load_voices
from datassay.value import estimate, rehearsals
from datassay.value.beliefs import Knowledge, firm_up
from datassay.value.fits import Plan

N, K, N_WRONG = 600, 4, 60
NAMES = [f"a{i}" for i in range(5)]


def spoil(labels, share, seed):
    rng = np.random.default_rng(seed)
    spoilt, rows = labels.copy(), rng.permutation(len(labels))[: round(share * len(labels))]
    spoilt[rows] = (spoilt[rows] + rng.integers(1, K, len(rows))) % K
    return spoilt


@pytest.fixture(scope="module")
def voted():
    """600 rows of four classes that a model tells apart badly, a tenth of the labels wrong, five votes on each row."""
    X, true = make_classification(N, 6, n_informative=4, n_classes=K, class_sep=0.5, flip_y=0, random_state=0)
    names = np.array(list("abcd"))
    votes = {name: names[spoil(true, 0.12, 10 + i)] for i, name in enumerate(NAMES)}
    given = spoil(true, N_WRONG / N, 1)
    columns = {f"x{j}": X[:, j] for j in range(6)}
    return pl.DataFrame({"row": np.arange(N), **columns, "y": names[given], **votes}), given, given != true


@pytest.fixture
def firmed(monkeypatch):
    """Return a function that values a table and gives back P(wrong) of every row by the firmer belief."""
    monkeypatch.setattr(estimate, "choose_plan", lambda *_: Plan((0.5, 1.0), 1, 2, 1))
    kept = []

    def keep(*args):
        kept.append(firm_up(*args))
        return kept[-1]

    monkeypatch.setattr(rehearsals, "firm_up", keep)

    def run(frame, given, **options):
        datassay.estimate_value(frame, label="y", id="row", estimator=GaussianNB, progress=False, **options)
        return 1 - kept[-1][np.arange(len(given)), given]

    return run


def test_what_all_annotators_say_is_not_forgotten_when_beliefs_are_made_firmer(voted, firmed):
    """Five votes a row tell nearly every wrong label; so does the belief that the list is rehearsed with."""
    frame, given, is_wrong = voted
    p_wrong = firmed(frame, given, annotators=NAMES)

    assert p_wrong[is_wrong].mean() > 0.9
    assert p_wrong[~is_wrong].mean() < 0.05


def test_votes_of_a_table_of_their_own_are_kept_alike(voted, firmed):
    """One row per vote is worth what a column per annotator is."""
    frame, given, _ = voted
    long = frame.unpivot(NAMES, index="row", variable_name="annotator", value_name="label")
    wide = firmed(frame, given, annotators=NAMES)

    np.testing.assert_allclose(firmed(frame.drop(NAMES), given, annotators=long), wide)


def test_rows_without_votes_are_judged_by_the_model_at_its_own_level(voted, firmed):
    """Votes on half of the rows say nothing of the others, and the level of the others is not pulled by them."""
    frame, given, is_wrong = voted
    has_votes = np.arange(N) < N // 2
    half = frame.with_columns(pl.when(pl.Series(has_votes)).then(pl.col(name)).alias(name) for name in NAMES)
    p_wrong = firmed(half, given, annotators=NAMES)

    assert p_wrong[has_votes & is_wrong].mean() > 0.9
    assert p_wrong[~has_votes & is_wrong].mean() < 0.8
    assert 0.02 < p_wrong[~has_votes].mean() < 0.4


def test_a_model_is_heard_once_beside_the_votes():
    """Two votes against a given label, one of each: what is left is between the model's word and their odds."""
    odds = np.log(0.9 / (0.1 / 3))
    voices = Voices(np.array([0, 0]), np.array([1, 2]), np.full(2, odds), 3)
    pred = np.array([[0.1, 0.6, 0.2, 0.1], [0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1]])
    known = Knowledge(np.full((4, 4), 0.1) + 0.6 * np.eye(4), 0.4, np.full(3, -1), certain(4), voices=voices)
    given = np.array([0, 0, 1])
    belief = firm_up(given, [np.array([1, 0, 1])], [pred], known, 0)

    assert voices.is_heard.tolist() == [True, False, False]
    assert belief[0, [1, 2]].sum() > 0.9
    assert belief[0, 1] > belief[0, 2] > belief[0, 3]
    assert belief[[1, 2], given[[1, 2]]].mean() == pytest.approx(0.6)


def test_what_a_wrong_label_should_be_is_what_annotators_say():
    """The model takes the row for the second class, three people for the third."""
    voices = Voices(np.zeros(3, dtype=int), np.full(3, 2), np.full(3, 3.0), 1)
    pred, given, transition = np.array([[0.1, 0.8, 0.1]]), np.array([0]), np.full((3, 3), 0.1) + 0.7 * np.eye(3)

    assert believe(given, pred, np.array([0.9]), transition, voices)[0].argmax() == 2
    assert believe(given, pred, np.array([0.9]), transition)[0].argmax() == 1


def test_votes_that_are_gone_from_the_cache_are_not_forgotten_in_silence(tmp_path):
    """The stage says so; without them it would tell other figures."""
    with pytest.raises(DataError, match="votes cannot be read from the cache"):
        load_voices(tmp_path / "gone.npz")
