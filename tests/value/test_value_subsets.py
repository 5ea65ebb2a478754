"""Subsets of whole groups."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datassay
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.metrics import score
from datassay.labels.reviewers import certain
from datassay.value.beliefs import Knowledge
from datassay.value.fits import Plan, fit_grid
from datassay.value.rehearsals import Worklist
from datassay.value.steering import draw_subset, find_mixture
from datassay.value.subsets import count_groups, order_rows
from datassay.value.verdict import decide


@settings(deadline=None, max_examples=60)
@given(
    n_groups=st.integers(12, 80),
    n_classes=st.integers(1, 4),
    pure=st.booleans(),
    seed=st.integers(0, 99),
)
def test_subsets_are_whole_groups_one_in_the_other(n_groups, n_classes, pure, seed):
    """Every group is in a subset or out of it, smaller subsets lie in larger ones, and each holds every class."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, 600)
    y = groups % n_classes if pure else rng.integers(0, n_classes, 600)
    train = np.flatnonzero(groups % 5 != 0)
    order = order_rows(train, y, groups, np.random.default_rng(seed))
    small, large = order.take(0.35), order.take(0.7)

    assert sorted(order.take(1.0)) == train.tolist()
    assert set(small) <= set(large) < set(train)
    for subset in (small, large):
        assert not set(groups[subset]) & set(groups[np.setdiff1d(train, subset)])
        assert set(y[subset]) == set(y[train])
    # No group holds more than a tenth of the rows, hardly ever.
    assert abs(len(small) / len(train) - 0.35) < np.bincount(groups).max() / len(train)


def test_subsets_of_pure_groups_hold_the_classes_in_their_shares():
    """Where every group has one class, a third of the groups is a third of each class's groups."""
    groups = np.repeat(np.arange(100), 6)
    y = (groups >= 70).astype(np.int64)
    shares = [
        y[order_rows(np.arange(600), y, groups, np.random.default_rng(seed)).take(0.35)].mean() for seed in range(20)
    ]

    assert max(abs(share - 0.3) for share in shares) < 0.06


def test_groups_of_one_row_are_rows():
    """An id in place of a group takes nothing from the subsets: they are as large as wanted and hold the shares."""
    y = np.repeat([0, 1], [450, 50])
    subset = order_rows(np.arange(500), y, np.arange(500), np.random.default_rng(0)).take(0.35)

    assert len(subset) == 175
    assert abs(y[subset].sum() - 17.5) < 3


def test_a_large_group_among_small_ones_counts_for_little():
    """Ten equal groups are ten; one of half the rows beside them is fewer than four."""
    assert count_groups(np.repeat(np.arange(10), 7)) == pytest.approx(10)
    assert count_groups(np.concatenate([np.zeros(70, dtype=np.int64), np.repeat(np.arange(1, 11), 7)])) < 4


def fit_groups(groups, y, monkeypatch):
    """Fit a grid and return it with the training rows of its fits."""
    n, k, seen = len(y), int(y.max()) + 1, []

    def spy(self, features, labels, train, test):
        seen.append(train)
        return np.full((len(test), k), 1 / k)

    monkeypatch.setattr(Learner, "fit_predict", spy)
    known = Knowledge(np.eye(k), 0.1, np.full(n, -1), certain(k))
    grid = fit_grid(
        Learner("classification", k), Features(matrix=np.zeros((n, 1), dtype=np.float32)), y,
        pred=np.full((n, k), 1 / k), fold=groups % 5, metric="accuracy", belief=0.9 * np.eye(k)[y] + 0.1 / k,
        worklist=Worklist(np.arange(n), depth=0.1, deep=0.4, reviewer_accuracy=1.0, known=known),
        plan=Plan((0.35, 1.0), 2, n_worlds=0, n_lists=1), reshuffle=False, groups=groups, n_jobs=1,
    )  # fmt: skip
    return grid, [train for train in seen if len(train) < 0.6 * n]


def test_smaller_training_sets_leave_out_whole_groups(monkeypatch):
    """With many groups no fit of the learning curve sees a part of one."""
    groups = np.arange(900) % 45
    grid, small = fit_groups(groups, np.arange(900) % 3, monkeypatch)

    assert grid.is_by_groups
    assert len(small) == 10
    assert {count for train in small for count in np.bincount(groups[train])} == {0, 20}
    assert grid.sizes == pytest.approx([260, 720])


@pytest.mark.parametrize(
    ("groups", "n_classes"),
    [
        (np.arange(300) % 6, 3),
        (np.where(np.arange(300) < 150, 0, np.arange(300) % 50), 3),
        # Sixteen classes in twenty groups: any part with all classes is nearly all.
        (np.arange(300) % 20, 16),
    ],
)
def test_few_groups_are_not_left_out(groups, n_classes, monkeypatch):
    """Where whole groups are too few, too uneven, or too few of a class, rows of all of them are drawn as before."""
    grid, small = fit_groups(groups, groups % n_classes, monkeypatch)

    assert not grid.is_by_groups
    assert grid.sizes[0] == pytest.approx(0.35 * grid.sizes[1], abs=1)
    assert any(0 < len(train[groups[train] == code]) < (groups == code).sum() for train in small for code in range(6))


def test_mixtures_cut_classes_by_whole_groups():
    """Of a class that is cut down to the shares to come, whole groups stay and the others go."""
    groups = np.repeat(np.arange(50), 20)
    y = (groups < 10).astype(np.int64)
    mixture = find_mixture({"rare": 1.0}, ["common", "rare"], np.bincount(y))
    kept = draw_subset(np.arange(1000), y, mixture, rows=200.0)
    sizes = np.bincount(groups[kept], minlength=50)

    # 200 more rare rows make 400 of 1,200: all 200 of today are that share of 600.
    assert np.bincount(y[kept]).tolist() == [400, 200]
    assert sorted(sizes[10:]) == [0] * 20 + [20] * 20


def draw_patients(n, rng):
    """Return rows, true labels and patients: 20 rows each, whose label is the patient's."""
    place = rng.normal(size=(n, 6))
    who = np.repeat(np.arange(n), 20)
    signal = place[:, 0] * place[:, 1] + place[:, 2] + 0.5 * np.sin(2 * place[:, 3])
    return place[who] + 0.35 * rng.normal(size=(20 * n, 6)), (signal[who] > 0).astype(np.int64), who


def test_a_day_of_new_groups_gains_what_it_is_told_to():
    """As many new patients gain on patients that nobody knows what is told, and the verdict says that a day is that."""
    learner, told, done = Learner("classification", 2), [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y, who = draw_patients(60, rng)
        frame = pl.DataFrame(X, schema=[f"x{j}" for j in range(6)]).with_columns(
            y=pl.Series(y).cast(pl.String), patient=pl.Series(who), id=pl.Series(np.arange(len(y)))
        )
        found = datassay.estimate_value(
            frame,
            label="y",
            id="id",
            features={"groups": "patient"},
            collecting={"rows_per_day": len(y)},
            progress=False,
        )
        told.append(found.collecting.per_day.estimate)
        assert any("of whole groups" in note for note in found.notes)
        assert any("new groups (values of 'patient')" in text for text in found.verdict.assumptions)
        for _ in range(4):
            (more, y_more, _), (X_test, y_test, _) = draw_patients(60, rng), draw_patients(200, rng)
            features, labels = Features(matrix=np.vstack([X, more, X_test])), np.concatenate([y, y_more, y_test])
            test = np.arange(2 * len(y), len(labels))
            with fitting():
                before, after = (
                    score(found.metric, y_test, learner.fit_predict(features, labels, np.arange(n), test))
                    for n in (len(y), 2 * len(y))
                )
            done.append(after - before)

    assert 0.5 < np.mean(told) / np.mean(done) < 2


def test_a_day_without_groups_says_nothing_of_them(make_value, make_labels, make_spec):
    """Groups are spoken of only where the definition names them, beside the classes of a day where it names those."""
    plain = " ".join(decide(make_value(), make_labels(), make_spec()).assumptions)
    spec = make_spec(features={"groups": "site"}, collecting={"rows_per_day": 500, "class_share": {">50K": 1.0}})
    named = " ".join(decide(make_value(), make_labels(), spec).assumptions)

    assert "groups" not in plain
    assert "as they are today, in new groups (values of 'site') that are like today's and as large" in named


def test_groups_too_few_to_leave_out_are_told_of():
    """The note says that rows of all groups were drawn, and which way that errs."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    frame = pl.DataFrame(X, schema=["a", "b", "c"]).with_columns(
        y=pl.Series((X[:, 0] + rng.normal(size=300) / 2 > 0).astype(int)).cast(pl.String),
        site=pl.Series(np.arange(300) % 7),
    )
    found = datassay.estimate_value(frame, label="y", features={"groups": "site"}, progress=False)

    assert any("random rows of all groups" in note and "may be told too low" in note for note in found.notes)
